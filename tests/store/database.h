/* SPDX-License-Identifier: Apache-2.0 */
/* A SQLite database of a test's own: a fresh directory with a migrated file in it. Each function ends the
 * test where it fails. */
#ifndef USERSTATS_TESTS_STORE_DATABASE_H
#define USERSTATS_TESTS_STORE_DATABASE_H

#include "base/error.h"
#include "model/value.h"
#include "store/store.h"
#include "store/writer.h"

struct database {
    char directory[64];
    char path[96], url[112];
};

/* A new directory and the paths of a database in it, which is not made. */
void database_name(struct database *d);
/* The same, and a migrated, empty database. */
void database_make(struct database *d);
/* The same, but with the first schema alone, as a build of that time made it, and with what SQL puts in. */
void database_make_first(struct database *d, const char *sql);
/* Deletes the directory with all that is in it. */
void database_remove(struct database *d);

/* An open writer with a transaction begun, and its end. */
struct store_writer *database_begin(const struct database *d);
void database_commit(struct store_writer *w);

/* The path of the database with SUFFIX ("-wal", ".lock"); valid until the next call. */
const char *database_file(const struct database *d, const char *suffix);

/* One scid "scid" with `number` (Integer, its id is 1) and `text` (String, 2). */
extern const struct catalog_definition database_catalog;
/* Puts database_catalog and, for xuid 1, NUMBER. */
void database_fill(const struct database *d, int64_t number);
/* The number of xuid 1, or -1 when the store fails, with *err filled. */
int64_t database_read(struct store *store, struct error *err);

#endif
