/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the process runs: that it can answer is the answer. */
#include "api/handlers.h"

bool api_livez(void *context, const struct http_request *request, struct http_response *response,
               struct error *err)
{
    (void)context;
    (void)request;
    (void)err;
    http_response_json(response, text_of("{\"status\":\"alive\"}"));
    return true;
}
