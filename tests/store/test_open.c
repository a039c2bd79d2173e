/* SPDX-License-Identifier: Apache-2.0 */
/* What store_open, writer_open and schema_status_read take and refuse, and that a refused file is not
 * touched. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/database.h"
#include "support/run.h"
#include "support/torture.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct database database;
static struct error err;

static void set_up(void)
{
    database_name(&database);
}

static void tear_down(void)
{
    database_remove(&database);
}

static void write_file(const char *path, const char *bytes, size_t size)
{
    FILE *f = fopen(path, "w");
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(bytes, 1, size, f), size);
    ck_assert_int_eq(fclose(f), 0);
}

static size_t read_file(const char *path, char *out, size_t size)
{
    FILE *f = fopen(path, "r");
    ck_assert_ptr_nonnull(f);
    size_t got = fread(out, 1, size, f);
    ck_assert_int_eq(fclose(f), 0);
    return got;
}

static void run_sql(const char *sql)
{
    sqlite3 *db;
    ck_assert_int_eq(sqlite3_open(database.path, &db), SQLITE_OK);
    ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, "%s", sqlite3_errmsg(db));
    sqlite3_close(db);
}

START_TEST(refuses_urls)
{
    static const char *const urls[] = {"",
                                       "sqlite",
                                       "sqlite:",
                                       "stats.db",
                                       "postgres://host/db",
                                       "postgresql://h/d",
                                       "mysql://h/d",
                                       "SQLITE:x",
                                       " sqlite:x"};
    for (size_t i = 0; i < COUNT(urls); i++) {
        struct store *store = NULL;
        struct store_writer *w = NULL;
        struct schema_status status;
        ck_assert_msg(!store_open(urls[i], &clock_system, &store, &err), "%s", urls[i]);
        ck_assert_int_eq(err.code, ERROR_SETTING);
        ck_assert_ptr_null(store);
        ck_assert(!writer_open(urls[i], true, &w, &err));
        ck_assert_int_eq(err.code, ERROR_SETTING);
        ck_assert(!schema_status_read(urls[i], &status, &err));
        ck_assert_int_eq(err.code, ERROR_SETTING);
    }
    ck_assert(!store_open("postgres://host/db", &clock_system, &(struct store *){NULL}, &err));
    ck_assert_ptr_nonnull(strstr(err.detail, "SQLite only"));
}
END_TEST

/* Names that SQLite would read as something else than a file of that name. */
START_TEST(takes_any_file_name)
{
    static const char *const names[] = {":memory:", "file:x.db?mode=memory", "a b'c%20.db", "\xc3\xa9.db"};
    char here[512];
    ck_assert_ptr_nonnull(getcwd(here, sizeof here));
    ck_assert_int_eq(chdir(database.directory), 0);
    for (size_t i = 0; i < COUNT(names); i++) {
        struct store_writer *w;
        struct schema_status before;
        struct store *store;
        char url[128];
        snprintf(url, sizeof url, "sqlite:%s", names[i]);
        ck_assert_msg(writer_open(url, true, &w, &err), "%s: %s", url, error_operator_text(&err));
        ck_assert(writer_migrate(w, &before, &err));
        writer_close(&w);
        ck_assert_int_eq(access(names[i], F_OK), 0);
        ck_assert(store_open(url, &clock_system, &store, &err));
        store_close(&store);
    }
    ck_assert_int_eq(chdir(here), 0);
}
END_TEST

/* What may be found at the path, and who refuses it how (NONE: takes it). */
struct find {
    const char *name;
    void (*make)(void);
    enum error_code reader, writer, status;
    const char *says; /* the reader's text holds it */
};

static void make_nothing(void)
{
}

static void make_empty(void)
{
    write_file(database.path, "", 0);
}

static void make_text(void)
{
    char text[4096];
    memset(text, 'x', sizeof text);
    write_file(database.path, text, sizeof text);
}

static void make_cut_header(void)
{
    write_file(database.path, "SQLite format 3", 16);
}

static void make_directory(void)
{
    ck_assert_int_eq(mkdir(database.path, 0700), 0);
}

static void make_foreign(void)
{
    run_sql("CREATE TABLE t (a); INSERT INTO t VALUES (1);");
}

static void make_foreign_application(void)
{
    database_make(&database);
    run_sql("PRAGMA application_id = 1;");
}

static void make_newer(void)
{
    database_make(&database);
    run_sql("PRAGMA user_version = 99;");
}

static void make_older(void)
{
    database_make_first(&database, "");
}

static void make_numberless(void)
{
    database_make(&database);
    run_sql("PRAGMA user_version = 0;");
}

static void make_good(void)
{
    database_make(&database);
}

static const struct find finds[] = {
    {"nothing", make_nothing, ERROR_STORE_UNAVAILABLE, ERROR_STORE_UNAVAILABLE, ERROR_STORE_UNAVAILABLE,
     "schema migrate"},
    {"empty file", make_empty, ERROR_SCHEMA, ERROR_NONE, ERROR_NONE, "schema migrate"},
    {"no database", make_text, ERROR_SCHEMA, ERROR_SCHEMA, ERROR_SCHEMA, "not a database"},
    {"a cut header", make_cut_header, ERROR_SCHEMA, ERROR_SCHEMA, ERROR_SCHEMA, "not a database"},
    {"a directory", make_directory, ERROR_STORE_UNAVAILABLE, ERROR_STORE_UNAVAILABLE, ERROR_STORE_UNAVAILABLE,
     "opened"},
    {"a foreign database", make_foreign, ERROR_SCHEMA, ERROR_SCHEMA, ERROR_SCHEMA, "not one of userstats"},
    {"another application's", make_foreign_application, ERROR_SCHEMA, ERROR_SCHEMA, ERROR_SCHEMA,
     "not one of userstats"},
    {"a newer schema", make_newer, ERROR_SCHEMA, ERROR_SCHEMA, ERROR_NONE, "newer userstats"},
    {"an older schema", make_older, ERROR_SCHEMA, ERROR_NONE, ERROR_NONE, "run userstats schema migrate"},
    {"ours without a number", make_numberless, ERROR_SCHEMA, ERROR_SCHEMA, ERROR_SCHEMA,
     "not one of userstats"},
    {"a good one", make_good, ERROR_NONE, ERROR_NONE, ERROR_NONE, NULL},
};

