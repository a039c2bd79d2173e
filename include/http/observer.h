/* SPDX-License-Identifier: Apache-2.0 */
/* What a carrier says of a request when it is over: to the log, and to whoever counts. */
#ifndef USERSTATS_HTTP_OBSERVER_H
#define USERSTATS_HTTP_OBSERVER_H

#include <stdint.h>

#include "base/error.h"
#include "http/message.h"
#include "http/routes.h"

struct http_record {
    const char *trace; /* 32 hex digits */
    enum http_method method;
    const struct http_route *route; /* an element of the router's routes; NULL: none took it */
    int status;                     /* 0: it was not answered */
    int64_t duration_ns;
    uint64_t request_bytes, answer_bytes; /* of the bodies */
    const struct error *failure;          /* code NONE: none */
    const struct http_notes *notes;       /* the handler's; NULL: no handler ran */
};

/* Called once for each request, on any thread, on many at once; keeps nothing of RECORD. */
struct http_observer {
    void (*observe)(void *context, const struct http_record *record);
    void *context;
};

#endif
