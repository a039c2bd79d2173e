/* SPDX-License-Identifier: Apache-2.0 */
/* One read of the store for all that an answer needs. Awkward: one statistic may be answered in several
 * places (as listed and as featured, by title and by scid), but the store wants each once: the different
 * ones, sorted by id, are the columns. */
#include "api/read.h"

#include <stdlib.h>

static int compare_ids(const void *a, const void *b)
{
    const struct statistic *const *left = a, *const *right = b;
    return ((*left)->id > (*right)->id) - ((*left)->id < (*right)->id);
}

static bool choose_columns(struct reading *r, struct error *err)
{
    r->columns = arena_alloc_array(r->http->arena, r->stat_count, sizeof(const struct statistic *), err);
    if (r->columns == NULL)
        return false;
    for (size_t i = 0; i < r->stat_count; i++)
        r->columns[i] = r->stats[i].statistic;
    if (r->stat_count > 0)
        qsort(r->columns, r->stat_count, sizeof(const struct statistic *), compare_ids);
    for (size_t i = 0; i < r->stat_count; i++) {
        if (r->column_count == 0 || r->columns[r->column_count - 1] != r->columns[i])
            r->columns[r->column_count++] = r->columns[i];
    }
    for (size_t i = 0; i < r->stat_count; i++) {
        const struct statistic **column = bsearch(&r->stats[i].statistic, r->columns, r->column_count,
                                                  sizeof(const struct statistic *), compare_ids);
        r->stats[i].column = (size_t)(column - r->columns);
    }
    return true;
}

static bool ask_store(struct reading *r, struct error *err)
{
    uint32_t *ids = arena_alloc_array(r->http->arena, r->column_count, sizeof *ids, err);
    if (ids == NULL)
        return false;
    for (size_t i = 0; i < r->column_count; i++)
        ids[i] = r->columns[i]->id;
    read_mark(r);
    if (r->mark_ns >= r->http->deadline_ns)
        return error_set(err, ERROR_DEADLINE, "the deadline passed before the store was asked");
    const struct store_query query = {.xuids = r->asked.xuids,
                                      .xuid_count = r->asked.xuid_count,
                                      .statistic_ids = ids,
                                      .statistic_count = r->column_count,
                                      .deadline_ns = r->http->deadline_ns,
                                      .with_metadata = r->with_metadata};
    bool good = store_read_values(r->api->store, &query, r->http->arena, &r->found, err);
    int64_t duration = read_note_time(r, "store_us");
    metrics_observe(r->api->metrics, METRIC_STORE_DURATION, 0, duration < 0 ? 0 : (uint64_t)duration);
    if (!good)
        metrics_add(r->api->metrics, METRIC_STORE_ERRORS, (struct metric_series){0, 0}, 1);
    return good;
}

/* A value of another type than the declared one was not written by us. Whatever it is, it is not the answer.
 */
static bool check_type(const struct value *v, const struct statistic *declared, struct error *err)
{
    if (v->type == STATISTIC_TYPE_NONE || v->type == declared->type)
        return true;
    return error_set(err, ERROR_INTERNAL, "a stored value of %.*s is no %.*s", TEXT_ARG(declared->name),
                     TEXT_ARG(statistic_type_name(declared->type)));
}

static bool check_types(const struct reading *r, struct error *err)
{
    const struct value *v = r->found.values;
    for (size_t user = 0; user < r->asked.xuid_count; user++) {
        for (size_t i = 0; i < r->column_count; i++) {
            if (!check_type(v++, r->columns[i], err))
                return false;
        }
    }
    return true;
}

static void count_question(const struct reading *r)
{
    struct metrics *m = r->api->metrics;
    metrics_observe(m, METRIC_BATCH_USERS, 0, r->asked.xuid_count);
    metrics_observe(m, METRIC_BATCH_STATISTICS, 0, r->column_count);
    http_request_note(r->http, "users", (int64_t)r->asked.xuid_count);
    http_request_note(r->http, "statistics", (int64_t)r->column_count);
}

static void count_values(const struct reading *r)
{
    struct metrics *m = r->api->metrics;
    size_t asked = r->asked.xuid_count * r->column_count, found = 0;
    for (size_t i = 0; i < asked; i++)
        found += r->found.values[i].type != STATISTIC_TYPE_NONE;
    metrics_add(m, METRIC_VALUES_RETURNED, (struct metric_series){0, 0}, found);
    metrics_add(m, METRIC_VALUES_MISSING, (struct metric_series){0, 0}, asked - found);
    http_request_note(r->http, "values", (int64_t)found);
}

bool read_values(struct reading *r, struct error *err)
{
    if (!choose_columns(r, err))
        return false;
    count_question(r);
    if (!ask_store(r, err) || !check_types(r, err))
        return false;
    count_values(r);
    return true;
}
