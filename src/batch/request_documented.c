/* SPDX-License-Identifier: Apache-2.0 */
/* A batch as the body of the documented dialect and of contract 1. xuids are strings: the only form that
 * every reader keeps exactly. */
#include "batch/dialect.h"
#include "json/writer.h"

static void put_list(const struct batch_list *s, struct buffer *out)
{
    buffer_put(out, "{\"scid\":");
    json_write_string(out, s->owner.scid);
    buffer_put(out, ",\"requestedstats\":[");
    for (size_t i = 0; i < s->name_count; i++) {
        if (i > 0)
            buffer_put_char(out, ',');
        json_write_string(out, s->names[i]);
    }
    buffer_put(out, "]}");
}

void batch_request_documented(const struct batch *b, struct buffer *out)
{
    buffer_put(out, "{\"requestedusers\":[");
    for (size_t i = 0; i < b->xuid_count; i++) {
        buffer_put(out, i > 0 ? ",\"" : "\"");
        buffer_put_u64(out, b->xuids[i]);
        buffer_put_char(out, '"');
    }
    buffer_put(out, "],\"requestedscids\":[");
    for (size_t i = 0; i < b->list_count; i++) {
        if (i > 0)
            buffer_put_char(out, ',');
        put_list(&b->lists[i], out);
    }
    buffer_put(out, "]}");
}
