/* SPDX-License-Identifier: Apache-2.0 */
/* One authenticator, several issuers: whose token is it, and who may not speak for whom. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "auth/parties.h"
#include "support/run.h"

#define NOW 1700000000
#define CLAIMS(iss, aud)                                                                                     \
    "{\"iss\":\"" iss "\",\"aud\":\"" aud                                                                    \
    "\",\"exp\":1700000100,\"nbf\":1699999900,\"xui\":[{\"uhs\":\"h\","                                      \
    "\"xid\":\"11\"}]}"

static struct issuer issuers[3];
static struct authenticator *authenticator;
static struct arena arena;

/* ours and others, each with keys of its own; tests change them before they open the authenticator. */
static void setup(void)
{
    arena_init(&arena, 4 << 20);
    clock_now_ns = clock_step_ns = 0;
    authenticator = NULL;
    issuers[0] = (struct issuer){"auth.a",
                                 text_of("a"),
                                 text_of("x"),
                                 TOKENS_BOTH,
                                 0,
                                 slot_of(OF(OURS)),
                                 decryption_slot_of(OF(OURS))};
    issuers[1] = (struct issuer){"auth.b",
                                 text_of("b"),
                                 text_of("x"),
                                 TOKENS_BOTH,
                                 0,
                                 slot_of(OF(OTHERS)),
                                 decryption_slot_of(OF(OTHERS))};
    issuers[2] = (struct issuer){.label = NULL};
}

static void teardown(void)
{
    authenticator_close(&authenticator);
    for (size_t i = 0; i < 3; i++) {
        key_slot_close(&issuers[i].keys);
        key_slot_close(&issuers[i].decryption_keys);
    }
    arena_reset(&arena);
}

static void open_with(size_t count)
{
    authenticator = authenticator_of(issuers, count, 100);
}

static bool present(struct text token, struct error *err)
{
    struct credentials credentials = {header_with("h", token, &arena), NOW};
    struct principal p = {.title_id = 77};
    *err = (struct error){.code = ERROR_NONE};
    bool taken = authenticate(authenticator, &credentials, &arena, &p, err);
    ck_assert_msg(taken ? p.caller != NULL && p.caller->xuid == 11 : p.title_id == 77, "an out half filled");
    return taken;
}

static void expect_taken(const char *name, struct text token)
{
    struct error err;
    ck_assert_msg(present(token, &err), "%s: %s: %s", name, error_class_of(err.code)->name, err.detail);
    ck_assert_msg(present(token, &err), "%s, the second time: %s", name, err.detail);
}

/* Twice, as what is refused must not be remembered either. */
static void expect_refused(const char *name, struct text token, enum error_code code)
{
    struct error err;
    for (int i = 0; i < 2; i++) {
        ck_assert_msg(!present(token, &err), "%s was taken", name);
        ck_assert_msg(err.code == code, "%s: %s: %s", name, error_class_of(err.code)->name, err.detail);
        ck_assert_msg(err.message[0] == '\0' && err.detail[0] != '\0', "%s", name);
    }
    const struct error_class *class = error_class_of(code);
    ck_assert_int_eq(class->http_status, code == ERROR_KEYS_UNAVAILABLE ? 503 : 401);
    ck_assert_uint_eq(authenticator_count(authenticator).entries, 0);
}

static struct text plain(enum party whom, const char *claims)
{
    return signed_by(whom, claims, &arena);
}

static struct text sealed(enum party whom, enum party to, const char *claims)
{
    return encrypted_to(to, plain(whom, claims), &arena);
}

START_TEST(each_issuers_tokens_are_taken)
{
    open_with(2);
    expect_taken("a", plain(OURS, CLAIMS("a", "x")));
    expect_taken("b", plain(OTHERS, CLAIMS("b", "x")));
    expect_taken("a, encrypted", sealed(OURS, OURS, CLAIMS("a", "x")));
    expect_taken("b, encrypted", sealed(OTHERS, OTHERS, CLAIMS("b", "x")));
    struct authenticator_counts counts = authenticator_count(authenticator);
    ck_assert(counts.hits == 4 && counts.misses == 4 && counts.entries == 4 && counts.evictions == 0);
}
END_TEST

