/* SPDX-License-Identifier: Apache-2.0 */
/* The settings: their table, their file, and what is refused. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/config.h"
#include "base/memory.h"
#include "support/run.h"
#include "support/torture.h"

#define CONF SOURCE_DIR "/config/userstats.conf"

static struct config *open_or_fail(const struct config_sources *sources)
{
    struct error err = {.code = ERROR_NONE};
    struct config *c = NULL;
    ck_assert_msg(config_open(sources, &c, &err), "%s", error_operator_text(&err));
    return c;
}

START_TEST(accepts_no_source_at_all)
{
    struct config *c = open_or_fail(&(struct config_sources){.file = NULL});
    ck_assert_str_eq(c->listen, "127.0.0.1:8080");
    ck_assert_str_eq(c->admin_listen, "127.0.0.1:9090");
    ck_assert_uint_ge(c->threads, 1);
    ck_assert_uint_eq(c->max_users, 100);
    ck_assert_uint_eq(c->max_stats, 100);
    ck_assert_uint_eq(c->max_values, 10000);
    ck_assert_uint_eq(c->max_body_bytes, 256 * 1024);
    ck_assert_str_eq(c->issuer, CONFIG_DEFAULT_ISSUER);
    ck_assert_str_eq(c->audience, CONFIG_DEFAULT_AUDIENCE);
    ck_assert_str_eq(c->keys, "");
    ck_assert_int_eq(c->log_level, LOG_LEVEL_INFO);
    ck_assert_int_eq(c->log_format, LOG_FORMAT_LOGFMT);
    config_close(&c);
    ck_assert_ptr_null(c);
    config_close(&c);
}
END_TEST

static void expect_documented(void *context, const struct setting_rule *rule, const char *name,
                              const char *value, const char *origin)
{
    (void)context;
    ck_assert_str_eq(name, rule->name);
    ck_assert_msg(strncmp(origin, "file " CONF ":", sizeof "file " CONF) == 0, "%s is not in " CONF,
                  rule->name);
    ck_assert_msg(strcmp(value, rule->fallback) == 0, "%s: %s in the file, default %s", rule->name, value,
                  rule->fallback);
}

START_TEST(accepts_the_documented_file_with_every_key_at_its_default)
{
    struct config *c = open_or_fail(&(struct config_sources){.file = CONF});
    settings_each(c->settings, expect_documented, NULL);
    config_close(&c);
}
END_TEST

/* The comment above KEY in the file, with the key's line; the keys stand in the order of the table. */
static const char *find_key(const char *from, const char *key)
{
    char line[80];
    snprintf(line, sizeof line, "\n%s =", strchr(key, '.') + 1);
    const char *at = strstr(from, line);
    ck_assert_msg(at != NULL, "%s is not in the file where the table has it", key);
    return at + strlen(line);
}

START_TEST(documents_every_range_and_choice)
{
    static char text[64 * 1024];
    FILE *f = fopen(CONF, "r");
    ck_assert_ptr_nonnull(f);
    text[fread(text, 1, sizeof text - 1, f)] = '\0';
    fclose(f);
    const char *from = text;
    for (size_t i = 0; i < config_rule_count; i++) {
        const struct setting_rule *rule = &config_rules[i];
        char range[80];
        const char *to = find_key(from, rule->name);
        snprintf(range, sizeof range, "%" PRId64 " to %" PRId64, rule->least, rule->most);
        if (rule->kind == SETTING_INTEGER && strncmp(rule->meaning, "not in this version", 19) != 0)
            ck_assert_msg(memmem(from, (size_t)(to - from), range, strlen(range)) != NULL,
                          "%s: the file does not say %s", rule->name, range);
        for (const char *const *choice = rule->choices; choice != NULL && *choice != NULL; choice++)
            ck_assert_msg(memmem(from, (size_t)(to - from), *choice, strlen(*choice)) != NULL,
                          "%s: the file does not say %s", rule->name, *choice);
        from = to;
    }
}
END_TEST

START_TEST(accepts_flag_over_environment_over_file)
{
    char path[] = "PATH=/bin", listen[] = "USERSTATS_SERVER_LISTEN=127.0.0.2:1";
    char users[] = "USERSTATS_LIMITS_MAX_USERS=7";
    char *const environment[] = {path, listen, users, NULL};
    const char *const flags[] = {"limits.max_users=8", "log.format=json", "log.level=error",
                                 "server.threads=3"};
    struct config *c = open_or_fail(&(struct config_sources){CONF, environment, flags, 4});
    ck_assert_str_eq(c->listen, "127.0.0.2:1");
    ck_assert_str_eq(settings_origin(c->settings, "server.listen"), "environment USERSTATS_SERVER_LISTEN");
    ck_assert_uint_eq(c->max_users, 8);
    ck_assert_str_eq(settings_origin(c->settings, "limits.max_users"), "flag");
    ck_assert_uint_eq(c->threads, 3);
    ck_assert_int_eq(c->log_level, LOG_LEVEL_ERROR);
    ck_assert_int_eq(c->log_format, LOG_FORMAT_JSON);
    config_close(&c);
}
END_TEST

