/* SPDX-License-Identifier: Apache-2.0 */
/* Carry `http` messages over libmicrohttpd: one listening port, one router. */
#ifndef USERSTATS_HTTP_MHD_SERVER_H
#define USERSTATS_HTTP_MHD_SERVER_H

#include <stdint.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "http/observer.h"
#include "http/routes.h"

struct server;

struct server_options {
    const char *name;    /* for log lines: "api", "admin" */
    const char *listen;  /* "127.0.0.1:8080", "[::1]:8080"; port 0: any free one */
    unsigned threads;    /* >= 1 */
    unsigned connections_max;
    unsigned requests_max;         /* being answered at once, and whole bodies held; beyond it: 503 at once */
    int64_t queue_most_ms;         /* that a request may wait for its thread; beyond it: 503 at once; 0: any time */
    int64_t request_deadline_ms;   /* for a whole request, from its first byte to its answer; also for its head and body alone */
    int64_t idle_timeout_ms;       /* of a keep-alive connection between requests */
    size_t request_memory_max;     /* bytes of one request's arena, body included */
    const struct http_router *router; /* must outlive the server */
    struct log *log;                  /* may be NULL */
    bool log_requests;                /* one line per request */
    const struct http_observer *observer; /* told of each request; NULL: nobody is */
    const struct clock *clock;
    const struct random_source *random;
};

/* Binds, listens and serves from here on. Fails with SETTING (an address that is none) or FILE (it cannot be bound; the message says why). */
bool server_start(const struct server_options *options, struct server **out, struct error *err) MUST_USE;
uint16_t server_port(const struct server *server);

/* Why a connection was ended that took too long. */
enum server_end { SERVER_END_IDLE, SERVER_END_LATE, SERVER_END_ABANDONED, SERVER_END_UNREAD, SERVER_END_COUNT };

/* Since the start, but in_flight and open: those are now. */
struct server_counts {
    unsigned in_flight; /* requests whose head is there and whose answer is not out */
    unsigned open;      /* connections */
    uint64_t accepted, refused;
    uint64_t ended[SERVER_END_COUNT];
};
/* Any thread. */
struct server_counts server_count(const struct server *server);

/* From now on every answer bears `Connection: close`, so that clients go elsewhere. Any thread. */
void server_announce_close(struct server *server);
/* Stops accepting and waits until no request is in flight, TIMEOUT_MS at most; returns how many still are. */
unsigned server_drain(struct server *server, int64_t timeout_ms);
/* Ends what is left and frees. */
void server_stop(struct server **server);

#endif
