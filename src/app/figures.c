/* SPDX-License-Identifier: Apache-2.0 */
/* Between those who count and those who know. Awkward: the admin port answers before the other parts are
 * there and after they are gone, so a scrape reads them under a lock, and only while they are attached. */
#include "figures.h"

#include <pthread.h>

#include "api/api.h"
#include "app/version.h"
#include "base/memory.h"
#include "process.h"
#include "ratelimit/ratelimit.h"

#define ROUTES_MAX 16
#define NS_PER_S   UINT64_C(1000000000)

static const char *const windows[RATELIMIT_WINDOW_COUNT] = {
    [RATELIMIT_BURST] = "burst", [RATELIMIT_SUSTAIN] = "sustain"};
static const char *const ends[SERVER_END_COUNT] = {[SERVER_END_IDLE] = "idle",
                                                   [SERVER_END_LATE] = "late",
                                                   [SERVER_END_ABANDONED] = "abandoned",
                                                   [SERVER_END_UNREAD] = "unread"};
static const char *const versions[] = {app_version}, *const commits[] = {app_commit};

struct figures {
    struct metrics *metrics;
    const char *routes[ROUTES_MAX + 1]; /* the last one: "unknown" */
    size_t route_count;
    const char *sources[2 * ISSUERS_MAX];
    struct http_observer observer;
    pthread_mutex_t lock; /* of what follows */
    bool is_attached;
    struct figures_parts parts;
};

static void observe(void *context, const struct http_record *record)
{
    const struct figures *f = context;
    size_t route = record->route == NULL ? f->route_count : (size_t)(record->route - api_public_routes);
    if (record->status == 0) /* the peer went before there was a request to answer */
        return;
    metrics_add(f->metrics, METRIC_HTTP_REQUESTS, (struct metric_series){route, metrics_code(record->status)},
                1);
    metrics_observe(f->metrics, METRIC_HTTP_DURATION, route,
                    record->duration_ns < 0 ? 0 : (uint64_t)record->duration_ns);
    metrics_add(f->metrics, METRIC_HTTP_RECEIVED, (struct metric_series){0, 0}, record->request_bytes);
    metrics_add(f->metrics, METRIC_HTTP_SENT, (struct metric_series){0, 0}, record->answer_bytes);
    if (record->failure->code != ERROR_NONE)
        metrics_add_failure(f->metrics, record->failure->code);
}

static bool open_metrics(struct figures *f, const struct trust *trust, struct error *err)
{
    size_t sources = trust_source_count(trust);
    for (; f->route_count < api_public_route_count; f->route_count++)
        f->routes[f->route_count] = api_public_routes[f->route_count].path;
    f->routes[f->route_count] = "unknown";
    for (size_t i = 0; i < sources; i++)
        f->sources[i] = trust_source_name(trust, i);
    const struct metrics_options options = {.values = {
                                                [METRIC_LABEL_ROUTE] = {f->routes, f->route_count + 1},
                                                [METRIC_LABEL_WINDOW] = {windows, RATELIMIT_WINDOW_COUNT},
                                                [METRIC_LABEL_END] = {ends, SERVER_END_COUNT},
                                                [METRIC_LABEL_SOURCE] = {f->sources, sources},
                                                [METRIC_LABEL_VERSION] = {versions, 1},
                                                [METRIC_LABEL_COMMIT] = {commits, 1},
                                            }};
    return metrics_open(&options, &f->metrics, err);
}

bool figures_open(const struct trust *trust, struct figures **out, struct error *err)
{
    struct figures *f = memory_alloc(sizeof *f, err);
    if (f == NULL)
        return false;
    if (!open_metrics(f, trust, err)) {
        memory_free(f);
        return false;
    }
    f->observer = (struct http_observer){observe, f};
    pthread_mutex_init(&f->lock, NULL);
    *out = f;
    return true;
}

void figures_close(struct figures **figures)
{
    if (*figures == NULL)
        return;
    metrics_close(&(*figures)->metrics);
    pthread_mutex_destroy(&(*figures)->lock);
    memory_free(*figures);
    *figures = NULL;
}

