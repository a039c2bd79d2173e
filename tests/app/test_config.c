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
    ck_assert_uint_eq(c->issuer_count, 1);
    ck_assert_str_eq(c->issuers[0].section, "auth");
    ck_assert_str_eq(c->issuers[0].issuer, CONFIG_DEFAULT_ISSUER);
    ck_assert_str_eq(c->issuers[0].audience, CONFIG_DEFAULT_AUDIENCE);
    ck_assert_str_eq(c->issuers[0].keys, "");
    ck_assert_str_eq(c->issuers[0].keys_ca, "");
    ck_assert_str_eq(c->issuers[0].decryption_keys, "");
    ck_assert_uint_eq(c->issuers[0].algorithms, 1u << JOSE_RS256 | 1u << JOSE_PS256 | 1u << JOSE_ES256);
    ck_assert_int_eq(c->issuers[0].tokens, TOKENS_SIGNED);
    ck_assert_int_eq(c->issuers[0].clock_skew_s, 60);
    ck_assert_int_eq(c->issuers[0].keys_refresh_s, 3600);
    ck_assert_int_eq(c->issuers[0].keys_overlap_s, 3600);
    ck_assert_int_eq(c->remembered_tokens_max, 65536);
    ck_assert_int_eq(c->remembered_tokens_bytes_max, 67108864);
    ck_assert_uint_eq(c->decryptions_in_flight_max, c->threads);
    ck_assert_uint_eq(c->ratelimit_burst, 0);
    ck_assert_uint_eq(c->ratelimit_sustain, 0);
    ck_assert_uint_eq(c->ratelimit_callers_max, 131072);
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

static char conf[64 * 1024];

static void read_conf(void)
{
    FILE *f = fopen(CONF, "r");
    ck_assert_ptr_nonnull(f);
    conf[fread(conf, 1, sizeof conf - 1, f)] = '\0';
    fclose(f);
}

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
    read_conf();
    const char *from = conf;
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

/* Opens TEXT, in a file that is gone again when this returns; PATH gets its name. */
static struct config *open_file(const char *text, char *const *environment, const char *const *flags,
                                char path[32], struct error *err)
{
    struct config *c = NULL;
    size_t size = strlen(text), count = 0;
    snprintf(path, 32, "/tmp/userstats-conf-XXXXXX");
    int fd = mkstemp(path);
    ck_assert_int_eq(write(fd, text, size), (ssize_t)size);
    close(fd);
    while (flags != NULL && flags[count] != NULL)
        count++;
    bool opened = config_open(&(struct config_sources){path, environment, flags, count}, &c, err);
    ck_assert(opened == (c != NULL));
    unlink(path);
    return c;
}

static struct config *open_file_or_fail(const char *text, char *const *environment, const char *const *flags)
{
    char path[32];
    struct error err = {.code = ERROR_NONE};
    struct config *c = open_file(text, environment, flags, path, &err);
    ck_assert_msg(c != NULL, "%s", error_operator_text(&err));
    return c;
}

/* The file's example of a second issuer, with its semicolons taken away. */
START_TEST(accepts_the_documented_second_issuer)
{
    char keys[] = "USERSTATS_AUTH_KEYS=/etc/keys";
    char *const environment[] = {keys, NULL};
    read_conf();
    for (char *at = conf; (at = strstr(at, "\n;")) != NULL; at += 2) {
        if (at[2] != ' ' && at[2] != '\n')
            at[1] = '\n';
    }
    struct config *c = open_file_or_fail(conf, environment, NULL);
    ck_assert_uint_eq(c->issuer_count, 2);
    ck_assert_str_eq(c->issuers[0].issuer, CONFIG_DEFAULT_ISSUER);
    ck_assert_str_eq(c->issuers[0].keys, "/etc/keys");
    ck_assert_str_eq(c->issuers[1].section, "auth.studio");
    ck_assert_str_eq(c->issuers[1].issuer, "https://login.studio.example/");
    ck_assert_str_eq(c->issuers[1].audience, "userstats");
    ck_assert_str_eq(c->issuers[1].keys, "https://login.studio.example/keys.json");
    ck_assert_uint_eq(c->issuers[1].algorithms, 1u << JOSE_ES256);
    config_close(&c);
}
END_TEST

