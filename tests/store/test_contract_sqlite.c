/* SPDX-License-Identifier: Apache-2.0 */
/* The contract over SQLite: written by the writer, one opened for each change, as commands do beside a
 * running server. */
#include "store/contract.h"
#include "store/database.h"
#include "support/run.h"

static struct database database;

static struct store *open_store(const struct clock *clock)
{
    struct store *store;
    struct error err;
    database_make(&database);
    ck_assert_msg(store_open(database.url, clock, &store, &err), "%s", error_operator_text(&err));
    return store;
}

static void close_store(struct store **store)
{
    store_close(store);
    database_remove(&database);
}

static bool put_catalog(struct store *store, const struct catalog_definition *d)
{
    struct error err;
    bool changed;
    struct store_writer *w = database_begin(&database);
    (void)store;
    ck_assert_msg(writer_put_catalog(w, d, &changed, &err), "%s", error_operator_text(&err));
    database_commit(w);
    return changed;
}

static void put_values(struct store *store, const struct value_row *rows, size_t count)
{
    struct error err;
    struct store_writer *w = database_begin(&database);
    (void)store;
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(writer_put_value(w, &rows[i], &err), "%s", error_operator_text(&err));
    database_commit(w);
}

static void put_player(struct store *store, uint64_t xuid, struct text gamertag)
{
    struct error err;
    struct store_writer *w = database_begin(&database);
    (void)store;
    ck_assert_msg(writer_put_player(w, xuid, gamertag, &err), "%s", error_operator_text(&err));
    database_commit(w);
}

static const struct store_fixture sqlite = {"sqlite",    open_store, close_store,
                                            put_catalog, put_values, put_player};

Suite *suite(void)
{
    Suite *s = suite_create("store/contract/sqlite");
    suite_add_tcase(s, contract_case(&sqlite));
    return s;
}
