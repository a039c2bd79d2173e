/* SPDX-License-Identifier: Apache-2.0 */
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "model/value.h"
#include "support/run.h"

#define COUNT(rows) (sizeof(rows) / sizeof(rows)[0])

static struct arena arena;

static void set_up(void)
{
    arena_init(&arena, 1 << 20);
}

static void tear_down(void)
{
    arena_reset(&arena);
}

static struct text written(const struct value *v)
{
    struct buffer b;
    struct text out = {NULL, 0};
    struct error err = {.code = ERROR_NONE};
    arena_reset(&arena);
    buffer_init(&b, &arena, 8192);
    value_write(v, &b);
    ck_assert_msg(buffer_finish(&b, ERROR_INTERNAL, &out, &err), "%s", error_operator_text(&err));
    return out;
}

static void round_trip(struct value v)
{
    struct value back = {.type = STATISTIC_TYPE_NONE};
    struct error err = {.code = ERROR_NONE};
    struct text t = written(&v);
    ck_assert_msg(value_parse(v.type, t, &back, &err), "%.*s: %s", TEXT_ARG(t), error_operator_text(&err));
    ck_assert_msg(value_equals(&v, &back), "%.*s", TEXT_ARG(t));
}

static void round_trip_double_bits(uint64_t bits)
{
    struct value v = {.type = STATISTIC_DOUBLE};
    memcpy(&v.real, &bits, sizeof bits);
    if (isfinite(v.real))
        round_trip(v);
}

