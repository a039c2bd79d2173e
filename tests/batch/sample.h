/* SPDX-License-Identifier: Apache-2.0 */
/* The answers that the golden files were made of, and how one is compared with them. All is static: included
 * by one test program each. */
#ifndef USERSTATS_TESTS_BATCH_SAMPLE_H
#define USERSTATS_TESTS_BATCH_SAMPLE_H

#include <stdio.h>
#include <string.h>

#include "batch/batch.h"
#include "support/run.h"

#define TEXT(s)                                                                                              \
    {                                                                                                        \
        s, sizeof(s) - 1                                                                                     \
    }
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define GOLDEN   SOURCE_DIR "/tests/batch/golden/"

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

static inline struct text golden(const char *name)
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

static inline const struct batch_dialect *dialect_of(const char *contract)
{
    const struct batch_dialect *d = batch_dialect_find(text_of(contract));
    ck_assert_ptr_nonnull(d);
    return d;
}

static inline void assert_written(const struct batch_result *r, batch_writer *write, const char *name)
{
    struct error err;
    struct arena arena;
    struct buffer b;
    struct text out;
    arena_init(&arena, 1 << 20);
    buffer_init(&b, &arena, 1 << 16);
    write(r, &b);
    ck_assert(buffer_finish(&b, ERROR_BATCH_LIMIT, &out, &err));
    ck_assert_msg(text_equals(out, golden(name)), "%s:\n%.*s", name, TEXT_ARG(out));
    arena_reset(&arena);
}

/* The example of the reference page. */
static inline struct batch_result reference(void)
{
    static const uint64_t xuids[] = {1234567890123460, 1234567890123234};
    static const struct text gamertags[] = {TEXT("WarriorSaint"), TEXT("TigerShark")};
    static const struct batch_list lists[] = {{.owner.scid = TEXT("c402ff50-3e76-11e2-a25f-0800200c1212")},
                                              {.owner.scid = TEXT("c402ff50-3e76-11e2-a25f-0800200c0343")}};
    static const struct batch asked = {.xuids = xuids, .xuid_count = 2, .lists = lists, .list_count = 2};
    static const struct statistic declared[] = {
        {.name = TEXT("Test4FirefightKills"), .type = STATISTIC_INTEGER},
        {.name = TEXT("Test4FirefightHeadshots"), .type = STATISTIC_INTEGER},
        {.name = TEXT("OverallTestKills"), .type = STATISTIC_INTEGER},
        {.name = TEXT("TestHeadshots"), .type = STATISTIC_INTEGER}};
    static const struct batch_result_stat stats[] = {
        {.statistic = &declared[0], .column = 0},
        {.statistic = &declared[1], .column = 1},
        {.statistic = &declared[2], .column = 2},
        {.statistic = &declared[3], .column = 3},
    };
    static const struct batch_result_list answered[] = {{&stats[0], 2}, {&stats[2], 2}};
    static const struct value values[] = {INTEGER(7),  INTEGER(4),  INTEGER(3434), INTEGER(41),
                                          INTEGER(63), INTEGER(12), INTEGER(375),  INTEGER(34)};
    return (struct batch_result){
        .asked = &asked, .gamertags = gamertags, .lists = answered, .values = values, .column_count = 4};
}

#endif
