/* SPDX-License-Identifier: Apache-2.0 */
/* Holds a definition against the rules of catalog.h, in the order in which it would be read aloud, and names
 * the first offender. Awkward: it must not trust its input at all, as it judges what came from a file and
 * what came from a database. */
#include "catalog/catalog.h"

#include "catalog/name_index.h"
#include "catalog/title_index.h"

struct check {
    const struct catalog_definition *d;
    struct arena arena; /* for the indexes */
    struct name_index titles;
    struct error *err;
};

static bool is_plain_text(struct text t)
{
    if (t.size > CATALOG_TEXT_MAX || !text_is_utf8(t))
        return false;
    for (size_t i = 0; i < t.size; i++) {
        if ((unsigned char)t.data[i] < ' ' || t.data[i] == 0x7F)
            return false;
    }
    return true;
}

static bool refuse_title(struct check *c, size_t i, const char *member, const char *rule)
{
    return error_refuse(c->err, ERROR_CATALOG, "titles[%zu].%s: %s", i, member, rule);
}

static bool check_title(struct check *c, size_t i)
{
    const struct title *t = &c->d->titles[i];
    if (t->title_id == 0)
        return refuse_title(c, i, "titleId", "a title id is a whole number from 1");
    if (title_index_find(&c->titles, t->title_id) != i)
        return refuse_title(c, i, "titleId", "this title is listed twice");
    if (!is_plain_text(t->name))
        return refuse_title(c, i, "name",
                            "a title's name is at most 256 bytes of UTF-8 without control characters");
    return true;
}

static bool refuse_config(struct check *c, size_t i, const char *member, const char *rule)
{
    return error_refuse(c->err, ERROR_CATALOG, "scids[%zu].%s: %s", i, member, rule);
}

static bool check_owners(struct check *c, size_t i)
{
    const struct service_config *config = &c->d->configs[i];
    if (config->title_id_count > CONFIG_TITLES_MAX)
        return refuse_config(c, i, "titleIds", "a scid is owned by at most 256 titles");
    for (size_t a = 0; a < config->title_id_count; a++) {
        if (title_index_find(&c->titles, config->title_ids[a]) == NAME_ABSENT)
            return error_refuse(c->err, ERROR_CATALOG,
                                "scids[%zu].titleIds[%zu]: no such title; list it under titles", i, a);
        for (size_t b = 0; b < a; b++) {
            if (config->title_ids[a] == config->title_ids[b])
                return error_refuse(c->err, ERROR_CATALOG,
                                    "scids[%zu].titleIds[%zu]: this title is listed twice", i, a);
        }
    }
    return true;
}

/* Where a statistic stands. */
struct spot {
    size_t config, statistic;
};

static bool refuse_statistic(struct check *c, struct spot at, const char *member, const char *rule)
{
    return error_refuse(c->err, ERROR_CATALOG, "scids[%zu].statistics[%zu].%s: %s", at.config, at.statistic,
                        member, rule);
}

/* A grant is good when it reads back as itself: one rule for every kind, unknown kinds included. */
static bool grant_is_valid(const struct grant *g)
{
    char written[GRANT_WRITTEN_MAX];
    struct grant read;
    grant_write(g, written, sizeof written);
    return grant_parse(text_of(written), &read) && read.kind == g->kind && read.number == g->number &&
           text_equals(read.subject, g->subject);
}

static bool check_access(struct check *c, struct spot at, const struct statistic *s)
{
    if (s->access != STATISTIC_OPEN && s->access != STATISTIC_RESTRICTED)
        return refuse_statistic(c, at, "access", "access is open or restricted");
    if (s->grant_count > GRANTS_MAX)
        return refuse_statistic(c, at, "grants", "a statistic has at most 64 grants");
    for (size_t i = 0; i < s->grant_count; i++) {
        if (!grant_is_valid(&s->grants[i]))
            return error_refuse(
                c->err, ERROR_CATALOG,
                "scids[%zu].statistics[%zu].grants[%zu]: a grant is title:<id>, device:<type or id>, "
                "user:<xuid> or user:self",
                at.config, at.statistic, i);
    }
    return true;
}

