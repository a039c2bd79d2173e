/* SPDX-License-Identifier: Apache-2.0 */
/* A pointer behind a lock. Awkward: reading the pointer and taking a reference must be one step, or the last
 * reference could go in between; the generation is there so that a request that remembers what it saw need
 * not take the lock at all. */
#include "jose/key_slot.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/memory.h"

struct key_slot {
    pthread_mutex_t lock; /* guards current */
    struct key_set *current;
    _Atomic uint64_t generation, unknown;
};

bool key_slot_open(struct key_set *set, struct key_slot **out, struct error *err)
{
    struct key_slot *slot = memory_alloc(sizeof *slot, err);
    if (slot == NULL)
        return false;
    int failed = pthread_mutex_init(&slot->lock, NULL);
    if (failed != 0) {
        memory_free(slot);
        return error_set(err, ERROR_INTERNAL, "pthread_mutex_init: %s", strerror(failed));
    }
    atomic_init(&slot->generation, 0);
    atomic_init(&slot->unknown, 0);
    slot->current = set;
    *out = slot;
    return true;
}

void key_slot_close(struct key_slot **slot)
{
    if (*slot == NULL)
        return;
    key_set_release(&(*slot)->current);
    pthread_mutex_destroy(&(*slot)->lock);
    memory_free(*slot);
    *slot = NULL;
}

struct key_set *key_slot_get(struct key_slot *slot)
{
    pthread_mutex_lock(&slot->lock);
    struct key_set *set = slot->current == NULL ? NULL : key_set_hold(slot->current);
    pthread_mutex_unlock(&slot->lock);
    return set;
}

void key_slot_put(struct key_slot *slot, struct key_set *set)
{
    pthread_mutex_lock(&slot->lock);
    struct key_set *old = slot->current;
    slot->current = set;
    atomic_fetch_add(&slot->generation, 1);
    pthread_mutex_unlock(&slot->lock);
    key_set_release(&old); /* outside the lock: freeing keys takes a while */
}

uint64_t key_slot_generation(const struct key_slot *slot)
{
    return atomic_load(&slot->generation);
}

void key_slot_report_unknown(struct key_slot *slot)
{
    atomic_fetch_add(&slot->unknown, 1);
}

uint64_t key_slot_unknown(const struct key_slot *slot)
{
    return atomic_load(&slot->unknown);
}
