/* SPDX-License-Identifier: Apache-2.0 */
/* Hash tables, each behind a lock of its own and with its own list from the latest used to the longest
 * unused; a digest's first byte says in which. Awkward: whether an entry still counts is decided when it is
 * found, never when it is put in, so that a key that goes while its token is being verified takes the token
 * with it; a slot's lock is taken inside a table's for that, only after the slot has changed, and never the
 * other way round. */
#include "auth/remembered.h"

#include <pthread.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <string.h>

#include "auth/principal_copy.h"
#include "base/memory.h"
#include "jose/key_slot.h"

#define SHARDS_MAX 64
#define SHARD_ENTRIES_MIN                                                                                    \
    16 /* in a table smaller than that, one more token too often throws a used one out */

struct entry {
    struct entry *next_in_bucket;
    struct entry *newer, *older;
    struct token_digest digest;
    size_t size; /* bytes of all of it */
    struct good_token token;
    alignas(max_align_t) char block[]; /* what token.principal points at */
};

struct shard {
    pthread_mutex_t lock; /* guards the rest */
    struct entry **buckets;
    struct entry *newest, *oldest;
    size_t entries, bytes;
    uint64_t hits, misses, evictions;
};

struct remembered {
    const struct issuer *issuers;
    size_t shard_entries_max, shard_bytes_max;
    size_t bucket_mask;
    size_t shard_count; /* a power of two */
    struct shard shards[SHARDS_MAX];
};

static size_t power_of_two_up_to(size_t n)
{
    size_t power = 1;
    while (power <= n / 2)
        power *= 2;
    return power;
}

static bool open_shard(struct shard *s, size_t bucket_count, struct error *err)
{
    struct entry **buckets = memory_alloc_array(bucket_count, sizeof(struct entry *), err);
    if (buckets == NULL)
        return false;
    int failed = pthread_mutex_init(&s->lock, NULL);
    if (failed != 0) {
        memory_free(buckets);
        return error_set(err, ERROR_INTERNAL, "pthread_mutex_init: %s", strerror(failed));
    }
    s->buckets = buckets;
    return true;
}

bool remembered_open(const struct remembered_options *options, struct remembered **out, struct error *err)
{
    struct remembered *r = memory_alloc(sizeof *r, err);
    if (r == NULL)
        return false;
    size_t shards = power_of_two_up_to(options->entries_max / SHARD_ENTRIES_MIN);
    r->issuers = options->issuers;
    shards = shards > SHARDS_MAX ? SHARDS_MAX : shards;
    r->shard_entries_max = options->entries_max / shards;
    r->shard_bytes_max = options->bytes_max / shards;
    size_t buckets = power_of_two_up_to(r->shard_entries_max);
    r->bucket_mask = buckets - 1;
    while (r->shard_count < shards) {
        if (!open_shard(&r->shards[r->shard_count], buckets, err)) {
            remembered_close(&r);
            return false;
        }
        r->shard_count++;
    }
    *out = r;
    return true;
}

void remembered_close(struct remembered **r)
{
    struct remembered *closing = *r;
    if (closing == NULL)
        return;
    for (size_t i = 0; i < closing->shard_count; i++) {
        struct shard *s = &closing->shards[i];
        for (struct entry *e = s->newest, *older; e != NULL; e = older) {
            older = e->older;
            memory_free(e);
        }
        memory_free(s->buckets);
        pthread_mutex_destroy(&s->lock);
    }
    memory_free(closing);
    *r = NULL;
}

static struct shard *shard_of(struct remembered *r, const struct token_digest *digest)
{
    return &r->shards[digest->bytes[0] & (r->shard_count - 1)];
}

static struct entry **bucket_of(const struct remembered *r, const struct shard *s,
                                const struct token_digest *digest)
{
    size_t index;
    memcpy(&index, digest->bytes + 8, sizeof index);
    return &s->buckets[index & r->bucket_mask];
}

static struct entry *look_up(const struct remembered *r, const struct shard *s,
                             const struct token_digest *digest)
{
    struct entry *e = *bucket_of(r, s, digest);
    while (e != NULL && !token_digest_equals(&e->digest, digest))
        e = e->next_in_bucket;
    return e;
}

static void unlink_from_list(struct shard *s, struct entry *e)
{
    *(e->newer != NULL ? &e->newer->older : &s->newest) = e->older;
    *(e->older != NULL ? &e->older->newer : &s->oldest) = e->newer;
}

static void put_first(struct shard *s, struct entry *e)
{
    e->newer = NULL;
    e->older = s->newest;
    *(s->newest != NULL ? &s->newest->newer : &s->oldest) = e;
    s->newest = e;
}

static void forget(const struct remembered *r, struct shard *s, struct entry *e)
{
    struct entry **at = bucket_of(r, s, &e->digest);
    while (*at != e)
        at = &(*at)->next_in_bucket;
    *at = e->next_in_bucket;
    unlink_from_list(s, e);
    s->entries--;
    s->bytes -= e->size;
    memory_free(e);
}

