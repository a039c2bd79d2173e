/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/cli.h"
#include "cli/export_names.h"
#include "support/cli_world.h"
#include "support/run.h"
#include "support/torture.h"

static const char values[] = "xuid,scid,statname,value,valuemetadata\n"
                             "1," WORLD_SCID ",Kills,-9223372036854775808,\"{\"\"a\"\": [1, 2]}\"\n"
                             "1," WORLD_SCID ",Motto,\"\"\"quoted\"\", and\nbroken\",\n"
                             "1," WORLD_SCID ",Rank,0,\n"
                             "1," WORLD_SCID ",Ratio,-0,\n"
                             "2," WORLD_SCID ",Ratio,5e-324,\" [\"\"\\u00e9\xc3\xa9\\n\"\",\n1] \"\n"
                             "3," WORLD_SCID ",Ratio,1.7976931348623157e+308,\n"
                             "4," WORLD_SCID ",Seen,2026-01-02T03:04:05Z,\n"
                             "9223372036854775808," WORLD_SCID ",Kills,1,\n"
                             "18446744073709551615," WORLD_SCID ",Motto,\xc3\xa9,\n";

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

static void import(const struct cli_world *w, const char *name, const char *bytes)
{
    struct command_run run =
        cli_world_run(w, (const char *[]){"import", cli_world_file(w, name, bytes), NULL});
    ck_assert_msg(run.status == 0, "%s", run.err.data);
}

START_TEST(round_trips_as_csv)
{
    import(&world, "a.csv", values);
    const char *first = cli_world_export(&world, "values");
    ck_assert_str_eq(first, values);
    struct cli_world second;
    cli_world_open(&second, cli_run);
    cli_world_apply(&second, world_catalog);
    import(&second, "b.csv", first);
    ck_assert_str_eq(cli_world_export(&second, "values"), first);
    cli_world_close(&second);
}
END_TEST

START_TEST(round_trips_as_ndjson)
{
    import(&world, "a.csv", values);
    struct command_run run = cli_world_run(&world, (const char *[]){"export", "--format", "ndjson", NULL});
    ck_assert_int_eq(run.status, 0);
    struct cli_world second;
    cli_world_open(&second, cli_run);
    cli_world_apply(&second, world_catalog);
    import(&second, "b.ndjson", run.out.data);
    struct command_run again = cli_world_run(&second, (const char *[]){"export", "--format", "ndjson", NULL});
    ck_assert_str_eq(again.out.data, run.out.data);
    ck_assert_str_eq(cli_world_export(&second, "values"), values);
    cli_world_close(&second);
}
END_TEST

/* The same content, whose statistics were declared in another order and so have other ids. */
START_TEST(does_not_depend_on_ids)
{
    import(&world, "a.csv", values);
    struct cli_world second;
    cli_world_open(&second, cli_run);
    cli_world_apply(&second, "{\"titles\":[{\"titleId\":1717113201}],\"scids\":[{\"scid\":\"" WORLD_SCID
                             "\",\"sandbox\":\"RETAIL\",\"titleIds\":[1717113201],\"statistics\":["
                             "{\"name\":\"Seen\",\"type\":\"DateTime\",\"access\":\"open\"},"
                             "{\"name\":\"Ratio\",\"type\":\"Double\",\"access\":\"open\"}]}]}");
    cli_world_apply(&second, world_catalog);
    import(&second, "b.csv", values);
    ck_assert_str_eq(cli_world_export(&second, "values"), values);
    cli_world_close(&second);
}
END_TEST

START_TEST(writes_a_file_whole)
{
    import(&world, "a.csv", values);
    const char *path = cli_world_file(&world, "out.ndjson", "what was there before");
    struct command_run run = cli_world_run(&world, (const char *[]){"export", "--output", path, NULL});
    ck_assert_msg(run.status == 0, "%s", run.err.data);
    ck_assert_uint_eq(run.out.size, 0);
    const char *written = scratch_read(path).data;
    ck_assert_msg(strncmp(written, "{\"xuid\"", 7) == 0, "guessed from the ending: %s", written);
}
END_TEST

/* A member that says nothing is left out; a column cannot be. */
START_TEST(writes_metadata_where_there_is_any)
{
    import(&world, "a.csv",
           "xuid,scid,statname,value,valuemetadata\n1," WORLD_SCID ",Kills,1,\n2," WORLD_SCID
           ",Kills,2,[7]\n");
    struct command_run run = cli_world_run(&world, (const char *[]){"export", "--format", "ndjson", NULL});
    ck_assert_str_eq(run.out.data,
                     "{\"xuid\":\"1\",\"scid\":\"" WORLD_SCID "\",\"statname\":\"Kills\",\"value\":\"1\"}\n"
                     "{\"xuid\":\"2\",\"scid\":\"" WORLD_SCID "\",\"statname\":\"Kills\",\"value\":\"2\","
                     "\"valuemetadata\":\"[7]\"}\n");
}
END_TEST

