/* SPDX-License-Identifier: Apache-2.0 */
/* From what a batch names to the statistics it is answered with; policy has the say here, before the store is
 * asked, so that a denied value is never even read. Awkward: how many statistics there are is known only
 * after names, titles and [] were looked up and the policy has spoken, so they are walked twice: counted, and
 * then, if they are not too many, kept. */
#include "api/read.h"

#include <assert.h>

/* The configurations of one owner. */
struct owned {
    const struct batch_owner *owner;
    const struct service_config *one; /* by scid */
    const struct service_config *const *configs;
    size_t count;
};

/* What one resolution works with. */
struct resolve {
    struct reading *r;
    struct policy_question question;
    struct owned *lists, *groups;  /* one for each of those asked for */
    struct batch_result_stat *out; /* NULL: only count */
    size_t count;
};

static bool find_owner(const struct resolve *x, const struct batch_owner *owner, struct owned *out,
                       struct error *err)
{
    const struct reading *r = x->r;
    *out = (struct owned){.owner = owner};
    if (owner->scid.data == NULL) {
        out->count = catalog_find_title(r->catalog, owner->title_id, &out->configs);
        return true;
    }
    out->one = catalog_find_scid(r->catalog, owner->scid);
    out->configs = &out->one;
    out->count = out->one != NULL;
    if (out->one == NULL && !r->dialect->unknown_is_empty)
        return error_refuse(err, ERROR_SCID_UNKNOWN,
                            "scid %.*s is not configured here; check it, or leave it out.",
                            TEXT_ARG(owner->scid));
    return true;
}

static bool find_owners(struct resolve *x, struct error *err)
{
    const struct batch *b = &x->r->asked;
    struct owned *owned =
        arena_alloc_array(x->r->http->arena, b->list_count + b->group_count, sizeof *owned, err);
    if (owned == NULL)
        return false;
    x->lists = owned;
    x->groups = owned + b->list_count;
    for (size_t i = 0; i < b->list_count; i++) {
        if (!find_owner(x, &b->lists[i].owner, &x->lists[i], err))
            return false;
    }
    for (size_t i = 0; i < b->group_count; i++) {
        if (!find_owner(x, &b->groups[i].owner, &x->groups[i], err))
            return false;
    }
    return true;
}

/* A scid that was named must be of the caller's sandbox. Of a title's scids those of other sandboxes are as
 * if unknown. */
static bool check_sandboxes(const struct resolve *x, struct error *err)
{
    size_t count = x->r->asked.list_count + x->r->asked.group_count;
    for (size_t i = 0; i < count; i++) {
        const struct owned *o = &x->lists[i]; /* the groups' stand behind them */
        if (o->one != NULL && !policy_require_sandbox(&x->r->principal, o->one, err))
            return false;
    }
    return true;
}

static bool is_passed_over(const struct resolve *x, const struct service_config *config)
{
    return !policy_sandbox_is_right(&x->r->principal, config);
}

static void keep(struct resolve *x, const struct service_config *config, const struct statistic *s)
{
    assert(x->out == NULL || x->count < x->r->stat_count); /* both walks find the same */
    if (x->out != NULL)
        x->out[x->count] = (struct batch_result_stat){.statistic = s, .scid = config->scid};
    x->count++;
}

/* The statistics called NAME. Nothing is declared by that name: it has no value for anyone, and is left out
 * like any other statistic without a value. */
static bool resolve_name(struct resolve *x, const struct owned *o, struct text name, struct error *err)
{
    for (size_t c = 0; c < o->count; c++) {
        const struct service_config *config = o->configs[c];
        const struct statistic *s =
            is_passed_over(x, config) ? NULL : catalog_find_statistic(x->r->catalog, config, name);
        if (s == NULL)
            continue;
        if (!policy_require_statistic(&x->question, config, s, err))
            return false;
        keep(x, config, s);
    }
    return true;
}

