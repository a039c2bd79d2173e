/* SPDX-License-Identifier: Apache-2.0 */
/* Read and write value rows and player rows as CSV (RFC 4180) or NDJSON: text only, no catalog, no store. */
#ifndef USERSTATS_ROWS_ROWS_H
#define USERSTATS_ROWS_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attributes.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"

enum row_format { ROW_CSV, ROW_NDJSON };
enum row_kind {
    ROW_VALUES,  /* xuid,scid,statname,value[,valuemetadata] */
    ROW_PLAYERS, /* xuid,gamertag */
};

#define ROW_MAX 65536 /* bytes of one row, its line ends included */

/* The fields of one row, unescaped; absent where the row has none. */
struct row {
    struct text xuid, scid, statname, value, valuemetadata, gamertag;
    uint64_t line; /* the line it began on, from 1 */
};

struct row_reader {
    enum row_format format;
    enum row_kind kind;
    uint64_t line;   /* lines consumed so far */
    bool has_header; /* CSV: the header row has been read */
    int columns[6];  /* CSV: the column of each field, in the order of struct row; -1: absent */
};

void row_reader_init(struct row_reader *r, enum row_format format, enum row_kind kind);

enum row_step {
    ROW_STEP_ROW,    /* *out holds a row */
    ROW_STEP_SKIP,   /* consumed bytes that are no row: the header, an empty line */
    ROW_STEP_BAD,    /* consumed a bad row; *err says the line and the reason; the next row is not harmed */
    ROW_STEP_MORE,   /* INPUT holds no whole row: call again with more bytes */
    ROW_STEP_FAILED, /* reading cannot go on: no such header, a row over ROW_MAX, no memory; *err says why */
};

/* What row_next reads from: the front of a file's bytes that have not been consumed. */
struct row_input {
    struct text bytes;
    bool at_end;     /* no bytes follow */
    size_t consumed; /* set by row_next: how many of the bytes it took; 0 with MORE and FAILED */
};

/* Takes one row off the front of INPUT, whose bytes and at_end it leaves as they are. Texts live in ARENA or
 * point into the bytes: valid until either goes. What a row gives does not depend on how much of what follows
 * it is there already. A buffer must hold ROW_MAX bytes, an arena 512 KiB a row. A UTF-8 byte-order mark at
 * the start of a CSV file is skipped; an empty valuemetadata is an absent one. A row with a fault in its
 * quotes ends at the end of the line in which the fault is. *out is untouched but with ROW. */
enum row_step row_next(struct row_reader *r, struct row_input *input, struct arena *arena, struct row *out,
                       struct error *err);

/* Appends the CSV header of KIND (nothing for NDJSON), or ROW in FORMAT; row_next reads it back to the same
 * fields. In NDJSON an Integer or Double is passed as text and written as a JSON string, which row_next takes
 * as well as a number. */
void row_write_header(enum row_format format, enum row_kind kind, struct buffer *out);
void row_write(enum row_format format, enum row_kind kind, const struct row *row, struct buffer *out);

#endif
