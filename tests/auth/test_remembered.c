/* SPDX-License-Identifier: Apache-2.0 */
/* The table of remembered tokens by itself: bounds, order, expiry, keys that come and go, threads. */
#include "auth/remembered.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "auth/parties.h"
#include "support/run.h"
#include "support/torture.h"

#define NOW    1000
#define TOKENS 100000

static struct issuer issuer;
static struct remembered *r;
static struct arena arena;
static struct good_token good;
static const struct principal_user user = {{"h", 1}, 5, {"Saint", 5}};

static void open_with(size_t entries, size_t bytes)
{
    const struct remembered_options options = {&issuer, entries, bytes};
    struct error err;
    remembered_close(&r);
    ck_assert(remembered_open(&options, &r, &err));
}

static void setup(void)
{
    arena_init(&arena, 1 << 20);
    issuer = (struct issuer){.clock_skew_s = 0, .keys = slot_of(OF(OURS) | OF(OTHERS))};
    struct key_set *set = key_slot_get(issuer.keys);
    good = (struct good_token){.signature = {*key_set_id(set, 0), key_slot_generation(issuer.keys)},
                               .validity = {NOW + 100, NOW - 100},
                               .principal = {.sandbox = {"RETAIL", 6}, .users = &user, .user_count = 1}};
    key_set_release(&set);
    open_with(1000, 1 << 20);
}

static void teardown(void)
{
    remembered_close(&r);
    key_slot_close(&issuer.keys);
    arena_reset(&arena);
}

/* A digest as good as any: number I, spread by an odd factor. */
static struct token_digest digest_of(uint64_t i)
{
    struct token_digest d;
    for (size_t at = 0; at < sizeof d.bytes; at += sizeof i) {
        uint64_t word = (i + at + 1) * UINT64_C(0x9e3779b97f4a7c15);
        word ^= word >> 29;
        memcpy(d.bytes + at, &word, sizeof word);
    }
    return d;
}

static void add(uint64_t i)
{
    struct token_digest d = digest_of(i);
    struct error err = {0};
    ck_assert_msg(remembered_add(r, &d, &good, &err), "%s", err.detail);
}

static const struct principal *find_at(uint64_t i, int64_t now_s)
{
    struct token_lookup lookup = {digest_of(i), now_s};
    const struct principal *p = &good.principal;
    struct error err = {0};
    arena_reset(&arena);
    ck_assert_msg(remembered_find(r, &lookup, &arena, &p, &err), "%s", err.detail);
    return p;
}

static bool has(uint64_t i)
{
    return find_at(i, NOW) != NULL;
}

static struct authenticator_counts counts(void)
{
    struct authenticator_counts c = {0};
    remembered_count(r, &c);
    return c;
}

START_TEST(what_was_put_in_is_found_and_nothing_else)
{
    ck_assert(!has(1));
    add(1);
    ck_assert(has(1) && !has(2));
    const struct principal *p = find_at(1, NOW);
    ck_assert(text_equals(p->sandbox, text_of("RETAIL")) && p->sandbox.data != good.principal.sandbox.data);
    ck_assert(p->device_id.data == NULL && p->user_count == 1 && p->caller == NULL);
    ck_assert(p->users != &user && p->users[0].xuid == 5 && text_equals(p->users[0].userhash, text_of("h")));
    struct authenticator_counts c = counts();
    ck_assert(c.hits == 2 && c.misses == 2 && c.entries == 1 && c.evictions == 0 && c.bytes > 0);
}
END_TEST

START_TEST(one_bit_is_another_token)
{
    add(1);
    for (size_t bit = 0; bit < 8 * TOKEN_DIGEST_SIZE; bit++) {
        struct token_lookup lookup = {digest_of(1), NOW};
        const struct principal *p;
        struct error err;
        lookup.digest.bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
        ck_assert(remembered_find(r, &lookup, &arena, &p, &err));
        ck_assert_msg(p == NULL, "bit %zu", bit);
    }
}
END_TEST

START_TEST(a_token_put_in_twice_is_there_once)
{
    add(1);
    size_t bytes = counts().bytes;
    good.principal.title_id = 9;
    add(1);
    ck_assert(counts().entries == 1 && counts().bytes == bytes && counts().evictions == 0);
    ck_assert_uint_eq(find_at(1, NOW)->title_id, 9);
}
END_TEST

START_TEST(entries_are_bounded)
{
    open_with(1000, (size_t)64 << 20);
    size_t most = 0;
    for (uint64_t i = 0; i < TOKENS; i++) {
        add(i);
        ck_assert_msg(i % 9 != 0 || has(i), "%llu is not there right after", (unsigned long long)i);
        size_t now = i % 97 == 0 ? counts().entries : 0;
        most = now > most ? now : most;
    }
    ck_assert_uint_le(most, 1000);
    ck_assert_uint_ge(most, 900); /* a share in every table */
    ck_assert_uint_eq(counts().evictions, TOKENS - counts().entries);
    size_t found = 0;
    for (uint64_t i = 0; i < TOKENS; i++)
        found += has(i);
    ck_assert_uint_eq(found, counts().entries);
}
END_TEST

