/* SPDX-License-Identifier: Apache-2.0 */
/* The whole service, built from the bottom up and taken apart from the top down. Awkward: the admin port
 * opens first and closes last, so that /livez and /readyz tell the truth about every moment in between. */
#include "app/app.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "api/api.h"
#include "app/trust.h"
#include "app/version.h"
#include "base/clock.h"
#include "base/memory.h"
#include "figures.h"
#include "http_mhd/server.h"
#include "jose/jws.h"
#include "ratelimit/ratelimit.h"
#include "signals.h"
#include "store/store.h"
#include "watcher.h"

#define ADMIN_CONNECTIONS_MAX 256
#define ADMIN_REQUESTS_MAX    64
#define ADMIN_DEADLINE_MS     5000
#define ADMIN_BODY_MAX        1024
#define ADMIN_MEMORY_MAX      ((size_t)1024 * 1024)
#define SPARE_DESCRIPTORS     256 /* beyond the connections: listeners, epoll, databases, files */
#define DRAIN_SLICE_MS        200 /* longer than the server takes to be sure that nothing is on its way to it */

struct app {
    const struct config *config;
    struct log *log;
    struct trust *trust;
    struct store *store;
    struct catalog_slot *catalog;
    struct ratelimit *ratelimit; /* NULL: off */
    struct watcher *watcher;
    struct figures *figures;
    bool has_served;
    atomic_bool draining, healthy;
    struct api api;
    struct http_router public_router, admin_router;
    struct server *public_server, *admin_server;
    char address[APP_ADDRESS_MAX], admin_address[APP_ADDRESS_MAX];
};

void app_take_signals(void)
{
    signals_take();
}

/* ERR as it concerns setting NAME. HINT is what to do, and follows the cause. */
static bool blame_setting(const struct config *c, const char *name, const char *hint, struct error *err)
{
    return error_set(err, err->code, "%s (%s): %s%s", name, settings_origin(c->settings, name),
                     error_operator_text(err), hint);
}

bool app_check(const struct config *config, void (*tell)(const struct app_key_url *url), struct error *err)
{
    struct trust *trust;
    struct trust_source source;
    if (!trust_open(config, NULL, TRUST_URLS_NOW, &trust, err))
        return false;
    for (size_t i = 0; trust_source(trust, i, &source); i++) {
        const struct app_key_url url = {source.name, source.key_count, source.failure};
        if (source.is_url)
            tell(&url);
    }
    trust_close(&trust);
    return true;
}

static void say(struct log *log, enum log_level level, const char *event)
{
    struct log_line line;
    log_begin(&line, log, level, event);
    log_end(&line);
}

/* As many descriptors as the connections need, where the system lets us. */
static void raise_descriptor_limit(const struct app *app)
{
    struct rlimit limit;
    rlim_t wanted = (rlim_t)app->config->connections_max + SPARE_DESCRIPTORS;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    if (setrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur == wanted)
        return;
    struct log_line line;
    log_begin(&line, app->log, LOG_LEVEL_WARNING, "few_descriptors");
    log_integer(&line, "allowed", (int64_t)limit.rlim_cur);
    log_integer(&line, "wanted", (int64_t)wanted);
    log_end(&line);
}

/* What to do about a store that cannot be opened. Where the store's text names a command, that has to be
 * pointed at the same database. */
static const char *store_hint(const struct config *c, const struct error *err)
{
    const char *origin = settings_origin(c->settings, "store.url");
    if (err->code != ERROR_STORE_UNAVAILABLE && err->code != ERROR_SCHEMA)
        return "";
    if (strstr(error_operator_text(err), "schema migrate") == NULL)
        return "; name a database that `userstats schema migrate` made";
    return strncmp(origin, "file ", 5) == 0 ? " (with the same --config)"
           : strcmp(origin, "flag") == 0    ? " (with the same --set store.url)"
                                            : "";
}

static bool open_store(struct app *app, struct error *err)
{
    const struct config *c = app->config;
    struct catalog *catalog;
    if (!store_open(c->store_url, &clock_system, &app->store, err) ||
        !watcher_load_catalog(app->store, &catalog, err))
        return blame_setting(c, "store.url", store_hint(c, err), err);
    if (catalog_slot_open(catalog, &app->catalog, err))
        return true;
    catalog_release(&catalog);
    return false;
}

