/* SPDX-License-Identifier: Apache-2.0 */
/* Catalog definitions as a test needs them: copied whole, compared without regard to order, searched by name.
 */
#ifndef USERSTATS_TESTS_SUPPORT_CATALOG_COPY_H
#define USERSTATS_TESTS_SUPPORT_CATALOG_COPY_H

#include "base/arena.h"
#include "base/error.h"
#include "model/statistic.h"

/* A copy of D, with all it points to, in ARENA. */
bool catalog_copy(const struct catalog_definition *d, struct arena *arena, struct catalog_definition *out,
                  struct error *err) MUST_USE;
/* Whether A and B declare the same, in whatever order (but grants in theirs); ids and version are not
 * compared. */
bool catalog_same(const struct catalog_definition *a, const struct catalog_definition *b);

/* NULL where there is none; scids and names without regard to ASCII case, CONFIG may be NULL. */
const struct service_config *catalog_copy_config(const struct catalog_definition *d, struct text scid);
const struct statistic *catalog_copy_statistic(const struct service_config *config, struct text name);

#endif
