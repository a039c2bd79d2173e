/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a request: line, head, body, answer, end. Awkward: a refusal known at the head is held back
 * until the body has gone by, so that the next request on the connection is found where it begins; unless
 * that body is too large, comes only if asked for, or has no certain end: then the answer goes out at once
 * and the connection ends. */
#include "http_mhd/exchange.h"

#include <string.h>

#include "base/memory.h"
#include "http_mhd/final.h"
#include "http_mhd/queue.h"

#define FIRST_BODY_CAPACITY 16384

static int64_t now_ns(const struct traffic *t)
{
    return t->options.clock->monotonic_ns(t->options.clock->context);
}

struct exchange *exchange_begin(struct traffic *traffic, struct watch *watch, struct text target)
{
    struct error ignored;
    struct exchange *x = memory_alloc(sizeof *x, &ignored);
    if (x == NULL)
        return NULL;
    x->traffic = traffic;
    x->watch = watch;
    arena_init(&x->arena, traffic->options.request_memory_max);
    x->request.arena = &x->arena;
    x->request.headers = x->headers;
    x->request.notes = &x->notes;
    int64_t now = now_ns(traffic);
    x->begun_ns = now;
    x->target_size = target.size;
    if (target.size > HTTP_URI_MAX)
        target.size = HTTP_URI_MAX + 1;
    if (!watch_begin(watch, now, &x->request.started_ns) ||
        !arena_copy_text(&x->arena, target, &x->target, &ignored)) {
        arena_reset(&x->arena);
        memory_free(x);
        return NULL;
    }
    x->request.deadline_ns = x->request.started_ns + traffic->options.request_deadline_ms * 1000000;
    return x;
}

void exchange_add_header(struct exchange *x, struct text name, struct text value)
{
    if (x->header_count == HTTP_REQUEST_HEADERS_MAX)
        x->headers_were_cut = true;
    else
        x->headers[x->header_count++] = (struct http_header){name, text_trimmed(value)};
}

/* Answers past the library and ends the connection. */
static enum exchange_step end_with(struct exchange *x, const struct error *failure)
{
    const struct server_options *options = &x->traffic->options;
    x->failure = *failure;
    x->response.status = final_send(options, x->watch->fd, &x->request, failure, &x->answer_bytes);
    reaper_linger(x->traffic->reaper, x->watch->fd);
    watch_over(x->watch, now_ns(x->traffic));
    return EXCHANGE_CLOSE;
}

static void count_in(struct exchange *x)
{
    x->has_head = true;
    atomic_fetch_add(&x->traffic->in_flight, 1);
}

/* Whether the client keeps its body back until it is told to go on (RFC 9110 §10.1.1). */
static bool waits_for_100(const struct http_request *request, struct text version)
{
    struct text value;
    return text_equals(version, text_of("HTTP/1.1")) &&
           http_request_header(request, "Expect", &value, NULL) &&
           text_equals_ignoring_case(value, text_of("100-continue"));
}

static void describe(struct exchange *x, struct text method)
{
    struct http_trace_caller caller = {.vector = {NULL, 0}};
    struct http_request *r = &x->request;
    r->method = http_method_parse(method);
    r->path = x->target;
    text_split(x->target, '?', &r->path, &r->query);
    r->header_count = x->header_count;
    http_request_header(r, "MS-CV", &caller.vector, NULL);
    http_request_header(r, "traceparent", &caller.parent, NULL);
    http_trace_start(&r->trace, &caller, x->traffic->options.random);
    x->watch->method = r->method;
    x->watch->trace = r->trace;
    x->watch->route = NULL;
}

enum exchange_step exchange_head(struct exchange *x, struct text method, struct text version, bool is_whole)
{
    struct http_head head = {method, x->target, version, x->headers, x->header_count, x->headers_were_cut};
    struct error err;
    bool declared, chunked;
    uint64_t size = 0;
    if (!watch_hold(x->watch))
        return EXCHANGE_CLOSE;
    count_in(x);
    describe(x, method);
    if (!http_gate_check(&head, &err))
        return end_with(x, &err);
    if (!is_whole) {
        error_refuse(
            &err, ERROR_AMBIGUOUS_REQUEST,
            "The HTTP request is refused and the connection closed: its head holds a NUL, a folded line or a "
            "line end that is not CRLF.");
        return end_with(x, &err);
    }
    http_gate_body_size(&head, &declared, &size, &chunked);
    x->body_most = declared ? (size_t)size : x->traffic->options.router->max_body;
    if (http_route_admit(x->traffic->options.router, &x->request, &x->route, &err)) {
        x->watch->route = x->route;
    } else if (size > x->traffic->options.router->max_body || waits_for_100(&x->request, version)) {
        return end_with(x, &err);
    } else {
        x->failure = err;
    }
    watch_receive(x->watch, x->request.started_ns);
    return EXCHANGE_GO_ON;
}

/* Counts SIZE more bytes of bodies as held. What all requests together may hold is as much as requests_max
 * whole bodies have; many slow ones, which hold little, do not keep a quick one out. */
static bool hold(struct exchange *x, size_t size, struct error *err)
{
    struct traffic *t = x->traffic;
    size_t most = t->options.requests_max * t->options.router->max_body;
    if (atomic_fetch_add(&t->body_bytes, size) + size > most) {
        atomic_fetch_sub(&t->body_bytes, size);
        return error_set(err, ERROR_OVERLOADED, "the bodies of all requests have %zu bytes", most);
    }
    x->body_capacity += size;
    return true;
}

