/* SPDX-License-Identifier: Apache-2.0 */
/* The body of contracts 2 and 3 to a batch: {"arrangebyfield":"xuid","xuids":[…],"groups":[{"name":"Hero",
 * "titleId":…}],"stats":[{"name":"…","titleId":…}]}. Awkward: clients spell member names in several cases, so
 * a name that is there twice must be told from one that is there once; and some write null for "absent". */
#include <inttypes.h>
#include <stdio.h>

#include "batch/dialect.h"
#include "batch/members.h"
#include "batch/seen.h"

#define OWNER_KEY_MAX 24 /* '#', 20 digits, NUL */

/* groups and stats have the same items. */
struct entry {
    struct text name;
    struct batch_owner owner;
    size_t owner_at; /* equal for equal owners */
};

struct entries {
    const char *path; /* "groups", "stats" */
    struct entry *items;
    size_t count;
    bool are_there;
};

/* The member NAME of OBJECT without regard to case, or NULL; it must not be there twice. PATH is OBJECT's. */
static bool find(const struct members *m, const struct json_value *object, const char *name, const char *path,
                 const struct json_value **out)
{
    const struct json_value *found = NULL;
    for (const struct json_value *v = json_first(object); v != NULL; v = json_next(v)) {
        if (!text_equals_ignoring_case(json_name(v), text_of(name)))
            continue;
        if (found != NULL)
            return error_refuse(m->err, ERROR_MEMBER,
                                "%s%s: is there more than once (case does not tell member names apart).",
                                path, name);
        found = v;
    }
    *out = found == NULL || json_kind(found) == JSON_NULL ? NULL : found;
    return true;
}

static bool check_arrangement(const struct members *m, const struct json_value *root)
{
    const struct json_value *v = NULL;
    if (!find(m, root, "arrangebyfield", "", &v))
        return false;
    if (v != NULL && !text_equals_ignoring_case(json_string(v), text_of("xuid")))
        return members_refuse(m, "arrangebyfield", "must be \"xuid\"");
    return true;
}

static bool read_users(const struct members *m, const struct json_value *root, struct batch *out)
{
    const struct json_value *v = NULL;
    if (!find(m, root, "xuids", "", &v))
        return false;
    if (v == NULL)
        return members_refuse(m, "xuids", "is missing");
    return members_read_xuids(m, v, "xuids", out);
}

static bool read_title(const struct json_value *v, uint64_t *out)
{
    if (json_kind(v) == JSON_NUMBER)
        return text_to_u64(json_number(v), out) && *out <= DOUBLE_EXACT_MAX;
    return json_kind(v) == JSON_STRING && text_to_u64(json_string(v), out);
}

/* The titleId or scid of item I. */
static bool read_owner(const struct members *m, const char *list, size_t i, const struct json_value *item,
                       struct batch_owner *out)
{
    char path[40];
    const struct json_value *title = NULL, *scid = NULL;
    snprintf(path, sizeof path, "%s[%zu].", list, i);
    if (!find(m, item, "titleId", path, &title) || !find(m, item, "scid", path, &scid))
        return false;
    if ((title == NULL) == (scid == NULL))
        return members_refuse_at(m, list, i, "", "must have either a titleId or a scid");
    if (title != NULL && !read_title(title, &out->title_id))
        return members_refuse_at(m, list, i, ".titleId",
                                 "must be the decimal digits of a title id, as a string or a number");
    if (scid != NULL && (json_kind(scid) != JSON_STRING || !scid_is_valid(json_string(scid))))
        return members_refuse_at(m, list, i, ".scid", "must be a string of 1 to 36 letters, digits and '-'");
    out->scid = json_string(scid);
    return true;
}

static bool read_entry(const struct members *m, const char *list, size_t i, const struct json_value *item,
                       struct entry *out)
{
    char path[40];
    const struct json_value *name = NULL;
    if (json_kind(item) != JSON_OBJECT)
        return members_refuse_at(m, list, i, "", "must be an object with a name and a titleId or scid");
    snprintf(path, sizeof path, "%s[%zu].", list, i);
    if (!find(m, item, "name", path, &name))
        return false;
    if (name == NULL || json_kind(name) != JSON_STRING)
        return members_refuse_at(m, list, i, ".name", "must be there, and a string");
    out->name = json_string(name);
    return read_owner(m, list, i, item, &out->owner);
}

