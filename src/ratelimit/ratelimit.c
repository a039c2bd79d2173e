/* SPDX-License-Identifier: Apache-2.0 */
/* The table of callers: buckets of four entries in two cache lines, 64 locks over all of them. Awkward: the
 * key of a caller stands in its entry whole, as two users under one hash must not share a count; and time is
 * kept in 43 bits of milliseconds, so that an entry has 32 bytes. */
#include "ratelimit/ratelimit.h"

#include <assert.h>
#include <pthread.h>
#include <string.h>

#include "base/hash.h"
#include "base/memory.h"

#define WAYS         4
#define SHARDS       64
#define LINES        128 /* two cache lines, which come together */
#define TIME_MASK    ((UINT64_C(1) << 43) - 1)
#define COUNT_MAX    0x1FFFFFu
#define PERIOD_MAX_S 86400
#define NS_PER_MS    1000000

/* Not begun while count is 0. */
struct window {
    uint64_t begun_ms : 43;
    uint64_t count : 21;
};

/* Free while no window of it has begun. */
struct entry {
    uint64_t user, title_id;
    struct window windows[RATELIMIT_WINDOW_COUNT];
};

_Static_assert(sizeof(struct entry) == 32, "the header promises 32 bytes a caller");

struct bucket {
    _Alignas(LINES) struct entry entries[WAYS];
};

struct shard {
    _Alignas(LINES) pthread_mutex_t lock; /* guards each bucket whose number is the shard's, modulo SHARDS */
};

struct ratelimit {
    struct ratelimit_rule rules[RATELIMIT_WINDOW_COUNT];
    enum ratelimit_window longest; /* of those that are on: its beginning is an entry's age */
    uint64_t seed;
    size_t bucket_count; /* a power of two */
    size_t shard_count;  /* locks that are initialized */
    void *memory;        /* holds the two below, which are aligned */
    struct shard *shards;
    struct bucket *buckets;
};

static size_t count_buckets(size_t callers)
{
    size_t count = 1;
    while (count * WAYS < callers)
        count *= 2;
    return count;
}

static bool make_table(struct ratelimit *r, struct error *err)
{
    r->memory =
        memory_alloc(LINES + SHARDS * sizeof(struct shard) + r->bucket_count * sizeof(struct bucket), err);
    if (r->memory == NULL)
        return false;
    size_t gap = LINES - (uintptr_t)r->memory % LINES;
    r->shards = (void *)((char *)r->memory + gap);
    r->buckets = (void *)(r->shards + SHARDS);
    for (; r->shard_count < SHARDS; r->shard_count++) {
        int failed = pthread_mutex_init(&r->shards[r->shard_count].lock, NULL);
        if (failed != 0)
            return error_set(err, ERROR_INTERNAL, "pthread_mutex_init: %s", strerror(failed));
    }
    return true;
}

static bool is_valid(const struct ratelimit_options *o)
{
    for (size_t i = 0; i < RATELIMIT_WINDOW_COUNT; i++) {
        if (o->rules[i].most > RATELIMIT_MOST || o->rules[i].period_s < 1 ||
            o->rules[i].period_s > PERIOD_MAX_S)
            return false;
    }
    return o->max_callers >= 1 && o->max_callers <= RATELIMIT_CALLERS_MAX;
}

static enum ratelimit_window longest_of(const struct ratelimit_rule *rules)
{
    bool has_burst = rules[RATELIMIT_BURST].most > 0, has_sustain = rules[RATELIMIT_SUSTAIN].most > 0;
    bool burst_is_longer = rules[RATELIMIT_BURST].period_s > rules[RATELIMIT_SUSTAIN].period_s;
    return has_burst && (!has_sustain || burst_is_longer) ? RATELIMIT_BURST : RATELIMIT_SUSTAIN;
}

bool ratelimit_open(const struct ratelimit_options *options, struct ratelimit **out, struct error *err)
{
    bool valid = is_valid(options);
    assert(valid);
    (void)valid; /* without asserts nobody asks */
    if (options->rules[RATELIMIT_BURST].most == 0 && options->rules[RATELIMIT_SUSTAIN].most == 0) {
        *out = NULL;
        return true;
    }
    struct ratelimit *r = memory_alloc(sizeof *r, err);
    if (r == NULL)
        return false;
    memcpy(r->rules, options->rules, sizeof r->rules);
    r->longest = longest_of(r->rules);
    r->bucket_count = count_buckets(options->max_callers);
    if (!options->random->fill(options->random->context, &r->seed, sizeof r->seed, err) ||
        !make_table(r, err)) {
        ratelimit_close(&r);
        return false;
    }
    *out = r;
    return true;
}

void ratelimit_close(struct ratelimit **ratelimit)
{
    struct ratelimit *r = *ratelimit;
    if (r == NULL)
        return;
    for (size_t i = 0; i < r->shard_count; i++)
        pthread_mutex_destroy(&r->shards[i].lock);
    memory_free(r->memory);
    memory_free(r);
    *ratelimit = NULL;
}

