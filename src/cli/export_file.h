/* SPDX-License-Identifier: Apache-2.0 */
/* Where an export goes: standard output, or a file that is there whole or not at all. Private to cli. */
#ifndef USERSTATS_SRC_CLI_EXPORT_FILE_H
#define USERSTATS_SRC_CLI_EXPORT_FILE_H

#include <linux/limits.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"

struct export_file {
    const char *path; /* for messages */
    FILE *stream;
    char written_to[PATH_MAX]; /* the temporary file beside PATH; "": written in place */
};

/* Opens PATH ("-": standard output) for writing. A regular or new file is written under a temporary name
 * beside it; anything else (a pipe, a device) in place. Fails with FILE. */
bool export_file_open(struct export_file *f, const char *path, struct error *err) MUST_USE;
bool export_file_write(struct export_file *f, struct text bytes, struct error *err) MUST_USE;
/* Brings all to the disk and gives the file its name. On failure the temporary file is removed, and what
 * stood at PATH stays. */
bool export_file_finish(struct export_file *f, struct error *err) MUST_USE;
/* Gives up: removes the temporary file. */
void export_file_abandon(struct export_file *f);

#endif
