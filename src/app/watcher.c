/* SPDX-License-Identifier: Apache-2.0 */
/* The thread that notices what other processes do to the database. Awkward: a file that was replaced may have
 * the old one's catalog version but other statistic ids, so the catalog is read anew whenever the store comes
 * back, whatever its version says. */
#include "watcher.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/memory.h"

#define DEFINITION_MAX ((size_t)256 << 20) /* bytes of a catalog as it is read */

bool watcher_load_catalog(struct store *store, struct catalog **out, struct error *err)
{
    struct arena arena;
    struct catalog_definition definition;
    arena_init(&arena, DEFINITION_MAX);
    bool loaded = store_read_catalog(store, &arena, &definition, err) && catalog_build(&definition, out, err);
    arena_reset(&arena);
    return loaded;
}

static void say(struct log *log, enum log_level level, const char *event, const struct error *err)
{
    struct log_line line;
    log_begin(&line, log, level, event);
    if (err != NULL)
        log_error(&line, err);
    log_end(&line);
}

static bool lose(struct watch *watch, const struct error *err)
{
    if (!watch->lost)
        say(watch->watched.log, LOG_LEVEL_ERROR, "store_lost", err);
    watch->lost = true;
    atomic_store(watch->watched.healthy, false);
    return false;
}

static void recover(struct watch *watch)
{
    if (watch->lost)
        say(watch->watched.log, LOG_LEVEL_INFO, "store_back", NULL);
    watch->lost = false;
    atomic_store(watch->watched.healthy, true);
}

static int64_t version_in_force(struct catalog_slot *slot)
{
    struct catalog *c = catalog_slot_get(slot);
    int64_t version = catalog_version(c);
    catalog_release(&c);
    return version;
}

static void put_in_force(struct watch *watch, struct catalog *c)
{
    struct log_line line;
    log_begin(&line, watch->watched.log, LOG_LEVEL_INFO, "catalog_in_force");
    log_integer(&line, "version", catalog_version(c));
    log_end(&line);
    watch->refused = false;
    catalog_slot_put(watch->watched.slot, c);
}

/* Whether the service can go on with the catalog that is now in force. */
static bool follow(struct watch *watch, int64_t version)
{
    struct error err;
    struct catalog *c;
    if (!watch->lost && version == version_in_force(watch->watched.slot))
        return true;
    if (watch->refused && watch->refused_version == version)
        return !watch->lost;
    if (watcher_load_catalog(watch->watched.store, &c, &err)) {
        put_in_force(watch, c);
        return true;
    }
    if (error_class_of(err.code)->retryable)
        return lose(watch, &err);
    say(watch->watched.log, LOG_LEVEL_ERROR, "catalog_refused", &err);
    watch->refused = true;
    watch->refused_version = version;
    return !watch->lost;
}

void watcher_look(struct watch *watch)
{
    struct error err;
    int64_t version;
    if (!store_check(watch->watched.store, &err) ||
        !store_catalog_version(watch->watched.store, &version, &err))
        lose(watch, &err);
    else if (follow(watch, version))
        recover(watch);
}

struct watcher {
    struct watch watch;
    pthread_t thread;
    pthread_mutex_t lock; /* of `stopping` */
    pthread_cond_t wake;
    bool stopping;
};

static bool wait_for_next_look(struct watcher *w)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += WATCHER_PERIOD_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    int result = 0;
    pthread_mutex_lock(&w->lock);
    while (!w->stopping && result == 0)
        result = pthread_cond_timedwait(&w->wake, &w->lock, &until);
    bool goes_on = !w->stopping;
    pthread_mutex_unlock(&w->lock);
    return goes_on;
}

static void *run(void *context)
{
    struct watcher *w = context;
    while (wait_for_next_look(w))
        watcher_look(&w->watch);
    return NULL;
}

/* A condition that keeps its time when the wall clock steps. */
static void init_wake(pthread_cond_t *wake)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(wake, &attributes);
    pthread_condattr_destroy(&attributes);
}

static void destroy(struct watcher *w)
{
    pthread_cond_destroy(&w->wake);
    pthread_mutex_destroy(&w->lock);
    memory_free(w);
}

bool watcher_start(const struct watched *watched, struct watcher **out, struct error *err)
{
    struct watcher *w = memory_alloc(sizeof *w, err);
    if (w == NULL)
        return false;
    w->watch.watched = *watched;
    pthread_mutex_init(&w->lock, NULL);
    init_wake(&w->wake);
    int failure = pthread_create(&w->thread, NULL, run, w);
    if (failure != 0) {
        destroy(w);
        return error_set(err, ERROR_INTERNAL, "no thread for the watcher: %s", strerror(failure));
    }
    pthread_setname_np(w->thread, "watcher");
    *out = w;
    return true;
}

void watcher_stop(struct watcher **watcher)
{
    struct watcher *w = *watcher;
    if (w == NULL)
        return;
    pthread_mutex_lock(&w->lock);
    w->stopping = true;
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->lock);
    pthread_join(w->thread, NULL);
    destroy(w);
    *watcher = NULL;
}
