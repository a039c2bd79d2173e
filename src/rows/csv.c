/* SPDX-License-Identifier: Apache-2.0 */
/* Two paths: a line without a quote, as nearly all are, is cut at its commas by memchr; any other goes field
 * by field. Awkward: at the end of the input a quote may still turn out to be the first of two, and a CR the
 * first half of a line end; both wait for more. */
#include "rows/csv.h"

#include <string.h>

struct cursor {
    const char *at, *end;
    const char *fault;
};

enum field_end { FIELD_ENDS_WITH_COMMA, FIELD_ENDS_LINE, FIELD_ENDS_INPUT, FIELD_FAULT };

static const char *find_byte(const char *at, const char *end, char c)
{
    return at == end ? NULL : memchr(at, c, (size_t)(end - at));
}

static void add_field(struct csv_record *record, struct text raw, bool has_doubled_quotes)
{
    if (record->count < CSV_FIELDS_MAX)
        record->fields[record->count] = (struct csv_field){raw, has_doubled_quotes};
    record->count++;
}

/* LINE without a quote and without its LF. */
static bool split_plain(const char *at, const char *end, struct csv_record *out)
{
    if (end > at && end[-1] == '\r')
        end--;
    if (find_byte(at, end, '\r') != NULL)
        return false;
    const char *comma;
    while ((comma = find_byte(at, end, ',')) != NULL) {
        add_field(out, text_slice(at, (size_t)(comma - at)), false);
        at = comma + 1;
    }
    add_field(out, text_slice(at, (size_t)(end - at)), false);
    return true;
}

static enum field_end fault(struct cursor *c, const char *what)
{
    c->fault = what;
    return FIELD_FAULT;
}

/* What stands behind a field. */
static enum field_end past_field(struct cursor *c, const char *otherwise)
{
    size_t left = (size_t)(c->end - c->at);
    if (left == 0)
        return FIELD_ENDS_INPUT;
    if (*c->at == ',') {
        c->at++;
        return FIELD_ENDS_WITH_COMMA;
    }
    if (*c->at == '\n' || (*c->at == '\r' && left > 1 && c->at[1] == '\n')) {
        c->at += *c->at == '\n' ? 1 : 2;
        return FIELD_ENDS_LINE;
    }
    if (*c->at != '\r' || left > 1)
        return fault(c, otherwise);
    c->at++;
    return FIELD_ENDS_INPUT;
}

static enum field_end split_quoted_field(struct cursor *c, struct csv_record *out)
{
    const char *start = ++c->at;
    bool has_doubled_quotes = false;
    for (;;) {
        const char *quote = find_byte(c->at, c->end, '"');
        if (quote == NULL) {
            c->at = c->end;
            return fault(c, "the field's opening quote is never closed");
        }
        c->at = quote + 1;
        if (c->at == c->end || *c->at != '"')
            break;
        c->at++;
        has_doubled_quotes = true;
    }
    add_field(out, text_slice(start, (size_t)(c->at - 1 - start)), has_doubled_quotes);
    return past_field(c, "something follows a closing quote; double each quote inside a quoted field");
}

static enum field_end split_bare_field(struct cursor *c, struct csv_record *out)
{
    const char *start = c->at;
    while (c->at < c->end && *c->at != ',' && *c->at != '\n' && *c->at != '\r' && *c->at != '"')
        c->at++;
    add_field(out, text_slice(start, (size_t)(c->at - start)), false);
    return past_field(c, "a quote or a carriage return stands in a field without quotes; quote the field");
}

static void count_lines(const char *start, struct csv_record *out)
{
    const char *end = start + out->size;
    out->lines = out->size > 0 && end[-1] != '\n';
    for (const char *at = start; (at = find_byte(at, end, '\n')) != NULL; at++)
        out->lines++;
}

/* Takes the rest of the line in which the fault is, so that the next record begins at the beginning of a
 * line. */
static enum csv_state pass_fault(struct cursor *c, bool is_last)
{
    const char *line_end = find_byte(c->at, c->end, '\n');
    if (line_end == NULL && !is_last)
        return CSV_MORE;
    c->at = line_end == NULL ? c->end : line_end + 1;
    return CSV_FAULT;
}

static enum csv_state split_with_quotes(struct text input, bool is_last, struct csv_record *out)
{
    struct cursor c = {input.data, input.data + input.size, NULL};
    enum csv_state state = CSV_WHOLE;
    enum field_end end = FIELD_ENDS_WITH_COMMA;
    while (end == FIELD_ENDS_WITH_COMMA) {
        bool quoted = c.at < c.end && *c.at == '"';
        end = quoted ? split_quoted_field(&c, out) : split_bare_field(&c, out);
    }
    if (end == FIELD_FAULT)
        state = pass_fault(&c, is_last);
    else if (end == FIELD_ENDS_INPUT && !is_last)
        state = CSV_MORE;
    out->size = (size_t)(c.at - input.data);
    out->fault = c.fault;
    count_lines(input.data, out);
    return state;
}

enum csv_state csv_split(struct text input, bool is_last, struct csv_record *out)
{
    const char *end = input.data + input.size;
    const char *line_end = find_byte(input.data, end, '\n');
    out->count = 0;
    if (line_end == NULL && !is_last)
        return CSV_MORE;
    if (line_end == NULL)
        line_end = end;
    if (find_byte(input.data, line_end, '"') != NULL)
        return split_with_quotes(input, is_last, out);
    out->size = (size_t)(line_end - input.data) + (line_end < end);
    out->lines = 1;
    if (split_plain(input.data, line_end, out))
        return CSV_WHOLE;
    out->fault = "a carriage return stands in a field without quotes; quote the field";
    return CSV_FAULT;
}

bool csv_field_text(const struct csv_field *field, struct arena *arena, struct text *out, struct error *err)
{
    if (!field->has_doubled_quotes) {
        *out = field->raw;
        return true;
    }
    char *copy = arena_alloc(arena, field->raw.size, err);
    if (copy == NULL)
        return false;
    size_t size = 0;
    for (size_t i = 0; i < field->raw.size; i++) {
        copy[size++] = field->raw.data[i];
        if (field->raw.data[i] == '"')
            i++; /* the second of the pair */
    }
    *out = text_slice(copy, size);
    return true;
}

bool csv_needs_quotes(struct text t)
{
    for (size_t i = 0; i < t.size; i++) {
        if (t.data[i] == ',' || t.data[i] == '"' || t.data[i] == '\n' || t.data[i] == '\r')
            return true;
    }
    return false;
}
