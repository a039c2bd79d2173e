/* SPDX-License-Identifier: Apache-2.0 */
/* The one writer: its lock, its transactions, and what survives its death. */
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/database.h"
#include "support/run.h"
#include "support/torture.h"

#define KILLS          25
#define ROWS_AT_A_TIME 200

static struct database database;
static struct error err;

static void set_up(void)
{
    database_make(&database);
    database_fill(&database, 1);
}

static void tear_down(void)
{
    database_remove(&database);
}

/* Of an even number, and of no odd one. */
static struct text metadata_of(int64_t number)
{
    return text_of(number % 2 == 0 ? "{\"even\":true}" : NULL);
}

static struct value_row number_row(uint64_t xuid, int64_t number)
{
    struct value v = {.type = STATISTIC_INTEGER, .integer = number, .metadata = metadata_of(number)};
    return (struct value_row){.xuid = xuid, .statistic_id = 1, .value = v};
}

/* The number that a newly opened store answers. */
static int64_t stored(void)
{
    struct store *store;
    ck_assert_msg(store_open(database.url, &clock_system, &store, &err), "%s", error_operator_text(&err));
    int64_t n = database_read(store, &err);
    store_close(&store);
    return n;
}

START_TEST(is_alone)
{
    struct store_writer *w = database_begin(&database), *second = NULL;
    char pid[32];
    ck_assert(!writer_open(database.url, false, &second, &err));
    ck_assert_int_eq(err.code, ERROR_STORE_LOCKED);
    snprintf(pid, sizeof pid, "process %ld ", (long)getpid());
    ck_assert_msg(strstr(err.detail, pid) != NULL, "%s", err.detail);
    ck_assert_ptr_null(second);

    char link[128], url[160]; /* another name is the same file */
    snprintf(link, sizeof link, "%s.link", database.path);
    snprintf(url, sizeof url, "sqlite:%s", link);
    ck_assert_int_eq(symlink(database.path, link), 0);
    ck_assert(!writer_open(url, false, &second, &err));
    ck_assert_int_eq(err.code, ERROR_STORE_LOCKED);

    database_commit(w);
    ck_assert(writer_open(url, false, &second, &err));
    writer_close(&second);
}
END_TEST

START_TEST(waits_for_a_foreign_writer_only_so_long)
{
    sqlite3 *db;
    struct store_writer *w;
    ck_assert_int_eq(sqlite3_open(database.path, &db), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    ck_assert(writer_open(database.url, false, &w, &err));
    ck_assert(!writer_begin(w, &err));
    ck_assert_int_eq(err.code, ERROR_STORE_LOCKED);
    sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    sqlite3_close(db);
    ck_assert(writer_begin(w, &err));
    writer_close(&w);
}
END_TEST

START_TEST(forgets_what_was_not_committed)
{
    struct value_row row = number_row(1, 99);
    struct store_writer *w = database_begin(&database);
    ck_assert(writer_put_value(w, &row, &err));
    writer_close(&w);
    ck_assert_int_eq(stored(), 1);
    w = database_begin(&database);
    ck_assert(writer_put_value(w, &row, &err));
    writer_rollback(w);
    writer_rollback(w);
    ck_assert(writer_begin(w, &err));
    ck_assert(writer_commit(w, &err));
    writer_close(&w);
    ck_assert_int_eq(stored(), 1);
}
END_TEST

START_TEST(refuses_what_is_no_value)
{
    struct value values[] = {{.type = STATISTIC_DOUBLE, .real = (double)NAN},
                             {.type = STATISTIC_DOUBLE, .real = HUGE_VAL},
                             {.type = STATISTIC_DOUBLE, .real = -HUGE_VAL},
                             {.type = STATISTIC_TYPE_NONE}};
    struct store_writer *w = database_begin(&database);
    struct value_row row = number_row(2, 2);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct value_row bad = {.xuid = 1, .statistic_id = 1, .value = values[i]};
        ck_assert(!writer_put_value(w, &bad, &err));
        ck_assert_int_eq(err.code, ERROR_ROW);
        ck_assert(writer_put_value(w, &row, &err)); /* costs no good row */
    }
    database_commit(w);
    ck_assert_int_eq(stored(), 1);
}
END_TEST

