/* SPDX-License-Identifier: Apache-2.0 */
/* The registry as rows, and where each series is kept. Private to the module. */
#ifndef USERSTATS_SRC_METRICS_TABLE_H
#define USERSTATS_SRC_METRICS_TABLE_H

#include <stdatomic.h>

#include "metrics/metrics.h"

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

/* How a number is kept and printed, and the buckets of a histogram. */
struct metric_shape {
    bool is_time;           /* kept in nanoseconds, printed in seconds */
    const uint64_t *bounds; /* the upper bounds of the buckets, included; but for the last, which has none */
    size_t bound_count;
};

struct metric_row {
    enum metric_type type;
    const struct metric_shape *shape;
    enum metric_label labels[2];
    const char *name, *help;
};

extern const struct metric_row metric_rows[METRIC_COUNT];
extern const char *const metric_label_names[METRIC_LABEL_COUNT];

#define SHARDS       16 /* a power of two; threads share one when there are more */
#define SHARD_MARGIN 16 /* numbers between two shards: they never share a cache line, nor two adjacent ones  \
                         */

struct metrics {
    struct metric_values values[METRIC_LABEL_COUNT];
    char reason_names[ERROR_CODE_COUNT][32];
    const char *reasons[ERROR_CODE_COUNT]; /* NULL: that code is not answered 401 */
    size_t first[METRIC_COUNT + 1];        /* the place of each metric's first number; at the end: how many */
    size_t stride;                         /* from one shard to the next */
    _Atomic uint64_t *shards;
};

/* How many numbers a series of ROW takes: one, or a histogram's buckets and the sum of its values. */
size_t metric_series_size(const struct metric_row *row);

struct metrics_scrape {
    const struct metrics *metrics;
    uint64_t *numbers;
};

#endif
