/* SPDX-License-Identifier: Apache-2.0 */
/* A catalog: the checked definition, its indexes, and a count of references. Awkward: catalog_hold takes what
 * is logically const, so the count is the only thing that ever changes after the build. */
#include "catalog/catalog.h"

#include <assert.h>
#include <stdatomic.h>

#include "base/memory.h"
#include "catalog/copy.h"
#include "catalog/featured.h"
#include "catalog/name_index.h"
#include "catalog/ownership.h"

struct catalog {
    atomic_size_t references;
    struct arena arena; /* all below lives in it */
    struct catalog_definition definition;
    struct name_index scids;
    struct name_index *statistics; /* one a config, in the order of the definition */
    struct featured *featured;     /* the same */
    struct ownership owners;
};

static bool index_statistics(const struct service_config *config, struct name_index *x, struct arena *arena,
                             struct error *err)
{
    if (!name_index_init(x, config->statistic_count, arena, err))
        return false;
    for (size_t i = 0; i < config->statistic_count; i++)
        name_index_add(x, config->statistics[i].name, i);
    return true;
}

static bool fill(struct catalog *c, const struct catalog_definition *definition, struct error *err)
{
    const struct catalog_definition *d = &c->definition;
    if (!catalog_definition_copy(definition, &c->arena, &c->definition, err) ||
        !name_index_init(&c->scids, d->config_count, &c->arena, err))
        return false;
    c->statistics = arena_alloc_array(&c->arena, d->config_count, sizeof *c->statistics, err);
    c->featured = c->statistics == NULL
                      ? NULL
                      : arena_alloc_array(&c->arena, d->config_count, sizeof *c->featured, err);
    if (c->featured == NULL || !ownership_build(d, &c->arena, &c->owners, err))
        return false;
    for (size_t i = 0; i < d->config_count; i++) {
        name_index_add(&c->scids, d->configs[i].scid, i);
        if (!index_statistics(&d->configs[i], &c->statistics[i], &c->arena, err) ||
            !featured_build(&d->configs[i], &c->arena, &c->featured[i], err))
            return false;
    }
    return true;
}

bool catalog_build(const struct catalog_definition *definition, struct catalog **out, struct error *err)
{
    if (!catalog_definition_check(definition, err))
        return false;
    struct catalog *c = memory_alloc(sizeof *c, err);
    if (c == NULL)
        return false;
    atomic_init(&c->references, 1);
    arena_init(&c->arena, CATALOG_MEMORY_MAX);
    if (!fill(c, definition, err)) {
        catalog_release(&c);
        return false;
    }
    *out = c;
    return true;
}

struct catalog *catalog_hold(struct catalog *c)
{
    atomic_fetch_add_explicit(&c->references, 1, memory_order_relaxed);
    return c;
}

void catalog_release(struct catalog **c)
{
    struct catalog *old = *c;
    *c = NULL;
    /* acquire and release: whoever frees must see all that the other holders did before they let go */
    if (old == NULL || atomic_fetch_sub_explicit(&old->references, 1, memory_order_acq_rel) != 1)
        return;
    arena_reset(&old->arena);
    memory_free(old);
}

int64_t catalog_version(const struct catalog *c)
{
    return c->definition.version;
}

const struct catalog_definition *catalog_definition_of(const struct catalog *c)
{
    return &c->definition;
}

const struct service_config *catalog_find_scid(const struct catalog *c, struct text scid)
{
    size_t i = name_index_find(&c->scids, scid);
    return i == NAME_ABSENT ? NULL : &c->definition.configs[i];
}

/* The place of CONFIG in the definition. */
static size_t place_of(const struct catalog *c, const struct service_config *config)
{
    assert(config >= c->definition.configs && config < c->definition.configs + c->definition.config_count);
    return (size_t)(config - c->definition.configs);
}

const struct statistic *catalog_find_statistic(const struct catalog *c, const struct service_config *config,
                                               struct text name)
{
    size_t i = name_index_find(&c->statistics[place_of(c, config)], name);
    return i == NAME_ABSENT ? NULL : &config->statistics[i];
}

size_t catalog_find_title(const struct catalog *c, uint64_t title_id,
                          const struct service_config *const **configs)
{
    return ownership_find(&c->owners, title_id, configs);
}

size_t catalog_find_featured(const struct catalog *c, const struct service_config *config,
                             const struct statistic *const **featured)
{
    const struct featured *f = &c->featured[place_of(c, config)];
    *featured = f->statistics;
    return f->count;
}
