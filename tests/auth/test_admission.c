/* SPDX-License-Identifier: Apache-2.0 */
/* How many at once, and how much time for bad ones, on a clock that the test turns. */
#include "auth/admission.h"

#include <pthread.h>

#include "auth/parties.h"
#include "support/run.h"

#define MS INT64_C(1000000)

static struct admission a;

static void setup(void)
{
    clock_now_ns = 1000 * MS;
    clock_step_ns = 0;
    admission_init(&a, 2, &standing_clock);
}

static int64_t enter(void)
{
    int64_t since = -1;
    struct error err = {0};
    ck_assert_msg(admission_enter(&a, &since, &err), "%s", err.detail);
    ck_assert_int_eq(since, clock_now_ns);
    return since;
}

static void expect_refusal(void)
{
    int64_t since = -1;
    struct error err = {0};
    uint64_t before = atomic_load(&a.refused);
    ck_assert(!admission_enter(&a, &since, &err));
    ck_assert_int_eq(err.code, ERROR_OVERLOADED);
    ck_assert_int_eq(since, -1);
    ck_assert_uint_eq(atomic_load(&a.refused), before + 1);
}

/* One that takes DURATION. */
static void spend(int64_t duration_ns, bool it_failed)
{
    int64_t since = enter();
    clock_now_ns += duration_ns;
    admission_leave(&a, since, it_failed);
}

START_TEST(so_many_at_once_and_no_more)
{
    int64_t first = enter(), second = enter();
    expect_refusal();
    expect_refusal();
    admission_leave(&a, first, false);
    int64_t third = enter();
    expect_refusal();
    admission_leave(&a, second, true);
    admission_leave(&a, third, false);
    ck_assert_uint_eq(atomic_load(&a.in_flight), 0);
}
END_TEST

START_TEST(a_few_bad_ones_hold_up_nobody)
{
    spend(100 * MS, true);
    int64_t first = enter(), second = enter();
    admission_leave(&a, first, false);
    admission_leave(&a, second, false);
}
END_TEST

START_TEST(after_many_bad_ones_one_at_a_time)
{
    spend(126 * MS, true); /* and 10 ms to earn back what is more than half of the burst */
    int64_t first = enter();
    expect_refusal();
    admission_leave(&a, first, false);
    spend(0, false);
    clock_now_ns += 10 * MS - 1;
    first = enter();
    expect_refusal();
    clock_now_ns += 1;
    int64_t second = enter();
    expect_refusal();
    admission_leave(&a, first, false);
    admission_leave(&a, second, false);
}
END_TEST

START_TEST(a_passage_is_entered_once)
{
    struct error err;
    struct passage none = {.admission = &a}, some = none;
    ck_assert(passage_enter(&some, &err) && passage_enter(&some, &err));
    ck_assert_uint_eq(atomic_load(&a.in_flight), 1);
    clock_now_ns += MS;
    passage_leave(&some, true);
    passage_leave(&some, true);
    passage_leave(&none, true);
    ck_assert_uint_eq(atomic_load(&a.in_flight), 0);
    ck_assert_int_eq(atomic_load(&a.paid_until_ns), clock_now_ns + 10 * MS);
    clock_now_ns += -MS + 2500 * MS; /* nothing is owed */
    spend(250 * MS, true);
    ck_assert(!passage_enter(&none, &err));
    ck_assert_int_eq(err.code, ERROR_OVERLOADED);
    passage_leave(&none, false);
    ck_assert_uint_eq(atomic_load(&a.in_flight), 0);
}
END_TEST

START_TEST(good_ones_cost_nothing)
{
    for (int i = 0; i < 1000; i++)
        spend(100 * MS, false);
    ck_assert_int_le(atomic_load(&a.paid_until_ns), clock_now_ns);
}
END_TEST

START_TEST(bad_ones_get_a_burst_and_then_a_tenth)
{
    int64_t began = clock_now_ns, bad = 0;
    for (int i = 0; i < 250; i++) /* each earns a tenth of itself back while it goes on */
        spend(MS, true);
    bad += 250 * MS;
    while (atomic_load(&a.paid_until_ns) - clock_now_ns < 2500 * MS) {
        spend(MS, true);
        bad += MS;
    }
    ck_assert_int_eq(bad, 278 * MS);
    expect_refusal();
    clock_now_ns += 9 * MS;          /* not yet a millisecond earned */
    for (int i = 0; i < 1000; i++) { /* whoever tries and tries gets no more than that */
        struct error err;
        int64_t since;
        if (admission_enter(&a, &since, &err)) {
            clock_now_ns += MS;
            bad += MS;
            admission_leave(&a, since, true);
        } else {
            clock_now_ns += MS;
        }
    }
    int64_t earned = (clock_now_ns - began) / ADMISSION_SHARE + ADMISSION_BURST_NS;
    ck_assert_msg(bad <= earned + MS && bad >= earned - 2 * MS, "%lld of %lld", (long long)bad,
                  (long long)earned);
}
END_TEST

START_TEST(rest_does_not_save_up_more_than_the_burst)
{
    clock_now_ns += 3600000 * MS;
    int count = 0;
    struct error err;
    int64_t since;
    while (admission_enter(&a, &since, &err)) {
        admission_leave(&a, since - 10 * MS, true); /* as if it had begun earlier: the clock stands */
        count++;
    }
    ck_assert_int_eq(count, 25);
    clock_now_ns += 100 * MS;
    spend(0, false);
}
END_TEST

static void *enter_and_leave(void *context)
{
    atomic_uint *most = context;
    for (int i = 0; i < 20000; i++) {
        struct error err;
        int64_t since;
        if (!admission_enter(&a, &since, &err))
            continue;
        unsigned in = atomic_load(&a.in_flight), seen = atomic_load(most);
        while (in > seen && !atomic_compare_exchange_weak(most, &seen, in)) {
        }
        admission_leave(&a, since, i % 2 == 0);
    }
    return NULL;
}

START_TEST(threads_never_are_too_many)
{
    pthread_t threads[4];
    atomic_uint most = 0;
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, enter_and_leave, &most), 0);
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    ck_assert_uint_le(atomic_load(&most), 2);
    ck_assert_uint_ge(atomic_load(&most), 1);
    ck_assert_uint_eq(atomic_load(&a.in_flight), 0);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("auth/admission");
    TCase *c = tcase_create("admission");
    tcase_add_checked_fixture(c, setup, NULL);
    tcase_add_test(c, so_many_at_once_and_no_more);
    tcase_add_test(c, a_few_bad_ones_hold_up_nobody);
    tcase_add_test(c, after_many_bad_ones_one_at_a_time);
    tcase_add_test(c, a_passage_is_entered_once);
    tcase_add_test(c, good_ones_cost_nothing);
    tcase_add_test(c, bad_ones_get_a_burst_and_then_a_tenth);
    tcase_add_test(c, rest_does_not_save_up_more_than_the_burst);
    tcase_add_test(c, threads_never_are_too_many);
    suite_add_tcase(s, c);
    return s;
}
