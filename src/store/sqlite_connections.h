/* SPDX-License-Identifier: Apache-2.0 */
/* A reading connection for each thread, over a file that may vanish or be replaced. */
#ifndef USERSTATS_SRC_STORE_SQLITE_CONNECTIONS_H
#define USERSTATS_SRC_STORE_SQLITE_CONNECTIONS_H

#include <stdint.h>
#include <time.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "base/error.h"
#include "store/sqlite.h"

enum reader_statement {
    READER_BEGIN,
    READER_COMMIT,
    READER_VALUES,   /* ?1 xuid, ?2 … ?3 statistic ids */
    READER_METADATA, /* the same */
    READER_GAMERTAG, /* ?1 xuid */
    READER_TYPE,     /* ?1 statistic id */
    READER_STATEMENTS
};

/* What stat(2) says of a file; differs when another file came or this one was written. */
struct file_state {
    uint64_t device, inode;
    int64_t size;
    struct timespec modified;
};

struct connections;

/* One thread's. */
struct connection {
    sqlite3 *db; /* NULL: to be opened by the next use */
    sqlite3_stmt *statements[READER_STATEMENTS];
    int64_t deadline_ns; /* of the query under way */
    /* the rest is for sqlite_connections.c */
    struct connections *owner;
    struct connection *next, *previous;
    struct file_state file; /* when it was opened */
    int64_t looked_ns;      /* when the file was last looked at */
};

/* Fails as store_open does. The caller owns *out. */
bool connections_open(const char *path, const struct clock *clock, struct connections **out,
                      struct error *err) MUST_USE;
/* No thread may be between connections_take and connections_give, nor be ending. */
void connections_close(struct connections **connections);

/* The calling thread's connection, open on the file that is now at the path. LOOK: looks at the file even if
 * it was looked at a moment ago. Whoever got true calls connections_give. Fails with STORE_UNAVAILABLE,
 * SCHEMA, DEADLINE or NO_MEMORY. */
bool connections_take(struct connections *connections, bool look, int64_t deadline_ns,
                      struct connection **out, struct error *err) MUST_USE;
/* Ends the use: whatever transaction is left is rolled back. BROKEN: SQLite failed in a way that another try
 * on the same connection would not mend; it is closed, and if need be those of all threads. */
void connections_give(struct connections *connections, struct connection *c, bool broken);

/* A number that changes when another database comes to stand at the path. Between connections_take and
 * connections_give: the number of the database that the connection reads. */
uint64_t connections_database(const struct connections *connections);

/* The statement WHICH of C, prepared at its first use. */
bool connection_statement(struct connection *c, enum reader_statement which, sqlite3_stmt **out,
                          struct error *err) MUST_USE;
/* Whether C's deadline has passed. */
bool connection_is_late(const struct connection *c);

#endif
