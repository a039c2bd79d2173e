/* SPDX-License-Identifier: Apache-2.0 */
/* Keep values: the writing side, for the commands that change a database. One writer at a time over all processes, held by a lock
 * file; the server never opens one. Belongs to the thread that opened it. */
#ifndef USERSTATS_STORE_WRITER_H
#define USERSTATS_STORE_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"
#include "model/statistic.h"
#include "model/value.h"

struct store_writer;

/* Opens the database of URL for writing. CREATE makes a new file where there is none. Fails with STORE_LOCKED (another writer),
 * STORE_UNAVAILABLE (absent), SCHEMA (not ours; an older schema is fine: writer_migrate) or SETTING. */
bool writer_open(const char *url, bool create, struct store_writer **out, struct error *err) MUST_USE;
void writer_close(struct store_writer **writer); /* rolls back what was not committed */

struct schema_status {
    int current; /* the database's; 0: empty */
    int latest;  /* this build's */
};
/* Reads without a writer's lock. */
bool schema_status_read(const char *url, struct schema_status *out, struct error *err) MUST_USE;
/* Applies the migrations that are missing, each in a transaction of its own. */
bool writer_migrate(struct store_writer *writer, struct schema_status *before, struct error *err) MUST_USE;

/* BEGIN IMMEDIATE … COMMIT; once writer_commit returned true the rows survive kill -9 and power loss. */
bool writer_begin(struct store_writer *writer, struct error *err) MUST_USE;
bool writer_commit(struct store_writer *writer, struct error *err) MUST_USE;
void writer_rollback(struct store_writer *writer);

/* Inside a transaction: insert or replace, a value together with its metadata: a row without metadata takes
 * away what there was. */
bool writer_put_value(struct store_writer *writer, const struct value_row *row, struct error *err) MUST_USE;
bool writer_put_player(struct store_writer *writer, uint64_t xuid, struct text gamertag, struct error *err) MUST_USE;

/* Inside a transaction: makes the catalog equal to D. Statistics that stay keep their id; values of a statistic that goes are deleted, as
 * are those of one whose type changes (its id changes too). Raises the version only when something changed; *changed says so. */
bool writer_put_catalog(struct store_writer *writer, const struct catalog_definition *d, bool *changed,
                        struct error *err) MUST_USE;
/* As store_read_catalog, on the writer's connection. */
bool writer_read_catalog(struct store_writer *writer, struct arena *arena, struct catalog_definition *out,
                         struct error *err) MUST_USE;

/* How far an import came, kept in the same transaction as its rows, so that a killed one goes on where it stopped. */
struct import_progress {
    uint64_t offset; /* bytes of the source that are done */
    uint64_t line;   /* lines of the source that are done */
    uint64_t rows, rejected;
};
/* SOURCE identifies the source (a hash of what names it). Absent: *found is false. */
bool writer_get_progress(struct store_writer *writer, struct text source, struct import_progress *out, bool *found,
                         struct error *err) MUST_USE;
/* NULL forgets it. */
bool writer_put_progress(struct store_writer *writer, struct text source, const struct import_progress *progress,
                         struct error *err) MUST_USE;

#endif
