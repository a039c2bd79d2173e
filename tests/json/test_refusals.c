/* SPDX-License-Identifier: Apache-2.0 */
/* Documents that are nearly JSON: each is refused, and the message says where and what was expected. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json/reader.h"
#include "support/run.h"

#define BYTES(literal) literal, sizeof(literal) - 1

struct refusal {
    const char *bytes;
    size_t size;
    size_t line, column;
    const char *says; /* part of the message */
};

static const struct refusal structure[] = {
    {BYTES(""), 1, 1, "a value"},
    {BYTES(" \n\t "), 2, 3, "a value"},
    {BYTES("\xEF\xBB\xBF{}"), 1, 1, "byte-order mark"},
    {BYTES("\xEF\xBB\xBF"), 1, 1, "byte-order mark"},
    {BYTES("\xFE\xFF\0[\0]"), 1, 1, "a value"},
    {BYTES("[\0]\0"), 1, 2, "a value"},
    {BYTES("\0"), 1, 1, "a value"},
    {BYTES("1\0"), 1, 2, "the end"},
    {BYTES("[]\0"), 1, 3, "the end"},
    {BYTES("[1]x"), 1, 4, "the end"},
    {BYTES("[1] []"), 1, 5, "the end"},
    {BYTES("1 2"), 1, 3, "the end"},
    {BYTES("{}}"), 1, 3, "the end"},
    {BYTES("[]]"), 1, 3, "the end"},
    {BYTES("\"a\"\"b\""), 1, 4, "the end"},
    {BYTES("["), 1, 2, "a value"},
    {BYTES("]"), 1, 1, "a value"},
    {BYTES("[1"), 1, 3, "',' or ']'"},
    {BYTES("[1,"), 1, 4, "a value"},
    {BYTES("[1,]"), 1, 4, "a value"},
    {BYTES("[,1]"), 1, 2, "a value"},
    {BYTES("[,]"), 1, 2, "a value"},
    {BYTES("[1,,2]"), 1, 4, "a value"},
    {BYTES("[1 2]"), 1, 4, "',' or ']'"},
    {BYTES("[1:2]"), 1, 3, "',' or ']'"},
    {BYTES("[1}"), 1, 3, "',' or ']'"},
    {BYTES("[\"a\" \"b\"]"), 1, 6, "',' or ']'"},
    {BYTES("[[]"), 1, 4, "',' or ']'"},
    {BYTES("[\n1\n,\n x]"), 4, 2, "a value"},
    {BYTES("{"), 1, 2, "a member name"},
    {BYTES("}"), 1, 1, "a value"},
    {BYTES("{]"), 1, 2, "a member name"},
    {BYTES("{1:1}"), 1, 2, "a member name"},
    {BYTES("{a:1}"), 1, 2, "a member name"},
    {BYTES("{'a':1}"), 1, 2, "a member name"},
    {BYTES("{null:1}"), 1, 2, "a member name"},
    {BYTES("{\"a\"}"), 1, 5, "':'"},
    {BYTES("{\"a\" 1}"), 1, 6, "':'"},
    {BYTES("{\"a\"::1}"), 1, 6, "a value"},
    {BYTES("{\"a\":}"), 1, 6, "a value"},
    {BYTES("{\"a\":"), 1, 6, "a value"},
    {BYTES("{\"a\""), 1, 5, "':'"},
    {BYTES("{\"a\":1"), 1, 7, "',' or '}'"},
    {BYTES("{\"a\":1]"), 1, 7, "',' or '}'"},
    {BYTES("{\"a\":1,"), 1, 8, "a member name"},
    {BYTES("{\"a\":1,}"), 1, 8, "a member name"},
    {BYTES("{,\"a\":1}"), 1, 2, "a member name"},
    {BYTES("{\"a\":1,,\"b\":2}"), 1, 8, "a member name"},
    {BYTES("{\"a\":1 \"b\":2}"), 1, 8, "',' or '}'"},
    {BYTES("{\"a\":1,2}"), 1, 8, "a member name"},
    {BYTES("{\"a\":{\"b\":[1}}"), 1, 13, "',' or ']'"},
    {BYTES("[1]/* comment */"), 1, 4, "the end"},
    {BYTES("// comment\n1"), 1, 1, "a value"},
    {BYTES("[1,#\n2]"), 1, 4, "a value"},
    {BYTES("[\f]"), 1, 2, "a value"},
    {BYTES("[\v1]"), 1, 2, "a value"},
    {BYTES("[1\x01]"), 1, 3, "',' or ']'"},
    {BYTES("\xC2\xA0[]"), 1, 1, "a value"},
    {BYTES("[\xE2\x81\xA0]"), 1, 2, "a value"},
    {BYTES("<a>"), 1, 1, "a value"},
    {BYTES("[1]\xFF"), 1, 4, "the end"},
};

