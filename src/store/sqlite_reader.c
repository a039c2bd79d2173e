/* SPDX-License-Identifier: Apache-2.0 */
/* The store over SQLite. Each call is one transaction on the calling thread's connection, and its answer is
 * given out only when the transaction has ended well: a damaged page may show up in the middle.
 *
 * A user's values lie side by side in the order of the statistics' ids, and ids are given out scid by scid.
 * So the ids of a query are sorted and cut into runs of near neighbours, and a run is one range scan a user
 * instead of a search from the root for each. Metadata lies in a table of its own in the same order; it is
 * one more range scan for those who ask for it, and nothing for the others. */
#include "store/sqlite.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "store/driver.h"
#include "store/sqlite_connections.h"

#define RUN_GAP 8 /* rows stepped over, at most, rather than searching anew: a search costs about as much */

struct sqlite_store {
    struct store base;
    struct connections *connections;
    _Atomic uint64_t
        catalog_database; /* the database (connections_database) that the catalog was last read from */
};

static struct connections *connections_of(struct store *store)
{
    return ((struct sqlite_store *)store)->connections;
}

/* Statistic ids belong to the database that the catalog was read from; in another they may mean anything. */
static bool catalog_is_current(struct store *store)
{
    return connections_database(connections_of(store)) == ((struct sqlite_store *)store)->catalog_database;
}

/* ---- transactions ---- */

/* What is wrong with a file while a service runs is "unavailable" to its callers, whatever it is called at
 * the start. */
static bool as_unavailable(struct error *err)
{
    if (err->code == ERROR_SCHEMA)
        err->code = ERROR_STORE_UNAVAILABLE;
    return false;
}

static bool run(struct connection *c, enum reader_statement which, struct error *err)
{
    sqlite3_stmt *statement;
    return connection_statement(c, which, &statement, err) && sqlite_finish(statement, err);
}

static bool begin(struct store *store, bool look, int64_t deadline_ns, struct connection **out,
                  struct error *err)
{
    struct connection *c;
    if (!connections_take(connections_of(store), look, deadline_ns, &c, err))
        return as_unavailable(err);
    if (!run(c, READER_BEGIN, err)) {
        connections_give(connections_of(store), c, err->code == ERROR_STORE_UNAVAILABLE);
        return as_unavailable(err);
    }
    *out = c;
    return true;
}

/* Ends the transaction; WORKED says whether what was done in it did. */
static bool end(struct store *store, struct connection *c, bool worked, struct error *err)
{
    worked = worked && run(c, READER_COMMIT, err);
    if (!worked)
        as_unavailable(err);
    connections_give(connections_of(store), c, !worked && err->code == ERROR_STORE_UNAVAILABLE);
    return worked;
}

/* ---- rows ---- */

/* A text as it was written: zeros are what SQLite makes of the pages of a file that was cut short. */
static bool read_text(sqlite3_stmt *row, int column, struct text *out, struct error *err)
{
    struct text t = sqlite_column(row, column);
    if (t.data == NULL && sqlite3_errcode(sqlite3_db_handle(row)) == SQLITE_NOMEM)
        return error_set(err, ERROR_NO_MEMORY, "no memory for a text of the database");
    if (t.data != NULL && memchr(t.data, '\0', t.size) != NULL)
        return error_set(err, ERROR_STORE_UNAVAILABLE, "the database is damaged: a text holds zeros");
    if (!text_is_utf8(t))
        return error_set(err, ERROR_STORE_UNAVAILABLE, "the database is damaged: a text is not UTF-8");
    *out = t;
    return true;
}

/* The value in COLUMN; TYPE is the declared one, needed for texts only. The text lives until the next step.
 */
static bool read_value(sqlite3_stmt *row, int column, enum statistic_type type, struct value *out,
                       struct error *err)
{
    struct value v = {.type = type};
    switch (sqlite3_column_type(row, column)) {
    case SQLITE_INTEGER:
        v.type = STATISTIC_INTEGER;
        v.integer = sqlite3_column_int64(row, column);
        break;
    case SQLITE_FLOAT:
        v.type = STATISTIC_DOUBLE;
        v.real = sqlite3_column_double(row, column);
        break;
    case SQLITE_TEXT:
        if (!read_text(row, column, &v.text, err))
            return false;
        if (type == STATISTIC_INTEGER ||
            type == STATISTIC_DOUBLE) /* somebody wrote past us: say what it is */
            v.type = STATISTIC_STRING;
        break;
    default:
        return error_set(err, ERROR_STORE_UNAVAILABLE,
                         "the database is damaged: a value is no number and no text");
    }
    *out = v;
    return true;
}

