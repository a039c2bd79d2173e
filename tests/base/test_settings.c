/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/settings.h"
#include "base/settings_file.h"
#include "support/run.h"
#include "support/torture.h"

#define COUNT(rows) (sizeof(rows) / sizeof(rows)[0])

static const char *const levels[] = {"debug", "info", "warning", NULL};
static const struct setting_rule rules[] = {
    {.name = "server.listen",
     .kind = SETTING_TEXT,
     .fallback = "127.0.0.1:8080",
     .meaning = "where to listen"},
    {.name = "server.threads", .kind = SETTING_INTEGER, .fallback = "0", .most = 256, .meaning = "0 = cores"},
    {.name = "store.offset",
     .kind = SETTING_INTEGER,
     .fallback = "-5",
     .least = INT64_MIN,
     .most = INT64_MAX},
    {.name = "store.url", .kind = SETTING_TEXT, .fallback = "", .secret = true, .meaning = "which database"},
    {.name = "store.pin", .kind = SETTING_INTEGER, .fallback = "1", .most = 9, .secret = true},
    {.name = "log.level",
     .kind = SETTING_CHOICE,
     .fallback = "info",
     .choices = levels,
     .meaning = "the least level"},
};

static struct settings *settings;
static struct error err;
static char directory[] = "/tmp/test_settings_XXXXXX";
static char path[64], secret_path[64];

static void set_up(void)
{
    memcpy(directory + sizeof directory - 7, "XXXXXX", 6);
    ck_assert_ptr_nonnull(mkdtemp(directory));
    snprintf(path, sizeof path, "%s/a.conf", directory);
    snprintf(secret_path, sizeof secret_path, "%s/secret", directory);
    ck_assert(settings_open(rules, COUNT(rules), &settings, &err));
}

static void tear_down(void)
{
    settings_close(&settings);
    ck_assert_ptr_null(settings);
    settings_close(&settings);
    unlink(path);
    unlink(secret_path);
    ck_assert_int_eq(rmdir(directory), 0);
}

static void write_file(const char *where, const char *bytes, size_t size)
{
    FILE *f = fopen(where, "wb");
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(bytes, 1, size, f), size);
    ck_assert_int_eq(fclose(f), 0);
}

static bool read_bytes(const char *bytes, size_t size)
{
    write_file(path, bytes, size);
    return settings_read_file(settings, path, &err);
}

static void check_setting(const char *name, const char *text, const char *origin)
{
    ck_assert_str_eq(settings_text(settings, name), text);
    ck_assert_str_eq(settings_origin(settings, name), origin);
}

START_TEST(everything_has_its_default)
{
    check_setting("server.listen", "127.0.0.1:8080", "default");
    check_setting("store.url", "", "default");
    check_setting("log.level", "info", "default");
    ck_assert_int_eq(settings_integer(settings, "server.threads"), 0);
    ck_assert_int_eq(settings_integer(settings, "store.offset"), -5);
}
END_TEST

START_TEST(a_file_is_read)
{
    static const char file[] = "\xEF\xBB\xBF# a comment\n"
                               "; another\n"
                               "\n"
                               "[server]\n"
                               "listen = [::1]:80\t; only here\r\n"
                               "threads=256\n"
                               "   # an indented comment is one all the same\n"
                               "[log] ; a section\n"
                               "level : debug\n"
                               "[store]\n"
                               "url = postgres://a;b#c=d?e=f\n"
                               "offset = -9223372036854775808"; /* no line end */
    char origin[96];
    ck_assert_msg(read_bytes(file, sizeof file - 1), "%s", error_operator_text(&err));
    snprintf(origin, sizeof origin, "file %s:5", path);
    check_setting("server.listen", "[::1]:80", origin);
    snprintf(origin, sizeof origin, "file %s:9", path);
    check_setting("log.level", "debug", origin);
    snprintf(origin, sizeof origin, "file %s:11", path);
    check_setting("store.url", "postgres://a;b#c=d?e=f", origin);
    ck_assert_int_eq(settings_integer(settings, "server.threads"), 256);
    ck_assert(settings_integer(settings, "store.offset") == INT64_MIN);
    check_setting("store.pin", "1", "default");
}
END_TEST

