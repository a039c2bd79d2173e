/* SPDX-License-Identifier: Apache-2.0 */
/* A list of directives, each a name or name=value. Awkward: a value may be a quoted string, and that may hold
 * commas and escaped quotes, so the list cannot be split at every comma. What cannot be read makes an answer
 * older, never fresher. */
#include "fetch/cache_control.h"

/* Cuts the first directive off *LIST, up to the first comma that stands in no quoted string. */
static struct text next_directive(struct text *list)
{
    bool is_quoted = false;
    size_t end = 0;
    for (; end < list->size; end++) {
        char c = list->data[end];
        if (c == '"')
            is_quoted = !is_quoted;
        else if (c == '\\' && is_quoted && end + 1 < list->size)
            end++;
        else if (c == ',' && !is_quoted)
            break;
    }
    struct text directive = text_slice(list->data, end);
    size_t taken = end < list->size ? end + 1 : end;
    *list = text_slice(list->data + taken, list->size - taken);
    return text_trimmed(directive);
}

/* delta-seconds (RFC 9111 §1.2.2): digits, leading zeros too; false, *out untouched, for anything else. */
static bool read_seconds(struct text t, int64_t *out)
{
    int64_t seconds = 0;
    if (t.size == 0)
        return false;
    for (size_t i = 0; i < t.size; i++) {
        if (!ascii_is_digit(t.data[i]))
            return false;
        seconds = seconds * 10 + (t.data[i] - '0');
        if (seconds > CACHE_CONTROL_SECONDS_MAX)
            seconds = CACHE_CONTROL_SECONDS_MAX;
    }
    *out = seconds;
    return true;
}

/* The inside of a quoted string, or T itself. */
static struct text unquoted(struct text t)
{
    bool is_quoted = t.size >= 2 && t.data[0] == '"' && t.data[t.size - 1] == '"';
    return is_quoted ? text_slice(t.data + 1, t.size - 2) : t;
}

static void take_directive(struct cache_control *c, struct text directive)
{
    struct text name = directive, value = {NULL, 0};
    text_split(directive, '=', &name, &value);
    name = text_trimmed(name);
    if (text_equals_ignoring_case(name, text_of("no-store")) ||
        text_equals_ignoring_case(name, text_of("no-cache"))) {
        c->forbids = true;
    } else if (text_equals_ignoring_case(name, text_of("max-age")) && !c->has_max_age) {
        c->has_max_age = true;
        if (!read_seconds(unquoted(value), &c->max_age_s))
            c->max_age_s = 0;
    }
}

void cache_control_read(struct cache_control *c, struct text value)
{
    while (value.size > 0)
        take_directive(c, next_directive(&value));
}

void cache_control_read_age(struct cache_control *c, struct text value)
{
    struct text first = value, rest;
    text_split(value, ',', &first, &rest);
    if (!read_seconds(text_trimmed(first), &c->age_s))
        c->age_s = 0;
}

int64_t cache_control_fresh_s(const struct cache_control *c)
{
    if (c->forbids)
        return 0;
    if (!c->has_max_age)
        return -1;
    return c->age_s < c->max_age_s ? c->max_age_s - c->age_s : 0;
}