static const struct {
    const char *name;
    enum party by, to; /* PARTIES: not encrypted */
    const char *claims;
    enum error_code code;
} refused[] = {
    {"b's key, a's name", OTHERS, PARTIES, CLAIMS("a", "x"), ERROR_TOKEN_KEY_UNKNOWN},
    {"a's key, b's name", OURS, PARTIES, CLAIMS("b", "x"), ERROR_TOKEN_KEY_UNKNOWN},
    {"a's key, nobody's name", OURS, PARTIES, CLAIMS("c", "x"), ERROR_TOKEN_ISSUER},
    {"no name", OURS, PARTIES, CLAIMS("", "x"), ERROR_TOKEN_ISSUER},
    {"a name in another case", OURS, PARTIES, CLAIMS("A", "x"), ERROR_TOKEN_ISSUER},
    {"another audience", OTHERS, PARTIES, CLAIMS("b", "y"), ERROR_TOKEN_AUDIENCE},
    {"nobody's key", FOREIGN, PARTIES, CLAIMS("a", "x"), ERROR_TOKEN_KEY_UNKNOWN},
    {"b's key, a's name, encrypted to a", OTHERS, OURS, CLAIMS("a", "x"), ERROR_TOKEN_KEY_UNKNOWN},
    {"a's, encrypted to b", OURS, OTHERS, CLAIMS("a", "x"), ERROR_TOKEN_DECRYPTION},
    {"a's, encrypted to a, another audience", OURS, OURS, CLAIMS("a", "y"), ERROR_TOKEN_AUDIENCE},
    {"a's, encrypted to nobody here", OURS, FOREIGN, CLAIMS("a", "x"), ERROR_TOKEN_KEY_UNKNOWN},
    {"nobody's key, encrypted to a", FOREIGN, OURS, CLAIMS("a", "x"), ERROR_TOKEN_KEY_UNKNOWN},
    {"no claims", OURS, PARTIES, "{}", ERROR_TOKEN_CLAIMS},
    {"no claims, encrypted", OURS, OURS, "[]", ERROR_TOKEN_CLAIMS},
};

START_TEST(nobody_speaks_for_another)
{
    struct text token = plain(refused[_i].by, refused[_i].claims);
    if (refused[_i].to != PARTIES)
        token = encrypted_to(refused[_i].to, token, &arena);
    open_with(2);
    expect_refused(refused[_i].name, token, refused[_i].code);
}
END_TEST

START_TEST(issuers_may_share_a_kid)
{
    key_slot_put(issuers[1].keys, key_in_disguise(OTHERS, OURS)); /* b's key, called as a's */
    issuers[2] = issuers[0];
    issuers[0] = issuers[1];
    issuers[1] = issuers[2]; /* so that the wrong one comes first */
    issuers[2] = (struct issuer){.label = NULL};
    open_with(2);
    expect_taken("a's token", plain(OURS, CLAIMS("a", "x")));
    struct error err;
    ck_assert(!present(plain(OURS, CLAIMS("b", "x")), &err));
    ck_assert_int_eq(err.code, ERROR_TOKEN_KEY_UNKNOWN);
}
END_TEST

START_TEST(a_forged_signature_is_told_from_an_unknown_key)
{
    struct text token = plain(OURS, CLAIMS("a", "x"));
    char *bent = arena_alloc(&arena, token.size, &(struct error){0});
    memcpy(bent, token.data, token.size);
    bent[token.size - 10] = bent[token.size - 10] == 'A' ? 'B' : 'A';
    open_with(2);
    expect_refused("forged", text_slice(bent, token.size), ERROR_TOKEN_SIGNATURE);
    expect_refused("forged, encrypted", encrypted_to(OURS, text_slice(bent, token.size), &arena),
                   ERROR_TOKEN_SIGNATURE);
    ck_assert_uint_eq(key_slot_unknown(issuers[0].keys), 0);
}
END_TEST

START_TEST(one_issuer_may_have_two_audiences)
{
    issuers[1].name = issuers[0].name;
    issuers[1].audience = text_of("y");
    key_slot_put(issuers[1].keys, keys_of(OF(OURS)));
    open_with(2);
    expect_taken("x", plain(OURS, CLAIMS("a", "x")));
    expect_taken("y", plain(OURS, CLAIMS("a", "y")));
    struct error err;
    ck_assert(!present(plain(OURS, CLAIMS("a", "z")), &err));
    ck_assert_int_eq(err.code, ERROR_TOKEN_AUDIENCE);
}
END_TEST