static size_t files_beside(const char *directory, const char *ending)
{
    size_t count = 0;
    DIR *d = opendir(directory);
    ck_assert_ptr_nonnull(d);
    for (const struct dirent *e; (e = readdir(d)) != NULL;)
        count += strstr(e->d_name, ending) != NULL;
    closedir(d);
    return count;
}

START_TEST(leaves_what_was_there_when_it_fails)
{
    const char *path = cli_world_file(&world, "out.csv", "what was there before");
    char store[256];
    snprintf(store, sizeof store, "store.url=sqlite:%s/absent.db", world.directory);
    struct cli_world absent = {cli_run, world.directory, store};
    struct command_run run = cli_world_run(&absent, (const char *[]){"export", "--output", path, NULL});
    ck_assert_int_eq(run.status, 1);
    ck_assert_msg(strstr(run.err.data, "absent.db") != NULL, "%s", run.err.data);
    ck_assert_str_eq(scratch_read(path).data, "what was there before");
    run = cli_world_run(&world, (const char *[]){"export", "--output", "/no/such/place.csv", NULL});
    ck_assert_int_eq(run.status, 1);
    run = cli_world_run(&world, (const char *[]){"export", "--output", "/dev/full", NULL});
    ck_assert_int_eq(run.status, 1);
    ck_assert_msg(strstr(run.err.data, "No space left") != NULL, "%s", run.err.data);
    struct stat status;
    ck_assert_int_eq(stat("/dev/full", &status), 0);
    ck_assert_msg(S_ISCHR(status.st_mode), "a device must not be replaced by a file");
    ck_assert_uint_eq(files_beside(world.directory, ".tmp"), 0);
}
END_TEST

START_TEST(refuses_bad_usage)
{
    static const char *const cases[][4] = {{"export", "--format", "xml", NULL},
                                           {"export", "--kind", "games", NULL},
                                           {"export", "operand", NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_int_eq(cli_world_run(&world, cases[i]).status, 2);
}
END_TEST

static const struct statistic some_statistics[] = {
    {.id = 9, .name = {"Beta", 4}}, {.id = 2, .name = {"Alpha", 5}}, {.id = 5, .name = {"Alp", 3}}};
static const struct service_config some_configs[] = {
    {.scid = {"b", 1}, .statistics = some_statistics, .statistic_count = 3},
    {.scid = {"a", 1}, .statistics = NULL, .statistic_count = 0}};
static const struct catalog_definition some_catalog = {.configs = some_configs, .config_count = 2};

START_TEST(names_ids_and_ranks_them)
{
    struct arena arena;
    struct export_names names;
    struct error err;
    arena_init(&arena, 65536);
    ck_assert(export_names_build(&some_catalog, &arena, &names, &err));
    ck_assert_uint_eq(names.count, 3);
    ck_assert_ptr_null(export_names_find(&names, 1));
    ck_assert_ptr_null(export_names_find(&names, 10));
    ck_assert_uint_eq(export_names_find(&names, 5)->rank, 0);
    ck_assert_uint_eq(export_names_find(&names, 2)->rank, 1);
    ck_assert_uint_eq(export_names_find(&names, 9)->rank, 2);
    arena_reset(&arena);
}
END_TEST

static bool build_names(void *context, struct error *err)
{
    struct arena arena;
    struct export_names names;
    (void)context;
    arena_init(&arena, 65536);
    bool done = export_names_build(&some_catalog, &arena, &names, err);
    arena_reset(&arena);
    return done;
}

START_TEST(runs_out_of_memory)
{
    ck_assert_uint_gt(torture_allocations(build_names, NULL), 0);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("cli/export");
    TCase *accepts = tcase_create("accepts");
    tcase_add_checked_fixture(accepts, set_up, tear_down);
    tcase_set_timeout(accepts, 60);
    tcase_add_test(accepts, round_trips_as_csv);
    tcase_add_test(accepts, round_trips_as_ndjson);
    tcase_add_test(accepts, does_not_depend_on_ids);
    tcase_add_test(accepts, writes_metadata_where_there_is_any);
    tcase_add_test(accepts, writes_a_file_whole);
    suite_add_tcase(s, accepts);
    TCase *refuses = tcase_create("refuses");
    tcase_add_checked_fixture(refuses, set_up, tear_down);
    tcase_set_timeout(refuses, 60);
    tcase_add_test(refuses, leaves_what_was_there_when_it_fails);
    tcase_add_test(refuses, refuses_bad_usage);
    suite_add_tcase(s, refuses);
    TCase *names = tcase_create("names");
    tcase_add_test(names, names_ids_and_ranks_them);
    tcase_add_test(names, runs_out_of_memory);
    suite_add_tcase(s, names);
    return s;
}
