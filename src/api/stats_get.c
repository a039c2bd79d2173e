/* SPDX-License-Identifier: Apache-2.0 */
/* GET /users/xuid(<xuid>)/scids/<scid>/stats/<name>,<name>: the steps of POST /batch for one user and one
 * scid, with the path in place of a body. */
#include "api/handlers.h"
#include "api/limit.h"
#include "api/read.h"

static bool parse(struct reading *r, struct error *err)
{
    struct batch_single path = {.names = {NULL, 0}};
    bool found;
    return http_request_part(r->http, "user", &path.user, &found, err) &&
           http_request_part(r->http, "scid", &path.scid, &found, err) &&
           http_request_part(r->http, "names", &path.names, &found, err) &&
           batch_parse_single(&path, r->http->arena, &r->asked, err);
}

static bool answer(struct reading *r, struct http_response *response, struct error *err)
{
    return read_identify(r, err) && api_limit(r->api, &r->principal, r->http, response, err) &&
           read_choose_dialect(r, err) && read_choose_metadata(r, err) && parse(r, err) &&
           read_resolve(r, err) && read_values(r, err) &&
           read_answer(r, r->dialect->write_single, response, err);
}

bool api_stats_get(void *context, const struct http_request *request, struct http_response *response,
                   struct error *err)
{
    return read_run(context, request, answer, response, err);
}