/* Makes room for SIZE bytes in all, doubling up to what can come: a declared length is a claim, not yet
 * bytes. */
static bool reserve(struct exchange *x, size_t size, struct error *err)
{
    if (size <= x->body_capacity)
        return true;
    size_t capacity = x->body_capacity == 0 ? FIRST_BODY_CAPACITY : x->body_capacity * 2;
    capacity = capacity < size ? size : capacity;
    capacity = capacity > x->body_most ? x->body_most : capacity;
    if (!hold(x, capacity - x->body_capacity, err))
        return false;
    char *body = arena_alloc(&x->arena, capacity, err);
    if (body == NULL)
        return false;
    if (x->request.body.size > 0)
        memcpy(body, x->body, x->request.body.size);
    x->body = body;
    return true;
}

enum exchange_step exchange_body(struct exchange *x, struct text piece)
{
    size_t most = x->traffic->options.router->max_body;
    struct error err;
    x->body_received += piece.size;
    if (watch_is_over(x->watch))
        return EXCHANGE_CLOSE;
    if (x->body_received > most) { /* chunked: a declared length was refused at the head */
        if (!watch_hold(x->watch))
            return EXCHANGE_CLOSE;
        error_refuse(
            &err, ERROR_BODY_TOO_LARGE,
            "The request body has more than the %zu bytes that this service accepts; send a smaller batch.",
            most);
        return end_with(x, x->failure.code == ERROR_NONE ? &err : &x->failure);
    }
    if (x->failure.code != ERROR_NONE)
        return EXCHANGE_GO_ON;
    if (!reserve(x, (size_t)x->body_received, &x->failure)) /* answered when the rest has gone by */
        return EXCHANGE_GO_ON;
    memcpy(x->body + x->request.body.size, piece.data, piece.size);
    x->request.body = text_slice(x->body, (size_t)x->body_received);
    return EXCHANGE_GO_ON;
}

/* Whoever has waited for so long has given up, or will while others wait behind. */
static bool is_in_time(const struct exchange *x, struct error *err)
{
    int64_t most_ms = x->traffic->options.queue_most_ms;
    return most_ms == 0 || queue_admit(x->watch->fd, most_ms, x->begun_ns, err);
}

/* At most requests_max are being answered at once; what a slow reader leaves of its answer counts, as it
 * holds memory. */
static bool admit(struct exchange *x, struct error *err)
{
    struct traffic *t = x->traffic;
    if (atomic_fetch_add(&t->admitted, 1) < t->options.requests_max) {
        x->is_admitted = true;
        return true;
    }
    atomic_fetch_sub(&t->admitted, 1);
    return error_set(err, ERROR_OVERLOADED, "%u requests are being answered", t->options.requests_max);
}

enum exchange_step exchange_answer(struct exchange *x)
{
    if (!watch_hold(x->watch))
        return EXCHANGE_CLOSE;
    if (x->failure.code == ERROR_NONE)
        (void)(admit(x, &x->failure) && is_in_time(x, &x->failure));
    struct error early = x->failure;
    http_answer(x->traffic->options.router, &x->request, early.code == ERROR_NONE ? NULL : &early,
                &x->response, &x->failure);
    x->closes = x->response.close || atomic_load(&x->traffic->closing);
    bool has_body = x->request.method != HTTP_HEAD && x->response.status != 304;
    x->answer_bytes = has_body ? x->response.body.size : 0;
    watch_answer(x->watch, now_ns(x->traffic));
    return EXCHANGE_GO_ON;
}

static void count_out(struct exchange *x)
{
    struct traffic *t = x->traffic;
    atomic_fetch_sub(&t->body_bytes, x->body_capacity);
    if (x->is_admitted)
        atomic_fetch_sub(&t->admitted, 1);
    if (atomic_fetch_sub(&t->in_flight, 1) != 1 || !atomic_load(&t->draining))
        return;
    pthread_mutex_lock(&t->mutex);
    pthread_cond_broadcast(&t->none_left);
    pthread_mutex_unlock(&t->mutex);
}

static void report(const struct exchange *x, bool is_sent, int64_t now)
{
    struct http_record record = {.trace = x->request.trace.id,
                                 .method = x->request.method,
                                 .route = x->route,
                                 .status = x->response.status,
                                 .duration_ns = now - x->request.started_ns,
                                 .request_bytes = x->body_received,
                                 .answer_bytes = x->answer_bytes,
                                 .failure = &x->failure,
                                 .notes = &x->notes};
    struct error aborted;
    if (!is_sent && x->failure.code == ERROR_NONE) {
        error_set(&aborted, ERROR_DEADLINE, "the connection ended before the answer was out");
        record.failure = &aborted;
    }
    final_report(&x->traffic->options, &record);
}

void exchange_end(struct exchange **exchange, bool is_sent)
{
    struct exchange *x = *exchange;
    int64_t now = now_ns(x->traffic);
    bool reaped = x->response.status == 0 && watch_is_over(x->watch); /* then the reaper has logged it */
    if (x->has_head && !reaped)
        report(x, is_sent, now);
    if (x->closes && is_sent)
        reaper_linger(x->traffic->reaper, x->watch->fd);
    if (is_sent) { /* else the connection ends, and the reaper may be reading these */
        x->watch->method = HTTP_OTHER;
        x->watch->route = NULL;
        x->watch->trace.id[0] = '\0';
    }
    watch_rest(x->watch, now);
    if (x->has_head)
        count_out(x);
    arena_reset(&x->arena);
    memory_free(x);
    *exchange = NULL;
}
