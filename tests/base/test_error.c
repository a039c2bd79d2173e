/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/error.h"
#include "support/run.h"

START_TEST(setting_and_refusing)
{
    struct error err;
    memset(&err, 'x', sizeof err);
    ck_assert(!error_set(&err, ERROR_FILE, "line %d of %s", 7, "a.conf"));
    ck_assert_int_eq(err.code, ERROR_FILE);
    ck_assert_str_eq(err.detail, "line 7 of a.conf");
    ck_assert_str_eq(err.message, "");
    ck_assert_str_eq(error_operator_text(&err), "line 7 of a.conf");
    ck_assert_str_eq(error_public_text(&err), "A file cannot be read or written.");
    memset(&err, 'x', sizeof err);
    ck_assert(!error_refuse(&err, ERROR_MEMBER, "%s is missing", "requestedusers"));
    ck_assert_int_eq(err.code, ERROR_MEMBER);
    ck_assert_str_eq(err.message, "requestedusers is missing");
    ck_assert_str_eq(err.detail, "");
    ck_assert_str_eq(error_public_text(&err), "requestedusers is missing");
    ck_assert_str_eq(error_operator_text(&err), "requestedusers is missing");
    error_set(&err, ERROR_FILE, "%s", "");
    ck_assert_str_eq(error_operator_text(&err), "A file cannot be read or written.");
}
END_TEST

START_TEST(texts_are_printable_and_cut)
{
    struct error err;
    char bytes[1000];
    error_set(&err, ERROR_FILE, "a%sz", "\n\t\x1B\x7F\xC3\xA9 ~");
    ck_assert_str_eq(err.detail, "a?????? ~z");
    memset(bytes, 'q', sizeof bytes);
    bytes[sizeof bytes - 1] = '\0';
    error_set(&err, ERROR_FILE, "%s", bytes);
    ck_assert_uint_eq(strlen(err.detail), ERROR_DETAIL_MAX - 1);
    error_refuse(&err, ERROR_FILE, "%s", bytes);
    ck_assert_uint_eq(strlen(err.message), ERROR_MESSAGE_MAX - 1);
}
END_TEST

START_TEST(an_error_can_be_wrapped_in_itself)
{
    struct error err;
    error_refuse(&err, ERROR_FILE, "no such file");
    error_set(&err, ERROR_SETTING, "auth.keys: %s", err.message);
    ck_assert_str_eq(err.detail, "auth.keys: no such file");
    error_refuse(&err, ERROR_SETTING, "line 3: %s", err.detail);
    ck_assert_str_eq(err.message, "line 3: auth.keys: no such file");
}
END_TEST

START_TEST(the_registry_is_complete)
{
    for (int code = ERROR_NONE + 1; code < ERROR_CODE_COUNT; code++) {
        const struct error_class *c = error_class_of((enum error_code)code);
        ck_assert_msg(c->name != NULL && c->name[0] != '\0', "code %d has no name", code);
        ck_assert_msg(c->public_text[0] != '\0' && strlen(c->public_text) < ERROR_MESSAGE_MAX, "%s", c->name);
        ck_assert_msg(c->http_status == 0 || (c->http_status >= 400 && c->http_status <= 599), "%s", c->name);
        ck_assert_msg(c->http_status == 0 ? c->wire_code >= 9000 : c->wire_code / 10 == c->http_status, "%s",
                      c->name);
        for (int other = ERROR_NONE + 1; other < code; other++) {
            const struct error_class *o = error_class_of((enum error_code)other);
            ck_assert_msg(c->wire_code != o->wire_code || c->http_status == 401, "%s and %s", c->name,
                          o->name);
            bool both_401 = c->http_status == 401 && o->http_status == 401;
            bool alike = c->wire_code == o->wire_code && strcmp(c->public_text, o->public_text) == 0;
            ck_assert_msg(!both_401 || alike, "%s and %s can be told apart", c->name, o->name);
        }
    }
}
END_TEST

START_TEST(no_code_is_internal)
{
    static const int codes[] = {ERROR_NONE, ERROR_CODE_COUNT, 100000};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        ck_assert_str_eq(error_class_of((enum error_code)codes[i])->name, "INTERNAL");
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("base/error");
    TCase *c = tcase_create("error");
    tcase_add_test(c, setting_and_refusing);
    tcase_add_test(c, texts_are_printable_and_cut);
    tcase_add_test(c, an_error_can_be_wrapped_in_itself);
    tcase_add_test(c, the_registry_is_complete);
    tcase_add_test(c, no_code_is_internal);
    suite_add_tcase(s, c);
    return s;
}
