/* SPDX-License-Identifier: Apache-2.0 */
/* When a key URL is fetched next. */
#include "keys/keeper.h"
#include "keys/schedule.h"
#include "support/run.h"

#define START   INT64_C(5000)
#define S       INT64_C(1000)
#define SEEDS   500
#define UNKNOWN ((int64_t)URL_UNKNOWN_INTERVAL_S * S)

/* The next fetch is due MS after NOW, give or take a tenth, and not a millisecond before. */
static int64_t expect_about(const struct url_schedule *s, int64_t now, int64_t ms)
{
    ck_assert_int_ge(s->due_ms - now, ms - ms / 10);
    ck_assert_int_le(s->due_ms - now, ms + ms / 10);
    ck_assert(url_schedule_is_due(s, s->due_ms) && !url_schedule_is_due(s, s->due_ms - 1));
    return s->due_ms - now;
}

START_TEST(the_first_fetch_is_due_at_once)
{
    struct url_schedule s;
    url_schedule_init(&s, 300, 1, START);
    ck_assert(url_schedule_is_due(&s, START));
}
END_TEST

static const struct {
    const char *name;
    int64_t refresh_s, fresh_s, wait_s;
} successes[] = {
    {"the server does not say", 300, -1, 300},
    {"it says less than a refresh", 300, 120, 120},
    {"it says more", 300, 86400, 300},
    {"the most it can say", 300, INT64_C(1) << 31, 300},
    {"no-store", 300, 0, 60},
    {"hardly fresh", 300, 59, 60},
    {"a refresh shorter than the least", 30, 0, 30},
    {"a refresh of a second", 1, -1, 1},
    {"a refresh of nothing is taken as a second", 0, -1, 1},
    {"an endless refresh", INT64_MAX, INT64_MAX, INT64_C(1) << 31},
};

START_TEST(after_a_success_it_waits_as_long_as_the_answer_is_fresh)
{
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct url_schedule s;
        url_schedule_init(&s, successes[_i].refresh_s, seed, START);
        url_schedule_start(&s, START);
        url_schedule_succeed(&s, START + 7, successes[_i].fresh_s);
        expect_about(&s, START + 7, successes[_i].wait_s * S);
    }
}
END_TEST

START_TEST(instances_do_not_come_at_once)
{
    int64_t least = INT64_MAX, most = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct url_schedule s;
        url_schedule_init(&s, 300, seed, START);
        url_schedule_succeed(&s, START, -1);
        int64_t wait = expect_about(&s, START, 300 * S);
        least = wait < least ? wait : least;
        most = wait > most ? wait : most;
    }
    ck_assert_int_lt(least, 275 * S);
    ck_assert_int_gt(most, 325 * S);
}
END_TEST

START_TEST(after_failures_it_waits_longer_and_longer)
{
    static const int64_t waits_s[] = {1, 2, 4, 8, 16, 32, 60, 60, 60};
    struct url_schedule s;
    int64_t now = START;
    url_schedule_init(&s, 300, 3, now);
    for (size_t i = 0; i < sizeof waits_s / sizeof waits_s[0]; i++) {
        url_schedule_start(&s, now);
        url_schedule_fail(&s, now);
        expect_about(&s, now, waits_s[i] * S);
        now = s.due_ms;
    }
    for (int i = 0; i < 1000; i++)
        url_schedule_fail(&s, now);
    expect_about(&s, now, 60 * S);
    url_schedule_succeed(&s, now, -1);
    url_schedule_fail(&s, now);
    expect_about(&s, now, S); /* a success ends the series */
}
END_TEST

START_TEST(it_never_waits_longer_for_a_retry_than_for_a_refresh)
{
    struct url_schedule s;
    url_schedule_init(&s, 5, 3, START);
    for (int i = 0; i < 10; i++)
        url_schedule_fail(&s, START);
    expect_about(&s, START, 5 * S);
}
END_TEST

static struct url_schedule fetched_at(int64_t now)
{
    struct url_schedule s;
    url_schedule_init(&s, 300, 9, now);
    url_schedule_start(&s, now);
    url_schedule_succeed(&s, now, -1);
    return s;
}

