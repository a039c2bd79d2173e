/* SPDX-License-Identifier: Apache-2.0 */
/* Whether requests should be sent here. It asks nothing that could block: the watcher looks at the store,
 * this looks at what the watcher saw. */
#include <inttypes.h>

#include "api/api.h"
#include "api/handlers.h"

#define ANSWER_MAX 512

/* What was looked at. */
struct checks {
    bool store, catalog, keys, draining;
    int64_t catalog_version;
};

static struct checks look(const struct api *api)
{
    struct checks c = {.store = atomic_load(api->healthy), .draining = atomic_load(api->draining)};
    c.keys = api->authenticator != NULL && authenticator_has_keys(api->authenticator);
    if (api->catalog == NULL)
        return c;
    struct catalog *catalog = catalog_slot_get(api->catalog);
    c.catalog = true;
    c.catalog_version = catalog_version(catalog);
    catalog_release(&catalog);
    return c;
}

static void put_checks(const struct checks *c, struct buffer *out)
{
    buffer_format(out,
                  ",\"checks\":{\"store\":\"%s\",\"catalog\":\"%s\",\"keys\":\"%s\",\"draining\":\"%s\"},"
                  "\"catalogVersion\":%" PRId64,
                  c->store ? "ok" : "failing", c->catalog ? "ok" : "absent", c->keys ? "ok" : "absent",
                  c->draining ? "yes" : "no", c->catalog_version);
}

bool api_readyz(void *context, const struct http_request *request, struct http_response *response,
                struct error *err)
{
    struct text body, ignored;
    struct buffer b;
    bool verbose;
    if (!http_request_parameter(request, "verbose", &ignored, &verbose, err))
        return false;
    const struct checks c = look(context);
    bool ready = c.store && c.catalog && c.keys && !c.draining;
    buffer_init(&b, request->arena, ANSWER_MAX);
    buffer_format(&b, "{\"status\":\"%s\"", ready ? "ready" : "not ready");
    if (verbose)
        put_checks(&c, &b);
    buffer_put_char(&b, '}');
    if (!buffer_finish(&b, ERROR_INTERNAL, &body, err))
        return false;
    http_response_json(response, body);
    response->status = ready ? 200 : 503;
    return true;
}
