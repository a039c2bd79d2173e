/* SPDX-License-Identifier: Apache-2.0 */
/* A title's id in decimal digits is its name in a name_index. */
#include "catalog/title_index.h"

#include <inttypes.h>
#include <stdio.h>

#define DIGITS_MAX 21 /* of 64 bits, and a NUL */

bool title_index_build(const struct catalog_definition *d, struct arena *arena, struct name_index *out,
                       struct error *err)
{
    struct name_index x;
    if (!name_index_init(&x, d->title_count, arena, err))
        return false;
    for (size_t i = 0; i < d->title_count; i++) {
        char *digits = arena_alloc(arena, DIGITS_MAX, err);
        if (digits == NULL)
            return false;
        snprintf(digits, DIGITS_MAX, "%" PRIu64, d->titles[i].title_id);
        name_index_add(&x, text_of(digits), i);
    }
    *out = x;
    return true;
}

size_t title_index_find(const struct name_index *x, uint64_t title_id)
{
    char digits[DIGITS_MAX];
    snprintf(digits, sizeof digits, "%" PRIu64, title_id);
    return name_index_find(x, text_of(digits));
}
