/* SPDX-License-Identifier: Apache-2.0 */
/* The spelling of types, access, names and grants. Awkward: a device's subject comes from a token, where any
 * text may stand, but it is listed in lines and files, so that only visible ASCII is taken. */
#include "model/statistic.h"

#include <inttypes.h>
#include <stdio.h>

#include "model/xuid.h"

static const char *const type_names[] = {
    [STATISTIC_TYPE_NONE] = "",    [STATISTIC_INTEGER] = "Integer",   [STATISTIC_DOUBLE] = "Double",
    [STATISTIC_STRING] = "String", [STATISTIC_DATETIME] = "DateTime",
};
#define TYPE_COUNT (sizeof type_names / sizeof type_names[0])

enum statistic_type statistic_type_parse(struct text t)
{
    for (size_t i = STATISTIC_INTEGER; i < TYPE_COUNT; i++) {
        if (text_equals(t, text_of(type_names[i])))
            return (enum statistic_type)i;
    }
    return STATISTIC_TYPE_NONE;
}

struct text statistic_type_name(enum statistic_type type)
{
    size_t i = (size_t)type;
    return text_of(type_names[i < TYPE_COUNT ? i : STATISTIC_TYPE_NONE]);
}

bool statistic_access_parse(struct text t, enum statistic_access *out)
{
    bool open = text_equals(t, text_of("open"));
    if (!open && !text_equals(t, text_of("restricted")))
        return false;
    *out = open ? STATISTIC_OPEN : STATISTIC_RESTRICTED;
    return true;
}

struct text statistic_access_name(enum statistic_access access)
{
    return text_of(access == STATISTIC_OPEN ? "open" : "restricted");
}

static bool is_one_of(char c, const char *set)
{
    for (; *set != '\0'; set++) {
        if (c == *set)
            return true;
    }
    return false;
}

/* 1–MOST letters, digits and characters of EXTRA. */
static bool is_word(struct text t, size_t most, const char *extra)
{
    if (t.size == 0 || t.size > most)
        return false;
    for (size_t i = 0; i < t.size; i++) {
        if (!ascii_is_alnum(t.data[i]) && !is_one_of(t.data[i], extra))
            return false;
    }
    return true;
}

bool statistic_name_is_valid(struct text t)
{
    return is_word(t, STATISTIC_NAME_MAX, ".-_");
}

bool scid_is_valid(struct text t)
{
    return is_word(t, SCID_MAX, "-");
}

bool sandbox_is_valid(struct text t)
{
    return is_word(t, SANDBOX_MAX, ".-_");
}

static bool is_subject(struct text t)
{
    if (t.size == 0 || t.size > GRANT_SUBJECT_MAX)
        return false;
    for (size_t i = 0; i < t.size; i++) {
        if (t.data[i] <= ' ' || t.data[i] > '~')
            return false;
    }
    return true;
}

bool grant_parse(struct text t, struct grant *out)
{
    struct text kind, subject;
    struct grant g = {.kind = GRANT_NONE};
    if (!text_split(t, ':', &kind, &subject))
        return false;
    if (text_equals(kind, text_of("title"))) {
        g.kind = GRANT_TITLE;
        if (!text_to_u64(subject, &g.number) || g.number == 0) /* 0 is the absent title id */
            return false;
    } else if (text_equals(kind, text_of("device"))) {
        g = (struct grant){.kind = GRANT_DEVICE, .subject = subject};
        if (!is_subject(subject))
            return false;
    } else if (text_equals(t, text_of("user:self"))) {
        g.kind = GRANT_SELF;
    } else if (text_equals(kind, text_of("user"))) {
        g.kind = GRANT_USER;
        if (!xuid_parse(subject, &g.number))
            return false;
    } else {
        return false;
    }
    *out = g;
    return true;
}

void grant_write(const struct grant *g, char *out, size_t size)
{
    if (g->kind == GRANT_TITLE)
        snprintf(out, size, "title:%" PRIu64, g->number);
    else if (g->kind == GRANT_DEVICE)
        snprintf(out, size, "device:%.*s", TEXT_ARG(g->subject));
    else if (g->kind == GRANT_USER)
        snprintf(out, size, "user:%" PRIu64, g->number);
    else
        snprintf(out, size, "%s", g->kind == GRANT_SELF ? "user:self" : "");
}
