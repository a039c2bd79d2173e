/* SPDX-License-Identifier: Apache-2.0 */
/* What a request and a response are; no sockets. All texts of a request belong to whoever carries it and live until its answer is sent. */
#ifndef USERSTATS_HTTP_MESSAGE_H
#define USERSTATS_HTTP_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"

/* RFC 9110 §9; OTHER is a method that no route of ours can have. */
enum http_method { HTTP_OTHER = 0, HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_PUT, HTTP_PATCH, HTTP_DELETE, HTTP_OPTIONS };
enum http_method http_method_parse(struct text t); /* case-sensitive */
const char *http_method_name(enum http_method m);

struct http_header {
    struct text name, value; /* value without surrounding white space */
};

#define HTTP_REQUEST_HEADERS_MAX 100
#define HTTP_URI_MAX 8192           /* bytes of the request target; more: 414 */
#define HTTP_HEADERS_MAX 98304 /* bytes of all header names and values; more: 431. A token may have 64 KiB. */

#define HTTP_TRACE_MAX 128
struct http_trace {
    char id[33];             /* 32 hex digits: log lines and the error body's traceId */
    char vector[HTTP_TRACE_MAX + 1]; /* the MS-CV to answer */
};

/* What a handler wants said in the request's log line: numbers that it names itself. */
#define HTTP_NOTES_MAX 8
struct http_note {
    const char *name; /* static: "store_us" */
    int64_t value;
};
struct http_notes {
    struct http_note list[HTTP_NOTES_MAX];
    size_t count;
};

struct http_request {
    enum http_method method;
    struct text path;  /* the target before '?', not decoded */
    struct text query; /* the target after '?'; absent without one */
    const char *route; /* the path of the route that answers it ("/users/{user}"), while its handler runs; else NULL */
    const struct http_header *headers;
    size_t header_count;
    struct text body;
    struct arena *arena; /* the request's memory: everything that answering it allocates */
    struct http_notes *notes; /* NULL: nobody listens */
    struct http_trace trace;
    int64_t started_ns;  /* monotonic */
    int64_t deadline_ns; /* monotonic: when an answer is of no use any more */
};

/* The value of the one header NAME (compared without regard to case); false when it is absent or repeated: then
 * *count, if not NULL, says how often it is there. */
bool http_request_header(const struct http_request *r, const char *name, struct text *value, size_t *count);

/* The value of query parameter NAME, percent-decoded into the request's arena. *found says whether it is there; fails with QUERY when
 * it is repeated or its escapes are malformed (an escaped NUL is). */
bool http_request_parameter(const struct http_request *r, const char *name, struct text *value, bool *found,
                            struct error *err) MUST_USE;

/* The part {NAME} of the route's path, percent-decoded into the request's arena; it may then hold a '/'. *found says whether the
 * route has that part; fails with PATH when its escapes are malformed (an escaped NUL is). */
bool http_request_part(const struct http_request *r, const char *name, struct text *value, bool *found,
                       struct error *err) MUST_USE;

/* Adds a note to REQUEST; beyond HTTP_NOTES_MAX it is a programming fault (asserted). */
void http_request_note(const struct http_request *r, const char *name, int64_t value);

#define HTTP_RESPONSE_HEADERS_MAX 12
#define HTTP_RESPONSE_VALUE_MAX 255

/* An answer to a request that is refused, in a form of its own in place of the error body. Texts live as the body's. */
struct http_refusal {
    struct text body;        /* JSON; absent: there is none */
    struct text retry_after; /* whole seconds */
};

struct http_response {
    int status;
    struct http_header headers[HTTP_RESPONSE_HEADERS_MAX]; /* Content-Length, Date and Connection are the carrier's */
    size_t header_count;
    struct text body; /* in the request's arena, or static. With a 304, and in answer to HEAD, it only gives Content-Length; absent: a 304 without one */
    bool close;       /* end the connection after this answer */
    struct http_refusal refusal; /* all that counts of this when a handler fails, and only with RATE_LIMITED */
};

/* Adds a header; its texts must live as long as the request's arena. More headers than fit, or a value
 * longer than HTTP_RESPONSE_VALUE_MAX, is a programming fault (asserted). A handler may add HTTP_RESPONSE_HEADERS_MAX - 6. */
void http_response_add(struct http_response *r, const char *name, struct text value);
/* A 200 with a JSON body. */
void http_response_json(struct http_response *r, struct text body);

#endif
