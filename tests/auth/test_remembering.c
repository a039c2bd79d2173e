/* SPDX-License-Identifier: Apache-2.0 */
/* A token that comes again: the same answer as the first time, and never longer than its keys and its time
 * allow. */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "auth/parties.h"
#include "support/run.h"

#define NOW 1700000000
#define TWO                                                                                                  \
    "{\"iss\":\"me\",\"aud\":\"you\",\"exp\":1700000100,\"nbf\":1699999900,\"sbx\":\"RETAIL\",\"xti\":{"     \
    "\"tid\":\"9\"},\"xdi\":{\"dty\":\"Win32\",\"did\":\"\"},\"xui\":[{\"uhs\":\"h1\",\"xid\":\"11\","       \
    "\"gtg\":\"One\"},{\"uhs\":\"h2\",\"xid\":\"22\"}]}"

static struct issuer issuer;
static struct authenticator *authenticator;
static struct arena arena;
static struct text token;

static void setup(void)
{
    arena_init(&arena, 1 << 20);
    clock_now_ns = clock_step_ns = 0;
    issuer = (struct issuer){"auth",
                             text_of("me"),
                             text_of("you"),
                             TOKENS_BOTH,
                             30,
                             slot_of(OF(OURS)),
                             decryption_slot_of(OF(OURS))};
    authenticator = authenticator_of(&issuer, 1, 100);
    token = signed_by(OURS, TWO, &arena);
}

static void teardown(void)
{
    authenticator_close(&authenticator);
    key_slot_close(&issuer.keys);
    key_slot_close(&issuer.decryption_keys);
    arena_reset(&arena);
}

static enum error_code present_at(const char *userhash, int64_t now_s, struct principal *p)
{
    struct credentials credentials = {header_with(userhash, token, &arena), now_s};
    struct error err = {.code = ERROR_NONE};
    return authenticate(authenticator, &credentials, &arena, p, &err) ? ERROR_NONE : err.code;
}

/* The only counters that a request may change. */
static void expect_counts(uint64_t hits, uint64_t misses)
{
    struct authenticator_counts c = authenticator_count(authenticator);
    ck_assert_msg(c.hits == hits && c.misses == misses, "%llu hits, %llu misses", (unsigned long long)c.hits,
                  (unsigned long long)c.misses);
}

static struct principal admit(const char *userhash)
{
    struct principal p;
    ck_assert_int_eq(present_at(userhash, NOW, &p), ERROR_NONE);
    return p;
}

static void expect_same_text(struct text a, struct text b)
{
    ck_assert(text_equals(a, b) && (a.data == NULL) == (b.data == NULL));
}

static void expect_same(const struct principal *a, const struct principal *b)
{
    expect_same_text(a->sandbox, b->sandbox);
    ck_assert_uint_eq(a->title_id, b->title_id);
    expect_same_text(a->device_type, b->device_type);
    expect_same_text(a->device_id, b->device_id);
    ck_assert_uint_eq(a->user_count, b->user_count);
    for (size_t i = 0; i < a->user_count; i++) {
        expect_same_text(a->users[i].userhash, b->users[i].userhash);
        ck_assert_uint_eq(a->users[i].xuid, b->users[i].xuid);
        expect_same_text(a->users[i].gamertag, b->users[i].gamertag);
    }
    ck_assert_int_eq(a->caller == NULL ? -1 : a->caller - a->users,
                     b->caller == NULL ? -1 : b->caller - b->users);
    ck_assert_int_eq(a->expires_s, b->expires_s);
}

