/* SPDX-License-Identifier: Apache-2.0 */
/* What the running service counts, and what it is asked for when somebody scrapes. Private to the module. */
#ifndef USERSTATS_SRC_APP_FIGURES_H
#define USERSTATS_SRC_APP_FIGURES_H

#include <stdatomic.h>

#include "app/config.h"
#include "app/trust.h"
#include "base/attributes.h"
#include "base/error.h"
#include "base/log.h"
#include "catalog/catalog.h"
#include "http/observer.h"
#include "http_mhd/server.h"
#include "metrics/metrics.h"

/* The parts whose own counts are read at a scrape. */
struct figures_parts {
    const struct config *config;
    struct log *log;
    struct trust *trust;
    struct catalog_slot *catalog;
    const struct server *server; /* the API's */
    const atomic_bool *draining, *healthy;
};

struct figures;

/* Makes the metrics, for the issuers of TRUST, which must outlive them. The caller owns *out. */
bool figures_open(const struct trust *trust, struct figures **out, struct error *err) MUST_USE;
/* NULL is fine. */
void figures_close(struct figures **figures);

/* From now on a scrape reads PARTS, which are copied; NULL: none any more, and none is being read when this
 * returns. Any thread. */
void figures_attach(struct figures *figures, const struct figures_parts *parts);

/* Valid as long as FIGURES. */
struct metrics *figures_metrics(const struct figures *figures);
struct metrics_reader figures_reader(struct figures *figures);
/* Counts the requests of a server whose routes are api_public_routes. */
const struct http_observer *figures_observer(const struct figures *figures);

#endif
