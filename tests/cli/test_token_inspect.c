/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/cli.h"
#include "support/run.h"
#include "support/token_world.h"

#define SETTINGS_MAX 4096

static struct token_world w;

static void set_up(void)
{
    token_world_open(&w, cli_run, "ES256");
}

static void tear_down(void)
{
    token_world_close(&w);
}

static char *mint_broken(const char *kind)
{
    return token_world_mint(&w, (const char *[]){"--encrypt-to", w.certificate, "--broken", kind, NULL});
}

static struct command_run inspect(const char *token)
{
    return token_world_run(&w, (const char *[]){"inspect", "--keys", w.jwks, "--decryption-keys",
                                                w.decryption_key, token, NULL});
}

static struct command_run inspect_by_settings(const char *settings, const char *token)
{
    const char *file = scratch_path(w.directory, "userstats.conf");
    scratch_write(file, text_of(settings));
    return token_world_run(&w, (const char *[]){"inspect", "--config", file, token, NULL});
}

/* SHOWN has the line that begins with CHECK, and WORDS in it. */
static void expect_line(const struct command_run *shown, const char *check, const char *words)
{
    const char *at = shown->out.data;
    size_t size = strlen(check);
    while (at != NULL && (strncmp(at, check, size) != 0 || at[size] != ' '))
        at = strchr(at, '\n') == NULL ? NULL : strchr(at, '\n') + 1;
    ck_assert_msg(at != NULL, "no line %s in\n%s%s", check, shown->out.data, shown->err.data);
    const char *found = strstr(at, words);
    ck_assert_msg(found != NULL && found < at + strcspn(at, "\n"), "%s without %s:\n%s", check, words,
                  shown->out.data);
}

static void expect_refusal(const struct command_run *shown, const char *code)
{
    char verdict[64];
    snprintf(verdict, sizeof verdict, "refused (%s)", code);
    ck_assert_int_eq(shown->status, 1);
    expect_line(shown, "verdict", verdict);
    ck_assert_msg(strstr(shown->err.data, code) != NULL, "%s", shown->err.data);
}

START_TEST(says_what_was_good)
{
    static const struct {
        const char *check, *words;
    } lines[] = {{"form", "encrypted (a JWE), RSA-OAEP with A128CBC-HS256, zip DEF"},
                 {"encrypted to", "x5t \""},
                 {"decryption", "good, with a key of [auth]"},
                 {"inner form", "signed (a JWS)"},
                 {"signed by", "x5t absent, kid \""},
                 {"signed by", "alg \"ES256\""},
                 {"signing key", "found"},
                 {"algorithm", "good"},
                 {"signature", "good, with a key of [auth]"},
                 {"issuer (iss)", "\"xsts.auth.xboxlive.com\""},
                 {"  section", "[auth]"},
                 {"form wanted", "good"},
                 {"audience (aud)", "\"rp://userstats.local/\""},
                 {"  for us", "good"},
                 {"not before (nbf)", ": good"},
                 {"expires (exp)", "in 14"},
                 {"expires (exp)", ": good"},
                 {"sandbox (sbx)", "\"XDKS.1\""},
                 {"title (xti.tid)", "1717113201"},
                 {"device type (dty)", "\"Win32\""},
                 {"device id (ddi, did)", "absent"},
                 {"user (xui)", "xuid 1234567890123460, userhash \"4711\", gamertag \"Warrior Saint\""},
                 {"userhash", "\"4711\": good"},
                 {"verdict", "accepted; the caller is xuid 1234567890123460"}};
    struct command_run shown = inspect(token_world_mint(
        &w, (const char *[]){"--encrypt-to", w.certificate, "--uhs", "4711", "--gamertag", "Warrior Saint",
                             "--title", "1717113201", "--device", "Win32", "--sandbox", "XDKS.1", NULL}));
    ck_assert_msg(shown.status == 0, "%s%s", shown.out.data, shown.err.data);
    ck_assert_uint_eq(shown.err.size, 0);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        expect_line(&shown, lines[i].check, lines[i].words);
}
END_TEST

START_TEST(tells_the_forms_apart)
{
    struct command_run shown =
        inspect(token_world_mint(&w, (const char *[]){"--encrypt-to", w.certificate, "--no-zip", NULL}));
    expect_line(&shown, "form", "not compressed");
    ck_assert_int_eq(shown.status, 0);
    shown = inspect(token_world_mint(&w, (const char *[]){NULL}));
    expect_line(&shown, "form", "signed (a JWS)");
    ck_assert_int_eq(shown.status, 0);
}
END_TEST

