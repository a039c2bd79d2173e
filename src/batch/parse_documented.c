/* SPDX-License-Identifier: Apache-2.0 */
/* The body of the documented dialect and of contract 1 (the reference page, "Request body") to a batch.
 * Awkward: names of a scid that is listed twice are joined, hence two walks. */
#include "batch/dialect.h"
#include "batch/members.h"
#include "batch/seen.h"

/* What one parse works with. */
struct parse {
    struct members members;
    struct batch_list *lists; /* of different scids */
    struct text **names;      /* of each of them, while they grow */
    size_t list_count;
    size_t *list_of; /* for each item of requestedscids: the place of its scid among them */
    bool *asks_all;  /* for each of the different ones: one of its lists was empty */
};

static bool refuse_scid(struct parse *p, size_t i, const char *member, const char *rule)
{
    return members_refuse_at(&p->members, "requestedscids", i, member, rule);
}

static bool refuse_count(struct parse *p, const char *what)
{
    return members_refuse_count(&p->members, "requestedscids", what, p->members.limits->max_stats);
}

/* The member NAME of ROOT. */
static bool require(struct parse *p, const struct json_value *root, const char *name,
                    const struct json_value **out)
{
    const struct json_value *v = json_find(root, name);
    if (v == NULL)
        return members_refuse(&p->members, name, "is missing (member names are matched exactly)");
    *out = v;
    return true;
}

static bool read_users(struct parse *p, const struct json_value *root, struct batch *out)
{
    const struct json_value *list = NULL;
    return require(p, root, "requestedusers", &list) &&
           members_read_xuids(&p->members, list, "requestedusers", out);
}

/* Checks the item's form; its names are in *names. */
static bool read_scid(struct parse *p, size_t i, const struct json_value *item, struct text *scid,
                      const struct json_value **names)
{
    if (json_kind(item) != JSON_OBJECT)
        return refuse_scid(p, i, "", "must be an object with scid and requestedstats");
    const struct json_value *id = json_find(item, "scid"), *stats = json_find(item, "requestedstats");
    if (id == NULL)
        return refuse_scid(p, i, ".scid", "is missing (member names are matched exactly)");
    if (json_kind(id) != JSON_STRING || !scid_is_valid(json_string(id)))
        return refuse_scid(p, i, ".scid", "must be a string of 1 to 36 letters, digits and '-'");
    if (stats == NULL)
        return refuse_scid(
            p, i, ".requestedstats",
            "is missing (member names are matched exactly); [] asks for every statistic you may read");
    if (json_kind(stats) != JSON_ARRAY)
        return refuse_scid(p, i, ".requestedstats", "must be an array of strings");
    size_t at = 0;
    for (const struct json_value *v = json_first(stats); v != NULL; v = json_next(v), at++) {
        if (json_kind(v) != JSON_STRING)
            return error_refuse(p->members.err, ERROR_MEMBER,
                                "requestedscids[%zu].requestedstats[%zu]: must be a string.", i, at);
    }
    *scid = json_string(id);
    *names = stats;
    return true;
}

/* First walk: which scids there are, and how many names each lists at most. */
static bool read_scids(struct parse *p, const struct json_value *list, size_t listed)
{
    struct seen_names seen;
    size_t i = 0, names_listed = 0, max = p->members.limits->max_stats;
    if (!seen_names_init(&seen, listed, p->members.arena, p->members.err))
        return false;
    for (const struct json_value *item = json_first(list); item != NULL; item = json_next(item), i++) {
        struct text scid = {NULL, 0};
        const struct json_value *names = NULL;
        if (!read_scid(p, i, item, &scid, &names))
            return false;
        size_t count = members_count(names), at = seen_names_add(&seen, 0, scid, p->list_count);
        if (at == p->list_count)
            p->lists[p->list_count++].owner.scid = scid;
        p->list_of[i] = at;
        p->lists[at].name_count += count;
        p->asks_all[at] |= count == 0;
        names_listed += count;
    }
    if (p->list_count > max || names_listed > REPEATS_MAX * max)
        return refuse_count(p, "scids and statistics");
    return true;
}

/* Second walk: the different names of each scid. */
static bool join_names(struct parse *p, const struct json_value *list)
{
    struct seen_names seen;
    size_t i = 0, listed = 0, different = 0;
    for (size_t s = 0; s < p->list_count; s++) {
        p->names[s] =
            arena_alloc_array(p->members.arena, p->lists[s].name_count, sizeof **p->names, p->members.err);
        if (p->names[s] == NULL)
            return false;
        p->lists[s].names = p->names[s];
        listed += p->lists[s].name_count;
        p->lists[s].name_count = 0;
    }
    if (!seen_names_init(&seen, listed, p->members.arena, p->members.err))
        return false;
    for (const struct json_value *item = json_first(list); item != NULL; item = json_next(item), i++) {
        size_t s = p->list_of[i];
        const struct json_value *v = p->asks_all[s] ? NULL : json_first(json_find(item, "requestedstats"));
        for (; v != NULL; v = json_next(v)) {
            size_t place = p->lists[s].name_count;
            if (seen_names_add(&seen, s, json_string(v), different) == different) {
                p->names[s][place] = json_string(v);
                p->lists[s].name_count++;
                different++;
            }
        }
    }
    if (different > p->members.limits->max_stats)
        return refuse_count(p, "statistics");
    return true;
}

static bool read_requested_scids(struct parse *p, const struct json_value *root, struct batch *out)
{
    const struct json_value *list = NULL;
    struct arena *arena = p->members.arena;
    struct error *err = p->members.err;
    if (!require(p, root, "requestedscids", &list) ||
        !members_require_list(&p->members, list, "requestedscids"))
        return false;
    size_t listed = members_count(list);
    if (listed > REPEATS_MAX * p->members.limits->max_stats)
        return refuse_count(p, "scids");
    p->lists = arena_alloc_array(arena, listed, sizeof *p->lists, err);
    p->names = p->lists == NULL ? NULL : arena_alloc_array(arena, listed, sizeof(struct text *), err);
    p->list_of = p->names == NULL ? NULL : arena_alloc_array(arena, listed, sizeof *p->list_of, err);
    p->asks_all = p->list_of == NULL ? NULL : arena_alloc_array(arena, listed, sizeof *p->asks_all, err);
    if (p->asks_all == NULL || !read_scids(p, list, listed) || !join_names(p, list))
        return false;
    out->lists = p->lists;
    out->list_count = p->list_count;
    return true;
}

bool batch_parse_documented(struct text body, const struct batch_limits *limits, struct arena *arena,
                            struct batch *out, struct error *err)
{
    struct parse p = {.members = {limits, arena, err}};
    struct batch b = {.xuid_count = 0};
    const struct json_value *root = NULL;
    if (!members_read_object(&p.members, body, 1, "requestedusers and requestedscids", &root) ||
        !read_users(&p, root, &b) || !read_requested_scids(&p, root, &b))
        return false;
    size_t named = 0;
    for (size_t i = 0; i < b.list_count; i++)
        named += b.lists[i].name_count;
    if (!batch_check_values(b.xuid_count, named, limits, err))
        return false;
    *out = b;
    return true;
}
