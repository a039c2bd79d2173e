/* SPDX-License-Identifier: Apache-2.0 */
/* The grammar of RFC 8259 by hand, without recursion: what is open lies in an array of frames. Awkward: the
 * library behind us is lenient, so nothing may pass here on the assumption that it will be refused there. */
#include "json/scan.h"

#include <stdint.h>
#include <string.h>

#include "json/names.h"

#define NAME_SHOWN_MAX 40 /* bytes of a duplicate name in a message */

struct frame {
    bool is_object;
    size_t first_name; /* of an object, in scanner.names */
};

struct scanner {
    const char *start, *at, *end;
    struct json_limits limits;
    size_t depth;
    size_t values;
    struct json_census census;
    struct error *err;
    struct json_names names;
    struct frame frames[JSON_DEPTH_MAX];
};

/* Line and column of WHERE, both from 1; columns count characters. */
static void locate(const struct scanner *s, const char *where, size_t *line, size_t *column)
{
    *line = 1;
    *column = 1;
    for (const char *p = s->start; p < where; p++) {
        if (*p == '\n') {
            ++*line;
            *column = 1;
        } else if (((unsigned char)*p & 0xC0) != 0x80) {
            ++*column;
        }
    }
}

static bool expected(const struct scanner *s, const char *where, const char *what)
{
    size_t line, column;
    locate(s, where, &line, &column);
    return error_refuse(s->err, ERROR_JSON_SYNTAX,
                        "The JSON document is not valid at line %zu, column %zu: expected %s.", line, column,
                        what);
}

static bool repeated_name(const struct scanner *s, struct text name)
{
    size_t line, column;
    locate(s, name.data - 1, &line, &column);
    bool cut = name.size > NAME_SHOWN_MAX;
    if (cut)
        name.size = NAME_SHOWN_MAX;
    return error_refuse(
        s->err, ERROR_JSON_SYNTAX,
        "The JSON document is not valid at line %zu, column %zu: the member \"%.*s%s\" occurs twice in its "
        "object; send it once.",
        line, column, TEXT_ARG(name), cut ? "..." : "");
}

static void skip_space(struct scanner *s)
{
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\n' || *s->at == '\r' || *s->at == '\t'))
        s->at++;
}

static bool next_is(const struct scanner *s, char c)
{
    return s->at < s->end && *s->at == c;
}

/* Reads four hexadecimal digits at AT. */
static bool read_unit(const struct scanner *s, const char *at, uint32_t *unit)
{
    if (s->end - at < 4)
        return false;
    *unit = 0;
    for (int i = 0; i < 4; i++) {
        char c = ascii_lower(at[i]);
        if (!ascii_is_digit(c) && (c < 'a' || c > 'f'))
            return false;
        *unit = *unit * 16 + (uint32_t)(ascii_is_digit(c) ? c - '0' : c - 'a' + 10);
    }
    return true;
}

/* After "\u": one character, which may take a second escape. */
static bool scan_unicode_escape(struct scanner *s)
{
    uint32_t unit, low;
    if (!read_unit(s, s->at, &unit))
        return expected(s, s->at, "four hexadecimal digits after \\u");
    if (unit == 0)
        return expected(s, s->at, "a character other than U+0000");
    s->at += 4;
    if (unit < 0xD800 || unit > 0xDFFF)
        return true;
    bool pair = unit < 0xDC00 && s->end - s->at >= 6 && s->at[0] == '\\' && s->at[1] == 'u' &&
                read_unit(s, s->at + 2, &low) && low >= 0xDC00 && low <= 0xDFFF;
    if (!pair)
        return expected(s, s->at - 4,
                        "a surrogate only as half of a pair (\\uD800-\\uDBFF, then \\uDC00-\\uDFFF)");
    s->at += 6;
    return true;
}

static bool scan_escape(struct scanner *s)
{
    const char *backslash = s->at++;
    if (s->at == s->end || *s->at == '\0' || strchr("\"\\/bfnrtu", *s->at) == NULL)
        return expected(s, backslash, "one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX");
    return *s->at++ != 'u' || scan_unicode_escape(s);
}

/* A run of bytes from 0x80 on. */
static bool scan_beyond_ascii(struct scanner *s)
{
    const char *run = s->at;
    while (s->at < s->end && (unsigned char)*s->at >= 0x80)
        s->at++;
    return text_is_utf8(text_slice(run, (size_t)(s->at - run))) || expected(s, run, "well-formed UTF-8");
}

/* *raw is what stands between the quotes; NULL: nobody asks. */
static bool scan_string(struct scanner *s, struct text *raw)
{
    const char *start = ++s->at;
    while (s->at < s->end && *s->at != '"') {
        unsigned char c = (unsigned char)*s->at;
        if (c < ' ')
            return expected(s, s->at, "control characters in strings as escapes");
        if (c == '\\') {
            if (!scan_escape(s))
                return false;
        } else if (c >= 0x80) {
            if (!scan_beyond_ascii(s))
                return false;
        } else {
            s->at++;
        }
    }
    if (s->at == s->end)
        return expected(s, s->at, "'\"' at the end of the string");
    if (raw != NULL)
        *raw = text_slice(start, (size_t)(s->at - start));
    s->at++;
    return true;
}