/* ---- a batch ---- */

struct asked {
    uint32_t id;
    enum statistic_type type; /* NONE: not looked up yet */
    size_t place;             /* in the query */
};

struct read {
    struct connection *connection;
    const struct store_query *query;
    struct asked *asked; /* in the order of ids */
    struct arena *arena;
    struct store_answer answer;
    struct error *err;
};

static int compare_asked(const void *a, const void *b)
{
    uint32_t x = ((const struct asked *)a)->id, y = ((const struct asked *)b)->id;
    return (x > y) - (x < y);
}

static bool plan(struct read *r)
{
    size_t count = r->query->statistic_count;
    r->asked = arena_alloc_array(r->arena, count, sizeof *r->asked, r->err);
    if (r->asked == NULL)
        return false;
    for (size_t i = 0; i < count; i++)
        r->asked[i] = (struct asked){.id = r->query->statistic_ids[i], .place = i};
    if (count > 1)
        qsort(r->asked, count, sizeof *r->asked, compare_asked);
    return true;
}

/* Where the run that begins at FIRST ends (the last one of it). */
static size_t end_of_run(const struct read *r, size_t first)
{
    size_t last = first;
    while (last + 1 < r->query->statistic_count && r->asked[last + 1].id - r->asked[last].id <= RUN_GAP)
        last++;
    return last;
}

/* Only the texts of String and DateTime look alike in the database, so only for them the declaration is
 * asked. A statistic is never given another type, so once a batch is enough. A value whose statistic is gone
 * is no value: the type stays NONE. */
static bool find_type(struct read *r, struct asked *asked)
{
    sqlite3_stmt *statement;
    bool row;
    if (asked->type != STATISTIC_TYPE_NONE)
        return true;
    if (!connection_statement(r->connection, READER_TYPE, &statement, r->err) ||
        !sqlite_bind_integer(statement, 1, asked->id, r->err) || !sqlite_step(statement, &row, r->err))
        return false;
    if (row)
        asked->type = statistic_type_parse(sqlite_column(statement, 0));
    sqlite3_reset(statement);
    return true;
}

static bool keep_value(struct read *r, size_t user, struct asked *asked, sqlite3_stmt *row)
{
    struct value v = {.type = STATISTIC_TYPE_NONE};
    if (sqlite3_column_type(row, 1) == SQLITE_TEXT && !find_type(r, asked))
        return false;
    if (!read_value(row, 1, asked->type, &v, r->err))
        return false;
    if (sqlite3_column_type(row, 1) == SQLITE_TEXT && !arena_copy_text(r->arena, v.text, &v.text, r->err))
        return false;
    r->answer.values[user * r->query->statistic_count + asked->place] = v;
    return true;
}

/* Metadata without a value is nothing: the type says so, and whoever answers does not look further. */
static bool keep_metadata(struct read *r, size_t user, struct asked *asked, sqlite3_stmt *row)
{
    struct value *v = &r->answer.values[user * r->query->statistic_count + asked->place];
    struct text metadata = {NULL, 0};
    return v->type == STATISTIC_TYPE_NONE || (read_text(row, 1, &metadata, r->err) &&
                                              arena_copy_text(r->arena, metadata, &v->metadata, r->err));
}

/* One run of the table that WHICH scans; KEEP takes each row that was asked for. */
struct scan {
    enum reader_statement which;
    bool (*keep)(struct read *r, size_t user, struct asked *asked, sqlite3_stmt *row);
};
static const struct scan value_scan = {READER_VALUES, keep_value};
static const struct scan metadata_scan = {READER_METADATA, keep_metadata};

/* A run, as places among the asked; LAST belongs to it. */
struct span {
    size_t first, last;
};