static const struct refusal scalars[] = {
    {BYTES("nul"), 1, 1, "a value"},
    {BYTES("True"), 1, 1, "a value"},
    {BYTES("truex"), 1, 5, "the end"},
    {BYTES("[nulll]"), 1, 6, "',' or ']'"},
    {BYTES("[fals]"), 1, 2, "a value"},
    {BYTES("t"), 1, 1, "a value"},
    {BYTES("undefined"), 1, 1, "a value"},
    {BYTES("NaN"), 1, 1, "a value"},
    {BYTES("nan"), 1, 1, "a value"},
    {BYTES("Infinity"), 1, 1, "a value"},
    {BYTES("-Infinity"), 1, 2, "a digit"},
    {BYTES("inf"), 1, 1, "a value"},
    {BYTES("-"), 1, 2, "a digit"},
    {BYTES("--1"), 1, 2, "a digit"},
    {BYTES("- 1"), 1, 2, "a digit"},
    {BYTES("+1"), 1, 1, "a value"},
    {BYTES(".5"), 1, 1, "a value"},
    {BYTES("-.5"), 1, 2, "a digit"},
    {BYTES("1."), 1, 3, "a digit"},
    {BYTES("[1.]"), 1, 4, "a digit"},
    {BYTES("1.e1"), 1, 3, "a digit"},
    {BYTES("1.5.5"), 1, 4, "the end"},
    {BYTES("01"), 1, 2, "the end"},
    {BYTES("-01"), 1, 3, "the end"},
    {BYTES("00"), 1, 2, "the end"},
    {BYTES("[-012]"), 1, 4, "',' or ']'"},
    {BYTES("0x1F"), 1, 2, "the end"},
    {BYTES("1e"), 1, 3, "a digit"},
    {BYTES("1E+"), 1, 4, "a digit"},
    {BYTES("1e-"), 1, 4, "a digit"},
    {BYTES("1e1.5"), 1, 4, "the end"},
    {BYTES("0e"), 1, 3, "a digit"},
    {BYTES("1ea"), 1, 3, "a digit"},
    {BYTES("1 000"), 1, 3, "the end"},
    {BYTES("1,000"), 1, 2, "the end"},
    {BYTES("1_000"), 1, 2, "the end"},
    {BYTES("2.\xEF\xBC\x91"), 1, 3, "a digit"},
    {BYTES("\xEF\xBC\x91"), 1, 1, "a value"},
    {BYTES("1\xE5"), 1, 2, "the end"},
};

