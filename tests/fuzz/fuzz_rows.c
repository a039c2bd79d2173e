/* SPDX-License-Identifier: Apache-2.0 */
/* The first byte picks format and kind, the rest is the file: pieces and the whole give the same rows, and so
 * does what is written. */
#include <stdlib.h>

#include "rows/rows.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The rows of FILE, read in pieces of PIECE bytes, as they are written in the format OUT. */
static struct text copy(struct text file, size_t piece, enum row_format in, enum row_format out,
                        struct arena *arena)
{
    enum row_kind kind = file.data[0] & 2 ? ROW_PLAYERS : ROW_VALUES;
    struct row_reader r;
    struct buffer b;
    struct row row;
    struct error err;
    struct text written = text_of("");
    size_t from = 1, to = 1, consumed;
    enum row_step step = ROW_STEP_SKIP;
    row_reader_init(&r, in, kind);
    buffer_init(&b, arena, 64 << 20);
    buffer_put_char(&b, file.data[0]);
    row_write_header(out, kind, &b);
    while (step != ROW_STEP_FAILED && (step != ROW_STEP_MORE || to < file.size)) {
        to = step != ROW_STEP_MORE ? to : file.size - to < piece ? file.size : to + piece;
        step = row_next(&r, text_slice(file.data + from, to - from), to == file.size, arena, &row, &consumed,
                        &err);
        from += consumed;
        if (step == ROW_STEP_ROW)
            row_write(out, kind, &row, &b);
    }
    return buffer_finish(&b, ERROR_INTERNAL, &written, &err) ? written : text_of(NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text file = text_slice((const char *)data, size);
    struct arena arena;
    arena_init(&arena, 256 << 20);
    if (size > 0) {
        enum row_format format = data[0] & 1 ? ROW_NDJSON : ROW_CSV;
        struct text whole = copy(file, size, format, ROW_CSV, &arena),
                    pieces = copy(file, 7, format, ROW_CSV, &arena);
        struct text json = copy(whole, 100, ROW_CSV, ROW_NDJSON, &arena),
                    again = copy(json, 100, ROW_NDJSON, ROW_CSV, &arena);
        if (!text_equals(whole, pieces) || !text_equals(whole, again))
            abort();
    }
    arena_reset(&arena);
    return 0;
}