static bool check_display(struct check *c, struct spot at, const struct display *d)
{
    static const char rule[] = "a display text is at most 256 bytes of UTF-8 without control characters";
    const struct {
        const char *member;
        struct text t;
    } texts[] = {{"display.DisplayName", d->display_name},
                 {"display.DisplayFormat", d->display_format},
                 {"display.DisplaySemantic", d->display_semantic},
                 {"display.SortOrder", d->sort_order}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (!is_plain_text(texts[i].t))
            return refuse_statistic(c, at, texts[i].member, rule);
    }
    return true;
}

/* The ordinals of a scid's featured statistics so far. */
struct heroes {
    uint32_t ordinals[HERO_STATISTICS_MAX];
    size_t count;
};

static bool check_featured(struct check *c, struct spot at, const struct statistic *s, struct heroes *heroes)
{
    static const char member[] = "display.Ordinal";
    if (s->display.ordinal == 0)
        return true;
    if (s->access != STATISTIC_OPEN)
        return refuse_statistic(c, at, member, "a featured statistic (one with an Ordinal) must be open");
    if (heroes->count == HERO_STATISTICS_MAX)
        return refuse_statistic(c, at, member, "a scid has at most 20 featured statistics");
    for (size_t i = 0; i < heroes->count; i++) {
        if (heroes->ordinals[i] == s->display.ordinal)
            return refuse_statistic(c, at, member, "another statistic of this scid has the same Ordinal");
    }
    heroes->ordinals[heroes->count++] = s->display.ordinal;
    return true;
}

static bool check_statistic(struct check *c, struct spot at, struct name_index *names, struct heroes *heroes)
{
    const struct statistic *s = &c->d->configs[at.config].statistics[at.statistic];
    if (!statistic_name_is_valid(s->name))
        return refuse_statistic(c, at, "name", "a name is 1 to 128 letters, digits, '.', '-' or '_'");
    if (name_index_add(names, s->name, at.statistic) != at.statistic)
        return refuse_statistic(c, at, "name", "this name is listed twice (case does not distinguish names)");
    if (statistic_type_name(s->type).size == 0)
        return refuse_statistic(c, at, "type", "a type is Integer, Double, String or DateTime");
    return check_access(c, at, s) && check_display(c, at, &s->display) && check_featured(c, at, s, heroes);
}

static bool check_config(struct check *c, struct name_index *scids, size_t i)
{
    const struct service_config *config = &c->d->configs[i];
    if (!scid_is_valid(config->scid))
        return refuse_config(c, i, "scid", "a scid is 1 to 36 letters, digits or '-'");
    if (name_index_add(scids, config->scid, i) != i)
        return refuse_config(c, i, "scid", "this scid is listed twice (case does not distinguish scids)");
    if (!sandbox_is_valid(config->sandbox))
        return refuse_config(c, i, "sandbox", "a sandbox is 1 to 50 letters, digits, '.', '-' or '_'");
    if (!check_owners(c, i))
        return false;
    struct name_index names;
    struct heroes heroes = {.count = 0};
    if (!name_index_init(&names, config->statistic_count, &c->arena, c->err))
        return false;
    for (size_t s = 0; s < config->statistic_count; s++) {
        if (!check_statistic(c, (struct spot){i, s}, &names, &heroes))
            return false;
    }
    return true;
}

static bool check_all(struct check *c)
{
    struct name_index scids;
    if (!title_index_build(c->d, &c->arena, &c->titles, c->err) ||
        !name_index_init(&scids, c->d->config_count, &c->arena, c->err))
        return false;
    for (size_t i = 0; i < c->d->title_count; i++) {
        if (!check_title(c, i))
            return false;
    }
    for (size_t i = 0; i < c->d->config_count; i++) {
        if (!check_config(c, &scids, i))
            return false;
    }
    return true;
}

bool catalog_definition_check(const struct catalog_definition *d, struct error *err)
{
    struct check c = {.d = d, .err = err};
    arena_init(&c.arena, CATALOG_MEMORY_MAX);
    bool good = check_all(&c);
    arena_reset(&c.arena);
    return good;
}
