/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes as gzip (RFC 1952). Private to the module and its tests. */
#ifndef USERSTATS_SRC_HTTP_GZIP_H
#define USERSTATS_SRC_HTTP_GZIP_H

#include "base/arena.h"
#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"

/* Compresses IN into ARENA. Where the result is not smaller than IN, *out is absent, unless AT_ANY_SIZE.
 * Takes about as much of ARENA as IN has bytes, and on the first call of a thread 54 KiB of the heap,
 * which that thread keeps until it ends. Any thread. Fails with NO_MEMORY, or INTERNAL when IN has more than
 * 2 GiB. */
bool gzip_write(struct text in, bool at_any_size, struct arena *arena, struct text *out,
                struct error *err) MUST_USE;

#endif
