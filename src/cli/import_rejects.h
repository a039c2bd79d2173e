/* SPDX-License-Identifier: Apache-2.0 */
/* The rows that an import refused: the first ones on stderr, all of them in a file. Private to cli. */
#ifndef USERSTATS_SRC_CLI_IMPORT_REJECTS_H
#define USERSTATS_SRC_CLI_IMPORT_REJECTS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"

#define REJECTS_SHOWN_MAX 20 /* on stderr, in one run */
#define REJECTS_HEADER    "line,reason,row\n"

/* Belongs to one thread. */
struct import_rejects {
    const char *path; /* NULL: no file; the caller's */
    FILE *file;
    FILE *shown_on;
    uint64_t shown; /* in this run, whether printed or only counted */
};

/* Makes the file PATH (emptied when it is there) with its header. Fails with FILE. NULL: no file, the rows
 * are only shown. */
bool import_rejects_open(struct import_rejects *r, const char *path, FILE *shown_on,
                         struct error *err) MUST_USE;

/* Goes on with the file PATH of a killed import: keeps the rows up to LINE, drops what that import refused
 * after its last commit (it will be refused again). Fails with FILE, also when the file is there and is no
 * rejects file. Absent: made anew. */
bool import_rejects_resume(struct import_rejects *r, const char *path, uint64_t line, FILE *shown_on,
                           struct error *err) MUST_USE;

/* Notes that the row RAW, which began on LINE, was refused for REASON. A failure to write shows in the next
 * flush. */
void import_rejects_add(struct import_rejects *r, uint64_t line, const char *reason, struct text raw);

/* Brings what was added to the disk: before the transaction that it belongs to is committed. Fails with FILE.
 */
bool import_rejects_flush(struct import_rejects *r, struct error *err) MUST_USE;
void import_rejects_close(struct import_rejects *r);

#endif