START_TEST(an_unknown_key_brings_the_fetch_forward)
{
    struct url_schedule s = fetched_at(START);
    url_schedule_report_unknown(&s, START + S);
    ck_assert(url_schedule_is_due(&s, START + S));
}
END_TEST

START_TEST(a_second_one_has_to_wait_but_is_not_forgotten)
{
    struct url_schedule s = fetched_at(START);
    int64_t first = START + S;
    url_schedule_report_unknown(&s, first);
    url_schedule_start(&s, first);
    url_schedule_succeed(&s, first, -1);
    url_schedule_report_unknown(&s, first + 1);
    ck_assert_int_eq(s.due_ms, first + UNKNOWN);
    url_schedule_report_unknown(&s, first + UNKNOWN - 1);
    ck_assert_int_eq(s.due_ms, first + UNKNOWN);
}
END_TEST

START_TEST(an_hour_of_unknown_keys_is_a_bounded_number_of_fetches)
{
    struct url_schedule s = fetched_at(START);
    unsigned fetches = 0;
    for (int64_t now = START; now < START + 3600 * S; now += 250) {
        url_schedule_report_unknown(&s, now);
        if (!url_schedule_is_due(&s, now))
            continue;
        fetches++;
        url_schedule_start(&s, now);
        url_schedule_succeed(&s, now, -1);
    }
    ck_assert_uint_eq(fetches, 3600 / URL_UNKNOWN_INTERVAL_S);
}
END_TEST

START_TEST(the_wait_is_between_fetches_for_unknown_keys_only)
{
    struct url_schedule s = fetched_at(START);
    int64_t regular = s.due_ms;
    url_schedule_start(&s, regular);
    url_schedule_succeed(&s, regular, -1);
    url_schedule_report_unknown(&s, regular + 1); /* a key of just now must not wait for ten seconds */
    ck_assert(url_schedule_is_due(&s, regular + 1));
}
END_TEST

START_TEST(a_fetch_for_an_unknown_key_counts_once)
{
    struct url_schedule s = fetched_at(START);
    url_schedule_report_unknown(&s, START);
    url_schedule_start(&s, START);
    url_schedule_succeed(&s, START, -1);
    int64_t regular = s.due_ms;
    url_schedule_start(&s, regular);
    url_schedule_succeed(&s, regular, -1);
    url_schedule_report_unknown(&s, regular + 1);
    ck_assert(url_schedule_is_due(&s, regular + 1));
}
END_TEST

START_TEST(an_unknown_key_never_puts_a_fetch_off)
{
    struct url_schedule s = fetched_at(START);
    url_schedule_report_unknown(&s, START);
    url_schedule_start(&s, START);
    url_schedule_fail(&s, START); /* due in a second */
    int64_t due = s.due_ms;
    url_schedule_report_unknown(&s, START + 1);
    ck_assert_int_eq(s.due_ms, due);
}
END_TEST

START_TEST(the_operator_need_not_wait)
{
    struct url_schedule s = fetched_at(START);
    url_schedule_demand(&s, START + 1);
    ck_assert(url_schedule_is_due(&s, START + 1));
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("keys/schedule");
    TCase *c = tcase_create("schedule");
    tcase_add_test(c, the_first_fetch_is_due_at_once);
    tcase_add_loop_test(c, after_a_success_it_waits_as_long_as_the_answer_is_fresh, 0,
                        (int)(sizeof successes / sizeof successes[0]));
    tcase_add_test(c, instances_do_not_come_at_once);
    tcase_add_test(c, after_failures_it_waits_longer_and_longer);
    tcase_add_test(c, it_never_waits_longer_for_a_retry_than_for_a_refresh);
    tcase_add_test(c, an_unknown_key_brings_the_fetch_forward);
    tcase_add_test(c, a_second_one_has_to_wait_but_is_not_forgotten);
    tcase_add_test(c, an_hour_of_unknown_keys_is_a_bounded_number_of_fetches);
    tcase_add_test(c, the_wait_is_between_fetches_for_unknown_keys_only);
    tcase_add_test(c, a_fetch_for_an_unknown_key_counts_once);
    tcase_add_test(c, an_unknown_key_never_puts_a_fetch_off);
    tcase_add_test(c, the_operator_need_not_wait);
    suite_add_tcase(s, c);
    return s;
}