START_TEST(bytes_are_bounded)
{
    char long_name[4096];
    memset(long_name, 'd', sizeof long_name);
    open_with(TOKENS, 1 << 20);
    for (uint64_t i = 0; i < TOKENS; i++) {
        good.principal.device_id = text_slice(long_name, i % sizeof long_name);
        add(i);
        ck_assert_msg(i % 97 != 0 || (has(i) && counts().bytes <= 1 << 20), "after %llu",
                      (unsigned long long)i);
    }
    ck_assert_uint_ge(counts().bytes, (1 << 20) * 3 / 4);
}
END_TEST

START_TEST(one_that_is_larger_than_its_share_is_not_remembered)
{
    open_with(10, 4096);
    add(1);
    char *large = calloc(1, 8192);
    good.principal.device_id = text_slice(large, 8192);
    add(2);
    ck_assert(!has(2) && has(1) && counts().evictions == 0);
    free(large);
    open_with(10, 0);
    good.principal.device_id = text_of(NULL);
    add(1);
    ck_assert(!has(1) && counts().bytes == 0);
}
END_TEST

START_TEST(the_longest_unused_goes_first)
{
    open_with(3, 1 << 20);
    add(1);
    add(2);
    add(3);
    ck_assert(has(1)); /* used: now 2 is the oldest */
    add(4);
    ck_assert(!has(2) && has(3) && has(1) && has(4));
    add(5);
    ck_assert(!has(3) && has(1) && has(4) && has(5));
    open_with(1, 1 << 20);
    add(1);
    add(2);
    ck_assert(!has(1) && has(2) && counts().entries == 1);
}
END_TEST

static const struct {
    const char *name;
    int64_t not_before, expires, skew, now;
    bool counts;
} times[] = {
    {"at nbf", NOW, NOW + 9, 0, NOW, true},
    {"before nbf", NOW, NOW + 9, 0, NOW - 1, false},
    {"at nbf - skew", NOW, NOW + 9, 5, NOW - 5, true},
    {"before nbf - skew", NOW, NOW + 9, 5, NOW - 6, false},
    {"before exp", NOW, NOW + 9, 0, NOW + 8, true},
    {"at exp", NOW, NOW + 9, 0, NOW + 9, false},
    {"before exp + skew", NOW, NOW + 9, 5, NOW + 13, true},
    {"at exp + skew", NOW, NOW + 9, 5, NOW + 14, false},
    {"the end of time", 0, INT64_MAX, INT64_MAX, INT64_MAX, false},
    {"exp long ago", INT64_MIN, INT64_MIN, 0, NOW, false},
};

START_TEST(it_counts_only_within_its_time)
{
    issuer.clock_skew_s = times[_i].skew;
    good.validity = (struct validity){times[_i].expires, times[_i].not_before};
    add(1);
    ck_assert_msg((find_at(1, times[_i].now) != NULL) == times[_i].counts, "%s", times[_i].name);
    ck_assert_msg(counts().entries == times[_i].counts, "%s: what no longer counts is dropped",
                  times[_i].name);
}
END_TEST

START_TEST(it_goes_with_its_key)
{
    add(1);
    add(2);
    key_slot_put(issuer.keys, keys_of(OF(OURS) | OF(FOREIGN))); /* its key is the first: still there */
    ck_assert(has(1));
    ck_assert(has(1));
    key_slot_put(issuer.keys, keys_of(OF(FOREIGN)));
    ck_assert(!has(1) && !has(2));
    ck_assert_uint_eq(counts().entries, 0);
    key_slot_put(issuer.keys, keys_of(OF(OURS)));
    ck_assert_msg(!has(1), "what was dropped does not come back");
    add(1); /* with a generation of long ago: held against the set that is there now */
    ck_assert(has(1));
    key_slot_put(issuer.keys, NULL);
    ck_assert(!has(1));
}
END_TEST

START_TEST(one_that_was_verified_while_its_key_went_does_not_count)
{
    key_slot_put(issuer.keys, keys_of(OF(FOREIGN)));
    add(1); /* GOOD's generation was read before */
    ck_assert(!has(1));
}
END_TEST