START_TEST(the_second_answer_is_the_first)
{
    static const char *const userhashes[] = {"h1", "h2", "*"};
    struct principal first[3], second;
    struct authenticator *shared = authenticator;
    for (size_t i = 0; i < 3; i++) { /* each the first of an authenticator of its own */
        authenticator = authenticator_of(&issuer, 1, 100);
        first[i] = admit(userhashes[i]);
        expect_counts(0, 1);
        authenticator_close(&authenticator);
    }
    authenticator = shared;
    for (size_t i = 0; i < 6; i++) {
        second = admit(userhashes[i % 3]);
        expect_same(&first[i % 3], &second);
    }
    expect_counts(5, 1);
    ck_assert(first[0].caller->xuid == 11 && first[1].caller->xuid == 22 && first[2].user_count == 2);
}
END_TEST

START_TEST(a_userhash_is_looked_for_every_time)
{
    struct principal p;
    ck_assert_int_eq(present_at("h3", NOW, &p), ERROR_AUTH_NO_USER); /* the token is good all the same */
    ck_assert_int_eq(present_at("h3", NOW, &p), ERROR_AUTH_NO_USER);
    ck_assert_int_eq(present_at("-", NOW, &p), ERROR_AUTH_NO_USER);
    expect_counts(1, 1);
    ck_assert_uint_eq(admit("h1").caller->xuid, 11);
    expect_counts(2, 1);
}
END_TEST

START_TEST(a_token_with_more_behind_it_is_another)
{
    char longer[4096];
    struct principal p;
    admit("h1");
    memcpy(longer, token.data, token.size);
    longer[token.size] = 'A';
    token = text_slice(longer, token.size + 1);
    ck_assert_int_ne(present_at("h1", NOW, &p), ERROR_NONE);
    token.size -= 2;
    ck_assert_int_ne(present_at("h1", NOW, &p), ERROR_NONE);
    token.size += 1;
    admit("h1");
}
END_TEST

START_TEST(it_is_never_recalled_outside_its_time)
{
    struct principal p;
    admit("h1");
    ck_assert_int_eq(present_at("h1", 1700000129, &p), ERROR_NONE);
    ck_assert_int_eq(present_at("h1", 1700000130, &p), ERROR_TOKEN_EXPIRED);
    ck_assert_uint_eq(authenticator_count(authenticator).entries, 0);
    ck_assert_int_eq(present_at("h1", 1700000130, &p), ERROR_TOKEN_EXPIRED);
    admit("h1"); /* the clock stepped back */
    ck_assert_int_eq(present_at("h1", 1699999869, &p), ERROR_TOKEN_NOT_YET_VALID);
    ck_assert_int_eq(present_at("h1", 1699999870, &p), ERROR_NONE);
    expect_counts(1, 6);
}
END_TEST

START_TEST(what_is_refused_is_not_remembered)
{
    struct principal p;
    ck_assert_int_eq(present_at("h1", 1699999800, &p), ERROR_TOKEN_NOT_YET_VALID);
    ck_assert_uint_eq(authenticator_count(authenticator).entries, 0);
    admit("h1");
    token = signed_by(FOREIGN, TWO, &arena);
    ck_assert_int_eq(present_at("h1", NOW, &p), ERROR_TOKEN_KEY_UNKNOWN);
    key_slot_put(issuer.keys, keys_of(OF(OURS) | OF(FOREIGN)));
    admit("h1");
}
END_TEST

START_TEST(a_key_that_is_gone_is_gone_at_once)
{
    struct principal p;
    admit("h1");
    key_slot_put(issuer.keys, keys_of(OF(OTHERS)));
    ck_assert_int_eq(present_at("h1", NOW, &p), ERROR_TOKEN_KEY_UNKNOWN);
    key_slot_put(issuer.keys, keys_of(OF(OTHERS) | OF(OURS)));
    admit("h1");
    expect_counts(0, 3);
    key_slot_put(issuer.keys, keys_of(OF(OURS) | OF(FOREIGN))); /* rotated, and kept */
    admit("h1");
    admit("h1");
    expect_counts(2, 3);
    key_slot_put(issuer.keys, key_in_disguise(OTHERS, OURS)); /* its name is not enough */
    ck_assert_int_eq(present_at("h1", NOW, &p), ERROR_TOKEN_SIGNATURE);
    key_slot_put(issuer.keys, NULL);
    ck_assert_int_eq(present_at("h1", NOW, &p), ERROR_KEYS_UNAVAILABLE);
}
END_TEST

