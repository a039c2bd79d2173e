/* SPDX-License-Identifier: Apache-2.0 */
/* A file of rows, read and written again, for fuzz_rows.c. */
#ifndef USERSTATS_TESTS_FUZZ_ROWS_COPY_H
#define USERSTATS_TESTS_FUZZ_ROWS_COPY_H

#include "rows/rows.h"

/* The rows of FILE, whose first byte says format and kind, read in pieces of PIECE bytes, as a file in the
 * format OUT. */
struct text rows_copy(struct text file, size_t piece, enum row_format out, struct arena *arena);

#endif
