/* SPDX-License-Identifier: Apache-2.0 */
/* Which handler answers which path and method, and how an answer or a failure becomes a complete response. */
#ifndef USERSTATS_HTTP_ROUTES_H
#define USERSTATS_HTTP_ROUTES_H

#include "base/attributes.h"
#include "base/clock.h"
#include "base/error.h"
#include "http/message.h"

/* Answers REQUEST into *response, or fails with the error to answer instead (of *response then only the refusal counts). CONTEXT is the router's. Runs on any thread, on many at once;
 * may not keep anything of the request beyond its return. The carrier may run it on a thread of its choice. */
typedef bool http_handler(void *context, const struct http_request *request, struct http_response *response,
                          struct error *err);

struct http_route {
    enum http_method method; /* GET answers HEAD as well */
    const char *path;        /* compared exactly, but that a segment {part} stands for any other than the empty one */
    http_handler *handle;
    bool takes_json; /* it reads a body: Content-Type, where sent, must be application/json, without a content coding */
};

struct http_router {
    const struct http_route *routes;
    size_t route_count;
    void *context;
    size_t max_body; /* bytes; more: 413 */
    size_t compress_min; /* a 200 with a body of so many bytes is sent as gzip to who takes that; 0: none is */
};

/* What can be said before the body is read, in this order: ROUTE_UNKNOWN, METHOD_NOT_ALLOWED, BODY_TOO_LARGE (a declared
 * Content-Length above max_body), MEDIA_TYPE. On success *out is the route. */
bool http_route_admit(const struct http_router *router, const struct http_request *request,
                      const struct http_route **out, struct error *err) MUST_USE;

/* The whole way from a request whose body is in hand to a complete response: admit, handle, turn a failure into the error body, add the
 * headers every answer bears (MS-CV, X-Content-Type-Options, Cache-Control, ETag on 200), turn a 200 whose ETag the caller has into a
 * 304, compress one where the router and the caller's Accept-Encoding say so (then the gzip form has an ETag of its own, either form's gives 304, and
 * Vary is on every 200 and 304). EARLY, where not NULL, is a failure found before the handler (by the gate, the carrier, or http_route_admit).
 * Never fails: what runs out of memory is a fixed 503. *err tells the log what happened; its code is ERROR_NONE on success. */
void http_answer(const struct http_router *router, const struct http_request *request, const struct error *early,
                 struct http_response *out, struct error *err);

/* What the caller says of its own trace; either may be absent. */
struct http_trace_caller {
    struct text vector; /* MS-CV */
    struct text parent; /* traceparent (W3C Trace Context) */
};

/* Starts a trace. The id is the caller's trace-id when its traceparent is valid, else a new one; the MS-CV to answer is the caller's extended
 * by ".0" when it is a well-formed correlation vector with room, else a new one. What is new is all zeros without randomness. */
void http_trace_start(struct http_trace *trace, const struct http_trace_caller *caller, const struct random_source *random);

#endif
