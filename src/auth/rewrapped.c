/* SPDX-License-Identifier: Apache-2.0 */
/* One row for each place that a digest may have. Awkward: two signed tokens of one place throw each other
 * out, and then a new shell is taken for a first one; that costs one decryption, and nobody can aim at it, as
 * the digests are keyed. */
#include "auth/rewrapped.h"

#include <pthread.h>
#include <string.h>

#include "base/memory.h"

struct rewrapped {
    pthread_mutex_t lock; /* guards rows; taken once for each decryption */
    size_t mask;
    struct shell rows[]; /* all zeros: none yet */
};

bool rewrapped_open(size_t entries, struct rewrapped **out, struct error *err)
{
    size_t count = 1;
    while (count < REWRAPPED_MAX && count < entries)
        count *= 2;
    struct rewrapped *r = memory_alloc(sizeof *r + count * sizeof r->rows[0], err);
    if (r == NULL)
        return false;
    int failed = pthread_mutex_init(&r->lock, NULL);
    if (failed != 0) {
        memory_free(r);
        return error_set(err, ERROR_INTERNAL, "pthread_mutex_init: %s", strerror(failed));
    }
    r->mask = count - 1;
    *out = r;
    return true;
}

void rewrapped_close(struct rewrapped **r)
{
    if (*r == NULL)
        return;
    pthread_mutex_destroy(&(*r)->lock);
    memory_free(*r);
    *r = NULL;
}

bool rewrapped_note(struct rewrapped *r, const struct shell *shell, struct token_digest *old)
{
    size_t index;
    memcpy(&index, shell->inner.bytes, sizeof index);
    struct shell *row = &r->rows[index & r->mask];
    pthread_mutex_lock(&r->lock);
    bool is_another =
        token_digest_equals(&row->inner, &shell->inner) && !token_digest_equals(&row->outer, &shell->outer);
    if (is_another)
        *old = row->outer;
    *row = *shell;
    pthread_mutex_unlock(&r->lock);
    return is_another;
}
