/* SPDX-License-Identifier: Apache-2.0 */
/* Answers in both dialects, byte for byte as the golden files have them. */
#include "batch/sample.h"
#include "support/torture.h"

START_TEST(the_reference_page)
{
    const struct batch_result r = reference();
    assert_written(&r, dialect_of(NULL)->write, "reference.documented");
    assert_written(&r, dialect_of("1")->write, "reference.contract1");
}
END_TEST

START_TEST(every_type_gap_and_escape)
{
    static const uint64_t xuids[] = {UINT64_MAX, 1, 2};
    static const struct text gamertags[] = {TEXT("A \"b\" \xC3\x9F"), {NULL, 0}, {NULL, 0}};
    static const struct statistic declared[] = {
        {.name = TEXT("Most")},  {.name = TEXT("Least")}, {.name = TEXT("Whole")},
        {.name = TEXT("Tenth")}, {.name = TEXT("Huge")},  {.name = TEXT("Tiny")},
        {.name = TEXT("Zero")},  {.name = TEXT("Motto")}, {.name = TEXT("Seen")}};
    static const struct batch_result_stat stats[] = {
        {&declared[0], {NULL, 0}, 0}, {&declared[1], {NULL, 0}, 1}, {&declared[2], {NULL, 0}, 2},
        {&declared[3], {NULL, 0}, 3}, {&declared[4], {NULL, 0}, 4}, {&declared[5], {NULL, 0}, 5},
        {&declared[6], {NULL, 0}, 6}, {&declared[7], {NULL, 0}, 7}, {&declared[8], {NULL, 0}, 8}};
    static const struct batch_list lists[] = {
        {.owner.scid = TEXT("AA-1")}, {.owner.scid = TEXT("bb")}, {.owner.scid = TEXT("none")}};
    static const struct batch asked = {.xuids = xuids, .xuid_count = 3, .lists = lists, .list_count = 3};
    static const struct batch_result_list answered[] = {{&stats[0], 7}, {&stats[7], 2}, {NULL, 0}};
    static const struct value values[] = {
        INTEGER(INT64_MAX),
        INTEGER(INT64_MIN),
        DOUBLE(5.0),
        DOUBLE(0.1),
        DOUBLE(1.7976931348623157e308),
        DOUBLE(4.9406564584124654e-324),
        DOUBLE(-0.0),
        STRING("say \"hi\" \\ \x01\n</script> \xC3\x9F\xF0\x9F\x91\xBE"),
        DATETIME("2024-02-29T23:59:60.5Z"),
        NOTHING,
        INTEGER(0),
        NOTHING,
        NOTHING,
        NOTHING,
        DOUBLE(1e21),
        NOTHING,
        NOTHING,
        DATETIME(""),
        NOTHING,
        NOTHING,
        NOTHING,
        NOTHING,
        NOTHING,
        NOTHING,
        NOTHING,
        NOTHING,
        NOTHING,
    };
    const struct batch_result r = {
        .asked = &asked, .gamertags = gamertags, .lists = answered, .values = values, .column_count = 9};
    assert_written(&r, dialect_of(NULL)->write, "mixed.documented");
    assert_written(&r, dialect_of("1")->write, "mixed.contract1");
}
END_TEST

START_TEST(stops_at_the_buffer_s_limit)
{
    struct error err;
    struct arena arena;
    struct buffer b;
    struct text out;
    const struct batch_result r = reference();
    arena_init(&arena, 1 << 20);
    buffer_init(&b, &arena, golden("reference.documented").size - 1);
    dialect_of(NULL)->write(&r, &b);
    ck_assert(!buffer_finish(&b, ERROR_BATCH_LIMIT, &out, &err));
    ck_assert_int_eq(err.code, ERROR_BATCH_LIMIT);
    arena_reset(&arena);
}
END_TEST

static bool write_reference(void *context, struct error *err)
{
    (void)context;
    struct arena arena;
    struct buffer b;
    struct text out;
    const struct batch_result r = reference();
    arena_init(&arena, 1 << 20);
    buffer_init(&b, &arena, 1 << 16);
    dialect_of("1")->write(&r, &b);
    bool worked = buffer_finish(&b, ERROR_BATCH_LIMIT, &out, err);
    arena_reset(&arena);
    return worked;
}

START_TEST(runs_out_of_memory_cleanly)
{
    ck_assert_uint_gt(torture_allocations(write_reference, NULL), 0);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("write_documented");
    TCase *t = tcase_create("write_documented");
    tcase_add_test(t, the_reference_page);
    tcase_add_test(t, every_type_gap_and_escape);
    tcase_add_test(t, stops_at_the_buffer_s_limit);
    tcase_add_test(t, runs_out_of_memory_cleanly);
    suite_add_tcase(s, t);
    return s;
}
