/* SPDX-License-Identifier: Apache-2.0 */
/* A catalog answers from its own copy, for as long as somebody holds it. */
#include "catalog/catalog.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "support/run.h"
#include "support/torture.h"

#define TEXT(s)                                                                                              \
    {                                                                                                        \
        s, sizeof(s) - 1                                                                                     \
    }
#define STATISTICS 500

static char names[STATISTICS][16]; /* overwritten after the build, to see that the catalog keeps none of it */
static struct statistic statistics[STATISTICS];
static struct service_config configs[2];
static struct title titles[] = {{5, TEXT("Five")}, {6, {NULL, 0}}};
static const uint64_t owners[] = {5, 6};
static struct grant grants[] = {{.kind = GRANT_DEVICE, .subject = TEXT("XboxOne")}};

static struct catalog_definition definition(void)
{
    for (size_t i = 0; i < STATISTICS; i++) {
        snprintf(names[i], sizeof names[i], "Stat.%zu", i);
        statistics[i] = (struct statistic){.id = (uint32_t)i + 1,
                                           .name = text_of(names[i]),
                                           .type = STATISTIC_INTEGER,
                                           .grants = grants,
                                           .grant_count = 1};
    }
    configs[0] = (struct service_config){.scid = TEXT("c402ff50-3e76-11e2-a25f-0800200c1212"),
                                         .sandbox = TEXT("RETAIL"),
                                         .title_ids = owners,
                                         .title_id_count = 2,
                                         .statistics = statistics,
                                         .statistic_count = STATISTICS};
    configs[1] = (struct service_config){.scid = TEXT("empty-one"), .sandbox = TEXT("XDKS.1")};
    return (struct catalog_definition){
        .titles = titles, .title_count = 2, .configs = configs, .config_count = 2, .version = 42};
}

static struct catalog *build(void)
{
    struct error err;
    struct catalog *c = NULL;
    const struct catalog_definition d = definition();
    ck_assert_msg(catalog_build(&d, &c, &err), "%s", error_operator_text(&err));
    return c;
}

START_TEST(finds_what_was_declared)
{
    struct catalog *c = build();
    memset(names, '!', sizeof names);
    memset(statistics, 0xFF, sizeof statistics);
    const struct service_config *config =
        catalog_find_scid(c, text_of("c402ff50-3e76-11e2-a25f-0800200c1212"));
    ck_assert_ptr_nonnull(config);
    for (size_t i = 0; i < STATISTICS; i++) {
        char name[16];
        snprintf(name, sizeof name, "sTAT.%zu", i);
        const struct statistic *s = catalog_find_statistic(c, config, text_of(name));
        ck_assert_ptr_nonnull(s);
        ck_assert_uint_eq(s->id, i + 1);
        ck_assert_msg(s->name.data[0] == 'S', "the declared spelling");
        ck_assert(text_equals(s->grants[0].subject, text_of("XboxOne")));
    }
    ck_assert_int_eq(catalog_version(c), 42);
    ck_assert_uint_eq(catalog_definition_of(c)->config_count, 2);
    ck_assert(text_equals(catalog_definition_of(c)->titles[0].name, text_of("Five")));
    ck_assert_ptr_null(catalog_definition_of(c)->titles[1].name.data);
    catalog_release(&c);
    ck_assert_ptr_null(c);
}
END_TEST

START_TEST(finds_nothing_else)
{
    struct catalog *c = build();
    const struct service_config *config =
        catalog_find_scid(c, text_of("C402FF50-3E76-11E2-A25F-0800200C1212"));
    const struct service_config *empty = catalog_find_scid(c, text_of("EMPTY-ONE"));
    ck_assert_ptr_nonnull(config);
    ck_assert_ptr_nonnull(empty);
    static const char *const strangers[] = {"",        "Stat",    "Stat.",        "Stat.500",
                                            "Stat.00", "Stat.1 ", "\xC5\x9Ftat.1"};
    for (size_t i = 0; i < sizeof strangers / sizeof strangers[0]; i++) {
        ck_assert_msg(catalog_find_statistic(c, config, text_of(strangers[i])) == NULL, "%s", strangers[i]);
        ck_assert_msg(catalog_find_scid(c, text_of(strangers[i])) == NULL, "%s", strangers[i]);
    }
    ck_assert_ptr_null(catalog_find_statistic(c, empty, text_of("Stat.1")));
    char longest[1000]; /* longer than what is hashed */
    memset(longest, 'a', sizeof longest);
    ck_assert_ptr_null(catalog_find_statistic(c, config, text_slice(longest, sizeof longest)));
    ck_assert_ptr_null(catalog_find_scid(c, (struct text){NULL, 0}));
    catalog_release(&c);
}
END_TEST

START_TEST(titles_know_what_they_own)
{
    static const uint64_t five[] = {5};
    struct error err;
    struct catalog *c;
    struct catalog_definition d = definition();
    configs[1].title_ids = five;
    configs[1].title_id_count = 1;
    ck_assert(catalog_build(&d, &c, &err));
    const struct service_config *const *owned = NULL;
    ck_assert_uint_eq(catalog_find_title(c, 5, &owned), 2);
    ck_assert_ptr_eq(owned[0], catalog_find_scid(c, text_of("c402ff50-3e76-11e2-a25f-0800200c1212")));
    ck_assert_ptr_eq(owned[1], catalog_find_scid(c, text_of("empty-one")));
    ck_assert_uint_eq(catalog_find_title(c, 6, &owned), 1);
    ck_assert_ptr_eq(owned[0], catalog_find_scid(c, text_of("c402ff50-3e76-11e2-a25f-0800200c1212")));
    owned = NULL;
    ck_assert_uint_eq(catalog_find_title(c, 7, &owned), 0);
    ck_assert_uint_eq(catalog_find_title(c, 0, &owned), 0);
    ck_assert_ptr_null(owned);
    catalog_release(&c);
}
END_TEST

