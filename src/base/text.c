/* SPDX-License-Identifier: Apache-2.0 */
/* Reading runs of bytes without a terminator and without the locale. */
#include "base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct text text_of(const char *s)
{
    return (struct text){s, s == NULL ? 0 : strlen(s)};
}

struct text text_slice(const char *data, size_t size)
{
    return (struct text){data, size};
}

bool ascii_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool ascii_is_alnum(char c)
{
    char lower = ascii_lower(c);
    return ascii_is_digit(c) || (lower >= 'a' && lower <= 'z');
}

char ascii_lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

bool text_equals(struct text a, struct text b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

bool text_equals_ignoring_case(struct text a, struct text b)
{
    if (a.size != b.size)
        return false;
    for (size_t i = 0; i < a.size; i++) {
        if (ascii_lower(a.data[i]) != ascii_lower(b.data[i]))
            return false;
    }
    return true;
}

bool text_starts_with(struct text t, struct text prefix)
{
    return t.size >= prefix.size && text_equals(text_slice(t.data, prefix.size), prefix);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

struct text text_trimmed(struct text t)
{
    while (t.size > 0 && is_blank(t.data[t.size - 1]))
        t.size--;
    while (t.size > 0 && is_blank(t.data[0])) {
        t.data++;
        t.size--;
    }
    return t;
}

bool text_split(struct text t, char separator, struct text *before, struct text *after)
{
    const char *at = t.size == 0 ? NULL : memchr(t.data, separator, t.size);
    if (at == NULL)
        return false;
    size_t head = (size_t)(at - t.data);
    *before = text_slice(t.data, head);
    *after = text_slice(at + 1, t.size - head - 1);
    return true;
}

bool text_to_u64(struct text t, uint64_t *out)
{
    uint64_t n = 0;
    if (t.size == 0 || (t.size > 1 && t.data[0] == '0'))
        return false;
    for (size_t i = 0; i < t.size; i++) {
        if (!ascii_is_digit(t.data[i]) || __builtin_mul_overflow(n, (uint64_t)10, &n) ||
            __builtin_add_overflow(n, (uint64_t)(t.data[i] - '0'), &n))
            return false;
    }
    *out = n;
    return true;
}

bool text_to_i64(struct text t, int64_t *out)
{
    bool negative = t.size > 0 && t.data[0] == '-';
    uint64_t n;
    if (!text_to_u64(negative ? text_slice(t.data + 1, t.size - 1) : t, &n))
        return false;
    if (negative ? n == 0 || n > (uint64_t)INT64_MAX + 1 : n > INT64_MAX)
        return false;
    *out = negative ? (int64_t)(0 - n) : (int64_t)n;
    return true;
}

static size_t skip_digits(struct text t, size_t i)
{
    while (i < t.size && ascii_is_digit(t.data[i]))
        i++;
    return i;
}

/* number = [ "-" ] int [ frac ] [ exp ] (RFC 8259 §6) */
static bool is_json_number(struct text t)
{
    size_t i = t.size > 0 && t.data[0] == '-' ? 1 : 0;
    size_t start = i;
    i = skip_digits(t, i);
    if (i == start || (t.data[start] == '0' && i > start + 1))
        return false;
    if (i < t.size && t.data[i] == '.') {
        start = i + 1;
        i = skip_digits(t, start);
        if (i == start)
            return false;
    }
    if (i < t.size && ascii_lower(t.data[i]) == 'e') {
        start = i + 1;
        if (start < t.size && (t.data[start] == '+' || t.data[start] == '-'))
            start++;
        i = skip_digits(t, start);
        if (i == start)
            return false;
    }
    return i == t.size;
}

bool text_to_double(struct text t, double *out)
{
    char copy[TEXT_NUMBER_MAX + 1];
    if (t.size > TEXT_NUMBER_MAX || !is_json_number(t))
        return false;
    memcpy(copy, t.data, t.size);
    copy[t.size] = '\0';
    double d = strtod(copy, NULL); /* the process never calls setlocale: '.' is the point */
    if (!isfinite(d))
        return false;
    *out = d;
    return true;
}

size_t text_utf8_sequence(struct text t)
{
    const unsigned char *p = (const unsigned char *)t.data;
    if (t.size == 0)
        return 0;
    if (p[0] < 0x80)
        return 1;
    size_t length = p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : 2;
    if (p[0] < 0xC2 || p[0] > 0xF4 || length > t.size)
        return 0;
    unsigned char low = p[0] == 0xE0 ? 0xA0 : p[0] == 0xF0 ? 0x90 : 0x80;
    unsigned char high = p[0] == 0xED ? 0x9F : p[0] == 0xF4 ? 0x8F : 0xBF;
    if (p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++) {
        if (p[i] < 0x80 || p[i] > 0xBF)
            return 0;
    }
    return length;
}

bool text_is_utf8(struct text t)
{
    size_t i = 0;
    while (i < t.size) {
        size_t length = text_utf8_sequence(text_slice(t.data + i, t.size - i));
        if (length == 0)
            return false;
        i += length;
    }
    return true;
}
