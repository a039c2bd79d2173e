/* SPDX-License-Identifier: Apache-2.0 */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "support/run.h"
#include "support/torture.h"

#define COUNT(rows) (sizeof(rows) / sizeof(rows)[0])

static struct arena arena;
static struct error err;

static void set_up(void)
{
    arena_init(&arena, 1 << 20);
}

static void tear_down(void)
{
    arena_reset(&arena);
}

static const char *finished(struct buffer *b)
{
    struct text out;
    ck_assert_msg(buffer_finish(b, ERROR_INTERNAL, &out, &err), "%s", error_operator_text(&err));
    ck_assert_int_eq(out.data[out.size], '\0');
    return out.data;
}

START_TEST(pieces_are_joined)
{
    struct buffer b;
    buffer_init(&b, &arena, 1000);
    buffer_put(&b, "a");
    buffer_put_char(&b, ',');
    buffer_append(&b, text_slice("bcd", 2));
    buffer_append(&b, text_of(NULL));
    buffer_put(&b, "");
    buffer_format(&b, "[%d %s]", -5, "x");
    buffer_format(&b, "%s", "");
    buffer_put_u64(&b, 0);
    buffer_put_char(&b, ' ');
    buffer_put_u64(&b, UINT64_MAX);
    buffer_put_char(&b, ' ');
    buffer_put_i64(&b, INT64_MIN);
    buffer_put_char(&b, ' ');
    buffer_put_i64(&b, INT64_MAX);
    ck_assert_str_eq(finished(&b),
                     "a,bc[-5 x]0 18446744073709551615 -9223372036854775808 9223372036854775807");
    buffer_put(&b, "+"); /* it may go on */
    ck_assert_uint_eq(strlen(finished(&b)), b.size);
}
END_TEST

START_TEST(an_empty_buffer_is_the_empty_text)
{
    struct buffer b;
    for (size_t limit = 0; limit < 2; limit++) {
        buffer_init(&b, &arena, limit);
        ck_assert_str_eq(finished(&b), "");
    }
}
END_TEST

START_TEST(a_long_text_grows_unharmed)
{
    struct buffer b;
    buffer_init(&b, &arena, 100000);
    for (unsigned i = 0; i < 20000; i++)
        buffer_format(&b, "%05u", i);
    ck_assert_uint_eq(b.size, 100000);
    const char *p = finished(&b);
    for (unsigned i = 0; i < 20000; i++) {
        char wanted[12];
        snprintf(wanted, sizeof wanted, "%05u", i);
        ck_assert_mem_eq(p + (size_t)i * 5, wanted, 5);
    }
    ck_assert_uint_le(arena.used, 4 * b.size);
}
END_TEST

START_TEST(the_limit_is_exact_and_failure_sticks)
{
    static const size_t limits[] = {1, 2, 100, 255, 256, 257, 511, 512, 513, 5000};
    for (size_t i = 0; i < COUNT(limits); i++) {
        struct buffer b;
        struct text out = text_of("untouched");
        buffer_init(&b, &arena, limits[i]);
        for (size_t k = 0; k < limits[i]; k++)
            buffer_put_char(&b, 'x');
        ck_assert_uint_eq(strlen(finished(&b)), limits[i]);
        buffer_put(&b, "");
        ck_assert_int_eq(b.state, BUFFER_GOOD);
        buffer_put_char(&b, 'y');
        ck_assert_int_eq(b.state, BUFFER_FULL);
        ck_assert(!buffer_finish(&b, ERROR_BATCH_LIMIT, &out, &err));
        ck_assert_int_eq(err.code, ERROR_BATCH_LIMIT);
        ck_assert_str_eq(out.data, "untouched");
    }
}
END_TEST

/* What fits is not taken behind what did not fit: an answer is whole or it is an error. */
START_TEST(nothing_follows_what_did_not_fit)
{
    struct buffer b;
    struct text out;
    for (int way = 0; way < 4; way++) {
        buffer_init(&b, &arena, 10);
        buffer_put(&b, "0123456");
        if (way == 0)
            buffer_put(&b, "four");
        else if (way == 1)
            buffer_format(&b, "%d", 1234);
        else if (way == 2)
            buffer_put_u64(&b, 1234);
        else
            buffer_put_double(&b, 0.25);
        buffer_put(&b, "x");
        buffer_put_char(&b, 'x');
        buffer_put_i64(&b, 1);
        buffer_format(&b, "x");
        ck_assert_msg(b.size <= 10 && memchr(b.data, 'x', b.size) == NULL, "way %d", way);
        ck_assert_msg(!buffer_finish(&b, ERROR_INTERNAL, &out, &err) && err.code == ERROR_INTERNAL, "way %d",
                      way);
    }
}
END_TEST

