/* SPDX-License-Identifier: Apache-2.0 */
/* The handlers of the routes, one file each. CONTEXT is a struct api. */
#ifndef USERSTATS_API_HANDLERS_H
#define USERSTATS_API_HANDLERS_H

#include "http/routes.h"

/* POST /batch: the values of many users' statistics, in the dialect of its contract version. */
http_handler api_batch_post;

/* GET /users/{user}/scids/{scid}/stats/{names}: the values of one user's statistics; without names all that
 * may be read. */
http_handler api_stats_get;

/* GET /livez: the process runs. Nothing else is looked at: what it depends on is for /readyz. */
http_handler api_livez;

/* GET /readyz: 200 while requests should be sent here, else 503. `?verbose` lists what was looked at. */
http_handler api_readyz;

/* GET /version: of the build. */
http_handler api_version;

/* GET /metrics: what was counted, in Prometheus' text format. */
http_handler api_metrics;

/* GET /limits: all that callers are held to here. */
http_handler api_limits;

#endif
