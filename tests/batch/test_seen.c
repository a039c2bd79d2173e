/* SPDX-License-Identifier: Apache-2.0 */
/* The tables behind the parser's "once", filled to the brim. */
#include "batch/seen.h"

#include <stdio.h>

#include "support/run.h"

#define ENTRIES 1000
#define GROUPS  20

static struct arena arena;

static void start(void)
{
    arena_init(&arena, 1 << 22);
}

static void end(void)
{
    arena_reset(&arena);
}

START_TEST(every_xuid_is_new_once)
{
    /* neighbours, and multiples of a power of two, which a careless hash puts on one heap */
    static const uint64_t steps[] = {1, UINT64_C(1) << 32, UINT64_C(1) << 54};
    for (size_t s = 0; s < sizeof steps / sizeof steps[0]; s++) {
        struct seen_xuids x;
        struct error err;
        ck_assert(seen_xuids_init(&x, ENTRIES, &arena, &err));
        for (uint64_t i = 1; i <= ENTRIES; i++)
            ck_assert(seen_xuids_add(&x, i * steps[s]));
        for (uint64_t i = 1; i <= ENTRIES; i++)
            ck_assert(!seen_xuids_add(&x, i * steps[s]));
    }
}
END_TEST

START_TEST(every_name_is_new_once_in_each_group)
{
    static char names[ENTRIES / GROUPS][16];
    struct seen_names x;
    struct error err;
    ck_assert(seen_names_init(&x, ENTRIES, &arena, &err));
    for (size_t i = 0; i < ENTRIES; i++) {
        size_t n = i / GROUPS;
        snprintf(names[n], sizeof names[n], "Name%zu", n);
        ck_assert_uint_eq(seen_names_add(&x, i % GROUPS, text_of(names[n]), i), i);
    }
    for (size_t i = 0; i < ENTRIES; i++) {
        char again[16];
        snprintf(again, sizeof again, "nAME%zu", i / GROUPS);
        ck_assert_uint_eq(seen_names_add(&x, i % GROUPS, text_of(again), 5555), i);
    }
}
END_TEST

/* A table of four slots: groups 0 and 4 begin their search at the same one. */
START_TEST(groups_do_not_see_each_other)
{
    struct seen_names x;
    struct error err;
    ck_assert(seen_names_init(&x, 2, &arena, &err));
    ck_assert_uint_eq(seen_names_add(&x, 0, text_of("a"), 7), 7);
    ck_assert_uint_eq(seen_names_add(&x, 4, text_of("a"), 8), 8);
    ck_assert_uint_eq(seen_names_add(&x, 0, text_of("A"), 9), 7);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("seen");
    TCase *t = tcase_create("seen");
    tcase_add_checked_fixture(t, start, end);
    tcase_add_test(t, every_xuid_is_new_once);
    tcase_add_test(t, every_name_is_new_once_in_each_group);
    tcase_add_test(t, groups_do_not_see_each_other);
    suite_add_tcase(s, t);
    return s;
}
