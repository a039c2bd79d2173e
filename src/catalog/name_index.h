/* SPDX-License-Identifier: Apache-2.0 */
/* A hash table from names, compared without regard to ASCII case, to their positions in a list. */
#ifndef USERSTATS_CATALOG_NAME_INDEX_H
#define USERSTATS_CATALOG_NAME_INDEX_H

#include <stddef.h>

#include "base/arena.h"
#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"

#define NAME_ABSENT ((size_t)-1)

struct name_entry;

/* Filled by one thread, then only read: any thread. */
struct name_index {
    struct name_entry *entries;
    size_t mask;
};

/* An empty index with room for CAPACITY names, in ARENA. */
bool name_index_init(struct name_index *x, size_t capacity, struct arena *arena, struct error *err) MUST_USE;
/* Enters NAME (which is not copied) at POSITION unless it is there already; returns where it is then found.
 * More names than the capacity are a programming fault (asserted). */
size_t name_index_add(struct name_index *x, struct text name, size_t position);
/* The position of NAME, or NAME_ABSENT. */
size_t name_index_find(const struct name_index *x, struct text name);

#endif
