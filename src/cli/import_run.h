/* SPDX-License-Identifier: Apache-2.0 */
/* The loop of an import: rows in, transactions out. Private to cli. */
#ifndef USERSTATS_SRC_CLI_IMPORT_RUN_H
#define USERSTATS_SRC_CLI_IMPORT_RUN_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attributes.h"
#include "base/error.h"
#include "cli/import_lookup.h"
#include "cli/import_rejects.h"
#include "cli/import_source.h"
#include "cli/progress.h"
#include "rows/rows.h"
#include "store/writer.h"

#define IMPORT_TRANSACTION_ROWS 50000

/* All parts are the caller's and open; belongs to one thread. */
struct import_run {
    struct import_source *source;
    struct row_reader *reader;
    struct import_lookup *lookup;
    struct import_rejects *rejects;
    struct progress *progress;
    struct store_writer *writer; /* NULL: a dry run, nothing is written */
    const volatile sig_atomic_t *stop;
    struct import_progress done;      /* with what is in the transaction now */
    struct import_progress committed; /* what is safe */
    struct arena *arena;              /* for one row; reset by the run */
    bool at_end;
};

/* Goes on where an earlier import of the same file stopped: reads the CSV header again and goes to FROM. */
bool import_run_resume(struct import_run *run, const struct import_progress *from,
                       struct error *err) MUST_USE;

/* Takes rows to the end of the source, or until *stop: then what was taken is committed and at_end stays
 * false. On failure the transaction is rolled back: `committed` says what stays. A refused row is no failure.
 */
bool import_run_rows(struct import_run *run, struct error *err) MUST_USE;

#endif
