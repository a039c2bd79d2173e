/* SPDX-License-Identifier: Apache-2.0 */
/* The test stores themselves: what store_fake records, and that store_faulty fails exactly the call it was
 * told to. */
#include "support/run.h"
#include "support/store_fake.h"
#include "support/store_faulty.h"

static const struct statistic statistics[] = {
    {.name = {"Kills", 5}, .type = STATISTIC_INTEGER, .access = STATISTIC_OPEN},
    {.name = {"Motto", 5}, .type = STATISTIC_STRING},
};
static const struct service_config configs[] = {
    {.scid = {"abc", 3}, .sandbox = {"RETAIL", 6}, .statistics = statistics, .statistic_count = 2}};
static const struct catalog_definition catalog = {.configs = configs, .config_count = 1};

static struct store *filled(void)
{
    struct store *s = store_fake_open(&clock_system);
    ck_assert(store_fake_put_catalog(s, &catalog));
    ck_assert(!store_fake_put_catalog(s, &catalog));
    store_fake_put(s, 7, "ABC", "kills", "42");
    store_fake_put(s, 7, "abc", "Motto", "onward");
    store_fake_put_player(s, 7, text_of("Saint"));
    return s;
}

START_TEST(records_the_last_query)
{
    struct store *s = filled();
    struct arena arena;
    arena_init(&arena, 65536);
    ck_assert_uint_eq(store_fake_last_query(s).reads, 0);
    uint64_t xuids[] = {7, 8};
    uint32_t ids[] = {store_fake_statistic_id(s, text_of("abc"), text_of("Kills"))};
    struct store_query q = {xuids, 2, ids, 1, INT64_MAX, true};
    struct store_answer answer;
    struct error err;
    ck_assert(store_read_values(s, &q, &arena, &answer, &err));
    ck_assert_int_eq(answer.values[0].integer, 42);
    ck_assert_int_eq(answer.values[1].type, STATISTIC_TYPE_NONE);
    struct store_fake_query last = store_fake_last_query(s);
    ck_assert_uint_eq(last.reads, 1);
    ck_assert_uint_eq(last.xuid_count, 2);
    ck_assert_uint_eq(last.xuids[1], 8);
    ck_assert_uint_eq(last.statistic_count, 1);
    ck_assert_uint_eq(last.statistic_ids[0], ids[0]);
    ck_assert(last.with_metadata);
    arena_reset(&arena);
    store_close(&s);
}
END_TEST

START_TEST(fails_when_told)
{
    struct store *s = store_faulty_open(filled());
    struct error err;
    int64_t version;
    store_faulty_fail_nth(s, 2, ERROR_STORE_UNAVAILABLE);
    ck_assert(store_check(s, &err));
    ck_assert(!store_faulty_has_fired(s));
    ck_assert(!store_catalog_version(s, &version, &err));
    ck_assert_int_eq(err.code, ERROR_STORE_UNAVAILABLE);
    ck_assert(store_faulty_has_fired(s));
    ck_assert(store_catalog_version(s, &version, &err));
    ck_assert_uint_eq(store_faulty_calls(s), 3);
    store_close(&s);

    s = filled();
    store_fake_fail(s, ERROR_DEADLINE);
    ck_assert(!store_check(s, &err));
    ck_assert_int_eq(err.code, ERROR_DEADLINE);
    store_fake_fail(s, ERROR_NONE);
    ck_assert(store_check(s, &err));
    store_close(&s);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("store/fake");
    TCase *c = tcase_create("fakes");
    tcase_add_test(c, records_the_last_query);
    tcase_add_test(c, fails_when_told);
    suite_add_tcase(s, c);
    return s;
}