START_TEST(an_empty_file_changes_nothing)
{
    ck_assert(read_bytes("", 0));
    ck_assert(read_bytes("\n\n", 2));
    ck_assert(read_bytes("\xEF\xBB\xBF", 3));
    check_setting("server.listen", "127.0.0.1:8080", "default");
}
END_TEST

START_TEST(the_later_reading_wins)
{
    static const char file[] = "[server]\nlisten = file\nthreads = 1\n[log]\nlevel = debug\n";
    char variable[] = "USERSTATS_SERVER_LISTEN=environment", other[] = "USERSTATS_SERVER_THREADS=2";
    char *environment[] = {variable, other, NULL};
    ck_assert(read_bytes(file, sizeof file - 1));
    ck_assert(settings_read_environment(settings, environment, &err));
    ck_assert(settings_read_flag(settings, "server.listen=flag=1", &err));
    ck_assert(settings_read_flag(settings, "server.listen=flag=2", &err));
    check_setting("server.listen", "flag=2", "flag");
    check_setting("server.threads", "2", "environment USERSTATS_SERVER_THREADS");
    ck_assert_str_eq(settings_text(settings, "log.level"), "debug");
    ck_assert_msg(read_bytes(file, sizeof file - 1), "a second file may set the same keys: %s", err.message);
}
END_TEST

