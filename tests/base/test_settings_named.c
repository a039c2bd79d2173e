/* SPDX-License-Identifier: Apache-2.0 */
/* Sections that stand more than once, under names. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/settings.h"
#include "base/settings_file.h"
#include "support/run.h"
#include "support/torture.h"

#define COUNT(rows) (sizeof(rows) / sizeof(rows)[0])

static const struct setting_rule rules[] = {
    {.name = "server.listen", .kind = SETTING_TEXT, .fallback = "here"},
    {.name = "auth.issuer", .kind = SETTING_TEXT, .repeats = true, .fallback = "me"},
    {.name = "auth.skew_s", .kind = SETTING_INTEGER, .repeats = true, .fallback = "60", .most = 600},
    {.name = "auth.max_skew_s", .kind = SETTING_INTEGER, .repeats = true, .fallback = "9", .most = 600},
    {.name = "auth.pass", .kind = SETTING_TEXT, .repeats = true, .fallback = "", .secret = true},
    {.name = "auth.once", .kind = SETTING_TEXT, .fallback = ""},
    {.name = "peer.url", .kind = SETTING_TEXT, .repeats = true, .fallback = ""},
};

static struct settings *settings;
static struct error err;

static void set_up(void)
{
    ck_assert(settings_open(rules, COUNT(rules), &settings, &err));
}

static void tear_down(void)
{
    settings_close(&settings);
}

static bool read_bytes(const char *bytes)
{
    return settings_read_text(settings, text_of(bytes), "a.conf", &err);
}

static bool read_variable(const char *entry)
{
    char copy[256];
    snprintf(copy, sizeof copy, "%s", entry);
    char *environment[] = {copy, NULL};
    return settings_read_environment(settings, environment, &err);
}

static void check_setting(const char *name, const char *text, const char *origin)
{
    ck_assert_str_eq(settings_text(settings, name), text);
    ck_assert_str_eq(settings_origin(settings, name), origin);
}

START_TEST(named_sections_are_read)
{
    static const char file[] = "[auth.studio2]\nissuer = file\n[auth.a2345678901234567890123456789012]\n"
                               "skew_s = 5\n[auth]\nissuer = plain\npass = p\n[auth.studio2]\nskew_s = 1\n";
    char issuer[] = "USERSTATS_AUTH_STUDIO2_ISSUER=environment", other[] = "USERSTATS_AUTH_9_SKEW_S=2";
    char *environment[] = {issuer, other, NULL};
    ck_assert_uint_eq(settings_section_count(settings, "auth"), 0);
    ck_assert_msg(read_bytes(file), "%s", error_operator_text(&err));
    ck_assert(settings_read_environment(settings, environment, &err));
    ck_assert(settings_read_flag(settings, "auth.9.skew_s=3", &err));
    ck_assert(settings_read_flag(settings, "peer.studio2.url=a.b=c", &err));
    check_setting("auth.issuer", "plain", "file a.conf:6");
    check_setting("auth.studio2.issuer", "environment", "environment USERSTATS_AUTH_STUDIO2_ISSUER");
    check_setting("auth.studio2.skew_s", "1", "file a.conf:9");
    check_setting("auth.studio2.pass", "", "default");
    check_setting("auth.a2345678901234567890123456789012.issuer", "me", "default");
    ck_assert_int_eq(settings_integer(settings, "auth.a2345678901234567890123456789012.skew_s"), 5);
    check_setting("auth.9.skew_s", "3", "flag");
    check_setting("peer.studio2.url", "a.b=c", "flag");
    ck_assert_uint_eq(settings_section_count(settings, "auth"), 3);
    ck_assert_str_eq(settings_section_name(settings, "auth", 0), "auth.studio2");
    ck_assert_str_eq(settings_section_name(settings, "auth", 1), "auth.a2345678901234567890123456789012");
    ck_assert_str_eq(settings_section_name(settings, "auth", 2), "auth.9");
    ck_assert_uint_eq(settings_section_count(settings, "peer"), 1);
    ck_assert_str_eq(settings_section_name(settings, "peer", 0), "peer.studio2");
    ck_assert_uint_eq(settings_section_count(settings, "log"), 0);
}
END_TEST

/* A plain key first, then the longest key at the end of the variable. */
START_TEST(a_variable_is_taken_apart_in_one_way)
{
    static const struct {
        const char *entry, *name;
    } rows[] = {
        {"USERSTATS_AUTH_MAX_SKEW_S=7", "auth.max_skew_s"},
        {"USERSTATS_AUTH_SKEW_S=7", "auth.skew_s"},
        {"USERSTATS_AUTH_MAX_MAX_SKEW_S=7", "auth.max.max_skew_s"},
        {"USERSTATS_AUTH_X_MAX_SKEW_S=7", "auth.x.max_skew_s"},
        {"USERSTATS_AUTH_ISSUER_ISSUER=7", "auth.issuer.issuer"},
        {"USERSTATS_AUTH_PASS_PASS=7", "auth.pass.pass"},
        {"USERSTATS_AUTH_0_SKEW_S=7", "auth.0.skew_s"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        settings_close(&settings);
        ck_assert(settings_open(rules, COUNT(rules), &settings, &err));
        ck_assert_msg(read_variable(rows[i].entry), "%s: %s", rows[i].entry, err.message);
        ck_assert_str_eq(settings_text(settings, rows[i].name), "7");
        ck_assert_uint_eq(settings_section_count(settings, "auth"),
                          strchr(rows[i].name, '.') == strrchr(rows[i].name, '.') ? 0 : 1);
    }
}
END_TEST

START_TEST(a_named_secret_comes_from_a_file)
{
    char secret_path[] = "/tmp/test_settings_XXXXXX";
    int fd = mkstemp(secret_path);
    char entry[128];
    snprintf(entry, sizeof entry, "USERSTATS_AUTH_STUDIO_PASS_FILE=%s", secret_path);
    ck_assert_int_eq(write(fd, "hunter2\n", 8), 8);
    close(fd);
    ck_assert_msg(read_variable(entry), "%s", err.message);
    check_setting("auth.studio.pass", "hunter2", "environment USERSTATS_AUTH_STUDIO_PASS_FILE");
    snprintf(entry, sizeof entry, "USERSTATS_AUTH_PASS_FILE=%s", secret_path);
    ck_assert_msg(read_variable(entry), "%s", err.message);
    check_setting("auth.pass", "hunter2", "environment USERSTATS_AUTH_PASS_FILE");
    ck_assert_uint_eq(settings_section_count(settings, "auth"), 1);
    unlink(secret_path);
}
END_TEST

START_TEST(named_sections_are_limited)
{
    char flag[64], name[64];
    for (int i = 0; i < SETTINGS_SECTIONS_MAX; i++) {
        snprintf(flag, sizeof flag, i % 2 == 0 ? "auth.n%d.issuer=%d" : "peer.n%d.url=%d", i, i);
        ck_assert_msg(settings_read_flag(settings, flag, &err), "%s", err.message);
    }
    ck_assert(!settings_read_flag(settings, "auth.more.issuer=x", &err));
    ck_assert_int_eq(err.code, ERROR_SETTING);
    ck_assert_str_eq(err.message,
                     "flag: [auth.more] is one named section too many; there can be 15, so remove one");
    ck_assert(!read_bytes("[peer.more]\nurl = x\n"));
    ck_assert_msg(strstr(err.message, ".conf:2: [peer.more] is one named section too many") != NULL, "%s",
                  err.message);
    ck_assert(settings_read_flag(settings, "auth.n14.skew_s=1", &err));
    for (int i = 0; i < SETTINGS_SECTIONS_MAX; i++) {
        snprintf(name, sizeof name, i % 2 == 0 ? "auth.n%d.issuer" : "peer.n%d.url", i);
        snprintf(flag, sizeof flag, "%d", i);
        check_setting(name, flag, "flag");
    }
    ck_assert_uint_eq(settings_section_count(settings, "auth"), 8);
    ck_assert_uint_eq(settings_section_count(settings, "peer"), 7);
}
END_TEST

START_TEST(refuses_files)
{
    static const struct {
        const char *name, *bytes;
        int line;
        const char *says;
    } rows[] = {
        {"unknown key in a named section", "[auth.x]\nisuer = x\n", 2, "no setting auth.x.isuer"},
        {"key that stands once in a named section", "[auth.x]\nonce = x\n", 2, "no setting auth.x.once"},
        {"key of another named section", "[peer.x]\nissuer = x\n", 2, "no setting peer.x.issuer"},
        {"section that does not repeat", "[server.x]\nlisten = x\n", 2, "no setting server.x.listen"},
        {"name of a section in the key", "[auth]\nx.issuer = x\n", 2, "no setting auth.x.issuer"},
        {"section without a name", "[auth.]\nissuer = x\n", 2, "[auth.]"},
        {"capitals in a name", "[auth.Studio]\nissuer = x\n", 2, "1 to 32 of a to z and 0 to 9"},
        {"hyphen in a name", "[auth.a-b]\nissuer = x\n", 2, "[auth.a-b]"},
        {"underscore in a name", "[auth.a_b]\nissuer = x\n", 2, "[auth.NAME]"},
        {"dot in a name", "[auth.a.b]\nissuer = x\n", 2, "[auth.a.b]"},
        {"space in a name", "[auth.a b]\nissuer = x\n", 2, "[auth.a b]"},
        {"letter of another alphabet", "[auth.\xC3\xA9]\nissuer = x\n", 2, "1 to 32"},
        {"name of 33", "[auth.a23456789012345678901234567890123]\nissuer = x\n", 2, "1 to 32"},
        {"bad value in a named section", "[auth.x]\nskew_s = 601\n", 2, "auth.x.skew_s is \"601\""},
        {"secret in a named section", "[auth.x]\npass = 12345\001\n", 2, "auth.x.pass has a bad value"},
        {"twice in a named section", "[auth.x]\nissuer = a\n[auth.y]\nissuer = a\n[auth.x]\nissuer = b\n", 6,
         "auth.x.issuer is already set by"},
        {"late hash comment in a named section", "[auth.x]\nissuer = a # b\n", 2, "auth.x.issuer: a comment"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char place[32];
        settings_close(&settings);
        set_up();
        ck_assert_msg(!read_bytes(rows[i].bytes), "%s", rows[i].name);
        ck_assert_msg(err.code == ERROR_SETTING, "%s", rows[i].name);
        snprintf(place, sizeof place, "a.conf:%d: ", rows[i].line);
        ck_assert_msg(strncmp(err.message, place, strlen(place)) == 0, "%s: %s", rows[i].name, err.message);
        ck_assert_msg(strstr(err.message, rows[i].says) != NULL, "%s: %s", rows[i].name, err.message);
        ck_assert_msg(strstr(err.message, "12345\001") == NULL, "%s: %s", rows[i].name, err.message);
    }
}
END_TEST

START_TEST(refuses_variables)
{
    static const struct {
        const char *entry, *says;
    } rows[] = {
        {"USERSTATS_AUTH_X_NONE=x", "no such setting"},
        {"USERSTATS_AUTH_X_ONCE=x", "no such setting"},
        {"USERSTATS_SERVER_X_LISTEN=x", "no such setting"},
        {"USERSTATS_AUTH_x_ISSUER=x", "1 to 32 of A to Z and 0 to 9"},
        {"USERSTATS_AUTH_A_B_ISSUER=x", "1 to 32 of A to Z and 0 to 9"},
        {"USERSTATS_AUTH__ISSUER=x", "1 to 32 of A to Z and 0 to 9"},
        {"USERSTATS_AUTH_A2345678901234567890123456789012X_ISSUER=x", "1 to 32 of A to Z and 0 to 9"},
        {"USERSTATS_AUTH_X_MAX_SKEW_S=x", "environment USERSTATS_AUTH_X_MAX_SKEW_S: auth.x.max_skew_s is"},
        {"USERSTATS_AUTH_X_ISSUER_FILE=/etc/hostname",
         "USERSTATS_AUTH_X_ISSUER_FILE: there is no such setting"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        ck_assert_msg(!read_variable(rows[i].entry), "%s", rows[i].entry);
        ck_assert_msg(err.code == ERROR_SETTING, "%s", rows[i].entry);
        ck_assert_msg(strncmp(err.message, "environment USERSTATS_", 22) == 0, "%s", err.message);
        ck_assert_msg(strstr(err.message, rows[i].says) != NULL, "%s: %s", rows[i].entry, err.message);
    }
    ck_assert_uint_eq(settings_section_count(settings, "auth"), 0);
}
END_TEST

START_TEST(refuses_flags)
{
    static const char *const rows[] = {
        "auth.X.issuer=1", "auth.x.none=1",     "auth..issuer=1", "auth.x.=1",       "auth.x=1",
        ".x.issuer=1",     "auth.x.y.issuer=1", "auth.x.once=1",  "auth.x.skew_s=x", "server.x.listen=x"};
    for (size_t i = 0; i < COUNT(rows); i++) {
        ck_assert_msg(!settings_read_flag(settings, rows[i], &err), "%s", rows[i]);
        ck_assert_msg(err.code == ERROR_SETTING && strncmp(err.message, "flag: ", 6) == 0, "%s: %s", rows[i],
                      err.message);
    }
    ck_assert_uint_eq(settings_section_count(settings, "auth"), 0);
}
END_TEST

static void note(void *context, const struct setting_rule *rule, const char *name, const char *value,
                 const char *origin)
{
    size_t used = strlen(context);
    ck_assert(strncmp(name, rule->name, strcspn(rule->name, ".")) == 0);
    ck_assert_str_eq(strrchr(name, '.'), strrchr(rule->name, '.'));
    snprintf((char *)context + used, 1024 - used, "%s=%s (%s)\n", name, value, origin);
}

START_TEST(a_dump_has_named_sections_behind_the_plain_one)
{
    char dump[1024] = "";
    ck_assert(settings_read_flag(settings, "auth.z.pass=hunter2", &err));
    ck_assert(settings_read_flag(settings, "peer.z.url=u", &err));
    ck_assert(settings_read_flag(settings, "auth.a.skew_s=1", &err));
    settings_each(settings, note, dump);
    const char *end = strstr(dump, "auth.once=");
    ck_assert_ptr_nonnull(end);
    ck_assert_str_eq(end, "auth.once= (default)\n"
                          "auth.z.issuer=me (default)\nauth.z.skew_s=60 (default)\n"
                          "auth.z.max_skew_s=9 (default)\nauth.z.pass=*** (flag)\n"
                          "auth.a.issuer=me (default)\nauth.a.skew_s=1 (flag)\n"
                          "auth.a.max_skew_s=9 (default)\nauth.a.pass= (default)\n"
                          "peer.url= (default)\npeer.z.url=u (flag)\n");
}
END_TEST

static bool fail_to_make_section(void *context, struct error *cause)
{
    (void)context;
    bool set = settings_read_flag(settings, "auth.x.issuer=other", cause);
    ck_assert_uint_eq(settings_section_count(settings, "auth"), set ? 1 : 0);
    check_setting("auth.issuer", "me", "default");
    return set;
}

START_TEST(a_failed_section_is_not_there)
{
    ck_assert_uint_gt(torture_allocations(fail_to_make_section, NULL), 8);
    check_setting("auth.x.issuer", "other", "flag");
    check_setting("auth.x.skew_s", "60", "default");
}
END_TEST

static bool open_and_read(void *context, struct error *cause)
{
    char variable[] = "USERSTATS_AUTH_ENVIRONMENT_ISSUER=x";
    char *environment[] = {variable, NULL};
    struct settings *s = NULL;
    (void)context;
    bool worked =
        settings_open(rules, COUNT(rules), &s, cause) &&
        settings_read_text(s, text_of("[auth.x]\nissuer = x\n[peer.x]\nurl=x\n"), "a.conf", cause) &&
        settings_read_environment(s, environment, cause) && settings_read_flag(s, "auth.flag.pass=x", cause);
    settings_close(&s);
    return worked;
}

START_TEST(runs_out)
{
    ck_assert_uint_gt(torture_allocations(open_and_read, NULL), 4 * COUNT(rules));
}
END_TEST

Suite *suite(void)
{
    const TTest *const tests[] = {
        named_sections_are_read,
        a_variable_is_taken_apart_in_one_way,
        a_named_secret_comes_from_a_file,
        named_sections_are_limited,
        refuses_files,
        refuses_variables,
        refuses_flags,
        a_dump_has_named_sections_behind_the_plain_one,
        a_failed_section_is_not_there,
        runs_out,
    };
    Suite *s = suite_create("base/settings_named");
    TCase *c = tcase_create("named");
    tcase_add_checked_fixture(c, set_up, tear_down);
    for (size_t i = 0; i < COUNT(tests); i++)
        tcase_add_test(c, tests[i]);
    suite_add_tcase(s, c);
    return s;
}