START_TEST(the_reason_that_came_further_is_told)
{
    issuers[1].name = issuers[0].name; /* the same iss, but not the key */
    issuers[0].audience = text_of("y");
    open_with(2);
    expect_refused("audience over key", plain(OURS, CLAIMS("a", "x")), ERROR_TOKEN_AUDIENCE);
    authenticator_close(&authenticator);
    key_slot_put(issuers[1].keys, keys_of(OF(OURS)));
    open_with(2);
    expect_refused("time over audience",
                   plain(OURS, "{\"iss\":\"a\",\"aud\":\"x\",\"exp\":1700000000,\"nbf\":0}"),
                   ERROR_TOKEN_EXPIRED);
    expect_refused("too early",
                   plain(OURS, "{\"iss\":\"a\",\"aud\":\"x\",\"exp\":1700000100,\"nbf\":1700000001}"),
                   ERROR_TOKEN_NOT_YET_VALID);
}
END_TEST

START_TEST(a_form_that_is_not_the_issuers_is_refused)
{
    struct error err;
    issuers[0].tokens = TOKENS_ENCRYPTED;
    issuers[1].tokens = TOKENS_SIGNED;
    open_with(2);
    expect_refused("plain", plain(OURS, CLAIMS("a", "x")), ERROR_TOKEN_FORM);
    ck_assert(!present(plain(OURS, CLAIMS("a", "x")), &err));
    ck_assert_str_eq(err.detail, "this issuer's tokens must be encrypted (auth.a.tokens)");
    expect_refused("encrypted", sealed(OTHERS, OURS, CLAIMS("b", "x")), ERROR_TOKEN_FORM);
    ck_assert(!present(sealed(OTHERS, OURS, CLAIMS("b", "x")), &err));
    ck_assert_str_eq(err.detail, "this issuer's tokens must not be encrypted (auth.b.tokens)");
    /* b's decryption key is not for a's tokens, and b has none */
    expect_refused("encrypted to b", sealed(OURS, OTHERS, CLAIMS("a", "x")), ERROR_TOKEN_KEY_UNKNOWN);
    expect_taken("a's", sealed(OURS, OURS, CLAIMS("a", "x")));
    expect_taken("b's", plain(OTHERS, CLAIMS("b", "x")));
}
END_TEST

START_TEST(no_form_and_no_decryption_keys_mean_no)
{
    issuers[0].tokens = (enum token_form)0;
    key_slot_close(&issuers[1].decryption_keys);
    open_with(2);
    expect_refused("no form", plain(OURS, CLAIMS("a", "x")), ERROR_TOKEN_FORM);
    expect_refused("no decryption keys", sealed(OTHERS, OTHERS, CLAIMS("b", "x")), ERROR_TOKEN_FORM);
    ck_assert_int_eq(clock_now_ns, 0);
}
END_TEST

START_TEST(issuers_may_share_decryption_keys)
{
    key_slot_put(issuers[1].decryption_keys, decryption_keys_of(OF(OURS) | OF(FOREIGN)));
    open_with(2);
    expect_taken("a's", sealed(OURS, OURS, CLAIMS("a", "x")));
    expect_taken("b's", sealed(OTHERS, OURS, CLAIMS("b", "x")));
    expect_taken("b's with the second key", sealed(OTHERS, FOREIGN, CLAIMS("b", "x")));
}
END_TEST

START_TEST(inside_a_shell_is_one_signed_token)
{
    struct text token = plain(OURS, CLAIMS("a", "x")), shell = encrypted_to(OURS, token, &arena);
    open_with(2);
    expect_refused("a shell in a shell", encrypted_to(OURS, shell, &arena), ERROR_TOKEN_ENCRYPTED);
    expect_refused("bare claims", encrypted_to(OURS, text_of(CLAIMS("a", "x")), &arena),
                   ERROR_TOKEN_MALFORMED);
    expect_refused("unsigned", encrypted_to(OURS, text_of("eyJhbGciOiJub25lIn0.e30."), &arena),
                   ERROR_TOKEN_MALFORMED);
    expect_refused("cut", text_slice(shell.data, shell.size - 4), ERROR_TOKEN_MALFORMED);
    char *bent = arena_alloc(&arena, shell.size, &(struct error){0});
    memcpy(bent, shell.data, shell.size);
    bent[shell.size - 10] = bent[shell.size - 10] == 'A' ? 'B' : 'A';
    expect_refused("another tag", text_slice(bent, shell.size), ERROR_TOKEN_DECRYPTION);
}
END_TEST