static bool scan_run(struct read *r, size_t user, struct span span, const struct scan *scan)
{
    sqlite3_stmt *statement;
    if (!connection_statement(r->connection, scan->which, &statement, r->err) ||
        !sqlite_bind_integer(statement, 1, (int64_t)r->query->xuids[user], r->err) ||
        !sqlite_bind_integer(statement, 2, r->asked[span.first].id, r->err) ||
        !sqlite_bind_integer(statement, 3, r->asked[span.last].id, r->err))
        return false;
    bool row, worked;
    for (size_t i = span.first; (worked = sqlite_step(statement, &row, r->err)) && row;) {
        int64_t id = sqlite3_column_int64(statement, 0);
        while (i < span.last && r->asked[i].id < id)
            i++;
        if (r->asked[i].id == id && !scan->keep(r, user, &r->asked[i], statement))
            return false;
    }
    sqlite3_reset(statement);
    return worked;
}

static bool read_gamertag(struct read *r, size_t user)
{
    sqlite3_stmt *statement;
    struct text gamertag = {NULL, 0};
    bool row;
    if (!connection_statement(r->connection, READER_GAMERTAG, &statement, r->err) ||
        !sqlite_bind_integer(statement, 1, (int64_t)r->query->xuids[user], r->err) ||
        !sqlite_step(statement, &row, r->err))
        return false;
    if (row && (!read_text(statement, 0, &gamertag, r->err) ||
                !arena_copy_text(r->arena, gamertag, &r->answer.gamertags[user], r->err)))
        return false;
    sqlite3_reset(statement);
    return true;
}

static bool read_user(struct read *r, size_t user)
{
    for (struct span span = {0, 0}; span.first < r->query->statistic_count; span.first = span.last + 1) {
        span.last = end_of_run(r, span.first);
        if (!scan_run(r, user, span, &value_scan) ||
            (r->query->with_metadata && !scan_run(r, user, span, &metadata_scan)))
            return false;
    }
    return read_gamertag(r, user);
}

static bool read_users(struct read *r)
{
    for (size_t user = 0; user < r->query->xuid_count; user++) {
        if (connection_is_late(r->connection))
            return error_set(r->err, ERROR_DEADLINE, "the deadline passed while the store was read");
        if (!read_user(r, user))
            return false;
    }
    return true;
}

static bool read_values(struct store *store, const struct store_query *query, struct arena *arena,
                        struct store_answer *out, struct error *err)
{
    struct read r = {.query = query, .arena = arena, .err = err};
    size_t count;
    if (__builtin_mul_overflow(query->xuid_count, query->statistic_count, &count))
        return error_set(err, ERROR_NO_MEMORY, "more values than memory can hold");
    r.answer.values = arena_alloc_array(arena, count, sizeof *r.answer.values, err);
    if (r.answer.values == NULL)
        return false;
    r.answer.gamertags = arena_alloc_array(arena, query->xuid_count, sizeof *r.answer.gamertags, err);
    if (r.answer.gamertags == NULL || !plan(&r) ||
        !begin(store, false, query->deadline_ns, &r.connection, err))
        return false;
    if (!catalog_is_current(store)) {
        connections_give(connections_of(store), r.connection, false);
        return error_set(err, ERROR_STORE_UNAVAILABLE,
                         "another database stands at the path; its catalog was not read yet");
    }
    if (!end(store, r.connection, read_users(&r), err))
        return false;
    *out = r.answer;
    return true;
}

/* ---- the rest ---- */

static bool catalog_version(struct store *store, int64_t *version, struct error *err)
{
    struct connection *c;
    int64_t found;
    if (!begin(store, false, INT64_MAX, &c, err))
        return false;
    bool worked = sqlite_catalog_version(c->db, &found, err);
    if (worked &&
        !catalog_is_current(store)) /* whatever it is, it must not equal the version of another database */
        found = -(int64_t)connections_database(connections_of(store));
    if (!end(store, c, worked, err))
        return false;
    *version = found;
    return true;
}

static bool read_catalog(struct store *store, struct arena *arena, struct catalog_definition *out,
                         struct error *err)
{
    struct connection *c;
    struct catalog_definition found;
    if (!begin(store, false, INT64_MAX, &c, err))
        return false;
    bool worked = sqlite_read_catalog(c->db, arena, &found, err);
    uint64_t database = connections_database(connections_of(store));
    if (!end(store, c, worked, err))
        return false;
    ((struct sqlite_store *)store)->catalog_database = database;
    *out = found;
    return true;
}

