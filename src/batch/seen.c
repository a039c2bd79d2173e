/* SPDX-License-Identifier: Apache-2.0 */
/* Open addressing, at most half full. Awkward: a stranger chooses what is entered and could make it collide;
 * the parser bounds how much that may be before it enters anything, so that the worst case stays small. */
#include "batch/seen.h"

#include <assert.h>

#include "base/hash.h"

struct seen_name {
    struct text name; /* absent: free */
    size_t group, position;
};

static size_t slots_for(size_t capacity)
{
    size_t size = 4;
    while (size / 2 < capacity && size <= SIZE_MAX / 4)
        size *= 2;
    return size;
}

bool seen_xuids_init(struct seen_xuids *x, size_t capacity, struct arena *arena, struct error *err)
{
    size_t size = slots_for(capacity);
    uint64_t *slots = arena_alloc_array(arena, size, sizeof *slots, err);
    if (slots == NULL)
        return false;
    *x = (struct seen_xuids){.slots = slots, .mask = size - 1};
    return true;
}

bool seen_xuids_add(struct seen_xuids *x, uint64_t xuid)
{
    /* Fibonacci hashing: neighbouring xuids, the usual case, land far apart */
    size_t at = (size_t)((xuid * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & x->mask;
    for (size_t steps = 0; x->slots[at] != 0; steps++) {
        assert(steps <= x->mask);
        if (x->slots[at] == xuid)
            return false;
        at = (at + 1) & x->mask;
    }
    x->slots[at] = xuid;
    return true;
}

bool seen_names_init(struct seen_names *x, size_t capacity, struct arena *arena, struct error *err)
{
    size_t size = slots_for(capacity);
    struct seen_name *slots = arena_alloc_array(arena, size, sizeof *slots, err);
    if (slots == NULL)
        return false;
    *x = (struct seen_names){.slots = slots, .mask = size - 1};
    return true;
}

size_t seen_names_add(struct seen_names *x, size_t group, struct text name, size_t position)
{
    size_t at = (size_t)(hash_text_ignoring_case(name) + group * UINT64_C(0x9E3779B97F4A7C15)) & x->mask;
    for (size_t steps = 0; x->slots[at].name.data != NULL; steps++) {
        const struct seen_name *slot = &x->slots[at];
        assert(steps <= x->mask);
        if (slot->group == group && text_equals_ignoring_case(slot->name, name))
            return slot->position;
        at = (at + 1) & x->mask;
    }
    x->slots[at] = (struct seen_name){.name = name, .group = group, .position = position};
    return position;
}
