/* SPDX-License-Identifier: Apache-2.0 */
/* One request on its way through the server, whatever library carries its bytes. */
#ifndef USERSTATS_HTTP_MHD_EXCHANGE_H
#define USERSTATS_HTTP_MHD_EXCHANGE_H

#include <pthread.h>
#include <stdatomic.h>

#include "http/gate.h"
#include "http_mhd/reaper.h"

/* What the requests of one server share. */
struct traffic {
    struct server_options options;
    struct reaper *reaper;
    atomic_bool closing;      /* every answer ends its connection */
    atomic_uint in_flight;    /* requests whose head is complete and whose answer is not out */
    atomic_uint admitted;     /* those of them that are being answered */
    atomic_size_t body_bytes; /* held for the bodies of all of them */
    atomic_bool draining;
    pthread_mutex_t mutex;
    pthread_cond_t none_left; /* signalled when draining and in_flight falls to 0; monotonic clock */
};

struct exchange {
    struct traffic *traffic;
    struct watch *watch;
    struct arena arena;
    bool has_head;      /* exchange_head was called */
    bool is_admitted;   /* counted as such */
    bool closes;        /* the connection ends after the answer */
    struct text target; /* as received, at most HTTP_URI_MAX + 1 bytes of it */
    size_t target_size; /* of all of it */
    struct http_header headers[HTTP_REQUEST_HEADERS_MAX];
    size_t header_count;
    bool headers_were_cut;
    struct http_request request;
    int64_t begun_ns; /* when its first line was read: a request that came whole is answered in the same turn */
    struct http_notes notes;
    const struct http_route *route; /* NULL: refused before the body */
    struct error failure;           /* code NONE: none so far */
    char *body;
    size_t body_capacity;          /* counted in traffic.body_bytes */
    size_t body_most;              /* that can come */
    uint64_t body_received;        /* also what was thrown away */
    struct http_response response; /* status 0: none yet */
    uint64_t answer_bytes;
};

/* What the carrier does next. */
enum exchange_step { EXCHANGE_GO_ON, EXCHANGE_CLOSE };

/* A request whose first line is there, TARGET being all of its target. Ended with exchange_end. NULL: there
 * is no memory for it, or the reaper has ended the connection; end it. */
struct exchange *exchange_begin(struct traffic *traffic, struct watch *watch, struct text target);
/* Takes one header, in order; its texts must stay until the end. Beyond HTTP_REQUEST_HEADERS_MAX only the
 * fact is kept. */
void exchange_add_header(struct exchange *x, struct text name, struct text value);
/* All headers were added. IS_WHOLE is false when the carrier found that its parser hid something. With CLOSE,
 * the answer is out (or cannot be): end the connection. */
enum exchange_step exchange_head(struct exchange *x, struct text method, struct text version, bool is_whole);
/* Takes a piece of the body, or throws it away when the request is refused already. */
enum exchange_step exchange_body(struct exchange *x, struct text piece);
/* The request is whole: fills x->response, which the carrier then sends. */
enum exchange_step exchange_answer(struct exchange *x);
/* The answer is out, or the connection is gone (IS_SENT false). Logs, gives all memory back; *exchange
 * becomes NULL.
 */
void exchange_end(struct exchange **exchange, bool is_sent);

#endif
