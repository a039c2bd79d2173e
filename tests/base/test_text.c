/* SPDX-License-Identifier: Apache-2.0 */
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "support/run.h"

#define COUNT(rows) (sizeof(rows) / sizeof(rows)[0])

START_TEST(making_and_comparing)
{
    static const struct {
        struct text a, b;
        bool equal, equal_ignoring_case, starts;
    } rows[] = {
        {{NULL, 0}, {NULL, 0}, true, true, true},
        {{NULL, 0}, {"", 0}, true, true, true},
        {{"a", 1}, {NULL, 0}, false, false, true},
        {{NULL, 0}, {"a", 1}, false, false, false},
        {{"abc", 3}, {"abc", 3}, true, true, true},
        {{"abc", 3}, {"aBC", 3}, false, true, false},
        {{"abc", 3}, {"ab", 2}, false, false, true},
        {{"ab", 2}, {"abc", 3}, false, false, false},
        {{"a\0b", 3}, {"a\0c", 3}, false, false, false},
        {{"a\0b", 3}, {"a\0B", 3}, false, true, false},
        {{"[", 1}, {"{", 1}, false, false, false}, /* 32 apart, but no letters */
        {{"@", 1}, {"`", 1}, false, false, false},
        {{"\xC3\x89", 2}, {"\xC3\xA9", 2}, false, false, false}, /* ASCII only */
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        ck_assert_msg(text_equals(rows[i].a, rows[i].b) == rows[i].equal, "row %zu", i);
        ck_assert_msg(text_equals_ignoring_case(rows[i].a, rows[i].b) == rows[i].equal_ignoring_case,
                      "row %zu", i);
        ck_assert_msg(text_starts_with(rows[i].a, rows[i].b) == rows[i].starts, "row %zu", i);
    }
    ck_assert(text_of(NULL).data == NULL && text_of(NULL).size == 0);
    ck_assert_uint_eq(text_of("abc").size, 3);
}
END_TEST

START_TEST(trimming)
{
    static const char *const rows[][2] = {{"", ""},       {"a", "a"},     {" a", "a"},
                                          {"a\t ", "a"},  {" \t ", ""},   {" a b\t", "a b"},
                                          {"\na", "\na"}, {"a\r", "a\r"}, {"\va\f", "\va\f"}};
    for (size_t i = 0; i < COUNT(rows); i++)
        ck_assert_msg(text_equals(text_trimmed(text_of(rows[i][0])), text_of(rows[i][1])), "\"%s\"",
                      rows[i][0]);
    ck_assert_uint_eq(text_trimmed(text_of(NULL)).size, 0);
}
END_TEST

START_TEST(splitting)
{
    static const struct {
        const char *whole, *before, *after;
    } rows[] = {{"a=b", "a", "b"}, {"=", "", ""}, {"a=", "a", ""}, {"=b", "", "b"}, {"a=b=c", "a", "b=c"}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct text before, after;
        ck_assert_msg(text_split(text_of(rows[i].whole), '=', &before, &after), "%s", rows[i].whole);
        ck_assert_msg(text_equals(before, text_of(rows[i].before)), "%s", rows[i].whole);
        ck_assert_msg(text_equals(after, text_of(rows[i].after)), "%s", rows[i].whole);
    }
    struct text before = text_of("x"), after = text_of("y");
    ck_assert(!text_split(text_of("abc"), '=', &before, &after));
    ck_assert(!text_split(text_of(NULL), '=', &before, &after));
    ck_assert(!text_split(text_slice("abc=", 3), '=', &before, &after));
    ck_assert(text_equals(before, text_of("x")) && text_equals(after, text_of("y")));
    ck_assert(text_split(text_slice("a\0b", 3), '\0', &before, &after) && text_equals(after, text_of("b")));
}
END_TEST

START_TEST(whole_numbers)
{
    static const uint64_t numbers[] = {
        0, 1, 9, 10, 12345, INT64_MAX, (uint64_t)INT64_MAX + 1, UINT64_MAX - 5, UINT64_MAX};
    for (size_t i = 0; i < COUNT(numbers); i++) {
        char digits[32];
        uint64_t u = 7;
        int64_t n = 7;
        snprintf(digits, sizeof digits, "-%" PRIu64, numbers[i]);
        ck_assert_msg(text_to_u64(text_of(digits + 1), &u) && u == numbers[i], "%s", digits + 1);
        ck_assert_msg(!text_to_u64(text_of(digits), &u), "%s", digits);
        ck_assert_msg(text_to_i64(text_of(digits + 1), &n) == (numbers[i] <= INT64_MAX), "%s", digits + 1);
        ck_assert_msg(n == (numbers[i] <= INT64_MAX ? (int64_t)numbers[i] : 7), "%s", digits + 1);
        bool negative_fits = numbers[i] > 0 && numbers[i] <= (uint64_t)INT64_MAX + 1;
        ck_assert_msg(text_to_i64(text_of(digits), &n) == negative_fits, "%s", digits);
        ck_assert_msg(!negative_fits || n == (int64_t)(0 - numbers[i]), "%s", digits);
    }
}
END_TEST

