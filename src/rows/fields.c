/* SPDX-License-Identifier: Apache-2.0 */
/* One table for both formats, both kinds and both directions, so that what is written is what is read. */
#include "rows/fields.h"

#include <stddef.h>

const struct row_field row_fields[ROW_FIELD_COUNT] = {
    {"xuid", offsetof(struct row, xuid), {ROW_VALUES, ROW_PLAYERS}, false},
    {"scid", offsetof(struct row, scid), {ROW_VALUES, ROW_VALUES}, false},
    {"statname", offsetof(struct row, statname), {ROW_VALUES, ROW_VALUES}, false},
    {"value", offsetof(struct row, value), {ROW_VALUES, ROW_VALUES}, false},
    {"valuemetadata", offsetof(struct row, valuemetadata), {ROW_VALUES, ROW_VALUES}, true},
    {"gamertag", offsetof(struct row, gamertag), {ROW_PLAYERS, ROW_PLAYERS}, false},
};

bool row_field_is_of(size_t field, enum row_kind kind)
{
    return row_fields[field].kinds[0] == kind || row_fields[field].kinds[1] == kind;
}

size_t row_field_find(enum row_kind kind, struct text name)
{
    for (size_t i = 0; i < ROW_FIELD_COUNT; i++) {
        if (row_field_is_of(i, kind) && text_equals(name, text_of(row_fields[i].name)))
            return i;
    }
    return ROW_NO_FIELD;
}

const char *row_field_names(enum row_kind kind)
{
    return kind == ROW_VALUES ? "xuid,scid,statname,value[,valuemetadata]" : "xuid,gamertag";
}

void row_field_set(struct row *row, size_t field, struct text t)
{
    bool absent = row_fields[field].optional && t.size == 0;
    *(struct text *)(void *)((char *)row + row_fields[field].offset) = absent ? (struct text){NULL, 0} : t;
}

struct text row_field_get(const struct row *row, size_t field)
{
    return *(const struct text *)(const void *)((const char *)row + row_fields[field].offset);
}
