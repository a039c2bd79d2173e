/* SPDX-License-Identifier: Apache-2.0 */
/* A batch as a body. xuids are strings: the only form that every reader keeps exactly. */
#include "batch/batch.h"
#include "json/writer.h"

static void put_scid(const struct batch_scid *s, struct buffer *out)
{
    buffer_put(out, "{\"scid\":");
    json_write_string(out, s->scid);
    buffer_put(out, ",\"requestedstats\":[");
    for (size_t i = 0; i < s->name_count; i++) {
        if (i > 0)
            buffer_put_char(out, ',');
        json_write_string(out, s->names[i]);
    }
    buffer_put(out, "]}");
}

void batch_write(const struct batch *b, struct buffer *out)
{
    buffer_put(out, "{\"requestedusers\":[");
    for (size_t i = 0; i < b->xuid_count; i++) {
        buffer_put(out, i > 0 ? ",\"" : "\"");
        buffer_put_u64(out, b->xuids[i]);
        buffer_put_char(out, '"');
    }
    buffer_put(out, "],\"requestedscids\":[");
    for (size_t i = 0; i < b->scid_count; i++) {
        if (i > 0)
            buffer_put_char(out, ',');
        put_scid(&b->scids[i], out);
    }
    buffer_put(out, "]}");
}
