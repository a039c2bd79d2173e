/* SPDX-License-Identifier: Apache-2.0 */
/* The words for formats and kinds. Awkward: `.json` is not among the endings, because such a file is more
 * often one document than one object a line. */
#include "cli/row_options.h"

#include <string.h>

#include "base/text.h"

bool row_options_format(struct row_options *o, const char *value)
{
    bool csv = strcmp(value, "csv") == 0;
    if (!csv && strcmp(value, "ndjson") != 0)
        return false;
    o->format = csv ? ROW_CSV : ROW_NDJSON;
    o->has_format = true;
    return true;
}

bool row_options_kind(struct row_options *o, const char *value)
{
    bool values = strcmp(value, "values") == 0;
    if (!values && strcmp(value, "players") != 0)
        return false;
    o->kind = values ? ROW_VALUES : ROW_PLAYERS;
    return true;
}

static bool ends_with(const char *path, const char *ending)
{
    size_t size = strlen(path), tail = strlen(ending);
    return size > tail && text_equals_ignoring_case(text_of(path + size - tail), text_of(ending));
}

bool row_options_guess_format(struct row_options *o, const char *path)
{
    if (o->has_format)
        return true;
    bool csv = ends_with(path, ".csv");
    if (!csv && !ends_with(path, ".ndjson") && !ends_with(path, ".jsonl"))
        return false;
    o->format = csv ? ROW_CSV : ROW_NDJSON;
    o->has_format = true;
    return true;
}