START_TEST(keys_that_are_not_here_yet_are_not_the_tokens_fault)
{
    key_slot_put(issuers[1].keys, NULL);
    key_slot_put(issuers[1].decryption_keys, NULL);
    open_with(2);
    expect_refused("may be b's", plain(OTHERS, CLAIMS("b", "x")), ERROR_KEYS_UNAVAILABLE);
    expect_refused("may be b's, too", sealed(OTHERS, OTHERS, CLAIMS("b", "x")), ERROR_KEYS_UNAVAILABLE);
    expect_refused("is a's", plain(OURS, CLAIMS("a", "y")), ERROR_TOKEN_AUDIENCE);
    expect_refused("forged", text_of("e30.e30.AAAA"), ERROR_TOKEN_ALGORITHM);
    expect_taken("a's", plain(OURS, CLAIMS("a", "x")));
    key_slot_put(issuers[0].keys, NULL);
    ck_assert_uint_gt(key_slot_unknown(issuers[0].keys), 0);
    struct error err;
    ck_assert(!present(plain(OURS, CLAIMS("a", "x")), &err));
    ck_assert_int_eq(err.code, ERROR_KEYS_UNAVAILABLE);
    key_slot_put(issuers[0].keys, keys_of(OF(OURS)));
    key_slot_put(issuers[1].keys, keys_of(OF(OTHERS)));
    key_slot_put(issuers[1].decryption_keys, decryption_keys_of(OF(OTHERS)));
    ck_assert(present(plain(OTHERS, CLAIMS("b", "x")), &err));
    ck_assert(!present(plain(FOREIGN, CLAIMS("b", "x")), &err));
    ck_assert_int_eq(err.code, ERROR_TOKEN_KEY_UNKNOWN);
}
END_TEST

START_TEST(a_key_that_nobody_knows_is_reported)
{
    struct error err;
    open_with(2);
    ck_assert(!present(plain(FOREIGN, CLAIMS("a", "x")), &err));
    ck_assert_uint_eq(key_slot_unknown(issuers[0].keys), 1);
    ck_assert_uint_eq(key_slot_unknown(issuers[1].keys), 1);
    ck_assert(!present(sealed(OURS, FOREIGN, CLAIMS("a", "x")), &err));
    ck_assert(present(plain(OURS, CLAIMS("a", "x")), &err));
    ck_assert(!present(plain(OURS, CLAIMS("a", "y")), &err));
    ck_assert(!present(plain(OURS, CLAIMS("c", "x")), &err));
    ck_assert_uint_eq(key_slot_unknown(issuers[0].keys), 1);
    ck_assert(
        !present(plain(OTHERS, CLAIMS("a", "x")), &err)); /* known, to the wrong one: a may have it now */
    ck_assert_uint_eq(key_slot_unknown(issuers[0].keys), 2);
    ck_assert_uint_eq(key_slot_unknown(issuers[1].keys), 1);
}
END_TEST

/* b has a new key and calls it as a calls one of a's; b's set is the one from before. */
START_TEST(a_new_key_under_anothers_name_is_reported)
{
    key_slot_put(issuers[0].keys, key_in_disguise(FOREIGN, OTHERS));
    key_slot_put(issuers[1].keys, keys_of(OF(OURS)));
    open_with(2);
    struct text token = plain(OTHERS, CLAIMS("b", "x"));
    expect_refused("before", token, ERROR_TOKEN_SIGNATURE);
    ck_assert_uint_eq(key_slot_unknown(issuers[0].keys), 0);
    ck_assert_uint_eq(key_slot_unknown(issuers[1].keys), 2);
    key_slot_put(issuers[1].keys, NULL);
    expect_refused("without keys", token, ERROR_KEYS_UNAVAILABLE);
    expect_refused("an alg of nobody's", text_of("e30.e30.AAAA"), ERROR_TOKEN_ALGORITHM);
    ck_assert_uint_eq(key_slot_unknown(issuers[0].keys), 0);
    ck_assert_uint_eq(key_slot_unknown(issuers[1].keys), 6);
    key_slot_put(issuers[1].keys, keys_of(OF(OTHERS)));
    expect_taken("after", token);
    ck_assert_uint_eq(key_slot_unknown(issuers[1].keys), 6);
}
END_TEST

