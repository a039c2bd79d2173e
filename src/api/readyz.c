/* SPDX-License-Identifier: Apache-2.0 */
/* Whether requests should be sent here. It asks nothing that could block: the watcher looks at the store,
 * this looks at what the watcher saw. One issuer's keys are enough: another one's server that is down must
 * not take the first one's players with it. */
#include <inttypes.h>

#include "api/api.h"
#include "api/handlers.h"
#include "json/writer.h"

#define ANSWER_MAX 16384 /* room for twice as many key sources as the settings can name */

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

static void put_key_sources(const struct api *api, struct buffer *out)
{
    struct api_key_source source;
    for (size_t i = 0; api->key_source != NULL && api->key_source(api->key_sources, i, &source); i++) {
        buffer_put(out, i == 0 ? "" : ",");
        json_write_string(out, text_of(source.name));
        buffer_put(out, source.has_keys ? ":\"ok\"" : ":\"absent\"");
    }
}

static void put_checks(const struct checks *c, const struct api *api, struct buffer *out)
{
    buffer_format(out, ",\"checks\":{\"store\":\"%s\",\"catalog\":\"%s\",\"keys\":{",
                  c->store ? "ok" : "failing", c->catalog ? "ok" : "absent");
    put_key_sources(api, out);
    buffer_format(out, "},\"draining\":\"%s\"},\"catalogVersion\":%" PRId64, c->draining ? "yes" : "no",
                  c->catalog_version);
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
        put_checks(&c, context, &b);
    buffer_put_char(&b, '}');
    if (!buffer_finish(&b, ERROR_INTERNAL, &body, err))
        return false;
    http_response_json(response, body);
    response->status = ready ? 200 : 503;
    return true;
}
