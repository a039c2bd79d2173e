/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a database is ours, and the migrations that bring it up to date. Awkward: an empty file is a
 * database of nobody yet, which is why "not ours" needs a look at its tables. */
#include "store/sqlite.h"

#include <assert.h>
#include <stdio.h>

#include "base/memory.h"
#include "store/url.h"

#define APPLICATION_ID 0x55535431 /* "UST1" */

extern const char sqlite_migration_0001[], sqlite_migration_0002[];

/* Migration i + 1 of schema/sqlite. */
static const char *const migrations[SQLITE_SCHEMA_LATEST] = {sqlite_migration_0001, sqlite_migration_0002};

static const char *name_of(sqlite3 *db)
{
    return sqlite3_db_filename(db, "main");
}

bool sqlite_schema_status(sqlite3 *db, struct schema_status *out, struct error *err)
{
    int64_t application, version, tables;
    if (!sqlite_integer(db, "PRAGMA application_id", &application, err) ||
        !sqlite_integer(db, "PRAGMA user_version", &version, err) ||
        !sqlite_integer(db, "SELECT count(*) FROM sqlite_schema", &tables, err))
        return false;
    bool empty = application == 0 && version == 0 && tables == 0;
    if (!empty && (application != APPLICATION_ID || version < 1))
        return error_set(err, ERROR_SCHEMA, "%s: a database, but not one of userstats", name_of(db));
    *out = (struct schema_status){.current = (int)version, .latest = SQLITE_SCHEMA_LATEST};
    return true;
}

bool sqlite_schema_require(sqlite3 *db, const struct schema_status *status, struct error *err)
{
    if (status->current < status->latest)
        return error_set(err, ERROR_SCHEMA,
                         "%s: has schema %d, this build needs %d; run userstats schema migrate", name_of(db),
                         status->current, status->latest);
    if (status->current > status->latest)
        return error_set(err, ERROR_SCHEMA, "%s: has schema %d, this build knows %d; use a newer userstats",
                         name_of(db), status->current, status->latest);
    return true;
}

static bool apply(sqlite3 *db, int number, struct error *err)
{
    char mark[96];
    snprintf(mark, sizeof mark, "PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT",
             APPLICATION_ID, number);
    if (sqlite_run(db, "BEGIN IMMEDIATE", err) && sqlite_run(db, migrations[number - 1], err) &&
        sqlite_run(db, mark, err))
        return true;
    sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return false;
}

bool sqlite_schema_migrate(sqlite3 *db, const struct schema_status *status, struct error *err)
{
    assert(status->latest == SQLITE_SCHEMA_LATEST);
    for (int number = status->current + 1; number <= status->latest; number++) {
        if (!apply(db, number, err))
            return false;
    }
    return true;
}

bool schema_status_read(const char *url, struct schema_status *out, struct error *err)
{
    char *path;
    sqlite3 *db;
    if (!store_url_path(url, &path, err))
        return false;
    bool worked = sqlite_open(path, SQLITE_MODE_READ, &db, err);
    memory_free(path);
    if (!worked)
        return false;
    worked = sqlite_set_up(db, SQLITE_MODE_READ, err) && sqlite_schema_status(db, out, err);
    sqlite3_close(db);
    return worked;
}
