/* SPDX-License-Identifier: Apache-2.0 */
/* The one writer, and the one checkpointer, of a SQLite database. SQLite 3.7.0 to 3.51.2 can corrupt a
 * database when two connections write or checkpoint at the same instant, so both are done only by whoever
 * holds the lock file PATH.lock; readers are told never to checkpoint. Awkward: as long as readers are
 * connected, closing does not empty the -wal, so it is emptied here by hand: after a commit that made it
 * large, and at the end. A checkpoint that readers hold up is no failure: what was committed is safe in the
 * -wal. */
#include "store/writer.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/memory.h"
#include "store/sqlite.h"
#include "store/url.h"

#define FILE_MODE          0640
#define CHECKPOINT_PAGES   8192 /* 32 MiB of -wal */
#define CHECKPOINT_WAIT_MS 200  /* for readers of an older snapshot */

enum writer_statement {
    PUT_VALUE,
    PUT_METADATA,
    DROP_METADATA,
    PUT_PLAYER,
    GET_PROGRESS,
    PUT_PROGRESS,
    DROP_PROGRESS,
    WRITER_STATEMENTS
};

struct store_writer {
    sqlite3 *db;
    sqlite3_stmt *statements[WRITER_STATEMENTS];
    int lock_fd; /* -1: none */
    struct schema_status schema;
    int wal_pages;
    bool has_metadata; /* in this transaction: a value put without any may have some to lose */
};

/* ---- the lock file ---- */

static bool refuse_second_writer(int fd, const char *path, struct error *err)
{
    char text[32] = "";
    uint64_t holder;
    ssize_t size = pread(fd, text, sizeof text - 1, 0);
    if (size > 0 && text_to_u64(text_trimmed(text_slice(text, strcspn(text, "\n"))), &holder))
        return error_set(err, ERROR_STORE_LOCKED,
                         "%s: process %" PRIu64 " is writing to the database; wait for it to end", path,
                         holder);
    return error_set(err, ERROR_STORE_LOCKED,
                     "%s: another process is writing to the database; wait for it to end", path);
}

/* The lock is the flock, which ends with the process, not the file, which stays. The number in it is for
 * people. */
static bool take_lock(const char *path, int *out, struct error *err)
{
    char real[PATH_MAX], name[PATH_MAX + sizeof ".lock"], pid[32];
    bool exists = realpath(path, real) != NULL; /* one lock for all names of a file */
    if (snprintf(name, sizeof name, "%s.lock", exists ? real : path) >= (int)sizeof name)
        return error_set(err, ERROR_STORE_UNAVAILABLE, "the database's path is too long");
    int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, FILE_MODE);
    if (fd < 0)
        return error_set(err, ERROR_STORE_WRITE, "%s: %s", name, strerror(errno));
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        refuse_second_writer(fd, name, err);
        close(fd);
        return false;
    }
    int size = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
    if (ftruncate(fd, 0) != 0 || pwrite(fd, pid, (size_t)size, 0) != size) {
        error_set(err, ERROR_STORE_WRITE, "%s: %s", name, strerror(errno));
        close(fd);
        return false;
    }
    *out = fd;
    return true;
}

/* ---- opening ---- */

static bool make_file(const char *path, struct error *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
    if (fd >= 0)
        close(fd);
    else if (errno != EEXIST)
        return error_set(err, ERROR_STORE_WRITE, "%s: %s", path, strerror(errno));
    return true;
}

static int on_commit(void *context, sqlite3 *db, const char *name, int pages)
{
    (void)db;
    (void)name;
    ((struct store_writer *)context)->wal_pages = pages;
    return SQLITE_OK;
}

static bool use_wal(sqlite3 *db, struct error *err)
{
    sqlite3_stmt *statement;
    bool row;
    if (!sqlite_prepare(db, "PRAGMA journal_mode = WAL", &statement, err))
        return false;
    bool worked = sqlite_step(statement, &row, err);
    if (worked && (!row || !text_equals(sqlite_column(statement, 0), text_of("wal"))))
        worked = error_set(err, ERROR_STORE_WRITE, "%s: its file system cannot do write-ahead logging",
                           sqlite3_db_filename(db, "main"));
    sqlite3_finalize(statement);
    return worked;
}

/* A database that is not ours is not touched: what is set up before the look at it does not write. */
static bool open_database(struct store_writer *w, const char *path, struct error *err)
{
    if (!sqlite_open(path, SQLITE_MODE_WRITE, &w->db, err))
        return false;
    if (!sqlite_set_up(w->db, SQLITE_MODE_WRITE, err) || !sqlite_schema_status(w->db, &w->schema, err))
        return false;
    if (w->schema.current > w->schema.latest)
        return sqlite_schema_require(w->db, &w->schema, err);
    sqlite3_wal_hook(w->db, on_commit, w);
    return use_wal(w->db, err);
}

