/* SPDX-License-Identifier: Apache-2.0 */
/* The threads. Awkward: a stop must reach a thread that waits and one that is in the middle of a fetch, so it
 * is both a condition and a flag that the fetch looks at. */
#include "keys/keeper.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "keys/source.h"

struct worker {
    struct source source;
    struct keeper *keeper;
    pthread_t thread;
    uint64_t reloads_seen;
};

struct keeper {
    atomic_bool stop;
    pthread_mutex_t lock; /* of `reloads`, and of waiting for it and for `stop` */
    pthread_cond_t wake;
    uint64_t reloads; /* how often keeper_reload was called */
    size_t opened, started;
    struct worker workers[];
};

/* UNLOADED NULL: the URLs are not fetched. */
static bool load_one(struct source *s, struct error *unloaded, struct error *err)
{
    if (!source_is_url(s))
        return file_source_load(s, err);
    return unloaded == NULL || url_source_load(s, unloaded, err);
}

static bool load_all(const struct keeper_options *options, bool fetches, struct error *unloaded,
                     struct error *err)
{
    struct error why;
    struct source *s = memory_alloc(sizeof *s, err);
    bool done = s != NULL;
    for (size_t i = 0; done && i < options->count; i++) {
        why = (struct error){.code = ERROR_NONE};
        done = source_open(s, options, i, NULL, err) && load_one(s, fetches ? &why : NULL, err);
        source_close(s);
        if (unloaded != NULL)
            unloaded[i] = why;
    }
    memory_free(s);
    return done;
}

bool keys_load_files(const struct keeper_options *options, struct error *err)
{
    return load_all(options, false, NULL, err);
}

bool keys_load(const struct keeper_options *options, struct error *unloaded, struct error *err)
{
    return load_all(options, true, unloaded, err);
}

enum call { CALL_END, CALL_LOOK, CALL_RELOAD };

static enum call wait_for_call(struct worker *w)
{
    struct keeper *k = w->keeper;
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += KEYS_LOOK_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    int result = 0;
    pthread_mutex_lock(&k->lock);
    while (!atomic_load(&k->stop) && w->reloads_seen == k->reloads && result == 0)
        result = pthread_cond_timedwait(&k->wake, &k->lock, &until);
    bool reload = w->reloads_seen != k->reloads;
    w->reloads_seen = k->reloads;
    pthread_mutex_unlock(&k->lock);
    if (atomic_load(&k->stop))
        return CALL_END;
    return reload ? CALL_RELOAD : CALL_LOOK;
}

static void *run(void *context)
{
    struct worker *w = context;
    for (enum call call = CALL_LOOK; call != CALL_END; call = wait_for_call(w))
        source_step(&w->source, call == CALL_RELOAD);
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

static bool open_all(struct keeper *k, const struct keeper_options *options, struct error *err)
{
    for (; k->opened < options->count; k->opened++) {
        struct worker *w = &k->workers[k->opened];
        w->keeper = k;
        if (!source_open(&w->source, options, k->opened, &k->stop, err))
            return false;
    }
    return true;
}

static bool start_all(struct keeper *k, struct error *err)
{
    for (; k->started < k->opened; k->started++) {
        char name[16];
        struct worker *w = &k->workers[k->started];
        int failure = pthread_create(&w->thread, NULL, run, w);
        if (failure != 0)
            return error_set(err, ERROR_INTERNAL, "no thread for the keys of %s: %s", w->source.given.name,
                             strerror(failure));
        snprintf(name, sizeof name, "keys-%zu", k->started);
        pthread_setname_np(w->thread, name);
    }
    return true;
}

bool keeper_start(const struct keeper_options *options, struct keeper **out, struct error *err)
{
    struct keeper *k = memory_alloc(sizeof *k + options->count * sizeof k->workers[0], err);
    if (k == NULL)
        return false;
    atomic_init(&k->stop, false);
    pthread_mutex_init(&k->lock, NULL);
    init_wake(&k->wake);
    if (!open_all(k, options, err) || !start_all(k, err)) {
        keeper_stop(&k);
        return false;
    }
    *out = k;
    return true;
}

void keeper_reload(struct keeper *keeper)
{
    pthread_mutex_lock(&keeper->lock);
    keeper->reloads++;
    pthread_cond_broadcast(&keeper->wake);
    pthread_mutex_unlock(&keeper->lock);
}

void keeper_stop(struct keeper **keeper)
{
    struct keeper *k = *keeper;
    if (k == NULL)
        return;
    pthread_mutex_lock(&k->lock);
    atomic_store(&k->stop, true);
    pthread_cond_broadcast(&k->wake);
    pthread_mutex_unlock(&k->lock);
    for (size_t i = 0; i < k->started; i++)
        pthread_join(k->workers[i].thread, NULL);
    for (size_t i = 0; i < k->opened; i++)
        source_close(&k->workers[i].source);
    pthread_cond_destroy(&k->wake);
    pthread_mutex_destroy(&k->lock);
    memory_free(k);
    *keeper = NULL;
}

struct key_status keeper_status(const struct keeper *keeper, size_t i)
{
    const struct source *s = &keeper->workers[i].source;
    struct key_set *set = key_slot_get(s->given.slot);
    const struct key_status status = {
        .has_keys = set != NULL,
        .key_count = set == NULL ? 0 : key_set_size(set),
        .last_success_wall_s = atomic_load(&s->last_success_wall_s),
        .failures = atomic_load(&s->failures),
        .reloads = atomic_load(&s->reloads),
    };
    key_set_release(&set);
    return status;
}
