/* SPDX-License-Identifier: Apache-2.0 */
/* The body of the documented dialect and of contract 1 (the reference page, "Request body") to a batch.
 * Awkward: limits are on different items, but lists are bounded as they stand, too, before any item is looked
 * at: a body of equal xuids must not cost what a body of different ones may not. Names of a scid that is
 * listed twice are joined, hence two walks. */
#include "batch/batch.h"
#include "batch/seen.h"
#include "json/reader.h"
#include "model/xuid.h"

#define MAX_DEPTH        16
#define REPEATS_MAX      ((size_t)4) /* a list may be this many times longer than what may be different in it */
#define STRANGERS_MAX    1024        /* values of members that are not ours */
#define DOUBLE_EXACT_MAX UINT64_C(9007199254740991) /* 2^53 - 1: every whole number up to it is a double */

#define NEXT_STEP "send the xuid as a decimal string, such as \"2533274790395904\""

/* What one parse works with. */
struct parse {
    const struct batch_limits *limits;
    struct arena *arena;
    struct error *err;
    struct batch_scid *scids; /* different ones */
    struct text **names;      /* of each of them, while they grow */
    size_t scid_count;
    size_t *scid_of; /* for each item of requestedscids: the place of its scid among them */
    bool *asks_all;  /* for each of the different ones: one of its lists was empty */
};

static bool refuse(struct parse *p, const char *path, const char *rule)
{
    return error_refuse(p->err, ERROR_MEMBER, "%s: %s.", path, rule);
}

static bool refuse_xuid(struct parse *p, size_t i, const char *rule)
{
    return error_refuse(p->err, ERROR_MEMBER, "requestedusers[%zu]: %s; " NEXT_STEP ".", i, rule);
}

static bool refuse_scid(struct parse *p, size_t i, const char *member, const char *rule)
{
    return error_refuse(p->err, ERROR_MEMBER, "requestedscids[%zu]%s: %s.", i, member, rule);
}

static bool refuse_count(struct parse *p, const char *what, size_t limit)
{
    return error_refuse(p->err, ERROR_BATCH_LIMIT, "%s; at most %zu are answered at once, split the batch.",
                        what, limit);
}

static size_t count_of(const struct json_value *array)
{
    size_t count = 0;
    for (const struct json_value *v = json_first(array); v != NULL; v = json_next(v))
        count++;
    return count;
}

/* The member NAME of ROOT as an array that is not empty. */
static bool require_list(struct parse *p, const struct json_value *root, const char *name,
                         const struct json_value **out)
{
    const struct json_value *v = json_find(root, name);
    if (v == NULL)
        return refuse(p, name, "is missing (member names are matched exactly)");
    if (json_kind(v) != JSON_ARRAY)
        return refuse(p, name, "must be an array");
    if (json_first(v) == NULL)
        return refuse(p, name, "must not be empty");
    *out = v;
    return true;
}

static bool is_plain_digits(struct text t)
{
    for (size_t i = 0; i < t.size; i++) {
        if (!ascii_is_digit(t.data[i]))
            return false;
    }
    return t.size > 0;
}

/* A number is taken where every reader on the way from the user to here must have kept it exactly. */
static bool read_xuid_number(struct parse *p, size_t i, struct text digits, uint64_t *out)
{
    uint64_t n;
    if (!is_plain_digits(digits))
        return refuse_xuid(p, i, "must be a whole number without sign, fraction or exponent");
    if (!text_to_u64(digits, &n) || n > DOUBLE_EXACT_MAX)
        return refuse_xuid(p, i, "a JSON number above 9007199254740991 may have lost digits on its way");
    if (n == 0)
        return refuse_xuid(p, i, "0 is no xuid");
    *out = n;
    return true;
}

static bool read_xuid(struct parse *p, size_t i, const struct json_value *v, uint64_t *out)
{
    if (json_kind(v) == JSON_NUMBER)
        return read_xuid_number(p, i, json_number(v), out);
    if (json_kind(v) != JSON_STRING)
        return refuse_xuid(p, i, "must be an xuid");
    if (!xuid_parse(json_string(v), out))
        return refuse_xuid(
            p, i, "must be the decimal digits of an xuid, 1 to 18446744073709551615, without leading zeros");
    return true;
}