static const struct refusal {
    const char *name, *assignment, *says;
} refusals[] = {
    {"an unknown section", "nothing.listen=1", "nothing.listen"},
    {"an unknown key", "server.lisen=127.0.0.1:80", "server.lisen"},
    {"no value", "server.listen", "section.key=value"},
    {"an address without a host", "server.listen=:80", "server.listen (flag)"},
    {"an address without a port", "server.listen=127.0.0.1", "server.listen (flag)"},
    {"a port over 65535", "server.admin_listen=127.0.0.1:65536", "server.admin_listen (flag)"},
    {"a port with a sign", "server.listen=127.0.0.1:+80", "server.listen (flag)"},
    {"a negative number", "server.threads=-1", "server.threads"},
    {"a number over the range", "server.threads=257", "256"},
    {"a number under the range", "server.request_deadline_ms=99", "100"},
    {"letters for a number", "limits.max_users=many", "limits.max_users"},
    {"no number", "limits.max_users=", "limits.max_users"},
    {"a number over 64 bits", "limits.max_users=18446744073709551617", "limits.max_users"},
    {"a word that is no choice", "log.level=loud", "debug"},
    {"no issuer", "auth.issuer=", "auth.issuer (flag)"},
    {"no audience", "auth.audience=", "auth.audience (flag)"},
    {"no store", "store.url=", "store.url (flag)"},
    {"encrypted tokens", "auth.decryption_keys=/etc/keys", "not in this version"},
    {"a burst", "ratelimit.burst=100", "not in this version"},
    {"a sustained rate", "ratelimit.sustain=300", "not in this version"},
    {"keys from a URL", "auth.keys=https://example.com/keys", "not in this version"},
};

START_TEST(refuses)
{
    const struct refusal *r = &refusals[_i];
    struct error err = {.code = ERROR_NONE};
    struct config *c = NULL;
    ck_assert_msg(!config_open(&(struct config_sources){NULL, NULL, &r->assignment, 1}, &c, &err), "%s",
                  r->name);
    ck_assert_ptr_null(c);
    ck_assert_msg(err.code == ERROR_SETTING, "%s: %s", r->name, error_class_of(err.code)->name);
    ck_assert_msg(strstr(error_operator_text(&err), r->says) != NULL, "%s: %s", r->name,
                  error_operator_text(&err));
}
END_TEST

START_TEST(refuses_a_later_feature_and_names_file_and_line)
{
    char path[] = "/tmp/userstats-conf-XXXXXX", expected[80];
    static const char text[] = "[auth]\nissuer = me\ndecryption_keys = /etc/keys\n";
    struct error err = {.code = ERROR_NONE};
    struct config *c = NULL;
    int fd = mkstemp(path);
    ck_assert_int_eq(write(fd, text, sizeof text - 1), (ssize_t)sizeof text - 1);
    close(fd);
    ck_assert(!config_open(&(struct config_sources){.file = path}, &c, &err));
    snprintf(expected, sizeof expected, "%s:3", path);
    ck_assert_msg(strstr(error_operator_text(&err), expected) != NULL, "%s", error_operator_text(&err));
    unlink(path);
}
END_TEST

START_TEST(refuses_a_file_that_is_not_there)
{
    struct error err = {.code = ERROR_NONE};
    struct config *c = NULL;
    ck_assert(!config_open(&(struct config_sources){.file = "/nonexistent/userstats.conf"}, &c, &err));
    ck_assert_int_eq(err.code, ERROR_FILE);
    ck_assert(strstr(error_operator_text(&err), "/nonexistent/userstats.conf") != NULL);
}
END_TEST

static bool open_and_close(void *context, struct error *err)
{
    struct config *c;
    if (!config_open(context, &c, err))
        return false;
    config_close(&c);
    return true;
}

START_TEST(runs_out_of_memory)
{
    const char *const flags[] = {"server.listen=127.0.0.1:0", "log.level=error"};
    struct config_sources sources = {CONF, NULL, flags, 2};
    ck_assert_uint_gt(torture_allocations(open_and_close, &sources), 10);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("app/config");
    TCase *c = tcase_create("config");
    tcase_add_test(c, accepts_no_source_at_all);
    tcase_add_test(c, accepts_the_documented_file_with_every_key_at_its_default);
    tcase_add_test(c, documents_every_range_and_choice);
    tcase_add_test(c, accepts_flag_over_environment_over_file);
    tcase_add_loop_test(c, refuses, 0, (int)(sizeof refusals / sizeof *refusals));
    tcase_add_test(c, refuses_a_later_feature_and_names_file_and_line);
    tcase_add_test(c, refuses_a_file_that_is_not_there);
    tcase_add_test(c, runs_out_of_memory);
    suite_add_tcase(s, c);
    return s;
}