static bool open_ratelimit(struct app *app, struct error *err)
{
    const struct config *c = app->config;
    const struct ratelimit_options options = {
        .rules = {[RATELIMIT_BURST] = {c->ratelimit_burst, RATELIMIT_BURST_PERIOD_S},
                  [RATELIMIT_SUSTAIN] = {c->ratelimit_sustain, RATELIMIT_SUSTAIN_PERIOD_S}},
        .max_callers = c->ratelimit_callers_max,
        .random = &random_system,
    };
    return ratelimit_open(&options, &app->ratelimit, err);
}

static struct api_published publish(const struct config *c)
{
    return (struct api_published){
        .token_bytes = TOKEN_MAX,
        .body_bytes = c->max_body_bytes,
        .requests_in_flight = c->requests_in_flight_max,
        .connections = c->connections_max,
        .request_deadline_ms = c->request_deadline_ms,
        .idle_timeout_ms = c->idle_timeout_ms,
        .queue_most_ms = c->queue_most_ms,
    };
}

static bool key_source(const void *trust, size_t i, struct api_key_source *out)
{
    struct trust_source source;
    if (!trust_source(trust, i, &source))
        return false;
    *out = (struct api_key_source){source.name, source.has_keys};
    return true;
}

static void fill_api(struct app *app)
{
    const struct config *c = app->config;
    app->api = (struct api){
        .authenticator = trust_authenticator(app->trust),
        .catalog = app->catalog,
        .store = app->store,
        .ratelimit = app->ratelimit,
        .metrics = figures_metrics(app->figures),
        .figures = figures_reader(app->figures),
        .limits = {c->max_users, c->max_stats, c->max_values},
        .published = publish(c),
        .clock = &clock_system,
        .max_answer_bytes = c->max_answer_bytes,
        .draining = &app->draining,
        .healthy = &app->healthy,
        .key_source = key_source,
        .key_sources = app->trust,
        .version = app_version,
        .commit = app_commit,
    };
    app->public_router = (struct http_router){api_public_routes, api_public_route_count, &app->api,
                                              c->max_body_bytes, c->compress_min_bytes};
    app->admin_router =
        (struct http_router){api_admin_routes, api_admin_route_count, &app->api, ADMIN_BODY_MAX, 0};
}

/* What the largest request that the limits let through can need: its body and the nodes it is read into, an
 * answer, the smaller buffers it grew out of and its gzip form, the values and what each is answered as. */
static size_t request_memory_max(const struct config *c)
{
    return (size_t)1024 * 1024 + 40 * c->max_body_bytes + 5 * c->max_answer_bytes + 192 * c->max_values;
}

/* LISTEN with the port that was taken. */
static void write_address(char *out, const char *listen, uint16_t port)
{
    const char *colon = strrchr(listen, ':');
    int host = colon == NULL ? 0 : (int)(colon - listen);
    snprintf(out, APP_ADDRESS_MAX, "%.*s:%u", host, listen, (unsigned)port);
}

static bool start_admin(struct app *app, struct error *err)
{
    struct server_options options = {
        .name = "admin",
        .listen = app->config->admin_listen,
        .threads = 1,
        .connections_max = ADMIN_CONNECTIONS_MAX,
        .requests_max = ADMIN_REQUESTS_MAX,
        .request_deadline_ms = ADMIN_DEADLINE_MS,
        .idle_timeout_ms = ADMIN_DEADLINE_MS,
        .request_memory_max = ADMIN_MEMORY_MAX,
        .router = &app->admin_router,
        .log = app->log,
        .log_requests = false,
        .clock = &clock_system,
        .random = &random_system,
    };
    if (!server_start(&options, &app->admin_server, err))
        return blame_setting(app->config, "server.admin_listen",
                             " As a flag: --set server.admin_listen=127.0.0.1:0", err);
    write_address(app->admin_address, app->config->admin_listen, server_port(app->admin_server));
    return true;
}

static bool start_public(struct app *app, struct error *err)
{
    const struct config *c = app->config;
    struct server_options options = {
        .name = "api",
        .listen = c->listen,
        .threads = c->threads,
        .connections_max = c->connections_max,
        .requests_max = c->requests_in_flight_max,
        .queue_most_ms = c->queue_most_ms,
        .request_deadline_ms = c->request_deadline_ms,
        .idle_timeout_ms = c->idle_timeout_ms,
        .request_memory_max = request_memory_max(c),
        .router = &app->public_router,
        .log = app->log,
        .log_requests = true,
        .observer = figures_observer(app->figures),
        .clock = &clock_system,
        .random = &random_system,
    };
    if (!server_start(&options, &app->public_server, err))
        return blame_setting(c, "server.listen", " As a flag: --set server.listen=127.0.0.1:0", err);
    write_address(app->address, c->listen, server_port(app->public_server));
    return true;
}

