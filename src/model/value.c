/* SPDX-License-Identifier: Apache-2.0 */
/* Values as plain text, both ways. Awkward: a DateTime is checked but never converted, because clients get it
 * back as it was written; a leap second is taken where one can stand, in the last minute of a UTC day. */
#include "model/value.h"

#include <string.h>

#define ECHO_MAX       40
#define MINUTES_OF_DAY (24 * 60)

/* Reads COUNT digits at AT; -1 where there are none. */
static int digits_at(struct text t, size_t at, size_t count)
{
    int n = 0;
    if (at + count > t.size)
        return -1;
    for (size_t i = at; i < at + count; i++) {
        if (!ascii_is_digit(t.data[i]))
            return -1;
        n = n * 10 + (t.data[i] - '0');
    }
    return n;
}

static bool has_char_at(struct text t, size_t at, char c)
{
    return at < t.size && ascii_lower(t.data[at]) == c;
}

static int days_of_month(int year, int month)
{
    bool leap_year = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (month == 2)
        return leap_year ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/* full-date "T" at the beginning of T */
static bool has_date(struct text t)
{
    int year = digits_at(t, 0, 4), month = digits_at(t, 5, 2), day = digits_at(t, 8, 2);
    return has_char_at(t, 4, '-') && has_char_at(t, 7, '-') && has_char_at(t, 10, 't') && year >= 0 &&
           month >= 1 && month <= 12 && day >= 1 && day <= days_of_month(year, month);
}

/* time-offset, which is all of T; *minutes east of UTC */
static bool read_offset(struct text t, int *minutes)
{
    if (t.size == 1 && has_char_at(t, 0, 'z')) {
        *minutes = 0;
        return true;
    }
    int hour = digits_at(t, 1, 2), minute = digits_at(t, 4, 2);
    if (t.size != 6 || !has_char_at(t, 3, ':') || hour < 0 || hour > 23 || minute < 0 || minute > 59)
        return false;
    *minutes = has_char_at(t, 0, '-') ? -(hour * 60 + minute) : hour * 60 + minute;
    return has_char_at(t, 0, '+') || has_char_at(t, 0, '-');
}

/* date-time (RFC 3339 §5.6) */
static bool is_datetime(struct text t)
{
    if (t.size > VALUE_DATETIME_MAX || !has_date(t))
        return false;
    int hour = digits_at(t, 11, 2), minute = digits_at(t, 14, 2), second = digits_at(t, 17, 2), offset;
    if (!has_char_at(t, 13, ':') || !has_char_at(t, 16, ':') || hour < 0 || hour > 23 || minute < 0 ||
        minute > 59 || second < 0 || second > 60)
        return false;
    size_t at = 19;
    if (has_char_at(t, at, '.')) {
        at++;
        while (at < t.size && ascii_is_digit(t.data[at]))
            at++;
        if (at == 20)
            return false;
    }
    if (!read_offset(text_slice(t.data + at, t.size - at), &offset))
        return false;
    int utc_minute = (hour * 60 + minute - offset + 2 * MINUTES_OF_DAY) % MINUTES_OF_DAY;
    return second < 60 || utc_minute == MINUTES_OF_DAY - 1;
}

static bool is_string(struct text t)
{
    return t.size <= VALUE_TEXT_MAX && text_is_utf8(t) &&
           (t.size == 0 || memchr(t.data, '\0', t.size) == NULL);
}

static bool refuse(struct text t, const char *rule, struct error *err)
{
    bool long_text = t.size > ECHO_MAX;
    struct text shown = text_slice(t.data, long_text ? ECHO_MAX : t.size);
    return error_refuse(err, ERROR_ROW, "\"%.*s\"%s is not %s", TEXT_ARG(shown), long_text ? "..." : "",
                        rule);
}

bool value_parse(enum statistic_type type, struct text t, struct value *out, struct error *err)
{
    struct value v = {.type = type};
    switch (type) {
    case STATISTIC_INTEGER:
        if (!text_to_i64(t, &v.integer))
            return refuse(t, "an Integer: plain digits, -9223372036854775808 to 9223372036854775807", err);
        break;
    case STATISTIC_DOUBLE:
        if (!text_to_double(t, &v.real))
            return refuse(t, "a Double: a finite JSON number, such as 0.5 or 1e21", err);
        break;
    case STATISTIC_STRING:
        if (!is_string(t))
            return refuse(t, "a String: UTF-8 without NUL of at most 1024 bytes", err);
        v.text = t.data == NULL ? text_of("") : t;
        break;
    case STATISTIC_DATETIME:
        if (!is_datetime(t))
            return refuse(t, "a DateTime: RFC 3339, such as 2026-01-31T12:00:00Z", err);
        v.text = t;
        break;
    case STATISTIC_TYPE_NONE:
    default:
        return error_refuse(err, ERROR_ROW, "the statistic has no type, so that it takes no value");
    }
    *out = v;
    return true;
}

void value_write(const struct value *v, struct buffer *out)
{
    switch (v->type) {
    case STATISTIC_INTEGER:
        buffer_put_i64(out, v->integer);
        break;
    case STATISTIC_DOUBLE:
        buffer_put_double(out, v->real);
        break;
    case STATISTIC_STRING:
    case STATISTIC_DATETIME:
        buffer_append(out, v->text);
        break;
    case STATISTIC_TYPE_NONE:
        break;
    }
}

static uint64_t bits_of(double d)
{
    uint64_t bits;
    memcpy(&bits, &d, sizeof bits);
    return bits;
}

bool value_equals(const struct value *a, const struct value *b)
{
    if (a->type != b->type)
        return false;
    switch (a->type) {
    case STATISTIC_INTEGER:
        return a->integer == b->integer;
    case STATISTIC_DOUBLE:
        return bits_of(a->real) == bits_of(b->real);
    case STATISTIC_STRING:
    case STATISTIC_DATETIME:
        return text_equals(a->text, b->text);
    case STATISTIC_TYPE_NONE:
        break;
    }
    return true;
}

/* U+0000–U+001F, U+007F, and U+0080–U+009F, which UTF-8 writes as C2 80 – C2 9F. */
static bool has_control_character(struct text t)
{
    for (size_t i = 0; i < t.size; i++) {
        unsigned char c = (unsigned char)t.data[i];
        unsigned char next = i + 1 < t.size ? (unsigned char)t.data[i + 1] : 0xFF;
        if (c < ' ' || c == 0x7F || (c == 0xC2 && next <= 0x9F))
            return true;
    }
    return false;
}

bool gamertag_is_valid(struct text t)
{
    return t.size > 0 && t.size <= GAMERTAG_MAX && text_is_utf8(t) && !has_control_character(t);
}
