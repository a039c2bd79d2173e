/* SPDX-License-Identifier: Apache-2.0 */
/* What may happen to the file under an open store: it vanishes, comes back, is replaced, cut short,
 * overwritten. Never a crash, an empty database, an old answer for long or a wrong one; and healthy again by
 * itself when a good file is there. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/database.h"
#include "support/run.h"

#define MANY_ROWS 3000 /* a database of many pages */

static struct database database, other;
static struct store *store;
static struct error err;
static atomic_int_fast64_t now_ns;

static int64_t read_now(void *context)
{
    (void)context;
    return atomic_load(&now_ns);
}

static const struct clock test_clock = {.monotonic_ns = read_now, .wall_ms = read_now};

/* Long enough for every thread to look at the file again. */
static void let_time_pass(void)
{
    atomic_fetch_add(&now_ns, 300000000);
}

static void set_up(void)
{
    atomic_store(&now_ns, 1000000000);
    database_make(&database);
    database_fill(&database, 1);
    ck_assert_msg(store_open(database.url, &test_clock, &store, &err), "%s", error_operator_text(&err));
    ck_assert_int_eq(database_read(store, &err), 1);
}

static void tear_down(void)
{
    store_close(&store);
    database_remove(&database);
    if (other.directory[0] != '\0')
        database_remove(&other);
}

/* A good database elsewhere that answers NUMBER. */
static void make_other(int64_t number)
{
    if (other.directory[0] == '\0')
        database_name(&other);
    database_make(&other);
    database_fill(&other, number);
}

static void replace(void)
{
    ck_assert_int_eq(rename(other.path, database.path), 0);
}

static void expect_unavailable(void)
{
    let_time_pass();
    ck_assert_int_eq(database_read(store, &err), -1);
    ck_assert_msg(err.code == ERROR_STORE_UNAVAILABLE, "%s", error_operator_text(&err));
    ck_assert_str_eq(err.message, ""); /* paths are the operator's */
    ck_assert(!store_check(store, &err));
    ck_assert_int_eq(err.code, ERROR_STORE_UNAVAILABLE);
}

static void expect(int64_t number)
{
    let_time_pass();
    ck_assert_msg(store_check(store, &err), "%s", error_operator_text(&err));
    ck_assert_msg(database_read(store, &err) == number, "%s", error_operator_text(&err));
}

START_TEST(sees_what_was_written)
{
    struct stat st;
    for (int64_t n = 2; n < 6; n++) {
        database_fill(&database, n);
        ck_assert_int_eq(database_read(store, &err), n);
        ck_assert_int_eq(stat(database_file(&database, "-wal"), &st), 0);
        ck_assert_int_eq(st.st_size, 0); /* no read is left open that would hold a checkpoint up */
    }
}
END_TEST

START_TEST(file_vanishes_and_comes_back)
{
    ck_assert_int_eq(rename(database.path, database_file(&database, ".away")), 0);
    expect_unavailable();
    ck_assert_int_ne(access(database.path, F_OK), 0); /* nothing was made in its place */
    expect_unavailable();
    ck_assert_int_eq(rename(database_file(&database, ".away"), database.path), 0);
    expect(1);
    ck_assert_int_eq(unlink(database.path), 0);
    expect_unavailable();
    make_other(7);
    replace();
    expect(7);
}
END_TEST

START_TEST(file_is_replaced)
{
    for (int64_t n = 2; n < 10; n++) {
        make_other(n);
        replace();
        let_time_pass();
        ck_assert_int_eq(database_read(store, &err), n); /* by a read alone, without a check */
    }
    database_fill(&database, 20); /* and it can be written where it stands now */
    expect(20);
}
END_TEST

