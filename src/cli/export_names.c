/* SPDX-License-Identifier: Apache-2.0 */
/* A table from id to name. Awkward: ids are given in the order in which statistics were declared over time,
 * so two databases with equal content may number them differently; the rank makes their exports equal all the
 * same. */
#include "cli/export_names.h"

#include <stdlib.h>
#include <string.h>

static int compare_texts(struct text a, struct text b)
{
    size_t shared = a.size < b.size ? a.size : b.size;
    int order = shared == 0 ? 0 : memcmp(a.data, b.data, shared);
    return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
}

static int compare_names(const void *a, const void *b)
{
    const struct export_name *left = a, *right = b;
    int order = compare_texts(left->scid, right->scid);
    return order != 0 ? order : compare_texts(left->name, right->name);
}

static int compare_ids(const void *a, const void *b)
{
    const struct export_name *left = a, *right = b;
    return (left->id > right->id) - (left->id < right->id);
}

bool export_names_build(const struct catalog_definition *d, struct arena *arena, struct export_names *out,
                        struct error *err)
{
    size_t count = 0, at = 0;
    for (size_t i = 0; i < d->config_count; i++)
        count += d->configs[i].statistic_count;
    struct export_name *names = arena_alloc_array(arena, count, sizeof *names, err);
    if (names == NULL)
        return false;
    for (size_t i = 0; i < d->config_count; i++) {
        const struct service_config *config = &d->configs[i];
        for (size_t j = 0; j < config->statistic_count; j++, at++)
            names[at] = (struct export_name){
                .id = config->statistics[j].id, .scid = config->scid, .name = config->statistics[j].name};
    }
    qsort(names, count, sizeof *names, compare_names);
    for (size_t i = 0; i < count; i++)
        names[i].rank = (uint32_t)i;
    qsort(names, count, sizeof *names, compare_ids);
    *out = (struct export_names){names, count};
    return true;
}

const struct export_name *export_names_find(const struct export_names *names, uint32_t id)
{
    struct export_name key = {.id = id};
    return bsearch(&key, names->by_id, names->count, sizeof key, compare_ids);
}
