/* SPDX-License-Identifier: Apache-2.0 */
/* Rows as text, in the one order of fields.c. */
#include "rows/rows.h"

#include "json/writer.h"
#include "rows/csv.h"
#include "rows/fields.h"

static void write_csv_field(struct text t, struct buffer *out)
{
    if (!csv_needs_quotes(t)) {
        buffer_append(out, t);
        return;
    }
    struct text before, after;
    buffer_put_char(out, '"');
    while (text_split(t, '"', &before, &after)) {
        buffer_append(out, before);
        buffer_put(out, "\"\"");
        t = after;
    }
    buffer_append(out, t);
    buffer_put_char(out, '"');
}

void row_write_header(enum row_format format, enum row_kind kind, struct buffer *out)
{
    if (format != ROW_CSV)
        return;
    const char *separator = "";
    for (size_t i = 0; i < ROW_FIELD_COUNT; i++) {
        if (!row_field_is_of(i, kind))
            continue;
        buffer_put(out, separator);
        buffer_put(out, row_fields[i].name);
        separator = ",";
    }
    buffer_put_char(out, '\n');
}

static void write_csv(enum row_kind kind, const struct row *row, struct buffer *out)
{
    const char *separator = "";
    for (size_t i = 0; i < ROW_FIELD_COUNT; i++) {
        if (!row_field_is_of(i, kind))
            continue;
        buffer_put(out, separator);
        write_csv_field(row_field_get(row, i), out);
        separator = ",";
    }
    buffer_put_char(out, '\n');
}

static void write_ndjson(enum row_kind kind, const struct row *row, struct buffer *out)
{
    char separator = '{';
    for (size_t i = 0; i < ROW_FIELD_COUNT; i++) {
        struct text t = row_field_get(row, i);
        if (!row_field_is_of(i, kind) || (row_fields[i].optional && t.size == 0))
            continue;
        buffer_put_char(out, separator);
        json_write_string(out, text_of(row_fields[i].name));
        buffer_put_char(out, ':');
        json_write_string(out, t);
        separator = ',';
    }
    buffer_put(out, "}\n");
}

void row_write(enum row_format format, enum row_kind kind, const struct row *row, struct buffer *out)
{
    if (format == ROW_CSV)
        write_csv(kind, row, out);
    else
        write_ndjson(kind, row, out);
}
