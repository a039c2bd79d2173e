/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "app/config.h"
#include "cli/cli.h"
#include "support/run.h"
#include "support/token_world.h"

static struct token_world w;

static struct command_run run(const char *const *words)
{
    return token_world_run(&w, words);
}

static char *mint(const char *const *more)
{
    return token_world_mint(&w, more);
}

static void make_keys(const char *algorithm)
{
    token_world_open(&w, cli_run, algorithm);
}

static void set_up(void)
{
    make_keys("ES256");
}

static void tear_down(void)
{
    token_world_close(&w);
}

static struct command_run verify(const char *token)
{
    return run((const char *[]){"verify", "--keys", w.jwks, token, NULL});
}

static struct command_run inspect(const char *token)
{
    return run((const char *[]){"inspect", "--keys", w.jwks, token, NULL});
}

START_TEST(mints_what_verify_and_inspect_take)
{
    make_keys(((const char *[]){"RS256", "PS256", "ES256"})[_i]);
    const char *value =
        mint((const char *[]){"--alg", ((const char *[]){"RS256", "PS256", "ES256"})[_i], NULL});
    struct command_run checked = verify(value);
    ck_assert_msg(checked.status == 0, "%s", checked.err.data);
    checked = inspect(value);
    ck_assert_msg(checked.status == 0, "%s%s", checked.out.data, checked.err.data);
    ck_assert_ptr_nonnull(strstr(checked.out.data, "accepted; the caller is xuid 1234567890123460"));
    token_world_close(&w);
}
END_TEST

START_TEST(writes_every_claim)
{
    const char *value = mint((const char *[]){"--gamertag", "Warrior \"Saint\"", "--uhs", "4711", "--title",
                                              "1717113201", "--device", "Win32", "--sandbox", "XDKS.1",
                                              "--issuer", "me", "--audience", "you", "--ttl", "60", NULL});
    ck_assert_msg(strncmp(value, "XBL3.0 x=4711;", 14) == 0, "%s", value);
    const char *payload = verify(value).out.data;
    ck_assert_msg(strstr(payload, "{\"aud\":\"you\",\"iss\":\"me\",\"nbf\":") == payload, "%s", payload);
    ck_assert_msg(strstr(payload,
                         ",\"sbx\":\"XDKS.1\",\"xdi\":{\"dty\":\"Win32\"},\"xti\":{\"tid\":\"1717113201\"},"
                         "\"xui\":[{\"uhs\":\"4711\",\"xid\":\"1234567890123460\","
                         "\"gtg\":\"Warrior \\\"Saint\\\"\"}]}") != NULL,
                  "%s", payload);
}
END_TEST

START_TEST(leaves_out_what_was_not_asked_for)
{
    const char *value = mint((const char *[]){NULL});
    const char *payload = verify(value).out.data;
    ck_assert_ptr_null(strstr(payload, "xdi"));
    ck_assert_ptr_null(strstr(payload, "xti"));
    ck_assert_ptr_null(strstr(payload, "gtg"));
    ck_assert_ptr_nonnull(
        strstr(payload, "\"aud\":\"" CONFIG_DEFAULT_AUDIENCE "\",\"iss\":\"" CONFIG_DEFAULT_ISSUER "\""));
    ck_assert_ptr_nonnull(strstr(payload, "\"sbx\":\"RETAIL\""));
    ck_assert_uint_gt(strspn(value + 9, "0123456789"), 5);                 /* a userhash of digits */
    ck_assert_int_eq(strncmp(value, mint((const char *[]){NULL}), 20), 0); /* the same every time */
}
END_TEST

START_TEST(takes_a_bare_token_and_standard_input)
{
    const char *value = mint((const char *[]){NULL});
    const char *token = strchr(value, ';') + 1;
    ck_assert_int_eq(verify(token).status, 0);
    struct command_run checked = inspect(token);
    ck_assert_int_eq(checked.status, 0);
    ck_assert_ptr_nonnull(strstr(checked.out.data, "no particular caller"));
    char line[8192];
    snprintf(line, sizeof line, "%s\r\n", value);
    ck_assert_int_eq(
        token_world_feed(&w, line, (const char *[]){"verify", "--keys", w.jwks, "-", NULL}).status, 0);
}
END_TEST

START_TEST(tells_expired_from_forged)
{
    const char *value = mint((const char *[]){"--ttl", "-3600", NULL});
    ck_assert_int_eq(verify(value).status, 0); /* the signature is good */
    struct command_run checked = inspect(value);
    ck_assert_int_eq(checked.status, 1);
    ck_assert_msg(strstr(checked.err.data, "TOKEN_EXPIRED") != NULL, "%s", checked.err.data);
    ck_assert_ptr_nonnull(strstr(checked.out.data, "expires (exp)"));
    ck_assert_ptr_nonnull(strstr(checked.out.data, "refused"));
}
END_TEST

