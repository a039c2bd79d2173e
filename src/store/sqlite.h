/* SPDX-License-Identifier: Apache-2.0 */
/* SQLite as the rest of the driver speaks it: connections set up one way, failures in our codes.
 *
 * A connection belongs to the thread that uses it at the moment; SQLite is told to take no lock of its own.
 */
#ifndef USERSTATS_SRC_STORE_SQLITE_H
#define USERSTATS_SRC_STORE_SQLITE_H

#include <sqlite3.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attributes.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "model/statistic.h"
#include "store/store.h"
#include "store/writer.h"

#define SQLITE_SCHEMA_LATEST 2    /* the number of the last migration */
#define SQLITE_WRITE_WAIT_MS 2000 /* for a lock of a program that is not ours */

/* ---- sqlite.c ---- */

/* A connection to the file PATH, which must exist, is opened, but nothing is read yet. READ: never writes,
 * never checkpoints, waits 20 ms for a lock at most. WRITE: synchronous to the disk, checkpoints only when
 * told to. The caller closes it with sqlite3_close. Fails with STORE_UNAVAILABLE or STORE_WRITE (no
 * permission to write). */
enum sqlite_mode { SQLITE_MODE_READ, SQLITE_MODE_WRITE };
bool sqlite_open(const char *path, enum sqlite_mode mode, sqlite3 **out, struct error *err) MUST_USE;
/* Sets DB up for MODE, before any other use. Reads the file: SCHEMA when it is no SQLite file. */
bool sqlite_set_up(sqlite3 *db, enum sqlite_mode mode, struct error *err) MUST_USE;

/* Fills *err from the last failed call on DB while WHAT was done, at once, as the next call overwrites it.
 * Always returns false. On a connection that reads, what is neither NO_MEMORY, DEADLINE nor SCHEMA is
 * STORE_UNAVAILABLE; on one that writes, STORE_LOCKED or STORE_WRITE. */
bool sqlite_fail(sqlite3 *db, const char *what, struct error *err);

/* Runs all statements of SQL, which answer nothing. */
bool sqlite_run(sqlite3 *db, const char *sql, struct error *err) MUST_USE;
/* A statement that is kept and run many times. The caller ends it with sqlite3_finalize. */
bool sqlite_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out, struct error *err) MUST_USE;
/* Goes to the next row; *row is false when there is none. */
bool sqlite_step(sqlite3_stmt *statement, bool *row, struct error *err) MUST_USE;
/* Runs a bound statement that answers nothing, resets it and clears what was bound. */
bool sqlite_finish(sqlite3_stmt *statement, struct error *err) MUST_USE;
/* The one integer that SQL answers. */
bool sqlite_integer(sqlite3 *db, const char *sql, int64_t *out, struct error *err) MUST_USE;

/* Binds T as TEXT without a copy, or NULL where it is absent: T must live until the statement was run. */
bool sqlite_bind_text(sqlite3_stmt *statement, int parameter, struct text t, struct error *err) MUST_USE;
bool sqlite_bind_integer(sqlite3_stmt *statement, int parameter, int64_t n, struct error *err) MUST_USE;
/* The text of a column, valid until the next step; absent for NULL. */
struct text sqlite_column(sqlite3_stmt *statement, int column);

/* ---- sqlite_schema.c ---- */

/* Whether DB is ours, and how far its schema is. Fails with SCHEMA when it is not ours. */
bool sqlite_schema_status(sqlite3 *db, struct schema_status *out, struct error *err) MUST_USE;
/* Fails with SCHEMA, saying what to run, unless STATUS is this build's schema. */
bool sqlite_schema_require(sqlite3 *db, const struct schema_status *status, struct error *err) MUST_USE;
/* Applies what STATUS lacks, on a connection that writes. */
bool sqlite_schema_migrate(sqlite3 *db, const struct schema_status *status, struct error *err) MUST_USE;

/* ---- sqlite_catalog.c ---- */

bool sqlite_catalog_version(sqlite3 *db, int64_t *version, struct error *err) MUST_USE;
/* The caller holds a transaction. */
bool sqlite_read_catalog(sqlite3 *db, struct arena *arena, struct catalog_definition *out,
                         struct error *err) MUST_USE;

/* ---- sqlite_apply.c ---- */

/* The work of writer_put_catalog. The caller holds a transaction. */
bool sqlite_put_catalog(sqlite3 *db, const struct catalog_definition *d, bool *changed,
                        struct error *err) MUST_USE;

/* ---- sqlite_reader.c ---- */

/* The store over the file PATH; as store_open. */
bool sqlite_store_open(const char *path, const struct clock *clock, struct store **out,
                       struct error *err) MUST_USE;

#endif
