/* SPDX-License-Identifier: Apache-2.0 */
/* The answer of contracts 2 and 3, its keys in the order of the recorded answers. Awkward: every scalar is a
 * string, even Ordinal; `statlistscollection` and `properties` are always there, as clients fail without
 * them, while `groupproperties` of a listed statistic depends on whether groups were asked for. */
#include "batch/dialect.h"
#include "batch/pieces.h"
#include "json/writer.h"

/* Where a statistic stands in the answer. */
struct place {
    const struct batch_result *r;
    const struct batch_owner *owner;
    size_t user;
    bool in_group;
};

static void put_group_properties(const struct place *p, const struct display *d, struct buffer *out)
{
    if (p->in_group) {
        buffer_put(out, "\"groupproperties\":{\"Ordinal\":");
        piece_put_quoted(d->ordinal, out);
        piece_put_member("SortOrder", d->sort_order, out);
        piece_put_member("DisplayName", d->display_name, out);
        piece_put_member("DisplayFormat", d->display_format, out);
        piece_put_member("DisplaySemantic", d->display_semantic, out);
        buffer_put(out, "},");
    } else if (p->r->asked->group_count > 0) {
        buffer_put(out, "\"groupproperties\":{},");
    }
}

static void put_properties(const struct display *d, struct buffer *out)
{
    buffer_put(out, ",\"properties\":{");
    if (d->display_name.data != NULL) {
        buffer_put(out, "\"DisplayName\":");
        json_write_string(out, d->display_name);
    }
    buffer_put_char(out, '}');
}

static void put_stat(const struct place *p, const struct batch_result_stat *s, const struct value *v,
                     struct buffer *out)
{
    bool by_title = p->owner->scid.data == NULL;
    buffer_put_char(out, '{');
    put_group_properties(p, &s->statistic->display, out);
    buffer_put(out, "\"xuid\":");
    piece_put_quoted(p->r->asked->xuids[p->user], out);
    piece_put_member("scid", by_title ? s->scid : p->owner->scid, out);
    if (by_title && !p->in_group) {
        buffer_put(out, ",\"titleid\":");
        piece_put_quoted(p->owner->title_id, out);
    }
    piece_put_member("name", s->statistic->name, out);
    piece_put_member("type", statistic_type_name(v->type), out);
    buffer_put(out, ",\"value\":");
    piece_put_value(VALUE_STRING, v, out);
    if (p->r->with_metadata)
        piece_put_member("valuemetadata", v->metadata, out);
    put_properties(&s->statistic->display, out);
    buffer_put_char(out, '}');
}

/* The statistics of LIST that have a value; *first is whether none stands before them. */
static void put_stats(const struct place *p, const struct batch_result_list *list, bool *first,
                      struct buffer *out)
{
    for (size_t i = 0; i < list->stat_count; i++) {
        const struct value *v = piece_value(p->r, p->user, &list->stats[i]);
        if (v == NULL)
            continue;
        buffer_put(out, *first ? "" : ",");
        *first = false;
        put_stat(p, &list->stats[i], v, out);
    }
}

static void begin_user(const struct batch_result *r, size_t user, struct buffer *out)
{
    buffer_put(out, user > 0 ? "," : "");
    buffer_put(out, "{\"arrangebyfield\":\"xuid\",\"arrangebyfieldid\":");
    piece_put_quoted(r->asked->xuids[user], out);
    buffer_put(out, ",\"stats\":[");
}

/* A group without any statistic has no entry for any user, as recorded. */
static void put_group(const struct batch_result *r, size_t i, struct buffer *out)
{
    const struct batch_group *group = &r->asked->groups[i];
    size_t users = r->groups[i].stat_count > 0 ? r->asked->xuid_count : 0;
    buffer_put(out, i > 0 ? ",{\"name\":" : "{\"name\":");
    json_write_string(out, group->name);
    if (group->owner.scid.data == NULL) {
        buffer_put(out, ",\"titleid\":");
        piece_put_quoted(group->owner.title_id, out);
    }
    buffer_put(out, ",\"statlistscollection\":[");
    for (size_t user = 0; user < users; user++) {
        const struct place place = {r, &group->owner, user, true};
        bool first = true;
        begin_user(r, user, out);
        put_stats(&place, &r->groups[i], &first, out);
        buffer_put(out, "]}");
    }
    buffer_put(out, "]}");
}

static void put_collection(const struct batch_result *r, struct buffer *out)
{
    buffer_put(out, "\"statlistscollection\":[");
    for (size_t user = 0; user < r->asked->xuid_count; user++) {
        bool first = true;
        begin_user(r, user, out);
        for (size_t i = 0; i < r->asked->list_count; i++) {
            const struct place place = {r, &r->asked->lists[i].owner, user, false};
            put_stats(&place, &r->lists[i], &first, out);
        }
        buffer_put(out, "]}");
    }
    buffer_put_char(out, ']');
}

void batch_write_contract_2(const struct batch_result *r, struct buffer *out)
{
    buffer_put_char(out, '{');
    if (r->asked->group_count > 0) {
        buffer_put(out, "\"groups\":[");
        for (size_t i = 0; i < r->asked->group_count; i++)
            put_group(r, i, out);
        buffer_put(out, "],");
    }
    put_collection(r, out);
    buffer_put_char(out, '}');
}

/* With metadata the documented envelope stands before the collection. */
void batch_write_single_contract_3(const struct batch_result *r, struct buffer *out)
{
    buffer_put_char(out, '{');
    if (r->with_metadata) {
        piece_put_envelope(r, VALUE_STRING, out);
        buffer_put_char(out, ',');
    }
    put_collection(r, out);
    buffer_put_char(out, '}');
}
