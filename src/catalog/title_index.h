/* SPDX-License-Identifier: Apache-2.0 */
/* Where each title stands in a definition, by its id. */
#ifndef USERSTATS_CATALOG_TITLE_INDEX_H
#define USERSTATS_CATALOG_TITLE_INDEX_H

#include <stdint.h>

#include "catalog/name_index.h"
#include "model/statistic.h"

/* Enters the titles of D into a new index in ARENA; of equal ids the first. */
bool title_index_build(const struct catalog_definition *d, struct arena *arena, struct name_index *out,
                       struct error *err) MUST_USE;
/* The position of the title TITLE_ID, or NAME_ABSENT. */
size_t title_index_find(const struct name_index *x, uint64_t title_id);

#endif
