/* SPDX-License-Identifier: Apache-2.0 */
/* The answer of the single-user GET in the documented dialect and in contract 1. Awkward: the reference page
 * has a `user` envelope, while XSAPI reads xuid and scids from the root; one body serves both. */
#include "batch/dialect.h"
#include "batch/pieces.h"
#include "json/writer.h"

static void put_single(const struct batch_result *r, enum value_form form, struct buffer *out)
{
    buffer_put_char(out, '{');
    piece_put_envelope(r, form, out);
    buffer_put(out, ",\"xuid\":");
    piece_put_quoted(r->asked->xuids[0], out);
    buffer_put(out, ",\"scids\":[{\"scid\":");
    json_write_string(out, r->asked->lists[0].owner.scid);
    buffer_put(out, ",\"stats\":");
    piece_put_stats(r, 0, 0, form, out);
    buffer_put(out, "}]}");
}

void batch_write_single_documented(const struct batch_result *r, struct buffer *out)
{
    put_single(r, VALUE_TYPED, out);
}

void batch_write_single_contract_1(const struct batch_result *r, struct buffer *out)
{
    put_single(r, VALUE_STRING, out);
}
