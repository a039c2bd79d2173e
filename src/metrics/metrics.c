/* SPDX-License-Identifier: Apache-2.0 */
/* Counting. Awkward: threads come and go and a count must outlive its thread, so a thread does not own
 * numbers but picks one of a few sets of them when it first counts; threads that picked the same set still
 * count right, only a little slower. */
#include "metrics/metrics.h"

#include <assert.h>
#include <string.h>

#include "base/memory.h"
#include "metrics/table.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const int statuses[] = {200, 304, 400, 401, 403, 404, 405, 406,
                               408, 413, 414, 415, 429, 431, 500, 503};
static const char *const codes[] = {"200", "304", "400", "401", "403", "404", "405", "406",  "408",
                                    "413", "414", "415", "429", "431", "500", "503", "other"};
_Static_assert(COUNT(codes) == COUNT(statuses) + 1, "each status has its text, and there is one for others");

enum { DENIAL_SANDBOX, DENIAL_ACCESS };
static const char *const denials[] = {[DENIAL_SANDBOX] = "sandbox", [DENIAL_ACCESS] = "access"};
static const char *const nothing[] = {""};

/* The names of the codes that are answered 401, as Prometheus' users expect label values: in lower case. */
static void name_reasons(struct metrics *m)
{
    for (int code = 0; code < ERROR_CODE_COUNT; code++) {
        const struct error_class *class = error_class_of((enum error_code)code);
        char *name = m->reason_names[code];
        if (code == ERROR_NONE || class->http_status != 401)
            continue;
        assert(strlen(class->name) < sizeof m->reason_names[0]);
        for (const char *c = class->name; *c != '\0'; c++)
            *name++ = ascii_lower(*c);
        m->reasons[code] = m->reason_names[code];
    }
}

static void take_values(struct metrics *m, const struct metrics_options *options)
{
    for (int i = METRIC_LABEL_ROUTE; i < METRIC_LABEL_COUNT; i++)
        m->values[i] = options->values[i];
    name_reasons(m);
    m->values[METRIC_LABEL_NONE] = (struct metric_values){nothing, 1};
    m->values[METRIC_LABEL_CODE] = (struct metric_values){codes, COUNT(codes)};
    m->values[METRIC_LABEL_AUTH_REASON] = (struct metric_values){m->reasons, ERROR_CODE_COUNT};
    m->values[METRIC_LABEL_DENIAL] = (struct metric_values){denials, COUNT(denials)};
}

static void place(struct metrics *m)
{
    size_t at = 0;
    for (int id = 0; id < METRIC_COUNT; id++) {
        const struct metric_row *row = &metric_rows[id];
        m->first[id] = at;
        at += m->values[row->labels[0]].count * m->values[row->labels[1]].count * metric_series_size(row);
    }
    m->first[METRIC_COUNT] = at;
    m->stride = at + SHARD_MARGIN;
}

bool metrics_open(const struct metrics_options *options, struct metrics **out, struct error *err)
{
    struct metrics *m = memory_alloc(sizeof *m, err);
    if (m == NULL)
        return false;
    take_values(m, options);
    place(m);
    m->shards = memory_alloc_array(SHARDS * m->stride, sizeof *m->shards, err);
    if (m->shards == NULL) {
        metrics_close(&m);
        return false;
    }
    *out = m;
    return true;
}

void metrics_close(struct metrics **metrics)
{
    if (*metrics == NULL)
        return;
    memory_free((*metrics)->shards);
    memory_free(*metrics);
    *metrics = NULL;
}

static _Atomic uint64_t *shard_of_this_thread(struct metrics *m)
{
    static atomic_uint threads;
    static _Thread_local unsigned number; /* 0: this thread has not counted yet */
    if (number == 0)
        number = 1 + atomic_fetch_add(&threads, 1) % SHARDS;
    return m->shards + (number - 1) * m->stride;
}

/* Where the series begins among the numbers of a shard. */
static size_t place_of(const struct metrics *m, enum metric id, struct metric_series series)
{
    const struct metric_row *row = &metric_rows[id];
    size_t columns = m->values[row->labels[1]].count;
    assert(series.first < m->values[row->labels[0]].count && series.second < columns);
    return m->first[id] + (series.first * columns + series.second) * metric_series_size(row);
}

static void add_at(_Atomic uint64_t *number, uint64_t n)
{
    atomic_fetch_add_explicit(number, n, memory_order_relaxed);
}

void metrics_add(struct metrics *metrics, enum metric id, struct metric_series series, uint64_t n)
{
    if (metrics == NULL)
        return;
    assert(metric_rows[id].type == METRIC_COUNTER);
    add_at(shard_of_this_thread(metrics) + place_of(metrics, id, series), n);
}

void metrics_observe(struct metrics *metrics, enum metric id, size_t i, uint64_t value)
{
    if (metrics == NULL)
        return;
    const struct metric_row *row = &metric_rows[id];
    assert(row->type == METRIC_HISTOGRAM);
    _Atomic uint64_t *numbers =
        shard_of_this_thread(metrics) + place_of(metrics, id, (struct metric_series){i, 0});
    size_t bucket = 0;
    while (bucket < row->shape->bound_count && value > row->shape->bounds[bucket])
        bucket++;
    add_at(&numbers[bucket], 1);
    add_at(&numbers[row->shape->bound_count + 1], value);
}

void metrics_add_failure(struct metrics *metrics, enum error_code code)
{
    if (metrics == NULL)
        return;
    if (metrics->reasons[code] != NULL)
        metrics_add(metrics, METRIC_AUTH_FAILURES, (struct metric_series){code, 0}, 1);
    else if (code == ERROR_SANDBOX_DENIED)
        metrics_add(metrics, METRIC_DENIALS, (struct metric_series){DENIAL_SANDBOX, 0}, 1);
    else if (code == ERROR_ACCESS_DENIED)
        metrics_add(metrics, METRIC_DENIALS, (struct metric_series){DENIAL_ACCESS, 0}, 1);
    else if (code == ERROR_OVERLOADED)
        metrics_add(metrics, METRIC_HTTP_SHED, (struct metric_series){0, 0}, 1);
}

size_t metrics_code(int status)
{
    size_t i = 0;
    while (i < COUNT(statuses) && statuses[i] != status)
        i++;
    return i;
}

void metrics_put(struct metrics_scrape *scrape, enum metric id, size_t i, uint64_t value)
{
    assert(metric_rows[id].type != METRIC_HISTOGRAM);
    scrape->numbers[place_of(scrape->metrics, id, (struct metric_series){i, 0})] = value;
}