void figures_attach(struct figures *figures, const struct figures_parts *parts)
{
    pthread_mutex_lock(&figures->lock);
    figures->is_attached = parts != NULL;
    if (parts != NULL)
        figures->parts = *parts;
    pthread_mutex_unlock(&figures->lock);
}

/* ---- a scrape ---- */

static void put(struct metrics_scrape *s, enum metric id, uint64_t value)
{
    metrics_put(s, id, 0, value);
}

static void read_server(const struct figures_parts *p, struct metrics_scrape *s)
{
    const struct server_counts counts = server_count(p->server);
    put(s, METRIC_HTTP_IN_FLIGHT, counts.in_flight);
    put(s, METRIC_HTTP_IN_FLIGHT_LIMIT, p->config->requests_in_flight_max);
    put(s, METRIC_CONNECTIONS_OPEN, counts.open);
    put(s, METRIC_CONNECTIONS_LIMIT, p->config->connections_max);
    put(s, METRIC_CONNECTIONS_ACCEPTED, counts.accepted);
    put(s, METRIC_CONNECTIONS_REFUSED, counts.refused);
    for (size_t i = 0; i < SERVER_END_COUNT; i++)
        metrics_put(s, METRIC_CONNECTIONS_ENDED, i, counts.ended[i]);
}

static void read_tokens(const struct figures_parts *p, struct metrics_scrape *s)
{
    const struct authenticator_counts counts = authenticator_count(trust_authenticator(p->trust));
    put(s, METRIC_TOKENS_HITS, counts.hits);
    put(s, METRIC_TOKENS_MISSES, counts.misses);
    put(s, METRIC_TOKENS_EVICTIONS, counts.evictions);
    put(s, METRIC_TOKENS_ENTRIES, counts.entries);
    put(s, METRIC_TOKENS_BYTES, counts.bytes);
    put(s, METRIC_DECRYPTIONS_REFUSED, counts.decryptions_refused);
}

static void read_keys(const struct figures_parts *p, struct metrics_scrape *s)
{
    for (size_t i = 0; i < trust_source_count(p->trust); i++) {
        const struct key_status status = trust_source_status(p->trust, i);
        metrics_put(s, METRIC_KEYS_IN_FORCE, i, status.key_count);
        metrics_put(s, METRIC_KEYS_LAST_SUCCESS, i, (uint64_t)status.last_success_wall_s * NS_PER_S);
        metrics_put(s, METRIC_KEYS_FAILURES, i, status.failures);
        metrics_put(s, METRIC_KEYS_RELOADS, i, status.reloads);
    }
}

static void read_catalog(const struct figures_parts *p, struct metrics_scrape *s)
{
    struct catalog *catalog = catalog_slot_get(p->catalog);
    put(s, METRIC_CATALOG_VERSION, (uint64_t)catalog_version(catalog));
    catalog_release(&catalog);
}

static void read_process(struct metrics_scrape *s)
{
    const struct process_figures process = process_look();
    put(s, METRIC_BUILD_INFO, 1);
    put(s, METRIC_PROCESS_CPU, process.cpu_ns);
    put(s, METRIC_PROCESS_MEMORY, process.resident_bytes);
    put(s, METRIC_PROCESS_FDS, process.open_fds);
    put(s, METRIC_PROCESS_MAX_FDS, process.max_fds);
    put(s, METRIC_PROCESS_START, process.start_ns);
}

static void read_all(void *context, struct metrics_scrape *s)
{
    struct figures *f = context;
    const struct figures_parts *p = &f->parts;
    pthread_mutex_lock(&f->lock);
    read_process(s);
    if (f->is_attached) {
        read_server(p, s);
        read_tokens(p, s);
        read_keys(p, s);
        read_catalog(p, s);
        put(s, METRIC_STORE_UP, atomic_load(p->healthy));
        put(s, METRIC_DRAINING, atomic_load(p->draining));
        put(s, METRIC_LOG_DROPPED, log_dropped(p->log));
    }
    pthread_mutex_unlock(&f->lock);
}

struct metrics *figures_metrics(const struct figures *figures)
{
    return figures->metrics;
}

struct metrics_reader figures_reader(struct figures *figures)
{
    return (struct metrics_reader){read_all, figures};
}

const struct http_observer *figures_observer(const struct figures *figures)
{
    return &figures->observer;
}
