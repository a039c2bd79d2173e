/* SPDX-License-Identifier: Apache-2.0 */
/* Open addressing, at most half full. The names come from whoever writes the catalog, so that their hashes
 * need no secret; a name looked up by a stranger meets the collisions that are in the table, and can add
 * none. */
#include "catalog/name_index.h"

#include <assert.h>

#include "base/hash.h"

struct name_entry {
    struct text name;
    size_t position; /* NAME_ABSENT: free */
};

bool name_index_init(struct name_index *x, size_t capacity, struct arena *arena, struct error *err)
{
    size_t size = 4;
    while (size / 2 < capacity && size <= (size_t)-1 / 4)
        size *= 2;
    struct name_entry *entries = arena_alloc_array(arena, size, sizeof *entries, err);
    if (entries == NULL)
        return false;
    for (size_t i = 0; i < size; i++)
        entries[i].position = NAME_ABSENT;
    *x = (struct name_index){.entries = entries, .mask = size - 1};
    return true;
}

/* Where NAME is, or the free entry where it would be. */
static struct name_entry *entry_of(const struct name_index *x, struct text name)
{
    size_t at = (size_t)hash_text_ignoring_case(name) & x->mask;
    for (size_t steps = 0; x->entries[at].position != NAME_ABSENT; steps++) {
        assert(steps <= x->mask);
        if (text_equals_ignoring_case(x->entries[at].name, name))
            break;
        at = (at + 1) & x->mask;
    }
    return &x->entries[at];
}

size_t name_index_add(struct name_index *x, struct text name, size_t position)
{
    struct name_entry *entry = entry_of(x, name);
    if (entry->position == NAME_ABSENT)
        *entry = (struct name_entry){.name = name, .position = position};
    return entry->position;
}

size_t name_index_find(const struct name_index *x, struct text name)
{
    return entry_of(x, name)->position;
}
