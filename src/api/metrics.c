/* SPDX-License-Identifier: Apache-2.0 */
/* What was counted. A scrape is an answer like any other, so that a scraper that comes too often is bounded
 * as others are. */
#include "api/api.h"
#include "api/handlers.h"

bool api_metrics(void *context, const struct http_request *request, struct http_response *response,
                 struct error *err)
{
    const struct api *api = context;
    struct text body;
    if (api->metrics == NULL)
        return error_set(err, ERROR_ROUTE_UNKNOWN, "nothing is counted here");
    if (!metrics_write(api->metrics, &api->figures, request->arena, &body, err))
        return false;
    response->status = 200;
    response->body = body;
    http_response_add(response, "Content-Type", text_of("text/plain; version=0.0.4; charset=utf-8"));
    return true;
}
