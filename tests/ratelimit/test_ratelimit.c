/* SPDX-License-Identifier: Apache-2.0 */
/* Two windows under a clock that the test moves: what is let through, what is told, what is forgotten. */
#include "ratelimit/ratelimit.h"

#include <pthread.h>
#include <string.h>

#include "base/memory.h"
#include "support/run.h"
#include "support/torture.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define MS       INT64_C(1000000)
#define S        (1000 * MS)
#define START    (77 * S + 250 * MS) /* the machine has been up for a while */

static bool fill_sevens(void *context, void *out, size_t size, struct error *err)
{
    (void)context;
    (void)err;
    memset(out, 7, size);
    return true;
}

static bool fill_nothing(void *context, void *out, size_t size, struct error *err)
{
    (void)context;
    (void)out;
    (void)size;
    return error_set(err, ERROR_INTERNAL, "no randomness");
}

static const struct random_source sevens = {fill_sevens, NULL}, nothing = {fill_nothing, NULL};

static struct ratelimit_options options_of(uint32_t burst, uint32_t sustain, size_t callers)
{
    return (struct ratelimit_options){
        {{burst, RATELIMIT_BURST_PERIOD_S}, {sustain, RATELIMIT_SUSTAIN_PERIOD_S}}, callers, &sevens};
}

static struct ratelimit *open_or_fail(uint32_t burst, uint32_t sustain, size_t callers)
{
    const struct ratelimit_options options = options_of(burst, sustain, callers);
    struct ratelimit *r;
    struct error err;
    ck_assert_msg(ratelimit_open(&options, &r, &err), "%s", error_operator_text(&err));
    return r;
}

static struct ratelimit_caller user(uint64_t xuid)
{
    return (struct ratelimit_caller){.xuid = xuid, .title_id = 9};
}

static bool take(struct ratelimit *r, uint64_t xuid, int64_t now_ns)
{
    const struct ratelimit_caller caller = user(xuid);
    struct ratelimit_verdict verdict;
    return ratelimit_take(r, &caller, now_ns, &verdict);
}

static void take_times(struct ratelimit *r, uint64_t xuid, int64_t now_ns, unsigned times)
{
    for (unsigned i = 0; i < times; i++)
        (void)take(r, xuid, now_ns);
}

/* ---- accepts ---- */

START_TEST(off_is_no_limit_at_all)
{
    struct ratelimit *r = open_or_fail(0, 0, 1024);
    ck_assert_ptr_null(r);
    for (int i = 0; i < 1000; i++)
        ck_assert(take(r, 1, START));
    ck_assert_uint_eq(ratelimit_capacity(r), 0);
    ck_assert_uint_eq(ratelimit_rule_of(r, RATELIMIT_BURST).most, 0);
    ratelimit_close(&r);
}
END_TEST

START_TEST(says_what_is_in_force)
{
    static const struct {
        size_t asked, holds;
    } sizes[] = {{1, 4}, {4, 4}, {5, 8}, {1000, 1024}, {1024, 1024}, {1025, 2048}};
    for (size_t i = 0; i < COUNT(sizes); i++) {
        struct ratelimit *r = open_or_fail(100, 0, sizes[i].asked);
        ck_assert_uint_eq(ratelimit_capacity(r), sizes[i].holds);
        ck_assert_uint_eq(ratelimit_rule_of(r, RATELIMIT_BURST).most, 100);
        ck_assert_uint_eq(ratelimit_rule_of(r, RATELIMIT_BURST).period_s, 15);
        ck_assert_uint_eq(ratelimit_rule_of(r, RATELIMIT_SUSTAIN).most, 0);
        ratelimit_close(&r);
        ck_assert_ptr_null(r);
    }
}
END_TEST

/* One caller's story: at AT, after TIMES more requests, the last of them is let through or told this. */
struct step {
    int64_t at_ms;
    unsigned times;
    bool allowed;
    enum ratelimit_window window;
    uint32_t current, retry_after_s;
};