static bool open_path(struct store_writer *w, const char *path, bool create, struct error *err)
{
    if (!create && access(path, F_OK) != 0)
        return error_set(err, ERROR_STORE_UNAVAILABLE, "%s: %s; userstats schema migrate makes one", path,
                         strerror(errno));
    return take_lock(path, &w->lock_fd, err) && (!create || make_file(path, err)) &&
           open_database(w, path, err);
}

bool writer_open(const char *url, bool create, struct store_writer **out, struct error *err)
{
    char *path;
    if (!store_url_path(url, &path, err))
        return false;
    struct store_writer *w = memory_alloc(sizeof *w, err);
    if (w == NULL) {
        memory_free(path);
        return false;
    }
    w->lock_fd = -1;
    bool opened = open_path(w, path, create, err);
    memory_free(path);
    if (!opened) {
        writer_close(&w);
        return false;
    }
    *out = w;
    return true;
}

static void checkpoint(struct store_writer *w)
{
    sqlite3_busy_timeout(w->db, CHECKPOINT_WAIT_MS);
    if (sqlite3_wal_checkpoint_v2(w->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) == SQLITE_OK)
        w->wal_pages = 0;
    sqlite3_busy_timeout(w->db, SQLITE_WRITE_WAIT_MS);
}

void writer_close(struct store_writer **writer)
{
    struct store_writer *w = *writer;
    *writer = NULL;
    if (w == NULL)
        return;
    for (int i = 0; i < WRITER_STATEMENTS; i++)
        sqlite3_finalize(w->statements[i]);
    if (w->db != NULL) {
        writer_rollback(w);
        if (w->wal_pages > 0)
            checkpoint(w);
        sqlite3_close(w->db);
    }
    if (w->lock_fd >= 0)
        close(w->lock_fd);
    memory_free(w);
}

bool writer_migrate(struct store_writer *writer, struct schema_status *before, struct error *err)
{
    struct schema_status was = writer->schema;
    if (!sqlite_schema_migrate(writer->db, &was, err))
        return false;
    writer->schema.current = was.latest;
    *before = was;
    return true;
}

/* ---- transactions ---- */

static bool is_in_transaction(const struct store_writer *w)
{
    return !sqlite3_get_autocommit(w->db);
}

bool writer_begin(struct store_writer *writer, struct error *err)
{
    assert(!is_in_transaction(writer));
    int64_t exists;
    if (!sqlite_schema_require(writer->db, &writer->schema, err) ||
        !sqlite_run(writer->db, "BEGIN IMMEDIATE", err))
        return false;
    if (!sqlite_integer(writer->db, "SELECT EXISTS (SELECT 1 FROM value_metadata)", &exists, err)) {
        writer_rollback(writer);
        return false;
    }
    writer->has_metadata = exists != 0;
    return true;
}

bool writer_commit(struct store_writer *writer, struct error *err)
{
    assert(is_in_transaction(writer));
    if (!sqlite_run(writer->db, "COMMIT", err)) {
        writer_rollback(writer);
        return false;
    }
    if (writer->wal_pages >= CHECKPOINT_PAGES)
        checkpoint(writer);
    return true;
}

void writer_rollback(struct store_writer *writer)
{
    if (is_in_transaction(writer))
        sqlite3_exec(writer->db, "ROLLBACK", NULL, NULL, NULL);
}

/* ---- rows ---- */

static bool statement_of(struct store_writer *w, enum writer_statement which, sqlite3_stmt **out,
                         struct error *err)
{
    static const char *const sql[WRITER_STATEMENTS] = {
        [PUT_VALUE] = "REPLACE INTO value (xuid, statistic_id, value) VALUES (?1, ?2, ?3)",
        [PUT_METADATA] = "REPLACE INTO value_metadata (xuid, statistic_id, metadata) VALUES (?1, ?2, ?3)",
        [DROP_METADATA] = "DELETE FROM value_metadata WHERE xuid = ?1 AND statistic_id = ?2",
        [PUT_PLAYER] = "REPLACE INTO player (xuid, gamertag) VALUES (?1, ?2)",
        [GET_PROGRESS] =
            "SELECT byte_offset, line, row_count, rejected FROM import_progress WHERE source = ?1",
        [PUT_PROGRESS] = ("REPLACE INTO import_progress (source, byte_offset, line, row_count, rejected)"
                          " VALUES (?1, ?2, ?3, ?4, ?5)"),
        [DROP_PROGRESS] = "DELETE FROM import_progress WHERE source = ?1",
    };
    assert(is_in_transaction(w) || which == GET_PROGRESS);
    if (w->statements[which] == NULL && !sqlite_prepare(w->db, sql[which], &w->statements[which], err))
        return false;
    *out = w->statements[which];
    return true;
}

