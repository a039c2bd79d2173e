/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "model/statistic.h"
#include "support/run.h"

#define COUNT(rows) (sizeof(rows) / sizeof(rows)[0])

START_TEST(types_round_trip)
{
    static const struct {
        const char *name;
        enum statistic_type type;
    } rows[] = {{"Integer", STATISTIC_INTEGER},
                {"Double", STATISTIC_DOUBLE},
                {"String", STATISTIC_STRING},
                {"DateTime", STATISTIC_DATETIME}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        ck_assert_msg(statistic_type_parse(text_of(rows[i].name)) == rows[i].type, "%s", rows[i].name);
        ck_assert(text_equals(statistic_type_name(rows[i].type), text_of(rows[i].name)));
    }
}
END_TEST

START_TEST(refuses_types)
{
    static const char *const rows[] = {"",         "integer", "INTEGER", "Integer ", "Int",
                                       "Datetime", "Float",   "None",    "4"};
    for (size_t i = 0; i < COUNT(rows); i++)
        ck_assert_msg(statistic_type_parse(text_of(rows[i])) == STATISTIC_TYPE_NONE, "\"%s\"", rows[i]);
    ck_assert(statistic_type_parse(text_of(NULL)) == STATISTIC_TYPE_NONE);
    ck_assert_uint_eq(statistic_type_name(STATISTIC_TYPE_NONE).size, 0);
    ck_assert_uint_eq(statistic_type_name((enum statistic_type)99).size, 0);
}
END_TEST

START_TEST(access_is_restricted_unless_it_says_open)
{
    enum statistic_access access = STATISTIC_RESTRICTED;
    ck_assert(statistic_access_parse(text_of("open"), &access) && access == STATISTIC_OPEN);
    ck_assert(statistic_access_parse(text_of("restricted"), &access) && access == STATISTIC_RESTRICTED);
    ck_assert(text_equals(statistic_access_name(STATISTIC_OPEN), text_of("open")));
    ck_assert(text_equals(statistic_access_name(STATISTIC_RESTRICTED), text_of("restricted")));
    ck_assert(text_equals(statistic_access_name((enum statistic_access)9), text_of("restricted")));
    static const char *const rows[] = {"", "Open", "OPEN", "public", "open ", " open", "opened", "restricte"};
    for (size_t i = 0; i < COUNT(rows); i++)
        ck_assert_msg(!statistic_access_parse(text_of(rows[i]), &access), "\"%s\"", rows[i]);
    ck_assert_int_eq(access, STATISTIC_RESTRICTED);
    struct statistic untouched = {.id = 0};
    ck_assert_int_eq(untouched.access, STATISTIC_RESTRICTED);
}
END_TEST

/* Whether IS_VALID takes exactly the single characters of "letters, digits, EXTRA" and lengths 1–MOST. */
static void check_word(bool (*is_valid)(struct text t), size_t most, const char *extra, const char *what)
{
    char word[256];
    for (int c = 0; c < 256; c++) {
        char byte = (char)c;
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        bool wanted = letter || (c != 0 && strchr(extra, c) != NULL);
        ck_assert_msg(is_valid(text_slice(&byte, 1)) == wanted, "%s: byte %d alone", what, c);
        char among[3] = {'a', byte, 'b'};
        ck_assert_msg(is_valid(text_slice(among, 3)) == wanted, "%s: byte %d among letters", what, c);
    }
    memset(word, 'x', sizeof word);
    for (size_t size = 0; size < sizeof word; size++)
        ck_assert_msg(is_valid(text_slice(word, size)) == (size >= 1 && size <= most), "%s: %zu", what, size);
    ck_assert(!is_valid(text_of(NULL)));
}

START_TEST(words)
{
    check_word(statistic_name_is_valid, 128, ".-_", "statistic name");
    check_word(scid_is_valid, 36, "-", "scid");
    check_word(sandbox_is_valid, 50, ".-_", "sandbox");
    ck_assert(scid_is_valid(text_of("7492baca-c1b4-440d-a391-b7ef364a8d40")));
    ck_assert(sandbox_is_valid(text_of("XDKS.1")));
}
END_TEST

