/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "support/run.h"

START_TEST(the_wall_clock_is_the_machines)
{
    struct timespec now;
    ck_assert_int_eq(clock_gettime(CLOCK_REALTIME, &now), 0);
    int64_t before = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
    int64_t ms = clock_system.wall_ms(clock_system.context);
    ck_assert_int_eq(clock_gettime(CLOCK_REALTIME, &now), 0);
    ck_assert_int_ge(ms, before);
    ck_assert_int_le(ms, (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000);
}
END_TEST

START_TEST(the_monotonic_clock_counts_nanoseconds)
{
    struct timespec now;
    int64_t first = clock_system.monotonic_ns(clock_system.context), last = first;
    for (int i = 0; i < 10000; i++) {
        int64_t next = clock_system.monotonic_ns(clock_system.context);
        ck_assert_int_ge(next, last);
        last = next;
    }
    ck_assert_int_gt(last, first);
    ck_assert_int_eq(clock_gettime(CLOCK_MONOTONIC, &now), 0);
    ck_assert_int_ge((int64_t)now.tv_sec * 1000000000 + now.tv_nsec, last);
}
END_TEST

START_TEST(random_bytes_fill_exactly)
{
    static const size_t sizes[] = {0,   1,   16,  255,
                                   256, 257, 5000}; /* getrandom gives up to 256 at once for sure */
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        unsigned char bytes[5001], seen[256] = {0};
        struct error err;
        size_t size = sizes[i], different = 0;
        memset(bytes, 0, sizeof bytes);
        bytes[size] = 0xA5;
        ck_assert(random_system.fill(random_system.context, bytes, size, &err));
        ck_assert_uint_eq(bytes[size], 0xA5);
        for (size_t k = 0; k < size; k++) {
            different += seen[bytes[k]] == 0;
            seen[bytes[k]] = 1;
        }
        ck_assert_msg(size < 256 || different > 100, "%zu of %zu", different, size);
    }
}
END_TEST

START_TEST(random_bytes_differ_each_time)
{
    unsigned char a[32], b[32];
    struct error err;
    ck_assert(random_system.fill(random_system.context, a, sizeof a, &err));
    ck_assert(random_system.fill(random_system.context, b, sizeof b, &err));
    ck_assert_mem_ne(a, b, sizeof a);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("base/clock");
    TCase *c = tcase_create("clock");
    tcase_add_test(c, the_wall_clock_is_the_machines);
    tcase_add_test(c, the_monotonic_clock_counts_nanoseconds);
    tcase_add_test(c, random_bytes_fill_exactly);
    tcase_add_test(c, random_bytes_differ_each_time);
    suite_add_tcase(s, c);
    return s;
}