START_TEST(an_exhausted_arena_sticks_too)
{
    struct arena small;
    struct buffer b;
    struct text out;
    arena_init(&small, 2000);
    buffer_init(&b, &small, SIZE_MAX);
    for (int i = 0; i < 1000; i++)
        buffer_put(&b, "0123456789");
    ck_assert_int_eq(b.state, BUFFER_NO_MEMORY);
    buffer_put(&b, "");
    ck_assert(!buffer_finish(&b, ERROR_BATCH_LIMIT, &out, &err));
    ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    arena_reset(&small);
}
END_TEST

START_TEST(no_limit_still_doubles)
{
    struct buffer b;
    buffer_init(&b, &arena, SIZE_MAX);
    for (int i = 0; i < 100000; i++)
        buffer_put_char(&b, 'x');
    ck_assert_uint_eq(strlen(finished(&b)), 100000);
}
END_TEST

static const char *written(double d)
{
    struct buffer b;
    arena_reset(&arena);
    buffer_init(&b, &arena, 100);
    buffer_put_double(&b, d);
    return finished(&b);
}

START_TEST(doubles_look_as_everybody_prints_them)
{
    static const struct {
        double d;
        const char *text;
    } rows[] = {
        {0.0, "0"},
        {-0.0, "-0"},
        {5.0, "5"},
        {-5.0, "-5"},
        {0.1, "0.1"},
        {0.2 + 0.1, "0.30000000000000004"},
        {1.0 / 3, "0.3333333333333333"},
        {2.0 / 3, "0.6666666666666666"},
        {100.0, "100"},
        {123456.789, "123456.789"},
        {0.000001, "0.000001"},
        {0.0000015, "0.0000015"},
        {0.0000001, "1e-7"},
        {1.5e-7, "1.5e-7"},
        {1e20, "100000000000000000000"},
        {123456789012345680000.0, "123456789012345680000"},
        {999999999999999900000.0, "999999999999999900000"},
        {1e21, "1e+21"},
        {-1.5e21, "-1.5e+21"},
        {1e22, "1e+22"},
        {1e23, "1e+23"},
        {9007199254740991.0, "9007199254740991"},
        {9007199254740992.0, "9007199254740992"},
        {9007199254740994.0, "9007199254740994"},
        {5e-324, "5e-324"},
        {1e-323, "1e-323"},
        {1.5e-323, "1.5e-323"},
        {2.225073858507201e-308, "2.225073858507201e-308"},
        {DBL_MIN, "2.2250738585072014e-308"},
        {DBL_MAX, "1.7976931348623157e+308"},
        {-DBL_MAX, "-1.7976931348623157e+308"},
        {DBL_EPSILON, "2.220446049250313e-16"},
        {0x1p-44, "5.684341886080802e-14"}, /* the nearest 16 digits, …801e-14, do not read back */
        {0x1p+0, "1"},
        {4.35, "4.35"},
        {0.5, "0.5"},
        {9.5e-7, "9.5e-7"},
        {299792458.0, "299792458"},
        {6.02214076e23, "6.02214076e+23"},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        ck_assert_str_eq(written(rows[i].d), rows[i].text);
}
END_TEST

static size_t digit_count(const char *s)
{
    size_t count = 0, zeros = 0; /* significant digits; zeros that may be trailing ones */
    for (; *s != '\0' && *s != 'e'; s++) {
        if (*s < '0' || *s > '9' || (*s == '0' && count == 0))
            continue;
        if (*s == '0') {
            zeros++;
            continue;
        }
        count += zeros + 1;
        zeros = 0;
    }
    return count;
}

/* Reads back to the same bits, through our own reader; and no shorter decimal does. */
static void check_bits(uint64_t bits)
{
    double d, back = 0;
    memcpy(&d, &bits, sizeof d);
    if (!isfinite(d))
        return;
    const char *text = written(d);
    ck_assert_msg(text_to_double(text_of(text), &back), "%s is no JSON number", text);
    if (memcmp(&d, &back, sizeof d) != 0)
        ck_abort_msg("%.17g became %s", d, text);
    size_t digits = digit_count(text);
    if (digits < 2)
        return;
    char shorter[64]; /* with one digit less: the nearest decimal */
    snprintf(shorter, sizeof shorter, "%.*e", (int)digits - 2, d);
    if (!(strtod(shorter, NULL) < d) && !(strtod(shorter, NULL) > d))
        ck_abort_msg("%s could be %s", text, shorter);
}

START_TEST(doubles_round_trip_with_the_fewest_digits)
{
    uint64_t state = 20260101;
    for (int i = 0; i < 20000; i++) { /* splitmix64 */
        uint64_t z = (state += 0x9E3779B97F4A7C15u);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
        z ^= z >> 31;
        check_bits(z);
        check_bits(z & 0x800FFFFFFFFFFFFFu);                           /* subnormal */
        check_bits((z & 0x8000FFFFFFFFFFFFu) | 0x4000000000000000u);   /* about 2 */
        check_bits((z >> 52 << 52) | (z & 0xFF));                      /* just above a power of two */
        check_bits(((z >> 52 << 52) | 0xFFFFFFFFFFFFFu) - (z & 0xFF)); /* just below */
    }
}
END_TEST

START_TEST(ends_of_binades_round_trip)
{
    for (uint64_t exponent = 0; exponent < 2047; exponent++) {
        check_bits(exponent << 52);
        check_bits(exponent << 52 | 1);
        check_bits(exponent << 52 | 0xFFFFFFFFFFFFFu);
    }
    for (int exponent = -323; exponent <= 308; exponent++) {
        char power[16];
        snprintf(power, sizeof power, "1e%d", exponent);
        double d = strtod(power, NULL);
        ck_assert_msg(digit_count(written(d)) == 1, "%s: %s", power, written(d));
    }
}
END_TEST

/* Powers of two whose nearest decimal of n digits fails while the next one reads back: as other languages
 * print them. */
START_TEST(powers_of_two_take_the_fewest_digits)
{
    for (int exponent = -1022; exponent <= 1023; exponent++) {
        double d = ldexp(1, exponent);
        const char *text = written(d);
        for (int digits = 1; digits < (int)digit_count(text); digits++) {
            char nearest[64], *point;
            snprintf(nearest, sizeof nearest, "%.*e", digits - 1, d);
            long power = strtol(strchr(nearest, 'e') + 1, NULL, 10);
            *strchr(nearest, 'e') = '\0';
            point = strchr(nearest, '.');
            if (point != NULL)
                memmove(point, point + 1, strlen(point));
            char above[64];
            snprintf(above, sizeof above, "%llde%ld", strtoll(nearest, NULL, 10) + 1, power - digits + 1);
            ck_assert_msg(strtod(above, NULL) > d, "2^%d is %s, but %s would do", exponent, text, above);
        }
    }
}
END_TEST

static bool fill(void *context, struct error *cause)
{
    struct arena a;
    struct buffer b;
    struct text out;
    (void)context;
    arena_init(&a, 1 << 20);
    buffer_init(&b, &a, 30000);
    for (int i = 0; i < 3000; i++)
        buffer_put(&b, "0123456789");
    bool worked = buffer_finish(&b, ERROR_INTERNAL, &out, cause);
    arena_reset(&a);
    return worked;
}

START_TEST(runs_out)
{
    ck_assert_uint_ge(torture_allocations(fill, NULL), 3);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("base/buffer");
    TCase *c = tcase_create("buffer");
    tcase_set_timeout(c, 120);
    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_add_test(c, pieces_are_joined);
    tcase_add_test(c, an_empty_buffer_is_the_empty_text);
    tcase_add_test(c, a_long_text_grows_unharmed);
    tcase_add_test(c, the_limit_is_exact_and_failure_sticks);
    tcase_add_test(c, nothing_follows_what_did_not_fit);
    tcase_add_test(c, an_exhausted_arena_sticks_too);
    tcase_add_test(c, no_limit_still_doubles);
    tcase_add_test(c, doubles_look_as_everybody_prints_them);
    tcase_add_test(c, doubles_round_trip_with_the_fewest_digits);
    tcase_add_test(c, ends_of_binades_round_trip);
    tcase_add_test(c, powers_of_two_take_the_fewest_digits);
    tcase_add_test(c, runs_out);
    suite_add_tcase(s, c);
    return s;
}