static const struct refusal strings[] = {
    {BYTES("\""), 1, 2, "'\"'"},
    {BYTES("\"abc"), 1, 5, "'\"'"},
    {BYTES("\"abc\\\""), 1, 7, "'\"'"},
    {BYTES("\"\\"), 1, 2, "one of"},
    {BYTES("'a'"), 1, 1, "a value"},
    {BYTES("`a`"), 1, 1, "a value"},
    {BYTES("\"\\x41\""), 1, 2, "one of"},
    {BYTES("\"\\a\""), 1, 2, "one of"},
    {BYTES("\"\\'\""), 1, 2, "one of"},
    {BYTES("\"\\0\""), 1, 2, "one of"},
    {BYTES("\"\\U0041\""), 1, 2, "one of"},
    {BYTES("\"\\\xC3\xA9\""), 1, 2, "one of"},
    {BYTES("\"\\\0\""), 1, 2, "one of"},
    {BYTES("\"\\\n\""), 1, 2, "one of"},
    {BYTES("\"\\u\""), 1, 4, "four hexadecimal"},
    {BYTES("\"\\u00\""), 1, 4, "four hexadecimal"},
    {BYTES("\"\\u004"), 1, 4, "four hexadecimal"},
    {BYTES("\"\\u00G0\""), 1, 4, "four hexadecimal"},
    {BYTES("\"\\u+041\""), 1, 4, "four hexadecimal"},
    {BYTES("\"\\u 041\""), 1, 4, "four hexadecimal"},
    {BYTES("\"\\u{41}\""), 1, 4, "four hexadecimal"},
    {BYTES("\"\\u0000\""), 1, 4, "U+0000"},
    {BYTES("\"a\\u0000b\""), 1, 5, "U+0000"},
    {BYTES("{\"a\\u0000\":1}"), 1, 6, "U+0000"},
    {BYTES("\"\0\""), 1, 2, "control characters"},
    {BYTES("{\"a\0b\":1}"), 1, 4, "control characters"},
    {BYTES("\"a\nb\""), 1, 3, "control characters"},
    {BYTES("\"\t\""), 1, 2, "control characters"},
    {BYTES("\"\x1f\""), 1, 2, "control characters"},
    {BYTES("\"\\uD800\""), 1, 4, "surrogate"},
    {BYTES("\"\\uDC00\""), 1, 4, "surrogate"},
    {BYTES("\"\\uD800x\""), 1, 4, "surrogate"},
    {BYTES("\"\\uD800\\n\""), 1, 4, "surrogate"},
    {BYTES("\"\\uD800\\u0041\""), 1, 4, "surrogate"},
    {BYTES("\"\\uD800\\uD800\\uDC00\""), 1, 4, "surrogate"},
    {BYTES("\"\\uDC00\\uD800\""), 1, 4, "surrogate"},
    {BYTES("\"\\uDC00\\uDC00\""), 1, 4, "surrogate"},
    {BYTES("\"\\uD800\\uDBFF\""), 1, 4, "surrogate"},
    {BYTES("\"\\uD800\\u"), 1, 4, "surrogate"},
    {BYTES("\"\\uD800\\uDC0"), 1, 4, "surrogate"},
    {BYTES("\"\\uD800\\uE000\""), 1, 4, "surrogate"},
    {BYTES("\"\x80\""), 1, 2, "UTF-8"},
    {BYTES("\"\xFF\""), 1, 2, "UTF-8"},
    {BYTES("\"\xC3\""), 1, 2, "UTF-8"},
    {BYTES("\"\xC3"), 1, 2, "UTF-8"},
    {BYTES("\"\xC0\x80\""), 1, 2, "UTF-8"},
    {BYTES("\"\xC1\xBF\""), 1, 2, "UTF-8"},
    {BYTES("\"\xE0\x9F\xBF\""), 1, 2, "UTF-8"},
    {BYTES("\"\xED\xA0\x80\""), 1, 2, "UTF-8"},
    {BYTES("\"\xED\xA0\x80\xED\xB0\x80\""), 1, 2, "UTF-8"},
    {BYTES("\"\xF0\x8F\xBF\xBF\""), 1, 2, "UTF-8"},
    {BYTES("\"\xF4\x90\x80\x80\""), 1, 2, "UTF-8"},
    {BYTES("\"\xF0\x9F\x98\""), 1, 2, "UTF-8"},
    {BYTES("\"\xF8\x88\x80\x80\x80\""), 1, 2, "UTF-8"},
    {BYTES("\"ab\xC3\xA9 \xE2\x82\""), 1, 6, "UTF-8"},
    {BYTES("{\"\xE9\":1}"), 1, 3, "UTF-8"},
};

