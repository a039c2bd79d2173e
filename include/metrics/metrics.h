/* SPDX-License-Identifier: Apache-2.0 */
/* Count what happens, and print it for Prometheus.
 *
 * What there is to count is the table metrics.def. Counting is an addition in a line of memory that few other
 * threads write: no lock, no allocation. All series are there from the start and never become more. */
#ifndef USERSTATS_METRICS_METRICS_H
#define USERSTATS_METRICS_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"

enum metric {
#define METRIC(id, type, shape, label, label2, name, help) METRIC_##id,
#include "metrics/metrics.def"
#undef METRIC
    METRIC_COUNT
};

/* What series of one metric differ in. */
enum metric_label {
    METRIC_LABEL_NONE,
    METRIC_LABEL_CODE,        /* metrics_code() */
    METRIC_LABEL_AUTH_REASON, /* by error code: those of status 401 */
    METRIC_LABEL_DENIAL,      /* "sandbox", "access" */
    METRIC_LABEL_ROUTE,       /* from here on whoever opens the metrics says what values there are */
    METRIC_LABEL_WINDOW,
    METRIC_LABEL_END,
    METRIC_LABEL_SOURCE,
    METRIC_LABEL_VERSION,
    METRIC_LABEL_COMMIT,
    METRIC_LABEL_COUNT
};

/* The values of a label, numbered from 0. They outlive the metrics. */
struct metric_values {
    const char *const *names;
    size_t count;
};

struct metrics_options {
    struct metric_values values[METRIC_LABEL_COUNT]; /* from METRIC_LABEL_ROUTE on */
};

struct metrics;

/* The caller owns *out. Fails with NO_MEMORY. */
bool metrics_open(const struct metrics_options *options, struct metrics **out, struct error *err) MUST_USE;
void metrics_close(struct metrics **metrics);

/* Which series of a metric: the numbers of its label values; 0 where it has no such label. */
struct metric_series {
    size_t first, second;
};

/* In the following METRICS may be NULL: nothing is counted. Any thread. */

/* Adds N to a counter. */
void metrics_add(struct metrics *metrics, enum metric id, struct metric_series series, uint64_t n);
/* Adds VALUE to the histogram ID (nanoseconds where its shape is a time), series number I. */
void metrics_observe(struct metrics *metrics, enum metric id, size_t i, uint64_t value);
/* Counts a failed request by its reason, where one of AUTH_FAILURES, DENIALS and HTTP_SHED is about it. */
void metrics_add_failure(struct metrics *metrics, enum error_code code);
/* The number of HTTP status STATUS among the values of METRIC_LABEL_CODE; what is none of ours is "other". */
size_t metrics_code(int status);

/* One scrape: the sum over all threads, into which a reader puts what others count. */
struct metrics_scrape;
/* Sets a series that nothing is ever added to. */
void metrics_put(struct metrics_scrape *scrape, enum metric id, size_t i, uint64_t value);

struct metrics_reader {
    void (*read)(void *context, struct metrics_scrape *scrape);
    void *context;
};

#define METRICS_TEXT_MAX ((size_t)256 * 1024)

/* Everything in the text format 0.0.4 of Prometheus, in ARENA. READER, or its function, may be NULL. Counts go on meanwhile:
 * two series may tell of moments a little apart, but one never falls, and a histogram's count is the sum of
 * its buckets. Fails with NO_MEMORY, or INTERNAL beyond METRICS_TEXT_MAX. */
bool metrics_write(const struct metrics *metrics, const struct metrics_reader *reader, struct arena *arena,
                   struct text *out, struct error *err) MUST_USE;

#endif
