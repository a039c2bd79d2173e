/* SPDX-License-Identifier: Apache-2.0 */
/* Picks the driver that a URL names, and hands each call to it. */
#include "store/store.h"

#include "base/memory.h"
#include "store/driver.h"
#include "store/sqlite.h"
#include "store/url.h"

bool store_open(const char *url, const struct clock *clock, struct store **out, struct error *err)
{
    char *path = NULL;
    if (!store_url_path(url, &path, err))
        return false;
    bool opened = sqlite_store_open(path, clock, out, err);
    memory_free(path);
    return opened;
}

void store_close(struct store **store)
{
    if (*store != NULL)
        (*store)->driver->close(*store);
    *store = NULL;
}

bool store_read_values(struct store *store, const struct store_query *query, struct arena *arena,
                       struct store_answer *out, struct error *err)
{
    return store->driver->read_values(store, query, arena, out, err);
}

bool store_catalog_version(struct store *store, int64_t *version, struct error *err)
{
    return store->driver->catalog_version(store, version, err);
}

bool store_read_catalog(struct store *store, struct arena *arena, struct catalog_definition *out,
                        struct error *err)
{
    return store->driver->read_catalog(store, arena, out, err);
}

bool store_check(struct store *store, struct error *err)
{
    return store->driver->check(store, err);
}

bool store_each(struct store *store, const struct store_visitor *visitor, struct error *err)
{
    return store->driver->each(store, visitor, err);
}