START_TEST(refuses_a_catalog_that_contradicts_itself)
{
    static const struct statistic twice[] = {{.name = {"Kills", 5}, .type = STATISTIC_INTEGER},
                                             {.name = {"kILLS", 5}, .type = STATISTIC_INTEGER}};
    static const uint64_t unknown_title[] = {5};
    const struct service_config bad[] = {
        {.scid = {"a", 1}, .sandbox = {"R", 1}, .statistics = twice, .statistic_count = 2},
        {.scid = {"a", 1}, .sandbox = {"R", 1}, .title_ids = unknown_title, .title_id_count = 1},
    };
    const struct catalog_definition catalogs[] = {{.configs = bad, .config_count = 1},
                                                  {.configs = bad + 1, .config_count = 1}};
    for (size_t i = 0; i < 2; i++) {
        struct store_writer *w = database_begin(&database);
        bool changed = true;
        ck_assert(!writer_put_catalog(w, &catalogs[i], &changed, &err));
        ck_assert_int_eq(err.code, i == 0 ? ERROR_CATALOG : ERROR_STORE_WRITE);
        ck_assert(changed); /* outs are untouched */
        writer_rollback(w);
        ck_assert(writer_begin(w, &err));
        ck_assert(writer_put_catalog(w, &database_catalog, &changed, &err));
        ck_assert(!changed);
        writer_close(&w);
    }
    ck_assert_int_eq(stored(), 1);
}
END_TEST

START_TEST(keeps_progress_with_the_rows)
{
    struct text source = text_of("0123abcd"), other = text_of("4567");
    struct import_progress p = {123456789012, 7, 5, 2}, found = {0};
    struct store_writer *w = database_begin(&database);
    bool is_there = true;
    ck_assert(writer_get_progress(w, source, &found, &is_there, &err));
    ck_assert(!is_there);
    ck_assert(writer_put_progress(w, source, &p, &err));
    writer_rollback(w);
    ck_assert(writer_get_progress(w, source, &found, &is_there, &err)); /* outside a transaction too */
    ck_assert(!is_there);
    ck_assert(writer_begin(w, &err));
    ck_assert(writer_put_progress(w, source, &p, &err));
    database_commit(w);
    w = database_begin(&database);
    ck_assert(writer_get_progress(w, source, &found, &is_there, &err));
    ck_assert(is_there);
    ck_assert_mem_eq(&found, &p, sizeof p);
    ck_assert(writer_get_progress(w, other, &found, &is_there, &err));
    ck_assert(!is_there);
    p.rows = 6;
    ck_assert(writer_put_progress(w, source, &p, &err));
    ck_assert(writer_get_progress(w, source, &found, &is_there, &err));
    ck_assert_uint_eq(found.rows, 6);
    ck_assert(writer_put_progress(w, source, NULL, &err));
    ck_assert(writer_put_progress(w, source, NULL, &err));
    ck_assert(writer_get_progress(w, source, &found, &is_there, &err));
    ck_assert(!is_there);
    database_commit(w);
}
END_TEST

static bool read_catalog(void *context, struct error *e)
{
    struct arena arena;
    struct catalog_definition d;
    arena_init(&arena, 65536);
    bool worked = writer_read_catalog(context, &arena, &d, e);
    if (worked) {
        ck_assert_uint_eq(d.config_count, 1);
        ck_assert_uint_eq(d.configs[0].statistic_count, 2);
    }
    arena_reset(&arena);
    return worked;
}

START_TEST(reads_the_catalog_it_wrote)
{
    struct store_writer *w = database_begin(&database);
    ck_assert_uint_ge(torture_allocations(read_catalog, w), 1);
    ck_assert(writer_commit(w, &err));
    ck_assert_uint_ge(torture_allocations(read_catalog, w), 1); /* in a transaction of its own */
    ck_assert(writer_begin(w, &err));
    writer_close(&w);
}
END_TEST

/* ---- a full disk ---- */