static bool start_watcher(struct app *app, struct error *err)
{
    struct watched watched = {app->store, app->catalog, &app->healthy, app->log};
    return watcher_start(&watched, &app->watcher, err);
}

static void announce(const struct app *app)
{
    struct catalog *catalog = catalog_slot_get(app->catalog);
    struct log_line line;
    log_begin(&line, app->log, LOG_LEVEL_INFO, "ready");
    log_text(&line, "api", text_of(app->address));
    log_text(&line, "admin", text_of(app->admin_address));
    log_text(&line, "version", text_of(app_version));
    log_text(&line, "commit", text_of(app_commit));
    log_integer(&line, "issuers", (int64_t)app->config->issuer_count);
    log_integer(&line, "keys", (int64_t)trust_key_count(app->trust));
    log_integer(&line, "scids", (int64_t)catalog_definition_of(catalog)->config_count);
    log_end(&line);
    catalog_release(&catalog);
}

static void attach_figures(struct app *app)
{
    const struct figures_parts parts = {app->config,        app->log,       app->trust,   app->catalog,
                                        app->public_server, &app->draining, &app->healthy};
    figures_attach(app->figures, &parts);
}

static bool build(struct app *app, struct error *err)
{
    const struct config *c = app->config;
    const struct log_options log = {STDERR_FILENO, c->log_level, c->log_format, &clock_system};
    if (!log_open(&log, &app->log, err) || !trust_open(c, app->log, TRUST_URLS_LATER, &app->trust, err) ||
        !open_store(app, err) || !open_ratelimit(app, err) || !figures_open(app->trust, &app->figures, err))
        return false;
    raise_descriptor_limit(app);
    fill_api(app);
    if (!start_admin(app, err) || !start_public(app, err) || !start_watcher(app, err) ||
        !trust_keep(app->trust, err))
        return false;
    atomic_store(&app->healthy, true);
    attach_figures(app);
    app->has_served = true;
    announce(app);
    return true;
}

bool app_start(const struct config *config, struct app **out, struct error *err)
{
    struct app *app = memory_alloc(sizeof *app, err);
    if (app == NULL)
        return false;
    app->config = config;
    atomic_init(&app->draining, false);
    atomic_init(&app->healthy, false);
    if (!build(app, err)) {
        app_stop(&app);
        return false;
    }
    *out = app;
    return true;
}

void app_stop(struct app **app)
{
    struct app *a = *app;
    if (a == NULL)
        return;
    if (a->figures != NULL)
        figures_attach(a->figures, NULL);
    server_stop(&a->public_server);
    watcher_stop(&a->watcher);
    server_stop(&a->admin_server);
    figures_close(&a->figures);
    ratelimit_close(&a->ratelimit);
    catalog_slot_close(&a->catalog);
    store_close(&a->store);
    trust_close(&a->trust);
    if (a->has_served)
        say(a->log, LOG_LEVEL_INFO, "stopped");
    log_close(&a->log);
    memory_free(a);
    *app = NULL;
}

const char *app_address(const struct app *app)
{
    return app->address;
}

const char *app_admin_address(const struct app *app)
{
    return app->admin_address;
}

static int64_t now_ms(void)
{
    return clock_system.monotonic_ns(clock_system.context) / 1000000;
}

/* In slices, so that a second signal is heard in between. */
static unsigned drain(struct app *app)
{
    if (signals_come_within(app->config->drain_delay_ms))
        return server_drain(app->public_server, DRAIN_SLICE_MS);
    int64_t until = now_ms() + app->config->drain_timeout_ms;
    unsigned left;
    do {
        left = server_drain(app->public_server, DRAIN_SLICE_MS);
    } while (left > 0 && now_ms() < until && !signals_come_within(0));
    return left;
}

/* Until it is to end; on the way it reloads what it is told to. */
static void wait_for_the_end(struct app *app)
{
    while (signals_wait() == SIGNALS_RELOAD) {
        say(app->log, LOG_LEVEL_INFO, "reloading");
        metrics_add(figures_metrics(app->figures), METRIC_RELOADS, (struct metric_series){0, 0}, 1);
        trust_reload(app->trust);
    }
}

unsigned app_run(struct app *app)
{
    wait_for_the_end(app);
    say(app->log, LOG_LEVEL_INFO, "draining");
    atomic_store(&app->draining, true);
    server_announce_close(app->public_server);
    unsigned left = drain(app);
    signals_release(); /* taking apart must not be able to hold the operator up */
    struct log_line line;
    log_begin(&line, app->log, left == 0 ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING, "drained");
    log_integer(&line, "cut", (int64_t)left);
    log_end(&line);
    return left;
}