START_TEST(refuses_files)
{
#define LONG "0123456789012345678901234567890123456789012345678901234567890123456789"
    static const struct {
        const char *name, *bytes;
        size_t size; /* 0: strlen */
        int line;
        const char *says;
    } rows[] = {
        {"unknown key", "[server]\nlistn = x\n", 0, 2, "no setting server.listn"},
        {"unknown section", "[sever]\n\nlisten = x\n", 0, 3, "no setting sever.listen"},
        {"key of another section", "[log]\nlisten = x\n", 0, 2, "no setting log.listen"},
        {"key in capitals", "[server]\nListen = x\n", 0, 2, "no setting server.Listen"},
        {"no section", "listen = x\n", 0, 1, "before the first [section]"},
        {"dotted key without a section", "server.listen = x\n", 0, 1, "before the first [section]"},
        {"empty key", "[server]\n= x\n", 0, 2, "no setting server."},
        {"no number", "[server]\nthreads = many\n", 0, 2, "whole number from 0 to 256"},
        {"empty number", "[server]\nthreads =\n", 0, 2, "whole number from 0 to 256"},
        {"number with a unit", "[server]\nthreads = 5s\n", 0, 2, "\"5s\""},
        {"number too large", "[server]\nthreads = 257\n", 0, 2, "whole number from 0 to 256"},
        {"number too small", "[server]\nthreads = -1\n", 0, 2, "whole number from 0 to 256"},
        {"number over 64 bits", "[store]\noffset = 9223372036854775808\n", 0, 2, "whole number"},
        {"no choice", "[log]\nlevel = verbose\n", 0, 2, "one of debug info warning"},
        {"choice in capitals", "[log]\nlevel = INFO\n", 0, 2, "one of debug info warning"},
        {"twice", "[server]\nthreads = 1\nthreads = 1\n", 0, 3, "already set by"},
        {"twice in two sections", "[server]\nthreads = 1\n[log]\n[server]\nthreads = 2\n", 0, 5, ".conf:2"},
        {"no sign", "[server]\nlisten\n", 0, 2, "neither [section] nor key = value"},
        {"no bracket", "[server\nlisten = x\n", 0, 1, "neither [section] nor key = value"},
        {"syntax before value", "[server]\nnothing\nthreads = many\n", 0, 2, "neither [section]"},
        {"value before syntax", "[server]\nthreads = many\nnothing\n", 0, 2, "whole number"},
        {"text behind the section", "[server] listen = x\n", 0, 1, "a line of its own"},
        {"indented key", "[server]\nlisten = x\n threads = 3\n", 0, 3, "indented"},
        {"tab before a key", "[server]\nlisten = x\n\tthreads = 3\n", 0, 3, "indented"},
        {"form feed before a key", "[server]\nlisten = x\n\fthreads = 3\n", 0, 3, "already set by"},
        {"late hash comment", "[server]\nlisten = x # here\n", 0, 2, "begins with \" ;\""},
        {"NUL in a value", "[server]\nlisten = a\0b\n", 22, 2, "NUL"},
        {"NUL in a comment", "# a\0b\n[server]\n", 15, 1, "NUL"},
        {"control character", "[server]\nlisten = a\x01z\n", 0, 2, "control characters"},
        {"long line", "[server]\nlisten = " LONG LONG LONG "\n", 0, 2, "longer than"},
        {"long comment", "# " LONG LONG LONG "\n[server]\n", 0, 1, "longer than"},
        {"long last line", "[server]\nlisten = " LONG LONG LONG, 0, 2, "longer than"},
        {"secret", "[store]\npin = 12345\n", 0, 2, "not shown"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char place[96];
        size_t size = rows[i].size == 0 ? strlen(rows[i].bytes) : rows[i].size;
        settings_close(&settings);
        ck_assert(settings_open(rules, COUNT(rules), &settings, &err));
        ck_assert_msg(!read_bytes(rows[i].bytes, size), "%s", rows[i].name);
        ck_assert_msg(err.code == ERROR_SETTING, "%s", rows[i].name);
        snprintf(place, sizeof place, "%s:%d: ", path, rows[i].line);
        ck_assert_msg(strncmp(err.message, place, strlen(place)) == 0, "%s: %s", rows[i].name, err.message);
        ck_assert_msg(strstr(err.message, rows[i].says) != NULL, "%s: %s", rows[i].name, err.message);
        ck_assert_msg(strstr(err.message, "12345") == NULL, "%s: %s", rows[i].name, err.message);
    }
}
END_TEST

/* Every length around the library's line buffer is either read whole or refused; nothing is cut. */
START_TEST(no_line_is_cut)
{
    size_t longest = 0;
    for (size_t size = 100; size < 600; size++) {
        char file[700] = "[server]\nlisten = ", *value = file + strlen(file);
        memset(value, 'v', size);
        value[size] = '\n';
        settings_close(&settings);
        ck_assert(settings_open(rules, COUNT(rules), &settings, &err));
        if (settings_read_text(settings, text_of(file), "f", &err)) {
            ck_assert_uint_eq(strlen(settings_text(settings, "server.listen")), size);
            longest = size;
        } else {
            ck_assert_ptr_nonnull(strstr(err.message, "f:2: the line is longer than"));
        }
    }
    ck_assert_uint_ge(longest, 180);
}
END_TEST

START_TEST(refuses_unreadable_files)
{
    static char large[SETTINGS_FILE_MAX + 1];
    ck_assert(!settings_read_file(settings, path, &err));
    ck_assert_int_eq(err.code, ERROR_FILE);
    ck_assert_ptr_nonnull(strstr(err.message, path));
    ck_assert(!settings_read_file(settings, directory, &err));
    ck_assert_int_eq(err.code, ERROR_FILE);
    memset(large, '\n', sizeof large);
    ck_assert(read_bytes(large, SETTINGS_FILE_MAX));
    ck_assert(!read_bytes(large, sizeof large));
    ck_assert_int_eq(err.code, ERROR_FILE);
    ck_assert_ptr_nonnull(strstr(err.message, "65536"));
}
END_TEST

static bool read_variable(const char *entry)
{
    char copy[256];
    snprintf(copy, sizeof copy, "%s", entry);
    char *environment[] = {copy, NULL};
    return settings_read_environment(settings, environment, &err);
}

START_TEST(the_environment_is_read)
{
    char path_variable[] = "PATH=/bin", near[] = "USERSTAT_SERVER_LISTEN=no",
         empty[] = "USERSTATS_SERVER_LISTEN=";
    char url[] = "USERSTATS_STORE_URL=sqlite:a=b";
    char *environment[] = {path_variable, near, empty, url, NULL};
    ck_assert_msg(settings_read_environment(settings, environment, &err), "%s", err.message);
    check_setting("server.listen", "", "environment USERSTATS_SERVER_LISTEN");
    check_setting("store.url", "sqlite:a=b", "environment USERSTATS_STORE_URL");
}
END_TEST

START_TEST(refuses_variables)
{
    static const struct {
        const char *entry, *says;
    } rows[] = {
        {"USERSTATS_SERVR_LISTEN=x", "USERSTATS_SERVR_LISTEN"},
        {"USERSTATS_server_listen=x", "no such setting"},
        {"USERSTATS_=x", "no such setting"},
        {"USERSTATS_NOTHING", "no such setting"},
        {"USERSTATS_SERVER_LISTEN_FILE=/etc/hostname",
         "USERSTATS_SERVER_LISTEN_FILE: there is no such setting"},
        {"USERSTATS_SERVER_THREADS=", "whole number"},
        {"USERSTATS_LOG_LEVEL=loud", "environment USERSTATS_LOG_LEVEL: log.level is \"loud\""},
        {"USERSTATS_SERVER_LISTEN=a\nb", "control"},
        {"USERSTATS_STORE_PIN=hunter2", "not shown"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        ck_assert_msg(!read_variable(rows[i].entry), "%s", rows[i].entry);
        ck_assert_msg(err.code == ERROR_SETTING, "%s", rows[i].entry);
        ck_assert_msg(strstr(err.message, rows[i].says) != NULL, "%s: %s", rows[i].entry, err.message);
        ck_assert_msg(strstr(err.message, "hunter2") == NULL, "%s", err.message);
    }
    check_setting("server.listen", "127.0.0.1:8080", "default");
    check_setting("store.pin", "1", "default");
}
END_TEST

START_TEST(a_secret_comes_from_a_file)
{
    static const struct {
        const char *bytes, *text;
    } rows[] = {{"postgres://x", "postgres://x"}, {"a\n", "a"}, {"a\r\n", "a"}, {" a ", " a "}};
    char entry[128];
    snprintf(entry, sizeof entry, "USERSTATS_STORE_URL_FILE=%s", secret_path);
    for (size_t i = 0; i < COUNT(rows); i++) {
        write_file(secret_path, rows[i].bytes, strlen(rows[i].bytes));
        ck_assert_msg(read_variable(entry), "%s", err.message);
        check_setting("store.url", rows[i].text, "environment USERSTATS_STORE_URL_FILE");
    }
}
END_TEST

START_TEST(refuses_secret_files)
{
    static const struct {
        const char *name, *bytes;
        size_t size;
        enum error_code code;
    } rows[] = {
        {"empty", "", 0, ERROR_FILE},
        {"only a line end", "\n", 1, ERROR_FILE},
        {"two lines", "hunter2\nb\n", 10, ERROR_SETTING},
        {"two line ends", "hunter2\n\n", 9, ERROR_SETTING},
        {"NUL", "hunter2\0b", 9, ERROR_SETTING},
    };
    char entry[128];
    snprintf(entry, sizeof entry, "USERSTATS_STORE_URL_FILE=%s", secret_path);
    for (size_t i = 0; i < COUNT(rows); i++) {
        write_file(secret_path, rows[i].bytes, rows[i].size);
        ck_assert_msg(!read_variable(entry), "%s", rows[i].name);
        ck_assert_msg(err.code == rows[i].code, "%s: %s", rows[i].name, err.message);
        ck_assert_msg(strstr(err.message, "USERSTATS_STORE_URL_FILE") != NULL, "%s", err.message);
        ck_assert_msg(strstr(err.message, "hunter2") == NULL, "%s", err.message);
    }
    unlink(secret_path);
    ck_assert(!read_variable(entry));
    ck_assert_int_eq(err.code, ERROR_FILE);
    ck_assert_ptr_nonnull(strstr(err.message, secret_path));
}
END_TEST

START_TEST(refuses_two_variables_for_one_key)
{
    char entry[128], url[] = "USERSTATS_STORE_URL=x";
    snprintf(entry, sizeof entry, "USERSTATS_STORE_URL_FILE=%s", secret_path);
    write_file(secret_path, "y", 1);
    char *environment[] = {url, entry, NULL};
    ck_assert(!settings_read_environment(settings, environment, &err));
    ck_assert_int_eq(err.code, ERROR_SETTING);
    ck_assert_ptr_nonnull(strstr(err.message, "already set by environment USERSTATS_STORE_URL"));
}
END_TEST

START_TEST(refuses_flags)
{
    static const char *const rows[] = {
        "",           "server.listen",      "=x",  "server=x",         "server.threads=x", "server.none=1",
        "log.level=", "server.threads = 1", ".=1", "server.listen.x=1"};
    for (size_t i = 0; i < COUNT(rows); i++) {
        ck_assert_msg(!settings_read_flag(settings, rows[i], &err), "%s", rows[i]);
        ck_assert_msg(err.code == ERROR_SETTING && strncmp(err.message, "flag: ", 6) == 0, "%s: %s", rows[i],
                      err.message);
    }
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

START_TEST(a_dump_masks_secrets)
{
    char dump[1024] = "";
    ck_assert(settings_read_flag(settings, "server.threads=4", &err));
    settings_each(settings, note, dump);
    ck_assert_str_eq(
        dump, "server.listen=127.0.0.1:8080 (default)\nserver.threads=4 (flag)\nstore.offset=-5 (default)\n"
              "store.url= (default)\nstore.pin=*** (default)\nlog.level=info (default)\n");
    ck_assert(settings_read_flag(settings, "store.url=hunter2", &err));
    dump[0] = '\0';
    settings_each(settings, note, dump);
    ck_assert_ptr_nonnull(strstr(dump, "store.url=*** (flag)\n"));
    ck_assert_ptr_null(strstr(dump, "hunter2"));
}
END_TEST

static bool open_and_read(void *context, struct error *cause)
{
    char variable[] = "USERSTATS_LOG_LEVEL=debug", secret[128];
    char *environment[] = {variable, secret, NULL};
    struct settings *s = NULL;
    (void)context;
    snprintf(secret, sizeof secret, "USERSTATS_STORE_URL_FILE=%s", secret_path);
    bool worked = settings_open(rules, COUNT(rules), &s, cause) && settings_read_file(s, path, cause) &&
                  settings_read_environment(s, environment, cause) &&
                  settings_read_flag(s, "server.listen=x", cause);
    settings_close(&s);
    return worked;
}

START_TEST(runs_out)
{
    write_file(path, "[server]\nthreads = 7\n", 21);
    write_file(secret_path, "x", 1);
    ck_assert_uint_gt(torture_allocations(open_and_read, NULL), 2 * COUNT(rules));
}
END_TEST

static bool set_flag(void *context, struct error *cause)
{
    (void)context;
    return settings_read_flag(settings, "server.listen=other", cause);
}

static bool fail_to_set_flag(void *context, struct error *cause)
{
    bool set = set_flag(context, cause);
    if (!set)
        check_setting("server.listen", "127.0.0.1:8080", "default");
    return set;
}

START_TEST(a_failed_assignment_keeps_the_old_value)
{
    ck_assert_uint_eq(torture_allocations(fail_to_set_flag, NULL), 2);
    check_setting("server.listen", "other", "flag");
}
END_TEST

Suite *suite(void)
{
    const TTest *const tests[] = {
        everything_has_its_default,
        a_file_is_read,
        an_empty_file_changes_nothing,
        the_later_reading_wins,
        refuses_files,
        no_line_is_cut,
        refuses_unreadable_files,
        the_environment_is_read,
        refuses_variables,
        a_secret_comes_from_a_file,
        refuses_secret_files,
        refuses_two_variables_for_one_key,
        refuses_flags,
        a_dump_masks_secrets,
        runs_out,
        a_failed_assignment_keeps_the_old_value,
    };
    Suite *s = suite_create("base/settings");
    TCase *c = tcase_create("settings");
    tcase_add_checked_fixture(c, set_up, tear_down);
    for (size_t i = 0; i < COUNT(tests); i++)
        tcase_add_test(c, tests[i]);
    suite_add_tcase(s, c);
    return s;
}
