/* SPDX-License-Identifier: Apache-2.0 */
/* A file of rows, in pieces and whole, gives the same rows, and so does what is written of it. */
#include <stdlib.h>

#include "rows_copy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    arena_init(&arena, 256 << 20);
    if (size > 0) {
        struct text file = text_slice((const char *)data, size),
                    whole = rows_copy(file, size, ROW_CSV, &arena);
        struct text again = rows_copy(rows_copy(whole, 100, ROW_NDJSON, &arena), 100, ROW_CSV, &arena);
        if (!text_equals(whole, rows_copy(file, 7, ROW_CSV, &arena)) || !text_equals(whole, again))
            abort();
    }
    arena_reset(&arena);
    return 0;
}