static bool check(struct store *store, struct error *err)
{
    struct connection *c;
    int64_t version;
    return begin(store, true, INT64_MAX, &c, err) &&
           end(store, c, sqlite_catalog_version(c->db, &version, err), err);
}

/* Walks over the rows of a statement; the visitor's own failure is no failure of the store. */
struct walk {
    const struct store_visitor *visitor;
    struct error *err;
    bool stopped; /* by the visitor */
};

static bool visit_value(struct walk *w, sqlite3_stmt *row)
{
    struct value_row v = {.xuid = (uint64_t)sqlite3_column_int64(row, 0),
                          .statistic_id = (uint32_t)sqlite3_column_int64(row, 1)};
    if (!read_value(row, 2, statistic_type_parse(sqlite_column(row, 4)), &v.value, w->err) ||
        !read_text(row, 3, &v.value.metadata, w->err))
        return false;
    w->stopped = !w->visitor->each_value(w->visitor->context, &v, w->err);
    return !w->stopped;
}

static bool visit_player(struct walk *w, sqlite3_stmt *row)
{
    struct text gamertag = {NULL, 0};
    if (!read_text(row, 1, &gamertag, w->err))
        return false;
    uint64_t xuid = (uint64_t)sqlite3_column_int64(row, 0);
    w->stopped = !w->visitor->each_player(w->visitor->context, xuid, gamertag, w->err);
    return !w->stopped;
}

/* Calls VISIT for each row that SQL answers between two xuids, first the lower half of the unsigned numbers,
 * then the upper one, which SQLite has as negative. */
static bool walk(struct walk *w, sqlite3 *db, const char *sql,
                 bool (*visit)(struct walk *w, sqlite3_stmt *row))
{
    static const int64_t halves[2][2] = {{0, INT64_MAX}, {INT64_MIN, -1}};
    sqlite3_stmt *statement;
    if (!sqlite_prepare(db, sql, &statement, w->err))
        return false;
    bool worked = true;
    for (int half = 0; worked && half < 2; half++) {
        bool row = true;
        worked = sqlite_bind_integer(statement, 1, halves[half][0], w->err) &&
                 sqlite_bind_integer(statement, 2, halves[half][1], w->err);
        while (worked && row)
            worked = sqlite_step(statement, &row, w->err) && (!row || visit(w, statement));
        sqlite3_reset(statement);
    }
    sqlite3_finalize(statement);
    return worked;
}

static bool each(struct store *store, const struct store_visitor *visitor, struct error *err)
{
    static const char values[] = "SELECT v.xuid, v.statistic_id, v.value, m.metadata, s.type"
                                 " FROM value AS v CROSS JOIN statistic AS s ON s.id = v.statistic_id"
                                 " LEFT JOIN value_metadata AS m"
                                 " ON m.xuid = v.xuid AND m.statistic_id = v.statistic_id"
                                 " WHERE v.xuid BETWEEN ?1 AND ?2 ORDER BY v.xuid, v.statistic_id";
    static const char players[] =
        "SELECT xuid, gamertag FROM player WHERE xuid BETWEEN ?1 AND ?2 ORDER BY xuid";
    struct walk w = {.visitor = visitor, .err = err};
    struct connection *c;
    if (!begin(store, true, INT64_MAX, &c, err))
        return false;
    bool worked = (visitor->each_value == NULL || walk(&w, c->db, values, visit_value)) &&
                  (visitor->each_player == NULL || walk(&w, c->db, players, visit_player));
    if (!w.stopped)
        return end(store, c, worked, err);
    connections_give(connections_of(store), c, false);
    return false;
}

static void close_store(struct store *store)
{
    connections_close(&((struct sqlite_store *)store)->connections);
    memory_free(store);
}

bool sqlite_store_open(const char *path, const struct clock *clock, struct store **out, struct error *err)
{
    static const struct store_driver driver = {.close = close_store,
                                               .read_values = read_values,
                                               .catalog_version = catalog_version,
                                               .read_catalog = read_catalog,
                                               .check = check,
                                               .each = each};
    struct sqlite_store *s = memory_alloc(sizeof *s, err);
    if (s == NULL)
        return false;
    s->base.driver = &driver;
    if (!connections_open(path, clock, &s->connections, err)) {
        memory_free(s);
        return false;
    }
    *out = &s->base;
    return true;
}
