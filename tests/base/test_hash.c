/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "support/run.h"

START_TEST(values_are_those_of_xxh3)
{
    /* Stored validators and import progress depend on these staying the same. */
    ck_assert(hash_text(text_of("")) == 0x2d06800538d394c2u);
    ck_assert(hash_text(text_of(NULL)) == hash_text(text_of("")));
    struct hash128 empty = hash_text_128(text_of(NULL));
    ck_assert(empty.high == 0x99aa06d3014798d8u && empty.low == 0x6001c324468d497fu);
}
END_TEST

START_TEST(a_seed_makes_it_another_function)
{
    ck_assert(hash_text_seeded(text_of("Wins"), 0) == hash_text(text_of("Wins")));
    ck_assert(hash_text_seeded(text_of("Wins"), 1) == hash_text_seeded(text_of("Wins"), 1));
    ck_assert(hash_text_seeded(text_of("Wins"), 1) != hash_text_seeded(text_of("Wins"), 2));
    ck_assert(hash_text_seeded(text_of("Wins"), 1) != hash_text_seeded(text_of("Kills"), 1));
    ck_assert(hash_text_seeded(text_of(NULL), 1) == hash_text_seeded(text_of(""), 1));
    ck_assert(hash_text_seeded(text_of(NULL), 1) != hash_text_seeded(text_of(""), 2));
}
END_TEST

START_TEST(every_byte_counts)
{
    char bytes[300];
    memset(bytes, 'x', sizeof bytes);
    uint64_t whole = hash_text(text_slice(bytes, sizeof bytes));
    struct hash128 whole_128 = hash_text_128(text_slice(bytes, sizeof bytes));
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = 'y';
        ck_assert_msg(hash_text(text_slice(bytes, sizeof bytes)) != whole, "byte %zu", i);
        struct hash128 h = hash_text_128(text_slice(bytes, sizeof bytes));
        ck_assert_msg(h.high != whole_128.high && h.low != whole_128.low, "byte %zu", i);
        bytes[i] = 'x';
        ck_assert_msg(hash_text(text_slice(bytes, i)) != whole, "length %zu", i);
    }
    ck_assert(hash_text(text_slice("a\0b", 3)) != hash_text(text_slice("a\0c", 3)));
}
END_TEST

START_TEST(case_is_ignored)
{
    static const char *const rows[][2] = {
        {"Wins", "wINS"},
        {"7492BACA-C1B4-440D-A391-B7EF364A8D40", "7492baca-c1b4-440d-a391-b7ef364a8d40"},
        {"", ""}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        ck_assert(hash_text_ignoring_case(text_of(rows[i][0])) ==
                  hash_text_ignoring_case(text_of(rows[i][1])));
    ck_assert(hash_text_ignoring_case(text_of("Wins")) != hash_text_ignoring_case(text_of("Win")));
    ck_assert(hash_text_ignoring_case(text_of("[")) != hash_text_ignoring_case(text_of("{")));
    ck_assert(hash_text_ignoring_case(text_of(NULL)) == hash_text(text_of("")));
}
END_TEST

START_TEST(a_folded_text_counts_to_its_last_byte)
{
    /* what strangers send must not share a hash for being alike in front */
    char bytes[600];
    memset(bytes, 'a', sizeof bytes);
    uint64_t whole = hash_text_ignoring_case(text_slice(bytes, sizeof bytes));
    for (size_t size = 255; size < sizeof bytes; size++)
        ck_assert(hash_text_ignoring_case(text_slice(bytes, size)) != whole);
    for (size_t i = 0; i < sizeof bytes; i += 51) {
        bytes[i] = 'A';
        ck_assert(hash_text_ignoring_case(text_slice(bytes, sizeof bytes)) == whole);
        bytes[i] = 'b';
        ck_assert(hash_text_ignoring_case(text_slice(bytes, sizeof bytes)) != whole);
        bytes[i] = 'a';
    }
}
END_TEST

static int compare(const void *a, const void *b)
{
    uint64_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return x < y ? -1 : x > y;
}

START_TEST(near_texts_do_not_collide)
{
    enum { COUNT = 100000 };
    static uint64_t hashes[COUNT];
    for (uint32_t i = 0; i < COUNT; i++) {
        char name[4] = {(char)('a' + i % 26), (char)(i / 26), (char)(i / 26 / 256), 'z'};
        hashes[i] = hash_text(text_slice(name, sizeof name));
    }
    qsort(hashes, COUNT, sizeof hashes[0], compare);
    for (size_t i = 1; i < COUNT; i++)
        ck_assert_msg(hashes[i] != hashes[i - 1], "two of %d are the same", COUNT);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("base/hash");
    TCase *c = tcase_create("hash");
    tcase_add_test(c, values_are_those_of_xxh3);
    tcase_add_test(c, a_seed_makes_it_another_function);
    tcase_add_test(c, every_byte_counts);
    tcase_add_test(c, case_is_ignored);
    tcase_add_test(c, a_folded_text_counts_to_its_last_byte);
    tcase_add_test(c, near_texts_do_not_collide);
    suite_add_tcase(s, c);
    return s;
}