static uint64_t next_random(uint64_t *state) /* splitmix64 */
{
    uint64_t z = (*state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

START_TEST(integers_round_trip_over_all_of_int64)
{
    uint64_t state = 1;
    for (int bit = 0; bit < 64; bit++) {
        int64_t power = (int64_t)((uint64_t)1 << bit);
        round_trip((struct value){.type = STATISTIC_INTEGER, .integer = power});
        round_trip((struct value){.type = STATISTIC_INTEGER, .integer = (int64_t)(((uint64_t)1 << bit) - 1)});
        round_trip((struct value){.type = STATISTIC_INTEGER, .integer = (int64_t)(0 - ((uint64_t)1 << bit))});
    }
    for (int i = 0; i < 20000; i++) {
        int64_t integer = (int64_t)(next_random(&state) >> (i % 64));
        round_trip((struct value){.type = STATISTIC_INTEGER, .integer = integer});
        round_trip((struct value){.type = STATISTIC_INTEGER, .integer = (int64_t)(0 - (uint64_t)integer)});
    }
}
END_TEST

START_TEST(integers_are_written_plainly)
{
    static const struct {
        int64_t integer;
        const char *text;
    } rows[] = {{0, "0"},
                {-1, "-1"},
                {3434, "3434"},
                {9007199254740993, "9007199254740993"},
                {INT64_MAX, "9223372036854775807"},
                {INT64_MIN, "-9223372036854775808"}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct value v = {.type = STATISTIC_INTEGER, .integer = rows[i].integer};
        ck_assert_str_eq(written(&v).data, rows[i].text);
    }
}
END_TEST

START_TEST(doubles_round_trip_to_the_last_bit)
{
    static const double known[] = {0.0,
                                   -0.0,
                                   5.0,
                                   0.1,
                                   1.0 / 3,
                                   5e-324,
                                   -5e-324,
                                   DBL_MIN,
                                   DBL_MAX,
                                   -DBL_MAX,
                                   DBL_EPSILON,
                                   1e21,
                                   1e22,
                                   123456789012345680.0,
                                   2.2250738585072011e-308};
    for (size_t i = 0; i < COUNT(known); i++)
        round_trip((struct value){.type = STATISTIC_DOUBLE, .real = known[i]});
    for (uint64_t exponent = 0; exponent < 2047; exponent++) { /* each binade's ends, both signs */
        for (uint64_t sign = 0; sign < 2; sign++) {
            uint64_t high = sign << 63 | exponent << 52;
            round_trip_double_bits(high);
            round_trip_double_bits(high | 1);
            round_trip_double_bits(high | 0xFFFFFFFFFFFFFu);
        }
    }
    uint64_t state = 2;
    for (int i = 0; i < 20000; i++) {
        round_trip_double_bits(next_random(&state));
        round_trip_double_bits(next_random(&state) & 0x800FFFFFFFFFFFFFu); /* subnormal */
    }
}
END_TEST

START_TEST(doubles_are_read_from_any_json_number)
{
    static const struct {
        const char *text;
        double real;
    } rows[] = {{"1", 1},
                {"1.0", 1},
                {"1e0", 1},
                {"1E+2", 100},
                {"-0", -0.0},
                {"-0.0e5", -0.0},
                {"0.25", 0.25},
                {"1e-400", 0},
                {"1e308", 1e308},
                {"-1.5e-3", -0.0015},
                {"9007199254740993", 9007199254740992.0}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct value v, wanted = {.type = STATISTIC_DOUBLE, .real = rows[i].real};
        struct error err;
        ck_assert_msg(value_parse(STATISTIC_DOUBLE, text_of(rows[i].text), &v, &err), "%s", rows[i].text);
        ck_assert_msg(value_equals(&v, &wanted), "%s", rows[i].text);
    }
}
END_TEST

START_TEST(texts_are_kept_as_written)
{
    static const struct {
        enum statistic_type type;
        const char *text;
    } rows[] = {
        {STATISTIC_STRING, ""},
        {STATISTIC_STRING, " spaces\tand, \"quotes\"\n\\ "},
        {STATISTIC_STRING, "\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x8E\xAE"},
        {STATISTIC_DATETIME, "2012-10-20T20:51:46Z"},
        {STATISTIC_DATETIME, "2012-10-20t20:51:46z"},
        {STATISTIC_DATETIME, "2012-10-20T20:51:46.1234567+05:30"},
        {STATISTIC_DATETIME, "2024-02-29T00:00:00-00:00"},
        {STATISTIC_DATETIME, "2000-02-29T23:59:59-23:59"},
        {STATISTIC_DATETIME, "0000-01-01T00:00:00Z"},
        {STATISTIC_DATETIME, "9999-12-31T23:59:59.999Z"},
        {STATISTIC_DATETIME, "1990-12-31T23:59:60Z"},
        {STATISTIC_DATETIME, "1990-12-31T15:59:60.5-08:00"},
        {STATISTIC_DATETIME, "1991-01-01T05:29:60+05:30"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct value v;
        struct error err = {.code = ERROR_NONE};
        struct text t = text_of(rows[i].text);
        ck_assert_msg(value_parse(rows[i].type, t, &v, &err), "%s: %s", rows[i].text, err.message);
        ck_assert_msg(v.text.data == t.data && v.text.size == t.size, "%s", rows[i].text);
        ck_assert_str_eq(written(&v).data, rows[i].text);
        round_trip(v);
    }
}
END_TEST

START_TEST(a_string_has_its_limit)
{
    char longest[VALUE_TEXT_MAX + 1];
    struct value v;
    struct error err;
    memset(longest, 'x', sizeof longest);
    ck_assert(value_parse(STATISTIC_STRING, text_slice(longest, VALUE_TEXT_MAX), &v, &err));
    round_trip(v);
    ck_assert(!value_parse(STATISTIC_STRING, text_slice(longest, VALUE_TEXT_MAX + 1), &v, &err));
    ck_assert(value_parse(STATISTIC_STRING, text_of(NULL), &v, &err));
    ck_assert_msg(v.text.data != NULL && v.text.size == 0, "an absent text is the empty string");
}
END_TEST

START_TEST(refuses)
{
    static const struct {
        const char *name;
        enum statistic_type type;
        struct text bytes;
    } rows[] = {
        {"no type", STATISTIC_TYPE_NONE, {"1", 1}},
        {"unknown type", (enum statistic_type)77, {"1", 1}},
        {"absent integer", STATISTIC_INTEGER, {NULL, 0}},
        {"empty integer", STATISTIC_INTEGER, {"", 0}},
        {"minus alone", STATISTIC_INTEGER, {"-", 1}},
        {"minus zero", STATISTIC_INTEGER, {"-0", 2}},
        {"plus", STATISTIC_INTEGER, {"+1", 2}},
        {"leading zero", STATISTIC_INTEGER, {"-01", 3}},
        {"fraction", STATISTIC_INTEGER, {"1.0", 3}},
        {"exponent", STATISTIC_INTEGER, {"1e3", 3}},
        {"above int64", STATISTIC_INTEGER, {"9223372036854775808", 19}},
        {"below int64", STATISTIC_INTEGER, {"-9223372036854775809", 20}},
        {"far above", STATISTIC_INTEGER, {"18446744073709551617", 20}},
        {"integer with NUL", STATISTIC_INTEGER, {"1\0", 2}},
        {"absent double", STATISTIC_DOUBLE, {NULL, 0}},
        {"NaN", STATISTIC_DOUBLE, {"NaN", 3}},
        {"Infinity", STATISTIC_DOUBLE, {"Infinity", 8}},
        {"inf", STATISTIC_DOUBLE, {"-inf", 4}},
        {"overflow", STATISTIC_DOUBLE, {"1e309", 5}},
        {"hexadecimal double", STATISTIC_DOUBLE, {"0x1p3", 5}},
        {"no digit before the point", STATISTIC_DOUBLE, {".5", 2}},
        {"no digit behind the point", STATISTIC_DOUBLE, {"5.", 2}},
        {"comma", STATISTIC_DOUBLE, {"1,5", 3}},
        {"no exponent", STATISTIC_DOUBLE, {"1e", 2}},
        {"double with a space", STATISTIC_DOUBLE, {"1 ", 2}},
        {"string with NUL", STATISTIC_STRING, {"a\0b", 3}},
        {"Latin-1", STATISTIC_STRING, {"\xE9", 1}},
        {"surrogate", STATISTIC_STRING, {"\xED\xA0\x80", 3}},
        {"cut sequence", STATISTIC_STRING, {"a\xE2\x82", 3}},
        {"absent date", STATISTIC_DATETIME, {NULL, 0}},
        {"date alone", STATISTIC_DATETIME, {"2012-10-20", 10}},
        {"no offset", STATISTIC_DATETIME, {"2012-10-20T20:51:46", 19}},
        {"space for T", STATISTIC_DATETIME, {"2012-10-20 20:51:46Z", 20}},
        {"no seconds", STATISTIC_DATETIME, {"2012-10-20T20:51Z", 17}},
        {"month 0", STATISTIC_DATETIME, {"2012-00-20T20:51:46Z", 20}},
        {"month 13", STATISTIC_DATETIME, {"2012-13-20T20:51:46Z", 20}},
        {"day 0", STATISTIC_DATETIME, {"2012-10-00T20:51:46Z", 20}},
        {"day 32", STATISTIC_DATETIME, {"2012-10-32T20:51:46Z", 20}},
        {"31 April", STATISTIC_DATETIME, {"2012-04-31T20:51:46Z", 20}},
        {"30 February", STATISTIC_DATETIME, {"2012-02-30T20:51:46Z", 20}},
        {"29 February 2013", STATISTIC_DATETIME, {"2013-02-29T20:51:46Z", 20}},
        {"29 February 1900", STATISTIC_DATETIME, {"1900-02-29T20:51:46Z", 20}},
        {"hour 24", STATISTIC_DATETIME, {"2012-10-20T24:00:00Z", 20}},
        {"minute 60", STATISTIC_DATETIME, {"2012-10-20T20:60:46Z", 20}},
        {"second 61", STATISTIC_DATETIME, {"2012-12-31T23:59:61Z", 20}},
        {"leap second at noon", STATISTIC_DATETIME, {"2012-12-31T12:00:60Z", 20}},
        {"leap second at local midnight", STATISTIC_DATETIME, {"2012-12-31T23:59:60+01:00", 25}},
        {"empty fraction", STATISTIC_DATETIME, {"2012-10-20T20:51:46.Z", 21}},
        {"comma fraction", STATISTIC_DATETIME, {"2012-10-20T20:51:46,5Z", 22}},
        {"offset hour 24", STATISTIC_DATETIME, {"2012-10-20T20:51:46+24:00", 25}},
        {"offset minute 60", STATISTIC_DATETIME, {"2012-10-20T20:51:46+01:60", 25}},
        {"offset without colon", STATISTIC_DATETIME, {"2012-10-20T20:51:46+0100", 24}},
        {"offset without sign", STATISTIC_DATETIME, {"2012-10-20T20:51:46 01:00", 25}},
        {"two offsets", STATISTIC_DATETIME, {"2012-10-20T20:51:46ZZ", 21}},
        {"NUL behind", STATISTIC_DATETIME, {"2012-10-20T20:51:46Z\0", 21}},
        {"five-digit year", STATISTIC_DATETIME, {"12012-10-20T20:51:46Z", 21}},
        {"signed year", STATISTIC_DATETIME, {"-012-10-20T20:51:46Z", 20}},
        {"signed month", STATISTIC_DATETIME, {"2012-+1-20T20:51:46Z", 20}},
        {"seconds since 1970", STATISTIC_DATETIME, {"1350766306", 10}},
        {"65 bytes",
         STATISTIC_DATETIME,
         {"2012-10-20T20:51:46.00000000000000000000000000000000000000000000Z", 65}},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct value v = {.type = STATISTIC_INTEGER, .integer = 77};
        struct error err = {.code = ERROR_NONE};
        ck_assert_msg(!value_parse(rows[i].type, rows[i].bytes, &v, &err), "%s", rows[i].name);
        ck_assert_msg(err.code == ERROR_ROW && err.message[0] != '\0', "%s", rows[i].name);
        ck_assert_msg(v.type == STATISTIC_INTEGER && v.integer == 77, "%s: the out was touched",
                      rows[i].name);
    }
}
END_TEST

/* Each proper prefix of a DateTime is none, and no byte behind the prefix is read (AddressSanitizer sees it).
 */
START_TEST(refuses_cut_dates)
{
    static const char whole[] = "2012-10-20T20:51:46.5+01:00";
    for (size_t size = 0; size < sizeof whole - 1; size++) {
        struct value v;
        struct error err = {.code = ERROR_NONE};
        struct text cut;
        arena_reset(&arena);
        ck_assert(arena_copy_text(&arena, text_slice(whole, size), &cut, &err));
        ck_assert_msg(!value_parse(STATISTIC_DATETIME, cut, &v, &err), "%zu bytes", size);
    }
}
END_TEST

START_TEST(a_refusal_echoes_at_most_40_bytes)
{
    char bytes[300];
    struct value v;
    struct error err;
    memset(bytes, 'q', sizeof bytes);
    ck_assert(!value_parse(STATISTIC_INTEGER, text_slice(bytes, sizeof bytes), &v, &err));
    const char *first = strchr(err.message, 'q');
    ck_assert_ptr_nonnull(first);
    ck_assert_uint_eq(strspn(first, "q"), 40);
    ck_assert_ptr_nonnull(strstr(err.message, "9223372036854775807"));
}
END_TEST

START_TEST(equality)
{
    struct value none = {.type = STATISTIC_TYPE_NONE},
                 other_none = {.type = STATISTIC_TYPE_NONE, .integer = 5};
    struct value one = {.type = STATISTIC_INTEGER, .integer = 1},
                 two = {.type = STATISTIC_INTEGER, .integer = 2};
    struct value real = {.type = STATISTIC_DOUBLE, .real = 1};
    struct value zero = {.type = STATISTIC_DOUBLE, .real = 0.0},
                 minus = {.type = STATISTIC_DOUBLE, .real = -0.0};
    struct value a = {.type = STATISTIC_STRING, .text = text_of("a")};
    struct value b = {.type = STATISTIC_STRING, .text = text_of("b")};
    struct value date = {.type = STATISTIC_DATETIME, .text = text_of("a")};
    ck_assert(value_equals(&none, &other_none) && value_equals(&one, &one) && value_equals(&a, &a));
    ck_assert(!value_equals(&one, &two) && !value_equals(&one, &real) && !value_equals(&none, &one));
    ck_assert_msg(!value_equals(&zero, &minus), "doubles are compared by their bits");
    ck_assert(!value_equals(&a, &b) && !value_equals(&a, &date));
    ck_assert_uint_eq(written(&none).size, 0);
}
END_TEST

START_TEST(gamertags)
{
    static const struct {
        const char *name;
        struct text bytes;
        bool valid;
    } rows[] = {
        {"plain", {"WarriorSaint", 12}, true},
        {"one byte", {"x", 1}, true},
        {"space and hash", {"Major Nelson#1234", 17}, true},
        {"beyond ASCII", {"\xC3\x89\xE6\x97\xA5\xF0\x9F\x8E\xAE", 9}, true},
        {"no-break space, the first after C1", {"a\xC2\xA0z", 4}, true},
        {"64 bytes", {"0123456789012345678901234567890123456789012345678901234567890123", 64}, true},
        {"65 bytes", {"01234567890123456789012345678901234567890123456789012345678901234", 65}, false},
        {"absent", {NULL, 0}, false},
        {"empty", {"", 0}, false},
        {"NUL", {"a\0b", 3}, false},
        {"line end", {"a\n", 2}, false},
        {"tab", {"a\tb", 3}, false},
        {"unit separator", {"\x1F", 1}, false},
        {"DEL", {"\x7F", 1}, false},
        {"C1 control", {"a\xC2\x85", 3}, false},
        {"Latin-1", {"\xE9", 1}, false},
        {"overlong", {"\xC0\xAF", 2}, false},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        ck_assert_msg(gamertag_is_valid(rows[i].bytes) == rows[i].valid, "%s", rows[i].name);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("model/value");
    TCase *c = tcase_create("value");
    tcase_set_timeout(c, 60);
    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_add_test(c, integers_round_trip_over_all_of_int64);
    tcase_add_test(c, integers_are_written_plainly);
    tcase_add_test(c, doubles_round_trip_to_the_last_bit);
    tcase_add_test(c, doubles_are_read_from_any_json_number);
    tcase_add_test(c, texts_are_kept_as_written);
    tcase_add_test(c, a_string_has_its_limit);
    tcase_add_test(c, refuses);
    tcase_add_test(c, refuses_cut_dates);
    tcase_add_test(c, a_refusal_echoes_at_most_40_bytes);
    tcase_add_test(c, equality);
    tcase_add_test(c, gamertags);
    suite_add_tcase(s, c);
    return s;
}
