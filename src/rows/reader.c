/* SPDX-License-Identifier: Apache-2.0 */
/* One row off the front of the input. Awkward: an open quote would take the rest of the file as one field, so
 * only the first ROW_MAX bytes are ever looked at, and a row that does not end within them ends the reading.
 */
#include "rows/rows.h"

#include <inttypes.h>
#include <string.h>

#include "json/reader.h"
#include "rows/csv.h"
#include "rows/fields.h"

#define NAME_SHOWN_MAX 40 /* bytes of a column's or member's name in a message */

static const char byte_order_mark[] = "\xEF\xBB\xBF";

/* One call of row_next. */
struct taking {
    struct row_reader *reader;
    struct text window; /* at most ROW_MAX bytes */
    bool is_last;       /* nothing follows the window */
    struct arena *arena;
    size_t consumed;
    uint64_t line; /* of the row */
    struct error *err;
};

void row_reader_init(struct row_reader *r, enum row_format format, enum row_kind kind)
{
    *r = (struct row_reader){.format = format, .kind = kind};
    for (size_t i = 0; i < ROW_FIELD_COUNT; i++)
        r->columns[i] = -1;
}

static struct text shown(struct text name)
{
    return text_slice(name.data, name.size < NAME_SHOWN_MAX ? name.size : NAME_SHOWN_MAX);
}

static enum row_step bad(struct taking *t, const char *reason)
{
    error_refuse(t->err, ERROR_ROW, "line %" PRIu64 ": %s", t->line, reason);
    return ROW_STEP_BAD;
}

/* Notes which column holds which field. */
static enum row_step take_header(struct taking *t, const struct csv_record *record)
{
    struct row_reader *r = t->reader;
    int columns[ROW_FIELD_COUNT] = {-1, -1, -1, -1, -1, -1};
    const char *names = row_field_names(r->kind);
    for (size_t i = 0; i < record->count; i++) {
        struct text name = i < CSV_FIELDS_MAX ? record->fields[i].raw : text_of("");
        size_t field = row_field_find(r->kind, name);
        if (field != ROW_NO_FIELD && columns[field] < 0) {
            columns[field] = (int)i;
            continue;
        }
        error_refuse(t->err, ERROR_ROW,
                     "line %" PRIu64 ": the header %s \"%.*s\"; the columns are %s, in any order", t->line,
                     field == ROW_NO_FIELD ? "names an unknown column" : "names twice the column",
                     TEXT_ARG(shown(name)), names);
        return ROW_STEP_FAILED;
    }
    for (size_t i = 0; i < ROW_FIELD_COUNT; i++) {
        if (columns[i] >= 0 || !row_field_is_of(i, r->kind) || row_fields[i].optional)
            continue;
        error_refuse(t->err, ERROR_ROW,
                     "line %" PRIu64 ": the header lacks the column \"%s\"; the columns are %s, in any order",
                     t->line, row_fields[i].name, names);
        return ROW_STEP_FAILED;
    }
    memcpy(r->columns, columns, sizeof columns);
    r->has_header = true;
    return ROW_STEP_SKIP;
}

static enum row_step take_fields(struct taking *t, const struct csv_record *record, struct row *out)
{
    const int *columns = t->reader->columns;
    struct row row = {.line = t->line};
    size_t count = 0;
    for (size_t i = 0; i < ROW_FIELD_COUNT; i++)
        count += columns[i] >= 0;
    if (record->count != count) {
        error_refuse(t->err, ERROR_ROW, "line %" PRIu64 ": the row has %zu fields, the header %zu columns",
                     t->line, record->count, count);
        return ROW_STEP_BAD;
    }
    for (size_t i = 0; i < ROW_FIELD_COUNT; i++) {
        struct text field;
        if (columns[i] < 0)
            continue;
        if (!csv_field_text(&record->fields[columns[i]], t->arena, &field, t->err))
            return ROW_STEP_FAILED;
        row_field_set(&row, i, field);
    }
    *out = row;
    return ROW_STEP_ROW;
}

static enum row_step take_record(struct taking *t, struct text bytes, const struct csv_record *record,
                                 struct row *out)
{
    if (memchr(bytes.data, '\0', bytes.size) != NULL)
        return bad(t, "the row holds a NUL byte");
    if (!text_is_utf8(bytes))
        return bad(t, "the row is not well-formed UTF-8");
    if (record->count == 1 && record->fields[0].raw.size == 0 && bytes.data[0] != '"')
        return ROW_STEP_SKIP;
    return t->reader->has_header ? take_fields(t, record, out) : take_header(t, record);
}

