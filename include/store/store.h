/* SPDX-License-Identifier: Apache-2.0 */
/* Fetch values: what a service that only reads asks of a database, without naming which database it is.
 *
 * A store is shared by all threads; what must belong to one thread (connections, statements) it keeps per
 * thread inside. A read is one snapshot: all of it or an error. A store never blocks past a query's deadline.
 */
#ifndef USERSTATS_STORE_STORE_H
#define USERSTATS_STORE_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attributes.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "model/statistic.h"
#include "model/value.h"

struct store;

struct store_query {
    const uint64_t *xuids; /* different ones */
    size_t xuid_count;
    const uint32_t *statistic_ids; /* different ones */
    size_t statistic_count;
    int64_t deadline_ns; /* on the monotonic clock; INT64_MAX: none */
};

struct store_answer {
    /* both in the caller's arena */
    struct value *values;   /* [user * statistic_count + statistic]; type NONE: no value */
    struct text *gamertags; /* one a user; absent: not known */
};

/* Opens the store that URL names (`sqlite:PATH`) for reading. Fails with SETTING (a URL of another kind),
 * STORE_UNAVAILABLE (no such file) or SCHEMA (not ours, or another version: the message says which command to
 * run). The caller owns *out. */
bool store_open(const char *url, const struct clock *clock, struct store **out, struct error *err) MUST_USE;
/* No call may be under way on any thread, nor may a thread that made one be ending at this moment. */
void store_close(struct store **store);

/* Reads every (user, statistic) of QUERY in one snapshot. Fails with STORE_UNAVAILABLE, DEADLINE or
 * NO_MEMORY. Any thread. */
bool store_read_values(struct store *store, const struct store_query *query, struct arena *arena,
                       struct store_answer *out, struct error *err) MUST_USE;

/* The number that every change of the catalog raises; another, negative one while another database stands at
 * the place of the one whose catalog was last read. Cheap: for polling. */
bool store_catalog_version(struct store *store, int64_t *version, struct error *err) MUST_USE;
/* The whole catalog with its version, in one snapshot, into ARENA. Its statistic ids hold for this database:
 * should another come to its place, store_read_values fails with STORE_UNAVAILABLE until the catalog was read
 * anew. */
bool store_read_catalog(struct store *store, struct arena *arena, struct catalog_definition *out,
                        struct error *err) MUST_USE;

/* Whether the store can answer now: the file is there, is the one that was opened, has our schema. A store
 * whose file vanished or was replaced is opened anew by this call (and by the next read) once a good one is
 * back. */
bool store_check(struct store *store, struct error *err) MUST_USE;

/* What export walks. EACH returns false to stop (having filled *err). It may not call the store; its texts
 * live until it returns. */
struct store_visitor {
    bool (*each_value)(void *context, const struct value_row *row, struct error *err);
    bool (*each_player)(void *context, uint64_t xuid, struct text gamertag, struct error *err);
    void *context;
};
/* Every value in the order of (xuid, statistic id), or every player in the order of xuid, in one snapshot. A
 * NULL function is passed over. */
bool store_each(struct store *store, const struct store_visitor *visitor, struct error *err) MUST_USE;

#endif