/* The file may not grow beyond SIZE: writes past it fail with EFBIG. */
static void limit_files(rlim_t size)
{
    struct rlimit limit = {size, RLIM_INFINITY};
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static bool put_many(struct store_writer *w)
{
    for (uint64_t i = 0; i < 200000; i++) {
        struct value_row row = number_row(i + 1, 5);
        if (!writer_put_value(w, &row, &err))
            return false;
    }
    return writer_commit(w, &err);
}

START_TEST(disk_is_full)
{
    struct store *store;
    signal(SIGXFSZ, SIG_IGN);
    ck_assert(store_open(database.url, &clock_system, &store, &err));
    struct store_writer *w = database_begin(&database);
    limit_files((rlim_t)1024 * 1024);
    ck_assert(!put_many(w));
    ck_assert_msg(err.code == ERROR_STORE_WRITE, "%s", error_operator_text(&err));
    ck_assert_int_eq(database_read(store, &err), 1); /* reads go on */
    limit_files(RLIM_INFINITY);
    writer_rollback(w);
    ck_assert(writer_begin(w, &err));
    ck_assert_msg(put_many(w), "%s", error_operator_text(&err));
    writer_close(&w);
    ck_assert_int_eq(database_read(store, &err), 5);
    store_close(&store);
}
END_TEST

/* ---- kill -9 ---- */

/* For ever: a transaction that sets ROWS_AT_A_TIME rows to the next number, then that number on the pipe. */
static void write_until_killed(int acknowledge, int64_t number)
{
    struct store_writer *w;
    if (!writer_open(database.url, false, &w, &err))
        _exit(1);
    for (;;) {
        number++;
        if (!writer_begin(w, &err))
            _exit(1);
        for (uint64_t i = 0; i < ROWS_AT_A_TIME; i++) {
            struct value_row row = number_row(1 + i * 977, number);
            if (!writer_put_value(w, &row, &err))
                _exit(1);
        }
        if (!writer_commit(w, &err) || write(acknowledge, &number, sizeof number) != sizeof number)
            _exit(1);
    }
}

/* Kills a writer at some moment; returns the last number it acknowledged, or BEFORE. */
static int64_t kill_a_writer(int64_t before, useconds_t after_us)
{
    int fds[2], status;
    int64_t last = before;
    ck_assert_int_eq(pipe(fds), 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        close(fds[0]);
        write_until_killed(fds[1], before);
    }
    close(fds[1]);
    usleep(after_us);
    ck_assert_int_eq(kill(child, SIGKILL), 0);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status)); /* and not because something failed in it */
    for (int64_t number; read(fds[0], &number, sizeof number) == sizeof number;)
        last = number;
    close(fds[0]);
    return last;
}

/* All rows hold one number, which is not older than the last acknowledged one, and its metadata. */
static int64_t check_rows(struct store *store, int64_t acknowledged)
{
    uint64_t xuids[ROWS_AT_A_TIME];
    uint32_t id = 1;
    struct arena arena;
    struct store_answer answer;
    arena_init(&arena, 65536);
    for (uint64_t i = 0; i < ROWS_AT_A_TIME; i++)
        xuids[i] = 1 + i * 977;
    struct store_query q = {xuids, ROWS_AT_A_TIME, &id, 1, INT64_MAX, true};
    ck_assert_msg(store_read_values(store, &q, &arena, &answer, &err), "%s", error_operator_text(&err));
    int64_t number = answer.values[0].integer;
    ck_assert_int_ge(number, acknowledged);
    for (size_t i = 0; i < ROWS_AT_A_TIME && number > 1; i++) {
        ck_assert_int_eq(answer.values[i].integer, number);
        ck_assert(text_equals(answer.values[i].metadata, metadata_of(number)));
    }
    arena_reset(&arena);
    return number;
}

static void check_integrity(void)
{
    sqlite3 *db;
    sqlite3_stmt *statement;
    ck_assert_int_eq(sqlite3_open(database.path, &db), SQLITE_OK);
    ck_assert_int_eq(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &statement, NULL), SQLITE_OK);
    ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
    ck_assert_str_eq((const char *)sqlite3_column_text(statement, 0), "ok");
    sqlite3_finalize(statement);
    sqlite3_close(db);
}

START_TEST(is_killed)
{
    int64_t number = 1;
    unsigned seed = 3;
    struct store *store = NULL;
    for (int i = 0; i < KILLS; i++) {
        if (i == KILLS / 2) /* from here on beside a server that has it open all the time */
            ck_assert(store_open(database.url, &clock_system, &store, &err));
        int64_t acknowledged = kill_a_writer(number, 5000 + (useconds_t)rand_r(&seed) % 40000);
        struct store *fresh;
        ck_assert_msg(store_open(database.url, &clock_system, &fresh, &err), "%s", error_operator_text(&err));
        number = check_rows(fresh, acknowledged);
        store_close(&fresh);
        if (store != NULL)
            ck_assert_int_eq(check_rows(store, acknowledged), number);
    }
    store_close(&store);
    ck_assert_int_gt(number, KILLS);
    check_integrity();
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("store/writer");
    TCase *c = tcase_create("writer");
    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_set_timeout(c, 120);
    tcase_add_test(c, is_alone);
    tcase_add_test(c, waits_for_a_foreign_writer_only_so_long);
    tcase_add_test(c, forgets_what_was_not_committed);
    tcase_add_test(c, refuses_what_is_no_value);
    tcase_add_test(c, refuses_a_catalog_that_contradicts_itself);
    tcase_add_test(c, keeps_progress_with_the_rows);
    tcase_add_test(c, reads_the_catalog_it_wrote);
    tcase_add_test(c, disk_is_full);
    tcase_add_test(c, is_killed);
    suite_add_tcase(s, c);
    return s;
}
