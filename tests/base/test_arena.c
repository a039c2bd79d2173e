/* SPDX-License-Identifier: Apache-2.0 */
#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "support/run.h"
#include "support/torture.h"

static struct arena arena;
static struct error err;

static void tear_down(void)
{
    arena_reset(&arena);
}

static bool is_filled_with(const unsigned char *p, size_t size, size_t byte)
{
    for (size_t i = 0; i < size; i++) {
        if (p[i] != byte)
            return false;
    }
    return true;
}

START_TEST(memory_is_zeroed_aligned_and_apart)
{
    enum { PIECES = 3000 };
    static unsigned char *pieces[PIECES];
    static size_t sizes[PIECES];
    arena_init(&arena, 64 << 20);
    uint32_t state = 7;
    for (size_t i = 0; i < PIECES; i++) {
        state = state * 1664525 + 1013904223;
        sizes[i] = (state >> 16) % (i % 100 == 0 ? 200000 : 300);
        pieces[i] = arena_alloc(&arena, sizes[i], &err);
        ck_assert_ptr_nonnull(pieces[i]);
        ck_assert_uint_eq((uintptr_t)pieces[i] % alignof(max_align_t), 0);
        ck_assert_msg(is_filled_with(pieces[i], sizes[i], 0), "piece %zu", i);
        memset(pieces[i], (int)(i % 251) + 1, sizes[i]);
    }
    for (size_t i = 0; i < PIECES; i++)
        ck_assert_msg(is_filled_with(pieces[i], sizes[i], i % 251 + 1), "piece %zu", i);
    ck_assert_uint_le(arena.used, arena.limit);
}
END_TEST

START_TEST(no_bytes_have_an_address_of_their_own)
{
    arena_init(&arena, 10000);
    void *a = arena_alloc(&arena, 0, &err), *b = arena_alloc(&arena, 0, &err);
    ck_assert_ptr_nonnull(a);
    ck_assert_ptr_nonnull(b);
    ck_assert_ptr_ne(a, b);
}
END_TEST

START_TEST(an_empty_arena_takes_nothing)
{
    arena_init(&arena, 10000);
    ck_assert_uint_eq(arena.used, 0);
    arena_reset(&arena);
    ck_assert_uint_eq(arena.limit, 10000);
}
END_TEST

START_TEST(the_limit_holds_whatever_it_is)
{
    for (size_t limit = 0; limit < 20000; limit = limit < 200 ? limit + 1 : limit * 3 / 2) {
        size_t taken = 0;
        arena_init(&arena, limit);
        while (arena_alloc(&arena, 16, &err) != NULL) {
            taken += 16;
            ck_assert_uint_le(arena.used, limit);
        }
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
        ck_assert_uint_le(taken, limit);
        ck_assert_msg(limit < 100 || taken >= limit - limit / 8 - 64, "of %zu only %zu were of use", limit,
                      taken);
        arena_reset(&arena);
        ck_assert_uint_eq(arena.used, 0);
    }
}
END_TEST

START_TEST(a_reset_arena_starts_again)
{
    arena_init(&arena, 100000);
    for (int round = 0; round < 50; round++) {
        ck_assert_ptr_nonnull(arena_alloc(&arena, 90000, &err));
        ck_assert_ptr_null(arena_alloc(&arena, 90000, &err));
        arena_reset(&arena);
    }
}
END_TEST

START_TEST(a_large_piece_does_not_cost_the_current_block)
{
    arena_init(&arena, 1 << 20);
    char *a = arena_alloc(&arena, 16, &err);
    ck_assert_ptr_nonnull(arena_alloc(&arena, 100000, &err));
    char *b = arena_alloc(&arena, 16, &err);
    ck_assert_ptr_eq(b, a + 16);
    ck_assert_ptr_null(arena_alloc(&arena, 1 << 20, &err));
    ck_assert_ptr_nonnull(arena_alloc(&arena, 16, &err));
}
END_TEST

START_TEST(refuses_what_no_arena_holds)
{
    static const size_t sizes[] = {10001,         SIZE_MAX / 2, SIZE_MAX / 2 + 1, SIZE_MAX - 32,
                                   SIZE_MAX - 15, SIZE_MAX - 1, SIZE_MAX};
    static const size_t limits[] = {10000, SIZE_MAX};
    for (size_t l = 0; l < 2; l++) {
        arena_init(&arena, limits[l]);
        for (size_t i = 2 * l; i < sizeof sizes / sizeof sizes[0]; i++) {
            err.code = ERROR_NONE;
            ck_assert_msg(arena_alloc(&arena, sizes[i], &err) == NULL, "%zu", sizes[i]);
            ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
        }
        ck_assert_ptr_null(arena_alloc_array(&arena, SIZE_MAX / 2 + 1, 2, &err));
        ck_assert_ptr_null(arena_alloc_array(&arena, (size_t)1 << 32, (size_t)1 << 32, &err));
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
        ck_assert_ptr_nonnull(arena_alloc(&arena, 10, &err));
        arena_reset(&arena);
    }
}
END_TEST

START_TEST(arrays_and_texts)
{
    struct text copy = {NULL, 0}, from = {"a\0b", 3};
    arena_init(&arena, 10000);
    int *numbers = arena_alloc_array(&arena, 100, sizeof *numbers, &err);
    ck_assert_ptr_nonnull(numbers);
    numbers[99] = 1;
    ck_assert(arena_copy_text(&arena, from, &copy, &err));
    ck_assert(text_equals(copy, from) && copy.data != from.data && copy.data[3] == '\0');
    ck_assert(arena_copy_text(&arena, text_of(NULL), &copy, &err));
    ck_assert_uint_eq(copy.size, 0);
    ck_assert_str_eq(copy.data, "");
    struct text before = copy;
    static char large[20000];
    ck_assert(!arena_copy_text(&arena, text_slice(large, sizeof large), &copy, &err));
    ck_assert_msg(copy.data == before.data && copy.size == before.size, "the out was touched");
}
END_TEST

static bool fill(void *context, struct error *cause)
{
    struct arena a;
    struct text copy;
    (void)context;
    arena_init(&a, 1 << 20);
    bool worked = arena_alloc(&a, 5000, cause) != NULL && arena_alloc_array(&a, 100, 1000, cause) != NULL &&
                  arena_copy_text(&a, text_of("abc"), &copy, cause) && arena_alloc(&a, 60000, cause) != NULL;
    arena_reset(&a);
    return worked;
}

START_TEST(runs_out)
{
    ck_assert_uint_ge(torture_allocations(fill, NULL), 3);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("base/arena");
    TCase *c = tcase_create("arena");
    tcase_set_timeout(c, 60);
    tcase_add_checked_fixture(c, NULL, tear_down);
    tcase_add_test(c, memory_is_zeroed_aligned_and_apart);
    tcase_add_test(c, no_bytes_have_an_address_of_their_own);
    tcase_add_test(c, an_empty_arena_takes_nothing);
    tcase_add_test(c, the_limit_holds_whatever_it_is);
    tcase_add_test(c, a_reset_arena_starts_again);
    tcase_add_test(c, a_large_piece_does_not_cost_the_current_block);
    tcase_add_test(c, refuses_what_no_arena_holds);
    tcase_add_test(c, arrays_and_texts);
    tcase_add_test(c, runs_out);
    suite_add_tcase(s, c);
    return s;
}
