/* SPDX-License-Identifier: Apache-2.0 */
/* A batch as the body of contracts 2 and 3, its members as most clients spell them. */
#include "batch/dialect.h"
#include "json/writer.h"

static void put_item(struct text name, const struct batch_owner *owner, struct buffer *out)
{
    buffer_put(out, "{\"name\":");
    json_write_string(out, name);
    if (owner->scid.data != NULL) {
        buffer_put(out, ",\"scid\":");
        json_write_string(out, owner->scid);
    } else {
        buffer_put(out, ",\"titleId\":\"");
        buffer_put_u64(out, owner->title_id);
        buffer_put_char(out, '"');
    }
    buffer_put_char(out, '}');
}

static void put_stats(const struct batch *b, struct buffer *out)
{
    bool first = true;
    for (size_t i = 0; i < b->list_count; i++) {
        for (size_t n = 0; n < b->lists[i].name_count; n++) {
            buffer_put(out, first ? "" : ",");
            put_item(b->lists[i].names[n], &b->lists[i].owner, out);
            first = false;
        }
    }
}

void batch_request_contract_2(const struct batch *b, struct buffer *out)
{
    buffer_put(out, "{\"arrangebyfield\":\"xuid\",\"xuids\":[");
    for (size_t i = 0; i < b->xuid_count; i++) {
        buffer_put(out, i > 0 ? ",\"" : "\"");
        buffer_put_u64(out, b->xuids[i]);
        buffer_put_char(out, '"');
    }
    buffer_put(out, "],\"groups\":[");
    for (size_t i = 0; i < b->group_count; i++) {
        buffer_put(out, i > 0 ? "," : "");
        put_item(b->groups[i].name, &b->groups[i].owner, out);
    }
    buffer_put(out, "],\"stats\":[");
    put_stats(b, out);
    buffer_put(out, "]}");
}
