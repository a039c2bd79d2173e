/* SPDX-License-Identifier: Apache-2.0 */
/* The featured statistics of one service configuration, in their Ordinal order. */
#ifndef USERSTATS_CATALOG_FEATURED_H
#define USERSTATS_CATALOG_FEATURED_H

#include <stddef.h>

#include "base/arena.h"
#include "base/attributes.h"
#include "base/error.h"
#include "model/statistic.h"

struct featured {
    const struct statistic **statistics;
    size_t count;
};

/* Finds them in CONFIG, which must outlive *out, as must ARENA. */
bool featured_build(const struct service_config *config, struct arena *arena, struct featured *out,
                    struct error *err) MUST_USE;

#endif