static const struct {
    const char *kind, *check, *words, *code; /* code NULL: the server takes it */
} faults[] = {
    {"expired", "expires (exp)", "refused: exp was", "TOKEN_EXPIRED"},
    {"not-yet", "not before (nbf)", "refused: nbf is", "TOKEN_NOT_YET_VALID"},
    {"issuer", "  section", "refused: [auth] is for tokens of \"xsts.auth.xboxlive.com\"", "TOKEN_ISSUER"},
    {"audience", "  for us", "refused: [auth] takes tokens for \"rp://userstats.local/\"", "TOKEN_AUDIENCE"},
    {"sandbox", "sandbox (sbx)", "\"ANOTHER.SANDBOX\"", NULL},
    {"foreign-key", "signature", "refused: ", "TOKEN_SIGNATURE"},
    {"signature", "signature", "refused: ", "TOKEN_SIGNATURE"},
    {"tag", "decryption", "refused: ", "TOKEN_DECRYPTION"},
    {"foreign-recipient", "decryption", "refused: ", "TOKEN_DECRYPTION"},
};

START_TEST(says_which_check_refuses)
{
    size_t refusals = 0;
    struct command_run shown = inspect(mint_broken(faults[_i].kind));
    expect_line(&shown, faults[_i].check, faults[_i].words);
    if (faults[_i].code == NULL)
        ck_assert_int_eq(shown.status, 0);
    else
        expect_refusal(&shown, faults[_i].code);
    for (const char *at = shown.out.data; (at = strstr(at, "refused: ")) != NULL; at++)
        refusals++;
    ck_assert_msg(refusals == (faults[_i].code != NULL), "one thing is wrong:\n%s", shown.out.data);
}
END_TEST

START_TEST(shows_no_claim_that_nobody_signed)
{
    for (size_t i = 5; i < sizeof faults / sizeof *faults; i++) {
        struct command_run shown = inspect(mint_broken(faults[i].kind));
        expect_line(&shown, "claims", "not looked at");
        ck_assert_ptr_null(strstr(shown.out.data, TOKEN_WORLD_XUID));
        ck_assert_ptr_null(strstr(shown.out.data, "rp://"));
    }
}
END_TEST

START_TEST(asks_for_the_key_that_opens_it)
{
    const char *value = token_world_mint(&w, (const char *[]){"--encrypt-to", w.certificate, NULL});
    struct command_run shown =
        token_world_run(&w, (const char *[]){"inspect", "--keys", w.jwks, value, NULL});
    expect_refusal(&shown, "TOKEN_FORM");
    expect_line(&shown, "decryption", "--decryption-keys FILE");
}
END_TEST

START_TEST(says_that_a_key_is_not_known)
{
    const char *encrypted = token_world_mint(&w, (const char *[]){"--encrypt-to", w.certificate, NULL});
    const char *value = token_world_mint(&w, (const char *[]){NULL});
    token_world_close(&w);
    token_world_open(&w, cli_run, "ES256");
    struct command_run shown = inspect(value);
    expect_refusal(&shown, "TOKEN_KEY_UNKNOWN");
    expect_line(&shown, "signing key", "refused: no configured key");
    char *pair = scratch_path(w.directory, "pair"); /* a key without certificate may be anybody's */
    ck_assert_int_eq(mkdir(pair, 0700), 0);
    scratch_write(scratch_path(pair, "key.pem"), scratch_read(w.decryption_key));
    scratch_write(scratch_path(pair, "cert.pem"), scratch_read(w.certificate));
    shown = token_world_run(
        &w, (const char *[]){"inspect", "--keys", w.jwks, "--decryption-keys", pair, encrypted, NULL});
    expect_refusal(&shown, "TOKEN_KEY_UNKNOWN");
    expect_line(&shown, "decryption key", "refused: no configured decryption key");
}
END_TEST

START_TEST(says_that_a_key_is_bound_to_another_algorithm)
{
    token_world_close(&w);
    token_world_open(&w, cli_run, "RS256");
    struct command_run shown = inspect(token_world_mint(&w, (const char *[]){"--alg", "PS256", NULL}));
    expect_refusal(&shown, "TOKEN_ALGORITHM");
    expect_line(&shown, "signing key", "found");
    expect_line(&shown, "algorithm", "refused: ");
}
END_TEST

/* base64url of {"alg":"ES256","kid":"a\u001b[2Jb\u202ec\u009b"} */
#define TRICKY_HEADER "eyJhbGciOiJFUzI1NiIsImtpZCI6ImFcdTAwMWJbMkpiXHUyMDJlY1x1MDA5YiJ9"