static uint64_t period_ms(const struct ratelimit_rule *rule)
{
    return (uint64_t)rule->period_s * 1000;
}

/* 0 for one that another thread, which looked at the clock later, has begun just now. */
static uint64_t age_ms(const struct window *w, uint64_t now_ms)
{
    return now_ms > w->begun_ms ? now_ms - w->begun_ms : 0;
}

static bool has_ended(const struct window *w, const struct ratelimit_rule *rule, uint64_t now_ms)
{
    return w->count == 0 || age_ms(w, now_ms) >= period_ms(rule);
}

static bool is_free(const struct ratelimit *r, const struct entry *e, uint64_t now_ms)
{
    for (size_t i = 0; i < RATELIMIT_WINDOW_COUNT; i++) {
        if (!has_ended(&e->windows[i], &r->rules[i], now_ms))
            return false;
    }
    return true;
}

/* The entry to take for a caller that has none in B. */
static struct entry *choose_entry(const struct ratelimit *r, struct bucket *b, uint64_t now_ms)
{
    struct entry *oldest = &b->entries[0];
    for (size_t i = 0; i < WAYS; i++) {
        struct entry *e = &b->entries[i];
        if (is_free(r, e, now_ms))
            return e;
        if (e->windows[r->longest].begun_ms < oldest->windows[r->longest].begun_ms)
            oldest = e;
    }
    return oldest;
}

static struct entry *find_entry(const struct ratelimit *r, struct bucket *b, const uint64_t key[2],
                                uint64_t now_ms)
{
    for (size_t i = 0; i < WAYS; i++) {
        if (b->entries[i].user == key[0] && b->entries[i].title_id == key[1])
            return &b->entries[i];
    }
    struct entry *e = choose_entry(r, b, now_ms);
    *e = (struct entry){.user = key[0], .title_id = key[1]};
    return e;
}

static void count_in(struct window *w, const struct ratelimit_rule *rule, uint64_t now_ms)
{
    if (rule->most == 0)
        return;
    if (has_ended(w, rule, now_ms))
        *w = (struct window){.begun_ms = now_ms & TIME_MASK};
    if (w->count < COUNT_MAX)
        w->count++;
}

/* Counts the request and gives the caller's windows as they are then. */
static struct entry count_request(struct ratelimit *r, const uint64_t key[2], uint64_t now_ms)
{
    struct text bytes = text_slice((const char *)key, 2 * sizeof key[0]);
    size_t number = hash_text_seeded(bytes, r->seed) & (r->bucket_count - 1);
    pthread_mutex_t *lock = &r->shards[number % SHARDS].lock;
    pthread_mutex_lock(lock);
    struct entry *e = find_entry(r, &r->buckets[number], key, now_ms);
    for (size_t i = 0; i < RATELIMIT_WINDOW_COUNT; i++)
        count_in(&e->windows[i], &r->rules[i], now_ms);
    struct entry counted = *e;
    pthread_mutex_unlock(lock);
    return counted;
}

bool ratelimit_take(struct ratelimit *ratelimit, const struct ratelimit_caller *caller, int64_t now_ns,
                    struct ratelimit_verdict *verdict)
{
    if (ratelimit == NULL)
        return true;
    assert(now_ns >= 0);
    uint64_t now_ms = (uint64_t)now_ns / NS_PER_MS, wait_ms = 0;
    uint64_t user = caller->xuid != 0 ? caller->xuid : hash_text_seeded(caller->userhash, ratelimit->seed);
    struct entry counted = count_request(ratelimit, (uint64_t[2]){user, caller->title_id}, now_ms);
    struct ratelimit_verdict v = {.retry_after_s = 0};
    for (size_t i = RATELIMIT_WINDOW_COUNT; i-- > 0;) { /* burst comes last: of both, it is what is told */
        const struct window *w = &counted.windows[i];
        const struct ratelimit_rule *rule = &ratelimit->rules[i];
        if (rule->most == 0 || w->count <= rule->most)
            continue;
        uint64_t left_ms = period_ms(rule) - age_ms(w, now_ms);
        wait_ms = left_ms > wait_ms ? left_ms : wait_ms;
        v = (struct ratelimit_verdict){(enum ratelimit_window)i, (uint32_t)w->count, *rule, 0};
    }
    if (wait_ms == 0)
        return true;
    v.retry_after_s = (uint32_t)((wait_ms + 999) / 1000);
    *verdict = v;
    return false;
}

struct ratelimit_rule ratelimit_rule_of(const struct ratelimit *ratelimit, enum ratelimit_window window)
{
    return ratelimit == NULL ? (struct ratelimit_rule){0, 0} : ratelimit->rules[window];
}

size_t ratelimit_capacity(const struct ratelimit *ratelimit)
{
    return ratelimit == NULL ? 0 : ratelimit->bucket_count * WAYS;
}