static bool scan_digits(struct scanner *s)
{
    const char *first = s->at;
    while (s->at < s->end && ascii_is_digit(*s->at))
        s->at++;
    return s->at > first || expected(s, s->at, "a digit");
}

/* number = [ "-" ] int [ frac ] [ exp ] (§6) */
static bool scan_number(struct scanner *s)
{
    const char *first = s->at;
    if (*s->at == '-')
        s->at++;
    if (next_is(s, '0'))
        s->at++;
    else if (!scan_digits(s))
        return false;
    if (next_is(s, '.')) {
        s->at++;
        if (!scan_digits(s))
            return false;
    }
    if (next_is(s, 'e') || next_is(s, 'E')) {
        s->at++;
        if (next_is(s, '+') || next_is(s, '-'))
            s->at++;
        if (!scan_digits(s))
            return false;
    }
    s->census.numbers++;
    s->census.number_bytes += (size_t)(s->at - first);
    return true;
}

static bool scan_literal(struct scanner *s)
{
    static const char *const literals[] = {"true", "false", "null"};
    size_t left = (size_t)(s->end - s->at);
    for (size_t i = 0; i < sizeof literals / sizeof literals[0]; i++) {
        size_t size = strlen(literals[i]);
        if (left >= size && memcmp(s->at, literals[i], size) == 0) {
            s->at += size;
            return true;
        }
    }
    return expected(s, s->at, "a value");
}

/* A member's name and its colon. */
static bool scan_name(struct scanner *s)
{
    struct text raw = {NULL, 0};
    skip_space(s);
    if (!next_is(s, '"'))
        return expected(s, s->at, "a member name in double quotes");
    if (!scan_string(s, &raw) || !json_names_push(&s->names, raw, s->err))
        return false;
    skip_space(s);
    if (!next_is(s, ':'))
        return expected(s, s->at, "':' after the member name");
    s->at++;
    return true;
}

static bool scan_close(struct scanner *s)
{
    const struct frame *frame = &s->frames[--s->depth];
    s->at++;
    if (!frame->is_object)
        return true;
    struct text repeated = json_names_pop(&s->names, frame->first_name);
    return repeated.data == NULL || repeated_name(s, repeated);
}

/* '{' or '['; an empty one is closed at once. *whole: the value is complete. */
static bool scan_open(struct scanner *s, bool *whole)
{
    bool is_object = *s->at == '{';
    if (s->depth == s->limits.max_depth)
        return error_refuse(s->err, ERROR_JSON_LIMIT,
                            "The JSON document nests arrays and objects deeper than %zu levels.",
                            s->limits.max_depth);
    s->frames[s->depth++] = (struct frame){is_object, s->names.count};
    s->at++;
    skip_space(s);
    *whole = next_is(s, is_object ? '}' : ']');
    if (*whole)
        return scan_close(s);
    return !is_object || scan_name(s);
}

/* *whole is false after an opening bracket: the value's first item is next. */
static bool scan_value(struct scanner *s, bool *whole)
{
    skip_space(s);
    *whole = true;
    if (s->at == s->end)
        return expected(s, s->at, "a value");
    if (s->values++ == s->limits.max_values)
        return error_refuse(s->err, ERROR_JSON_LIMIT, "The JSON document has more than %zu values.",
                            s->limits.max_values);
    char c = *s->at;
    if (c == '{' || c == '[')
        return scan_open(s, whole);
    if (c == '"')
        return scan_string(s, NULL);
    if (c == '-' || ascii_is_digit(c))
        return scan_number(s);
    return scan_literal(s);
}

/* What follows a whole value: closing brackets, then a comma or the end. *more: another value is next. */
static bool scan_after_value(struct scanner *s, bool *more)
{
    *more = false;
    skip_space(s);
    while (s->depth > 0) {
        bool is_object = s->frames[s->depth - 1].is_object;
        *more = next_is(s, ',');
        if (*more) {
            s->at++;
            return !is_object || scan_name(s);
        }
        if (!next_is(s, is_object ? '}' : ']'))
            return expected(s, s->at, is_object ? "',' or '}'" : "',' or ']'");
        if (!scan_close(s))
            return false;
        skip_space(s);
    }
    return s->at == s->end || expected(s, s->at, "the end of the document");
}

bool json_scan(struct text document, const struct json_limits *limits, struct arena *arena,
               struct json_census *out, struct error *err)
{
    struct scanner s; /* the frames stay unset until they are used */
    s.start = s.at = document.data == NULL ? "" : document.data;
    s.end = s.start + document.size;
    s.limits = *limits;
    s.depth = s.values = 0;
    s.census = (struct json_census){0, 0};
    s.err = err;
    json_names_init(&s.names, arena);
    if (s.limits.max_depth > JSON_DEPTH_MAX)
        s.limits.max_depth = JSON_DEPTH_MAX;
    if (text_starts_with(document, text_of("\xEF\xBB\xBF")))
        return expected(&s, s.start, "a value, not a byte-order mark");
    bool whole, more = true;
    while (more) {
        if (!scan_value(&s, &whole) || (whole && !scan_after_value(&s, &more)))
            return false;
    }
    *out = s.census;
    return true;
}
