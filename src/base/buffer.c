/* SPDX-License-Identifier: Apache-2.0 */
/* Doubling inside the arena. Awkward: printf cannot print the shortest digits of a double, so
 * buffer_put_double asks for more and more until they read back exactly, and lays them out itself. */
#include "base/buffer.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 256

void buffer_init(struct buffer *b, struct arena *arena, size_t limit)
{
    *b = (struct buffer){.arena = arena, .limit = limit};
}

/* Makes room for EXTRA bytes and a NUL. */
static bool reserve(struct buffer *b, size_t extra)
{
    if (b->state != BUFFER_GOOD)
        return false;
    if (extra > b->limit - b->size) {
        b->state = BUFFER_FULL;
        return false;
    }
    size_t needed = b->size + extra + 1;
    if (needed <= b->capacity)
        return true;
    size_t capacity = b->capacity == 0 ? FIRST_CAPACITY : b->capacity * 2;
    if (capacity - 1 > b->limit)
        capacity = b->limit + 1;
    if (capacity < needed)
        capacity = needed;
    struct error ignored; /* the state says it */
    char *data = arena_alloc(b->arena, capacity, &ignored);
    if (data == NULL) {
        b->state = BUFFER_NO_MEMORY;
        return false;
    }
    if (b->size > 0)
        memcpy(data, b->data, b->size);
    b->data = data;
    b->capacity = capacity;
    return true;
}

void buffer_append(struct buffer *b, struct text t)
{
    if (t.size == 0 || !reserve(b, t.size))
        return;
    memcpy(b->data + b->size, t.data, t.size);
    b->size += t.size;
}

void buffer_put(struct buffer *b, const char *s)
{
    buffer_append(b, text_of(s));
}

void buffer_put_char(struct buffer *b, char c)
{
    if (!reserve(b, 1))
        return;
    b->data[b->size++] = c;
}

void buffer_put_u64(struct buffer *b, uint64_t n)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + n % 10);
        n /= 10;
    } while (n > 0);
    buffer_append(b, text_slice(digits + at, sizeof digits - at));
}

void buffer_put_i64(struct buffer *b, int64_t n)
{
    if (n < 0)
        buffer_put_char(b, '-');
    buffer_put_u64(b, n < 0 ? 0 - (uint64_t)n : (uint64_t)n);
}

/* Significant digits of |d| without point or trailing zeros, and the decimal exponent: |d| = 0.DIGITS ×
 * 10^exponent. */
struct decimal {
    char digits[24];
    size_t count;
    int exponent;
};

static struct decimal decimal_of(double d, int precision)
{
    char printed[40];
    struct decimal out = {.count = 0};
    snprintf(printed, sizeof printed, "%.*e", precision, d);
    const char *p = printed;
    for (; *p != 'e'; p++) {
        if (*p != '.')
            out.digits[out.count++] = *p;
    }
    out.exponent = (int)strtol(p + 1, NULL, 10) + 1;
    return out;
}

static bool reads_back(const struct decimal *n, double d)
{
    char printed[40];
    snprintf(printed, sizeof printed, "0.%.*se%d", (int)n->count, n->digits, n->exponent);
    return strtod(printed, NULL) == d;
}

/* The next larger number of as many digits. */
static void increment(struct decimal *n)
{
    size_t i = n->count - 1;
    while (i > 0 && n->digits[i] == '9')
        n->digits[i--] = '0';
    if (n->digits[i] != '9') {
        n->digits[i]++;
        return;
    }
    n->digits[0] = '1';
    n->exponent++;
}

static struct decimal shortest_decimal(double d)
{
    /* Any double that has a form of at most 15 digits prints it at 15, except among the subnormals. */
    int precision = d < 2.2250738585072014e-308 ? 0 : 14;
    struct decimal out = decimal_of(d, precision);
    while (precision < 16 && !reads_back(&out, d)) {
        /* Below a power of two the doubles lie closer: the nearest decimal may miss where the one above it
         * does not. */
        increment(&out);
        if (reads_back(&out, d))
            break;
        out = decimal_of(d, ++precision);
    }
    while (out.count > 1 && out.digits[out.count - 1] == '0')
        out.count--;
    return out;
}

static void put_zeros(struct buffer *b, int count)
{
    for (int i = 0; i < count; i++)
        buffer_put_char(b, '0');
}

/* ECMAScript's Number::toString, the layout that every JSON reader knows: plain up to 21 digits, else
 * d.ddde±x. */
void buffer_put_double(struct buffer *b, double d)
{
    if (signbit(d)) /* -0 too: it must read back to the same bits */
        buffer_put_char(b, '-');
    if (d == 0) {
        buffer_put_char(b, '0');
        return;
    }
    struct decimal n = shortest_decimal(fabs(d));
    int count = (int)n.count;
    struct text digits = text_slice(n.digits, n.count);
    if (n.exponent > 21 || n.exponent <= -6) {
        buffer_append(b, text_slice(digits.data, 1));
        if (count > 1)
            buffer_put_char(b, '.');
        buffer_append(b, text_slice(digits.data + 1, digits.size - 1));
        buffer_format(b, "e%+d", n.exponent - 1);
    } else if (n.exponent <= 0) {
        buffer_put(b, "0.");
        put_zeros(b, -n.exponent);
        buffer_append(b, digits);
    } else if (count <= n.exponent) {
        buffer_append(b, digits);
        put_zeros(b, n.exponent - count);
    } else {
        buffer_append(b, text_slice(digits.data, (size_t)n.exponent));
        buffer_put_char(b, '.');
        buffer_append(b, text_slice(digits.data + n.exponent, digits.size - (size_t)n.exponent));
    }
}

void buffer_format(struct buffer *b, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (size < 0 && b->state == BUFFER_GOOD)
        b->state = BUFFER_FULL; /* longer than an int can say */
    if (size <= 0 || !reserve(b, (size_t)size))
        return;
    va_start(arguments, format);
    vsnprintf(b->data + b->size, (size_t)size + 1, format, arguments);
    va_end(arguments);
    b->size += (size_t)size;
}

bool buffer_finish(struct buffer *b, enum error_code full, struct text *out, struct error *err)
{
    if (b->state == BUFFER_FULL)
        return error_set(err, full, "more than %zu bytes", b->limit);
    if (b->state == BUFFER_NO_MEMORY || !reserve(b, 0))
        return error_set(err, ERROR_NO_MEMORY, "no memory for %zu bytes and more", b->size);
    b->data[b->size] = '\0';
    *out = text_slice(b->data, b->size);
    return true;
}