START_TEST(a_shared_set_that_does_not_know_is_reported_to_all_who_share_it)
{
    struct error err;
    struct key_set *shared = keys_of(OF(OURS));
    key_slot_put(issuers[0].keys, key_set_hold(shared));
    key_slot_put(issuers[1].keys, shared);
    open_with(2);
    ck_assert(!present(plain(FOREIGN, CLAIMS("b", "x")), &err));
    ck_assert_uint_eq(key_slot_unknown(issuers[0].keys), 1);
    ck_assert_uint_eq(key_slot_unknown(issuers[1].keys), 1);
}
END_TEST

/* Signed with a key that both may have, of an issuer that has none yet. */
START_TEST(an_issuer_without_keys_may_yet_have_the_one_that_signed)
{
    struct error err;
    key_slot_put(issuers[1].keys, NULL);
    open_with(2);
    expect_refused("before", plain(OURS, CLAIMS("b", "x")), ERROR_KEYS_UNAVAILABLE);
    ck_assert_uint_eq(key_slot_unknown(issuers[1].keys), 2);
    key_slot_put(issuers[1].keys, keys_of(OF(OURS)));
    ck_assert(present(plain(OURS, CLAIMS("b", "x")), &err));
    ck_assert_uint_eq(key_slot_unknown(issuers[0].keys), 0);
}
END_TEST

START_TEST(a_section_of_the_same_issuer_is_not_told_of_tokens_that_are_taken)
{
    struct error err;
    issuers[1].name = issuers[0].name;
    open_with(2);
    ck_assert(present(plain(OTHERS, CLAIMS("a", "x")), &err));
    ck_assert_uint_eq(key_slot_unknown(issuers[0].keys), 0);
}
END_TEST

START_TEST(garbage_is_bounded_and_who_is_remembered_does_not_feel_it)
{
    struct error err;
    struct text known = sealed(OURS, OURS, CLAIMS("a", "x")),
                shell = sealed(OTHERS, OTHERS, CLAIMS("b", "x"));
    char *bent = arena_alloc(&arena, shell.size, &err);
    memcpy(bent, shell.data, shell.size);
    bent[shell.size - 10] = bent[shell.size - 10] == 'A' ? 'B' : 'A';
    struct text garbage = text_slice(bent, shell.size);
    open_with(2);
    expect_taken("before", known);
    clock_step_ns = 10000000; /* every look at the clock */
    int tries = 0;
    while (!present(garbage, &err) && err.code == ERROR_TOKEN_DECRYPTION)
        ck_assert_int_lt(++tries, 100);
    ck_assert_int_eq(err.code, ERROR_OVERLOADED);
    ck_assert_int_eq(tries,
                     32); /* 10 ms each, 250 ms at once, 1/10 earned back of every 20 ms and the last */
    clock_step_ns = 0;
    ck_assert(!present(shell, &err));
    ck_assert_int_eq(err.code, ERROR_OVERLOADED);
    ck_assert(present(known, &err));
    ck_assert(present(plain(OTHERS, CLAIMS("b", "x")), &err));
    ck_assert_uint_eq(authenticator_count(authenticator).decryptions_refused, 2);
    clock_now_ns += 100000000;
    ck_assert(present(shell, &err));
}
END_TEST

START_TEST(only_what_can_be_decrypted_waits_and_is_charged)
{
    struct error err;
    open_with(2);
    clock_step_ns = 10000000000;
    struct text unreadable = text_of("e30.AAAA.AAAA.AAAA.AAAA"),
                foreign = sealed(OURS, FOREIGN, CLAIMS("a", "x"));
    for (int i = 0; i < 3; i++) {
        ck_assert(!present(unreadable, &err));
        ck_assert_int_eq(err.code, ERROR_TOKEN_ALGORITHM);
        ck_assert(!present(foreign, &err));
        ck_assert_int_eq(err.code, ERROR_TOKEN_KEY_UNKNOWN);
    }
    ck_assert_int_eq(clock_now_ns, 0); /* nobody asked to decrypt */
    ck_assert(!present(sealed(OURS, OURS, CLAIMS("a", "y")), &err));
    ck_assert(!present(sealed(OURS, OURS, CLAIMS("a", "x")), &err));
    ck_assert_int_eq(err.code, ERROR_OVERLOADED);
    ck_assert(!present(unreadable, &err));
    ck_assert_int_eq(err.code, ERROR_TOKEN_ALGORITHM);
    ck_assert(!present(foreign, &err));
    ck_assert_int_eq(err.code, ERROR_TOKEN_KEY_UNKNOWN);
}
END_TEST

#define LOGINS 24 /* of each thread */

struct player {
    struct text headers[LOGINS];
    size_t taken;
};

