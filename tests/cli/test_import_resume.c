/* SPDX-License-Identifier: Apache-2.0 */
/* An import killed at any point and run again leaves what one that was never killed leaves. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/cli.h"
#include "support/cli_world.h"
#include "support/run.h"

#define ROWS 180000 /* more than three transactions */

static struct cli_world world;
static const char *source, *rejects;

/* Every thousandth row is bad; fields are quoted now and then, so that a row may begin in the middle of a
 * line of the file. */
static void write_source(const char *path)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs("value,statname,scid,xuid\n", file);
    for (unsigned i = 1; i <= ROWS; i++) {
        if (i % 1000 == 0)
            fprintf(file, "x%u,Kills," WORLD_SCID ",%u\n", i, i);
        else if (i % 77 == 0)
            fprintf(file, "\"%u,\nand \"\"more\"\"\",Motto," WORLD_SCID ",%u\n", i, i);
        else
            fprintf(file, "%u,Kills," WORLD_SCID ",%u\n", i, i);
    }
    ck_assert_int_eq(fclose(file), 0);
}

static void set_up(void)
{
    cli_world_open(&world, cli_run);
    cli_world_apply(&world, world_catalog);
    source = scratch_path(world.directory, "source.csv");
    rejects = scratch_path(world.directory, "rejects.csv");
    write_source(source);
}

static void tear_down(void)
{
    cli_world_close(&world);
}

static void sleep_ms(long ms)
{
    struct timespec wait = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&wait, NULL);
}

/* How many lines of progress the file PATH holds by now. */
static unsigned progress_lines(const char *path)
{
    char line[512];
    unsigned seen = 0;
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    while (fgets(line, sizeof line, file) != NULL)
        seen += strstr(line, "% of the file") != NULL;
    fclose(file);
    return seen;
}

/* Starts the import and sends it SIGNAL when LINES of its lines of progress were read and DELAY_MS more have
 * passed. Its status. */
static int import_until(unsigned lines, long delay_ms, int signal_number)
{
    const char *streams[3] = {NULL, scratch_path(world.directory, "o"), scratch_path(world.directory, "e")};
    scratch_write(streams[2], text_of("")); /* what is counted must be this run's */
    pid_t pid = command_start(
        cli_run,
        (const char *[]){"userstats", "import", source, "--rejects", rejects, "--set", world.store, NULL},
        streams);
    while (progress_lines(streams[2]) < lines)
        sleep_ms(2);
    sleep_ms(delay_ms);
    kill(pid, signal_number);
    return command_wait(pid);
}

static struct command_run import_again(void)
{
    return cli_world_run(&world, (const char *[]){"import", source, "--rejects", rejects, NULL});
}

/* The state that an import without a kill leaves. */
static const char *expected_values(const char **expected_rejects)
{
    struct cli_world clean;
    cli_world_open(&clean, cli_run);
    cli_world_apply(&clean, world_catalog);
    const char *kept = scratch_path(clean.directory, "rejects.csv");
    struct command_run run =
        cli_world_run(&clean, (const char *[]){"import", source, "--rejects", kept, NULL});
    ck_assert_msg(run.status == 1, "%s", run.err.data);
    ck_assert_ptr_nonnull(strstr(run.out.data, "imported 179820 rows, refused 180"));
    *expected_rejects = scratch_read(kept).data;
    const char *values = cli_world_export(&clean, "values");
    cli_world_close(&clean);
    return values;
}

static const struct {
    unsigned lines;
    long delay_ms;
} kills[] = {{1, 0}, {1, 15}, {2, 1}, {2, 30}, {3, 0}, {0, 5}};

START_TEST(goes_on_after_a_kill)
{
    const char *clean_rejects;
    const char *clean = expected_values(&clean_rejects);
    int status = import_until(kills[_i].lines, kills[_i].delay_ms, SIGKILL);
    ck_assert_msg(status == 128 + SIGKILL || status == 1, "kill %d: status %d", _i, status);
    struct command_run run = import_again();
    ck_assert_msg(run.status == 1, "kill %d: %s", _i, run.err.data);
    if (status == 128 + SIGKILL && kills[_i].lines > 0)
        ck_assert_msg(strstr(run.err.data, "resuming at row ") != NULL, "kill %d: %s", _i, run.err.data);
    ck_assert_msg(strstr(run.out.data, "imported 179820 rows, refused 180") != NULL, "kill %d: %s", _i,
                  run.out.data);
    ck_assert_msg(strcmp(cli_world_export(&world, "values"), clean) == 0, "kill %d: other values", _i);
    ck_assert_msg(strcmp(scratch_read(rejects).data, clean_rejects) == 0, "kill %d: other rejects", _i);
}
END_TEST

START_TEST(goes_on_after_an_interrupt)
{
    const char *clean_rejects;
    const char *clean = expected_values(&clean_rejects);
    ck_assert_int_eq(import_until(1, 0, SIGINT), 1);
    const char *said = scratch_read(scratch_path(world.directory, "e")).data;
    ck_assert_msg(strstr(said, "run the same command again to go on") != NULL, "%s", said);
    struct command_run run = import_again();
    ck_assert_ptr_nonnull(strstr(run.err.data, "resuming at row "));
    ck_assert_str_eq(cli_world_export(&world, "values"), clean);
    ck_assert_str_eq(scratch_read(rejects).data, clean_rejects);
}
END_TEST

START_TEST(forgets_a_finished_import)
{
    ck_assert_int_eq(import_again().status, 1);
    struct command_run run = import_again();
    ck_assert_ptr_null(strstr(run.err.data, "resuming"));
    ck_assert_ptr_nonnull(strstr(run.out.data, "imported 179820 rows"));
}
END_TEST

START_TEST(takes_a_changed_file_from_its_beginning)
{
    ck_assert_int_eq(import_until(1, 0, SIGKILL), 128 + SIGKILL);
    FILE *file = fopen(source, "a");
    ck_assert_ptr_nonnull(file);
    fputs("1,Kills," WORLD_SCID ",1000000\n", file);
    fclose(file);
    struct command_run run = import_again();
    ck_assert_ptr_null(strstr(run.err.data, "resuming"));
    ck_assert_msg(strstr(run.out.data, "imported 179821 rows") != NULL, "%s", run.out.data);
}
END_TEST

START_TEST(does_not_cut_a_file_that_is_no_rejects_file)
{
    ck_assert_int_eq(import_until(1, 0, SIGKILL), 128 + SIGKILL);
    scratch_write(rejects, text_of("somebody's letters\n"));
    struct command_run run = import_again();
    ck_assert_int_eq(run.status, 1);
    ck_assert_msg(strstr(run.err.data, "is no rejects file") != NULL, "%s", run.err.data);
    ck_assert_str_eq(scratch_read(rejects).data, "somebody's letters\n");
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("cli/import_resume");
    TCase *resumes = tcase_create("resumes");
    tcase_add_checked_fixture(resumes, set_up, tear_down);
    tcase_set_timeout(resumes, 120);
    tcase_add_loop_test(resumes, goes_on_after_a_kill, 0, sizeof kills / sizeof *kills);
    tcase_add_test(resumes, goes_on_after_an_interrupt);
    tcase_add_test(resumes, forgets_a_finished_import);
    tcase_add_test(resumes, takes_a_changed_file_from_its_beginning);
    tcase_add_test(resumes, does_not_cut_a_file_that_is_no_rejects_file);
    suite_add_tcase(s, resumes);
    return s;
}
