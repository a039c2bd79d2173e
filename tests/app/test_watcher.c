/* SPDX-License-Identifier: Apache-2.0 */
/* What the watcher does about a changed catalog, a bad one, and a store that goes away. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "app/watcher.h"
#include "base/clock.h"
#include "support/run.h"
#include "support/store_fake.h"
#include "support/store_faulty.h"

#define SCID "00000000-0000-0000-0000-000000000001"

struct world {
    struct store *fake, *faulty;
    struct catalog_slot *slot;
    struct log *log;
    atomic_bool healthy;
    struct watch watch;
    int said[2]; /* a pipe: what was logged */
};

static struct world w;

/* A catalog with one statistic of ACCESS; ORDINAL makes it featured, which a restricted one must not be. */
static void put_catalog(enum statistic_access access, uint32_t ordinal)
{
    static const struct title title = {.title_id = 1};
    static const uint64_t owners[] = {1};
    struct statistic kills = {
        .name = text_of("Kills"), .type = STATISTIC_INTEGER, .access = access, .display.ordinal = ordinal};
    struct service_config config = {
        .scid = text_of(SCID),
        .sandbox = text_of("RETAIL"),
        .title_ids = owners,
        .title_id_count = 1,
        .statistics = &kills,
        .statistic_count = 1,
    };
    struct catalog_definition d = {.titles = &title, .title_count = 1, .configs = &config, .config_count = 1};
    ck_assert(store_fake_put_catalog(w.fake, &d));
}

static enum statistic_access access_in_force(void)
{
    struct catalog *c = catalog_slot_get(w.slot);
    const struct service_config *config = catalog_find_scid(c, text_of(SCID));
    ck_assert_ptr_nonnull(config);
    enum statistic_access access = catalog_find_statistic(c, config, text_of("kills"))->access;
    catalog_release(&c);
    return access;
}

/* How often EVENT was logged since the last look at the log. */
static unsigned times_said(const char *event)
{
    static char text[64 * 1024];
    unsigned count = 0;
    ssize_t n = read(w.said[0], text, sizeof text - 1);
    text[n < 0 ? 0 : n] = '\0';
    for (const char *at = strstr(text, event); at != NULL; at = strstr(at + 1, event))
        count++;
    return count;
}

static void build(void)
{
    struct error err;
    struct catalog *c = NULL;
    w = (struct world){.fake = store_fake_open(&clock_system)};
    put_catalog(STATISTIC_OPEN, 0);
    w.faulty = store_faulty_open(w.fake);
    ck_assert_int_eq(pipe2(w.said, O_NONBLOCK), 0);
    const struct log_options log = {w.said[1], LOG_LEVEL_DEBUG, LOG_FORMAT_LOGFMT, &clock_system};
    ck_assert(log_open(&log, &w.log, &err));
    ck_assert(watcher_load_catalog(w.faulty, &c, &err));
    ck_assert(catalog_slot_open(c, &w.slot, &err));
    atomic_init(&w.healthy, true);
    w.watch = (struct watch){.watched = {w.faulty, w.slot, &w.healthy, w.log}};
}

static void take_apart(void)
{
    catalog_slot_close(&w.slot);
    store_close(&w.faulty);
    log_close(&w.log);
    close(w.said[0]);
    close(w.said[1]);
}

START_TEST(leaves_an_unchanged_catalog)
{
    struct catalog *before = catalog_slot_get(w.slot);
    watcher_look(&w.watch);
    struct catalog *after = catalog_slot_get(w.slot);
    ck_assert_ptr_eq(before, after);
    ck_assert(atomic_load(&w.healthy));
    ck_assert_uint_eq(times_said("="), 0);
    catalog_release(&before);
    catalog_release(&after);
}
END_TEST

START_TEST(puts_a_changed_catalog_in_force)
{
    put_catalog(STATISTIC_RESTRICTED, 0);
    watcher_look(&w.watch);
    ck_assert_int_eq(access_in_force(), STATISTIC_RESTRICTED);
    ck_assert_uint_eq(times_said("catalog_in_force"), 1);
    put_catalog(STATISTIC_OPEN, 0);
    watcher_look(&w.watch);
    ck_assert_int_eq(access_in_force(), STATISTIC_OPEN);
}
END_TEST

