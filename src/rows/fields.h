/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of a row: what they are called, and which kind of row has them. */
#ifndef USERSTATS_ROWS_FIELDS_H
#define USERSTATS_ROWS_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "rows/rows.h"

#define ROW_FIELD_COUNT 6
#define ROW_NO_FIELD    ROW_FIELD_COUNT

struct row_field {
    const char *name;
    size_t offset; /* in struct row */
    enum row_kind kinds[2];
    bool optional; /* may be absent; empty means absent */
};

/* In the order in which they are written. */
extern const struct row_field row_fields[ROW_FIELD_COUNT];

bool row_field_is_of(size_t field, enum row_kind kind);
/* The number of the field NAME of a row of KIND; ROW_NO_FIELD where there is none. */
size_t row_field_find(enum row_kind kind, struct text name);
/* How the columns of KIND are named in a message. */
const char *row_field_names(enum row_kind kind);

/* Sets FIELD of ROW; an optional field that is empty becomes absent. */
void row_field_set(struct row *row, size_t field, struct text t);
struct text row_field_get(const struct row *row, size_t field);

#endif
