/* SPDX-License-Identifier: Apache-2.0 */
/* The registry as data. Awkward: bounds are chosen once for all installations, so they are wide: from what a
 * read of memory takes to where every deadline has passed. */
#include "metrics/table.h"

#define US       UINT64_C(1000)
#define MS       UINT64_C(1000000)
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const uint64_t answer_bounds[] = {100 * US, 250 * US, 500 * US,  MS,        5 * MS / 2,
                                         5 * MS,   10 * MS,  25 * MS,   50 * MS,   100 * MS,
                                         250 * MS, 500 * MS, 1000 * MS, 2500 * MS, 10000 * MS};
static const uint64_t store_bounds[] = {10 * US,  25 * US, 50 * US,    100 * US, 250 * US,
                                        500 * US, MS,      5 * MS / 2, 5 * MS,   10 * MS,
                                        25 * MS,  50 * MS, 100 * MS,   250 * MS, 1000 * MS};
static const uint64_t item_bounds[] = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000};

static const struct metric_shape shape_NUMBER = {false, NULL, 0};
static const struct metric_shape shape_SECONDS = {true, NULL, 0};
static const struct metric_shape shape_ANSWER_TIME = {true, answer_bounds, COUNT(answer_bounds)};
static const struct metric_shape shape_STORE_TIME = {true, store_bounds, COUNT(store_bounds)};
static const struct metric_shape shape_ITEMS = {false, item_bounds, COUNT(item_bounds)};

const struct metric_row metric_rows[METRIC_COUNT] = {
#define METRIC(id, type, shape, label, label2, name, help)                                                   \
    [METRIC_##                                                                                               \
        id] = {METRIC_##type, &shape_##shape, {METRIC_LABEL_##label, METRIC_LABEL_##label2}, name, help},
#include "metrics/metrics.def"
#undef METRIC
};

const char *const metric_label_names[METRIC_LABEL_COUNT] = {
    [METRIC_LABEL_CODE] = "code",     [METRIC_LABEL_AUTH_REASON] = "reason", [METRIC_LABEL_DENIAL] = "reason",
    [METRIC_LABEL_ROUTE] = "route",   [METRIC_LABEL_WINDOW] = "window",      [METRIC_LABEL_END] = "reason",
    [METRIC_LABEL_SOURCE] = "source", [METRIC_LABEL_VERSION] = "version",    [METRIC_LABEL_COMMIT] = "commit",
};

size_t metric_series_size(const struct metric_row *row)
{
    return row->type == METRIC_HISTOGRAM ? row->shape->bound_count + 2 : 1;
}
