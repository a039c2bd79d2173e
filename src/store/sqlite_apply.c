/* SPDX-License-Identifier: Apache-2.0 */
/* Making the tables equal to a catalog. Everything declared is put by statements that touch a row only where
 * it differs, so that the count of touched rows says whether anything changed; what was declared is noted in
 * temporary tables, and the rest is deleted at the end. Awkward: a statistic whose type changes must get a
 * new id, lest old values be read as the new type, so its row is deleted before it is put. */
#include "store/sqlite.h"

#define GRANT_TEXT_MAX 160 /* "device:" and its subject, with room */

enum apply_statement {
    PUT_TITLE,
    KEEP_TITLE,
    PUT_CONFIG,
    KEEP_CONFIG,
    PUT_OWNER,
    KEEP_OWNER,
    DROP_OTHER_TYPE,
    PUT_STATISTIC,
    KEEP_STATISTIC,
    PUT_GRANT,
    DROP_GRANTS,
    APPLY_STATEMENTS
};

/* IS NOT compares NULLs as values; COLLATE BINARY tells a name from its other spelling. */
static const char *const statement_sql[APPLY_STATEMENTS] = {
    [PUT_TITLE] =
        "INSERT INTO title (title_id, name) VALUES (?1, ?2)"
        " ON CONFLICT (title_id) DO UPDATE SET name = excluded.name WHERE name IS NOT excluded.name",
    [KEEP_TITLE] = "INSERT OR IGNORE INTO temp.kept_title (id) VALUES (?1)",
    [PUT_CONFIG] = "INSERT INTO service_config (scid, sandbox) VALUES (?1, ?2)"
                   " ON CONFLICT (scid) DO UPDATE SET scid = excluded.scid, sandbox = excluded.sandbox"
                   " WHERE scid COLLATE BINARY IS NOT excluded.scid OR sandbox IS NOT excluded.sandbox",
    [KEEP_CONFIG] =
        "INSERT OR IGNORE INTO temp.kept_config (id) SELECT id FROM service_config WHERE scid = ?1"
        " RETURNING id",
    [PUT_OWNER] = "INSERT OR IGNORE INTO config_title (config_id, title_id) VALUES (?1, ?2)",
    [KEEP_OWNER] = "INSERT OR IGNORE INTO temp.kept_owner (config_id, title_id) VALUES (?1, ?2)",
    [DROP_OTHER_TYPE] = "DELETE FROM statistic WHERE config_id = ?1 AND name = ?2 AND type <> ?3",
    [PUT_STATISTIC] =
        "INSERT INTO statistic (config_id, name, type, access, ordinal, display_name, display_format,"
        " display_semantic, sort_order) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
        " ON CONFLICT (config_id, name) DO UPDATE SET name = excluded.name, access = excluded.access,"
        " ordinal = excluded.ordinal, display_name = excluded.display_name, display_format = "
        "excluded.display_format,"
        " display_semantic = excluded.display_semantic, sort_order = excluded.sort_order"
        " WHERE name COLLATE BINARY IS NOT excluded.name OR access IS NOT excluded.access"
        " OR ordinal IS NOT excluded.ordinal OR display_name IS NOT excluded.display_name"
        " OR display_format IS NOT excluded.display_format OR display_semantic IS NOT "
        "excluded.display_semantic"
        " OR sort_order IS NOT excluded.sort_order",
    [KEEP_STATISTIC] = "INSERT OR IGNORE INTO temp.kept_statistic (id)"
                       " SELECT id FROM statistic WHERE config_id = ?1 AND name = ?2 RETURNING id",
    [PUT_GRANT] = "INSERT INTO statistic_grant (statistic_id, position, grantee) VALUES (?1, ?2, ?3)"
                  " ON CONFLICT (statistic_id, position) DO UPDATE SET grantee = excluded.grantee"
                  " WHERE grantee IS NOT excluded.grantee",
    [DROP_GRANTS] = "DELETE FROM statistic_grant WHERE statistic_id = ?1 AND position >= ?2",
};