START_TEST(judges_what_it_finds)
{
    const struct find *f = &finds[_i];
    static char before[65536], after[65536];
    struct store *store = NULL;
    struct store_writer *w = NULL;
    struct schema_status status;
    f->make();
    size_t size = f->writer == ERROR_SCHEMA ? read_file(database.path, before, sizeof before) : 0;

    bool opened = store_open(database.url, &clock_system, &store, &err);
    ck_assert_msg(opened == (f->reader == ERROR_NONE), "%s", f->name);
    ck_assert_msg(opened || err.code == f->reader, "%s: %s", f->name, error_operator_text(&err));
    ck_assert_msg(opened || strstr(err.detail, f->says) != NULL, "%s: %s", f->name, err.detail);
    ck_assert_str_eq(opened ? "" : err.message, ""); /* a peer may see that text: it names no path */
    store_close(&store);

    opened = schema_status_read(database.url, &status, &err);
    ck_assert_msg(opened == (f->status == ERROR_NONE), "%s", f->name);
    ck_assert_msg(opened || err.code == f->status, "%s: %s", f->name, error_operator_text(&err));

    opened = writer_open(database.url, false, &w, &err);
    ck_assert_msg(opened == (f->writer == ERROR_NONE), "%s: %s", f->name, error_operator_text(&err));
    ck_assert_msg(opened || err.code == f->writer, "%s: %s", f->name, error_operator_text(&err));
    writer_close(&w);
    ck_assert_msg(size == 0 || (read_file(database.path, after, sizeof after) == size &&
                                memcmp(before, after, size) == 0),
                  "%s: was changed", f->name);
    if (f->make == make_directory)
        ck_assert_int_eq(rmdir(database.path), 0);
    if (f->make == make_nothing)
        ck_assert_int_ne(access(database_file(&database, ".lock"), F_OK), 0);
}
END_TEST

START_TEST(migrates_once)
{
    struct store_writer *w;
    struct schema_status status;
    struct stat st;
    ck_assert(writer_open(database.url, true, &w, &err));
    ck_assert(!writer_begin(w, &err)); /* nothing to write to yet */
    ck_assert_int_eq(err.code, ERROR_SCHEMA);
    ck_assert(schema_status_read(database.url, &status, &err));
    ck_assert_int_eq(status.current, 0);
    ck_assert(writer_migrate(w, &status, &err));
    ck_assert_int_eq(status.current, 0);
    ck_assert(writer_migrate(w, &status, &err));
    ck_assert_int_eq(status.current, status.latest);
    ck_assert(writer_begin(w, &err));
    writer_close(&w);
    ck_assert(writer_open(database.url, true, &w, &err));
    ck_assert(writer_migrate(w, &status, &err));
    ck_assert_int_eq(status.current, status.latest);
    writer_close(&w);
    ck_assert(schema_status_read(database.url, &status, &err));
    ck_assert_int_eq(status.current, status.latest);
    ck_assert_int_eq(stat(database.path, &st), 0);
    ck_assert_uint_eq(st.st_mode & 0137, 0); /* 0640, less the umask */
}
END_TEST

/* After the last writer closed there is no -wal and no -shm; a reader makes what it needs. */
START_TEST(reads_without_a_log_beside)
{
    struct store *store;
    database_make(&database);
    database_fill(&database, 5);
    ck_assert_int_ne(access(database_file(&database, "-wal"), F_OK), 0);
    ck_assert_int_ne(access(database_file(&database, "-shm"), F_OK), 0);
    ck_assert_msg(store_open(database.url, &clock_system, &store, &err), "%s", error_operator_text(&err));
    ck_assert_int_eq(database_read(store, &err), 5);
    database_fill(&database, 6);
    ck_assert_int_eq(database_read(store, &err), 6);
    store_close(&store);
}
END_TEST

static bool open_and_close(void *context, struct error *e)
{
    struct store *store;
    struct store_writer *w;
    struct schema_status status;
    (void)context;
    if (!store_open(database.url, &clock_system, &store, e))
        return false;
    store_close(&store);
    if (!schema_status_read(database.url, &status, e) || !writer_open(database.url, false, &w, e))
        return false;
    writer_close(&w);
    return true;
}

START_TEST(survives_want_of_memory)
{
    database_make(&database);
    ck_assert_uint_ge(torture_allocations(open_and_close, NULL), 5);
}
END_TEST

START_TEST(closes_nothing)
{
    struct store *store = NULL;
    struct store_writer *w = NULL;
    store_close(&store);
    writer_close(&w);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("store/open");
    TCase *c = tcase_create("open");
    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_set_timeout(c, 60);
    tcase_add_test(c, refuses_urls);
    tcase_add_test(c, takes_any_file_name);
    tcase_add_loop_test(c, judges_what_it_finds, 0, COUNT(finds));
    tcase_add_test(c, migrates_once);
    tcase_add_test(c, reads_without_a_log_beside);
    tcase_add_test(c, survives_want_of_memory);
    tcase_add_test(c, closes_nothing);
    suite_add_tcase(s, c);
    return s;
}
