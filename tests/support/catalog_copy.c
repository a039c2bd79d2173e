/* SPDX-License-Identifier: Apache-2.0 */
/* Walks over a definition. Orders are not compared because a database has its own. */
#include "support/catalog_copy.h"

#include <string.h>

static const struct title *find_title(const struct catalog_definition *d, uint64_t title_id)
{
    for (size_t i = 0; i < d->title_count; i++) {
        if (d->titles[i].title_id == title_id)
            return &d->titles[i];
    }
    return NULL;
}

const struct service_config *catalog_copy_config(const struct catalog_definition *d, struct text scid)
{
    for (size_t i = 0; i < d->config_count; i++) {
        if (text_equals_ignoring_case(d->configs[i].scid, scid))
            return &d->configs[i];
    }
    return NULL;
}

const struct statistic *catalog_copy_statistic(const struct service_config *config, struct text name)
{
    for (size_t i = 0; config != NULL && i < config->statistic_count; i++) {
        if (text_equals_ignoring_case(config->statistics[i].name, name))
            return &config->statistics[i];
    }
    return NULL;
}

static bool optional_equals(struct text a, struct text b)
{
    return (a.data == NULL) == (b.data == NULL) && text_equals(a, b);
}

static bool display_equals(const struct display *a, const struct display *b)
{
    return optional_equals(a->display_name, b->display_name) &&
           optional_equals(a->display_format, b->display_format) &&
           optional_equals(a->display_semantic, b->display_semantic) &&
           optional_equals(a->sort_order, b->sort_order) && a->ordinal == b->ordinal;
}

static bool statistic_equals(const struct statistic *a, const struct statistic *b)
{
    if (!text_equals(a->name, b->name) || a->type != b->type || a->access != b->access ||
        a->grant_count != b->grant_count || !display_equals(&a->display, &b->display))
        return false;
    for (size_t i = 0; i < a->grant_count; i++) {
        if (a->grants[i].kind != b->grants[i].kind || a->grants[i].number != b->grants[i].number ||
            !text_equals(a->grants[i].subject, b->grants[i].subject))
            return false;
    }
    return true;
}

static bool owns_title(const struct service_config *c, uint64_t title_id)
{
    for (size_t i = 0; i < c->title_id_count; i++) {
        if (c->title_ids[i] == title_id)
            return true;
    }
    return false;
}

static bool config_equals(const struct service_config *a, const struct service_config *b)
{
    if (!text_equals(a->scid, b->scid) || !text_equals(a->sandbox, b->sandbox) ||
        a->title_id_count != b->title_id_count || a->statistic_count != b->statistic_count)
        return false;
    for (size_t i = 0; i < a->title_id_count; i++) {
        if (!owns_title(b, a->title_ids[i]))
            return false;
    }
    for (size_t i = 0; i < a->statistic_count; i++) {
        const struct statistic *other = catalog_copy_statistic(b, a->statistics[i].name);
        if (other == NULL || !statistic_equals(&a->statistics[i], other))
            return false;
    }
    return true;
}

bool catalog_same(const struct catalog_definition *a, const struct catalog_definition *b)
{
    if (a->title_count != b->title_count || a->config_count != b->config_count)
        return false;
    for (size_t i = 0; i < a->title_count; i++) {
        const struct title *other = find_title(b, a->titles[i].title_id);
        if (other == NULL || !optional_equals(a->titles[i].name, other->name))
            return false;
    }
    for (size_t i = 0; i < a->config_count; i++) {
        const struct service_config *other = catalog_copy_config(b, a->configs[i].scid);
        if (other == NULL || !config_equals(&a->configs[i], other))
            return false;
    }
    return true;
}

static bool copy_text(struct arena *a, struct text *t, struct error *err)
{
    return t->data == NULL || arena_copy_text(a, *t, t, err);
}

static void *copy_array(struct arena *a, const void *from, size_t count, size_t size, struct error *err)
{
    void *out = arena_alloc_array(a, count, size, err);
    if (out != NULL && count > 0)
        memcpy(out, from, count * size);
    return out;
}

static bool copy_statistic(struct arena *a, struct statistic *s, struct error *err)
{
    struct display *d = &s->display;
    if (!copy_text(a, &s->name, err) || !copy_text(a, &d->display_name, err) ||
        !copy_text(a, &d->display_format, err) || !copy_text(a, &d->display_semantic, err) ||
        !copy_text(a, &d->sort_order, err))
        return false;
    struct grant *grants = copy_array(a, s->grants, s->grant_count, sizeof *grants, err);
    s->grants = grants;
    for (size_t i = 0; grants != NULL && i < s->grant_count; i++) {
        if (!copy_text(a, &grants[i].subject, err))
            return false;
    }
    return grants != NULL;
}

static bool copy_config(struct arena *a, struct service_config *c, struct error *err)
{
    if (!copy_text(a, &c->scid, err) || !copy_text(a, &c->sandbox, err))
        return false;
    c->title_ids = copy_array(a, c->title_ids, c->title_id_count, sizeof *c->title_ids, err);
    struct statistic *statistics = copy_array(a, c->statistics, c->statistic_count, sizeof *statistics, err);
    c->statistics = statistics;
    for (size_t i = 0; statistics != NULL && i < c->statistic_count; i++) {
        if (!copy_statistic(a, &statistics[i], err))
            return false;
    }
    return statistics != NULL && c->title_ids != NULL;
}

bool catalog_copy(const struct catalog_definition *d, struct arena *arena, struct catalog_definition *out,
                  struct error *err)
{
    struct catalog_definition copy = *d;
    struct title *titles = copy_array(arena, d->titles, d->title_count, sizeof *titles, err);
    struct service_config *configs = copy_array(arena, d->configs, d->config_count, sizeof *configs, err);
    copy.titles = titles;
    copy.configs = configs;
    for (size_t i = 0; titles != NULL && i < d->title_count; i++) {
        if (!copy_text(arena, &titles[i].name, err))
            return false;
    }
    for (size_t i = 0; configs != NULL && i < d->config_count; i++) {
        if (!copy_config(arena, &configs[i], err))
            return false;
    }
    if (titles == NULL || configs == NULL)
        return false;
    *out = copy;
    return true;
}
