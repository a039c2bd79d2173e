/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of an import by themselves: the source, the lookup, the rejects file and the progress lines. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <utime.h>

#include "cli/import_lookup.h"
#include "cli/import_rejects.h"
#include "cli/import_source.h"
#include "cli/progress.h"
#include "cli/row_options.h"
#include "support/command_run.h"
#include "support/run.h"
#include "support/torture.h"

static const char *directory;

static void set_up(void)
{
    directory = scratch_directory();
}

static void tear_down(void)
{
    scratch_remove(directory);
}

static const char *identity_of(const char *path, enum row_format format, enum row_kind kind)
{
    static char identities[16][IMPORT_IDENTITY_SIZE];
    static size_t next;
    struct import_source s;
    struct error err;
    ck_assert_msg(import_source_open(&s, path, format, kind, &err), "%s", err.detail);
    char *kept = identities[next++ % 16];
    memcpy(kept, s.identity, IMPORT_IDENTITY_SIZE);
    import_source_close(&s);
    return kept;
}

START_TEST(tells_sources_apart)
{
    const char *path = scratch_path(directory, "a");
    struct utimbuf old = {1000000, 1000000};
    scratch_write(path, text_of("one"));
    const char *first = identity_of(path, ROW_CSV, ROW_VALUES);
    ck_assert_uint_eq(strlen(first), 32);
    ck_assert_str_eq(first, identity_of(path, ROW_CSV, ROW_VALUES));
    ck_assert_str_ne(first, identity_of(path, ROW_NDJSON, ROW_VALUES));
    ck_assert_str_ne(first, identity_of(path, ROW_CSV, ROW_PLAYERS));
    ck_assert_int_eq(utime(path, &old), 0);
    ck_assert_str_ne(first, identity_of(path, ROW_CSV, ROW_VALUES));
    const char *roundabout = scratch_path(directory, "./a");
    ck_assert_str_eq(identity_of(path, ROW_CSV, ROW_VALUES), identity_of(roundabout, ROW_CSV, ROW_VALUES));
    ck_assert_str_eq(identity_of("/dev/null", ROW_CSV, ROW_VALUES), "");
}
END_TEST

START_TEST(reads_blocks_without_losing_a_byte)
{
    struct import_source s;
    struct error err;
    bool interrupted = false;
    const char *path = scratch_path(directory, "long");
    FILE *file = fopen(path, "w");
    for (unsigned i = 0; i < 100000; i++)
        fprintf(file, "%08u", i);
    fclose(file);
    ck_assert(import_source_open(&s, path, ROW_CSV, ROW_VALUES, &err));
    ck_assert_uint_eq(s.size, 800000);
    unsigned expected = 0;
    while (!s.at_end) {
        ck_assert(import_source_fill(&s, &interrupted, &err));
        while (import_source_rest(&s).size >= 8) {
            char digits[9];
            snprintf(digits, sizeof digits, "%08u", expected++);
            ck_assert_mem_eq(import_source_rest(&s).data, digits, 8);
            import_source_take(&s, 8);
            ck_assert_uint_eq(s.offset, expected * 8ULL);
        }
    }
    ck_assert_uint_eq(expected, 100000);
    ck_assert(import_source_seek(&s, 799992, &err));
    ck_assert(import_source_fill(&s, &interrupted, &err));
    ck_assert_uint_eq(import_source_rest(&s).size, 8);
    ck_assert_mem_eq(import_source_rest(&s).data, "00099999", 8);
    ck_assert(!interrupted);
    import_source_close(&s);
}
END_TEST

static bool open_source(void *context, struct error *err)
{
    struct import_source s;
    if (!import_source_open(&s, context, ROW_CSV, ROW_VALUES, err))
        return false;
    import_source_close(&s);
    return true;
}

static const struct statistic statistics[] = {{.id = 5, .name = {"Kills", 5}, .type = STATISTIC_INTEGER}};
static const uint64_t title_ids[] = {1};
static const struct title titles[] = {{.title_id = 1}};
static const struct service_config configs[] = {{.scid = {"s", 1},
                                                 .sandbox = {"RETAIL", 6},
                                                 .title_ids = title_ids,
                                                 .title_id_count = 1,
                                                 .statistics = statistics,
                                                 .statistic_count = 1}};
static const struct catalog_definition definition = {titles, 1, configs, 1, 1};

static struct row a_row(const char *metadata)
{
    return (struct row){.xuid = text_of("1"),
                        .scid = text_of("S"),
                        .statname = text_of("kills"),
                        .value = text_of("42"),
                        .valuemetadata = text_of(metadata)};
}

