/* SPDX-License-Identifier: Apache-2.0 */
/* The last answer on a connection, written past libmicrohttpd, which cannot answer before a request has
 * arrived whole. */
#ifndef USERSTATS_HTTP_MHD_FINAL_H
#define USERSTATS_HTTP_MHD_FINAL_H

#include <stdint.h>

#include "http/routes.h"
#include "http_mhd/server.h"

/* What the log says of one request. */
struct request_record {
    const char *trace; /* 32 hex digits */
    enum http_method method;
    const char *path; /* of the matched route, or "-": never what the caller wrote */
    int status;       /* 0: it was not answered */
    int64_t duration_ns;
    uint64_t request_bytes, answer_bytes; /* of the bodies */
    const struct error *failure;          /* code NONE: none */
};

/* Writes the whole answer to FAILURE (with Connection: close) to the socket FD as far as that takes it
 * without waiting, and shuts the sending side. REQUEST needs only method, path and trace. Returns the status;
 * *answer_bytes is the body's size. Any thread. */
int final_send(const struct server_options *options, int fd, const struct http_request *request,
               const struct error *failure, uint64_t *answer_bytes);

/* Logs the one line of a request, when requests are logged or the service itself failed (500). Any thread. */
void final_log(const struct server_options *options, const struct request_record *record);

#endif
