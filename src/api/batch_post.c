/* SPDX-License-Identifier: Apache-2.0 */
/* POST /batch, as a list of steps in the order of docs/api.md: who asks, how often, in which dialect, for
 * what; does it exist, may it be read; then one read of the store, and the answer. */
#include "api/handlers.h"
#include "api/limit.h"
#include "api/read.h"

/* XSAPI sends `?operation=read`; other operations belong to services that this is not. */
static bool check_operation(const struct reading *r, struct error *err)
{
    struct text operation;
    bool found;
    if (!http_request_parameter(r->http, "operation", &operation, &found, err))
        return false;
    if (found && !text_equals(operation, text_of("read")))
        return error_refuse(err, ERROR_QUERY,
                            "operation: only \"read\" is served; send operation=read or leave it out.");
    return true;
}

static bool parse(struct reading *r, struct error *err)
{
    return r->dialect->parse(r->http->body, &r->api->limits, r->http->arena, &r->asked, err);
}

static bool answer(struct reading *r, struct http_response *response, struct error *err)
{
    return read_identify(r, err) && api_limit(r->api, &r->principal, r->http, response, err) &&
           read_choose_dialect(r, err) && check_operation(r, err) && read_choose_metadata(r, err) &&
           parse(r, err) && read_resolve(r, err) && read_values(r, err) &&
           read_answer(r, r->dialect->write, response, err);
}

bool api_batch_post(void *context, const struct http_request *request, struct http_response *response,
                    struct error *err)
{
    return read_run(context, request, answer, response, err);
}