/* Statistic ids begin alike in every database: id 1 of another one may be another statistic. */
START_TEST(answers_from_another_database_only_after_its_catalog_was_read)
{
    struct arena arena;
    struct catalog_definition d;
    struct store_answer answer;
    uint64_t xuid = 1;
    uint32_t id = 1;
    int64_t before, now;
    struct store_query q = {&xuid, 1, &id, 1, INT64_MAX, false};
    arena_init(&arena, 1 << 20);
    ck_assert(store_catalog_version(store, &before, &err));
    ck_assert(store_read_values(store, &q, &arena, &answer, &err));
    make_other(7);
    replace();
    let_time_pass();
    ck_assert(!store_read_values(store, &q, &arena, &answer, &err));
    ck_assert_int_eq(err.code, ERROR_STORE_UNAVAILABLE);
    ck_assert(store_catalog_version(store, &now, &err));
    ck_assert_msg(now != before && now < 0, "nobody would read the catalog");
    ck_assert(store_read_catalog(store, &arena, &d, &err));
    ck_assert(store_read_values(store, &q, &arena, &answer, &err));
    ck_assert_int_eq(answer.values[0].integer, 7);
    arena_reset(&arena);
}
END_TEST

START_TEST(is_replaced_by_a_foreign_file)
{
    FILE *f = fopen(database_file(&database, ".new"), "w");
    ck_assert_ptr_nonnull(f);
    for (int i = 0; i < 2000; i++)
        ck_assert_int_ge(fprintf(f, "not a database, line %d\n", i), 0);
    ck_assert_int_eq(fclose(f), 0);
    ck_assert_int_eq(rename(database_file(&database, ".new"), database.path), 0);
    expect_unavailable();
    make_other(7);
    sqlite3 *db;
    ck_assert_int_eq(sqlite3_open(other.path, &db), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(db, "PRAGMA user_version = 99", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    replace();
    expect_unavailable();
    ck_assert_ptr_nonnull(strstr(err.detail, "newer"));
    make_other(8);
    replace();
    expect(8);
}
END_TEST

/* Commits NUMBER and dies without closing: the change is in the -wal only. */
static void write_and_die(const struct database *d, int64_t number)
{
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        struct store_writer *w = database_begin(d);
        struct value_row row = {
            .xuid = 1, .statistic_id = 1, .value = {.type = STATISTIC_INTEGER, .integer = number}};
        _exit(writer_put_value(w, &row, &err) && writer_commit(w, &err) ? 0 : 1);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
}

START_TEST(is_replaced_beside_a_log_with_changes)
{
    struct stat st;
    write_and_die(&database, 2);
    expect(2);
    ck_assert_int_eq(stat(database_file(&database, "-wal"), &st), 0);
    ck_assert_int_gt(st.st_size, 0);
    make_other(7);
    replace();
    expect_unavailable(); /* that log would be applied to the new file */
    ck_assert_ptr_nonnull(strstr(err.detail, "-wal"));
    expect_unavailable();
    ck_assert_int_eq(unlink(database_file(&database, "-wal")), 0);
    ck_assert_int_eq(unlink(database_file(&database, "-shm")), 0);
    expect(7);
}
END_TEST

/* ---- the same file, changed in place ---- */

static struct text metadata_of(uint64_t row, const char *text)
{
    return text_slice(text, row % 16 == 0 ? VALUE_METADATA_MAX : 1);
}

static void fill_many(void)
{
    struct store_writer *w = database_begin(&database);
    char text[VALUE_TEXT_MAX];
    memset(text, 'x', sizeof text);
    for (uint64_t i = 0; i < MANY_ROWS; i++) {
        /* such a row is longer than a page of its table takes: it goes on in pages that hold nothing but
         * bytes
         */
        struct value_row row = {.xuid = 2 + i,
                                .statistic_id = 2,
                                .value = {.type = STATISTIC_STRING,
                                          .text = {text, sizeof text},
                                          .metadata = metadata_of(i, text)}};
        ck_assert_msg(writer_put_value(w, &row, &err), "%s", error_operator_text(&err));
    }
    database_commit(w);
}

/* Reads every row of fill_many; each must be right or refused. Returns how many were right. */
static size_t read_many(void)
{
    size_t right = 0;
    char text[VALUE_TEXT_MAX];
    memset(text, 'x', sizeof text);
    for (uint64_t i = 0; i < MANY_ROWS; i += 10) {
        uint64_t xuids[10];
        uint32_t id = 2;
        struct arena arena;
        arena_init(&arena, 65536);
        for (size_t j = 0; j < 10; j++)
            xuids[j] = 2 + i + j;
        struct store_query q = {xuids, 10, &id, 1, INT64_MAX, i % 20 == 0};
        struct store_answer answer;
        bool worked = store_read_values(store, &q, &arena, &answer, &err);
        ck_assert(worked || err.code == ERROR_STORE_UNAVAILABLE);
        for (size_t j = 0; worked && j < 10; j++) {
            ck_assert(text_equals(answer.values[j].text, text_slice(text, sizeof text)));
            ck_assert(text_equals(answer.values[j].metadata,
                                  q.with_metadata ? metadata_of(i + j, text) : text_of(NULL)));
        }
        right += worked;
        arena_reset(&arena);
        if (i % 500 == 0)
            let_time_pass();
    }
    return right;
}

static char saved[32 * 1024 * 1024];

static size_t save(void)
{
    FILE *f = fopen(database.path, "r");
    ck_assert_ptr_nonnull(f);
    size_t size = fread(saved, 1, sizeof saved, f);
    ck_assert_uint_lt(size, sizeof saved);
    ck_assert_int_eq(fclose(f), 0);
    return size;
}

/* Writes the saved bytes into the same file, as cp does. */
static void restore(size_t size)
{
    int fd = open(database.path, O_WRONLY | O_TRUNC);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, saved, size), (ssize_t)size);
    close(fd);
}