static const struct refusal duplicates[] = {
    {BYTES("{\"a\":1,\"a\":1}"), 1, 8, "the member \"a\" occurs twice"},
    {BYTES("{\"a\":1,\"\\u0061\":2}"), 1, 8, "the member \"\\u0061\" occurs twice"},
    {BYTES("{\"\\u0061b\":1,\n\"a\\u0062\":2}"), 2, 1, "occurs twice"},
    {BYTES("{\"\":1,\"b\":2,\"\":3}"), 1, 13, "the member \"\" occurs twice"},
    {BYTES("{\"\\/\":1,\"/\":2}"), 1, 9, "occurs twice"},
    {BYTES("{\"\\t\":1,\"\\u0009\":2}"), 1, 9, "occurs twice"},
    {BYTES("{\"\\u00E9\":1,\"\xC3\xA9\":2}"), 1, 13, "occurs twice"},
    {BYTES("{\"\xF0\x9F\x98\x80\":1,\"\\ud83d\\ude00\":2}"), 1, 8, "occurs twice"},
    {BYTES("{\"\xE0\xB8\x81\":1,\"\\u0E01\":2}"), 1, 8, "occurs twice"},
    {BYTES("{\"\xE2\x82\xAC\":1,\"\\u20aC\":2}"), 1, 8, "occurs twice"},
    {BYTES("[{\"a\":{\"x\":1,\"y\":2,\"x\":3}}]"), 1, 20, "the member \"x\" occurs twice"},
    {BYTES("{\"a\":{\"b\":1},\"c\":{},\"a\":[]}"), 1, 21, "the member \"a\" occurs twice"},
    {BYTES("{\"c\":1,\"b\":2,\"a\":3,\"b\":4,\"a\":5}"), 1, 20, "the member \"b\" occurs twice"},
    {BYTES("{\"a\":1,\"a\":2,\"a\":3}"), 1, 8, "the member \"a\" occurs twice"},
    {BYTES(
         "{\"0123456789012345678901234567890123456789X\":1,\"0123456789012345678901234567890123456789X\":2}"),
     1, 48, "the member \"0123456789012345678901234567890123456789...\" occurs twice"},
};

static void refuses(const struct refusal *cases, size_t count)
{
    static const struct json_limits limits = {16, 1000};
    struct arena arena;
    arena_init(&arena, 1 << 20);
    for (size_t i = 0; i < count; i++) {
        const struct refusal *c = &cases[i];
        const struct json_value *const untouched = (const struct json_value *)(const void *)c;
        const struct json_value *root = untouched;
        struct error err = {.code = ERROR_NONE};
        char where[64];
        snprintf(where, sizeof where, "at line %zu, column %zu: ", c->line, c->column);
        /* exactly as large as the document, so that AddressSanitizer sees a read past its end */
        char *exact = malloc(c->size == 0 ? 1 : c->size);
        ck_assert_ptr_nonnull(exact);
        memcpy(exact, c->bytes, c->size);
        ck_assert_msg(!json_read(text_slice(exact, c->size), &limits, &arena, &root, &err), "case %zu: %s", i,
                      c->bytes);
        free(exact);
        ck_assert_int_eq(err.code, ERROR_JSON_SYNTAX);
        ck_assert_ptr_eq(root, untouched);
        ck_assert_msg(strstr(err.message, where) != NULL && strstr(err.message, c->says) != NULL,
                      "case %zu: %s: \"%s\", wanted %s%s", i, c->bytes, err.message, where, c->says);
    }
    arena_reset(&arena);
}

START_TEST(refuses_structure)
{
    refuses(structure, sizeof structure / sizeof structure[0]);
}
END_TEST

START_TEST(refuses_scalars)
{
    refuses(scalars, sizeof scalars / sizeof scalars[0]);
}
END_TEST

START_TEST(refuses_strings)
{
    refuses(strings, sizeof strings / sizeof strings[0]);
}
END_TEST

START_TEST(refuses_duplicates)
{
    refuses(duplicates, sizeof duplicates / sizeof duplicates[0]);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("json/refusals");
    TCase *c = tcase_create("refusals");
    tcase_add_test(c, refuses_structure);
    tcase_add_test(c, refuses_scalars);
    tcase_add_test(c, refuses_strings);
    tcase_add_test(c, refuses_duplicates);
    suite_add_tcase(s, c);
    return s;
}