/* A text that is equal for equal owners: a scid has no '#'. Absent when memory ran out. */
static struct text owner_key(const struct members *m, const struct batch_owner *owner)
{
    if (owner->scid.data != NULL)
        return owner->scid;
    char *key = arena_alloc(m->arena, OWNER_KEY_MAX, m->err);
    if (key != NULL)
        snprintf(key, OWNER_KEY_MAX, "#%" PRIu64, owner->title_id);
    return text_of(key);
}

/* The different entries of LIST, of which there are LISTED. */
static bool read_different(const struct members *m, const struct json_value *list, size_t listed,
                           struct entries *out)
{
    struct seen_names owners, names;
    size_t i = 0, owner_count = 0;
    if (!seen_names_init(&owners, listed, m->arena, m->err) ||
        !seen_names_init(&names, listed, m->arena, m->err))
        return false;
    for (const struct json_value *v = json_first(list); v != NULL; v = json_next(v), i++) {
        struct entry e = {.owner_at = 0};
        if (!read_entry(m, out->path, i, v, &e))
            return false;
        struct text key = owner_key(m, &e.owner);
        if (key.data == NULL)
            return false;
        e.owner_at = seen_names_add(&owners, 0, key, owner_count);
        owner_count += e.owner_at == owner_count;
        if (seen_names_add(&names, e.owner_at, e.name, out->count) == out->count)
            out->items[out->count++] = e;
    }
    return true;
}

/* The member PATH of ROOT, which need not be there. */
static bool read_entries(const struct members *m, const struct json_value *root, const char *path,
                         struct entries *out)
{
    struct entries e = {.path = path, .are_there = true};
    const struct json_value *list = NULL;
    if (!find(m, root, path, "", &list))
        return false;
    if (list == NULL)
        return true;
    if (json_kind(list) != JSON_ARRAY)
        return members_refuse(m, path, "must be an array");
    size_t listed = members_count(list);
    if (listed > REPEATS_MAX * m->limits->max_stats)
        return members_refuse_count(m, path, "items", m->limits->max_stats);
    e.items = arena_alloc_array(m->arena, listed, sizeof *e.items, m->err);
    if (e.items == NULL || !read_different(m, list, listed, &e))
        return false;
    if (e.count > m->limits->max_stats)
        return members_refuse_count(m, path, "items", m->limits->max_stats);
    *out = e;
    return true;
}

/* A list for each run of entries with the same owner: the order of the request is the order of the answer. */
static bool make_lists(const struct members *m, const struct entries *e, struct batch *out)
{
    size_t count = 0;
    struct batch_list *lists = arena_alloc_array(m->arena, e->count, sizeof *lists, m->err);
    struct text *names = arena_alloc_array(m->arena, e->count, sizeof *names, m->err);
    if (lists == NULL || names == NULL)
        return false;
    for (size_t i = 0; i < e->count; i++) {
        names[i] = e->items[i].name;
        if (i == 0 || e->items[i].owner_at != e->items[i - 1].owner_at)
            lists[count++] = (struct batch_list){.owner = e->items[i].owner, .names = &names[i]};
        lists[count - 1].name_count++;
    }
    out->lists = lists;
    out->list_count = count;
    return true;
}

static bool make_groups(const struct members *m, const struct entries *e, struct batch *out)
{
    struct batch_group *groups = arena_alloc_array(m->arena, e->count, sizeof *groups, m->err);
    if (groups == NULL)
        return false;
    for (size_t i = 0; i < e->count; i++) {
        struct text name = e->items[i].name;
        groups[i] =
            (struct batch_group){name, text_equals_ignoring_case(name, text_of("Hero")), e->items[i].owner};
    }
    out->groups = groups;
    out->group_count = e->count;
    return true;
}

bool batch_parse_contract_2(struct text body, const struct batch_limits *limits, struct arena *arena,
                            struct batch *out, struct error *err)
{
    const struct members m = {limits, arena, err};
    struct batch b = {.xuid_count = 0};
    struct entries groups = {.count = 0}, stats = {.count = 0};
    const struct json_value *root = NULL;
    if (!members_read_object(&m, body, 2, "xuids, and stats, groups or both", &root) ||
        !check_arrangement(&m, root) || !read_users(&m, root, &b) ||
        !read_entries(&m, root, "groups", &groups) || !read_entries(&m, root, "stats", &stats))
        return false;
    if (!groups.are_there && !stats.are_there)
        return members_refuse(&m, "The body", "must have stats, groups or both");
    if (!make_lists(&m, &stats, &b) || !make_groups(&m, &groups, &b))
        return false;
    *out = b;
    return true;
}