START_TEST(is_cut_short)
{
    fill_many();
    size_t size = save();
    const off_t cuts[] = {0, 50, 4096, 5000, (off_t)size / 2, (off_t)size - 4096, (off_t)size - 1};
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        ck_assert_uint_eq(read_many(), MANY_ROWS / 10);
        ck_assert_int_eq(truncate(database.path, cuts[i]), 0);
        (void)read_many(); /* what was read before it noticed is right */
        expect_unavailable();
        restore(size);
        expect(1);
    }
    ck_assert_uint_eq(read_many(), MANY_ROWS / 10);
}
END_TEST

START_TEST(is_overwritten_page_by_page)
{
    fill_many();
    size_t size = save();
    ck_assert_uint_eq(read_many(), MANY_ROWS / 10);
    for (size_t at = 0; at < size; at += 4096 * 97) {
        int fd = open(database.path, O_WRONLY);
        char page[4096];
        memset(page, at % 3 == 0 ? 0 : 0xff, sizeof page);
        ck_assert_int_eq(pwrite(fd, page, sizeof page, (off_t)at), (ssize_t)sizeof page);
        close(fd);
        let_time_pass();
        (void)read_many();
        restore(size);
        let_time_pass();
        (void)database_read(store, &err); /* may be the one that notices */
        let_time_pass();
        expect(1);
    }
    ck_assert_uint_eq(read_many(), MANY_ROWS / 10);
}
END_TEST

static bool take_value(void *context, const struct value_row *row, struct error *e)
{
    (void)context;
    (void)row;
    (void)e;
    return true;
}

static bool take_player(void *context, uint64_t xuid, struct text gamertag, struct error *e)
{
    (void)context;
    (void)xuid;
    (void)gamertag;
    (void)e;
    return true;
}

/* Random bytes anywhere: an answer may hold the wrong bytes then (SQLite has no checksums), but nothing
 * crashes. */
