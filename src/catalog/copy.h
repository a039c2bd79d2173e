/* SPDX-License-Identifier: Apache-2.0 */
/* A definition of one's own. */
#ifndef USERSTATS_CATALOG_COPY_H
#define USERSTATS_CATALOG_COPY_H

#include "base/arena.h"
#include "base/attributes.h"
#include "base/error.h"
#include "model/statistic.h"

/* Copies D with all that it points to into ARENA. */
bool catalog_definition_copy(const struct catalog_definition *d, struct arena *arena,
                             struct catalog_definition *out, struct error *err) MUST_USE;

#endif
