/* SPDX-License-Identifier: Apache-2.0 */
/* Raw DEFLATE (RFC 1951), which is what zip=DEF means (RFC 7516 §4.1.3), both ways. */
#ifndef USERSTATS_SRC_JOSE_DEFLATE_H
#define USERSTATS_SRC_JOSE_DEFLATE_H

#include "base/arena.h"
#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"

/* Inflates PACKED, which must be one whole stream and nothing behind it, into ARENA, of which it takes what
 * comes out and no more. Fails with TOKEN_MALFORMED, also for more than LIMIT bytes, or NO_MEMORY. */
bool inflate_whole(struct text packed, size_t limit, struct arena *arena, struct text *out,
                   struct error *err) MUST_USE;

/* Deflates PLAIN into ARENA. Fails with NO_MEMORY, or USAGE for too many bytes. */
bool deflate_whole(struct text plain, struct arena *arena, struct text *out, struct error *err) MUST_USE;

#endif
