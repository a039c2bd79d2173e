/* SPDX-License-Identifier: Apache-2.0 */
/* Bit 0 of a file's first byte: NDJSON; bit 1: players. */
#include "rows_copy.h"

struct text rows_copy(struct text file, size_t piece, enum row_format out, struct arena *arena)
{
    enum row_kind kind = file.data[0] & 2 ? ROW_PLAYERS : ROW_VALUES;
    struct row_input in = {text_slice(file.data + 1, 0), false, 0};
    struct row_reader r;
    struct buffer b;
    struct row row;
    struct error err;
    struct text written = {NULL, 0};
    row_reader_init(&r, file.data[0] & 1 ? ROW_NDJSON : ROW_CSV, kind);
    buffer_init(&b, arena, 64 << 20);
    buffer_put_char(&b, (char)((file.data[0] & 2) | out));
    row_write_header(out, kind, &b);
    for (enum row_step step = ROW_STEP_MORE;
         step != ROW_STEP_FAILED && (step != ROW_STEP_MORE || !in.at_end);) {
        size_t left = (size_t)(file.data + file.size - in.bytes.data) - in.bytes.size;
        in.bytes.size += step != ROW_STEP_MORE ? 0 : left < piece ? left : piece;
        in.at_end = in.bytes.data + in.bytes.size == file.data + file.size;
        step = row_next(&r, &in, arena, &row, &err);
        in.bytes = text_slice(in.bytes.data + in.consumed, in.bytes.size - in.consumed);
        if (step == ROW_STEP_ROW)
            row_write(out, kind, &row, &b);
    }
    return buffer_finish(&b, ERROR_INTERNAL, &written, &err) ? written : text_of(NULL);
}