static void *log_in(void *context)
{
    struct player *p = context;
    for (size_t i = 0; i < LOGINS; i++) {
        const struct credentials credentials = {p->headers[i], NOW};
        struct arena own;
        struct principal principal;
        struct error err;
        arena_init(&own, 1 << 18);
        p->taken += authenticate(authenticator, &credentials, &own, &principal, &err);
        arena_reset(&own);
    }
    return NULL;
}

START_TEST(good_ones_at_once_are_all_taken)
{
    enum { THREADS = 8 };
    pthread_t threads[THREADS];
    static struct player players[THREADS];
    char claims[256];
    for (int i = 0; i < THREADS * LOGINS; i++) {
        snprintf(claims, sizeof claims,
                 "{\"iss\":\"a\",\"aud\":\"x\",\"exp\":1700000100,\"nbf\":0,\"xui\":[{\"uhs\":\"h\",\"xid\":"
                 "\"%d\"}]}",
                 i + 1);
        players[i % THREADS].headers[i / THREADS] = header_with("h", sealed(OURS, OURS, claims), &arena);
    }
    authenticator = authenticator_for(issuers, 2, 1000, THREADS);
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, log_in, &players[i]), 0);
    for (int i = 0; i < THREADS; i++) {
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
        ck_assert_uint_eq(players[i].taken, LOGINS);
    }
    const struct authenticator_counts counts = authenticator_count(authenticator);
    ck_assert(counts.decryptions_refused == 0 && counts.entries == THREADS * LOGINS);
}
END_TEST

START_TEST(good_ones_and_our_own_faults_are_not_charged)
{
    struct error err;
    open_with(2);
    clock_step_ns = 10000000000;
    ck_assert(present(sealed(OURS, OURS, CLAIMS("a", "x")), &err));
    key_slot_put(issuers[1].keys, NULL);
    for (int i = 0; i < 3; i++) {
        ck_assert(!present(sealed(OTHERS, OTHERS, CLAIMS("b", "x")), &err));
        ck_assert_int_eq(err.code, ERROR_KEYS_UNAVAILABLE);
    }
    ck_assert(!present(sealed(OURS, OURS, CLAIMS("a", "y")), &err)); /* ten seconds for a bad one */
    ck_assert_int_eq(err.code, ERROR_TOKEN_AUDIENCE);
    ck_assert(!present(sealed(OURS, OURS, CLAIMS("a", "x")), &err));
    ck_assert_int_eq(err.code, ERROR_OVERLOADED);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("auth/issuers");
    TCase *c = tcase_create("issuers");
    tcase_add_unchecked_fixture(c, parties_make, parties_drop);
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_set_timeout(c, 60);
    tcase_add_test(c, each_issuers_tokens_are_taken);
    tcase_add_loop_test(c, nobody_speaks_for_another, 0, sizeof refused / sizeof *refused);
    tcase_add_test(c, issuers_may_share_a_kid);
    tcase_add_test(c, a_forged_signature_is_told_from_an_unknown_key);
    tcase_add_test(c, one_issuer_may_have_two_audiences);
    tcase_add_test(c, the_reason_that_came_further_is_told);
    tcase_add_test(c, a_form_that_is_not_the_issuers_is_refused);
    tcase_add_test(c, no_form_and_no_decryption_keys_mean_no);
    tcase_add_test(c, issuers_may_share_decryption_keys);
    tcase_add_test(c, inside_a_shell_is_one_signed_token);
    tcase_add_test(c, keys_that_are_not_here_yet_are_not_the_tokens_fault);
    tcase_add_test(c, a_key_that_nobody_knows_is_reported);
    tcase_add_test(c, a_new_key_under_anothers_name_is_reported);
    tcase_add_test(c, a_shared_set_that_does_not_know_is_reported_to_all_who_share_it);
    tcase_add_test(c, an_issuer_without_keys_may_yet_have_the_one_that_signed);
    tcase_add_test(c, a_section_of_the_same_issuer_is_not_told_of_tokens_that_are_taken);
    tcase_add_test(c, garbage_is_bounded_and_who_is_remembered_does_not_feel_it);
    tcase_add_test(c, only_what_can_be_decrypted_waits_and_is_charged);
    tcase_add_test(c, good_ones_at_once_are_all_taken);
    tcase_add_test(c, good_ones_and_our_own_faults_are_not_charged);
    suite_add_tcase(s, c);
    return s;
}
