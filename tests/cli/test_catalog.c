/* SPDX-License-Identifier: Apache-2.0 */
/* The catalog and schema commands. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/database.h"
#include "support/cli_world.h"
#include "support/run.h"
#include "support/torture.h"

static struct cli_world world;

static void set_up(void)
{
    cli_world_open(&world, cli_run);
}

static void tear_down(void)
{
    cli_world_close(&world);
}

static struct command_run catalog(const char *action, const char *document)
{
    const char *path = document == NULL ? NULL : cli_world_file(&world, "c.json", document);
    return cli_world_run(&world, (const char *[]){"catalog", action, path, NULL});
}

static const char *show(void)
{
    struct command_run run = catalog("show", NULL);
    ck_assert_msg(run.status == 0, "%s", run.err.data);
    return run.out.data;
}

START_TEST(applies_shows_and_compares)
{
    struct command_run run = catalog("diff", world_catalog);
    ck_assert_int_eq(run.status, 1);
    ck_assert_ptr_nonnull(strstr(run.out.data, "+ title 1717113201"));
    run = catalog("apply", world_catalog);
    ck_assert_msg(run.status == 0, "%s", run.err.data);
    ck_assert_ptr_nonnull(strstr(run.out.data, "+ title 1717113201"));
    ck_assert_ptr_nonnull(strstr(run.out.data, "the catalog is now version "));
    ck_assert_int_eq(catalog("diff", world_catalog).status, 0);
    run = catalog("apply", show());
    ck_assert_int_eq(run.status, 0);
    ck_assert_msg(strncmp(run.out.data, "nothing to change", 17) == 0, "%s", run.out.data);
}
END_TEST

START_TEST(changes_nothing_in_a_dry_run)
{
    const char *before = show();
    const char *path = cli_world_file(&world, "c.json", world_catalog);
    struct command_run run =
        cli_world_run(&world, (const char *[]){"catalog", "apply", "--dry-run", path, NULL});
    ck_assert_int_eq(run.status, 0);
    ck_assert_ptr_nonnull(strstr(run.out.data, "+ title"));
    ck_assert_str_eq(show(), before);
}
END_TEST

START_TEST(reads_standard_input)
{
    struct command_run run =
        cli_world_feed(&world, world_catalog, (const char *[]){"catalog", "apply", "-", NULL});
    ck_assert_msg(run.status == 0, "%s", run.err.data);
}
END_TEST

#define CONFIG(members)                                                                                      \
    "{\"titles\":[{\"titleId\":1}],\"scids\":[{\"scid\":\"s\",\"sandbox\":\"RETAIL\",\"titleIds\":[1]"       \
    "," members "}]}"

static const struct {
    const char *name, *document, *reason;
} bad_documents[] = {
    {"no JSON", "titles", "line 1"},
    {"an unknown member", "{\"titles\":[],\"scids\":[],\"stats\":[]}", "stats"},
    {"a misspelt access", CONFIG("\"statistics\":[{\"name\":\"A\",\"type\":\"Integer\",\"acess\":\"open\"}]"),
     "acess"},
    {"an unknown type", CONFIG("\"statistics\":[{\"name\":\"A\",\"type\":\"Number\"}]"),
     "scids[0].statistics[0].type"},
    {"an unknown access", CONFIG("\"statistics\":[{\"name\":\"A\",\"type\":\"Integer\",\"access\":\"all\"}]"),
     "scids[0].statistics[0].access"},
    {"an unknown title",
     "{\"titles\":[],\"scids\":[{\"scid\":\"s\",\"sandbox\":\"RETAIL\",\"titleIds\":[5],\"statistics\":[]}]}",
     "scids[0]"},
    {"a name twice",
     CONFIG("\"statistics\":[{\"name\":\"A\",\"type\":\"Integer\"},{\"name\":\"a\",\"type\":\"Integer\"}]"),
     "scids[0].statistics[1]"},
    {"a bad grant",
     CONFIG("\"statistics\":[{\"name\":\"A\",\"type\":\"Integer\",\"grants\":[\"everybody\"]}]"),
     "grants[0]"},
    {"a bad second scid after a good one",
     "{\"titles\":[{\"titleId\":1}],\"scids\":[{\"scid\":\"good\",\"sandbox\":\"RETAIL\",\"titleIds\":[1],"
     "\"statistics\":[]},"
     "{\"scid\":\"not good\",\"sandbox\":\"RETAIL\",\"titleIds\":[1],\"statistics\":[]}]}",
     "scids[1]"},
};

START_TEST(refuses_a_bad_document_and_applies_nothing)
{
    static const char *const actions[] = {"apply", "diff"};
    const char *name = bad_documents[_i].name;
    cli_world_apply(&world, world_catalog);
    const char *before = show();
    for (int i = 0; i < 2; i++) {
        struct command_run run = catalog(actions[i], bad_documents[_i].document);
        ck_assert_msg(run.status == i + 1, "%s: %s gave %d", name, actions[i], run.status);
        ck_assert_msg(strstr(run.err.data, bad_documents[_i].reason) != NULL, "%s: %s", name, run.err.data);
        ck_assert_msg(strstr(run.err.data, "c.json") != NULL, "%s: %s", name, run.err.data);
        ck_assert_uint_eq(run.out.size, 0);
    }
    ck_assert_str_eq(show(), before);
}
END_TEST

START_TEST(refuses_bad_usage_and_absent_files)
{
    ck_assert_int_eq(catalog("apply", NULL).status, 2);
    ck_assert_int_eq(catalog("diff", NULL).status, 2);
    ck_assert_int_eq(cli_world_run(&world, (const char *[]){"catalog", NULL}).status, 2);
    ck_assert_int_eq(cli_world_run(&world, (const char *[]){"catalog", "show", "x", NULL}).status, 2);
    struct command_run run =
        cli_world_run(&world, (const char *[]){"catalog", "apply", "/no/such.json", NULL});
    ck_assert_int_eq(run.status, 1);
    ck_assert_ptr_nonnull(strstr(run.err.data, "/no/such.json: No such file"));
    run = cli_world_run(&world, (const char *[]){"catalog", "diff", "/no/such.json", NULL});
    ck_assert_int_eq(run.status, 2);
}
END_TEST

START_TEST(makes_a_database_and_says_its_version)
{
    char store[256];
    snprintf(store, sizeof store, "store.url=sqlite:%s/new.db", world.directory);
    struct cli_world fresh = {cli_run, world.directory, store};
    static const char *const status[] = {"schema", "status", NULL}, *const migrate[] = {"schema", "migrate",
                                                                                        NULL};
    struct command_run run = cli_world_run(&fresh, status);
    ck_assert_int_eq(run.status, 1);
    ck_assert_msg(strstr(run.err.data, "schema migrate") != NULL, "absent: %s", run.err.data);
    run = cli_world_run(&fresh, migrate);
    ck_assert_msg(run.status == 0, "%s", run.err.data);
    ck_assert_msg(strstr(run.out.data, "made with schema version") != NULL, "%s", run.out.data);
    run = cli_world_run(&fresh, migrate);
    ck_assert_int_eq(run.status, 0);
    ck_assert_msg(strstr(run.out.data, "nothing to do") != NULL, "%s", run.out.data);
    run = cli_world_run(&fresh, status);
    ck_assert_int_eq(run.status, 0);
    ck_assert_msg(strstr(run.out.data, ": current") != NULL, "%s", run.out.data);
}
END_TEST

START_TEST(refuses_a_foreign_database)
{
    char store[256];
    const char *path = cli_world_file(&world, "foreign.db", "This is a letter and no database of anybody's.");
    snprintf(store, sizeof store, "store.url=sqlite:%s", path);
    struct cli_world foreign = {cli_run, world.directory, store};
    static const char *const commands[][4] = {
        {"schema", "status", NULL}, {"schema", "migrate", NULL}, {"catalog", "show", NULL}, {"export", NULL}};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        struct command_run run = cli_world_run(&foreign, commands[i]);
        ck_assert_msg(run.status == 1, "%s: %d", commands[i][0], run.status);
        ck_assert_msg(strncmp(run.err.data, "userstats: ", 11) == 0, "%s: %s", commands[i][0], run.err.data);
    }
    ck_assert_str_eq(scratch_read(path).data, "This is a letter and no database of anybody's.");
}
END_TEST

static bool read_whole(void *context, struct error *err)
{
    struct arena arena;
    struct text bytes;
    arena_init(&arena, 1024 * 1024);
    bool done = file_read_whole(context, 100000, &arena, &bytes, err);
    arena_reset(&arena);
    return done;
}

START_TEST(runs_out_of_memory)
{
    char bytes[20001];
    memset(bytes, 'x', sizeof bytes - 1);
    bytes[sizeof bytes - 1] = '\0';
    char *path = scratch_path(world.directory, "long");
    scratch_write(path, text_of(bytes));
    ck_assert_uint_gt(torture_allocations(read_whole, path), 0);
}
END_TEST

START_TEST(refuses_a_file_over_its_limit)
{
    struct arena arena;
    struct text bytes;
    struct error err;
    arena_init(&arena, 1024 * 1024);
    char *path = scratch_path(world.directory, "f");
    scratch_write(path, text_of("12345"));
    ck_assert(file_read_whole(path, 5, &arena, &bytes, &err));
    ck_assert_str_eq(bytes.data, "12345");
    ck_assert(!file_read_whole(path, 4, &arena, &bytes, &err));
    ck_assert_int_eq(err.code, ERROR_FILE);
    arena_reset(&arena);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("cli/catalog");
    TCase *accepts = tcase_create("accepts");
    tcase_add_checked_fixture(accepts, set_up, tear_down);
    tcase_set_timeout(accepts, 60);
    tcase_add_test(accepts, applies_shows_and_compares);
    tcase_add_test(accepts, changes_nothing_in_a_dry_run);
    tcase_add_test(accepts, reads_standard_input);
    tcase_add_test(accepts, makes_a_database_and_says_its_version);
    suite_add_tcase(s, accepts);
    TCase *refuses = tcase_create("refuses");
    tcase_add_checked_fixture(refuses, set_up, tear_down);
    tcase_set_timeout(refuses, 60);
    tcase_add_loop_test(refuses, refuses_a_bad_document_and_applies_nothing, 0,
                        sizeof bad_documents / sizeof *bad_documents);
    tcase_add_test(refuses, refuses_bad_usage_and_absent_files);
    tcase_add_test(refuses, refuses_a_foreign_database);
    tcase_add_test(refuses, refuses_a_file_over_its_limit);
    tcase_add_test(refuses, runs_out_of_memory);
    suite_add_tcase(s, refuses);
    return s;
}
