/* SPDX-License-Identifier: Apache-2.0 */
/* A database that an earlier build made and filled is brought to this build's schema without losing anything,
 * or stays as it was. */
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/database.h"
#include "support/run.h"

#define USERS 3000 /* each with a number, every third one's with metadata */

/* As an earlier build kept it: number n of user n, a text of user 1 without metadata, and metadata that was
 * never anything. */
static const char old_rows[] =
    "INSERT INTO service_config (id, scid, sandbox) VALUES (1, 'scid', 'RETAIL');"
    "INSERT INTO statistic (id, config_id, name, type, access) VALUES (1, 1, 'number', 'Integer', 'open'),"
    " (2, 1, 'text', 'String', 'open');"
    "UPDATE catalog_state SET version = 1;"
    "INSERT INTO player VALUES (1, 'Saint');"
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)"
    " INSERT INTO value SELECT i, 1, i, iif(i % 3 = 0, '{\"n\":' || i || '}', NULL) FROM n;"
    "INSERT INTO value VALUES (1, 2, 'onward', NULL), (2, 2, '', '');";

static struct database database;
static struct error err;

static void set_up(void)
{
    database_make_first(&database, old_rows);
}

static void tear_down(void)
{
    database_remove(&database);
}

/* The one number that SQL answers. */
static int64_t number(const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *statement;
    ck_assert_int_eq(sqlite3_open(database.path, &db), SQLITE_OK);
    ck_assert_msg(sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK, "%s", sqlite3_errmsg(db));
    ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
    int64_t n = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return n;
}

static struct schema_status status(void)
{
    struct schema_status s;
    ck_assert_msg(schema_status_read(database.url, &s, &err), "%s", error_operator_text(&err));
    return s;
}

static bool migrate(struct schema_status *before)
{
    struct store_writer *w;
    if (!writer_open(database.url, false, &w, &err))
        return false;
    bool done = writer_migrate(w, before, &err);
    writer_close(&w);
    return done;
}

static void expect_value(const struct value *v, int64_t n, bool with_metadata)
{
    char metadata[32];
    snprintf(metadata, sizeof metadata, "{\"n\":%lld}", (long long)n);
    ck_assert_int_eq(v->type, STATISTIC_INTEGER);
    ck_assert_int_eq(v->integer, n);
    ck_assert(text_equals(v->metadata, text_of(with_metadata && n % 3 == 0 ? metadata : NULL)));
}

/* Every value is there, and its metadata for who asks. */
static void expect_all(void)
{
    struct store *store;
    struct arena arena;
    uint32_t ids[] = {1, 2};
    arena_init(&arena, 1 << 20);
    ck_assert_msg(store_open(database.url, &clock_system, &store, &err), "%s", error_operator_text(&err));
    struct catalog_definition d;
    ck_assert(store_read_catalog(store, &arena, &d, &err));
    for (uint64_t xuid = 1; xuid <= USERS; xuid++) {
        struct store_query q = {&xuid, 1, ids, 2, INT64_MAX, xuid % 2 == 0};
        struct store_answer answer;
        ck_assert_msg(store_read_values(store, &q, &arena, &answer, &err), "%s", error_operator_text(&err));
        expect_value(&answer.values[0], (int64_t)xuid, q.with_metadata);
        ck_assert_int_eq(answer.values[1].type, xuid <= 2 ? STATISTIC_STRING : STATISTIC_TYPE_NONE);
        ck_assert(text_equals(answer.values[1].text, text_of(xuid == 1 ? "onward" : "")));
        ck_assert_ptr_null(answer.values[1].metadata.data); /* what was empty was none */
        ck_assert(text_equals(answer.gamertags[0], text_of(xuid == 1 ? "Saint" : NULL)));
        arena_reset(&arena);
    }
    store_close(&store);
    ck_assert_int_eq(number("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'"), 1);
}