START_TEST(keeps_the_old_one_instead_of_a_bad_one_and_says_so_once)
{
    put_catalog(STATISTIC_RESTRICTED, 1);
    for (int i = 0; i < 3; i++)
        watcher_look(&w.watch);
    ck_assert_int_eq(access_in_force(), STATISTIC_OPEN);
    ck_assert(atomic_load(&w.healthy));
    ck_assert_uint_eq(times_said("catalog_refused"), 1);
    put_catalog(STATISTIC_RESTRICTED, 0);
    watcher_look(&w.watch);
    ck_assert_int_eq(access_in_force(), STATISTIC_RESTRICTED);
}
END_TEST

START_TEST(notices_a_store_that_goes_and_comes_back)
{
    store_fake_fail(w.fake, ERROR_STORE_UNAVAILABLE);
    watcher_look(&w.watch);
    watcher_look(&w.watch);
    ck_assert(!atomic_load(&w.healthy));
    ck_assert_uint_eq(times_said("store_lost"), 1);
    store_fake_fail(w.fake, ERROR_NONE);
    struct catalog *before = catalog_slot_get(w.slot);
    watcher_look(&w.watch);
    struct catalog *after = catalog_slot_get(w.slot);
    ck_assert(atomic_load(&w.healthy));
    ck_assert_uint_eq(times_said("store_back"), 1);
    ck_assert_msg(before != after, "the catalog of a store that was away is read anew");
    catalog_release(&before);
    catalog_release(&after);
}
END_TEST

START_TEST(stays_lost_while_a_store_that_came_back_has_a_bad_catalog)
{
    store_fake_fail(w.fake, ERROR_STORE_UNAVAILABLE);
    watcher_look(&w.watch);
    store_fake_fail(w.fake, ERROR_NONE);
    put_catalog(STATISTIC_RESTRICTED, 1);
    watcher_look(&w.watch);
    watcher_look(&w.watch);
    ck_assert(!atomic_load(&w.healthy));
    ck_assert_uint_eq(times_said("catalog_refused"), 1);
    put_catalog(STATISTIC_OPEN, 1);
    watcher_look(&w.watch);
    ck_assert(atomic_load(&w.healthy));
}
END_TEST

/* Whichever call of a look fails: unhealthy, nothing swapped; the next look makes it good. */
START_TEST(survives_the_failure_of_any_call)
{
    unsigned long n = 1;
    put_catalog(STATISTIC_RESTRICTED, 0);
    for (;; n++) {
        store_faulty_fail_nth(w.faulty, n, ERROR_STORE_UNAVAILABLE);
        watcher_look(&w.watch);
        if (!store_faulty_has_fired(w.faulty))
            break;
        ck_assert_msg(!atomic_load(&w.healthy), "call %lu", n);
        ck_assert_msg(access_in_force() == STATISTIC_OPEN, "call %lu", n);
    }
    ck_assert_uint_ge(n, 4);
    ck_assert(atomic_load(&w.healthy));
    ck_assert_int_eq(access_in_force(), STATISTIC_RESTRICTED);
}
END_TEST

START_TEST(looks_by_itself_until_it_is_stopped)
{
    struct error err;
    struct watcher *watcher = NULL;
    store_fake_fail(w.fake, ERROR_STORE_UNAVAILABLE);
    ck_assert(watcher_start(&w.watch.watched, &watcher, &err));
    for (int i = 0; i < 1000 && atomic_load(&w.healthy); i++)
        usleep(10000);
    ck_assert(!atomic_load(&w.healthy));
    watcher_stop(&watcher);
    ck_assert_ptr_null(watcher);
    watcher_stop(&watcher);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("app/watcher");
    TCase *c = tcase_create("watcher");
    tcase_add_checked_fixture(c, build, take_apart);
    tcase_add_test(c, leaves_an_unchanged_catalog);
    tcase_add_test(c, puts_a_changed_catalog_in_force);
    tcase_add_test(c, keeps_the_old_one_instead_of_a_bad_one_and_says_so_once);
    tcase_add_test(c, notices_a_store_that_goes_and_comes_back);
    tcase_add_test(c, stays_lost_while_a_store_that_came_back_has_a_bad_catalog);
    tcase_add_test(c, survives_the_failure_of_any_call);
    tcase_add_test(c, looks_by_itself_until_it_is_stopped);
    suite_add_tcase(s, c);
    return s;
}
