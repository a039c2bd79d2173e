/* SPDX-License-Identifier: Apache-2.0 */
/* The answer of the documented dialect and of contract 1 (the reference page, "Response body"), which differ
 * in how a number is written: the page prints numbers, while XSAPI loses the whole answer unless each value
 * is a string. */
#include "batch/batch.h"
#include "json/writer.h"

static void put_number(const struct value *v, struct buffer *out)
{
    if (v->type == STATISTIC_INTEGER)
        buffer_put_i64(out, v->integer);
    else
        buffer_put_double(out, v->real);
}

static void put_value(enum batch_dialect dialect, const struct value *v, struct buffer *out)
{
    if (v->type == STATISTIC_STRING || v->type == STATISTIC_DATETIME) {
        json_write_string(out, v->text);
    } else if (dialect == BATCH_DOCUMENTED) {
        put_number(v, out);
    } else {
        buffer_put_char(out, '"');
        put_number(v, out);
        buffer_put_char(out, '"');
    }
}

static void put_stat(enum batch_dialect dialect, const struct statistic *s, const struct value *v,
                     struct buffer *out)
{
    buffer_put(out, "{\"statname\":");
    json_write_string(out, s->name);
    buffer_put(out, ",\"type\":");
    json_write_string(out, statistic_type_name(v->type)); /* the value's: what it is called is what it is */
    buffer_put(out, ",\"value\":");
    put_value(dialect, v, out);
    buffer_put_char(out, '}');
}

/* VALUES are those of one user for this scid. */
static void put_scid(enum batch_dialect dialect, const struct batch_result_scid *s,
                     const struct value *values, struct buffer *out)
{
    bool first = true;
    buffer_put(out, "{\"scid\":");
    json_write_string(out, s->scid);
    buffer_put(out, ",\"stats\":[");
    for (size_t i = 0; i < s->statistic_count; i++) {
        if (values[i].type == STATISTIC_TYPE_NONE)
            continue;
        if (!first)
            buffer_put_char(out, ',');
        first = false;
        put_stat(dialect, s->statistics[i], &values[i], out);
    }
    buffer_put(out, "]}");
}

static const struct value *put_user(enum batch_dialect dialect, const struct batch_result *r, size_t user,
                                    const struct value *values, struct buffer *out)
{
    buffer_put(out, "{\"xuid\":\"");
    buffer_put_u64(out, r->xuids[user]);
    buffer_put_char(out, '"');
    if (r->gamertags[user].data != NULL) {
        buffer_put(out, ",\"gamertag\":");
        json_write_string(out, r->gamertags[user]);
    }
    buffer_put(out, ",\"scids\":[");
    for (size_t i = 0; i < r->scid_count; i++) {
        if (i > 0)
            buffer_put_char(out, ',');
        put_scid(dialect, &r->scids[i], values, out);
        values += r->scids[i].statistic_count;
    }
    buffer_put(out, "]}");
    return values;
}

void batch_result_write(enum batch_dialect dialect, const struct batch_result *r, struct buffer *out)
{
    const struct value *values = r->values;
    buffer_put(out, "{\"users\":[");
    for (size_t i = 0; i < r->xuid_count; i++) {
        if (i > 0)
            buffer_put_char(out, ',');
        values = put_user(dialect, r, i, values, out);
    }
    buffer_put(out, "]}");
}
