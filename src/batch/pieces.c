/* SPDX-License-Identifier: Apache-2.0 */
/* Values and statistics as the reference page writes them, and what else the writers share. */
#include "batch/pieces.h"

#include "json/writer.h"

const struct value *piece_value(const struct batch_result *r, size_t user, const struct batch_result_stat *s)
{
    const struct value *v = &r->values[user * r->column_count + s->column];
    return v->type == STATISTIC_TYPE_NONE ? NULL : v;
}

void piece_put_quoted(uint64_t n, struct buffer *out)
{
    buffer_put_char(out, '"');
    buffer_put_u64(out, n);
    buffer_put_char(out, '"');
}

static void put_number(const struct value *v, struct buffer *out)
{
    if (v->type == STATISTIC_INTEGER)
        buffer_put_i64(out, v->integer);
    else
        buffer_put_double(out, v->real);
}

void piece_put_value(enum value_form form, const struct value *v, struct buffer *out)
{
    if (v->type == STATISTIC_STRING || v->type == STATISTIC_DATETIME) {
        json_write_string(out, v->text);
    } else if (form == VALUE_TYPED) {
        put_number(v, out);
    } else {
        buffer_put_char(out, '"');
        put_number(v, out);
        buffer_put_char(out, '"');
    }
}

void piece_put_member(const char *name, struct text t, struct buffer *out)
{
    if (t.data == NULL)
        return;
    buffer_put(out, ",\"");
    buffer_put(out, name);
    buffer_put(out, "\":");
    json_write_string(out, t);
}

void piece_put_stats(const struct batch_result *r, size_t user, size_t i, enum value_form form,
                     struct buffer *out)
{
    bool first = true;
    buffer_put_char(out, '[');
    for (size_t n = 0; n < r->lists[i].stat_count; n++) {
        const struct batch_result_stat *s = &r->lists[i].stats[n];
        const struct value *v = piece_value(r, user, s);
        if (v == NULL)
            continue;
        buffer_put(out, first ? "{\"statname\":" : ",{\"statname\":");
        first = false;
        json_write_string(out, s->statistic->name);
        buffer_put(out, ",\"type\":");
        json_write_string(out,
                          statistic_type_name(v->type)); /* the value's: what it is called is what it is */
        buffer_put(out, ",\"value\":");
        piece_put_value(form, v, out);
        if (r->with_metadata)
            piece_put_member("valuemetadata", v->metadata.data == NULL ? text_of("") : v->metadata, out);
        buffer_put_char(out, '}');
    }
    buffer_put_char(out, ']');
}

void piece_put_envelope(const struct batch_result *r, enum value_form form, struct buffer *out)
{
    buffer_put(out, "\"user\":{\"xuid\":");
    piece_put_quoted(r->asked->xuids[0], out);
    piece_put_member("gamertag", r->gamertags[0], out);
    buffer_put(out, ",\"stats\":");
    piece_put_stats(r, 0, 0, form, out);
    buffer_put_char(out, '}');
}