START_TEST(plays_no_trick_on_a_terminal)
{
    struct command_run shown = inspect(TRICKY_HEADER ".e30.AAAA");
    expect_refusal(&shown, "TOKEN_KEY_UNKNOWN");
    expect_line(&shown, "signed by", "kid \"a\\x1b[2Jb\\xe2\\x80\\xaec\\xc2\\x9b\"");
    for (size_t i = 0; i < shown.out.size; i++)
        ck_assert_msg(shown.out.data[i] == '\n' || (shown.out.data[i] >= ' ' && shown.out.data[i] <= '~'),
                      "byte %zu", i);
}
END_TEST

START_TEST(refuses_a_userhash_that_nobody_has)
{
    char other[8192];
    snprintf(other, sizeof other, "XBL3.0 x=1;%s",
             strchr(token_world_mint(&w, (const char *[]){NULL}), ';') + 1);
    struct command_run shown = inspect(other);
    expect_refusal(&shown, "AUTH_NO_USER");
    expect_line(&shown, "userhash", "\"1\": refused: 0 users");
}
END_TEST

/* Three issuers: [auth] signed; [auth.studio] encrypted; [auth.other] with the name of studio's issuer, the
 * keys of nobody here, and another audience. */
static const char *settings_of_three(const struct token_world *studio, const struct token_world *other)
{
    static char settings[SETTINGS_MAX];
    snprintf(settings, sizeof settings,
             "[auth]\nkeys = %s\n"
             "[auth.studio]\nissuer = studio\naudience = games\nkeys = %s\ndecryption_keys = %s\n"
             "[auth.other]\nissuer = studio\naudience = others\nkeys = %s\n",
             w.jwks, studio->jwks, studio->decryption_key, other->jwks);
    return settings;
}

START_TEST(names_the_section_that_a_token_is_of)
{
    struct token_world studio, other;
    token_world_open(&studio, cli_run, "RS256");
    token_world_open(&other, cli_run, "ES256");
    const char *settings = settings_of_three(&studio, &other);
    struct command_run shown = inspect_by_settings(settings, token_world_mint(&w, (const char *[]){NULL}));
    ck_assert_msg(shown.status == 0, "%s%s", shown.out.data, shown.err.data);
    expect_line(&shown, "  section", "[auth]");
    shown = inspect_by_settings(
        settings, token_world_mint(&studio, (const char *[]){"--issuer", "studio", "--audience", "games",
                                                             "--encrypt-to", studio.certificate, NULL}));
    ck_assert_msg(shown.status == 0, "%s%s", shown.out.data, shown.err.data);
    expect_line(&shown, "  section", "[auth.studio]");
    expect_line(&shown, "decryption", "good, with a key of [auth.studio]");
    shown = inspect_by_settings(
        settings,
        token_world_mint(&other, (const char *[]){"--issuer", "studio", "--audience", "others", NULL}));
    ck_assert_msg(shown.status == 0, "%s%s", shown.out.data, shown.err.data);
    expect_line(&shown, "signature", "good, with a key of [auth.other]");
    expect_line(&shown, "  section", "[auth.other]");
    token_world_close(&other);
    token_world_close(&studio);
}
END_TEST

START_TEST(lets_no_issuer_speak_for_another)
{
    struct token_world studio, other;
    token_world_open(&studio, cli_run, "RS256");
    token_world_open(&other, cli_run, "ES256");
    const char *settings = settings_of_three(&studio, &other);
    struct command_run shown = inspect_by_settings(
        settings, token_world_mint(&studio, (const char *[]){"--encrypt-to", studio.certificate,
                                                             NULL})); /* [auth]'s iss */
    expect_refusal(&shown, "TOKEN_KEY_UNKNOWN");
    expect_line(&shown, "signature", "good, with a key of [auth.studio]");
    expect_line(&shown, "  section",
                "refused: it is that of [auth], whose keys have not the one that signed");
    shown = inspect_by_settings(
        settings,
        token_world_mint(&studio, (const char *[]){"--issuer", "studio", "--audience", "games", NULL}));
    expect_refusal(&shown, "TOKEN_FORM");
    expect_line(&shown, "form wanted", "refused: tokens of [auth.studio] must be encrypted");
    shown = inspect_by_settings(
        settings, token_world_mint(&w, (const char *[]){"--encrypt-to", studio.certificate, NULL}));
    expect_refusal(&shown, "TOKEN_FORM");
    expect_line(&shown, "form wanted", "refused: tokens of [auth] must not be encrypted");
    shown = inspect_by_settings(settings, token_world_mint(&w, (const char *[]){"--issuer", "nobody", NULL}));
    expect_refusal(&shown, "TOKEN_ISSUER");
    expect_line(&shown, "  section", "no section has this issuer; by its key it is nearest to [auth]");
    token_world_close(&other);
    token_world_close(&studio);
}
END_TEST

