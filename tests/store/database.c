/* SPDX-License-Identifier: Apache-2.0 */
/* Everything goes through the public writer, as a command would. */
#include "store/database.h"

#include <check.h>
#include <dirent.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct statistic statistics[] = {
    {.name = {"number", 6}, .type = STATISTIC_INTEGER, .access = STATISTIC_OPEN},
    {.name = {"text", 4}, .type = STATISTIC_STRING, .access = STATISTIC_OPEN}};
static const struct service_config configs[] = {
    {.scid = {"scid", 4}, .sandbox = {"RETAIL", 6}, .statistics = statistics, .statistic_count = 2}};
const struct catalog_definition database_catalog = {.configs = configs, .config_count = 1};

void database_name(struct database *d)
{
    snprintf(d->directory, sizeof d->directory, "/tmp/userstats-store-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(d->directory));
    snprintf(d->path, sizeof d->path, "%s/stats.db", d->directory);
    snprintf(d->url, sizeof d->url, "sqlite:%s", d->path);
}

void database_make(struct database *d)
{
    struct store_writer *w;
    struct schema_status before;
    struct error err;
    if (d->directory[0] == '\0')
        database_name(d);
    ck_assert_msg(writer_open(d->url, true, &w, &err), "%s", error_operator_text(&err));
    ck_assert_msg(writer_migrate(w, &before, &err), "%s", error_operator_text(&err));
    writer_close(&w);
}

static void run_sql(sqlite3 *db, const char *sql)
{
    ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, "%s", sqlite3_errmsg(db));
}

void database_make_first(struct database *d, const char *sql)
{
    static char schema[65536];
    sqlite3 *db;
    if (d->directory[0] == '\0')
        database_name(d);
    FILE *f = fopen(SOURCE_DIR "/schema/sqlite/0001_initial.sql", "r");
    ck_assert_ptr_nonnull(f);
    size_t size = fread(schema, 1, sizeof schema - 1, f);
    ck_assert_uint_lt(size, sizeof schema - 1);
    ck_assert_int_eq(fclose(f), 0);
    schema[size] = '\0';
    ck_assert_int_eq(sqlite3_open(d->path, &db), SQLITE_OK);
    run_sql(db, "PRAGMA journal_mode = WAL;");
    run_sql(db, schema);
    run_sql(db, "PRAGMA application_id = 0x55535431; PRAGMA user_version = 1;");
    run_sql(db, sql);
    ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
}

void database_remove(struct database *d)
{
    DIR *directory = opendir(d->directory);
    ck_assert_ptr_nonnull(directory);
    for (const struct dirent *e; (e = readdir(directory)) != NULL;) {
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            ck_assert_int_eq(unlinkat(dirfd(directory), e->d_name, 0), 0);
    }
    closedir(directory);
    ck_assert_int_eq(rmdir(d->directory), 0);
    d->directory[0] = '\0';
}

struct store_writer *database_begin(const struct database *d)
{
    struct store_writer *w;
    struct error err;
    ck_assert_msg(writer_open(d->url, false, &w, &err), "%s", error_operator_text(&err));
    ck_assert_msg(writer_begin(w, &err), "%s", error_operator_text(&err));
    return w;
}

void database_commit(struct store_writer *w)
{
    struct error err;
    ck_assert_msg(writer_commit(w, &err), "%s", error_operator_text(&err));
    writer_close(&w);
}

const char *database_file(const struct database *d, const char *suffix)
{
    static char path[128];
    snprintf(path, sizeof path, "%s%s", d->path, suffix);
    return path;
}

void database_fill(const struct database *d, int64_t number)
{
    struct error err;
    bool changed;
    struct value_row row = {
        .xuid = 1, .statistic_id = 1, .value = {.type = STATISTIC_INTEGER, .integer = number}};
    struct store_writer *w = database_begin(d);
    ck_assert_msg(writer_put_catalog(w, &database_catalog, &changed, &err), "%s", error_operator_text(&err));
    ck_assert_msg(writer_put_value(w, &row, &err), "%s", error_operator_text(&err));
    database_commit(w);
}

/* As a service's watcher does: another database's catalog is read before its values. */
static bool catch_up(struct store *store, struct arena *arena, struct error *err)
{
    struct catalog_definition d;
    int64_t version;
    return store_catalog_version(store, &version, err) &&
           (version >= 0 || store_read_catalog(store, arena, &d, err));
}

int64_t database_read(struct store *store, struct error *err)
{
    struct arena arena;
    uint64_t xuid = 1;
    uint32_t id = 1;
    struct store_query q = {&xuid, 1, &id, 1, INT64_MAX, false};
    struct store_answer answer;
    arena_init(&arena, 65536);
    int64_t number = -1;
    if (catch_up(store, &arena, err) && store_read_values(store, &q, &arena, &answer, err)) {
        ck_assert_int_eq(answer.values[0].type, STATISTIC_INTEGER);
        number = answer.values[0].integer;
    }
    arena_reset(&arena);
    return number;
}
