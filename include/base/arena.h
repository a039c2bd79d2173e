/* SPDX-License-Identifier: Apache-2.0 */
/* Memory with one lifetime and a limit: a request's, a file's, a test's.
 *
 * Nothing in an arena is freed by itself; arena_reset frees all. Not shared between threads. */
#ifndef USERSTATS_BASE_ARENA_H
#define USERSTATS_BASE_ARENA_H

#include <stddef.h>

#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"

struct arena_block;

struct arena {
    struct arena_block *head; /* newest first */
    size_t used;              /* bytes of blocks taken from the heap */
    size_t limit;             /* the most that `used` may reach */
};

/* An empty arena that may take at most LIMIT bytes from the heap. Takes none yet. */
void arena_init(struct arena *a, size_t limit);
/* SIZE zeroed bytes aligned for any type, valid until arena_reset; NULL with ERROR_NO_MEMORY when the limit
 * or the heap is reached. */
void *arena_alloc(struct arena *a, size_t size, struct error *err) MUST_USE;
/* COUNT × SIZE zeroed bytes, refusing a product that overflows. */
void *arena_alloc_array(struct arena *a, size_t count, size_t size, struct error *err) MUST_USE;
/* A copy of T in the arena, followed by a NUL that is not counted; *out is untouched on failure. */
bool arena_copy_text(struct arena *a, struct text t, struct text *out, struct error *err) MUST_USE;
/* Frees everything; the arena is as after arena_init. */
void arena_reset(struct arena *a);

#endif
