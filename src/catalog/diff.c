/* SPDX-License-Identifier: Apache-2.0 */
/* What turns one definition into another, a line each. The order of lists is not compared: a store may give
 * them back in another. Awkward: it cannot fail but through the buffer, so the indexes live in the buffer's
 * arena, and where there is no memory for them the buffer says so. */
#include "catalog/document.h"

#include "catalog/title_index.h"
#include "json/writer.h"

struct diff {
    struct buffer *out;
    size_t lines;
};

/* Begins a line: "+ scid …", "~ scid … statistic Kills". S may be NULL. */
static void begin(struct diff *d, char sign, const struct service_config *c, const struct statistic *s)
{
    d->lines++;
    buffer_format(d->out, "%c scid %.*s", sign, TEXT_ARG(c->scid));
    if (s != NULL)
        buffer_format(d->out, " statistic %.*s", TEXT_ARG(s->name));
}

static void put_change(struct diff *d, const char *what, struct text from, struct text to)
{
    buffer_format(d->out, ": %s %.*s -> %.*s\n", what, TEXT_ARG(from), TEXT_ARG(to));
}

/* As put_change, for texts that may hold anything. */
static void put_quoted_change(struct diff *d, const char *what, struct text from, struct text to)
{
    buffer_format(d->out, ": %s ", what);
    json_write_string(d->out, from);
    buffer_put(d->out, " -> ");
    json_write_string(d->out, to);
    buffer_put_char(d->out, '\n');
}

static bool grant_is_among(const struct grant *g, const struct statistic *s)
{
    for (size_t i = 0; i < s->grant_count; i++) {
        const struct grant *other = &s->grants[i];
        if (g->kind == other->kind && g->number == other->number && text_equals(g->subject, other->subject))
            return true;
    }
    return false;
}

static bool grants_are_among(const struct statistic *a, const struct statistic *b)
{
    for (size_t i = 0; i < a->grant_count; i++) {
        if (!grant_is_among(&a->grants[i], b))
            return false;
    }
    return true;
}

static void put_grants(const struct statistic *s, struct buffer *out)
{
    for (size_t i = 0; i < s->grant_count; i++) {
        char written[GRANT_WRITTEN_MAX];
        grant_write(&s->grants[i], written, sizeof written);
        buffer_format(out, "%s%s", i == 0 ? "" : ", ", written);
    }
    if (s->grant_count == 0)
        buffer_put(out, "none");
}

static void compare_grants(struct diff *d, const struct service_config *c, const struct statistic *from,
                           const struct statistic *to)
{
    if (grants_are_among(from, to) && grants_are_among(to, from))
        return;
    begin(d, '~', c, to);
    buffer_put(d->out, ": grants ");
    put_grants(from, d->out);
    buffer_put(d->out, " -> ");
    put_grants(to, d->out);
    buffer_put_char(d->out, '\n');
}

static void compare_display(struct diff *d, const struct service_config *c, const struct statistic *from,
                            const struct statistic *to)
{
    const struct display *a = &from->display, *b = &to->display;
    const struct {
        const char *name;
        struct text from, to;
    } texts[] = {{"DisplayName", a->display_name, b->display_name},
                 {"DisplayFormat", a->display_format, b->display_format},
                 {"DisplaySemantic", a->display_semantic, b->display_semantic},
                 {"SortOrder", a->sort_order, b->sort_order}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (text_equals(texts[i].from, texts[i].to))
            continue;
        begin(d, '~', c, to);
        put_quoted_change(d, texts[i].name, texts[i].from, texts[i].to);
    }
    if (a->ordinal != b->ordinal) {
        begin(d, '~', c, to);
        buffer_format(d->out, ": Ordinal %u -> %u\n", (unsigned)a->ordinal, (unsigned)b->ordinal);
    }
}

static void compare_statistic(struct diff *d, const struct service_config *c, const struct statistic *from,
                              const struct statistic *to)
{
    if (!text_equals(from->name, to->name)) {
        begin(d, '~', c, to);
        put_change(d, "name", from->name, to->name);
    }
    if (from->type != to->type) {
        begin(d, '~', c, to);
        put_change(d, "type", statistic_type_name(from->type), statistic_type_name(to->type));
    }
    if (from->access != to->access) {
        begin(d, '~', c, to);
        put_change(d, "access", statistic_access_name(from->access), statistic_access_name(to->access));
    }
    compare_grants(d, c, from, to);
    compare_display(d, c, from, to);
}

static bool owns(const struct service_config *c, uint64_t title_id)
{
    for (size_t i = 0; i < c->title_id_count; i++) {
        if (c->title_ids[i] == title_id)
            return true;
    }
    return false;
}

/* SIGN for each owner of A that B lacks. */
static void list_missing_owners(struct diff *d, char sign, const struct service_config *a,
                                const struct service_config *b)
{
    for (size_t i = 0; i < a->title_id_count; i++) {
        if (owns(b, a->title_ids[i]))
            continue;
        begin(d, sign, a, NULL);
        buffer_put(d->out, " title ");
        buffer_put_u64(d->out, a->title_ids[i]);
        buffer_put_char(d->out, '\n');
    }
}