START_TEST(is_overwritten_at_random)
{
    unsigned seed = 7;
    int failures = 0;
    database_fill(&database, 1);
    size_t size = save();
    for (int round = 0; round < 300; round++) {
        int fd = open(database.path, O_WRONLY);
        for (int i = 0; i < 1 + round % 40; i++) {
            char byte = (char)rand_r(&seed);
            ck_assert_int_eq(pwrite(fd, &byte, 1, (off_t)((size_t)rand_r(&seed) % size)), 1);
        }
        close(fd);
        let_time_pass();
        struct arena arena;
        struct catalog_definition d;
        uint64_t xuid = 1;
        uint32_t ids[] = {1, 2};
        struct store_query q = {&xuid, 1, ids, 2, INT64_MAX, false};
        struct store_answer answer;
        struct store_visitor anybody = {take_value, take_player, NULL};
        arena_init(&arena, (size_t)1024 * 1024);
        bool worked = store_read_values(store, &q, &arena, &answer, &err);
        worked = store_read_catalog(store, &arena, &d, &err) && worked;
        worked = store_each(store, &anybody, &err) && worked;
        failures += !worked;
        arena_reset(&arena);
        restore(size);
    }
    ck_assert_int_gt(failures, 30); /* the damage was seen */
    let_time_pass();
    (void)database_read(store, &err);
    expect(1);
}
END_TEST

/* ---- threads ---- */

static atomic_bool done;

/* Reads all the time; whatever is not an error is one of the numbers that were there. */
static void *read_always(void *context)
{
    struct error e;
    (void)context;
    while (!atomic_load(&done)) {
        int64_t n = database_read(store, &e);
        if (n == -1 ? e.code != ERROR_STORE_UNAVAILABLE : n < 1 || n > 1000)
            return NULL;
    }
    return &done;
}

START_TEST(is_replaced_under_reading_threads)
{
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, read_always, NULL), 0);
    for (int64_t n = 2; n <= 60; n++) {
        make_other(n);
        replace();
        expect(n);
        usleep(1000); /* let the threads open it too */
        if (n % 4 == 0) {
            database_fill(&database, n + 100);
            expect(n + 100);
        }
        if (n % 7 == 0) {
            ck_assert_int_eq(unlink(database.path), 0);
            expect_unavailable();
        }
    }
    atomic_store(&done, true);
    for (int i = 0; i < 4; i++) {
        void *good;
        pthread_join(threads[i], &good);
        ck_assert_ptr_nonnull(good);
    }
}
END_TEST

/* A thread that reads when it is told to, and then waits with its connection open. */
static struct {
    pthread_t thread;
    pthread_barrier_t before, after;
    int64_t number;
    bool last;
} idler;

static void *idle(void *context)
{
    struct error e;
    bool last;
    (void)context;
    do {
        pthread_barrier_wait(&idler.before);
        last = idler.last;
        idler.number = database_read(store, &e);
        pthread_barrier_wait(&idler.after);
    } while (!last);
    return NULL;
}

static void start_idler(void)
{
    pthread_barrier_init(&idler.before, NULL, 2);
    pthread_barrier_init(&idler.after, NULL, 2);
    ck_assert_int_eq(pthread_create(&idler.thread, NULL, idle, NULL), 0);
}

static int64_t idler_reads(bool last)
{
    idler.last = last;
    pthread_barrier_wait(&idler.before);
    pthread_barrier_wait(&idler.after);
    if (last)
        pthread_join(idler.thread, NULL);
    return idler.number;
}

START_TEST(one_thread_notices_for_all)
{
    start_idler();
    ck_assert_int_eq(idler_reads(false), 1);
    make_other(2);
    replace();
    ck_assert(store_check(store, &err));
    ck_assert_int_eq(idler_reads(false), 2); /* at once: its connection on the old file was closed */
    make_other(3);
    replace();
    ck_assert_int_eq(idler_reads(true), 2); /* nobody has looked yet */
    expect(3);
}
END_TEST

/* A thread that holds its connection, and so the -shm of what was there, must not keep the others from a file
 * that was put right. */
