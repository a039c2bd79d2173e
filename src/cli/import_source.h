/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of an import, in blocks: a file, which can be gone on with, or a pipe, which cannot. Private to
 * cli. */
#ifndef USERSTATS_SRC_CLI_IMPORT_SOURCE_H
#define USERSTATS_SRC_CLI_IMPORT_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"
#include "rows/rows.h"

#define IMPORT_BLOCK_SIZE    ((size_t)256 * 1024) /* bytes held at once; more than ROW_MAX */
#define IMPORT_IDENTITY_SIZE 33                   /* 32 hexadecimal digits and NUL */

/* Belongs to one thread. */
struct import_source {
    int fd;
    const char *path; /* as the user wrote it; for messages; the caller's */
    bool is_file;     /* a regular file: has a size and an identity, and can be gone on with */
    uint64_t size;    /* bytes of the file; 0 otherwise */
    uint64_t device, inode;
    char identity[IMPORT_IDENTITY_SIZE]; /* changes with the file's place, size, time, and with how it is
                                            read; "" for a pipe */
    char *block;
    size_t begin, end; /* what is read and not yet taken */
    bool at_end;       /* nothing follows END */
    uint64_t offset;   /* of block[begin] in the source */
};

/* Opens PATH ("-": standard input) to be read as FORMAT and KIND. Fails with FILE or NO_MEMORY. Closed by
 * import_source_close. */
bool import_source_open(struct import_source *s, const char *path, enum row_format format, enum row_kind kind,
                        struct error *err) MUST_USE;
void import_source_close(struct import_source *s);

/* What is read and not yet taken; valid until the next fill. */
struct text import_source_rest(const struct import_source *s);
/* Gives SIZE bytes of the rest up. */
void import_source_take(struct import_source *s, size_t size);
/* Reads more behind the rest, or sets at_end. *interrupted is set (and nothing read) when a signal came
 * first. */
bool import_source_fill(struct import_source *s, bool *interrupted, struct error *err) MUST_USE;
/* Goes to OFFSET of a file; the rest is then empty. */
bool import_source_seek(struct import_source *s, uint64_t offset, struct error *err) MUST_USE;

#endif
