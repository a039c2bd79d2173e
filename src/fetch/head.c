/* SPDX-License-Identifier: Apache-2.0 */
/* A few header fields, and all else passes by. Awkward: a client sees more than one head for one request (1xx
 * answers before it, trailers after it), and only the last one before the body speaks for the document. */
#include "fetch/head.h"

#include <string.h>

static struct text without_line_end(struct text t)
{
    while (t.size > 0 && (t.data[t.size - 1] == '\n' || t.data[t.size - 1] == '\r'))
        t.size--;
    return t;
}

bool head_is_entity_tag(struct text t)
{
    if (t.size > FETCH_ETAG_MAX)
        return false;
    if (text_starts_with(t, text_of("W/")))
        t = text_slice(t.data + 2, t.size - 2);
    if (t.size < 2 || t.data[0] != '"' || t.data[t.size - 1] != '"')
        return false;
    for (size_t i = 1; i + 1 < t.size; i++) {
        if (t.data[i] < '!' || t.data[i] > '~' || t.data[i] == '"')
            return false;
    }
    return true;
}

/* "HTTP/1.1 200 OK"; a status that is not three digits is 0, which nobody accepts. */
static void take_status_line(struct head *h, struct text line)
{
    struct text version, rest, reason;
    uint64_t status;
    *h = (struct head){.bytes = h->bytes};
    if (!text_split(line, ' ', &version, &rest))
        return;
    text_split(rest, ' ', &rest, &reason);
    if (rest.size == 3 && text_to_u64(rest, &status))
        h->status = (int)status;
}

static void take_field(struct head *h, struct text name, struct text value)
{
    if (text_equals_ignoring_case(name, text_of("ETag"))) {
        memset(h->etag, 0, sizeof h->etag);
        if (head_is_entity_tag(value))
            memcpy(h->etag, value.data, value.size);
    } else if (text_equals_ignoring_case(name, text_of("Cache-Control"))) {
        cache_control_read(&h->cache, value);
    } else if (text_equals_ignoring_case(name, text_of("Age"))) {
        cache_control_read_age(&h->cache, value);
    } else if (text_equals_ignoring_case(name, text_of("Content-Encoding"))) {
        h->is_coded |= !text_equals_ignoring_case(value, text_of("identity"));
    } else if (text_equals_ignoring_case(name, text_of("Transfer-Encoding"))) {
        h->is_chunked = text_equals_ignoring_case(value, text_of("chunked"));
        h->is_coded |= !h->is_chunked;
    } else if (text_equals_ignoring_case(name, text_of("Content-Length"))) {
        h->has_length = text_to_u64(value, &h->length) && h->length <= INT64_MAX;
    }
}

bool head_take_line(struct head *h, struct text line)
{
    struct text name, value;
    if (line.size > FETCH_HEAD_MAX - h->bytes)
        return false;
    h->bytes += line.size;
    line = without_line_end(line);
    if (text_starts_with(line, text_of("HTTP/")))
        take_status_line(h, line);
    else if (line.size == 0)
        h->is_over = true;
    else if (!h->is_over && text_split(line, ':', &name, &value))
        take_field(h, name, text_trimmed(value));
    return true;
}
