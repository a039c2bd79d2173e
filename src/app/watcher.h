/* SPDX-License-Identifier: Apache-2.0 */
/* Keep the service in step with its database: is it there, and has the catalog changed? Private to the module
 * and its tests. */
#ifndef USERSTATS_SRC_APP_WATCHER_H
#define USERSTATS_SRC_APP_WATCHER_H

#include <stdatomic.h>

#include "base/attributes.h"
#include "base/error.h"
#include "base/log.h"
#include "catalog/catalog.h"
#include "store/store.h"

#define WATCHER_PERIOD_MS 250

/* What is watched, and who is told. All of it outlives the watcher. */
struct watched {
    struct store *store;
    struct catalog_slot *slot;
    atomic_bool *healthy; /* set to what the last look found */
    struct log *log;
};

/* What looking remembers: begin with {.watched = …} and the rest zero. */
struct watch {
    struct watched watched;
    bool lost;    /* the last look found no usable store; the catalog is read anew when it is back */
    bool refused; /* the catalog of refused_version is wrong in itself: not tried again */
    int64_t refused_version;
};

/* Reads the catalog of STORE and builds it; the caller holds the one reference. Fails as store_read_catalog
 * and catalog_build do. */
bool watcher_load_catalog(struct store *store, struct catalog **out, struct error *err) MUST_USE;

/* Looks once: checks the store, sets *healthy, and puts a changed catalog in force. One that cannot be taken
 * is said once in the log; the old one stays. Changes of health are logged. */
void watcher_look(struct watch *watch);

struct watcher;

/* Starts a thread that looks every WATCHER_PERIOD_MS. */
bool watcher_start(const struct watched *watched, struct watcher **out, struct error *err) MUST_USE;
/* Ends the thread, at once unless it is looking, and frees. NULL is fine. */
void watcher_stop(struct watcher **watcher);

#endif