START_TEST(accepts_issuers_from_every_source)
{
    static const char text[] = "[auth.b]\nissuer = b\nkeys = /b\nclock_skew_s = 1\n"
                               "[auth]\nissuer = plain\nkeys = /plain\nclock_skew_s = 7\naudience = us\n";
    char skew[] = "USERSTATS_AUTH_B_CLOCK_SKEW_S=2", issuer[] = "USERSTATS_AUTH_A_ISSUER=a";
    char keys[] = "USERSTATS_AUTH_A_KEYS=https://a.example/keys", ca[] = "USERSTATS_AUTH_A_KEYS_CA=/ca.pem";
    char *const environment[] = {skew, issuer, keys, ca, NULL};
    const char *const flags[] = {"auth.a.keys_refresh_s=60",
                                 "auth.a.keys_overlap_s=0",
                                 "auth.b.clock_skew_s=3",
                                 "auth.b.decryption_keys=/d",
                                 "auth.a.algorithms=PS256  RS256",
                                 "limits.max_decryptions_in_flight=5",
                                 "limits.max_remembered_tokens=0",
                                 "limits.max_remembered_token_bytes=17179869184",
                                 "auth.c.issuer=b",
                                 "auth.c.keys=/c",
                                 "auth.c.audience=others",
                                 NULL};
    struct config *c = open_file_or_fail(text, environment, flags);
    const struct issuer_config *plain = &c->issuers[0], *b = plain + 1, *a = plain + 2, *other = plain + 3;
    ck_assert_uint_eq(c->issuer_count, 4);
    ck_assert_str_eq(plain->section, "auth");
    ck_assert_str_eq(plain->issuer, "plain");
    ck_assert_int_eq(plain->clock_skew_s, 7);
    ck_assert_int_eq(plain->tokens, TOKENS_SIGNED);
    ck_assert_str_eq(b->section, "auth.b");
    ck_assert_str_eq(b->audience, CONFIG_DEFAULT_AUDIENCE); /* not the plain section's */
    ck_assert_int_eq(b->clock_skew_s, 3);
    ck_assert_str_eq(b->decryption_keys, "/d");
    ck_assert_int_eq(b->tokens, TOKENS_ENCRYPTED);
    ck_assert_str_eq(a->section, "auth.a");
    ck_assert_str_eq(a->issuer, "a");
    ck_assert_str_eq(a->keys, "https://a.example/keys");
    ck_assert_str_eq(a->keys_ca, "/ca.pem");
    ck_assert_int_eq(a->clock_skew_s, 60);
    ck_assert_int_eq(a->keys_refresh_s, 60);
    ck_assert_int_eq(a->keys_overlap_s, 0);
    ck_assert_uint_eq(a->algorithms, 1u << JOSE_PS256 | 1u << JOSE_RS256);
    ck_assert_str_eq(other->issuer, b->issuer);
    ck_assert_str_eq(settings_origin(c->settings, "auth.a.keys"), "environment USERSTATS_AUTH_A_KEYS");
    ck_assert_uint_eq(c->decryptions_in_flight_max, 5);
    ck_assert_int_eq(c->remembered_tokens_max, 0);
    ck_assert(c->remembered_tokens_bytes_max == INT64_C(17179869184));
    config_close(&c);
}
END_TEST

START_TEST(accepts_one_issuer_with_two_sources_of_keys)
{
    char *const environment[] = {NULL};
    struct config *c = open_file_or_fail(
        "[auth.x]\nissuer = x\nkeys = https://x.example/ps256\n"
        "[auth.y]\nissuer = x\nkeys = https://x.example/rs256\n[auth.z]\nissuer = x\nkeys = /x\n",
        environment, NULL);
    ck_assert_uint_eq(c->issuer_count, 3);
    for (size_t i = 0; i < 3; i++)
        ck_assert_str_eq(c->issuers[i].issuer, "x");
    config_close(&c);
}
END_TEST

/* [auth] at its defaults is none, and neither is one whose keys an environment takes away. */
START_TEST(accepts_named_issuers_alone)
{
    char none[] = "USERSTATS_AUTH_KEYS=";
    char *const environment[] = {none, NULL};
    struct config *c = open_file_or_fail("[auth.x]\nissuer = x\nkeys = /x\n", environment, NULL);
    ck_assert_uint_eq(c->issuer_count, 1);
    ck_assert_str_eq(c->issuers[0].section, "auth.x");
    ck_assert_str_eq(c->issuers[0].issuer, "x");
    config_close(&c);
}
END_TEST

static const struct {
    const char *tokens;
    enum token_form form;
} forms[] = {
    {"auth.tokens=auto", TOKENS_ENCRYPTED},
    {"auth.tokens=encrypted", TOKENS_ENCRYPTED},
    {"auth.tokens=both", TOKENS_BOTH},
};