START_TEST(a_decryption_key_that_is_gone_is_gone_at_once)
{
    struct principal p;
    token = encrypted_to(OURS, token, &arena);
    admit("h2");
    admit("h1");
    key_slot_put(issuer.decryption_keys, decryption_keys_of(OF(OURS) | OF(OTHERS)));
    admit("h1");
    expect_counts(2, 1);
    key_slot_put(issuer.decryption_keys, decryption_keys_of(OF(OTHERS)));
    ck_assert_int_eq(present_at("h1", NOW, &p), ERROR_TOKEN_KEY_UNKNOWN);
    ck_assert_uint_eq(authenticator_count(authenticator).entries, 0);
}
END_TEST

START_TEST(of_a_token_in_many_shells_one_is_remembered_and_the_others_are_charged)
{
    struct principal p;
    struct text first = encrypted_to(OURS, token, &arena), plain = token;
    clock_step_ns = 10000000; /* every look at the clock */
    for (int i = 0; i < 40; i++) {
        token = i == 0 ? first : encrypted_to(OURS, plain, &arena);
        enum error_code code = present_at("h1", NOW, &p);
        ck_assert_uint_eq(authenticator_count(authenticator).entries, 1);
        if (code != ERROR_NONE) {
            ck_assert_int_eq(code, ERROR_OVERLOADED);
            ck_assert_int_eq(i, 33); /* the first is free, then as many as of bad ones */
            break;
        }
        ck_assert_uint_eq(p.caller->xuid, 11);
    }
    ck_assert_uint_eq(authenticator_count(authenticator).decryptions_refused, 1);
    token = first; /* is no longer the latest */
    ck_assert_int_eq(present_at("h1", NOW, &p), ERROR_OVERLOADED);
    token = plain;
    admit("h1");
}
END_TEST

START_TEST(other_tokens_in_shells_are_not_charged)
{
    struct principal p;
    clock_step_ns = 1000000000;
    for (int i = 0; i < 40; i++) { /* each its own; signatures of ES256 differ every time */
        token = encrypted_to(OURS, signed_by(OURS, TWO, &arena), &arena);
        ck_assert_int_eq(present_at("h1", NOW, &p), ERROR_NONE);
        ck_assert_int_eq(present_at("h2", NOW, &p), ERROR_NONE);
    }
    ck_assert_uint_eq(authenticator_count(authenticator).entries, 40);
}
END_TEST

START_TEST(a_token_that_was_thrown_out_is_not_charged_when_it_comes_back)
{
    struct principal p;
    authenticator_close(&authenticator);
    authenticator = authenticator_of(&issuer, 1, 1);
    clock_step_ns = 1000000000;
    struct text shell = encrypted_to(OURS, token, &arena), other = signed_by(OURS, TWO, &arena);
    for (int i = 0; i < 40; i++) {
        token = i % 2 == 0 ? shell : other;
        ck_assert_int_eq(present_at("h1", NOW, &p), ERROR_NONE);
    }
    expect_counts(0, 40);
}
END_TEST

START_TEST(remembering_nothing_works_too)
{
    struct principal p;
    authenticator_close(&authenticator);
    authenticator = authenticator_of(&issuer, 1, 0);
    for (int i = 0; i < 3; i++)
        admit("h1");
    expect_counts(0, 0);
    ck_assert_int_eq(present_at("h1", 1700000130, &p), ERROR_TOKEN_EXPIRED);
}
END_TEST

static size_t drawn;

static bool draw(void *context, void *out, size_t size, struct error *err)
{
    (void)context, (void)err;
    memset(out, 1, size);
    drawn += size;
    return true;
}

