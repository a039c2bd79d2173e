/* SPDX-License-Identifier: Apache-2.0 */
/* The threads: what a step does happens by itself, soon, and ends when it is told to. Waits here end as soon
 * as what they wait for is there; their deadline is generous, for slow machines. */
#include <poll.h>
#include <unistd.h>

#include "keys/fixture.h"
#include "support/run.h"
#include "support/torture.h"

#define DEADLINE_MS 60000

static struct keeper *keeper;

static void build(void)
{
    build_world();
    w.options.clock = NULL; /* the machine's */
    replace_file(w.path, SET_RSA);
}

static void take_apart(void)
{
    keeper_stop(&keeper);
    take_world_apart();
}

static void start(void)
{
    struct error err;
    ck_assert_msg(keeper_start(&w.options, &keeper, &err), "%s", err.detail);
}

static int64_t now_ms(void)
{
    return clock_system.monotonic_ns(NULL) / 1000000;
}

static void wait_until(bool (*is_so)(void))
{
    int64_t end = now_ms() + DEADLINE_MS;
    while (!is_so()) {
        ck_assert_msg(now_ms() < end, "it did not happen");
        poll(NULL, 0, 2);
    }
}

static const char *awaited;

static bool awaited_is_in_force(void)
{
    return is_in_force(awaited);
}

static void wait_for(const char *vector)
{
    awaited = vector;
    wait_until(awaited_is_in_force);
}

static bool was_requested(void)
{
    return atomic_load(&w.server.requests) > 0;
}

START_TEST(a_new_file_is_in_force_by_itself)
{
    start();
    wait_for(SET_RSA);
    struct key_status status = keeper_status(keeper, 0);
    ck_assert(status.has_keys && status.key_count == 1 && status.reloads == 1);
    replace_file(w.path, SET_THREE);
    wait_for(SET_THREE);
    status = keeper_status(keeper, 0);
    ck_assert(status.has_keys && status.key_count == 3 && status.reloads == 2 && status.failures == 0);
    ck_assert_int_ge(status.last_success_wall_s, clock_system.wall_ms(NULL) / 1000 - DEADLINE_MS / 1000);
}
END_TEST

START_TEST(a_hundred_rotations_are_in_force_each)
{
    start();
    for (int i = 0; i < 100; i++) {
        replace_file(w.path, i % 2 == 0 ? SET_EC : SET_RSA);
        keeper_reload(keeper); /* or this test would take half a minute */
        wait_for(i % 2 == 0 ? SET_EC : SET_RSA);
    }
    for (int i = 0; i < 4; i++) {
        replace_file(w.path, i % 2 == 0 ? SET_EC : SET_RSA);
        wait_for(i % 2 == 0 ? SET_EC : SET_RSA);
    }
    ck_assert_uint_eq(keeper_status(keeper, 0).failures, 0);
}
END_TEST

static bool failed_once(void)
{
    return keeper_status(keeper, 0).failures > 0;
}

START_TEST(the_status_says_when_there_are_no_keys)
{
    ck_assert_int_eq(unlink(w.path), 0);
    start();
    wait_until(failed_once);
    struct key_status status = keeper_status(keeper, 0);
    ck_assert(!status.has_keys && status.key_count == 0 && status.reloads == 0);
    ck_assert_int_eq(status.last_success_wall_s, 0);
}
END_TEST

static bool was_said_again(void)
{
    return times_said("keys_in_force") > 0;
}

START_TEST(a_reload_looks_at_once)
{
    start();
    wait_for(SET_RSA);
    wait_until(was_said_again);
    keeper_reload(keeper);
    wait_until(was_said_again); /* the file has not changed */
}
END_TEST

START_TEST(a_url_that_hangs_holds_up_neither_the_others_nor_the_end)
{
    struct key_source sources[] = {w.given, w.given};
    struct key_slot *other;
    struct error err;
    ck_assert(key_slot_open(NULL, &other, &err));
    sources[0].name = "auth.other";
    sources[0].location = URL;
    sources[0].slot = other;
    w.options.sources = sources;
    w.options.count = 2;
    w.server.hangs = true;
    start();
    wait_until(was_requested);
    wait_for(SET_RSA);
    replace_file(w.path, SET_EC);
    wait_for(SET_EC);
    keeper_reload(keeper);
    ck_assert(!keeper_status(keeper, 0).has_keys && keeper_status(keeper, 1).has_keys);
    int64_t before = now_ms();
    keeper_stop(&keeper);
    ck_assert_int_lt(now_ms() - before, DEADLINE_MS / 2); /* the server would hang for all of it */
    ck_assert_ptr_null(keeper);
    ck_assert_uint_eq(times_said("keys_unreachable"), 0); /* whoever stops it need not be told */
    keeper_stop(&keeper);
    key_slot_close(&other);
}
END_TEST

START_TEST(a_url_is_fetched_by_itself)
{
    w.given.location = URL;
    w.server.vector = SET_THREE;
    start();
    wait_for(SET_THREE);
    key_slot_report_unknown(w.slot);
    for (int64_t end = now_ms() + DEADLINE_MS; atomic_load(&w.server.requests) < 2; poll(NULL, 0, 2))
        ck_assert_msg(now_ms() < end, "an unknown key was not fetched for");
}
END_TEST

START_TEST(the_slots_keep_their_sets)
{
    start();
    wait_for(SET_RSA);
    keeper_stop(&keeper);
    ck_assert(is_in_force(SET_RSA));
}
END_TEST

START_TEST(without_sources_there_is_nothing_to_do)
{
    struct error err;
    w.options.count = 0;
    ck_assert(keys_load(&w.options, NULL, &err));
    start();
    keeper_reload(keeper);
}
END_TEST

static bool start_tortured(void *context, struct error *err)
{
    struct keeper *k = NULL;
    (void)context;
    bool started = keeper_start(&w.options, &k, err);
    keeper_stop(&k);
    return started;
}

START_TEST(it_does_not_start_without_memory)
{
    ck_assert_uint_ge(torture_allocations(start_tortured, NULL), 1);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("keys/keeper");
    TCase *c = tcase_create("keeper");
    tcase_set_timeout(c, 240);
    tcase_add_checked_fixture(c, build, take_apart);
    tcase_add_test(c, a_new_file_is_in_force_by_itself);
    tcase_add_test(c, a_hundred_rotations_are_in_force_each);
    tcase_add_test(c, the_status_says_when_there_are_no_keys);
    tcase_add_test(c, a_reload_looks_at_once);
    tcase_add_test(c, a_url_that_hangs_holds_up_neither_the_others_nor_the_end);
    tcase_add_test(c, a_url_is_fetched_by_itself);
    tcase_add_test(c, the_slots_keep_their_sets);
    tcase_add_test(c, without_sources_there_is_nothing_to_do);
    tcase_add_test(c, it_does_not_start_without_memory);
    suite_add_tcase(s, c);
    return s;
}