START_TEST(flags_make_an_issuer_of_their_own)
{
    struct token_world studio, other;
    token_world_open(&studio, cli_run, "RS256");
    token_world_open(&other, cli_run, "ES256");
    const char *file = scratch_path(w.directory, "userstats.conf");
    scratch_write(file, text_of(settings_of_three(&studio, &other)));
    const char *value =
        token_world_mint(&other, (const char *[]){"--issuer", "studio", "--audience", "games", NULL});
    struct command_run shown =
        token_world_run(&w, (const char *[]){"inspect", "--config", file, "--keys", other.jwks, "--issuer",
                                             "studio", "--audience", "games", value, NULL});
    ck_assert_msg(shown.status == 0, "%s%s", shown.out.data, shown.err.data);
    expect_line(&shown, "  section", "[auth]");
    shown =
        token_world_run(&w, (const char *[]){"inspect", "--config", file, "--issuer", "studio", value, NULL});
    expect_refusal(&shown, "TOKEN_KEY_UNKNOWN"); /* auth.keys, and no other section's */
    token_world_close(&other);
    token_world_close(&studio);
}
END_TEST

START_TEST(names_the_keys_that_are_none)
{
    const char *value = token_world_mint(&w, (const char *[]){NULL});
    const char *const words[][8] = {
        {"inspect", "--keys", "/no/such.json", value, NULL},
        {"inspect", "--keys", w.jwks, "--decryption-keys", "/no/such.json", value, NULL},
        {"inspect", "--set", "auth.keys=/no/such.json", value, NULL},
        {"inspect", value, NULL},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        struct command_run refused = token_world_run(&w, words[i]);
        ck_assert_int_eq(refused.status, 1);
        ck_assert_uint_eq(refused.out.size, 0);
        ck_assert_msg(strstr(refused.err.data, i < 3 ? "/no/such.json" : "auth.keys") != NULL, "%s",
                      refused.err.data);
        ck_assert_msg((strstr(refused.err.data, "auth.") != NULL) == (i >= 2), "%s", refused.err.data);
    }
}
END_TEST

START_TEST(says_why_a_key_url_did_not_answer)
{
    const char *value = token_world_mint(&w, (const char *[]){NULL});
    struct command_run shown =
        token_world_run(&w, (const char *[]){"inspect", "--keys", "https://127.0.0.1:1/keys", value, NULL});
    ck_assert_int_eq(shown.status, 1);
    expect_line(&shown, "signing key", "refused: no issuer has keys");
    expect_line(&shown, "verdict", "refused (KEYS_UNAVAILABLE)");
    ck_assert_msg(strstr(shown.err.data, "keys_unreachable") != NULL, "%s", shown.err.data);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("cli/token_inspect");
    TCase *accepts = tcase_create("accepts");
    tcase_add_checked_fixture(accepts, set_up, tear_down);
    tcase_set_timeout(accepts, 120);
    tcase_add_test(accepts, says_what_was_good);
    tcase_add_test(accepts, tells_the_forms_apart);
    tcase_add_test(accepts, names_the_section_that_a_token_is_of);
    tcase_add_test(accepts, flags_make_an_issuer_of_their_own);
    suite_add_tcase(s, accepts);
    TCase *refuses = tcase_create("refuses");
    tcase_add_checked_fixture(refuses, set_up, tear_down);
    tcase_set_timeout(refuses, 120);
    tcase_add_loop_test(refuses, says_which_check_refuses, 0, sizeof faults / sizeof *faults);
    tcase_add_test(refuses, shows_no_claim_that_nobody_signed);
    tcase_add_test(refuses, asks_for_the_key_that_opens_it);
    tcase_add_test(refuses, says_that_a_key_is_not_known);
    tcase_add_test(refuses, says_that_a_key_is_bound_to_another_algorithm);
    tcase_add_test(refuses, plays_no_trick_on_a_terminal);
    tcase_add_test(refuses, refuses_a_userhash_that_nobody_has);
    tcase_add_test(refuses, lets_no_issuer_speak_for_another);
    tcase_add_test(refuses, names_the_keys_that_are_none);
    tcase_add_test(refuses, says_why_a_key_url_did_not_answer);
    suite_add_tcase(s, refuses);
    return s;
}
