/* SPDX-License-Identifier: Apache-2.0 */
/* A scrape as text: https://prometheus.io/docs/instrumenting/exposition_formats/, "Text-based format".
 * Awkward: while threads count, a histogram's number of values must be the sum of its buckets, so it is no
 * number of its own but added up here. */
#include <inttypes.h>

#include "base/buffer.h"
#include "metrics/table.h"

/* One metric on its way out. */
struct output {
    const struct metrics *metrics;
    const struct metric_row *row;
    struct buffer *buffer;
};

static void put_escaped(struct buffer *b, const char *text, bool in_quotes)
{
    for (; *text != '\0'; text++) {
        if (*text == '\n')
            buffer_put(b, "\\n");
        else if (*text == '\\' || (in_quotes && *text == '"'))
            buffer_format(b, "\\%c", *text);
        else
            buffer_put_char(b, *text);
    }
}

static void put_number(const struct output *o, uint64_t n)
{
    const uint64_t second = 1000000000;
    if (o->row->shape->is_time)
        buffer_format(o->buffer, "%" PRIu64 ".%09" PRIu64, n / second, n % second);
    else
        buffer_put_u64(o->buffer, n);
}

static void put_label(const struct output *o, char before, const char *name, const char *value)
{
    buffer_format(o->buffer, "%c%s=\"", before, name);
    put_escaped(o->buffer, value, true);
    buffer_put_char(o->buffer, '"');
}

/* {route="/batch",code="200"}, without the closing brace. Returns the character that comes before a further
 * label. */
static char put_labels(const struct output *o, struct metric_series series)
{
    const size_t numbers[2] = {series.first, series.second};
    char before = '{';
    for (int i = 0; i < 2; i++) {
        enum metric_label label = o->row->labels[i];
        if (label == METRIC_LABEL_NONE)
            continue;
        put_label(o, before, metric_label_names[label], o->metrics->values[label].names[numbers[i]]);
        before = ',';
    }
    return before;
}

static void put_sample(const struct output *o, const char *suffix, struct metric_series series)
{
    buffer_put(o->buffer, o->row->name);
    buffer_put(o->buffer, suffix);
    buffer_put(o->buffer, put_labels(o, series) == ',' ? "} " : " ");
}

/* The fewest digits: le="0.00025", le="10". */
static void put_bound(const struct output *o, size_t i)
{
    uint64_t bound = o->row->shape->bounds[i];
    buffer_put_double(o->buffer, o->row->shape->is_time ? (double)bound / 1e9 : (double)bound);
}

static void put_histogram(const struct output *o, struct metric_series series, const uint64_t *numbers)
{
    size_t bounds = o->row->shape->bound_count;
    uint64_t count = 0;
    for (size_t i = 0; i <= bounds; i++) {
        count += numbers[i];
        buffer_put(o->buffer, o->row->name);
        buffer_put(o->buffer, "_bucket");
        buffer_format(o->buffer, "%cle=\"", put_labels(o, series));
        if (i < bounds)
            put_bound(o, i);
        else
            buffer_put(o->buffer, "+Inf");
        buffer_put(o->buffer, "\"} ");
        buffer_put_u64(o->buffer, count);
        buffer_put_char(o->buffer, '\n');
    }
    put_sample(o, "_sum", series);
    put_number(o, numbers[bounds + 1]);
    buffer_put_char(o->buffer, '\n');
    put_sample(o, "_count", series);
    buffer_put_u64(o->buffer, count);
    buffer_put_char(o->buffer, '\n');
}

static void put_series(const struct output *o, struct metric_series series, const uint64_t *numbers)
{
    if (o->metrics->values[o->row->labels[0]].names[series.first] == NULL)
        return;
    if (o->row->type == METRIC_HISTOGRAM) {
        put_histogram(o, series, numbers);
        return;
    }
    put_sample(o, "", series);
    put_number(o, numbers[0]);
    buffer_put_char(o->buffer, '\n');
}

static void put_metric(const struct metrics_scrape *scrape, enum metric id, struct buffer *out)
{
    static const char *const types[] = {"counter", "gauge", "histogram"};
    const struct metrics *m = scrape->metrics;
    const struct output o = {m, &metric_rows[id], out};
    const uint64_t *numbers = scrape->numbers + m->first[id];
    buffer_format(out, "# HELP %s ", o.row->name);
    put_escaped(out, o.row->help, false);
    buffer_format(out, "\n# TYPE %s %s\n", o.row->name, types[o.row->type]);
    for (size_t i = 0; i < m->values[o.row->labels[0]].count; i++) {
        for (size_t j = 0; j < m->values[o.row->labels[1]].count; j++) {
            put_series(&o, (struct metric_series){i, j}, numbers);
            numbers += metric_series_size(o.row);
        }
    }
}

static void sum_up(struct metrics_scrape *scrape)
{
    const struct metrics *m = scrape->metrics;
    for (size_t shard = 0; shard < SHARDS; shard++) {
        const _Atomic uint64_t *numbers = m->shards + shard * m->stride;
        for (size_t i = 0; i < m->first[METRIC_COUNT]; i++)
            scrape->numbers[i] += atomic_load_explicit(&numbers[i], memory_order_relaxed);
    }
}

bool metrics_write(const struct metrics *metrics, const struct metrics_reader *reader, struct arena *arena,
                   struct text *out, struct error *err)
{
    struct metrics_scrape scrape = {.metrics = metrics};
    struct buffer b;
    scrape.numbers = arena_alloc_array(arena, metrics->first[METRIC_COUNT], sizeof *scrape.numbers, err);
    if (scrape.numbers == NULL)
        return false;
    sum_up(&scrape);
    if (reader != NULL && reader->read != NULL)
        reader->read(reader->context, &scrape);
    buffer_init(&b, arena, METRICS_TEXT_MAX);
    for (int id = 0; id < METRIC_COUNT; id++)
        put_metric(&scrape, (enum metric)id, &b);
    return buffer_finish(&b, ERROR_INTERNAL, out, err);
}
