/* SPDX-License-Identifier: Apache-2.0 */
/* Which service configurations each title owns. */
#ifndef USERSTATS_CATALOG_OWNERSHIP_H
#define USERSTATS_CATALOG_OWNERSHIP_H

#include "catalog/title_index.h"

struct owned;

/* Filled by one thread, then only read: any thread. */
struct ownership {
    struct name_index titles;
    struct owned *owned; /* one a title */
};

/* Of D, which passed catalog_definition_check and must outlive *out, as must ARENA. */
bool ownership_build(const struct catalog_definition *d, struct arena *arena, struct ownership *out,
                     struct error *err) MUST_USE;
/* Those of TITLE_ID in the order of the definition, in *configs; their number, 0 for an unknown title. */
size_t ownership_find(const struct ownership *o, uint64_t title_id,
                      const struct service_config *const **configs);

#endif