static bool bind_value(sqlite3_stmt *statement, int parameter, const struct value *v, struct error *err)
{
    switch (v->type) {
    case STATISTIC_INTEGER:
        return sqlite_bind_integer(statement, parameter, v->integer, err);
    case STATISTIC_DOUBLE:
        if (!isfinite(v->real))
            return error_refuse(err, ERROR_ROW, "a Double must be finite");
        return sqlite3_bind_double(statement, parameter, v->real) == SQLITE_OK ||
               sqlite_fail(sqlite3_db_handle(statement), "binding a number", err);
    case STATISTIC_STRING:
    case STATISTIC_DATETIME:
        return sqlite_bind_text(statement, parameter, v->text.data == NULL ? text_of("") : v->text, err);
    case STATISTIC_TYPE_NONE:
    default:
        return error_refuse(err, ERROR_ROW, "a row without a value cannot be kept");
    }
}

/* WHICH, its first two parameters bound to what names the value of ROW. */
static bool statement_on(struct store_writer *w, enum writer_statement which, const struct value_row *row,
                         sqlite3_stmt **out, struct error *err)
{
    return statement_of(w, which, out, err) && sqlite_bind_integer(*out, 1, (int64_t)row->xuid, err) &&
           sqlite_bind_integer(*out, 2, row->statistic_id, err);
}

/* Where nothing has metadata, nothing is looked for: it would be a quarter of an import's time. */
static bool put_metadata(struct store_writer *w, const struct value_row *row, struct error *err)
{
    sqlite3_stmt *statement;
    if (row->value.metadata.data == NULL)
        return !w->has_metadata ||
               (statement_on(w, DROP_METADATA, row, &statement, err) && sqlite_finish(statement, err));
    w->has_metadata = true;
    return statement_on(w, PUT_METADATA, row, &statement, err) &&
           sqlite_bind_text(statement, 3, row->value.metadata, err) && sqlite_finish(statement, err);
}

bool writer_put_value(struct store_writer *writer, const struct value_row *row, struct error *err)
{
    sqlite3_stmt *statement;
    return statement_on(writer, PUT_VALUE, row, &statement, err) &&
           bind_value(statement, 3, &row->value, err) && sqlite_finish(statement, err) &&
           put_metadata(writer, row, err);
}

bool writer_put_player(struct store_writer *writer, uint64_t xuid, struct text gamertag, struct error *err)
{
    sqlite3_stmt *statement;
    return statement_of(writer, PUT_PLAYER, &statement, err) &&
           sqlite_bind_integer(statement, 1, (int64_t)xuid, err) &&
           sqlite_bind_text(statement, 2, gamertag, err) && sqlite_finish(statement, err);
}

/* ---- the catalog ---- */

bool writer_put_catalog(struct store_writer *writer, const struct catalog_definition *d, bool *changed,
                        struct error *err)
{
    assert(is_in_transaction(writer));
    return sqlite_put_catalog(writer->db, d, changed, err);
}

bool writer_read_catalog(struct store_writer *writer, struct arena *arena, struct catalog_definition *out,
                         struct error *err)
{
    bool own = !is_in_transaction(writer);
    if (own && !writer_begin(writer, err))
        return false;
    bool worked = sqlite_read_catalog(writer->db, arena, out, err);
    if (own)
        writer_rollback(writer); /* nothing was written */
    return worked;
}

/* ---- progress ---- */

bool writer_get_progress(struct store_writer *writer, struct text source, struct import_progress *out,
                         bool *found, struct error *err)
{
    sqlite3_stmt *statement;
    bool row;
    if (!statement_of(writer, GET_PROGRESS, &statement, err) || !sqlite_bind_text(statement, 1, source, err))
        return false;
    bool worked = sqlite_step(statement, &row, err);
    if (worked && row)
        *out = (struct import_progress){.offset = (uint64_t)sqlite3_column_int64(statement, 0),
                                        .line = (uint64_t)sqlite3_column_int64(statement, 1),
                                        .rows = (uint64_t)sqlite3_column_int64(statement, 2),
                                        .rejected = (uint64_t)sqlite3_column_int64(statement, 3)};
    if (worked)
        *found = row;
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return worked;
}

bool writer_put_progress(struct store_writer *writer, struct text source,
                         const struct import_progress *progress, struct error *err)
{
    sqlite3_stmt *statement;
    bool forget = progress == NULL;
    if (!statement_of(writer, forget ? DROP_PROGRESS : PUT_PROGRESS, &statement, err) ||
        !sqlite_bind_text(statement, 1, source, err))
        return false;
    if (!forget && (!sqlite_bind_integer(statement, 2, (int64_t)progress->offset, err) ||
                    !sqlite_bind_integer(statement, 3, (int64_t)progress->line, err) ||
                    !sqlite_bind_integer(statement, 4, (int64_t)progress->rows, err) ||
                    !sqlite_bind_integer(statement, 5, (int64_t)progress->rejected, err)))
        return false;
    return sqlite_finish(statement, err);
}
