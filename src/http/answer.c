/* SPDX-License-Identifier: Apache-2.0 */
/* The one place that turns what happened into a complete response. Awkward: it may not fail, so a failure to
 * build an error body falls back to a static one, and every header that it adds itself is static or of the
 * request. */
#include "http/routes.h"

#include <inttypes.h>

#include "base/buffer.h"
#include "base/hash.h"
#include "http/content_coding.h"
#include "http/gzip.h"
#include "http/path.h"
#include "json/writer.h"

#define PROBLEM_MAX 4096
#define ALLOW_MAX   HTTP_RESPONSE_VALUE_MAX
#define NO_MEMORY_BODY                                                                                       \
    "{\"code\":5030,\"source\":\"userstats\",\"description\":\"The service is short of memory; try again "   \
    "shortly.\"}"

/* The class that a peer sees: what belongs to the command line only is INTERNAL to it. */
static const struct error_class *class_for_peer(const struct error *err)
{
    const struct error_class *class = error_class_of(err->code);
    return class->http_status != 0 && err->code != ERROR_NONE ? class : error_class_of(ERROR_INTERNAL);
}

static bool write_problem(const struct http_request *request, const struct error *failure, struct text *out,
                          struct error *err)
{
    const struct error_class *class = class_for_peer(failure);
    bool is_ours = class == error_class_of(failure->code);
    struct buffer b;
    buffer_init(&b, request->arena, PROBLEM_MAX);
    buffer_put(&b, "{\"code\":");
    buffer_put_i64(&b, class->wire_code);
    buffer_put(&b, ",\"source\":\"userstats\",\"description\":");
    json_write_string(&b, text_of(is_ours ? error_public_text(failure) : class->public_text));
    buffer_put(&b, ",\"traceId\":");
    json_write_string(&b, text_of(request->trace.id));
    buffer_put_char(&b, '}');
    return buffer_finish(&b, ERROR_INTERNAL, out, err);
}

/* The methods that the path of REQUEST answers, for Allow (RFC 9110 §10.2.1). */
static bool write_allow(const struct http_router *router, const struct http_request *request,
                        struct text *out, struct error *err)
{
    struct buffer b;
    buffer_init(&b, request->arena, ALLOW_MAX);
    for (size_t i = 0; i < router->route_count; i++) {
        const struct http_route *route = &router->routes[i];
        if (!path_matches(route->path, request->path))
            continue;
        buffer_put(&b, b.size > 0 ? ", " : "");
        buffer_put(&b, http_method_name(route->method));
        buffer_put(&b, route->method == HTTP_GET ? ", HEAD" : "");
    }
    return buffer_finish(&b, ERROR_INTERNAL, out, err);
}

/* The body of a rate limit is not ours to choose: clients read it. */
static bool has_own_form(const struct error *failure, const struct http_response *handled)
{
    return failure->code == ERROR_RATE_LIMITED && handled->refusal.body.data != NULL;
}

/* After these it is not certain where the next request begins, or the rest of this one is not worth reading.
 */
static bool ends_connection(enum error_code code)
{
    return code == ERROR_AMBIGUOUS_REQUEST || code == ERROR_URI_TOO_LONG || code == ERROR_HEADERS_TOO_LARGE;
}

/* *out is what the handler left behind, and becomes the answer. */
static bool write_failure(const struct http_router *router, const struct http_request *request,
                          const struct error *failure, struct http_response *out, struct error *err)
{
    struct http_response response = {.status = class_for_peer(failure)->http_status};
    struct text allow;
    if (has_own_form(failure, out)) {
        response.body = out->refusal.body;
        http_response_add(&response, "Retry-After", out->refusal.retry_after);
    } else if (!write_problem(request, failure, &response.body, err)) {
        return false;
    }
    http_response_add(&response, "Content-Type", text_of("application/json"));
    if (response.status == 405) {
        if (!write_allow(router, request, &allow, err))
            return false;
        http_response_add(&response, "Allow", allow);
    }
    if (response.status == 401)
        http_response_add(&response, "WWW-Authenticate", text_of("XBL3.0"));
    if (response.status == 415 && content_coding_is_applied(request)) /* RFC 9110 §12.5.3 */
        http_response_add(&response, "Accept-Encoding", text_of("identity"));
    response.close = ends_connection(failure->code);
    *out = response;
    return true;
}

static bool handle(const struct http_router *router, const struct http_request *request,
                   struct http_response *out, struct error *err)
{
    const struct http_route *route;
    if (!http_route_admit(router, request, &route, err))
        return false;
    struct http_request routed = *request;
    routed.route = route->path;
    return route->handle(router->context, &routed, out, err);
}

/* Splits the next entity-tag = [ "W/" ] DQUOTE *etagc DQUOTE off *LIST (RFC 9110 §8.8.3); *TAG keeps its
 * quotes and loses the W/, as the comparison is the weak one. False at the end of the list, and at what is no
 * tag. */
