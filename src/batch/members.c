/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a body that all dialects have. Awkward: limits are on different items, but lists are bounded
 * as they stand, too, before any item is looked at: a body of equal xuids must not cost what a body of
 * different ones may not. */
#include "batch/members.h"

#include "batch/seen.h"
#include "model/xuid.h"

#define MAX_DEPTH     16
#define STRANGERS_MAX 1024 /* values of members that are not ours */

#define NEXT_STEP "send the xuid as a decimal string, such as \"2533274790395904\""

bool members_refuse(const struct members *m, const char *path, const char *rule)
{
    return error_refuse(m->err, ERROR_MEMBER, "%s: %s.", path, rule);
}

bool members_refuse_at(const struct members *m, const char *list, size_t i, const char *member,
                       const char *rule)
{
    return error_refuse(m->err, ERROR_MEMBER, "%s[%zu]%s: %s.", list, i, member, rule);
}

bool members_refuse_count(const struct members *m, const char *path, const char *what, size_t limit)
{
    return error_refuse(m->err, ERROR_BATCH_LIMIT,
                        "%s: lists too many %s; at most %zu are answered at once, split the batch.", path,
                        what, limit);
}

size_t members_count(const struct json_value *array)
{
    size_t count = 0;
    for (const struct json_value *v = json_first(array); v != NULL; v = json_next(v))
        count++;
    return count;
}

/* Users; per statistic at most an object and its members; and what we do not know. */
bool members_read_object(const struct members *m, struct text body, size_t lists, const char *with,
                         const struct json_value **out)
{
    const struct json_limits limits = {.max_depth = MAX_DEPTH,
                                       .max_values = REPEATS_MAX * m->limits->max_users +
                                                     REPEATS_MAX * 4 * lists * m->limits->max_stats +
                                                     STRANGERS_MAX};
    const struct json_value *root;
    if (!json_read(body, &limits, m->arena, &root, m->err))
        return false;
    if (json_kind(root) != JSON_OBJECT)
        return error_refuse(m->err, ERROR_MEMBER, "The body: must be an object with %s.", with);
    *out = root;
    return true;
}

bool members_require_list(const struct members *m, const struct json_value *v, const char *path)
{
    if (json_kind(v) != JSON_ARRAY)
        return members_refuse(m, path, "must be an array");
    if (json_first(v) == NULL)
        return members_refuse(m, path, "must not be empty");
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

/* One xuid of a list. */
struct item {
    const struct members *m;
    const char *path;
    size_t at;
};

static bool refuse_xuid(const struct item *item, const char *rule)
{
    return error_refuse(item->m->err, ERROR_MEMBER, "%s[%zu]: %s; " NEXT_STEP ".", item->path, item->at,
                        rule);
}

static bool read_number(const struct item *item, struct text digits, uint64_t *out)
{
    uint64_t n;
    if (!is_plain_digits(digits))
        return refuse_xuid(item, "must be a whole number without sign, fraction or exponent");
    if (!text_to_u64(digits, &n) || n > DOUBLE_EXACT_MAX)
        return refuse_xuid(item, "a JSON number above 9007199254740991 may have lost digits on its way");
    if (n == 0)
        return refuse_xuid(item, "0 is no xuid");
    *out = n;
    return true;
}

static bool read_xuid(const struct item *item, const struct json_value *v, uint64_t *out)
{
    if (json_kind(v) == JSON_NUMBER)
        return read_number(item, json_number(v), out);
    if (json_kind(v) != JSON_STRING)
        return refuse_xuid(item, "must be an xuid");
    if (!xuid_parse(json_string(v), out))
        return refuse_xuid(item, "must be the decimal digits of an xuid, 1 to 18446744073709551615, without "
                                 "leading zeros");
    return true;
}

bool members_read_xuids(const struct members *m, const struct json_value *list, const char *path,
                        struct batch *out)
{
    struct seen_xuids seen;
    if (!members_require_list(m, list, path))
        return false;
    size_t listed = members_count(list), count = 0;
    if (listed > REPEATS_MAX * m->limits->max_users)
        return members_refuse_count(m, path, "users", m->limits->max_users);
    uint64_t *xuids = arena_alloc_array(m->arena, listed, sizeof *xuids, m->err);
    if (xuids == NULL || !seen_xuids_init(&seen, listed, m->arena, m->err))
        return false;
    struct item item = {.m = m, .path = path};
    for (const struct json_value *v = json_first(list); v != NULL; v = json_next(v), item.at++) {
        uint64_t xuid = 0;
        if (!read_xuid(&item, v, &xuid))
            return false;
        if (seen_xuids_add(&seen, xuid))
            xuids[count++] = xuid;
    }
    if (count > m->limits->max_users)
        return members_refuse_count(m, path, "users", m->limits->max_users);
    out->xuids = xuids;
    out->xuid_count = count;
    return true;
}
