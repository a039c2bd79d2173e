/* SPDX-License-Identifier: Apache-2.0 */
/* The catalog out of its tables: counted first, then read into arrays of that size, in the order of the ids.
 * Awkward: the rows of statistics come ordered by their configuration, so each configuration's part is a run
 * of one long array, and the same holds for grants. */
#include "store/sqlite.h"

#include <stdlib.h>

struct reading {
    sqlite3 *db;
    struct arena *arena;
    struct error *err;
};

/* One table: its rows, in the order of whoever owns them, each filled by EACH from the statement's current
 * row. */
struct table {
    const char *count_sql, *rows_sql;
    size_t row_size;
    bool (*each)(const struct reading *r, sqlite3_stmt *row, void *out);
};

static bool fill(const struct reading *r, const struct table *t, sqlite3_stmt *rows, char *out, size_t count)
{
    for (size_t i = 0;; i++) {
        bool row;
        if (!sqlite_step(rows, &row, r->err))
            return false;
        if (!row && i == count)
            return true;
        if (!row || i == count)
            return error_set(r->err, ERROR_STORE_UNAVAILABLE,
                             "the catalog's tables contradict their own count");
        if (!t->each(r, rows, out + i * t->row_size))
            return false;
    }
}

/* All rows of T as an array in the arena; NULL on failure. */
static void *read_table(const struct reading *r, const struct table *t, size_t *count)
{
    int64_t rows;
    sqlite3_stmt *statement;
    if (!sqlite_integer(r->db, t->count_sql, &rows, r->err))
        return NULL;
    void *out = arena_alloc_array(r->arena, (size_t)rows, t->row_size, r->err);
    if (out == NULL || !sqlite_prepare(r->db, t->rows_sql, &statement, r->err))
        return NULL;
    bool filled = fill(r, t, statement, out, (size_t)rows);
    sqlite3_finalize(statement);
    *count = (size_t)rows;
    return filled ? out : NULL;
}

static bool take_text(const struct reading *r, sqlite3_stmt *row, int column, struct text *out)
{
    struct text t = sqlite_column(row, column);
    if (t.data == NULL && sqlite3_column_type(row, column) != SQLITE_NULL)
        return error_set(r->err, ERROR_NO_MEMORY, "no memory for a text of the catalog");
    *out = t;
    return t.data == NULL || arena_copy_text(r->arena, t, out, r->err);
}

static bool take_title(const struct reading *r, sqlite3_stmt *row, void *out)
{
    struct title *t = out;
    t->title_id = (uint64_t)sqlite3_column_int64(row, 0);
    return take_text(r, row, 1, &t->name);
}

struct config_row {
    int64_t id;
    struct text scid, sandbox;
};

static bool take_config(const struct reading *r, sqlite3_stmt *row, void *out)
{
    struct config_row *c = out;
    c->id = sqlite3_column_int64(row, 0);
    return take_text(r, row, 1, &c->scid) && take_text(r, row, 2, &c->sandbox);
}

/* A row that belongs to a configuration: a title id. */
struct owner_row {
    int64_t config_id;
    uint64_t title_id;
};

static bool take_owner(const struct reading *r, sqlite3_stmt *row, void *out)
{
    (void)r;
    *(struct owner_row *)out =
        (struct owner_row){sqlite3_column_int64(row, 0), (uint64_t)sqlite3_column_int64(row, 1)};
    return true;
}

struct statistic_row {
    int64_t config_id;
    struct statistic statistic;
};

static bool take_statistic(const struct reading *r, sqlite3_stmt *row, void *out)
{
    struct statistic_row *s = out;
    int64_t id = sqlite3_column_int64(row, 0);
    if (id < 1 || id > UINT32_MAX)
        return error_set(r->err, ERROR_STORE_UNAVAILABLE, "statistic id %lld is out of range", (long long)id);
    struct statistic *t = &s->statistic;
    s->config_id = sqlite3_column_int64(row, 1);
    t->id = (uint32_t)id;
    t->type = statistic_type_parse(sqlite_column(row, 3));
    if (!statistic_access_parse(sqlite_column(row, 4), &t->access))
        t->access = STATISTIC_RESTRICTED;
    t->display.ordinal = (uint32_t)sqlite3_column_int64(row, 5);
    if (t->type == STATISTIC_TYPE_NONE)
        return error_set(r->err, ERROR_STORE_UNAVAILABLE, "statistic %lld has no known type", (long long)id);
    return take_text(r, row, 2, &t->name) && take_text(r, row, 6, &t->display.display_name) &&
           take_text(r, row, 7, &t->display.display_format) &&
           take_text(r, row, 8, &t->display.display_semantic) && take_text(r, row, 9, &t->display.sort_order);
}

struct grant_row {
    int64_t statistic_id;
    struct grant grant;
};

/* A grantee that this build does not know admits nobody; it still counts, lest "no grant" be read as "the
 * owners". */