static const char begin_sql[] =
    "CREATE TEMP TABLE IF NOT EXISTS kept_title (id INTEGER PRIMARY KEY);"
    "CREATE TEMP TABLE IF NOT EXISTS kept_config (id INTEGER PRIMARY KEY);"
    "CREATE TEMP TABLE IF NOT EXISTS kept_owner (config_id INTEGER, title_id INTEGER, PRIMARY KEY "
    "(config_id, title_id));"
    "CREATE TEMP TABLE IF NOT EXISTS kept_statistic (id INTEGER PRIMARY KEY);"
    "DELETE FROM temp.kept_title; DELETE FROM temp.kept_config; DELETE FROM temp.kept_owner;"
    "DELETE FROM temp.kept_statistic;";

/* In this order: what refers to a row goes before the row. */
static const char *const sweeps[] = {
    ("DELETE FROM config_title"
     " WHERE (config_id, title_id) NOT IN (SELECT config_id, title_id FROM temp.kept_owner)"),
    "DELETE FROM statistic WHERE id NOT IN (SELECT id FROM temp.kept_statistic)",
    "DELETE FROM service_config WHERE id NOT IN (SELECT id FROM temp.kept_config)",
    "DELETE FROM title WHERE title_id NOT IN (SELECT id FROM temp.kept_title)",
};

struct apply {
    sqlite3 *db;
    sqlite3_stmt *statements[APPLY_STATEMENTS];
    bool changed;
    bool lost_statistics; /* whose values are to be deleted */
    struct error *err;
};

/* One value to bind; which member counts follows from IS_TEXT. */
struct bound {
    bool is_text;
    struct text text;
    int64_t number;
};

static struct bound number(int64_t n)
{
    return (struct bound){.number = n};
}

static struct bound text(struct text t)
{
    return (struct bound){.is_text = true, .text = t};
}

static bool bind_all(struct apply *a, sqlite3_stmt *statement, const struct bound *values, int count)
{
    for (int i = 0; i < count; i++) {
        bool bound = values[i].is_text ? sqlite_bind_text(statement, i + 1, values[i].text, a->err)
                                       : sqlite_bind_integer(statement, i + 1, values[i].number, a->err);
        if (!bound)
            return false;
    }
    return true;
}

/* Runs WHICH; *rows is how many rows it touched. */
static bool run(struct apply *a, enum apply_statement which, const struct bound *values, int count,
                int64_t *rows)
{
    sqlite3_stmt *statement = a->statements[which];
    int64_t before = sqlite3_total_changes64(a->db);
    bool worked = bind_all(a, statement, values, count) && sqlite_finish(statement, a->err);
    *rows = sqlite3_total_changes64(a->db) - before;
    return worked;
}

/* Runs WHICH on the catalog's own tables. */
static bool change(struct apply *a, enum apply_statement which, const struct bound *values, int count)
{
    int64_t rows;
    if (!run(a, which, values, count, &rows))
        return false;
    a->changed = a->changed || rows > 0;
    return true;
}

/* Runs WHICH on a table of what is kept. A row that was kept already means that D declares it twice. */
static bool keep(struct apply *a, enum apply_statement which, const struct bound *values, int count)
{
    int64_t rows;
    return run(a, which, values, count, &rows);
}

/* The same, answering the kept row's id. */
static bool keep_id(struct apply *a, enum apply_statement which, const struct bound *values, int count,
                    int64_t *id)
{
    sqlite3_stmt *statement = a->statements[which];
    bool row = false;
    bool worked = bind_all(a, statement, values, count) && sqlite_step(statement, &row, a->err);
    if (worked && row)
        *id = sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    if (worked && !row)
        return error_set(a->err, ERROR_CATALOG, "a scid or a statistic of a scid is declared twice");
    return worked;
}

static bool put_title(struct apply *a, const struct title *t)
{
    const struct bound values[] = {number((int64_t)t->title_id), text(t->name)};
    return change(a, PUT_TITLE, values, 2) && keep(a, KEEP_TITLE, values, 1);
}

static bool put_grants(struct apply *a, int64_t id, const struct statistic *s)
{
    for (size_t i = 0; i < s->grant_count; i++) {
        char grantee[GRANT_TEXT_MAX];
        grant_write(&s->grants[i], grantee, sizeof grantee);
        const struct bound values[] = {number(id), number((int64_t)i), text(text_of(grantee))};
        if (!change(a, PUT_GRANT, values, 3))
            return false;
    }
    const struct bound rest[] = {number(id), number((int64_t)s->grant_count)};
    return change(a, DROP_GRANTS, rest, 2);
}