/* Whether V's key is still in SLOT. The generation is read first: should the slot change in between, the
 * entry is held against it once more than need be, and never once less. */
static bool still_vouches(struct voucher *v, struct key_slot *slot)
{
    uint64_t generation = key_slot_generation(slot);
    if (generation == v->generation)
        return true;
    struct key_set *set = key_slot_get(slot);
    bool has = set != NULL && key_set_has(set, &v->key);
    key_set_release(&set);
    if (has)
        v->generation = generation;
    return has;
}

static bool still_counts(const struct remembered *r, struct good_token *token, int64_t now_s)
{
    const struct issuer *issuer = &r->issuers[token->issuer];
    struct error ignored;
    return validity_judge(&token->validity, issuer->clock_skew_s, now_s, &ignored) &&
           still_vouches(&token->signature, issuer->keys) &&
           (!token->is_encrypted || still_vouches(&token->decryption, issuer->decryption_keys));
}

/* A copy of P in ARENA: P itself, then what it points at. */
static struct principal *copy_out(const struct principal *p, struct arena *arena, struct error *err)
{
    struct copy {
        struct principal principal;
        alignas(max_align_t) char block[];
    } *copy = arena_alloc(arena, sizeof *copy + principal_copy_size(p), err);
    if (copy == NULL)
        return NULL;
    copy->principal = principal_copy(p, copy->block);
    return &copy->principal;
}

/* The entry of LOOKUP that still counts, as the latest used; NULL: none. */
static const struct entry *recall(const struct remembered *r, struct shard *s,
                                  const struct token_lookup *lookup)
{
    struct entry *e = look_up(r, s, &lookup->digest);
    if (e != NULL && !still_counts(r, &e->token, lookup->now_s)) {
        forget(r, s, e);
        e = NULL;
    }
    if (e == NULL) {
        s->misses++;
        return NULL;
    }
    s->hits++;
    unlink_from_list(s, e);
    put_first(s, e);
    return e;
}

bool remembered_find(struct remembered *r, const struct token_lookup *lookup, struct arena *arena,
                     const struct principal **out, struct error *err)
{
    struct shard *s = shard_of(r, &lookup->digest);
    const struct principal *found = NULL;
    pthread_mutex_lock(&s->lock);
    const struct entry *e = recall(r, s, lookup);
    if (e != NULL)
        found = copy_out(&e->token.principal, arena, err);
    pthread_mutex_unlock(&s->lock);
    if (e != NULL && found == NULL)
        return false;
    *out = found;
    return true;
}

static void put(const struct remembered *r, struct shard *s, struct entry *e)
{
    struct entry *same = look_up(r, s, &e->digest);
    if (same != NULL) /* two threads verified one token */
        forget(r, s, same);
    while (s->oldest != NULL &&
           (s->entries >= r->shard_entries_max || s->bytes + e->size > r->shard_bytes_max)) {
        forget(r, s, s->oldest);
        s->evictions++;
    }
    struct entry **bucket = bucket_of(r, s, &e->digest);
    e->next_in_bucket = *bucket;
    *bucket = e;
    put_first(s, e);
    s->entries++;
    s->bytes += e->size;
}

bool remembered_add(struct remembered *r, const struct token_digest *digest, const struct good_token *token,
                    struct error *err)
{
    struct shard *s = shard_of(r, digest);
    size_t size = sizeof(struct entry) + principal_copy_size(&token->principal);
    if (size > r->shard_bytes_max)
        return true;
    struct entry *e = memory_alloc(size, err);
    if (e == NULL)
        return false;
    e->digest = *digest;
    e->size = size;
    e->token = *token;
    e->token.inner = (struct text){.data = NULL};
    e->token.principal = principal_copy(&token->principal, e->block);
    pthread_mutex_lock(&s->lock);
    put(r, s, e);
    pthread_mutex_unlock(&s->lock);
    return true;
}

void remembered_forget(struct remembered *r, const struct token_digest *digest)
{
    struct shard *s = shard_of(r, digest);
    pthread_mutex_lock(&s->lock);
    struct entry *e = look_up(r, s, digest);
    if (e != NULL)
        forget(r, s, e);
    pthread_mutex_unlock(&s->lock);
}

void remembered_count(struct remembered *r, struct authenticator_counts *counts)
{
    for (size_t i = 0; i < r->shard_count; i++) {
        struct shard *s = &r->shards[i];
        pthread_mutex_lock(&s->lock);
        counts->hits += s->hits;
        counts->misses += s->misses;
        counts->evictions += s->evictions;
        counts->entries += s->entries;
        counts->bytes += s->bytes;
        pthread_mutex_unlock(&s->lock);
    }
}