/* SIGN for the statistic and all that is said of it. */
static void list_statistic(struct diff *d, char sign, const struct service_config *c,
                           const struct statistic *s)
{
    begin(d, sign, c, s);
    buffer_format(d->out, " %.*s %.*s", TEXT_ARG(statistic_type_name(s->type)),
                  TEXT_ARG(statistic_access_name(s->access)));
    if (s->grant_count > 0) {
        buffer_put(d->out, " to ");
        put_grants(s, d->out);
    }
    buffer_put_char(d->out, '\n');
}

static bool index_statistics(const struct service_config *c, struct arena *arena, struct name_index *out)
{
    struct error err;
    if (!name_index_init(out, c->statistic_count, arena, &err))
        return false;
    for (size_t i = 0; i < c->statistic_count; i++)
        name_index_add(out, c->statistics[i].name, i);
    return true;
}

static bool compare_statistics(struct diff *d, const struct service_config *from,
                               const struct service_config *to)
{
    struct name_index before, after;
    if (!index_statistics(from, d->out->arena, &before) || !index_statistics(to, d->out->arena, &after))
        return false;
    for (size_t i = 0; i < from->statistic_count; i++) {
        if (name_index_find(&after, from->statistics[i].name) == NAME_ABSENT)
            list_statistic(d, '-', from, &from->statistics[i]);
    }
    for (size_t i = 0; i < to->statistic_count; i++) {
        size_t at = name_index_find(&before, to->statistics[i].name);
        if (at == NAME_ABSENT)
            list_statistic(d, '+', to, &to->statistics[i]);
        else
            compare_statistic(d, to, &from->statistics[at], &to->statistics[i]);
    }
    return true;
}

static bool compare_config(struct diff *d, const struct service_config *from, const struct service_config *to)
{
    if (!text_equals(from->scid, to->scid)) {
        begin(d, '~', from, NULL);
        put_change(d, "scid", from->scid, to->scid);
    }
    if (!text_equals(from->sandbox, to->sandbox)) {
        begin(d, '~', to, NULL);
        put_change(d, "sandbox", from->sandbox, to->sandbox);
    }
    list_missing_owners(d, '-', from, to);
    list_missing_owners(d, '+', to, from);
    return compare_statistics(d, from, to);
}

static void list_config(struct diff *d, char sign, const struct service_config *c)
{
    static const struct service_config nothing;
    begin(d, sign, c, NULL);
    buffer_format(d->out, " sandbox %.*s\n", TEXT_ARG(c->sandbox));
    list_missing_owners(d, sign, c, &nothing);
    for (size_t i = 0; i < c->statistic_count; i++)
        list_statistic(d, sign, c, &c->statistics[i]);
}

static bool index_configs(const struct catalog_definition *c, struct arena *arena, struct name_index *out)
{
    struct error err;
    if (!name_index_init(out, c->config_count, arena, &err))
        return false;
    for (size_t i = 0; i < c->config_count; i++)
        name_index_add(out, c->configs[i].scid, i);
    return true;
}

static bool compare_configs(struct diff *d, const struct catalog_definition *from,
                            const struct catalog_definition *to)
{
    struct name_index before, after;
    if (!index_configs(from, d->out->arena, &before) || !index_configs(to, d->out->arena, &after))
        return false;
    for (size_t i = 0; i < from->config_count; i++) {
        if (name_index_find(&after, from->configs[i].scid) == NAME_ABSENT)
            list_config(d, '-', &from->configs[i]);
    }
    for (size_t i = 0; i < to->config_count; i++) {
        size_t at = name_index_find(&before, to->configs[i].scid);
        if (at == NAME_ABSENT)
            list_config(d, '+', &to->configs[i]);
        else if (!compare_config(d, &from->configs[at], &to->configs[i]))
            return false;
    }
    return true;
}

/* Begins "+ title 5". */
static void begin_title(struct diff *d, char sign, const struct title *t)
{
    d->lines++;
    buffer_format(d->out, "%c title ", sign);
    buffer_put_u64(d->out, t->title_id);
}

static void list_title(struct diff *d, char sign, const struct title *t)
{
    begin_title(d, sign, t);
    if (t->name.size > 0) {
        buffer_put_char(d->out, ' ');
        json_write_string(d->out, t->name);
    }
    buffer_put_char(d->out, '\n');
}

static bool compare_titles(struct diff *d, const struct catalog_definition *from,
                           const struct catalog_definition *to)
{
    struct error err;
    struct name_index before, after;
    if (!title_index_build(from, d->out->arena, &before, &err) ||
        !title_index_build(to, d->out->arena, &after, &err))
        return false;
    for (size_t i = 0; i < from->title_count; i++) {
        if (title_index_find(&after, from->titles[i].title_id) == NAME_ABSENT)
            list_title(d, '-', &from->titles[i]);
    }
    for (size_t i = 0; i < to->title_count; i++) {
        const struct title *t = &to->titles[i];
        size_t at = title_index_find(&before, t->title_id);
        if (at == NAME_ABSENT) {
            list_title(d, '+', t);
        } else if (!text_equals(from->titles[at].name, t->name)) {
            begin_title(d, '~', t);
            put_quoted_change(d, "name", from->titles[at].name, t->name);
        }
    }
    return true;
}

size_t catalog_diff(const struct catalog_definition *from, const struct catalog_definition *to,
                    struct buffer *out)
{
    struct diff d = {.out = out};
    if (!compare_titles(&d, from, to) || !compare_configs(&d, from, to)) {
        out->state = BUFFER_NO_MEMORY;
        return d.lines + 1; /* "the same" must never be said of what was not compared */
    }
    return d.lines;
}