static enum row_step next_csv(struct taking *t, struct row *out)
{
    struct csv_record record;
    struct text rest = t->window;
    size_t mark = 0;
    if (t->reader->line == 0 && text_starts_with(rest, text_of(byte_order_mark)))
        mark = sizeof byte_order_mark - 1;
    rest = text_slice(rest.data + mark, rest.size - mark);
    enum csv_state state = csv_split(rest, t->is_last, &record);
    if (state == CSV_MORE)
        return ROW_STEP_MORE;
    t->consumed = mark + record.size;
    t->reader->line += record.lines;
    if (record.size == 0) /* a byte-order mark and nothing else */
        return ROW_STEP_SKIP;
    enum row_step step = state == CSV_FAULT
                             ? bad(t, record.fault)
                             : take_record(t, text_slice(rest.data, record.size), &record, out);
    return step == ROW_STEP_BAD && !t->reader->has_header ? ROW_STEP_FAILED : step;
}

/* The JSON reader's refusal, with the file's line in place of the document's. */
static enum row_step bad_document(struct taking *t)
{
    struct error cause = *t->err;
    if (cause.code != ERROR_JSON_SYNTAX && cause.code != ERROR_JSON_LIMIT)
        return ROW_STEP_FAILED;
    const char *column = strstr(cause.message, "column ");
    if (column == NULL)
        return bad(t, cause.message);
    error_refuse(t->err, ERROR_ROW, "line %" PRIu64 ", %s", t->line, column);
    return ROW_STEP_BAD;
}

/* False, with the reason in *err, for a member that is none of the row's. */
static bool take_member(struct taking *t, const struct json_value *member, struct row *row)
{
    struct text name = json_name(member);
    size_t field = row_field_find(t->reader->kind, name);
    if (field == ROW_NO_FIELD)
        return error_refuse(t->err, ERROR_ROW,
                            "line %" PRIu64 ": unknown member \"%.*s\"; the members are %s", t->line,
                            TEXT_ARG(shown(name)), row_field_names(t->reader->kind));
    enum json_kind kind = json_kind(member);
    if (kind == JSON_NULL && row_fields[field].optional)
        return true;
    if (kind != JSON_STRING && kind != JSON_NUMBER)
        return error_refuse(t->err, ERROR_ROW,
                            "line %" PRIu64 ": the member \"%s\" must be a string or a number", t->line,
                            row_fields[field].name);
    row_field_set(row, field, kind == JSON_STRING ? json_string(member) : json_number(member));
    return true;
}

static enum row_step take_document(struct taking *t, struct text document, struct row *out)
{
    static const struct json_limits limits = {2, 1 + 2 * ROW_FIELD_COUNT};
    const struct json_value *root;
    struct row row = {.line = t->line};
    if (!json_read(document, &limits, t->arena, &root, t->err))
        return bad_document(t);
    if (json_kind(root) != JSON_OBJECT)
        return bad(t, "each line must be one JSON object");
    for (const struct json_value *m = json_first(root); m != NULL; m = json_next(m)) {
        if (!take_member(t, m, &row))
            return ROW_STEP_BAD;
    }
    for (size_t i = 0; i < ROW_FIELD_COUNT; i++) {
        bool absent = row_field_get(&row, i).data == NULL;
        if (!absent || !row_field_is_of(i, t->reader->kind) || row_fields[i].optional)
            continue;
        error_refuse(t->err, ERROR_ROW, "line %" PRIu64 ": the member \"%s\" is missing", t->line,
                     row_fields[i].name);
        return ROW_STEP_BAD;
    }
    *out = row;
    return ROW_STEP_ROW;
}

static enum row_step next_ndjson(struct taking *t, struct row *out)
{
    const char *start = t->window.data;
    const char *line_end = memchr(start, '\n', t->window.size);
    if (line_end == NULL && !t->is_last)
        return ROW_STEP_MORE;
    size_t size = line_end == NULL ? t->window.size : (size_t)(line_end - start);
    t->consumed = size + (line_end != NULL);
    t->reader->line++;
    if (size > 0 && start[size - 1] == '\r')
        size--;
    struct text document = text_trimmed(text_slice(start, size));
    return document.size == 0 ? ROW_STEP_SKIP : take_document(t, text_slice(start, size), out);
}

enum row_step row_next(struct row_reader *r, struct row_input *input, struct arena *arena, struct row *out,
                       struct error *err)
{
    struct text bytes = input->bytes;
    input->consumed = 0;
    if (bytes.size == 0)
        return ROW_STEP_MORE;
    /* A last row without a line end counts as if it had one, so that no outcome depends on when the end is
     * known. */
    bool is_cut = bytes.size >= ROW_MAX;
    struct taking t = {.reader = r, .arena = arena, .line = r->line + 1, .err = err};
    t.window = text_slice(bytes.data, is_cut ? ROW_MAX : bytes.size);
    t.is_last = input->at_end && !is_cut;
    enum row_step step = r->format == ROW_CSV ? next_csv(&t, out) : next_ndjson(&t, out);
    if (step == ROW_STEP_MORE && is_cut) {
        error_refuse(err, ERROR_ROW, "line %" PRIu64 ": the row that begins here is longer than %d bytes%s",
                     t.line, ROW_MAX, r->format == ROW_CSV ? "; is one of its quotes never closed?" : "");
        return ROW_STEP_FAILED;
    }
    if (step != ROW_STEP_FAILED)
        input->consumed = t.consumed;
    return step;
}
