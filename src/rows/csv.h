/* SPDX-License-Identifier: Apache-2.0 */
/* Split one CSV record (RFC 4180 §2) off the front of the input; lines end with LF or CRLF. */
#ifndef USERSTATS_ROWS_CSV_H
#define USERSTATS_ROWS_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"

#define CSV_FIELDS_MAX 8 /* kept; more are counted */

struct csv_field {
    struct text raw; /* without the quotes around it; points into the input */
    bool has_doubled_quotes;
};

struct csv_record {
    struct csv_field fields[CSV_FIELDS_MAX];
    size_t count;      /* of fields; an empty line has one, which is empty */
    size_t size;       /* bytes taken, line end included */
    uint64_t lines;    /* lines taken; more than one where a quoted field holds line ends */
    const char *fault; /* CSV_FAULT: what is wrong */
};

enum csv_state {
    CSV_WHOLE,
    CSV_MORE,  /* INPUT ends before the record does */
    CSV_FAULT, /* size and lines reach to the end of the line in which the fault was found */
};

/* IS_LAST says that nothing follows INPUT, whose end then ends the record. The outcome does not depend on how
 * much of what follows the record is in INPUT. */
enum csv_state csv_split(struct text input, bool is_last, struct csv_record *out);

/* The field's characters: its raw text, or a copy in ARENA with the doubled quotes made single. */
bool csv_field_text(const struct csv_field *field, struct arena *arena, struct text *out,
                    struct error *err) MUST_USE;

/* Whether T must be quoted to be a field. */
bool csv_needs_quotes(struct text t);

#endif