static bool read_users(struct parse *p, const struct json_value *root, struct batch *out)
{
    struct seen_xuids seen;
    const struct json_value *list = NULL;
    if (!require_list(p, root, "requestedusers", &list))
        return false;
    size_t listed = count_of(list), i = 0, count = 0;
    if (listed > REPEATS_MAX * p->limits->max_users)
        return refuse_count(p, "requestedusers: lists too many users", p->limits->max_users);
    uint64_t *xuids = arena_alloc_array(p->arena, listed, sizeof *xuids, p->err);
    if (xuids == NULL || !seen_xuids_init(&seen, listed, p->arena, p->err))
        return false;
    for (const struct json_value *v = json_first(list); v != NULL; v = json_next(v), i++) {
        uint64_t xuid = 0;
        if (!read_xuid(p, i, v, &xuid))
            return false;
        if (seen_xuids_add(&seen, xuid))
            xuids[count++] = xuid;
    }
    if (count > p->limits->max_users)
        return refuse_count(p, "requestedusers: lists too many users", p->limits->max_users);
    out->xuids = xuids;
    out->xuid_count = count;
    return true;
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
            return error_refuse(p->err, ERROR_MEMBER,
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
    size_t i = 0, names_listed = 0, max = p->limits->max_stats;
    if (!seen_names_init(&seen, listed, p->arena, p->err))
        return false;
    for (const struct json_value *item = json_first(list); item != NULL; item = json_next(item), i++) {
        struct text scid = {NULL, 0};
        const struct json_value *names = NULL;
        if (!read_scid(p, i, item, &scid, &names))
            return false;
        size_t count = count_of(names), at = seen_names_add(&seen, 0, scid, p->scid_count);
        if (at == p->scid_count)
            p->scids[p->scid_count++].scid = scid;
        p->scid_of[i] = at;
        p->scids[at].name_count += count;
        p->asks_all[at] |= count == 0;
        names_listed += count;
    }
    if (p->scid_count > max || names_listed > REPEATS_MAX * max)
        return refuse_count(p, "requestedscids: lists too many scids and statistics", max);
    return true;
}

/* Second walk: the different names of each scid. */
static bool join_names(struct parse *p, const struct json_value *list)
{
    struct seen_names seen;
    size_t i = 0, listed = 0, different = 0;
    for (size_t s = 0; s < p->scid_count; s++) {
        p->names[s] = arena_alloc_array(p->arena, p->scids[s].name_count, sizeof **p->names, p->err);
        if (p->names[s] == NULL)
            return false;
        p->scids[s].names = p->names[s];
        listed += p->scids[s].name_count;
        p->scids[s].name_count = 0;
    }
    if (!seen_names_init(&seen, listed, p->arena, p->err))
        return false;
    for (const struct json_value *item = json_first(list); item != NULL; item = json_next(item), i++) {
        size_t s = p->scid_of[i];
        const struct json_value *v = p->asks_all[s] ? NULL : json_first(json_find(item, "requestedstats"));
        for (; v != NULL; v = json_next(v)) {
            size_t place = p->scids[s].name_count;
            if (seen_names_add(&seen, s, json_string(v), different) == different) {
                p->names[s][place] = json_string(v);
                p->scids[s].name_count++;
                different++;
            }
        }
    }
    if (different > p->limits->max_stats)
        return refuse_count(p, "requestedscids: lists too many statistics", p->limits->max_stats);
    return true;
}

static bool read_requested_scids(struct parse *p, const struct json_value *root, struct batch *out)
{
    const struct json_value *list = NULL;
    if (!require_list(p, root, "requestedscids", &list))
        return false;
    size_t listed = count_of(list);
    if (listed > REPEATS_MAX * p->limits->max_stats)
        return refuse_count(p, "requestedscids: lists too many scids", p->limits->max_stats);
    p->scids = arena_alloc_array(p->arena, listed, sizeof *p->scids, p->err);
    p->names = p->scids == NULL ? NULL : arena_alloc_array(p->arena, listed, sizeof(struct text *), p->err);
    p->scid_of = p->names == NULL ? NULL : arena_alloc_array(p->arena, listed, sizeof *p->scid_of, p->err);
    p->asks_all =
        p->scid_of == NULL ? NULL : arena_alloc_array(p->arena, listed, sizeof *p->asks_all, p->err);
    if (p->asks_all == NULL || !read_scids(p, list, listed) || !join_names(p, list))
        return false;
    out->scids = p->scids;
    out->scid_count = p->scid_count;
    return true;
}

/* Users; per statistic at most an object, its scid, its list and the name; and what we do not know. */
static struct json_limits json_limits_of(const struct batch_limits *limits)
{
    return (struct json_limits){.max_depth = MAX_DEPTH,
                                .max_values = REPEATS_MAX * limits->max_users +
                                              REPEATS_MAX * 4 * limits->max_stats + STRANGERS_MAX};
}

bool batch_parse(struct text body, const struct batch_limits *limits, struct arena *arena, struct batch *out,
                 struct error *err)
{
    struct parse p = {.limits = limits, .arena = arena, .err = err};
    struct json_limits json = json_limits_of(limits);
    struct batch b = {.xuid_count = 0};
    const struct json_value *root;
    if (!json_read(body, &json, arena, &root, err))
        return false;
    if (json_kind(root) != JSON_OBJECT)
        return refuse(&p, "The body", "must be an object with requestedusers and requestedscids");
    if (!read_users(&p, root, &b) || !read_requested_scids(&p, root, &b))
        return false;
    size_t named = 0;
    for (size_t i = 0; i < b.scid_count; i++)
        named += b.scids[i].name_count;
    if (!batch_check_size(b.xuid_count, named, limits, err))
        return false;
    *out = b;
    return true;
}

bool batch_check_size(size_t users, size_t statistics, const struct batch_limits *limits, struct error *err)
{
    size_t values;
    if (users > limits->max_users || statistics > limits->max_stats)
        return error_refuse(
            err, ERROR_BATCH_LIMIT,
            "The batch asks for %zu users and %zu statistics; at most %zu and %zu are answered at once, "
            "split the batch.",
            users, statistics, limits->max_users, limits->max_stats);
    if (__builtin_mul_overflow(users, statistics, &values) || values > limits->max_values)
        return error_refuse(
            err, ERROR_BATCH_LIMIT,
            "The batch asks for %zu users with %zu statistics each; at most %zu values are answered at "
            "once, split the batch.",
            users, statistics, limits->max_values);
    return true;
}
