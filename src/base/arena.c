/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks that double in size, carved from the front. Awkward: a large allocation gets a block of its own
 * behind the current one, so that the rest of the current block is not lost. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#include "base/memory.h"

#define FIRST_BLOCK   4096
#define LARGEST_BLOCK 65536

struct arena_block {
    struct arena_block *next;
    size_t size; /* of bytes[] */
    size_t taken;
    alignas(max_align_t) char bytes[];
};

void arena_init(struct arena *a, size_t limit)
{
    *a = (struct arena){.limit = limit};
}

static size_t rounded(size_t size)
{
    size_t step = alignof(max_align_t);
    return (size + step - 1) / step * step;
}

static struct arena_block *add_block(struct arena *a, size_t size, struct error *err)
{
    size_t total;
    if (__builtin_add_overflow(size, sizeof(struct arena_block), &total) || total > a->limit - a->used) {
        error_set(err, ERROR_NO_MEMORY, "the arena's limit of %zu bytes is reached", a->limit);
        return NULL;
    }
    struct arena_block *block = memory_alloc(total, err);
    if (block == NULL)
        return NULL;
    block->size = size;
    a->used += total;
    if (a->head != NULL && size > LARGEST_BLOCK) { /* keep carving from the current block */
        block->next = a->head->next;
        a->head->next = block;
    } else {
        block->next = a->head;
        a->head = block;
    }
    return block;
}

static size_t next_block_size(const struct arena *a, size_t needed)
{
    size_t size = a->head == NULL ? FIRST_BLOCK : a->head->size * 2;
    if (size > LARGEST_BLOCK)
        size = LARGEST_BLOCK;
    size_t left = a->limit - a->used;
    if (left > sizeof(struct arena_block) && size > left - sizeof(struct arena_block))
        size = left - sizeof(struct arena_block);
    return size < needed ? needed : size;
}

void *arena_alloc(struct arena *a, size_t size, struct error *err)
{
    if (size > SIZE_MAX / 2) {
        error_set(err, ERROR_NO_MEMORY, "%zu bytes are more than an arena can hold", size);
        return NULL;
    }
    size_t needed = rounded(size == 0 ? 1 : size);
    struct arena_block *block = a->head;
    if (block == NULL || block->size - block->taken < needed) {
        block = add_block(a, next_block_size(a, needed), err);
        if (block == NULL)
            return NULL;
    }
    void *p = block->bytes + block->taken;
    block->taken += needed;
    return p;
}

void *arena_alloc_array(struct arena *a, size_t count, size_t size, struct error *err)
{
    size_t total;
    if (__builtin_mul_overflow(count, size, &total)) {
        error_set(err, ERROR_NO_MEMORY, "%zu items of %zu bytes are more than an arena can hold", count,
                  size);
        return NULL;
    }
    return arena_alloc(a, total, err);
}

bool arena_copy_text(struct arena *a, struct text t, struct text *out, struct error *err)
{
    char *copy = arena_alloc(a, t.size + 1, err);
    if (copy == NULL)
        return false;
    if (t.size > 0)
        memcpy(copy, t.data, t.size);
    *out = text_slice(copy, t.size);
    return true;
}

void arena_reset(struct arena *a)
{
    struct arena_block *block = a->head;
    while (block != NULL) {
        struct arena_block *next = block->next;
        memory_free(block);
        block = next;
    }
    arena_init(a, a->limit);
}