static bool put_statistic(struct apply *a, int64_t config_id, const struct statistic *s)
{
    const struct display *d = &s->display;
    const struct bound values[] = {
        number(config_id),
        text(s->name),
        text(statistic_type_name(s->type)),
        text(statistic_access_name(s->access)),
        number(d->ordinal),
        text(d->display_name),
        text(d->display_format),
        text(d->display_semantic),
        text(d->sort_order),
    };
    int64_t dropped, id = 0;
    if (!run(a, DROP_OTHER_TYPE, values, 3, &dropped))
        return false;
    a->lost_statistics = a->lost_statistics || dropped > 0;
    return change(a, PUT_STATISTIC, values, 9) && keep_id(a, KEEP_STATISTIC, values, 2, &id) &&
           put_grants(a, id, s);
}

static bool put_config(struct apply *a, const struct service_config *c)
{
    const struct bound values[] = {text(c->scid), text(c->sandbox)};
    int64_t id = 0;
    if (!change(a, PUT_CONFIG, values, 2) || !keep_id(a, KEEP_CONFIG, values, 1, &id))
        return false;
    for (size_t i = 0; i < c->title_id_count; i++) {
        const struct bound owner[] = {number(id), number((int64_t)c->title_ids[i])};
        if (!change(a, PUT_OWNER, owner, 2) || !keep(a, KEEP_OWNER, owner, 2))
            return false;
    }
    for (size_t i = 0; i < c->statistic_count; i++) {
        if (!put_statistic(a, id, &c->statistics[i]))
            return false;
    }
    return true;
}

static bool put_all(struct apply *a, const struct catalog_definition *d)
{
    for (size_t i = 0; i < d->title_count; i++) {
        if (!put_title(a, &d->titles[i]))
            return false;
    }
    for (size_t i = 0; i < d->config_count; i++) {
        if (!put_config(a, &d->configs[i]))
            return false;
    }
    return true;
}

/* Deletes what was not declared. Values and their metadata come last, in one pass over each table, and only
 * if they have to. */
static bool sweep(struct apply *a)
{
    int64_t statistics_before, statistics_after;
    if (!sqlite_integer(a->db, "SELECT count(*) FROM statistic", &statistics_before, a->err))
        return false;
    int64_t before = sqlite3_total_changes64(a->db);
    for (size_t i = 0; i < sizeof sweeps / sizeof *sweeps; i++) {
        if (!sqlite_run(a->db, sweeps[i], a->err))
            return false;
    }
    a->changed = a->changed || sqlite3_total_changes64(a->db) > before;
    if (!sqlite_integer(a->db, "SELECT count(*) FROM statistic", &statistics_after, a->err))
        return false;
    if (!a->lost_statistics && statistics_after == statistics_before)
        return true;
    return sqlite_run(a->db,
                      "DELETE FROM value WHERE statistic_id NOT IN (SELECT id FROM statistic);"
                      "DELETE FROM value_metadata WHERE statistic_id NOT IN (SELECT id FROM statistic);",
                      a->err);
}

static bool prepare_all(struct apply *a)
{
    for (int i = 0; i < APPLY_STATEMENTS; i++) {
        if (!sqlite_prepare(a->db, statement_sql[i], &a->statements[i], a->err))
            return false;
    }
    return true;
}

bool sqlite_put_catalog(sqlite3 *db, const struct catalog_definition *d, bool *changed, struct error *err)
{
    struct apply a = {.db = db, .err = err};
    bool worked = sqlite_run(db, begin_sql, err) && prepare_all(&a) && put_all(&a, d) && sweep(&a);
    for (int i = 0; i < APPLY_STATEMENTS; i++)
        sqlite3_finalize(a.statements[i]);
    if (worked && a.changed)
        worked = sqlite_run(db, "UPDATE catalog_state SET version = version + 1", err);
    if (worked)
        *changed = a.changed;
    return worked;
}