START_TEST(finds_values)
{
    struct catalog *catalog;
    struct arena arena;
    struct value_row found;
    struct error err;
    arena_init(&arena, 1024 * 1024);
    ck_assert(catalog_build(&definition, &catalog, &err));
    struct import_lookup lookup = {.catalog = catalog};
    struct row row = a_row("{}");
    ck_assert_msg(import_find_value(&lookup, &row, &arena, &found, &err), "%s", err.message);
    ck_assert_uint_eq(found.statistic_id, 5);
    ck_assert_int_eq(found.value.integer, 42);
    ck_assert_uint_eq(found.value.metadata.size, 2);
    row = a_row(NULL);
    ck_assert(import_find_value(&lookup, &row, &arena, &found, &err));
    ck_assert_ptr_null(found.value.metadata.data);
    static const char *const bad[] = {"{",     "[1,]", "x",           "{\"a\":1,\"a\":2}",
                                      "{} {}", " ",    "\"\\u0000\"", "\xff"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        row = a_row(bad[i]);
        ck_assert_msg(!import_find_value(&lookup, &row, &arena, &found, &err), "%s", bad[i]);
        ck_assert_int_eq(err.code, ERROR_ROW);
        ck_assert_ptr_nonnull(strstr(err.message, "valuemetadata"));
    }
    catalog_release(&catalog);
    arena_reset(&arena);
}
END_TEST

static bool find_with_metadata(void *context, struct error *err)
{
    struct arena arena;
    struct value_row found;
    struct import_lookup lookup = {.catalog = context};
    struct row row = a_row("{\"a\":[1,2,3]}");
    arena_init(&arena, 1024 * 1024);
    bool done = import_find_value(&lookup, &row, &arena, &found, err);
    arena_reset(&arena);
    return done;
}

START_TEST(runs_out_of_memory)
{
    struct catalog *catalog;
    struct error err;
    char *path = scratch_path(directory, "a");
    scratch_write(path, text_of("x"));
    ck_assert_uint_gt(torture_allocations(open_source, path), 0);
    ck_assert(catalog_build(&definition, &catalog, &err));
    ck_assert_uint_gt(torture_allocations(find_with_metadata, catalog), 0);
    catalog_release(&catalog);
}
END_TEST

START_TEST(keeps_rejects_up_to_a_line)
{
    struct import_rejects r;
    struct error err;
    const char *path = scratch_path(directory, "r.csv");
    FILE *nowhere = fopen("/dev/null", "w");
    ck_assert(import_rejects_open(&r, path, nowhere, &err));
    import_rejects_add(&r, 5, "line 5: bad \"x\"", text_of("1,\"a\nb\",2\r\n"));
    import_rejects_add(&r, 70, "line 70, column 3: worse", text_of("7"));
    import_rejects_add(&r, 800, "worst", text_of("8"));
    ck_assert(import_rejects_flush(&r, &err));
    import_rejects_close(&r);
    ck_assert_str_eq(scratch_read(path).data, REJECTS_HEADER "5,\"bad \"\"x\"\"\",\"1,\"\"a\nb\"\",2\"\n"
                                                             "70,\"column 3: worse\",\"7\"\n"
                                                             "800,\"worst\",\"8\"\n");
    ck_assert(import_rejects_resume(&r, path, 100, nowhere, &err));
    import_rejects_add(&r, 200, "again", text_of("9"));
    import_rejects_close(&r);
    ck_assert_str_eq(scratch_read(path).data, REJECTS_HEADER "5,\"bad \"\"x\"\"\",\"1,\"\"a\nb\"\",2\"\n"
                                                             "70,\"column 3: worse\",\"7\"\n"
                                                             "200,\"again\",\"9\"\n");
    fclose(nowhere);
}
END_TEST

START_TEST(cuts_a_torn_record)
{
    struct import_rejects r;
    struct error err;
    const char *path = scratch_path(directory, "r.csv");
    scratch_write(path, text_of(REJECTS_HEADER "5,\"bad\",\"x\"\n6,\"half a rec"));
    ck_assert(import_rejects_resume(&r, path, 100, stderr, &err));
    import_rejects_close(&r);
    ck_assert_str_eq(scratch_read(path).data, REJECTS_HEADER "5,\"bad\",\"x\"\n");
}
END_TEST

static int64_t now_ns;

static int64_t fake_monotonic(void *context)
{
    (void)context;
    return now_ns;
}

static const struct clock fake_clock = {.monotonic_ns = fake_monotonic};

