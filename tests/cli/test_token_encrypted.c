/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/config.h"
#include "cli/cli.h"
#include "support/run.h"
#include "support/token_world.h"

static struct token_world w;

static void set_up(void)
{
    token_world_open(&w, cli_run, "ES256");
}

static void tear_down(void)
{
    token_world_close(&w);
}

static char *mint_encrypted(const char *option, const char *value)
{
    return token_world_mint(&w, (const char *[]){"--encrypt-to", w.certificate, option, value, NULL});
}

static struct command_run verify(const char *token)
{
    return token_world_run(
        &w, (const char *[]){"verify", "--keys", w.jwks, "--decryption-keys", w.decryption_key, token, NULL});
}

static size_t dots_in(const char *value)
{
    size_t dots = 0;
    for (; *value != '\0'; value++)
        dots += *value == '.';
    return dots;
}

/* The claims as mint writes them when it is given --uhs 4711 and no others; the times are SHOWN's own. */
static void expect_payload(struct text shown)
{
    char expected[512];
    const char *times = strstr(shown.data, "\"nbf\":");
    ck_assert_msg(times != NULL, "%s", shown.data);
    int64_t starts_s = strtoll(times + strlen("\"nbf\":"), NULL, 10), expires_s = starts_s + 14400;
    ck_assert_int_gt(starts_s, 1700000000);
    int size = snprintf(expected, sizeof expected,
                        "{\"aud\":\"" CONFIG_DEFAULT_AUDIENCE "\",\"iss\":\"" CONFIG_DEFAULT_ISSUER
                        "\",\"nbf\":%" PRId64 ",\"exp\":%" PRId64
                        ",\"sbx\":\"RETAIL\",\"xui\":[{\"uhs\":\"4711\",\"xid\":\"" TOKEN_WORLD_XUID "\"}]}",
                        starts_s, expires_s);
    ck_assert_uint_eq(shown.size, (size_t)size);
    ck_assert_str_eq(shown.data, expected);
}

/* 3 algorithms × signed, encrypted, encrypted without compression. */
START_TEST(what_is_minted_is_what_verify_prints)
{
    const char *algorithm = ((const char *[]){"RS256", "PS256", "ES256"})[_i / 3];
    const int form = _i % 3;
    token_world_open(&w, cli_run, algorithm);
    const char *value = token_world_mint(&w, (const char *[]){"--uhs", "4711", "--alg", algorithm,
                                                              form > 0 ? "--encrypt-to" : NULL, w.certificate,
                                                              form > 1 ? "--no-zip" : NULL, NULL});
    ck_assert_uint_eq(dots_in(strchr(value, ';')), form > 0 ? 4 : 2);
    struct command_run shown = verify(value);
    ck_assert_msg(shown.status == 0, "%s", shown.err.data);
    expect_payload(shown.out);
    token_world_close(&w);
}
END_TEST

START_TEST(compresses_unless_told_otherwise)
{
    char word[600];
    memset(word, 'a', 500);
    word[500] = '\0';
    size_t zipped = strlen(mint_encrypted("--device", word));
    const char *plain = token_world_mint(
        &w, (const char *[]){"--encrypt-to", w.certificate, "--no-zip", "--device", word, NULL});
    ck_assert_uint_lt(zipped + 500, strlen(plain));
}
END_TEST

START_TEST(takes_a_directory_of_decryption_keys_and_standard_input)
{
    const char *value = mint_encrypted(NULL, NULL);
    char *folder = scratch_path(w.directory, "both");
    ck_assert_int_eq(mkdir(folder, 0700), 0);
    struct token_world other;
    token_world_open(&other, cli_run, "ES256");
    scratch_write(scratch_path(folder, "new.pem"), scratch_read(other.decryption_key));
    scratch_write(scratch_path(folder, "old.pem"), scratch_read(w.decryption_key));
    token_world_close(&other);
    struct command_run shown = token_world_feed(
        &w, value, (const char *[]){"verify", "--keys", w.jwks, "--decryption-keys", folder, "-", NULL});
    ck_assert_msg(shown.status == 0, "%s", shown.err.data);
}
END_TEST

