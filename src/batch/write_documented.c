/* SPDX-License-Identifier: Apache-2.0 */
/* The answer of the documented dialect and of contract 1 (the reference page, "Response body"), which differ
 * in how a number is written: the page prints numbers, while XSAPI loses the whole answer unless each value
 * is a string. */
#include "batch/dialect.h"
#include "batch/pieces.h"
#include "json/writer.h"

static void put_user(const struct batch_result *r, size_t user, enum value_form form, struct buffer *out)
{
    buffer_put(out, "{\"xuid\":");
    piece_put_quoted(r->asked->xuids[user], out);
    piece_put_member("gamertag", r->gamertags[user], out);
    buffer_put(out, ",\"scids\":[");
    for (size_t i = 0; i < r->asked->list_count; i++) {
        buffer_put(out, i > 0 ? ",{\"scid\":" : "{\"scid\":");
        json_write_string(out, r->asked->lists[i].owner.scid);
        buffer_put(out, ",\"stats\":");
        piece_put_stats(r, user, i, form, out);
        buffer_put_char(out, '}');
    }
    buffer_put(out, "]}");
}

static void put_users(const struct batch_result *r, enum value_form form, struct buffer *out)
{
    buffer_put(out, "{\"users\":[");
    for (size_t user = 0; user < r->asked->xuid_count; user++) {
        buffer_put(out, user > 0 ? "," : "");
        put_user(r, user, form, out);
    }
    buffer_put(out, "]}");
}

void batch_write_documented(const struct batch_result *r, struct buffer *out)
{
    put_users(r, VALUE_TYPED, out);
}

void batch_write_contract_1(const struct batch_result *r, struct buffer *out)
{
    put_users(r, VALUE_STRING, out);
}