static const struct story {
    const char *name;
    uint32_t burst, sustain;
    struct step steps[8];
} stories[] = {
    {"a burst, and its reset exactly at the period's end",
     3,
     0,
     {{0, 3, true, 0, 0, 0},
      {0, 1, false, RATELIMIT_BURST, 4, 15},
      {1, 1, false, RATELIMIT_BURST, 5, 15},
      {1000, 1, false, RATELIMIT_BURST, 6, 14},
      {14999, 1, false, RATELIMIT_BURST, 7, 1},
      {15000, 3, true, 0, 0, 0},
      {15000, 1, false, RATELIMIT_BURST, 4, 15}}},
    {"a window begins with the first request after the last one ended",
     2,
     0,
     {{0, 2, true, 0, 0, 0},
      {20000, 2, true, 0, 0, 0},
      {34999, 1, false, RATELIMIT_BURST, 3, 1},
      {35000, 1, true, 0, 0, 0}}},
    {"sustain alone",
     0,
     3,
     {{0, 1, true, 0, 0, 0},
      {100000, 2, true, 0, 0, 0},
      {100000, 1, false, RATELIMIT_SUSTAIN, 4, 200},
      {299999, 1, false, RATELIMIT_SUSTAIN, 5, 1},
      {300000, 3, true, 0, 0, 0},
      {300001, 1, false, RATELIMIT_SUSTAIN, 4, 300}}},
    {"both at once",
     3,
     5,
     {{0, 3, true, 0, 0, 0},
      {15000, 2, true, 0, 0, 0},
      {15000, 1, false, RATELIMIT_SUSTAIN, 6, 285},
      {30000, 1, false, RATELIMIT_SUSTAIN, 7, 270},
      {300000, 1, true, 0, 0, 0}}},
    {"refused requests count toward sustain",
     2,
     6,
     {{0, 2, true, 0, 0, 0},
      {0, 3, false, RATELIMIT_BURST, 5, 15},
      {15000, 1, true, 0, 0, 0},
      {15001, 1, false, RATELIMIT_SUSTAIN, 7, 285}}},
    {"of both the burst is told, with the wait that ends both",
     1,
     2,
     {{0, 2, false, RATELIMIT_BURST, 2, 15},
      {0, 1, false, RATELIMIT_BURST, 3, 300},
      {15000, 1, false, RATELIMIT_SUSTAIN, 4, 285},
      {15000, 1, false, RATELIMIT_BURST, 2, 285},
      {300000, 1, true, 0, 0, 0}}},
    {"a clock a little behind", 1, 0, {{1000, 1, true, 0, 0, 0}, {999, 1, false, RATELIMIT_BURST, 2, 15}}},
    {"one request is the least limit", 1, 1, {{0, 1, true, 0, 0, 0}, {300000, 1, true, 0, 0, 0}}},
};

static void live_through(struct ratelimit *r, const struct story *story, const struct step *step)
{
    const struct ratelimit_caller caller = user(1);
    struct ratelimit_verdict v = {.current = 12345};
    take_times(r, 1, START + step->at_ms * MS, step->times - 1);
    bool allowed = ratelimit_take(r, &caller, START + step->at_ms * MS, &v);
    ck_assert_msg(allowed == step->allowed, "%s: at %d ms", story->name, (int)step->at_ms);
    if (allowed) {
        ck_assert_uint_eq(v.current, 12345);
        return;
    }
    ck_assert_msg(v.window == step->window && v.current == step->current &&
                      v.retry_after_s == step->retry_after_s,
                  "%s: at %d ms: window %d, %u requests, %u s", story->name, (int)step->at_ms, (int)v.window,
                  v.current, v.retry_after_s);
    ck_assert_uint_eq(v.rule.most, v.window == RATELIMIT_BURST ? story->burst : story->sustain);
    ck_assert_uint_eq(v.rule.period_s, v.window == RATELIMIT_BURST ? 15 : 300);
}

START_TEST(counts_in_both_windows)
{
    const struct story *story = &stories[_i];
    struct ratelimit *r = open_or_fail(story->burst, story->sustain, 1024);
    for (size_t i = 0; i < COUNT(story->steps) && story->steps[i].times > 0; i++)
        live_through(r, story, &story->steps[i]);
    ratelimit_close(&r);
}
END_TEST