START_TEST(asks_for_the_key_that_opens_it)
{
    const char *value = mint_encrypted(NULL, NULL);
    struct command_run refused =
        token_world_run(&w, (const char *[]){"verify", "--keys", w.jwks, value, NULL});
    ck_assert_int_eq(refused.status, 1);
    ck_assert_uint_eq(refused.out.size, 0);
    ck_assert_msg(strstr(refused.err.data, "(TOKEN_ENCRYPTED)") != NULL, "%s", refused.err.data);
    ck_assert_ptr_nonnull(strstr(refused.err.data, "--decryption-keys FILE"));
}
END_TEST

/* NULL: verify, which does not look at claims, takes it. */
static const struct {
    const char *kind, *refusal;
} faults[] = {{"expired", NULL},
              {"not-yet", NULL},
              {"issuer", NULL},
              {"audience", NULL},
              {"sandbox", NULL},
              {"foreign-key", "TOKEN_SIGNATURE"},
              {"signature", "TOKEN_SIGNATURE"},
              {"tag", "TOKEN_DECRYPTION"},
              {"foreign-recipient", "TOKEN_DECRYPTION"}};

START_TEST(breaks_what_it_says_and_nothing_else)
{
    struct command_run checked = verify(mint_encrypted("--broken", faults[_i].kind));
    ck_assert_msg(checked.status == (faults[_i].refusal != NULL), "%s: %s", faults[_i].kind,
                  checked.err.data);
    if (faults[_i].refusal != NULL) {
        ck_assert_uint_eq(checked.out.size, 0);
        ck_assert_msg(strstr(checked.err.data, faults[_i].refusal) != NULL, "%s: %s", faults[_i].kind,
                      checked.err.data);
    }
}
END_TEST

START_TEST(names_every_way_to_break_a_token)
{
    struct command_run refused = token_world_run(
        &w, (const char *[]){"mint", "--key", w.signing_key, "--xuid", "1", "--broken", "badly", NULL});
    ck_assert_int_eq(refused.status, 2);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        ck_assert_msg(strstr(refused.err.data, faults[i].kind) != NULL, "%s: %s", faults[i].kind,
                      refused.err.data);
}
END_TEST

START_TEST(refuses_what_cannot_be_encrypted_to)
{
    const char *const files[] = {"/no/such.pem", w.signing_key, w.decryption_key, w.jwks};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct command_run refused =
            token_world_run(&w, (const char *[]){"mint", "--key", w.signing_key, "--xuid", "1",
                                                 "--encrypt-to", files[i], NULL});
        ck_assert_msg(refused.status == 1, "%s", files[i]);
        ck_assert_uint_eq(refused.out.size, 0);
        ck_assert_msg(strstr(refused.err.data, files[i]) != NULL, "%s", refused.err.data);
    }
}
END_TEST

START_TEST(refuses_decryption_keys_that_are_none)
{
    const char *value = mint_encrypted(NULL, NULL), *files[] = {"/no/such.pem", w.jwks, w.certificate};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct command_run refused = token_world_run(
            &w, (const char *[]){"verify", "--keys", w.jwks, "--decryption-keys", files[i], value, NULL});
        ck_assert_msg(refused.status == 1, "%s", files[i]);
        ck_assert_msg(strstr(refused.err.data, files[i]) != NULL, "%s", refused.err.data);
    }
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("cli/token_encrypted");
    TCase *forms = tcase_create("forms");
    tcase_set_timeout(forms, 120);
    tcase_add_loop_test(forms, what_is_minted_is_what_verify_prints, 0, 9);
    suite_add_tcase(s, forms);
    TCase *accepts = tcase_create("accepts");
    tcase_add_checked_fixture(accepts, set_up, tear_down);
    tcase_set_timeout(accepts, 60);
    tcase_add_test(accepts, compresses_unless_told_otherwise);
    tcase_add_test(accepts, takes_a_directory_of_decryption_keys_and_standard_input);
    suite_add_tcase(s, accepts);
    TCase *refuses = tcase_create("refuses");
    tcase_add_checked_fixture(refuses, set_up, tear_down);
    tcase_set_timeout(refuses, 60);
    tcase_add_test(refuses, asks_for_the_key_that_opens_it);
    tcase_add_loop_test(refuses, breaks_what_it_says_and_nothing_else, 0, sizeof faults / sizeof *faults);
    tcase_add_test(refuses, names_every_way_to_break_a_token);
    tcase_add_test(refuses, refuses_what_cannot_be_encrypted_to);
    tcase_add_test(refuses, refuses_decryption_keys_that_are_none);
    suite_add_tcase(s, refuses);
    return s;
}
