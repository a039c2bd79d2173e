/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "model/value.h"
#include "support/cli_world.h"
#include "support/run.h"

#define HEADER                 "xuid,scid,statname,value\n"
#define ROW(xuid, name, value) xuid "," WORLD_SCID "," name "," value "\n"
#define FULL_HEADER            "xuid,scid,statname,value,valuemetadata\n"

static struct cli_world world;

static void set_up(void)
{
    cli_world_open(&world, cli_run);
    cli_world_apply(&world, world_catalog);
}

static void tear_down(void)
{
    cli_world_close(&world);
}

static struct command_run import(const char *path)
{
    return cli_world_run(&world, (const char *[]){"import", path, NULL});
}

START_TEST(accepts_csv_of_every_type)
{
    const char *path =
        cli_world_file(&world, "a.csv",
                       FULL_HEADER "18446744073709551615," WORLD_SCID ",Kills,-9223372036854775808,\n"
                                   "1," WORLD_SCID ",kills,9223372036854775807,\"{\"\"map\"\": 1}\"\n"
                                   "1," WORLD_SCID ",Ratio,0.1,\n"
                                   "1," WORLD_SCID ",Motto,\"one, \"\"two\"\"\nthree\",\n"
                                   "1," WORLD_SCID ",Seen,2026-01-02T03:04:05.678Z,\n");
    struct command_run run = import(path);
    ck_assert_msg(run.status == 0, "%s", run.err.data);
    ck_assert_ptr_nonnull(strstr(run.out.data, "imported 5 rows, refused 0"));
    ck_assert_str_eq(cli_world_export(&world, "values"),
                     FULL_HEADER "1," WORLD_SCID ",Kills,9223372036854775807,\"{\"\"map\"\": 1}\"\n"
                                 "1," WORLD_SCID ",Motto,\"one, \"\"two\"\"\nthree\",\n"
                                 "1," WORLD_SCID ",Ratio,0.1,\n"
                                 "1," WORLD_SCID ",Seen,2026-01-02T03:04:05.678Z,\n"
                                 "18446744073709551615," WORLD_SCID ",Kills,-9223372036854775808,\n");
}
END_TEST

START_TEST(accepts_ndjson_and_the_last_value_of_a_statistic)
{
    const char *path =
        cli_world_file(&world, "a.ndjson",
                       "{\"xuid\":\"7\",\"scid\":\"" WORLD_SCID "\",\"statname\":\"Kills\",\"value\":1}\n"
                       "\n"
                       "{\"value\":\"2\",\"xuid\":7,\"statname\":\"KILLS\",\"scid\":\"" WORLD_SCID "\"}");
    struct command_run run = import(path);
    ck_assert_msg(run.status == 0, "%s", run.err.data);
    ck_assert_str_eq(cli_world_export(&world, "values"), FULL_HEADER "7," WORLD_SCID ",Kills,2,\n");
}
END_TEST

/* A row states the whole value: where it says no metadata, there is none any more. */
START_TEST(replaces_metadata_with_the_value)
{
    static const char with[] = FULL_HEADER "1," WORLD_SCID ",Kills,1,{}\n"
                                           "2," WORLD_SCID ",Kills,1,[]\n"
                                           "3," WORLD_SCID ",Kills,1,7\n"
                                           "4," WORLD_SCID ",Kills,1,8\n";
    ck_assert_int_eq(import(cli_world_file(&world, "a.csv", with)).status, 0);
    ck_assert_str_eq(cli_world_export(&world, "values"), with);
    ck_assert_int_eq(import(cli_world_file(&world, "b.csv", HEADER ROW("1", "Kills", "1"))).status, 0);
    ck_assert_int_eq(
        import(cli_world_file(&world, "c.csv", FULL_HEADER "2," WORLD_SCID ",Kills,2,\n")).status, 0);
    ck_assert_int_eq(import(cli_world_file(&world, "d.ndjson",
                                           "{\"xuid\":3,\"scid\":\"" WORLD_SCID
                                           "\",\"statname\":\"Kills\",\"value\":3,\"valuemetadata\":null}"))
                         .status,
                     0);
    ck_assert_str_eq(cli_world_export(&world, "values"), FULL_HEADER "1," WORLD_SCID ",Kills,1,\n"
                                                                     "2," WORLD_SCID ",Kills,2,\n"
                                                                     "3," WORLD_SCID ",Kills,3,\n"
                                                                     "4," WORLD_SCID ",Kills,1,8\n");
}
END_TEST