static bool next_entity_tag(struct text *list, struct text *tag)
{
    const char *p = list->data, *end = list->data + list->size;
    while (p < end && (*p == ' ' || *p == '\t' || *p == ','))
        p++;
    if (end - p > 2 && p[0] == 'W' && p[1] == '/')
        p += 2;
    const char *start = p;
    if (p == end || *p++ != '"')
        return false;
    while (p < end && *p != '"' && *p != ' ')
        p++;
    if (p == end || *p++ != '"')
        return false;
    *tag = text_slice(start, (size_t)(p - start));
    struct text rest = text_trimmed(text_slice(p, (size_t)(end - p)));
    *list = rest;
    return rest.size == 0 || rest.data[0] == ',';
}

/* If-None-Match (RFC 9110 §13.1.2), which may be split over several headers. */
static bool caller_has(const struct http_request *request, struct text etag)
{
    for (size_t i = 0; i < request->header_count; i++) {
        struct text tag, list = request->headers[i].value;
        if (!text_equals_ignoring_case(request->headers[i].name, text_of("If-None-Match")) || list.size == 0)
            continue;
        if (text_equals(list, text_of("*")))
            return true;
        while (next_entity_tag(&list, &tag)) {
            if (text_equals(tag, etag))
                return true;
        }
    }
    return false;
}

/* The strong validator of the form that SUFFIX names of a body with HASH: two forms are two sequences of
 * bytes, so each has its own (RFC 9110 §8.8.3.3). */
static bool write_etag(const struct http_request *request, struct hash128 hash, const char *suffix,
                       struct text *out, struct error *err)
{
    struct buffer b;
    buffer_init(&b, request->arena, ALLOW_MAX);
    buffer_format(&b, "\"%016" PRIx64 "%016" PRIx64 "%s\"", hash.high, hash.low, suffix);
    return buffer_finish(&b, ERROR_INTERNAL, out, err);
}

/* Turns the body of RESPONSE into gzip; *done is false when that would not make it smaller, and the identity
 * will do. */
static bool compress(const struct http_request *request, enum gzip_wish wish, struct http_response *response,
                     bool *done, struct error *err)
{
    struct text smaller;
    if (!gzip_write(response->body, wish == GZIP_MUST, request->arena, &smaller, err))
        return false;
    *done = smaller.data != NULL;
    if (!*done)
        return true;
    response->body = smaller;
    http_response_add(response, "Content-Encoding", text_of("gzip"));
    return true;
}

/* Chooses the form of a 200, adds its validator, and turns one that the caller has in either form into a 304,
 * which costs no compression: the length of what is not compressed is not known. */
static bool validate(const struct http_router *router, const struct http_request *request,
                     struct http_response *response, struct error *err)
{
    bool may_vary = router->compress_min > 0;
    enum gzip_wish wish = may_vary ? content_coding_wish(request) : GZIP_NO;
    bool is_gzip = wish == GZIP_MUST || (wish == GZIP_MAY && response->body.size >= router->compress_min);
    struct hash128 hash = hash_text_128(response->body);
    struct text identity_etag, gzip_etag;
    if (!write_etag(request, hash, "", &identity_etag, err) ||
        !write_etag(request, hash, "-gzip", &gzip_etag, err))
        return false;
    if (caller_has(request, identity_etag) || caller_has(request, gzip_etag)) {
        response->status = 304;
        response->body = is_gzip ? (struct text){NULL, 0} : response->body;
    } else if (is_gzip && !compress(request, wish, response, &is_gzip, err)) {
        return false;
    }
    http_response_add(response, "ETag", is_gzip ? gzip_etag : identity_etag);
    if (may_vary)
        http_response_add(response, "Vary", text_of("Accept-Encoding"));
    return true;
}

static void add_common_headers(const struct http_request *request, struct http_response *response)
{
    bool is_good = response->status < 400;
    http_response_add(response, "MS-CV", text_of(request->trace.vector));
    http_response_add(response, "X-Content-Type-Options", text_of("nosniff"));
    http_response_add(response, "Cache-Control", text_of(is_good ? "private, no-cache" : "no-store"));
    if (response->status == 503)
        http_response_add(response, "Retry-After", text_of("1"));
}

void http_answer(const struct http_router *router, const struct http_request *request,
                 const struct error *early, struct http_response *out, struct error *err)
{
    struct http_response response = {.status = 0};
    struct error happened = {.code = ERROR_NONE}, failure;
    bool good;
    if (early != NULL) {
        happened = *early;
        good = false;
    } else {
        good = handle(router, request, &response, &happened) &&
               (response.status != 200 || validate(router, request, &response, &happened));
        if (!good && happened.code == ERROR_NONE)
            error_set(&happened, ERROR_INTERNAL, "a handler failed without saying why");
    }
    if (good)
        happened = (struct error){.code = ERROR_NONE};
    else if (!write_failure(router, request, &happened, &response, &failure)) {
        response = (struct http_response){.status = 503, .body = text_of(NO_MEMORY_BODY)};
        response.close = ends_connection(happened.code);
        http_response_add(&response, "Content-Type", text_of("application/json"));
    }
    add_common_headers(request, &response);
    *out = response;
    *err = happened;
}
