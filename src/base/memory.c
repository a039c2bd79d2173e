/* SPDX-License-Identifier: Apache-2.0 */
/* malloc with our error convention. Awkward: the countdown of memory_fail_nth is per thread, so that tests
 * that run beside each other do not fail each other's allocations. */
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

static _Thread_local unsigned long countdown;
static _Thread_local bool fired;

static bool planted_failure(void)
{
    if (countdown == 0 || --countdown != 0)
        return false;
    fired = true;
    return true;
}

void memory_fail_nth(unsigned long n)
{
    countdown = n;
    fired = false;
}

bool memory_fail_has_fired(void)
{
    return fired;
}

void *memory_alloc(size_t size, struct error *err)
{
    void *p = planted_failure() ? NULL : calloc(1, size == 0 ? 1 : size);
    if (p == NULL)
        error_set(err, ERROR_NO_MEMORY, "no memory for %zu bytes", size);
    return p;
}

void *memory_alloc_array(size_t count, size_t size, struct error *err)
{
    size_t total;
    if (__builtin_mul_overflow(count, size, &total)) {
        error_set(err, ERROR_NO_MEMORY, "%zu items of %zu bytes are more than memory can hold", count, size);
        return NULL;
    }
    return memory_alloc(total, err);
}

void *memory_grow(void *old, size_t size, struct error *err)
{
    void *p = planted_failure() ? NULL : realloc(old, size == 0 ? 1 : size);
    if (p == NULL)
        error_set(err, ERROR_NO_MEMORY, "no memory for %zu bytes", size);
    return p;
}

char *memory_copy_text(struct text t, struct error *err)
{
    char *copy = memory_alloc(t.size + 1, err);
    if (copy != NULL && t.size > 0)
        memcpy(copy, t.data, t.size);
    return copy;
}

void memory_free(void *p)
{
    free(p);
}

void memory_cleanse(void *p, size_t size)
{
    if (p != NULL)
        explicit_bzero(p, size);
}