START_TEST(grants_round_trip)
{
    static const struct {
        const char *written;
        enum grant_kind kind;
        uint64_t number;
        const char *subject;
    } rows[] = {
        {"title:1", GRANT_TITLE, 1, ""},
        {"title:18446744073709551615", GRANT_TITLE, UINT64_MAX, ""},
        {"device:XboxOne", GRANT_DEVICE, 0, "XboxOne"},
        {"device:F50CDD8781FF4476", GRANT_DEVICE, 0, "F50CDD8781FF4476"},
        {"device:a:b", GRANT_DEVICE, 0, "a:b"},
        {"device:!~", GRANT_DEVICE, 0, "!~"},
        {"user:1234567890123460", GRANT_USER, 1234567890123460, ""},
        {"user:18446744073709551615", GRANT_USER, UINT64_MAX, ""},
        {"user:self", GRANT_SELF, 0, ""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct grant g = {.kind = GRANT_NONE};
        char written[GRANT_WRITTEN_MAX];
        ck_assert_msg(grant_parse(text_of(rows[i].written), &g), "%s", rows[i].written);
        ck_assert_msg(g.kind == rows[i].kind && g.number == rows[i].number, "%s", rows[i].written);
        ck_assert_msg(text_equals(g.subject, text_of(rows[i].subject)), "%s", rows[i].written);
        grant_write(&g, written, sizeof written);
        ck_assert_str_eq(written, rows[i].written);
    }
}
END_TEST

START_TEST(the_longest_grant_is_written_whole)
{
    char longest[128] = "device:";
    memset(longest + 7, 'd', GRANT_SUBJECT_MAX);
    struct grant g;
    char written[GRANT_WRITTEN_MAX];
    ck_assert(grant_parse(text_of(longest), &g));
    grant_write(&g, written, sizeof written);
    ck_assert_str_eq(written, longest);
    longest[7 + GRANT_SUBJECT_MAX] = 'd';
    ck_assert(!grant_parse(text_of(longest), &g));
}
END_TEST

START_TEST(a_grant_is_cut_at_the_size)
{
    struct grant g = {.kind = GRANT_TITLE, .number = 1234567};
    char written[10];
    memset(written, '#', sizeof written);
    grant_write(&g, written, 9);
    ck_assert_str_eq(written, "title:12");
    ck_assert_int_eq(written[9], '#');
    struct grant nobody = {.kind = GRANT_NONE};
    grant_write(&nobody, written, sizeof written);
    ck_assert_str_eq(written, "");
}
END_TEST

START_TEST(refuses_grants)
{
    static const struct {
        const char *name;
        struct text bytes;
    } rows[] = {
        {"absent", {NULL, 0}},
        {"empty", {"", 0}},
        {"no colon", {"title", 5}},
        {"only a colon", {":", 1}},
        {"no kind", {":5", 2}},
        {"unknown kind", {"group:5", 7}},
        {"kind in capitals", {"Title:5", 7}},
        {"space in the kind", {"title :5", 8}},
        {"title without a number", {"title:", 6}},
        {"title 0", {"title:0", 7}},
        {"negative title", {"title:-5", 8}},
        {"title over 64 bits", {"title:18446744073709551616", 26}},
        {"title with a space", {"title: 5", 8}},
        {"title by name", {"title:self", 10}},
        {"device without a subject", {"device:", 7}},
        {"device with a space", {"device:Xbox One", 15}},
        {"device with NUL", {"device:X\0", 9}},
        {"device with DEL", {"device:X\x7F", 9}},
        {"device beyond ASCII", {"device:\xC3\xA9", 9}},
        {"user without an xuid", {"user:", 5}},
        {"user 0", {"user:0", 6}},
        {"user in capitals", {"user:SELF", 9}},
        {"user with more", {"user:self ", 10}},
        {"user with a comma", {"user:1,2", 8}},
        {"everybody", {"user:*", 6}},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct grant g = {.kind = GRANT_SELF, .number = 77};
        ck_assert_msg(!grant_parse(rows[i].bytes, &g), "%s", rows[i].name);
        ck_assert_msg(g.kind == GRANT_SELF && g.number == 77, "%s: the out was touched", rows[i].name);
    }
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("model/statistic");
    TCase *c = tcase_create("statistic");
    tcase_add_test(c, types_round_trip);
    tcase_add_test(c, refuses_types);
    tcase_add_test(c, access_is_restricted_unless_it_says_open);
    tcase_add_test(c, words);
    tcase_add_test(c, grants_round_trip);
    tcase_add_test(c, the_longest_grant_is_written_whole);
    tcase_add_test(c, a_grant_is_cut_at_the_size);
    tcase_add_test(c, refuses_grants);
    suite_add_tcase(s, c);
    return s;
}
