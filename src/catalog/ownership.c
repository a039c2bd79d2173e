/* SPDX-License-Identifier: Apache-2.0 */
/* A definition says of each configuration which titles own it; this turns that round. */
#include "catalog/ownership.h"

#include <assert.h>

struct owned {
    const struct service_config **configs;
    size_t count;
};

static struct owned *owned_by(const struct ownership *o, uint64_t title_id)
{
    size_t i = title_index_find(&o->titles, title_id);
    return i == NAME_ABSENT ? NULL : &o->owned[i];
}

static void count_configs(const struct ownership *o, const struct catalog_definition *d)
{
    for (size_t i = 0; i < d->config_count; i++) {
        for (size_t t = 0; t < d->configs[i].title_id_count; t++) {
            struct owned *owned = owned_by(o, d->configs[i].title_ids[t]);
            assert(owned != NULL);
            owned->count++;
        }
    }
}

static void enter_configs(const struct ownership *o, const struct catalog_definition *d)
{
    for (size_t i = 0; i < d->config_count; i++) {
        for (size_t t = 0; t < d->configs[i].title_id_count; t++) {
            struct owned *owned = owned_by(o, d->configs[i].title_ids[t]);
            owned->configs[owned->count++] = &d->configs[i];
        }
    }
}

bool ownership_build(const struct catalog_definition *d, struct arena *arena, struct ownership *out,
                     struct error *err)
{
    struct ownership o;
    if (!title_index_build(d, arena, &o.titles, err))
        return false;
    o.owned = arena_alloc_array(arena, d->title_count, sizeof *o.owned, err);
    if (o.owned == NULL)
        return false;
    count_configs(&o, d);
    for (size_t i = 0; i < d->title_count; i++) {
        struct owned *owned = &o.owned[i];
        owned->configs = arena_alloc_array(arena, owned->count, sizeof(const struct service_config *), err);
        if (owned->configs == NULL)
            return false;
        owned->count = 0;
    }
    enter_configs(&o, d);
    *out = o;
    return true;
}

size_t ownership_find(const struct ownership *o, uint64_t title_id,
                      const struct service_config *const **configs)
{
    const struct owned *owned = owned_by(o, title_id);
    if (owned == NULL)
        return 0;
    *configs = owned->configs;
    return owned->count;
}
