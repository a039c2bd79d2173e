/* SPDX-License-Identifier: Apache-2.0 */
/* --format and --kind, which import and export share. Private to cli. */
#ifndef USERSTATS_SRC_CLI_ROW_OPTIONS_H
#define USERSTATS_SRC_CLI_ROW_OPTIONS_H

#include <stdbool.h>

#include "base/attributes.h"
#include "rows/rows.h"

struct row_options {
    enum row_format format;
    enum row_kind kind;
    bool has_format; /* it was said, or guessed */
};

/* Each reads the option's VALUE; false, untouched, for a word that it does not know. */
bool row_options_format(struct row_options *o, const char *value) MUST_USE;
bool row_options_kind(struct row_options *o, const char *value) MUST_USE;
/* Where no format was said: takes it from the ending of PATH (.csv, .ndjson, .jsonl). False: the ending says
 * nothing. */
bool row_options_guess_format(struct row_options *o, const char *path) MUST_USE;

#endif
