/* SPDX-License-Identifier: Apache-2.0 */
/* How a connection is set up and how SQLite's failures become ours. Awkward: an error's code and text belong
 * to the connection and are overwritten by its next call, so whoever sees a failure calls sqlite_fail before
 * anything else. */
#include "store/sqlite.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#define BUSY_READ_MS                                                                                         \
    20 /* readers meet a lock only for the instant in which a crashed writer's log is recovered */

static bool reads_only(sqlite3 *db)
{
    return sqlite3_db_readonly(db, "main") == 1;
}

static enum error_code code_of(int primary, bool reading)
{
    switch (primary) {
    case SQLITE_NOMEM:
        return ERROR_NO_MEMORY;
    case SQLITE_INTERRUPT:
        return ERROR_DEADLINE;
    case SQLITE_NOTADB:
        return ERROR_SCHEMA;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return reading ? ERROR_STORE_UNAVAILABLE : ERROR_STORE_LOCKED;
    case SQLITE_CANTOPEN:
        return ERROR_STORE_UNAVAILABLE;
    default:
        return reading ? ERROR_STORE_UNAVAILABLE : ERROR_STORE_WRITE;
    }
}

bool sqlite_fail(sqlite3 *db, const char *what, struct error *err)
{
    int extended = sqlite3_extended_errcode(db);
    enum error_code code = code_of(extended & 0xff, reads_only(db));
    const char *path = sqlite3_db_filename(db, "main");
    return error_set(err, code, "%s: %s: %s (SQLite %d)", path == NULL ? "the database" : path, what,
                     sqlite3_errmsg(db), extended);
}

/* SQLite counts all of its memory under one lock, which threads would meet at; nobody reads the count. */
static void configure_library(void)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static bool switch_on(sqlite3 *db, int option, int value, struct error *err)
{
    return sqlite3_db_config(db, option, value, NULL) == SQLITE_OK || sqlite_fail(db, "setting up", err);
}

static const char read_settings[] = "PRAGMA query_only = ON;"
                                    "PRAGMA mmap_size = 0;" /* a truncated file would be SIGBUS */
                                    "PRAGMA cell_size_check = ON;"
                                    "PRAGMA cache_size = -8192;"; /* KiB, a thread */
static const char write_settings[] = "PRAGMA mmap_size = 0;"
                                     "PRAGMA cell_size_check = ON;"
                                     "PRAGMA cache_size = -65536;"
                                     "PRAGMA temp_store = MEMORY;"
                                     "PRAGMA foreign_keys = ON;"
                                     "PRAGMA synchronous = FULL;"
                                     "PRAGMA wal_autocheckpoint = 0;";

bool sqlite_set_up(sqlite3 *db, enum sqlite_mode mode, struct error *err)
{
    bool reading = mode == SQLITE_MODE_READ;
    sqlite3_extended_result_codes(db, 1);
    sqlite3_busy_timeout(db, reading ? BUSY_READ_MS : SQLITE_WRITE_WAIT_MS);
    return switch_on(db, SQLITE_DBCONFIG_DEFENSIVE, 1, err) &&
           switch_on(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, err) &&
           switch_on(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, reading, err) &&
           sqlite_run(db, reading ? read_settings : write_settings, err);
}

/* Why the file cannot be opened, in words that SQLite does not have. */
static bool fail_to_open(const char *path, struct error *err)
{
    int reason = access(path, F_OK) == 0 ? 0 : errno;
    if (reason == ENOENT)
        return error_set(err, ERROR_STORE_UNAVAILABLE,
                         "%s: there is no such file; userstats schema migrate makes one", path);
    return error_set(
        err, ERROR_STORE_UNAVAILABLE,
        "%s: cannot be opened%s%s; the file and the directory it is in (for %s-wal and -shm) must be "
        "open to this user",
        path, reason == 0 ? "" : ": ", reason == 0 ? "" : strerror(reason), path);
}

bool sqlite_open(const char *path, enum sqlite_mode mode, sqlite3 **out, struct error *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, configure_library);
    sqlite3 *db = NULL;
    int flags = mode == SQLITE_MODE_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    int result = sqlite3_open_v2(path, &db, flags | SQLITE_OPEN_NOMUTEX, NULL);
    bool opened = result == SQLITE_OK;
    if (db == NULL)
        error_set(err, ERROR_NO_MEMORY, "no memory for a database connection");
    else if (!opened && (result & 0xff) != SQLITE_NOMEM)
        fail_to_open(path, err);
    else if (!opened)
        sqlite_fail(db, "opening", err);
    else if (mode == SQLITE_MODE_WRITE &&
             reads_only(db)) /* what SQLite makes of a file without write permission */
        opened = error_set(err, ERROR_STORE_WRITE, "%s: this user may not write the file", path);
    if (!opened) {
        sqlite3_close(db);
        return false;
    }
    *out = db;
    return true;
}

bool sqlite_run(sqlite3 *db, const char *sql, struct error *err)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ||
           sqlite_fail(db, "running a statement", err);
}

bool sqlite_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out, struct error *err)
{
    return sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL) == SQLITE_OK ||
           sqlite_fail(db, "preparing a statement", err);
}

bool sqlite_step(sqlite3_stmt *statement, bool *row, struct error *err)
{
    int result = sqlite3_step(statement);
    if (result != SQLITE_ROW && result != SQLITE_DONE)
        return sqlite_fail(sqlite3_db_handle(statement), "running a statement", err);
    *row = result == SQLITE_ROW;
    return true;
}

bool sqlite_finish(sqlite3_stmt *statement, struct error *err)
{
    bool row;
    bool worked = sqlite_step(statement, &row, err);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return worked;
}

bool sqlite_integer(sqlite3 *db, const char *sql, int64_t *out, struct error *err)
{
    sqlite3_stmt *statement;
    bool row = false;
    if (!sqlite_prepare(db, sql, &statement, err))
        return false;
    bool worked = sqlite_step(statement, &row, err);
    if (worked && !row)
        worked = error_set(err, ERROR_SCHEMA, "%s: a row that every database of ours has is missing",
                           sqlite3_db_filename(db, "main"));
    if (worked)
        *out = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return worked;
}

bool sqlite_bind_text(sqlite3_stmt *statement, int parameter, struct text t, struct error *err)
{
    int result = t.data == NULL
                     ? sqlite3_bind_null(statement, parameter)
                     : sqlite3_bind_text64(statement, parameter, t.data, t.size, SQLITE_STATIC, SQLITE_UTF8);
    return result == SQLITE_OK || sqlite_fail(sqlite3_db_handle(statement), "binding a text", err);
}

bool sqlite_bind_integer(sqlite3_stmt *statement, int parameter, int64_t n, struct error *err)
{
    return sqlite3_bind_int64(statement, parameter, n) == SQLITE_OK ||
           sqlite_fail(sqlite3_db_handle(statement), "binding a number", err);
}

struct text sqlite_column(sqlite3_stmt *statement, int column)
{
    const char *data = (const char *)sqlite3_column_text(statement, column);
    return data == NULL ? text_of(NULL) : text_slice(data, (size_t)sqlite3_column_bytes(statement, column));
}
