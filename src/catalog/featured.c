/* SPDX-License-Identifier: Apache-2.0 */
/* There are at most HERO_STATISTICS_MAX, so they are sorted by putting each at its place. */
#include "catalog/featured.h"

static size_t count_in(const struct service_config *config)
{
    size_t count = 0;
    for (size_t i = 0; i < config->statistic_count; i++)
        count += config->statistics[i].display.ordinal > 0;
    return count;
}

static void put_at_its_place(struct featured *f, const struct statistic *s)
{
    size_t at = f->count++;
    for (; at > 0 && f->statistics[at - 1]->display.ordinal > s->display.ordinal; at--)
        f->statistics[at] = f->statistics[at - 1];
    f->statistics[at] = s;
}

bool featured_build(const struct service_config *config, struct arena *arena, struct featured *out,
                    struct error *err)
{
    struct featured f = {.count = 0};
    f.statistics = arena_alloc_array(arena, count_in(config), sizeof(const struct statistic *), err);
    if (f.statistics == NULL)
        return false;
    for (size_t i = 0; i < config->statistic_count; i++) {
        if (config->statistics[i].display.ordinal > 0)
            put_at_its_place(&f, &config->statistics[i]);
    }
    *out = f;
    return true;
}
