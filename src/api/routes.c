/* SPDX-License-Identifier: Apache-2.0 */
/* Which endpoint answers where. */
#include "api/api.h"
#include "api/handlers.h"

const struct http_route api_public_routes[] = {
    {.method = HTTP_POST, .path = "/batch", .handle = api_batch_post, .takes_json = true},
    {.method = HTTP_GET, .path = "/users/{user}/scids/{scid}/stats", .handle = api_stats_get},
    {.method = HTTP_GET, .path = "/users/{user}/scids/{scid}/stats/{names}", .handle = api_stats_get},
};
const size_t api_public_route_count = sizeof api_public_routes / sizeof api_public_routes[0];

const struct http_route api_admin_routes[] = {
    {.method = HTTP_GET, .path = "/livez", .handle = api_livez},
    {.method = HTTP_GET, .path = "/readyz", .handle = api_readyz},
    {.method = HTTP_GET, .path = "/version", .handle = api_version},
    {.method = HTTP_GET, .path = "/limits", .handle = api_limits},
    {.method = HTTP_GET, .path = "/metrics", .handle = api_metrics},
};
const size_t api_admin_route_count = sizeof api_admin_routes / sizeof api_admin_routes[0];