START_TEST(accepts_players)
{
    const char *path =
        cli_world_file(&world, "p.csv", "gamertag,xuid\nWarriorSaint,1234567890123460\n\"a,b\",2\n");
    struct command_run run =
        cli_world_run(&world, (const char *[]){"import", "--kind", "players", path, NULL});
    ck_assert_msg(run.status == 0, "%s", run.err.data);
    ck_assert_str_eq(cli_world_export(&world, "players"),
                     "xuid,gamertag\n2,\"a,b\"\n1234567890123460,WarriorSaint\n");
}
END_TEST

START_TEST(accepts_standard_input)
{
    struct command_run run = cli_world_feed(&world, HEADER ROW("3", "Kills", "5"),
                                            (const char *[]){"import", "--format", "csv", "-", NULL});
    ck_assert_msg(run.status == 0, "%s", run.err.data);
    ck_assert_str_eq(cli_world_export(&world, "values"), FULL_HEADER "3," WORLD_SCID ",Kills,5,\n");
}
END_TEST

static const struct {
    const char *name, *row, *reason;
} bad_rows[] = {
    {"xuid of letters", ROW("abc", "Kills", "1"), "xuid \"abc\""},
    {"xuid zero", ROW("0", "Kills", "1"), "xuid \"0\""},
    {"xuid empty", ROW("", "Kills", "1"), "xuid \"\""},
    {"xuid negative", ROW("-5", "Kills", "1"), "xuid \"-5\""},
    {"xuid of 65 bits", ROW("18446744073709551616", "Kills", "1"), "xuid \"18446744073709551616\""},
    {"xuid with a leading zero", ROW("01", "Kills", "1"), "xuid \"01\""},
    {"scid unknown", "1,no-such-scid,Kills,1\n", "scid \"no-such-scid\" is not in the catalog"},
    {"scid empty", "1,,Kills,1\n", "scid \"\""},
    {"statistic unknown", ROW("1", "Deaths", "1"),
     "statname \"Deaths\" is not declared for scid " WORLD_SCID},
    {"integer with a fraction", ROW("1", "Kills", "1.5"), "Integer"},
    {"integer of 65 bits", ROW("1", "Kills", "9223372036854775808"), "Integer"},
    {"integer empty", ROW("1", "Kills", ""), "Integer"},
    {"double infinite", ROW("1", "Ratio", "inf"), "Double"},
    {"double out of range", ROW("1", "Ratio", "1e999"), "Double"},
    {"date of no calendar", ROW("1", "Seen", "2026-13-01T00:00:00Z"), "DateTime"},
    {"too few fields", "1," WORLD_SCID ",Kills\n", "3 fields"},
    {"too many fields", "1," WORLD_SCID ",Kills,1,2,3\n", "6 fields"},
    {"not UTF-8", ROW("1", "Motto", "\xff\xfe"), "UTF-8"},
    {"a quote in a bare field", ROW("1", "Motto", "a\"b"), "quote"},
    {"bytes behind a quoted field", ROW("1", "Motto", "\"a\"b"), "quote"},
    {"metadata without its column", "1," WORLD_SCID ",Kills,1,{}\n", "5 fields"},
    {"a very long text of letters in place of a number",
     ROW("1", "Kills",
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
     "Integer"},
};

START_TEST(refuses_a_bad_row_and_takes_its_neighbours)
{
    char bytes[1024];
    snprintf(bytes, sizeof bytes, "%s%s%s%s", HEADER, ROW("1", "Kills", "10"), bad_rows[_i].row,
             ROW("2", "Kills", "20"));
    const char *path = cli_world_file(&world, "bad.csv", bytes);
    const char *rejects = scratch_path(world.directory, "rejects.csv");
    struct command_run run =
        cli_world_run(&world, (const char *[]){"import", path, "--rejects", rejects, NULL});
    const char *name = bad_rows[_i].name;
    ck_assert_msg(run.status == 1, "%s: status %d, %s", name, run.status, run.err.data);
    ck_assert_msg(strstr(run.out.data, "imported 2 rows, refused 1") != NULL, "%s: %s", name, run.out.data);
    ck_assert_msg(strncmp(run.err.data, "line 3: ", 8) == 0, "%s: %s", name, run.err.data);
    ck_assert_msg(strstr(run.err.data, bad_rows[_i].reason) != NULL, "%s: %s", name, run.err.data);
    const char *kept = scratch_read(rejects).data;
    ck_assert_msg(strncmp(kept, "line,reason,row\n3,\"", 19) == 0, "%s: %s", name, kept);
    ck_assert_str_eq(cli_world_export(&world, "values"),
                     FULL_HEADER "1," WORLD_SCID ",Kills,10,\n2," WORLD_SCID ",Kills,20,\n");
}
END_TEST

static const struct {
    const char *name, *line, *reason;
} bad_lines[] = {
    {"no JSON", "nonsense", "column 1"},
    {"an array", "[1,2]", "object"},
    {"a missing member", "{\"xuid\":\"1\"}", "missing"},
    {"an unknown member", "{\"xuid\":\"1\",\"foo\":1}", "foo"},
    {"a member twice", "{\"xuid\":\"1\",\"xuid\":\"2\"}", "xuid"},
    {"metadata that is no JSON",
     "{\"xuid\":\"1\",\"scid\":\"" WORLD_SCID
     "\",\"statname\":\"Kills\",\"value\":1,\"valuemetadata\":\"{\"}",
     "valuemetadata"},
    {"a fraction for an Integer",
     "{\"xuid\":\"1\",\"scid\":\"" WORLD_SCID "\",\"statname\":\"Kills\",\"value\":1.0}", "Integer"},
};

START_TEST(refuses_a_bad_line)
{
    char bytes[1024];
    const char *good = "{\"xuid\":\"9\",\"scid\":\"" WORLD_SCID "\",\"statname\":\"Kills\",\"value\":1}";
    snprintf(bytes, sizeof bytes, "%s\n%s\n", bad_lines[_i].line, good);
    struct command_run run = import(cli_world_file(&world, "bad.ndjson", bytes));
    const char *name = bad_lines[_i].name;
    ck_assert_msg(run.status == 1, "%s: status %d, %s", name, run.status, run.err.data);
    ck_assert_msg(strncmp(run.err.data, "line 1: ", 8) == 0, "%s: %s", name, run.err.data);
    ck_assert_msg(strstr(run.err.data, bad_lines[_i].reason) != NULL, "%s: %s", name, run.err.data);
    ck_assert_str_eq(cli_world_export(&world, "values"), FULL_HEADER "9," WORLD_SCID ",Kills,1,\n");
}
END_TEST

static const struct {
    const char *csv, *ndjson, *reason; /* the field, quoted as the format asks */
} bad_metadata[] = {
    {"{", "\"{\"",
     "valuemetadata is not a JSON document: The JSON document is not valid at line 1, column 2"},
    {"north", "\"north\"", "valuemetadata is not a JSON document"},
    {"{} {}", "\"{} {}\"", "expected the end of the document"},
    {" ", "\" \"", "valuemetadata is not a JSON document"},
    {"\"{\"\"a\"\":1,\"\"a\"\":2}\"", "\"{\\\"a\\\":1,\\\"a\\\":2}\"", "occurs twice"},
    {"\"\"\"\\u0000\"\"\"", "\"\\\"\\\\u0000\\\"\"", "U+0000"},
    {"[[[[[[[[[[[[[[[[[7]]]]]]]]]]]]]]]]]", "\"[[[[[[[[[[[[[[[[[7]]]]]]]]]]]]]]]]]\"", "16 levels"},
    {NULL, NULL, "valuemetadata has 1025 bytes; the limit is 1024"},
};

/* Imports a bad row between two good ones, in a dry run and then in earnest. */
static void refuse_metadata(size_t which, const char *file, const char *bytes)
{
    const char *path = cli_world_file(&world, file, bytes);
    const char *line = strcmp(file, "bad.csv") == 0 ? "line 3: " : "line 2: ";
    struct command_run run = cli_world_run(&world, (const char *[]){"import", "--dry-run", path, NULL});
    ck_assert_msg(run.status == 1, "%zu: status %d, %s", which, run.status, run.err.data);
    ck_assert_ptr_nonnull(strstr(run.out.data, "would import 2 rows, refused 1"));
    run = import(path);
    ck_assert_int_eq(run.status, 1);
    ck_assert_ptr_nonnull(strstr(run.out.data, "imported 2 rows, refused 1"));
    ck_assert_msg(strncmp(run.err.data, line, strlen(line)) == 0, "%zu: %s", which, run.err.data);
    ck_assert_msg(strstr(run.err.data, bad_metadata[which].reason) != NULL, "%zu: %s", which, run.err.data);
    ck_assert_str_eq(cli_world_export(&world, "values"), FULL_HEADER "1," WORLD_SCID ",Kills,1,{}\n"
                                                                     "2," WORLD_SCID ",Kills,2,\n");
}

START_TEST(refuses_bad_metadata_and_takes_its_neighbours)
{
    char bytes[4096], csv[VALUE_METADATA_MAX + 2] = "", ndjson[VALUE_METADATA_MAX + 4] = "";
    if (bad_metadata[_i].csv != NULL) {
        snprintf(csv, sizeof csv, "%s", bad_metadata[_i].csv);
        snprintf(ndjson, sizeof ndjson, "%s", bad_metadata[_i].ndjson);
    } else { /* digits, one too many */
        memset(csv, '1', VALUE_METADATA_MAX + 1);
        snprintf(ndjson, sizeof ndjson, "\"%s\"", csv);
    }
    snprintf(bytes, sizeof bytes,
             "%s1," WORLD_SCID ",Kills,1,{}\n3," WORLD_SCID ",Kills,3,%s\n2," WORLD_SCID ",Kills,2,\n",
             FULL_HEADER, csv);
    refuse_metadata((size_t)_i, "bad.csv", bytes);
    const char *start = "\"scid\":\"" WORLD_SCID "\",\"statname\":\"Kills\"";
    snprintf(bytes, sizeof bytes,
             "{\"xuid\":1,%s,\"value\":1,\"valuemetadata\":\"{}\"}\n"
             "{\"xuid\":3,%s,\"value\":3,\"valuemetadata\":%s}\n{\"xuid\":2,%s,\"value\":2}\n",
             start, start, ndjson, start);
    refuse_metadata((size_t)_i, "bad.ndjson", bytes);
}
END_TEST

START_TEST(accepts_the_longest_metadata)
{
    char bytes[2048], digits[VALUE_METADATA_MAX + 1] = "";
    memset(digits, '1', VALUE_METADATA_MAX);
    snprintf(bytes, sizeof bytes, FULL_HEADER "1," WORLD_SCID ",Kills,1,%s\n", digits);
    struct command_run run = import(cli_world_file(&world, "a.csv", bytes));
    ck_assert_msg(run.status == 0, "%s", run.err.data);
    ck_assert_str_eq(cli_world_export(&world, "values"), bytes);
}
END_TEST

static const struct {
    const char *name, *file, *bytes, *reason;
} bad_files[] = {
    {"empty", "a.csv", "", "empty"},
    {"a header that lacks a column", "a.csv", "xuid,scid,value\n1,2,3\n", "statname"},
    {"a header with an unknown column", "a.csv", "xuid,scid,statname,value,color\n", "color"},
    {"no header", "a.csv", ROW("1", "Kills", "1"), "header"},
};

START_TEST(refuses_a_bad_file)
{
    struct command_run run = import(cli_world_file(&world, bad_files[_i].file, bad_files[_i].bytes));
    ck_assert_msg(run.status == 1, "%s: status %d", bad_files[_i].name, run.status);
    ck_assert_msg(strstr(run.err.data, bad_files[_i].reason) != NULL, "%s: %s", bad_files[_i].name,
                  run.err.data);
    ck_assert_str_eq(cli_world_export(&world, "values"), FULL_HEADER);
}
END_TEST

START_TEST(refuses_what_cannot_be_read)
{
    struct command_run run = import(scratch_path(world.directory, "absent.csv"));
    ck_assert_int_eq(run.status, 1);
    ck_assert_ptr_nonnull(strstr(run.err.data, "absent.csv: No such file"));
    run = cli_world_run(&world, (const char *[]){"import", "--format", "csv", world.directory, NULL});
    ck_assert_int_eq(run.status, 1);
    ck_assert_ptr_nonnull(strstr(run.err.data, "is a directory"));
}
END_TEST

START_TEST(refuses_bad_usage)
{
    static const char *const cases[][5] = {
        {"import", NULL},
        {"import", "a.csv", "b.csv", NULL},
        {"import", "a.txt", NULL},
        {"import", "-", NULL},
        {"import", "--format", "xml", "a.csv", NULL},
        {"import", "--kind", "games", "a.csv", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct command_run run = cli_world_run(&world, cases[i]);
        ck_assert_msg(run.status == 2, "case %zu: status %d, %s", i, run.status, run.err.data);
        ck_assert_ptr_nonnull(strstr(run.err.data, "see userstats import --help"));
    }
}
END_TEST

START_TEST(refuses_a_database_that_is_not_ready)
{
    const char *path = cli_world_file(&world, "a.csv", HEADER);
    char store[256];
    snprintf(store, sizeof store, "store.url=sqlite:%s/other.db", world.directory);
    struct cli_world other = {world.entry, world.directory, store};
    struct command_run run = cli_world_run(&other, (const char *[]){"import", path, NULL});
    ck_assert_int_eq(run.status, 1);
    ck_assert_msg(strstr(run.err.data, "schema migrate") != NULL, "absent: %s", run.err.data);
    run = cli_world_run(&other, (const char *[]){"schema", "migrate", NULL});
    ck_assert_int_eq(run.status, 0);
    run = cli_world_run(&other, (const char *[]){"import", path, NULL});
    ck_assert_int_eq(run.status, 1);
    ck_assert_msg(strstr(run.err.data, "catalog apply") != NULL, "no catalog: %s", run.err.data);
}
END_TEST

START_TEST(keeps_the_source_when_it_is_named_as_rejects)
{
    const char *path = cli_world_file(&world, "a.csv", HEADER ROW("1", "Kills", "1"));
    struct command_run run = cli_world_run(&world, (const char *[]){"import", path, "--rejects", path, NULL});
    ck_assert_int_eq(run.status, 1);
    ck_assert_str_eq(scratch_read(path).data, HEADER ROW("1", "Kills", "1"));
}
END_TEST

START_TEST(shows_the_first_twenty_and_counts_the_rest)
{
    char bytes[4096] = HEADER;
    for (size_t i = 0; i < 50; i++)
        snprintf(bytes + strlen(bytes), sizeof bytes - strlen(bytes), "x,y,z,%zu\n", i);
    const char *rejects = scratch_path(world.directory, "r.csv");
    struct command_run run =
        cli_world_run(&world, (const char *[]){"import", cli_world_file(&world, "a.csv", bytes), "--rejects",
                                               rejects, NULL});
    ck_assert_int_eq(run.status, 1);
    ck_assert_ptr_nonnull(strstr(run.out.data, "imported 0 rows, refused 50"));
    ck_assert_ptr_nonnull(strstr(run.err.data, "line 21: "));
    ck_assert_ptr_null(strstr(run.err.data, "line 22: "));
    ck_assert_ptr_nonnull(strstr(scratch_read(rejects).data, "\n51,\"xuid \"\"x\"\" is not"));
}
END_TEST

START_TEST(writes_nothing_in_a_dry_run)
{
    const char *path = cli_world_file(&world, "a.csv", HEADER ROW("1", "Kills", "1") ROW("2", "Kills", "x"));
    struct command_run run = cli_world_run(&world, (const char *[]){"import", "--dry-run", path, NULL});
    ck_assert_int_eq(run.status, 1);
    ck_assert_ptr_nonnull(strstr(run.out.data, "would import 1 rows, refused 1"));
    ck_assert_str_eq(cli_world_export(&world, "values"), FULL_HEADER);
}
END_TEST

START_TEST(says_that_the_rejects_disk_is_full_and_takes_nothing)
{
    const char *path = cli_world_file(&world, "a.csv", HEADER ROW("1", "Kills", "1") ROW("2", "Kills", "x"));
    struct command_run run =
        cli_world_run(&world, (const char *[]){"import", "--rejects", "/dev/full", path, NULL});
    ck_assert_int_eq(run.status, 1);
    ck_assert_msg(strstr(run.err.data, "No space left") != NULL, "%s", run.err.data);
    ck_assert_ptr_nonnull(strstr(run.err.data, "0 rows are in"));
    ck_assert_str_eq(cli_world_export(&world, "values"), FULL_HEADER);
}
END_TEST

/* The whole command with a file size limit, as if the disk were full. */
static int run_on_a_small_disk(int argc, char **argv)
{
    struct rlimit limit = {512 * 1024, 512 * 1024};
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
    return cli_run(argc, argv);
}

START_TEST(rolls_back_when_the_disk_is_full)
{
    const char *path = scratch_path(world.directory, "big.csv");
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(HEADER, file);
    for (unsigned i = 1; i <= 60000; i++)
        fprintf(file, "%u," WORLD_SCID ",Motto,%0100u\n", i, i);
    fclose(file);
    struct cli_world small = {run_on_a_small_disk, world.directory, world.store};
    struct command_run run = cli_world_run(&small, (const char *[]){"import", path, NULL});
    ck_assert_msg(run.status == 1, "status %d: %s", run.status, run.err.data);
    ck_assert_msg(strstr(run.err.data, "rolled back") != NULL, "%s", run.err.data);
    ck_assert_str_eq(cli_world_export(&world, "values"), FULL_HEADER);
    run = import(path);
    ck_assert_msg(run.status == 0, "with room again: %s", run.err.data);
    ck_assert_ptr_nonnull(strstr(run.out.data, "imported 60000 rows"));
}
END_TEST

START_TEST(ends_cleanly_on_an_interrupt)
{
    const char *pipe_path = scratch_path(world.directory, "pipe.csv");
    ck_assert_int_eq(mkfifo(pipe_path, 0600), 0);
    const char *streams[3] = {NULL, scratch_path(world.directory, "o"), scratch_path(world.directory, "e")};
    pid_t pid = command_start(
        cli_run, (const char *[]){"userstats", "import", pipe_path, "--set", world.store, NULL}, streams);
    FILE *pipe_end = fopen(pipe_path, "w");
    ck_assert_ptr_nonnull(pipe_end);
    fputs(HEADER ROW("1", "Kills", "1") ROW("2", "Kills", "2"), pipe_end);
    fflush(pipe_end);
    int status = -1;
    usleep(300000); /* it now waits for more, and the rows are in its transaction */
    kill(pid, SIGINT);
    status = command_wait(pid);
    fclose(pipe_end);
    ck_assert_int_eq(status, 1);
    const char *said = scratch_read(streams[2]).data;
    ck_assert_msg(strstr(said, "interrupted after 2 rows") != NULL, "%s", said);
    ck_assert_ptr_nonnull(strstr(said, "a pipe cannot be gone on with"));
    ck_assert_str_eq(cli_world_export(&world, "values"),
                     FULL_HEADER "1," WORLD_SCID ",Kills,1,\n2," WORLD_SCID ",Kills,2,\n");
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("cli/import");
    TCase *accepts = tcase_create("accepts");
    tcase_add_checked_fixture(accepts, set_up, tear_down);
    tcase_set_timeout(accepts, 60);
    tcase_add_test(accepts, accepts_csv_of_every_type);
    tcase_add_test(accepts, accepts_ndjson_and_the_last_value_of_a_statistic);
    tcase_add_test(accepts, replaces_metadata_with_the_value);
    tcase_add_test(accepts, accepts_the_longest_metadata);
    tcase_add_test(accepts, accepts_players);
    tcase_add_test(accepts, accepts_standard_input);
    tcase_add_test(accepts, writes_nothing_in_a_dry_run);
    tcase_add_test(accepts, ends_cleanly_on_an_interrupt);
    suite_add_tcase(s, accepts);
    TCase *refuses = tcase_create("refuses");
    tcase_add_checked_fixture(refuses, set_up, tear_down);
    tcase_set_timeout(refuses, 60);
    tcase_add_loop_test(refuses, refuses_a_bad_row_and_takes_its_neighbours, 0,
                        sizeof bad_rows / sizeof *bad_rows);
    tcase_add_loop_test(refuses, refuses_bad_metadata_and_takes_its_neighbours, 0,
                        sizeof bad_metadata / sizeof *bad_metadata);
    tcase_add_loop_test(refuses, refuses_a_bad_line, 0, sizeof bad_lines / sizeof *bad_lines);
    tcase_add_loop_test(refuses, refuses_a_bad_file, 0, sizeof bad_files / sizeof *bad_files);
    tcase_add_test(refuses, refuses_what_cannot_be_read);
    tcase_add_test(refuses, refuses_bad_usage);
    tcase_add_test(refuses, refuses_a_database_that_is_not_ready);
    tcase_add_test(refuses, keeps_the_source_when_it_is_named_as_rejects);
    tcase_add_test(refuses, shows_the_first_twenty_and_counts_the_rest);
    tcase_add_test(refuses, says_that_the_rejects_disk_is_full_and_takes_nothing);
    tcase_add_test(refuses, rolls_back_when_the_disk_is_full);
    suite_add_tcase(s, refuses);
    return s;
}
