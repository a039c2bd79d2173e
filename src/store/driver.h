/* SPDX-License-Identifier: Apache-2.0 */
/* What a database must provide to be a store; store.c forwards to it. Private to the module and to tests. */
#ifndef USERSTATS_SRC_STORE_DRIVER_H
#define USERSTATS_SRC_STORE_DRIVER_H

#include "store/store.h"

struct store_driver {
    void (*close)(struct store *store);
    bool (*read_values)(struct store *store, const struct store_query *query, struct arena *arena,
                        struct store_answer *out, struct error *err);
    bool (*catalog_version)(struct store *store, int64_t *version, struct error *err);
    bool (*read_catalog)(struct store *store, struct arena *arena, struct catalog_definition *out,
                         struct error *err);
    bool (*check)(struct store *store, struct error *err);
    bool (*each)(struct store *store, const struct store_visitor *visitor, struct error *err);
};

/* A driver's own struct begins with this. */
struct store {
    const struct store_driver *driver;
};

#endif