START_TEST(refuses_what_is_no_whole_number)
{
    static const struct text rows[] = {
        {NULL, 0},
        {"", 0},
        {"-", 1},
        {"+1", 2},
        {"00", 2},
        {"01", 2},
        {"-01", 3},
        {"--1", 3},
        {" 1", 2},
        {"1 ", 2},
        {"1\n", 2},
        {"1\0", 2},
        {"1.0", 3},
        {"1e1", 3},
        {"0x1", 3},
        {"1_0", 3},
        {"1,0", 3},
        {"/", 1},
        {":", 1},
        {"\xB2", 1},
        {"-0", 2},
        {"18446744073709551616", 20},
        {"184467440737095516150", 21},
        {"99999999999999999999999999", 26},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint64_t u = 7;
        int64_t n = 7;
        ck_assert_msg(!text_to_u64(rows[i], &u) && u == 7, "%.*s", TEXT_ARG(rows[i]));
        ck_assert_msg(!text_to_i64(rows[i], &n) && n == 7, "%.*s", TEXT_ARG(rows[i]));
    }
}
END_TEST

START_TEST(doubles)
{
    static const struct {
        const char *text;
        double d;
    } rows[] = {
        {"0", 0},
        {"-0", -0.0},
        {"0.0", 0},
        {"5", 5},
        {"-5.25", -5.25},
        {"0.1", 0.1},
        {"1e3", 1000},
        {"1E-3", 0.001},
        {"1e+21", 1e21},
        {"1e00005", 100000},
        {"5e-324", 5e-324},
        {"2e-324", 0},
        {"3e-324", 5e-324},
        {"1.7976931348623157e308", DBL_MAX},
        {"1.7976931348623158e308", DBL_MAX},
        {"9007199254740993", 9007199254740992.0},
        {"9007199254740993.0000000000000000000000000001", 9007199254740994.0}, /* just above half way */
        {"2.2250738585072011e-308", 2.2250738585072011e-308},
        {"0e999999999", 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        double d = 7;
        ck_assert_msg(text_to_double(text_of(rows[i].text), &d), "%s", rows[i].text);
        ck_assert_msg(memcmp(&d, &rows[i].d, sizeof d) == 0, "%s became %.17g", rows[i].text, d);
    }
}
END_TEST

START_TEST(refuses_what_is_no_double)
{
    static const struct text rows[] = {
        {NULL, 0},
        {"", 0},
        {"-", 1},
        {"+1", 2},
        {".5", 2},
        {"5.", 2},
        {"-.5", 3},
        {"01", 2},
        {"-01", 3},
        {"1e", 2},
        {"1e+", 3},
        {"1e1.5", 5},
        {"1.e1", 4},
        {"e1", 2},
        {"1f", 2},
        {"1 ", 2},
        {" 1", 2},
        {"1\0", 2},
        {"1,5", 3},
        {"0x10", 4},
        {"0x1p3", 5},
        {"nan", 3},
        {"NaN", 3},
        {"inf", 3},
        {"Infinity", 8},
        {"1e309", 5},
        {"-1e309", 6},
        {"1.7976931348623159e308", 22},
        {"1e999999999999999999999", 23},
        {"--1", 3},
        {"1-", 2},
        {"1..2", 4},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        double d = 7;
        ck_assert_msg(!text_to_double(rows[i], &d), "%.*s", TEXT_ARG(rows[i]));
        ck_assert_msg(d > 6 && d < 8, "%.*s: the out was touched", TEXT_ARG(rows[i]));
    }
}
END_TEST

START_TEST(a_double_has_a_longest_spelling)
{
    char digits[TEXT_NUMBER_MAX + 1];
    double d = 7;
    memset(digits, '0', sizeof digits);
    memcpy(digits, "1.", 2);
    ck_assert(text_to_double(text_slice(digits, TEXT_NUMBER_MAX), &d) && !(d < 1) && !(d > 1));
    ck_assert(!text_to_double(text_slice(digits, TEXT_NUMBER_MAX + 1), &d));
}
END_TEST

/* The table of RFC 3629 §4, told again by arithmetic: decode, and demand the shortest form of a scalar value.
 */
static size_t sequence_by_arithmetic(const unsigned char *p, size_t size)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = p[0] < 0x80         ? 1
                    : (p[0] >> 5) == 6  ? 2
                    : (p[0] >> 4) == 14 ? 3
                    : (p[0] >> 3) == 30 ? 4
                                        : 0;
    if (length == 0 || length > size)
        return 0;
    uint32_t code = length == 1 ? p[0] : p[0] & (0xFFu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return 0;
        code = code << 6 | (p[i] & 0x3F);
    }
    bool scalar = code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
    return scalar && code >= least[length] ? length : 0;
}

