/* SPDX-License-Identifier: Apache-2.0 */
/* The first byte picks format and kind, the rest is the file: in pieces and whole it gives the same rows, and
 * so does what is written of it. */
#include <stdlib.h>

#include "rows/rows.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The rows of FILE, read in pieces of PIECE bytes, as a file in the format OUT. */
static struct text copy(struct text file, size_t piece, enum row_format out, struct arena *arena)
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    arena_init(&arena, 256 << 20);
    if (size > 0) {
        struct text file = text_slice((const char *)data, size), whole = copy(file, size, ROW_CSV, &arena);
        struct text again = copy(copy(whole, 100, ROW_NDJSON, &arena), 100, ROW_CSV, &arena);
        if (!text_equals(whole, copy(file, 7, ROW_CSV, &arena)) || !text_equals(whole, again))
            abort();
    }
    arena_reset(&arena);
    return 0;
}
