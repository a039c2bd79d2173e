/* SPDX-License-Identifier: Apache-2.0 */
/* What a request line and headers alone decide. Awkward: the order of the checks is part of the protocol
 * (404, 405, 413, 415), so a body that is too large for an unknown path is a 404. */
#include "http/routes.h"

#include <inttypes.h>

#include "http/content_coding.h"
#include "http/path.h"

static bool answers(const struct http_route *route, enum http_method method)
{
    return route->method == method || (route->method == HTTP_GET && method == HTTP_HEAD);
}

static const struct http_route *find_route(const struct http_router *router,
                                           const struct http_request *request, struct error *err)
{
    bool path_is_known = false;
    for (size_t i = 0; i < router->route_count; i++) {
        const struct http_route *route = &router->routes[i];
        if (!path_matches(route->path, request->path))
            continue;
        path_is_known = true;
        if (answers(route, request->method))
            return route;
    }
    if (path_is_known)
        error_set(err, ERROR_METHOD_NOT_ALLOWED, "no route of this path answers the method");
    else
        error_set(err, ERROR_ROUTE_UNKNOWN, "no route has this path");
    return NULL;
}

static bool check_size(const struct http_router *router, const struct http_request *request,
                       struct error *err)
{
    struct text value;
    uint64_t size;
    if (!http_request_header(request, "Content-Length", &value, NULL) || !text_to_u64(value, &size) ||
        size <= router->max_body)
        return true;
    return error_refuse(err, ERROR_BODY_TOO_LARGE,
                        "The request body has %" PRIu64
                        " bytes, and this service accepts %zu; send a smaller batch.",
                        size, router->max_body);
}

/* type "/" subtype, then parameters (RFC 9110 §8.3.1), of which none matters for JSON. */
static bool is_json_type(struct text value)
{
    struct text type = value, parameters;
    text_split(value, ';', &type, &parameters);
    return text_equals_ignoring_case(text_trimmed(type), text_of("application/json"));
}

static bool check_media_type(const struct http_request *request, struct error *err)
{
    struct text value;
    size_t count;
    if (content_coding_is_applied(request)) /* before the type: a 415 for that says what is taken instead */
        return error_refuse(err, ERROR_MEDIA_TYPE,
                            "Content-Encoding is not accepted; send the body as plain JSON.");
    if (http_request_header(request, "Content-Type", &value, &count) && !is_json_type(value))
        return error_set(err, ERROR_MEDIA_TYPE, "Content-Type is not application/json");
    if (count > 1)
        return error_refuse(err, ERROR_MEDIA_TYPE, "Content-Type is there more than once; send it once.");
    return true;
}

bool http_route_admit(const struct http_router *router, const struct http_request *request,
                      const struct http_route **out, struct error *err)
{
    const struct http_route *route = find_route(router, request, err);
    if (route == NULL || !check_size(router, request, err))
        return false;
    if (route->takes_json && !check_media_type(request, err))
        return false;
    *out = route;
    return true;
}