START_TEST(utf8_agrees_with_arithmetic)
{
    for (uint32_t head = 0; head < 0x10000; head++) {
        static const unsigned char tails[] = {0x00, 0x7F, 0x80, 0x8F, 0x90, 0xBF, 0xC0, 0xFF};
        for (size_t k = 0; k < COUNT(tails) * COUNT(tails); k++) {
            unsigned char p[4] = {(unsigned char)(head >> 8), (unsigned char)head, tails[k / COUNT(tails)],
                                  tails[k % COUNT(tails)]};
            for (size_t size = 1; size <= 4; size++) {
                size_t got = text_utf8_sequence(text_slice((const char *)p, size));
                if (got != sequence_by_arithmetic(p, size))
                    ck_abort_msg("%02x %02x %02x %02x of %zu: %zu", p[0], p[1], p[2], p[3], size, got);
            }
        }
    }
    ck_assert_uint_eq(text_utf8_sequence(text_of(NULL)), 0);
}
END_TEST

START_TEST(utf8_texts)
{
    static const struct {
        const char *name;
        struct text bytes;
        bool good;
    } rows[] = {
        {"absent", {NULL, 0}, true},
        {"empty", {"", 0}, true},
        {"NUL", {"a\0b", 3}, true},
        {"all lengths", {"$\xC2\xA2\xE0\xA4\xB9\xF0\x90\x8D\x88", 10}, true},
        {"the last one", {"\xF4\x8F\xBF\xBF", 4}, true},
        {"noncharacter", {"\xEF\xBF\xBF", 3}, true},
        {"bad at the end", {"abc\xFF", 4}, false},
        {"bad in the middle", {"a\x80z", 3}, false},
        {"cut at the end", {"a\xF0\x90\x8D", 4}, false},
        {"surrogate pair (CESU-8)", {"\xED\xA0\x81\xED\xB0\x80", 6}, false},
        {"overlong NUL", {"\xC0\x80", 2}, false},
        {"overlong slash in 3", {"\xE0\x80\xAF", 3}, false},
        {"overlong in 4", {"\xF0\x82\x82\xAC", 4}, false},
        {"above U+10FFFF", {"\xF4\x90\x80\x80", 4}, false},
        {"five bytes", {"\xF8\x88\x80\x80\x80", 5}, false},
        {"UTF-16",
         {"\xFF\xFE"
          "a\0",
          4},
         false},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        ck_assert_msg(text_is_utf8(rows[i].bytes) == rows[i].good, "%s", rows[i].name);
}
END_TEST

START_TEST(ascii_classes)
{
    for (int i = 0; i < 256; i++) {
        char c = (char)i;
        bool digit = i >= '0' && i <= '9', upper = i >= 'A' && i <= 'Z', lower = i >= 'a' && i <= 'z';
        ck_assert_msg(ascii_is_digit(c) == digit, "%d", i);
        ck_assert_msg(ascii_is_alnum(c) == (digit || upper || lower), "%d", i);
        ck_assert_msg(ascii_lower(c) == (upper ? (char)(i + 32) : c), "%d", i);
    }
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("base/text");
    TCase *c = tcase_create("text");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, making_and_comparing);
    tcase_add_test(c, trimming);
    tcase_add_test(c, splitting);
    tcase_add_test(c, whole_numbers);
    tcase_add_test(c, refuses_what_is_no_whole_number);
    tcase_add_test(c, doubles);
    tcase_add_test(c, refuses_what_is_no_double);
    tcase_add_test(c, a_double_has_a_longest_spelling);
    tcase_add_test(c, utf8_agrees_with_arithmetic);
    tcase_add_test(c, utf8_texts);
    tcase_add_test(c, ascii_classes);
    suite_add_tcase(s, c);
    return s;
}
