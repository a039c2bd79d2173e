/* SPDX-License-Identifier: Apache-2.0 */
/* Answers in both dialects, byte for byte as the golden files have them. */
#include <stdio.h>
#include <string.h>

#include "batch/batch.h"
#include "support/run.h"
#include "support/torture.h"

#define TEXT(s)                                                                                              \
    {                                                                                                        \
        s, sizeof(s) - 1                                                                                     \
    }
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define GOLDEN   SOURCE_DIR "/tests/batch/golden/"

static struct text golden(const char *name)
{
    static char bytes[16384];
    char path[512];
    snprintf(path, sizeof path, GOLDEN "%s.json", name);
    FILE *f = fopen(path, "rb");
    ck_assert_msg(f != NULL, "%s", path);
    size_t size = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    return text_slice(bytes, size);
}

static void assert_written(const struct batch_result *r, enum batch_dialect dialect, const char *name)
{
    struct error err;
    struct arena arena;
    struct buffer b;
    struct text out;
    arena_init(&arena, 1 << 20);
    buffer_init(&b, &arena, 1 << 16);
    batch_result_write(dialect, r, &b);
    ck_assert(buffer_finish(&b, ERROR_BATCH_LIMIT, &out, &err));
    ck_assert_msg(text_equals(out, golden(name)), "%s:\n%.*s", name, TEXT_ARG(out));
    arena_reset(&arena);
}

#define INTEGER(n)                                                                                           \
    {                                                                                                        \
        .type = STATISTIC_INTEGER, .integer = n                                                              \
    }
#define DOUBLE(d)                                                                                            \
    {                                                                                                        \
        .type = STATISTIC_DOUBLE, .real = d                                                                  \
    }
#define STRING(s)                                                                                            \
    {                                                                                                        \
        .type = STATISTIC_STRING, .text = TEXT(s)                                                            \
    }
#define DATETIME(s)                                                                                          \
    {                                                                                                        \
        .type = STATISTIC_DATETIME, .text = TEXT(s)                                                          \
    }
#define NOTHING                                                                                              \
    {                                                                                                        \
        .type = STATISTIC_TYPE_NONE                                                                          \
    }

static const struct statistic kills = {.name = TEXT("Test4FirefightKills"), .type = STATISTIC_INTEGER};
static const struct statistic headshots = {.name = TEXT("Test4FirefightHeadshots"),
                                           .type = STATISTIC_INTEGER};
static const struct statistic overall = {.name = TEXT("OverallTestKills"), .type = STATISTIC_INTEGER};
static const struct statistic test_headshots = {.name = TEXT("TestHeadshots"), .type = STATISTIC_INTEGER};

static struct batch_result reference(void)
{
    static const uint64_t xuids[] = {1234567890123460, 1234567890123234};
    static const struct text gamertags[] = {TEXT("WarriorSaint"), TEXT("TigerShark")};
    static const struct statistic *const first[] = {&kills, &headshots};
    static const struct statistic *const second[] = {&overall, &test_headshots};
    static const struct batch_result_scid scids[] = {
        {TEXT("c402ff50-3e76-11e2-a25f-0800200c1212"), first, 2},
        {TEXT("c402ff50-3e76-11e2-a25f-0800200c0343"), second, 2}};
    static const struct value values[] = {INTEGER(7),  INTEGER(4),  INTEGER(3434), INTEGER(41),
                                          INTEGER(63), INTEGER(12), INTEGER(375),  INTEGER(34)};
    return (struct batch_result){.xuids = xuids,
                                 .gamertags = gamertags,
                                 .xuid_count = 2,
                                 .scids = scids,
                                 .scid_count = 2,
                                 .values = values};
}

START_TEST(the_reference_page)
{
    const struct batch_result r = reference();
    assert_written(&r, BATCH_DOCUMENTED, "reference.documented");
    assert_written(&r, BATCH_CONTRACT_1, "reference.contract1");
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
    static const struct statistic *const numbers[] = {&declared[0], &declared[1], &declared[2], &declared[3],
                                                      &declared[4], &declared[5], &declared[6]};
    static const struct statistic *const texts[] = {&declared[7], &declared[8]};
    static const struct batch_result_scid scids[] = {
        {TEXT("AA-1"), numbers, 7}, {TEXT("bb"), texts, 2}, {TEXT("none"), NULL, 0}};
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
    const struct batch_result r = {.xuids = xuids,
                                   .gamertags = gamertags,
                                   .xuid_count = 3,
                                   .scids = scids,
                                   .scid_count = 3,
                                   .values = values};
    assert_written(&r, BATCH_DOCUMENTED, "mixed.documented");
    assert_written(&r, BATCH_CONTRACT_1, "mixed.contract1");
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
    batch_result_write(BATCH_DOCUMENTED, &r, &b);
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
    batch_result_write(BATCH_CONTRACT_1, &r, &b);
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
    Suite *s = suite_create("result");
    TCase *t = tcase_create("result");
    tcase_add_test(t, the_reference_page);
    tcase_add_test(t, every_type_gap_and_escape);
    tcase_add_test(t, stops_at_the_buffer_s_limit);
    tcase_add_test(t, runs_out_of_memory_cleanly);
    suite_add_tcase(s, t);
    return s;
}