START_TEST(prints_a_line_a_transaction)
{
    struct progress p;
    const char *path = scratch_path(directory, "progress");
    FILE *out = fopen(path, "w");
    now_ns = 5000000000;
    progress_start(&p, out, &fake_clock, 1000, (struct progress_point){100, 10, 0});
    ck_assert(!p.terminal);
    now_ns += 2000000000;
    progress_update(&p, (struct progress_point){400, 110, 0});
    progress_commit(&p, (struct progress_point){500, 200, 10});
    progress_clear(&p);
    fclose(out);
    ck_assert_str_eq(scratch_read(path).data, "200 rows, 10 refused, 50% of the file, 100 rows/s\n");
}
END_TEST

START_TEST(draws_a_bar_at_most_ten_times_a_second)
{
    struct progress p;
    const char *path = scratch_path(directory, "progress");
    FILE *out = fopen(path, "w");
    now_ns = 1000000000;
    progress_start(&p, out, &fake_clock, 4 * 1048576, (struct progress_point){0, 0, 0});
    p.terminal = true;
    p.columns = 100;
    now_ns += 1000000000;
    for (unsigned i = 0; i < 1000; i++) {
        now_ns += 1000000; /* a second in all */
        progress_update(&p, (struct progress_point){1048576, 1000, 0});
    }
    progress_clear(&p);
    fclose(out);
    const char *drawn = scratch_read(path).data;
    unsigned bars = 0;
    for (const char *at = drawn; (at = strstr(at, "\r[")) != NULL; at++)
        bars++;
    ck_assert_uint_ge(bars, 9);
    ck_assert_uint_le(bars, 11);
    ck_assert_msg(strncmp(drawn, "\r[######..................]  25%  1.0/4.0 MiB  ", 47) == 0, "%s", drawn);
    ck_assert_ptr_nonnull(strstr(drawn, "ETA 0:00:0"));
    ck_assert_msg(strcmp(drawn + strlen(drawn) - 4, "\r\033[K") == 0, "the bar stays on the terminal");
}
END_TEST

START_TEST(cuts_the_bar_to_a_narrow_terminal)
{
    struct progress p;
    const char *path = scratch_path(directory, "progress");
    FILE *out = fopen(path, "w");
    progress_start(&p, out, &fake_clock, 4 * 1048576, (struct progress_point){0, 0, 0});
    p.terminal = true;
    p.columns = 12;
    progress_update(&p, (struct progress_point){1048576, 1000, 0});
    fclose(out);
    ck_assert_str_eq(scratch_read(path).data, "\r[######....\033[K");
}
END_TEST

START_TEST(guesses_formats)
{
    static const struct {
        const char *path;
        bool good;
        enum row_format format;
    } cases[] = {{"a.csv", true, ROW_CSV},      {"/x/A.CSV", true, ROW_CSV}, {"a.ndjson", true, ROW_NDJSON},
                 {"a.jsonl", true, ROW_NDJSON}, {"a.json", false, ROW_CSV},  {"csv", false, ROW_CSV},
                 {".csv", false, ROW_CSV},      {"-", false, ROW_CSV}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct row_options o = {.kind = ROW_VALUES};
        ck_assert_msg(row_options_guess_format(&o, cases[i].path) == cases[i].good, "%s", cases[i].path);
        if (cases[i].good)
            ck_assert_int_eq(o.format, cases[i].format);
    }
    struct row_options said = {.kind = ROW_VALUES};
    ck_assert(row_options_format(&said, "ndjson"));
    ck_assert(row_options_guess_format(&said, "a.csv"));
    ck_assert_int_eq(said.format, ROW_NDJSON);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("cli/import_parts");
    TCase *parts = tcase_create("parts");
    tcase_add_checked_fixture(parts, set_up, tear_down);
    tcase_add_test(parts, tells_sources_apart);
    tcase_add_test(parts, reads_blocks_without_losing_a_byte);
    tcase_add_test(parts, finds_values);
    tcase_add_test(parts, keeps_rejects_up_to_a_line);
    tcase_add_test(parts, cuts_a_torn_record);
    tcase_add_test(parts, prints_a_line_a_transaction);
    tcase_add_test(parts, draws_a_bar_at_most_ten_times_a_second);
    tcase_add_test(parts, cuts_the_bar_to_a_narrow_terminal);
    tcase_add_test(parts, guesses_formats);
    tcase_add_test(parts, runs_out_of_memory);
    suite_add_tcase(s, parts);
    return s;
}