START_TEST(heals_beside_an_idle_thread)
{
    struct database small = database;
    start_idler();
    for (int64_t n = 2; n < 8; n++) {
        ck_assert_int_ge(idler_reads(false), 1);
        database_fill(&database, n + 100); /* now the -shm holds the number of pages */
        ck_assert_int_eq(truncate(database.path, 4096), 0);
        expect_unavailable();
        make_other(n);
        database = other; /* fill_many writes there */
        if (n % 2 == 0)
            fill_many();
        size_t size = save();
        database = small;
        restore(size);
        let_time_pass();
        (void)database_read(store, &err); /* may be the one that notices */
        expect(n);
        ck_assert_int_eq(unlink(other.path), 0);
    }
    ck_assert_int_eq(idler_reads(true), 7);
}
END_TEST

static void *read_once(void *context)
{
    struct error e;
    return database_read(store, &e) == 1 ? context : NULL;
}

START_TEST(threads_come_and_go)
{
    for (int i = 0; i < 100; i++) {
        pthread_t threads[2];
        for (int j = 0; j < 2; j++)
            ck_assert_int_eq(pthread_create(&threads[j], NULL, read_once, &done), 0);
        for (int j = 0; j < 2; j++) {
            void *good;
            pthread_join(threads[j], &good);
            ck_assert_ptr_nonnull(good);
        }
    }
}
END_TEST

/* ---- deadlines ---- */

static int64_t tick(void *context)
{
    (void)context;
    return atomic_fetch_add(&now_ns, 1000);
}

/* One user's long run of rows: SQLite itself must be stopped in the middle of a statement. */
START_TEST(stops_in_the_middle_of_a_statement)
{
    static const struct clock ticking = {.monotonic_ns = tick, .wall_ms = tick};
    static uint32_t ids[5000];
    struct store *s;
    struct arena arena;
    struct store_answer answer;
    uint64_t xuid = 1;
    struct store_writer *w = database_begin(&database);
    for (uint32_t i = 0; i < 5000; i++) {
        struct value_row row = {
            .xuid = 1, .statistic_id = i + 1, .value = {.type = STATISTIC_INTEGER, .integer = i}};
        ids[i] = i + 1;
        ck_assert(writer_put_value(w, &row, &err));
    }
    database_commit(w);
    ck_assert(store_open(database.url, &ticking, &s, &err));
    arena_init(&arena, (size_t)4 * 1024 * 1024);
    struct store_query q = {&xuid, 1, ids, 5000, INT64_MAX, false};
    ck_assert(store_read_values(s, &q, &arena, &answer, &err));
    q.deadline_ns =
        atomic_load(&now_ns) + 8000; /* eight looks at the clock: past the ones before the statement */
    ck_assert(!store_read_values(s, &q, &arena, &answer, &err));
    ck_assert_int_eq(err.code, ERROR_DEADLINE);
    ck_assert_ptr_nonnull(strstr(err.detail, "interrupted"));
    q.deadline_ns = INT64_MAX;
    ck_assert(store_read_values(s, &q, &arena, &answer, &err));
    ck_assert_int_eq(answer.values[4999].integer, 4999);
    arena_reset(&arena);
    store_close(&s);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("store/files");
    TCase *c = tcase_create("files");
    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_set_timeout(c, 120);
    tcase_add_test(c, sees_what_was_written);
    tcase_add_test(c, file_vanishes_and_comes_back);
    tcase_add_test(c, file_is_replaced);
    tcase_add_test(c, answers_from_another_database_only_after_its_catalog_was_read);
    tcase_add_test(c, is_replaced_by_a_foreign_file);
    tcase_add_test(c, is_replaced_beside_a_log_with_changes);
    tcase_add_test(c, is_cut_short);
    tcase_add_test(c, is_overwritten_page_by_page);
    tcase_add_test(c, is_overwritten_at_random);
    tcase_add_test(c, is_replaced_under_reading_threads);
    tcase_add_test(c, one_thread_notices_for_all);
    tcase_add_test(c, heals_beside_an_idle_thread);
    tcase_add_test(c, threads_come_and_go);
    tcase_add_test(c, stops_in_the_middle_of_a_statement);
    suite_add_tcase(s, c);
    return s;
}
