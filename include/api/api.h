/* SPDX-License-Identifier: Apache-2.0 */
/* The endpoints, as routes for a router: one file per endpoint, each ask, decide, fetch, answer. */
#ifndef USERSTATS_API_API_H
#define USERSTATS_API_API_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "auth/authenticator.h"
#include "base/clock.h"
#include "batch/batch.h"
#include "catalog/catalog.h"
#include "http/routes.h"
#include "metrics/metrics.h"
#include "ratelimit/ratelimit.h"
#include "store/store.h"

/* Limits that others hold callers to, for /limits to tell. */
struct api_published {
    size_t token_bytes, body_bytes;
    unsigned requests_in_flight, connections;
    int64_t request_deadline_ms, idle_timeout_ms, queue_most_ms;
};

/* Where keys come from, as /readyz?verbose shows it: not who fetches them, only how it stands. */
struct api_key_source {
    const char *name; /* the setting: "auth.keys" */
    bool has_keys;
};

/* What the endpoints work with; the router's context. Everything outlives every request; shared by all
 * threads. */
struct api {
    struct authenticator *authenticator;
    struct catalog_slot *catalog;
    struct store *store;
    struct ratelimit *ratelimit; /* NULL: no limit */
    struct metrics *metrics;     /* NULL: nothing is counted */
    struct metrics_reader figures; /* for /metrics: what others count */
    struct batch_limits limits;
    struct api_published published;
    const struct clock *clock;
    size_t max_answer_bytes;
    const atomic_bool *draining; /* set: /readyz says no */
    const atomic_bool *healthy;  /* what the watcher last saw of the store; cheap for /readyz */
    /* The key source number I, in the order of the settings; false: there are no more. NULL: there are none.
     */
    bool (*key_source)(const void *key_sources, size_t i, struct api_key_source *out);
    const void *key_sources;      /* for that */
    const char *version, *commit; /* of the build */
};

/* The public port: POST /batch, GET /users/{user}/scids/{scid}/stats and …/{names}. CONTEXT of the handlers
 * is a struct api. */
extern const struct http_route api_public_routes[];
extern const size_t api_public_route_count;

/* The admin port: GET /livez, /readyz, /version, /limits, /metrics. */
extern const struct http_route api_admin_routes[];
extern const size_t api_admin_route_count;

#endif