START_TEST(accepts_forms_of_tokens)
{
    const char *const flags[] = {"auth.decryption_keys=/d", forms[_i].tokens};
    struct config *c = open_or_fail(&(struct config_sources){NULL, NULL, flags, 2});
    ck_assert_int_eq(c->issuers[0].tokens, forms[_i].form);
    config_close(&c);
}
END_TEST

START_TEST(accepts_a_rate_limit)
{
    const char *const flags[] = {"ratelimit.burst=100", "ratelimit.sustain=300",
                                 "ratelimit.max_callers=1024"};
    struct config *c = open_or_fail(&(struct config_sources){NULL, NULL, flags, 3});
    ck_assert_uint_eq(c->ratelimit_burst, 100);
    ck_assert_uint_eq(c->ratelimit_sustain, 300);
    ck_assert_uint_eq(c->ratelimit_callers_max, 1024);
    config_close(&c);
}
END_TEST

static const struct {
    const char *threads;
    unsigned decryptions;
} by_threads[] = {{"server.threads=1", 1}, {"server.threads=2", 2}, {"server.threads=256", 256}};

START_TEST(decrypts_on_every_thread)
{
    struct config *c = open_or_fail(&(struct config_sources){NULL, NULL, &by_threads[_i].threads, 1});
    ck_assert_uint_eq(c->decryptions_in_flight_max, by_threads[_i].decryptions);
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
    {"a burst too large", "ratelimit.burst=1000001", "from 0 to 1000000"},
    {"a sustained rate too large", "ratelimit.sustain=1000001", "from 0 to 1000000"},
    {"too few callers", "ratelimit.max_callers=1023", "from 1024 to 16777216"},
    {"too many callers", "ratelimit.max_callers=16777217", "from 1024 to 16777216"},
    {"keys over http", "auth.keys=http://example.com/keys", "auth.keys (flag): keys come over https only"},
    {"keys over something else", "auth.keys=file:///etc/keys", "https only"},
    {"keys over HTTPS in capitals", "auth.keys=HTTPS://example.com/keys", "https only"},
    {"keys from no host", "auth.keys=https://", "auth.keys (flag): the URL cannot be read"},
    {"keys from a path of no host", "auth.keys=https:///keys", "the URL names no host"},
    {"keys with a user", "auth.keys=https://u:p@example.com/keys",
     "auth.keys (flag): the URL holds a user name"},
    {"keys from a host with a blank", "auth.keys=https://exa mple/keys",
     "auth.keys (flag): the URL cannot be read"},
    {"keys from no port", "auth.keys=https://example.com:99999/keys", "the URL cannot be read"},
    {"CAs for no URL", "auth.keys_ca=/ca.pem", "auth.keys_ca (flag)"},
    {"no algorithm", "auth.algorithms=", "auth.algorithms (flag): is one or more of RS256 PS256 ES256"},
    {"only spaces for algorithms", "auth.algorithms=  ", "auth.algorithms (flag)"},
    {"an algorithm in small letters", "auth.algorithms=rs256", "auth.algorithms (flag)"},
    {"an algorithm that is none", "auth.algorithms=RS256 none", "auth.algorithms (flag)"},
    {"algorithms with commas", "auth.algorithms=RS256,ES256", "auth.algorithms (flag)"},
    {"an algorithm twice", "auth.algorithms=RS256 ES256 RS256", "auth.algorithms (flag)"},
    {"encrypted tokens without keys", "auth.tokens=encrypted",
     "auth.tokens (flag): nothing can be decrypted"},
    {"both forms without keys", "auth.tokens=both", "auth.tokens (flag): nothing can be decrypted"},
    {"a form that is none", "auth.tokens=any", "one of auto signed encrypted both"},
    {"a refresh too fast", "auth.keys_refresh_s=59", "from 60 to 86400"},
    {"an overlap too long", "auth.keys_overlap_s=2592001", "from 0 to 2592000"},
    {"too many remembered tokens", "limits.max_remembered_tokens=10000001", "10000000"},
    {"too many bytes of them", "limits.max_remembered_token_bytes=17179869185", "17179869184"},
    {"too many decryptions", "limits.max_decryptions_in_flight=257", "256"},
    {"a named section without an issuer", "auth.x.keys=/x", "auth.x.issuer (default)"},
    {"a named section without keys", "auth.x.issuer=x", "auth.x.keys (default): is empty"},
    {"a named section with an empty issuer", "auth.x.issuer=", "auth.x.issuer (flag)"},
    {"a section with a bad name", "auth.X.issuer=x", "1 to 32"},
    {"a section that does not repeat", "limits.x.max_users=1", "no setting limits.x.max_users"},
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

#define NAMED "[auth.x]\nissuer = x\nkeys = /x\n"

static const struct {
    const char *name, *text, *says;
    int line; /* 0: the value comes from elsewhere */
} pairs[] = {
    {"an [auth] that is none, with an issuer", NAMED "[auth]\nissuer = me\n", "auth.issuer", 5},
    {"an [auth] that is none, with a default", "[auth]\nkeys =\nclock_skew_s = 60\n" NAMED,
     "auth.clock_skew_s", 3},
    {"signed tokens with decryption keys", "[auth]\ntokens = signed\ndecryption_keys = /d\n", "auth.tokens",
     2},
    {"the same, in a section", NAMED "tokens = signed\ndecryption_keys = /d\n", "auth.x.tokens", 4},
    {"encrypted tokens in a section", NAMED "tokens = encrypted\n", "auth.x.tokens", 4},
    {"decryption keys that are another's",
     "[auth]\nkeys = /k\ndecryption_keys = /d\n" NAMED "tokens = both\n", "auth.x.tokens", 7},
    {"algorithms in a section", NAMED "algorithms = HS256\n", "auth.x.algorithms", 4},
    {"CAs for a path", NAMED "keys_ca = /ca.pem\n", "auth.x.keys_ca", 4},
    {"keys over http in a section", "[auth.x]\nissuer = x\nkeys = http://x/\n", "auth.x.keys", 3},
    {"keys with a user in a section", "[auth.x]\nissuer = x\nkeys = https://u@x/\n", "auth.x.keys", 3},
    {"empty keys in a section", "[auth.x]\nissuer = x\nkeys =\n", "auth.x.keys", 3},
    {"an empty audience in a section", NAMED "audience =\n", "auth.x.audience", 4},
    {"two of the same", NAMED "[auth.y]\nissuer = x\nkeys = /x\n", "[auth.x] and [auth.y]", 5},
    {"one like the plain", "[auth]\nkeys = /k\n[auth.y]\nkeys = /k\nissuer = " CONFIG_DEFAULT_ISSUER "\n",
     "[auth] and [auth.y]", 5},
    {"keys that are [auth]'s", "[auth]\nkeys = /k\n[auth.y]\nissuer = y\n", "auth.y.keys (default)", 0},
    {"an issuer that is [auth]'s", "[auth]\nkeys = /k\nissuer = y\n[auth.y]\nkeys = /y\n",
     "auth.y.issuer (default)", 0},
};

START_TEST(refuses_what_does_not_go_together_and_names_file_and_line)
{
    char path[32], expected[80] = "";
    struct error err = {.code = ERROR_NONE};
    ck_assert_msg(open_file(pairs[_i].text, NULL, NULL, path, &err) == NULL, "%s", pairs[_i].name);
    ck_assert_int_eq(err.code, ERROR_SETTING);
    if (pairs[_i].line > 0)
        snprintf(expected, sizeof expected, "(file %s:%d): ", path, pairs[_i].line);
    const char *text = error_operator_text(&err);
    ck_assert_msg(strstr(text, expected) != NULL && strstr(text, pairs[_i].says) != NULL, "%s: %s",
                  pairs[_i].name, text);
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
    const char *const flags[] = {"auth.keys=/k", "auth.x.issuer=x", "auth.x.keys=/x"};
    struct config_sources sources = {CONF, NULL, flags, 3};
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
    tcase_add_test(c, accepts_a_rate_limit);
    tcase_add_test(c, accepts_the_documented_second_issuer);
    tcase_add_test(c, accepts_issuers_from_every_source);
    tcase_add_test(c, accepts_one_issuer_with_two_sources_of_keys);
    tcase_add_test(c, accepts_named_issuers_alone);
    tcase_add_loop_test(c, accepts_forms_of_tokens, 0, (int)(sizeof forms / sizeof *forms));
    tcase_add_loop_test(c, decrypts_on_every_thread, 0, (int)(sizeof by_threads / sizeof *by_threads));
    tcase_add_loop_test(c, refuses, 0, (int)(sizeof refusals / sizeof *refusals));
    tcase_add_loop_test(c, refuses_what_does_not_go_together_and_names_file_and_line, 0,
                        (int)(sizeof pairs / sizeof *pairs));
    tcase_add_test(c, refuses_a_file_that_is_not_there);
    tcase_add_test(c, runs_out_of_memory);
    suite_add_tcase(s, c);
    return s;
}
