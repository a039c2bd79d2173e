/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <stdint.h>
#include <string.h>

#include "base/memory.h"
#include "support/run.h"
#include "support/torture.h"

START_TEST(bytes_are_zeroed)
{
    struct error err;
    char *p = memory_alloc(100, &err), *q = memory_alloc_array(25, 4, &err);
    ck_assert_ptr_nonnull(p);
    ck_assert_ptr_nonnull(q);
    for (int i = 0; i < 100; i++)
        ck_assert(p[i] == 0 && q[i] == 0);
    memory_free(p);
    memory_free(q);
    memory_free(NULL);
}
END_TEST

START_TEST(no_bytes_are_one)
{
    struct error err;
    char *p = memory_alloc(0, &err);
    ck_assert_ptr_nonnull(p);
    p[0] = 1;
    p = memory_grow(p, 0, &err);
    ck_assert_ptr_nonnull(p);
    p[0] = 2;
    memory_free(p);
}
END_TEST

START_TEST(growing_keeps_what_was_there)
{
    struct error err;
    char *p = memory_grow(NULL, 3, &err);
    ck_assert_ptr_nonnull(p);
    memcpy(p, "abc", 3);
    p = memory_grow(p, 100000, &err);
    ck_assert_ptr_nonnull(p);
    ck_assert_mem_eq(p, "abc", 3);
    p = memory_grow(p, 2, &err);
    ck_assert_mem_eq(p, "ab", 2);
    memory_free(p);
}
END_TEST

START_TEST(a_failed_growth_keeps_the_old_bytes)
{
    struct error err;
    char *p = memory_alloc(4, &err);
    memcpy(p, "abc", 4);
    memory_fail_nth(1);
    ck_assert_ptr_null(memory_grow(p, 1000, &err));
    ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    ck_assert_str_eq(p, "abc");
    memory_free(p);
}
END_TEST

START_TEST(texts_are_copied)
{
    struct error err;
    char *p = memory_copy_text(text_of("abc"), &err), *q = memory_copy_text(text_of(NULL), &err);
    ck_assert_str_eq(p, "abc");
    ck_assert_str_eq(q, "");
    memory_free(p);
    memory_free(q);
}
END_TEST

START_TEST(refuses_products_that_overflow)
{
    static const struct {
        size_t count, size;
    } rows[] = {{SIZE_MAX, 2}, {2, SIZE_MAX}, {SIZE_MAX / 2 + 1, 2}, {(size_t)1 << 32, (size_t)1 << 32}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct error err = {.code = ERROR_NONE};
        ck_assert_ptr_null(memory_alloc_array(rows[i].count, rows[i].size, &err));
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
}
END_TEST

START_TEST(secrets_are_overwritten)
{
    char secret[] = "hunter2";
    memory_cleanse(secret, 7);
    ck_assert_mem_eq(secret, "\0\0\0\0\0\0\0", 8);
    memory_cleanse(NULL, 7);
}
END_TEST

START_TEST(the_nth_allocation_fails_once)
{
    struct error err;
    memory_fail_nth(3);
    for (int i = 1; i <= 5; i++) {
        ck_assert_msg(memory_fail_has_fired() == (i > 3), "before %d", i);
        void *p = memory_alloc(1, &err);
        ck_assert_msg((p == NULL) == (i == 3), "allocation %d", i);
        memory_free(p);
    }
    ck_assert(memory_fail_has_fired());
    memory_fail_nth(0);
    ck_assert(!memory_fail_has_fired());
}
END_TEST

static void *allocate(void *context)
{
    struct error err;
    void *p = memory_alloc(1, &err);
    *(bool *)context = p != NULL;
    memory_free(p);
    return NULL;
}

START_TEST(a_planted_failure_belongs_to_its_thread)
{
    pthread_t thread;
    bool worked = false;
    memory_fail_nth(1);
    ck_assert_int_eq(pthread_create(&thread, NULL, allocate, &worked), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert(worked);
    ck_assert(!memory_fail_has_fired());
    memory_fail_nth(0);
}
END_TEST

static bool allocate_all_ways(void *context, struct error *err)
{
    (void)context;
    char *a = memory_alloc(1, err);
    char *b = a == NULL ? NULL : memory_alloc_array(2, 2, err);
    char *c = b == NULL ? NULL : memory_grow(NULL, 5, err);
    char *d = c == NULL ? NULL : memory_copy_text(text_of("x"), err);
    bool worked = d != NULL;
    memory_free(a);
    memory_free(b);
    memory_free(c);
    memory_free(d);
    return worked;
}

START_TEST(runs_out)
{
    ck_assert_uint_eq(torture_allocations(allocate_all_ways, NULL), 4);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("base/memory");
    TCase *c = tcase_create("memory");
    tcase_add_test(c, bytes_are_zeroed);
    tcase_add_test(c, no_bytes_are_one);
    tcase_add_test(c, growing_keeps_what_was_there);
    tcase_add_test(c, a_failed_growth_keeps_the_old_bytes);
    tcase_add_test(c, texts_are_copied);
    tcase_add_test(c, refuses_products_that_overflow);
    tcase_add_test(c, secrets_are_overwritten);
    tcase_add_test(c, the_nth_allocation_fails_once);
    tcase_add_test(c, a_planted_failure_belongs_to_its_thread);
    tcase_add_test(c, runs_out);
    suite_add_tcase(s, c);
    return s;
}