/* The database of the earlier build, untouched. */
static void expect_old(void)
{
    struct store *store = NULL;
    ck_assert_int_eq(status().current, 1);
    ck_assert(!store_open(database.url, &clock_system, &store, &err));
    ck_assert_int_eq(err.code, ERROR_SCHEMA);
    ck_assert_msg(strstr(err.detail, "has schema 1, this build needs 2; run userstats schema migrate") !=
                      NULL,
                  "%s", err.detail);
    ck_assert_int_eq(number("SELECT count(*) FROM value WHERE metadata <> ''"), USERS / 3);
}

START_TEST(keeps_all_values_and_metadata)
{
    struct schema_status before;
    struct store_writer *w;
    expect_old();
    ck_assert(writer_open(database.url, false, &w, &err));
    ck_assert(!writer_begin(w, &err)); /* nothing is written by the old schema's rules */
    ck_assert_int_eq(err.code, ERROR_SCHEMA);
    writer_close(&w);
    ck_assert_msg(migrate(&before), "%s", error_operator_text(&err));
    ck_assert_int_eq(before.current, 1);
    ck_assert_int_eq(before.latest, 2);
    ck_assert_int_eq(status().current, 2);
    expect_all();
    ck_assert_int_eq(number("SELECT count(*) FROM value_metadata"), USERS / 3);
    ck_assert_int_eq(number("SELECT count(*) FROM pragma_table_info('value') WHERE name = 'metadata'"), 0);
    ck_assert(migrate(&before));
    ck_assert_int_eq(before.current, 2);
    database_fill(&database, 77); /* over what was migrated */
    ck_assert_int_eq(number("SELECT value FROM value WHERE xuid = 1 AND statistic_id = 1"), 77);
}
END_TEST

START_TEST(leaves_it_as_it_was_on_a_full_disk)
{
    struct schema_status before;
    struct rlimit limit = {(rlim_t)64 * 1024, RLIM_INFINITY};
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    ck_assert(!migrate(&before));
    ck_assert_msg(err.code == ERROR_STORE_WRITE, "%s", error_operator_text(&err));
    limit.rlim_cur = RLIM_INFINITY;
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    expect_old();
    ck_assert_msg(migrate(&before), "%s", error_operator_text(&err));
    expect_all();
}
END_TEST

/* A process that is killed by the write that makes a file larger than LIMIT; false: it was not. */
static bool migrate_until_killed(rlim_t limit)
{
    struct schema_status before;
    struct rlimit files = {limit, limit}, core = {0, 0};
    int ended;
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        setrlimit(RLIMIT_CORE, &core);
        setrlimit(RLIMIT_FSIZE, &files);
        signal(SIGXFSZ, SIG_DFL);
        _exit(migrate(&before) ? 0 : 1);
    }
    ck_assert_int_eq(waitpid(child, &ended, 0), child);
    ck_assert(WIFSIGNALED(ended) ? WTERMSIG(ended) == SIGXFSZ : WEXITSTATUS(ended) == 0);
    return WIFSIGNALED(ended);
}

/* Killed wherever it may be it is the one schema or the other, and the next run ends the work. */
START_TEST(is_killed)
{
    struct schema_status before;
    unsigned deaths = 0;
    for (rlim_t limit = (rlim_t)40 * 1024; migrate_until_killed(limit); limit += (rlim_t)8 * 1024) {
        deaths++;
        if (status().current == 1)
            expect_old();
        else
            expect_all();
    }
    ck_assert_uint_gt(deaths, 2);
    ck_assert_msg(migrate(&before), "%s", error_operator_text(&err));
    ck_assert_int_eq(before.current, 2);
    expect_all();
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("store/migrate");
    TCase *c = tcase_create("migrate");
    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_set_timeout(c, 120);
    tcase_add_test(c, keeps_all_values_and_metadata);
    tcase_add_test(c, leaves_it_as_it_was_on_a_full_disk);
    tcase_add_test(c, is_killed);
    suite_add_tcase(s, c);
    return s;
}
