/* SPDX-License-Identifier: Apache-2.0 */
/* The one place where the catalog in force is kept. Awkward: reading the pointer and taking a reference must
 * be one step, or the last reference could go in between; hence a lock, held for a few instructions. */
#include "catalog/catalog.h"

#include <pthread.h>
#include <string.h>

#include "base/memory.h"

struct catalog_slot {
    pthread_mutex_t lock; /* guards current */
    struct catalog *current;
};

bool catalog_slot_open(struct catalog *c, struct catalog_slot **out, struct error *err)
{
    struct catalog_slot *slot = memory_alloc(sizeof *slot, err);
    if (slot == NULL)
        return false;
    int failed = pthread_mutex_init(&slot->lock, NULL);
    if (failed != 0) {
        memory_free(slot);
        return error_set(err, ERROR_INTERNAL, "pthread_mutex_init: %s", strerror(failed));
    }
    slot->current = c;
    *out = slot;
    return true;
}

struct catalog *catalog_slot_get(struct catalog_slot *slot)
{
    pthread_mutex_lock(&slot->lock);
    struct catalog *c = catalog_hold(slot->current);
    pthread_mutex_unlock(&slot->lock);
    return c;
}

void catalog_slot_put(struct catalog_slot *slot, struct catalog *c)
{
    pthread_mutex_lock(&slot->lock);
    struct catalog *old = slot->current;
    slot->current = c;
    pthread_mutex_unlock(&slot->lock);
    catalog_release(&old); /* outside the lock: freeing a large catalog takes a while */
}

void catalog_slot_close(struct catalog_slot **slot)
{
    if (*slot == NULL)
        return;
    catalog_release(&(*slot)->current);
    pthread_mutex_destroy(&(*slot)->lock);
    memory_free(*slot);
    *slot = NULL;
}