START_TEST(every_authenticator_draws_a_key_of_its_own)
{
    const struct random_source random = {draw, NULL};
    const struct authenticator_options options = {.issuers = &issuer,
                                                  .issuer_count = 1,
                                                  .remembered_max = 1,
                                                  .decryptions_in_flight_max = 1,
                                                  .clock = &standing_clock,
                                                  .random = &random};
    struct error err;
    for (int i = 1; i <= 2; i++) {
        struct authenticator *a;
        ck_assert(authenticator_open(&options, &a, &err));
        ck_assert_uint_eq(drawn, (size_t)i * 32);
        authenticator_close(&a);
    }
}
END_TEST

static atomic_bool is_over;

struct caller {
    struct text header;
    size_t taken, refused, others; /* how often; others: with another answer */
};

static void *authenticate_often(void *context)
{
    struct caller *c = context;
    const struct credentials credentials = {c->header, NOW};
    while (!atomic_load(&is_over)) {
        struct arena own;
        struct principal p;
        struct error err;
        arena_init(&own, 1 << 18);
        if (!authenticate(authenticator, &credentials, &own, &p, &err))
            *(err.code == ERROR_TOKEN_KEY_UNKNOWN ? &c->refused : &c->others) += 1;
        else
            *(p.user_count == 1 && p.caller->xuid == 11 && p.title_id == 9 ? &c->taken : &c->others) += 1;
        arena_reset(&own);
    }
    return NULL;
}

START_TEST(threads_see_every_token_by_its_keys)
{
    pthread_t threads[4];
    struct caller callers[4];
    struct principal p;
    atomic_store(&is_over, false);
    for (int i = 0; i < 4; i++) {
        struct text t = i % 2 == 0 ? token : encrypted_to(OURS, token, &arena);
        callers[i] = (struct caller){.header = header_with("h1", t, &arena)};
        ck_assert_int_eq(pthread_create(&threads[i], NULL, authenticate_often, &callers[i]), 0);
    }
    for (int i = 0; i < 100; i++)
        key_slot_put(issuer.keys, keys_of(i % 2 == 0 ? OF(FOREIGN) : OF(FOREIGN) | OF(OURS)));
    key_slot_put(issuer.keys, keys_of(OF(FOREIGN)));
    ck_assert_int_eq(present_at("h1", NOW, &p), ERROR_TOKEN_KEY_UNKNOWN); /* at once */
    atomic_store(&is_over, true);
    size_t taken = 0;
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
        ck_assert_uint_eq(callers[i].others, 0);
        taken += callers[i].taken;
    }
    ck_assert_uint_gt(taken, 0);
    ck_assert_int_eq(present_at("h1", NOW, &p), ERROR_TOKEN_KEY_UNKNOWN);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("auth/remembering");
    TCase *c = tcase_create("remembering");
    tcase_add_unchecked_fixture(c, parties_make, parties_drop);
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_set_timeout(c, 120);
    tcase_add_test(c, the_second_answer_is_the_first);
    tcase_add_test(c, a_userhash_is_looked_for_every_time);
    tcase_add_test(c, a_token_with_more_behind_it_is_another);
    tcase_add_test(c, it_is_never_recalled_outside_its_time);
    tcase_add_test(c, what_is_refused_is_not_remembered);
    tcase_add_test(c, a_key_that_is_gone_is_gone_at_once);
    tcase_add_test(c, a_decryption_key_that_is_gone_is_gone_at_once);
    tcase_add_test(c, of_a_token_in_many_shells_one_is_remembered_and_the_others_are_charged);
    tcase_add_test(c, other_tokens_in_shells_are_not_charged);
    tcase_add_test(c, a_token_that_was_thrown_out_is_not_charged_when_it_comes_back);
    tcase_add_test(c, remembering_nothing_works_too);
    tcase_add_test(c, every_authenticator_draws_a_key_of_its_own);
    tcase_add_test(c, threads_see_every_token_by_its_keys);
    suite_add_tcase(s, c);
    return s;
}
