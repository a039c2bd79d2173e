/* SPDX-License-Identifier: Apache-2.0 */
/* Copies a definition, list by list. An absent text stays absent: it must not become an empty one on the way.
 */
#include "catalog/copy.h"

#include <string.h>

static bool copy_text(struct text *t, struct arena *arena, struct error *err)
{
    return t->data == NULL || arena_copy_text(arena, *t, t, err);
}

/* COUNT items of SIZE bytes; what they point to is still the original's. */
static void *copy_array(const void *from, size_t count, size_t size, struct arena *arena, struct error *err)
{
    void *to = arena_alloc_array(arena, count, size, err);
    if (to != NULL && count > 0)
        memcpy(to, from, count * size);
    return to;
}

static bool copy_grants(struct statistic *s, struct arena *arena, struct error *err)
{
    struct grant *grants = copy_array(s->grants, s->grant_count, sizeof *grants, arena, err);
    if (grants == NULL)
        return false;
    for (size_t i = 0; i < s->grant_count; i++) {
        if (!copy_text(&grants[i].subject, arena, err))
            return false;
    }
    s->grants = grants;
    return true;
}

static bool copy_statistic(struct statistic *s, struct arena *arena, struct error *err)
{
    struct display *d = &s->display;
    return copy_text(&s->name, arena, err) && copy_grants(s, arena, err) &&
           copy_text(&d->display_name, arena, err) && copy_text(&d->display_format, arena, err) &&
           copy_text(&d->display_semantic, arena, err) && copy_text(&d->sort_order, arena, err);
}

static bool copy_config(struct service_config *c, struct arena *arena, struct error *err)
{
    uint64_t *title_ids = copy_array(c->title_ids, c->title_id_count, sizeof *title_ids, arena, err);
    if (title_ids == NULL || !copy_text(&c->scid, arena, err) || !copy_text(&c->sandbox, arena, err))
        return false;
    struct statistic *statistics =
        copy_array(c->statistics, c->statistic_count, sizeof *statistics, arena, err);
    if (statistics == NULL)
        return false;
    for (size_t i = 0; i < c->statistic_count; i++) {
        if (!copy_statistic(&statistics[i], arena, err))
            return false;
    }
    c->title_ids = title_ids;
    c->statistics = statistics;
    return true;
}

bool catalog_definition_copy(const struct catalog_definition *d, struct arena *arena,
                             struct catalog_definition *out, struct error *err)
{
    struct title *titles = copy_array(d->titles, d->title_count, sizeof *titles, arena, err);
    struct service_config *configs = copy_array(d->configs, d->config_count, sizeof *configs, arena, err);
    if (titles == NULL || configs == NULL)
        return false;
    for (size_t i = 0; i < d->title_count; i++) {
        if (!copy_text(&titles[i].name, arena, err))
            return false;
    }
    for (size_t i = 0; i < d->config_count; i++) {
        if (!copy_config(&configs[i], arena, err))
            return false;
    }
    *out = (struct catalog_definition){.titles = titles,
                                       .title_count = d->title_count,
                                       .configs = configs,
                                       .config_count = d->config_count,
                                       .version = d->version};
    return true;
}