START_TEST(it_goes_with_its_decryption_key)
{
    struct key_slot *slot = decryption_slot_of(OF(OURS));
    struct key_set *set = key_slot_get(slot);
    issuer.decryption_keys = slot;
    good.is_encrypted = true;
    good.decryption = (struct voucher){*key_set_id(set, 0), key_slot_generation(slot)};
    key_set_release(&set);
    add(1);
    add(2);
    key_slot_put(slot, decryption_keys_of(OF(OURS) | OF(OTHERS)));
    ck_assert(has(1));
    key_slot_put(slot, decryption_keys_of(OF(OTHERS)));
    ck_assert(!has(1) && !has(2));
    good.is_encrypted = false;
    add(3);
    ck_assert(has(3));
    key_slot_close(&slot);
}
END_TEST

static bool open_add_find(void *context, struct error *err)
{
    const struct remembered_options options = {context, 100, 1 << 20};
    const struct token_lookup lookup = {digest_of(1), NOW};
    struct remembered *opened;
    const struct principal *p;
    struct arena local;
    if (!remembered_open(&options, &opened, err))
        return false;
    arena_init(&local, 1 << 20);
    bool done = remembered_add(opened, &lookup.digest, &good, err) &&
                remembered_find(opened, &lookup, &local, &p, err);
    arena_reset(&local);
    remembered_close(&opened);
    return done;
}

START_TEST(it_survives_any_failed_allocation)
{
    ck_assert_uint_gt(torture_allocations(open_add_find, &issuer), 3);
}
END_TEST

START_TEST(a_full_arena_leaves_it_usable)
{
    struct arena small;
    struct error err = {0};
    const struct token_lookup lookup = {digest_of(1), NOW};
    const struct principal *p = &good.principal;
    add(1);
    arena_init(&small, 16);
    ck_assert(!remembered_find(r, &lookup, &small, &p, &err));
    ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    ck_assert_ptr_eq(p, &good.principal);
    ck_assert(has(1));
}
END_TEST

static atomic_bool is_over;

static void *swap_keys(void *context)
{
    (void)context;
    for (int i = 0; i < 300; i++)
        key_slot_put(issuer.keys, keys_of(i % 2 == 0 ? OF(FOREIGN) : OF(OURS)));
    atomic_store(&is_over, true);
    return NULL;
}

static void *use(void *context)
{
    struct arena own;
    struct error err;
    uint64_t *found = context;
    arena_init(&own, 1 << 16);
    for (uint64_t i = 0; !atomic_load(&is_over) || i < 1000; i++) {
        struct token_lookup lookup = {digest_of(i % 50), NOW};
        const struct principal *p = NULL;
        if (!remembered_find(r, &lookup, &own, &p, &err) ||
            (p == NULL && !remembered_add(r, &lookup.digest, &good, &err)) ||
            (p != NULL && (p->users[0].xuid != 5 || !text_equals(p->sandbox, text_of("RETAIL")))))
            return NULL;
        *found += p != NULL;
        arena_reset(&own);
    }
    *found += 1;
    return NULL;
}

START_TEST(threads_share_it_while_keys_come_and_go)
{
    pthread_t threads[4], swapper;
    uint64_t found[4] = {0};
    open_with(32, 1 << 20); /* fewer than are used */
    atomic_store(&is_over, false);
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, use, &found[i]), 0);
    ck_assert_int_eq(pthread_create(&swapper, NULL, swap_keys, NULL), 0);
    ck_assert_int_eq(pthread_join(swapper, NULL), 0);
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
        ck_assert_uint_gt(found[i], 1);
    }
    ck_assert_uint_le(counts().entries, 32);
    key_slot_put(issuer.keys, keys_of(OF(FOREIGN)));
    for (uint64_t i = 0; i < 50; i++)
        ck_assert(!has(i));
    ck_assert(counts().entries == 0 && counts().bytes == 0);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("auth/remembered");
    TCase *c = tcase_create("remembered");
    tcase_add_unchecked_fixture(c, parties_make, parties_drop);
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_set_timeout(c, 120);
    tcase_add_test(c, what_was_put_in_is_found_and_nothing_else);
    tcase_add_test(c, one_bit_is_another_token);
    tcase_add_test(c, a_token_put_in_twice_is_there_once);
    tcase_add_test(c, entries_are_bounded);
    tcase_add_test(c, bytes_are_bounded);
    tcase_add_test(c, one_that_is_larger_than_its_share_is_not_remembered);
    tcase_add_test(c, the_longest_unused_goes_first);
    tcase_add_loop_test(c, it_counts_only_within_its_time, 0, sizeof times / sizeof *times);
    tcase_add_test(c, it_goes_with_its_key);
    tcase_add_test(c, one_that_was_verified_while_its_key_went_does_not_count);
    tcase_add_test(c, it_goes_with_its_decryption_key);
    tcase_add_test(c, it_survives_any_failed_allocation);
    tcase_add_test(c, a_full_arena_leaves_it_usable);
    tcase_add_test(c, threads_share_it_while_keys_come_and_go);
    suite_add_tcase(s, c);
    return s;
}
