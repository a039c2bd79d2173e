/* SPDX-License-Identifier: Apache-2.0 */
/* What a fetch wants to know of an answer's head, taken in line by line. No I/O. */
#ifndef USERSTATS_FETCH_HEAD_H
#define USERSTATS_FETCH_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "fetch/cache_control.h"
#include "fetch/fetch.h"

struct head {
    size_t bytes;    /* of all lines so far, those of 1xx answers and of trailers too */
    int status;      /* 0: no status line yet */
    bool is_over;    /* its empty line has come */
    bool is_coded;   /* it bears a content coding other than "identity", or a transfer coding but "chunked" */
    bool is_chunked; /* so its body says where it ends */
    bool has_length; /* a Content-Length that can be read; the last one's value is in `length` */
    uint64_t length;
    char etag[FETCH_ETAG_MAX + 1];
    struct cache_control cache;
};

/* Takes in LINE, with or without its line end. All zero is where to begin. A status line begins a new head
 * (the answer after a 1xx); header lines after the empty line are trailers, which only count as bytes. False
 * once all lines together are more than FETCH_HEAD_MAX. */
MUST_USE bool head_take_line(struct head *h, struct text line);
/* Whether T is an entity tag (RFC 9110 §8.8.3) of at most FETCH_ETAG_MAX printable ASCII characters: one that
 * can be sent back without harm. */
bool head_is_entity_tag(struct text t);

#endif
