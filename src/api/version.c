/* SPDX-License-Identifier: Apache-2.0 */
/* Which build this is. The texts are the build's own and need no escapes. */
#include "api/api.h"
#include "api/handlers.h"

#define ANSWER_MAX 512

bool api_version(void *context, const struct http_request *request, struct http_response *response,
                 struct error *err)
{
    const struct api *api = context;
    struct buffer b;
    struct text body;
    buffer_init(&b, request->arena, ANSWER_MAX);
    buffer_format(&b, "{\"name\":\"userstats\",\"version\":\"%s\",\"commit\":\"%s\"}", api->version,
                  api->commit);
    if (!buffer_finish(&b, ERROR_INTERNAL, &body, err))
        return false;
    http_response_json(response, body);
    return true;
}
