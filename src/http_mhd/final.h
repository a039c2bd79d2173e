/* SPDX-License-Identifier: Apache-2.0 */
/* The last answer on a connection, written past libmicrohttpd, which cannot answer before a request has
 * arrived whole. */
#ifndef USERSTATS_HTTP_MHD_FINAL_H
#define USERSTATS_HTTP_MHD_FINAL_H

#include <stdint.h>

#include "http/observer.h"
#include "http_mhd/server.h"

/* Writes the whole answer to FAILURE (with Connection: close) to the socket FD as far as that takes it
 * without waiting, and shuts the sending side. REQUEST needs only method, path and trace. Returns the status;
 * *answer_bytes is the body's size. Any thread. */
int final_send(const struct server_options *options, int fd, const struct http_request *request,
               const struct error *failure, uint64_t *answer_bytes);

/* Tells of a request that is over: the observer, and in one line the log, when requests are logged or the
 * service itself failed (500). Any thread. */
void final_report(const struct server_options *options, const struct http_record *record);

#endif