START_TEST(tells_callers_apart)
{
    const struct ratelimit_caller callers[] = {
        {.xuid = 1, .title_id = 9},
        {.xuid = 2, .title_id = 9},
        {.xuid = 1, .title_id = 8},
        {.xuid = 9, .title_id = 1},
        {.xuid = 1},
        {.xuid = UINT64_MAX, .title_id = UINT64_MAX},
        {.userhash = text_of("77"), .title_id = 9},
        {.userhash = text_of("78"), .title_id = 9},
        {.title_id = 9},
        {.xuid = 0},
    };
    struct ratelimit *r = open_or_fail(1, 0, 1024);
    struct ratelimit_verdict v;
    for (size_t i = 0; i < COUNT(callers); i++)
        ck_assert_msg(ratelimit_take(r, &callers[i], START, &v), "caller %zu", i);
    for (size_t i = 0; i < COUNT(callers); i++)
        ck_assert_msg(!ratelimit_take(r, &callers[i], START, &v) && v.current == 2, "caller %zu", i);
    const struct ratelimit_caller same = {.xuid = 1, .userhash = text_of("79"), .title_id = 9};
    ck_assert_msg(!ratelimit_take(r, &same, START, &v), "an xuid is one user under any userhash");
    ratelimit_close(&r);
}
END_TEST

/* ---- a table that is full ---- */

START_TEST(forgets_whom_it_must_and_refuses_nobody_else)
{
    struct ratelimit *r = open_or_fail(1, 0, 4); /* one bucket */
    for (uint64_t xuid = 1; xuid <= 4; xuid++)
        ck_assert(take(r, xuid, START + (int64_t)xuid * S));
    for (uint64_t xuid = 1; xuid <= 4; xuid++)
        ck_assert(!take(r, xuid, START + 5 * S));
    ck_assert_msg(take(r, 5, START + 6 * S), "takes the place of 1, whose window began first");
    ck_assert(!take(r, 5, START + 6 * S) && !take(r, 2, START + 6 * S) && !take(r, 4, START + 6 * S));
    ck_assert_msg(take(r, 1, START + 7 * S), "starts anew, in the place of 2");
    ck_assert(!take(r, 3, START + 7 * S) && !take(r, 4, START + 7 * S) && !take(r, 5, START + 7 * S));
    ck_assert_msg(take(r, 6, START + 18 * S), "the window of 3 has ended");
    ck_assert(!take(r, 4, START + 18 * S) && !take(r, 5, START + 18 * S) && !take(r, 1, START + 18 * S));
    ratelimit_close(&r);
}
END_TEST

START_TEST(age_is_that_of_the_longer_window)
{
    struct ratelimit *r = open_or_fail(1, 100, 4);
    for (uint64_t xuid = 1; xuid <= 4; xuid++)
        ck_assert(take(r, xuid, START + (int64_t)xuid * S));
    ck_assert_msg(take(r, 1, START + 20 * S), "a new burst, in the sustain window of before");
    ck_assert(take(r, 5, START + 21 * S));
    ck_assert_msg(take(r, 1, START + 22 * S), "was forgotten, burst and all");
    ratelimit_close(&r);
}
END_TEST

#define MILLION 1000000

START_TEST(a_million_users_in_the_memory_of_the_start)
{
    struct ratelimit *r = open_or_fail(2, 3, 1024);
    unsigned refused = 0;
    memory_fail_nth(1);
    for (uint64_t xuid = 1; xuid <= MILLION; xuid++)
        refused += !take(r, xuid, START + (int64_t)xuid * 1000);
    ck_assert_msg(refused == 0, "%u first requests were refused", refused);
    ck_assert_msg(!memory_fail_has_fired(), "a request allocated something");
    memory_fail_nth(0);
    ck_assert_uint_eq(ratelimit_capacity(r), 1024);
    ck_assert_msg(take(r, MILLION, START + 1001 * MS) && !take(r, MILLION, START + 1001 * MS),
                  "the last of them is remembered");
    ratelimit_close(&r);
}
END_TEST