START_TEST(judges_as_the_server_would)
{
    static const struct {
        const char *option, *value, *reason;
    } cases[] = {{"--issuer", "other", "TOKEN_ISSUER"}, {"--audience", "other", "TOKEN_AUDIENCE"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *value = mint((const char *[]){cases[i].option, cases[i].value, NULL});
        struct command_run checked = inspect(value);
        ck_assert_int_eq(checked.status, 1);
        ck_assert_msg(strstr(checked.err.data, cases[i].reason) != NULL, "%s", checked.err.data);
        checked =
            run((const char *[]){"inspect", "--keys", w.jwks, cases[i].option, cases[i].value, value, NULL});
        ck_assert_msg(checked.status == 0, "%s", checked.err.data);
    }
}
END_TEST

START_TEST(refuses_a_userhash_that_is_not_in_the_token)
{
    char other[8192];
    snprintf(other, sizeof other, "XBL3.0 x=1;%s", strchr(mint((const char *[]){NULL}), ';') + 1);
    struct command_run checked = inspect(other);
    ck_assert_int_eq(checked.status, 1);
    ck_assert_msg(strstr(checked.err.data, "AUTH_NO_USER") != NULL, "%s", checked.err.data);
    ck_assert_int_eq(verify(other).status, 0);
}
END_TEST

/* Ways to break a good header value in place. */
static void cut_signature(char *value)
{
    *(strrchr(value, '.') + 1) = '\0';
}
static void flip_signature(char *value)
{
    char *at = strrchr(value, '.') + 5;
    *at = *at == 'A' ? 'B' : 'A';
}
static void flip_payload(char *value)
{
    char *at = strchr(strchr(value, ';'), '.') + 20;
    *at = *at == 'A' ? 'B' : 'A';
}
static void lose_a_part(char *value)
{
    *strrchr(value, '.') = '\0';
}
static void pad(char *value)
{
    value[strlen(value) - 1] = '=';
}
static void spoil_the_scheme(char *value)
{
    value[0] = 'Y';
}

static const struct {
    const char *name;
    void (*spoil)(char *value);
} broken[] = {{"no signature", cut_signature},
              {"another signature", flip_signature},
              {"another payload", flip_payload},
              {"two parts", lose_a_part},
              {"padding", pad},
              {"another scheme", spoil_the_scheme}};

START_TEST(refuses_a_broken_token)
{
    char *value = mint((const char *[]){NULL});
    broken[_i].spoil(value);
    struct command_run checked[2] = {verify(value), inspect(value)};
    for (int i = 0; i < 2; i++) {
        ck_assert_msg(checked[i].status == 1, "%s: %d", broken[_i].name, checked[i].status);
        ck_assert_ptr_null(strstr(checked[i].out.data, "xuid")); /* no claim is shown */
        ck_assert_msg(strstr(checked[i].err.data, "userstats: the token is refused (") == checked[i].err.data,
                      "%s: %s", broken[_i].name, checked[i].err.data);
        ck_assert_msg(strstr(checked[i].err.data, value + 30) == NULL, "%s: the token is echoed",
                      broken[_i].name);
    }
}
END_TEST

START_TEST(refuses_another_issuers_key)
{
    const char *value = mint((const char *[]){NULL});
    token_world_close(&w);
    make_keys("ES256");
    struct command_run checked = verify(value);
    ck_assert_int_eq(checked.status, 1);
}
END_TEST

START_TEST(keygen_keeps_files_private_and_overwrites_none)
{
    struct stat status;
    ck_assert_int_eq(stat(w.signing_key, &status), 0);
    ck_assert_uint_eq(status.st_mode & 0777, 0600);
    struct text before = scratch_read(w.signing_key);
    struct command_run again = run((const char *[]){"keygen", "--out", w.keys, NULL});
    ck_assert_int_eq(again.status, 1);
    ck_assert_ptr_nonnull(strstr(again.err.data, ".pem"));
    ck_assert_ptr_nonnull(strstr(again.err.data, "choose another directory"));
    ck_assert_ptr_nonnull(strstr(again.err.data, "remove the old ones by hand"));
    ck_assert_str_eq(scratch_read(w.signing_key).data, before.data);
}
END_TEST

START_TEST(refuses_bad_usage)
{
    const char *const cases[][10] = {
        {"keygen", NULL},
        {"keygen", "--out", "x", "--alg", "HS256", NULL},
        {"mint", NULL},
        {"mint", "--key", w.signing_key, NULL},
        {"mint", "--xuid", "1", NULL},
        {"mint", "--key", w.signing_key, "--xuid", "0", NULL},
        {"mint", "--key", w.signing_key, "--xuid", "-1", NULL},
        {"mint", "--key", w.signing_key, "--xuid", "1", "--uhs", "*", NULL},
        {"mint", "--key", w.signing_key, "--xuid", "1", "--uhs", "-", NULL},
        {"mint", "--key", w.signing_key, "--xuid", "1", "--uhs", "a;b", NULL},
        {"mint", "--key", w.signing_key, "--xuid", "1", "--title", "x", NULL},
        {"mint", "--key", w.signing_key, "--xuid", "1", "--sandbox", "a b", NULL},
        {"mint", "--key", w.signing_key, "--xuid", "1", "--gamertag", "", NULL},
        {"mint", "--key", w.signing_key, "--xuid", "1", "--ttl", "1h", NULL},
        {"mint", "--key", w.signing_key, "--xuid", "1", "--ttl", "999999999999", NULL},
        {"mint", "--key", w.signing_key, "--xuid", "1", "--alg", "none", NULL},
        {"mint", "--key", w.signing_key, "--xuid", "1", "--no-zip", NULL},
        {"mint", "--key", w.signing_key, "--xuid", "1", "--broken", "badly", NULL},
        {"mint", "--key", w.signing_key, "--xuid", "1", "--broken", "tag", NULL},
        {"mint", "--key", w.signing_key, "--xuid", "1", "--broken", "foreign-recipient", NULL},
        {"verify", "--keys", w.jwks, NULL},
        {"verify", "token", NULL},
        {"verify", "--decryption-keys", "x", "token", NULL},
        {"verify", "--keys", w.jwks, "token", "token", NULL},
        {"inspect", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct command_run refused = run(cases[i]);
        ck_assert_msg(refused.status == 2, "case %zu: %d, %s", i, refused.status, refused.err.data);
        ck_assert_uint_eq(refused.out.size, 0);
        ck_assert_ptr_nonnull(strstr(refused.err.data, "--help"));
    }
}
END_TEST

START_TEST(refuses_keys_that_are_none)
{
    struct command_run refused = run((const char *[]){"mint", "--key", "/no/such.pem", "--xuid", "1", NULL});
    ck_assert_int_eq(refused.status, 1);
    ck_assert_ptr_nonnull(strstr(refused.err.data, "/no/such.pem"));
    refused = run((const char *[]){"mint", "--key", w.jwks, "--xuid", "1", NULL});
    ck_assert_int_eq(refused.status, 1);
    refused = run((const char *[]){"mint", "--key", w.signing_key, "--xuid", "1", "--alg", "RS256", NULL});
    ck_assert_int_eq(refused.status, 1);
    refused = run((const char *[]){"verify", "--keys", w.signing_key, "token", NULL});
    ck_assert_int_eq(refused.status, 1);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("cli/token");
    TCase *algorithms = tcase_create("algorithms");
    tcase_set_timeout(algorithms, 120);
    tcase_add_loop_test(algorithms, mints_what_verify_and_inspect_take, 0, 3);
    suite_add_tcase(s, algorithms);
    TCase *accepts = tcase_create("accepts");
    tcase_add_checked_fixture(accepts, set_up, tear_down);
    tcase_set_timeout(accepts, 60);
    tcase_add_test(accepts, writes_every_claim);
    tcase_add_test(accepts, leaves_out_what_was_not_asked_for);
    tcase_add_test(accepts, takes_a_bare_token_and_standard_input);
    suite_add_tcase(s, accepts);
    TCase *refuses = tcase_create("refuses");
    tcase_add_checked_fixture(refuses, set_up, tear_down);
    tcase_set_timeout(refuses, 60);
    tcase_add_test(refuses, tells_expired_from_forged);
    tcase_add_test(refuses, judges_as_the_server_would);
    tcase_add_test(refuses, refuses_a_userhash_that_is_not_in_the_token);
    tcase_add_loop_test(refuses, refuses_a_broken_token, 0, sizeof broken / sizeof *broken);
    tcase_add_test(refuses, refuses_another_issuers_key);
    tcase_add_test(refuses, keygen_keeps_files_private_and_overwrites_none);
    tcase_add_test(refuses, refuses_bad_usage);
    tcase_add_test(refuses, refuses_keys_that_are_none);
    suite_add_tcase(s, refuses);
    return s;
}
