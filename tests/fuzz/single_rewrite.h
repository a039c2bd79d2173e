/* SPDX-License-Identifier: Apache-2.0 */
#ifndef USERSTATS_TESTS_FUZZ_SINGLE_REWRITE_H
#define USERSTATS_TESTS_FUZZ_SINGLE_REWRITE_H

#include "base/arena.h"
#include "base/text.h"

/* PATH, split but not decoded, parsed and written again; absent when it is refused. */
struct text single_rewrite(struct text path, struct arena *arena);
/* The same of a path as it comes in a request, decoded part by part. */
struct text single_request(struct text path, struct arena *arena);

#endif
