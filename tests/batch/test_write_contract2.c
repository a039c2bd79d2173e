/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of contracts 2 and 3, byte for byte as the golden files have them. */
#include "batch/dialect.h"
#include "batch/sample.h"
#include "support/torture.h"

static const struct statistic cashed = {.name = TEXT("ChestsCashedIn"),
                                        .type = STATISTIC_DOUBLE,
                                        .display = {.display_name = TEXT("Chests \"cashed\" in"),
                                                    .display_format = TEXT("Integer"),
                                                    .display_semantic = TEXT("Best"),
                                                    .sort_order = TEXT("Descending"),
                                                    .ordinal = 1}};
static const struct statistic bare = {
    .name = TEXT("Bare"), .type = STATISTIC_STRING, .display = {.ordinal = 2}};
static const struct statistic minutes = {.name = TEXT("MinutesPlayed"), .type = STATISTIC_INTEGER};

static const uint64_t xuids[] = {UINT64_MAX, 2};
static const struct text gamertags[] = {TEXT("Sea of Thieves"), {NULL, 0}};
static const struct value values[] = {
    {.type = STATISTIC_DOUBLE, .real = 5.0, .metadata = TEXT("{\"map\":\"\\u00e9\"}")},
    STRING("a\"\xC3\x9F"),
    INTEGER(INT64_MAX),
    NOTHING,
    NOTHING,
    {.type = STATISTIC_INTEGER, .integer = -1, .metadata = TEXT("null")},
};

/* Two titles with groups, one without, one group by scid, one that nobody has; statistics by title and by
 * scid. */
static struct batch_result everything(void)
{
    static const struct batch_group groups[] = {{TEXT("Hero"), true, {{NULL, 0}, 1717113201}},
                                                {TEXT("hero"), true, {TEXT("D1ADC8AA"), 0}},
                                                {TEXT("Hero"), true, {{NULL, 0}, 0}},
                                                {TEXT("Villain"), false, {TEXT("none"), 0}}};
    static const struct batch_list lists[] = {{.owner = {{NULL, 0}, 1717113201}},
                                              {.owner = {TEXT("D1ADC8AA"), 0}}};
    static const struct batch asked = {xuids, 2, lists, 2, groups, 4};
    static const struct batch_result_stat stats[] = {
        {&cashed, TEXT("d1adc8aa-0a31-4407-90f2-7e9b54b0347c"), 0},
        {&bare, TEXT("d1adc8aa-0a31-4407-90f2-7e9b54b0347c"), 1},
        {&minutes, TEXT("d1adc8aa"), 2}};
    static const struct batch_result_list answered[] = {{&stats[0], 1}, {&stats[2], 1}};
    static const struct batch_result_list heroes[] = {{&stats[0], 2}, {&stats[1], 1}, {NULL, 0}, {NULL, 0}};
    return (struct batch_result){.asked = &asked,
                                 .gamertags = gamertags,
                                 .lists = answered,
                                 .groups = heroes,
                                 .values = values,
                                 .column_count = 3};
}

/* All three of one scid, asked by its name alone, for the first user. */
static struct batch_result single(bool with_metadata)
{
    static const struct batch_list lists[] = {{.owner = {TEXT("D1ADC8AA"), 0}}};
    static const struct batch asked = {.xuids = xuids, .xuid_count = 1, .lists = lists, .list_count = 1};
    static const struct batch_result_stat stats[] = {
        {&cashed, TEXT("d1adc8aa"), 0}, {&bare, TEXT("d1adc8aa"), 1}, {&minutes, TEXT("d1adc8aa"), 2}};
    static const struct batch_result_list answered[] = {{stats, 3}};
    return (struct batch_result){.asked = &asked,
                                 .gamertags = gamertags,
                                 .lists = answered,
                                 .values = values,
                                 .column_count = 3,
                                 .with_metadata = with_metadata};
}

START_TEST(groups_and_statistics)
{
    struct batch_result r = everything();
    assert_written(&r, dialect_of("2")->write, "groups.contract2");
    assert_written(&r, dialect_of("3")->write, "groups.contract2");
    r.with_metadata = true;
    assert_written(&r, dialect_of("3")->write, "groups-metadata.contract3");
}
END_TEST

START_TEST(nothing_asked)
{
    static const struct batch asked = {.xuids = xuids, .xuid_count = 2};
    const struct batch_result r = {.asked = &asked, .gamertags = gamertags};
    assert_written(&r, dialect_of("2")->write, "nothing.contract2");
}
END_TEST

START_TEST(one_user)
{
    const struct batch_result plain = single(false), with = single(true);
    assert_written(&plain, dialect_of(NULL)->write_single, "single.documented");
    assert_written(&plain, dialect_of("1")->write_single, "single.contract1");
    assert_written(&plain, dialect_of("2")->write_single, "single.contract2");
    assert_written(&plain, dialect_of("3")->write_single, "single.contract2");
    assert_written(&with, dialect_of("3")->write_single, "single-metadata.contract3");
}
END_TEST

START_TEST(one_user_without_gamertag_and_values)
{
    struct batch_result r = single(true);
    static const struct text nameless[] = {{NULL, 0}};
    static const struct value nothing[] = {NOTHING, NOTHING, NOTHING};
    r.gamertags = nameless;
    r.values = nothing;
    assert_written(&r, dialect_of("1")->write_single, "single-nothing.contract1");
    assert_written(&r, dialect_of("3")->write_single, "single-nothing.contract3");
}
END_TEST

static bool write_all(void *context, struct error *err)
{
    (void)context;
    struct arena arena;
    struct buffer b;
    struct text out;
    const struct batch_result r = everything();
    arena_init(&arena, 1 << 20);
    buffer_init(&b, &arena, 1 << 16);
    batch_write_contract_2(&r, &b);
    bool worked = buffer_finish(&b, ERROR_BATCH_LIMIT, &out, err);
    arena_reset(&arena);
    return worked;
}

START_TEST(runs_out_of_memory_cleanly)
{
    ck_assert_uint_gt(torture_allocations(write_all, NULL), 0);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("write_contract2");
    TCase *t = tcase_create("write_contract2");
    tcase_add_test(t, groups_and_statistics);
    tcase_add_test(t, nothing_asked);
    tcase_add_test(t, one_user);
    tcase_add_test(t, one_user_without_gamertag_and_values);
    tcase_add_test(t, runs_out_of_memory_cleanly);
    suite_add_tcase(s, t);
    return s;
}