static bool take_grant(const struct reading *r, sqlite3_stmt *row, void *out)
{
    struct grant_row *g = out;
    struct text text = {NULL, 0};
    g->statistic_id = sqlite3_column_int64(row, 0);
    if (!take_text(r, row, 1, &text))
        return false;
    if (!grant_parse(text, &g->grant))
        g->grant = (struct grant){.kind = GRANT_NONE};
    return true;
}

static const struct table title_table = {"SELECT count(*) FROM title",
                                         "SELECT title_id, name FROM title ORDER BY title_id",
                                         sizeof(struct title), take_title};
static const struct table config_table = {"SELECT count(*) FROM service_config",
                                          "SELECT id, scid, sandbox FROM service_config ORDER BY id",
                                          sizeof(struct config_row), take_config};
static const struct table owner_table = {
    "SELECT count(*) FROM config_title",
    "SELECT config_id, title_id FROM config_title ORDER BY config_id, title_id", sizeof(struct owner_row),
    take_owner};
static const struct table statistic_table = {"SELECT count(*) FROM statistic",
                                             "SELECT id, config_id, name, type, access, ordinal, "
                                             "display_name, display_format, display_semantic, sort_order"
                                             " FROM statistic ORDER BY config_id, id",
                                             sizeof(struct statistic_row), take_statistic};
/* in the order of statistic_table */
static const struct table grant_table = {
    "SELECT count(*) FROM statistic_grant",
    "SELECT g.statistic_id, g.grantee FROM statistic_grant AS g JOIN statistic AS s ON s.id = g.statistic_id"
    " ORDER BY s.config_id, g.statistic_id, g.position",
    sizeof(struct grant_row), take_grant};

/* All tables as they were read. */
struct tables {
    struct config_row *configs;
    struct owner_row *owners;
    struct statistic_row *statistics;
    struct grant_row *grants;
    size_t config_count, owner_count, statistic_count, grant_count;
};

/* Cuts the grants into the runs that belong to each statistic. */
static bool join_grants(const struct reading *r, const struct tables *t, struct statistic *statistics)
{
    struct grant *grants = arena_alloc_array(r->arena, t->grant_count, sizeof *grants, r->err);
    if (grants == NULL)
        return false;
    for (size_t i = 0, g = 0; i < t->statistic_count; i++) {
        statistics[i] = t->statistics[i].statistic;
        statistics[i].grants = grants + g;
        size_t first = g;
        for (; g < t->grant_count && t->grants[g].statistic_id == statistics[i].id; g++)
            grants[g] = t->grants[g].grant;
        statistics[i].grant_count = g - first;
    }
    return true;
}

/* Cuts title ids and statistics into the runs that belong to each configuration. */
static bool join_configs(const struct reading *r, const struct tables *t, struct catalog_definition *out)
{
    struct service_config *configs = arena_alloc_array(r->arena, t->config_count, sizeof *configs, r->err);
    uint64_t *title_ids = arena_alloc_array(r->arena, t->owner_count, sizeof *title_ids, r->err);
    struct statistic *statistics =
        arena_alloc_array(r->arena, t->statistic_count, sizeof *statistics, r->err);
    if (configs == NULL || title_ids == NULL || statistics == NULL || !join_grants(r, t, statistics))
        return false;
    size_t o = 0, s = 0;
    for (size_t i = 0; i < t->config_count; i++) {
        const struct config_row *row = &t->configs[i];
        size_t first_owner = o, first_statistic = s;
        for (; o < t->owner_count && t->owners[o].config_id == row->id; o++)
            title_ids[o] = t->owners[o].title_id;
        while (s < t->statistic_count && t->statistics[s].config_id == row->id)
            s++;
        configs[i] = (struct service_config){.scid = row->scid,
                                             .sandbox = row->sandbox,
                                             .title_ids = title_ids + first_owner,
                                             .title_id_count = o - first_owner,
                                             .statistics = statistics + first_statistic,
                                             .statistic_count = s - first_statistic};
    }
    out->configs = configs;
    out->config_count = t->config_count;
    return true;
}

bool sqlite_catalog_version(sqlite3 *db, int64_t *version, struct error *err)
{
    return sqlite_integer(db, "SELECT version FROM catalog_state", version, err);
}

bool sqlite_read_catalog(sqlite3 *db, struct arena *arena, struct catalog_definition *out, struct error *err)
{
    const struct reading r = {db, arena, err};
    struct catalog_definition d = {.version = 0};
    struct tables t;
    if (!sqlite_catalog_version(db, &d.version, err) ||
        (d.titles = read_table(&r, &title_table, &d.title_count)) == NULL ||
        (t.configs = read_table(&r, &config_table, &t.config_count)) == NULL ||
        (t.owners = read_table(&r, &owner_table, &t.owner_count)) == NULL ||
        (t.statistics = read_table(&r, &statistic_table, &t.statistic_count)) == NULL ||
        (t.grants = read_table(&r, &grant_table, &t.grant_count)) == NULL || !join_configs(&r, &t, &d))
        return false;
    *out = d;
    return true;
}