START_TEST(remembers_most_of_half_as_many_as_it_holds)
{
    struct ratelimit *r = open_or_fail(1, 0, 4096);
    int forgotten = 0;
    for (uint64_t xuid = 1; xuid <= 2048; xuid++)
        ck_assert(take(r, xuid, START));
    for (uint64_t xuid = 1; xuid <= 2048; xuid++)
        forgotten += take(r, xuid, START);
    ck_assert_int_lt(forgotten, 400);
    ratelimit_close(&r);
}
END_TEST

START_TEST(a_count_stops_where_it_has_no_room)
{
    const struct ratelimit_caller caller = user(1);
    struct ratelimit *r = open_or_fail(RATELIMIT_MOST, 0, 1);
    struct ratelimit_verdict v = {.current = 0};
    bool allowed = true;
    for (int i = 0; i <= 0x200000; i++)
        allowed = ratelimit_take(r, &caller, START, &v);
    ck_assert(!allowed);
    ck_assert_uint_eq(v.current, 0x1FFFFF);
    ratelimit_close(&r);
}
END_TEST

/* ---- threads ---- */

#define EACH 4000

struct worker {
    pthread_t thread;
    struct ratelimit *limit;
    unsigned allowed;
};

static void *take_many(void *context)
{
    struct worker *w = context;
    for (uint64_t i = 0; i < EACH; i++) {
        w->allowed += take(w->limit, 1, START);
        (void)take(w->limit, 2 + i % 500, START);
    }
    return NULL;
}

START_TEST(threads_share_one_count)
{
    struct worker workers[4] = {{.allowed = 0}};
    struct ratelimit *r = open_or_fail(5000, 0, RATELIMIT_CALLERS_MAX / 64);
    unsigned allowed = 0;
    for (size_t i = 0; i < COUNT(workers); i++) {
        workers[i].limit = r;
        ck_assert_int_eq(pthread_create(&workers[i].thread, NULL, take_many, &workers[i]), 0);
    }
    for (size_t i = 0; i < COUNT(workers); i++) {
        pthread_join(workers[i].thread, NULL);
        allowed += workers[i].allowed;
    }
    ck_assert_uint_eq(allowed, 5000);
    ratelimit_close(&r);
}
END_TEST

/* ---- runs out ---- */

START_TEST(fails_without_randomness)
{
    struct ratelimit_options options = options_of(1, 1, 16);
    struct ratelimit *r = (void *)&options;
    struct error err = {.code = ERROR_NONE};
    options.random = &nothing;
    ck_assert(!ratelimit_open(&options, &r, &err));
    ck_assert_int_eq(err.code, ERROR_INTERNAL);
    ck_assert_ptr_eq(r, &options);
}
END_TEST

static bool open_and_close(void *context, struct error *err)
{
    struct ratelimit *r;
    if (!ratelimit_open(context, &r, err))
        return false;
    ratelimit_close(&r);
    return true;
}

START_TEST(runs_out_of_memory)
{
    struct ratelimit_options options = options_of(1, 1, 16);
    ck_assert_uint_eq(torture_allocations(open_and_close, &options), 2);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("ratelimit");
    TCase *c = tcase_create("ratelimit");
    tcase_set_timeout(c, 120);
    tcase_add_test(c, off_is_no_limit_at_all);
    tcase_add_test(c, says_what_is_in_force);
    tcase_add_loop_test(c, counts_in_both_windows, 0, COUNT(stories));
    tcase_add_test(c, tells_callers_apart);
    tcase_add_test(c, forgets_whom_it_must_and_refuses_nobody_else);
    tcase_add_test(c, age_is_that_of_the_longer_window);
    tcase_add_test(c, a_million_users_in_the_memory_of_the_start);
    tcase_add_test(c, remembers_most_of_half_as_many_as_it_holds);
    tcase_add_test(c, a_count_stops_where_it_has_no_room);
    tcase_add_test(c, threads_share_one_count);
    tcase_add_test(c, fails_without_randomness);
    tcase_add_test(c, runs_out_of_memory);
    suite_add_tcase(s, c);
    return s;
}