/* All that may be read. */
static void resolve_all(struct resolve *x, const struct owned *o)
{
    for (size_t c = 0; c < o->count; c++) {
        const struct service_config *config = o->configs[c];
        for (size_t s = 0; s < config->statistic_count; s++) {
            if (policy_statistic_is_readable(&x->question, config, &config->statistics[s]))
                keep(x, config, &config->statistics[s]);
        }
    }
}

static bool resolve_list(struct resolve *x, size_t i, struct error *err)
{
    const struct batch_list *list = &x->r->asked.lists[i];
    size_t from = x->count;
    for (size_t n = 0; n < list->name_count; n++) {
        if (!resolve_name(x, &x->lists[i], list->names[n], err))
            return false;
    }
    if (list->name_count == 0)
        resolve_all(x, &x->lists[i]);
    if (x->out != NULL)
        x->r->lists[i] = (struct batch_result_list){x->out + from, x->count - from};
    return true;
}

/* The featured statistics of one title or scid. */
struct heroes {
    struct {
        const struct service_config *config;
        const struct statistic *statistic;
    } items[HERO_STATISTICS_MAX];
    size_t count;
};

/* Puts S behind those of the same Ordinal; what is then beyond the last place is dropped. */
static void add_hero(struct heroes *h, const struct service_config *config, const struct statistic *s)
{
    size_t at = h->count;
    while (at > 0 && h->items[at - 1].statistic->display.ordinal > s->display.ordinal)
        at--;
    if (at == HERO_STATISTICS_MAX)
        return;
    h->count += h->count < HERO_STATISTICS_MAX;
    for (size_t i = h->count - 1; i > at; i--)
        h->items[i] = h->items[i - 1];
    h->items[at].config = config;
    h->items[at].statistic = s;
}

static void find_heroes(const struct resolve *x, const struct owned *o, struct heroes *h)
{
    for (size_t c = 0; c < o->count; c++) {
        const struct service_config *config = o->configs[c];
        const struct statistic *const *featured = NULL;
        size_t count = catalog_find_featured(x->r->catalog, config, &featured);
        for (size_t i = 0; i < count; i++) {
            if (policy_statistic_is_readable(&x->question, config, featured[i]))
                add_hero(h, config, featured[i]);
        }
    }
}

static void resolve_group(struct resolve *x, size_t i)
{
    struct heroes heroes = {.count = 0};
    size_t from = x->count;
    if (x->r->asked.groups[i].is_hero)
        find_heroes(x, &x->groups[i], &heroes);
    for (size_t n = 0; n < heroes.count; n++)
        keep(x, heroes.items[n].config, heroes.items[n].statistic);
    if (x->out != NULL)
        x->r->groups[i] = (struct batch_result_list){x->out + from, x->count - from};
}

static bool walk(struct resolve *x, struct error *err)
{
    x->count = 0;
    for (size_t i = 0; i < x->r->asked.list_count; i++) {
        if (!resolve_list(x, i, err))
            return false;
    }
    for (size_t i = 0; i < x->r->asked.group_count; i++)
        resolve_group(x, i);
    return true;
}

static bool make_room(struct resolve *x, struct error *err)
{
    struct reading *r = x->r;
    struct arena *arena = r->http->arena;
    size_t lists = r->asked.list_count + r->asked.group_count;
    r->lists = arena_alloc_array(arena, lists, sizeof *r->lists, err);
    x->out = r->lists == NULL ? NULL : arena_alloc_array(arena, x->count, sizeof *x->out, err);
    if (x->out == NULL)
        return false;
    r->groups = r->lists + r->asked.list_count;
    r->stats = x->out;
    r->stat_count = x->count;
    return true;
}

bool read_resolve(struct reading *r, struct error *err)
{
    struct resolve x = {.r = r, .question = {&r->principal, r->asked.xuids, r->asked.xuid_count}};
    return find_owners(&x, err) && check_sandboxes(&x, err) && walk(&x, err) &&
           batch_check_values(r->asked.xuid_count, x.count, &r->api->limits, err) && make_room(&x, err) &&
           walk(&x, err);
}
