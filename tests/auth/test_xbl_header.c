/* SPDX-License-Identifier: Apache-2.0 */
/* `XBL3.0 x=<userhash>;<token>`: what is split, and what is not of that form. */
#include "auth/xbl_header.h"

#include <stdlib.h>
#include <string.h>

#include "support/run.h"

#define SIXTEEN "0123456789abcdef"
#define HASH64  SIXTEEN SIXTEEN SIXTEEN SIXTEEN

static const struct {
    const char *value;
    enum xbl_caller caller;
    const char *userhash, *token;
} taken[] = {
    {"XBL3.0 x=123;a.b.c", XBL_CALLER_USER, "123", "a.b.c"},
    {"xbl3.0 x=123;a.b.c", XBL_CALLER_USER, "123", "a.b.c"},
    {"xBl3.0 x=123;a.b.c", XBL_CALLER_USER, "123", "a.b.c"},
    {"XBL3.0    x=123;a.b.c", XBL_CALLER_USER, "123", "a.b.c"},
    {"XBL3.0 x=*;a.b.c", XBL_CALLER_ANY, NULL, "a.b.c"},
    {"XBL3.0 x=-;a.b.c", XBL_CALLER_NONE, NULL, "a.b.c"},
    {"XBL3.0 x=**;a", XBL_CALLER_USER, "**", "a"},
    {"XBL3.0 x=*1;a", XBL_CALLER_USER, "*1", "a"},
    {"XBL3.0 x=--;a", XBL_CALLER_USER, "--", "a"},
    {"XBL3.0 x=x=1;a", XBL_CALLER_USER, "x=1", "a"},
    {"XBL3.0 x=1;;", XBL_CALLER_USER, "1", ";"},
    {"XBL3.0 x=1;a;b", XBL_CALLER_USER, "1", "a;b"},
    {"XBL3.0 x=!~;!~", XBL_CALLER_USER, "!~", "!~"},
    {"XBL3.0 x=" HASH64 ";t", XBL_CALLER_USER, HASH64, "t"},
};

START_TEST(headers_of_the_form_are_split)
{
    struct xbl_header h;
    struct error err = {0};
    ck_assert_msg(xbl_header_parse(text_of(taken[_i].value), &h, &err), "%s: %s", taken[_i].value,
                  err.detail);
    ck_assert_int_eq(h.caller, taken[_i].caller);
    ck_assert(taken[_i].userhash == NULL || text_equals(h.userhash, text_of(taken[_i].userhash)));
    ck_assert(text_equals(h.token, text_of(taken[_i].token)));
}
END_TEST

static const struct {
    const char *name, *value;
} refused[] = {
    {"absent", NULL},
    {"empty", ""},
    {"a space", " "},
    {"the scheme alone", "XBL3.0"},
    {"the scheme and a space", "XBL3.0 "},
    {"no x=", "XBL3.0 123;a.b.c"},
    {"another parameter", "XBL3.0 y=123;a.b.c"},
    {"a large X", "XBL3.0 X=123;a.b.c"},
    {"space before =", "XBL3.0 x =123;a.b.c"},
    {"space after =", "XBL3.0 x= 123;a.b.c"},
    {"no semicolon", "XBL3.0 x=123"},
    {"a colon for it", "XBL3.0 x=123:a.b.c"},
    {"no token", "XBL3.0 x=123;"},
    {"no userhash", "XBL3.0 x=;a.b.c"},
    {"nothing of both", "XBL3.0 x=;"},
    {"userhash of 65", "XBL3.0 x=" HASH64 "0;t"},
    {"no space", "XBL3.0x=123;a.b.c"},
    {"a tab", "XBL3.0\tx=123;a.b.c"},
    {"a tab after the space", "XBL3.0 \tx=123;a.b.c"},
    {"space before", " XBL3.0 x=123;a.b.c"},
    {"space after", "XBL3.0 x=123;a.b.c "},
    {"space in the token", "XBL3.0 x=123;a.b .c"},
    {"space in the userhash", "XBL3.0 x=12 3;a.b.c"},
    {"newline in the token", "XBL3.0 x=123;a.b\n.c"},
    {"DEL", "XBL3.0 x=123;a.b\x7f.c"},
    {"UTF-8", "XBL3.0 x=\xc3\xa9;a.b.c"},
    {"a high byte in the token", "XBL3.0 x=1;a.b.\xff"},
    {"another version", "XBL2.0 x=123;a.b.c"},
    {"a longer scheme", "XBL3.00 x=123;a.b.c"},
    {"a shorter scheme", "XBL3 x=123;a.b.c"},
    {"Bearer", "Bearer a.b.c"},
    {"Bearer with x", "Bearer x=123;a.b.c"},
    {"Basic", "Basic dXNlcjpwYXNz"},
    {"two schemes", "Bearer XBL3.0 x=123;a.b.c"},
    {"quoted", "XBL3.0 \"x=123;a.b.c\""},
    {"two values folded", "XBL3.0 x=1;a.b.c, XBL3.0 x=2;a.b.c"},
};

START_TEST(other_forms_are_refused)
{
    struct xbl_header h = {.caller = XBL_CALLER_USER, .token = text_of("untouched")};
    struct error err = {0};
    ck_assert_msg(!xbl_header_parse(text_of(refused[_i].value), &h, &err), "%s", refused[_i].name);
    ck_assert_msg(err.code == ERROR_AUTH_HEADER, "%s: %s", refused[_i].name, error_class_of(err.code)->name);
    ck_assert_str_eq(h.token.data, "untouched");
    ck_assert_str_eq(err.message, "");
}
END_TEST

START_TEST(a_nul_is_refused_wherever_it_stands)
{
    const char good[] = "XBL3.0 x=123;a.b.c";
    for (size_t i = 0; i < sizeof good; i++) {
        char bent[sizeof good];
        struct xbl_header h;
        struct error err;
        memcpy(bent, good, sizeof good);
        bent[i] = '\0';
        ck_assert_msg(!xbl_header_parse(text_slice(bent, sizeof bent), &h, &err), "at %zu", i);
    }
}
END_TEST

START_TEST(a_token_has_at_most_64_kib)
{
    const char start[] = "XBL3.0 x=1;";
    size_t head = sizeof start - 1, most = 64 * 1024;
    char *value = malloc(head + most + 1);
    struct xbl_header h;
    struct error err;
    memset(value, 'a', head + most + 1);
    memcpy(value, start, head);
    ck_assert(xbl_header_parse(text_slice(value, head + most), &h, &err));
    ck_assert_uint_eq(h.token.size, most);
    ck_assert(!xbl_header_parse(text_slice(value, head + most + 1), &h, &err));
    ck_assert_int_eq(err.code, ERROR_AUTH_HEADER);
    free(value);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("auth/xbl_header");
    TCase *c = tcase_create("header");
    tcase_add_loop_test(c, headers_of_the_form_are_split, 0, sizeof taken / sizeof *taken);
    tcase_add_loop_test(c, other_forms_are_refused, 0, sizeof refused / sizeof *refused);
    tcase_add_test(c, a_nul_is_refused_wherever_it_stands);
    tcase_add_test(c, a_token_has_at_most_64_kib);
    suite_add_tcase(s, c);
    return s;
}