START_TEST(featured_statistics_stand_in_their_order)
{
    static const uint32_t ordinals[] = {9, 0, 2, UINT32_MAX, 1};
    static const char *const in_order[] = {"Stat.4", "Stat.2", "Stat.0", "Stat.3"};
    struct error err;
    struct catalog *c;
    struct catalog_definition d = definition();
    for (size_t i = 0; i < sizeof ordinals / sizeof *ordinals; i++) {
        statistics[i].display.ordinal = ordinals[i];
        statistics[i].access = STATISTIC_OPEN;
    }
    ck_assert_msg(catalog_build(&d, &c, &err), "%s", error_operator_text(&err));
    const struct statistic *const *featured;
    const struct service_config *all = catalog_definition_of(c)->configs;
    ck_assert_uint_eq(catalog_find_featured(c, &all[0], &featured), 4);
    for (size_t i = 0; i < 4; i++)
        ck_assert(text_equals(featured[i]->name, text_of(in_order[i])));
    ck_assert_uint_eq(catalog_find_featured(c, &all[1], &featured), 0);
    catalog_release(&c);
}
END_TEST

START_TEST(an_empty_definition_is_a_catalog)
{
    struct error err;
    struct catalog *c;
    const struct catalog_definition nothing = {.version = 1};
    ck_assert(catalog_build(&nothing, &c, &err));
    ck_assert_ptr_null(catalog_find_scid(c, text_of("a")));
    catalog_release(&c);
    catalog_release(&c); /* NULL now */
}
END_TEST

START_TEST(a_bad_definition_is_no_catalog)
{
    struct error err;
    struct catalog *c = NULL;
    struct catalog_definition d = definition();
    configs[1].scid = configs[0].scid;
    ck_assert(!catalog_build(&d, &c, &err));
    ck_assert_int_eq(err.code, ERROR_CATALOG);
    ck_assert_ptr_null(c);
}
END_TEST

START_TEST(the_last_release_frees)
{
    struct catalog *c = build();
    struct catalog *mine = catalog_hold(c);
    catalog_release(&c);
    ck_assert_ptr_nonnull(catalog_find_scid(mine, text_of("empty-one")));
    catalog_release(&mine); /* LeakSanitizer sees one release too few, AddressSanitizer one too many */
}
END_TEST

static bool build_and_release(void *context, struct error *err)
{
    struct catalog *c;
    struct catalog_slot *slot;
    if (!catalog_build(context, &c, err))
        return false;
    if (!catalog_slot_open(c, &slot, err)) {
        catalog_release(&c);
        return false;
    }
    catalog_slot_close(&slot);
    return true;
}

START_TEST(runs_out_of_memory_cleanly)
{
    struct catalog_definition d = definition();
    ck_assert_uint_gt(torture_allocations(build_and_release, &d), 3);
}
END_TEST

START_TEST(a_slot_gives_the_newest_and_spares_the_held)
{
    struct error err;
    struct catalog_slot *slot;
    ck_assert(catalog_slot_open(build(), &slot, &err));
    struct catalog *old = catalog_slot_get(slot);
    struct catalog *put = build();
    catalog_slot_put(slot, put);
    struct catalog *new = catalog_slot_get(slot);
    ck_assert_ptr_eq(new, put);
    ck_assert_ptr_ne(new, old);
    ck_assert_ptr_nonnull(catalog_find_scid(old, text_of("empty-one")));
    catalog_slot_close(&slot);
    ck_assert_ptr_null(slot);
    catalog_slot_close(&slot);
    ck_assert_ptr_nonnull(catalog_find_scid(new, text_of("empty-one")));
    catalog_release(&old);
    catalog_release(&new);
}
END_TEST

static void *read_on(void *slot)
{
    for (int i = 0; i < 2000; i++) {
        struct catalog *c = catalog_slot_get(slot);
        bool found = catalog_find_scid(c, text_of("empty-one")) != NULL;
        catalog_release(&c);
        if (!found)
            return slot;
    }
    return NULL;
}

START_TEST(readers_and_a_swapper_do_not_meet)
{
    struct error err;
    struct catalog_slot *slot;
    pthread_t readers[3];
    ck_assert(catalog_slot_open(build(), &slot, &err));
    for (size_t i = 0; i < 3; i++)
        ck_assert_int_eq(pthread_create(&readers[i], NULL, read_on, slot), 0);
    for (int i = 0; i < 50; i++)
        catalog_slot_put(slot, build());
    for (size_t i = 0; i < 3; i++) {
        void *failed = slot;
        pthread_join(readers[i], &failed);
        ck_assert_ptr_null(failed);
    }
    catalog_slot_close(&slot);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("catalog");
    TCase *t = tcase_create("catalog");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, finds_what_was_declared);
    tcase_add_test(t, finds_nothing_else);
    tcase_add_test(t, titles_know_what_they_own);
    tcase_add_test(t, featured_statistics_stand_in_their_order);
    tcase_add_test(t, an_empty_definition_is_a_catalog);
    tcase_add_test(t, a_bad_definition_is_no_catalog);
    tcase_add_test(t, the_last_release_frees);
    tcase_add_test(t, runs_out_of_memory_cleanly);
    tcase_add_test(t, a_slot_gives_the_newest_and_spares_the_held);
    tcase_add_test(t, readers_and_a_swapper_do_not_meet);
    suite_add_tcase(s, t);
    return s;
}
