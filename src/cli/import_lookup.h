/* SPDX-License-Identifier: Apache-2.0 */
/* Turn the text of an import row into a value or a player of this catalog, or refuse it. Private to cli. */
#ifndef USERSTATS_SRC_CLI_IMPORT_LOOKUP_H
#define USERSTATS_SRC_CLI_IMPORT_LOOKUP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"
#include "catalog/catalog.h"
#include "model/value.h"
#include "rows/rows.h"

/* Belongs to one thread; holds no reference of its own to CATALOG. */
struct import_lookup {
    const struct catalog *catalog;
    const struct service_config *last; /* rows of one scid tend to stand together */
};

/* ROW as a value of a declared statistic, pointing into ROW's texts. ARENA is for reading the metadata. Fails
 * with ERROR_ROW (the message says which column and why, without the line) or NO_MEMORY. */
bool import_find_value(struct import_lookup *lookup, const struct row *row, struct arena *arena,
                       struct value_row *out, struct error *err) MUST_USE;

/* ROW as a player. Fails with ERROR_ROW. */
bool import_find_player(const struct row *row, uint64_t *xuid, struct text *gamertag,
                        struct error *err) MUST_USE;

#endif
