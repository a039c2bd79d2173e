/* SPDX-License-Identifier: Apache-2.0 */
/* A small array that is searched in order: a set has a handful of keys. What must hold of every key, wherever
 * it came from, is checked as it is added. */
#include "jose/key_set.h"

#include "base/memory.h"
#include "jose/algorithm.h"
#include "jose/key.h"

static bool is_named(const char *name, struct text wanted)
{
    return name[0] != '\0' && text_equals(text_of(name), wanted);
}

const struct key *key_set_find(const struct key_set *set, struct text kid, struct text x5t)
{
    if (kid.data == NULL && x5t.data == NULL)
        return set->count == 1 ? &set->keys[0] : NULL;
    for (size_t i = 0; i < set->count; i++) {
        const struct key *key = &set->keys[i];
        if ((kid.data == NULL || is_named(key->kid, kid)) && (x5t.data == NULL || is_named(key->x5t, x5t)))
            return key;
    }
    return NULL;
}

static bool is_acceptable(const struct key_set *set, const struct key *key, struct error *err)
{
    if (set->count == KEY_SET_MAX)
        return error_set(err, ERROR_KEY, "more than %d keys", KEY_SET_MAX);
    if (!algorithm_accepts_key(key->algorithm, key->public_key, err) || !key_is_sound(key->public_key, err))
        return false;
    for (size_t i = 0; i < set->count; i++) {
        if (is_named(set->keys[i].kid, text_of(key->kid)))
            return error_set(err, ERROR_KEY, "two keys with the kid '%s'", key->kid);
        if (is_named(set->keys[i].x5t, text_of(key->x5t)))
            return error_set(err, ERROR_KEY, "two keys with the x5t '%s'", key->x5t);
    }
    return true;
}

bool key_set_add(struct key_set *set, struct key *key, struct error *err)
{
    if (!is_acceptable(set, key, err)) {
        EVP_PKEY_free(key->public_key);
        return false;
    }
    set->keys[set->count++] = *key;
    return true;
}

size_t key_set_size(const struct key_set *set)
{
    return set->count;
}

void key_set_close(struct key_set **set)
{
    if (*set == NULL)
        return;
    for (size_t i = 0; i < (*set)->count; i++)
        EVP_PKEY_free((*set)->keys[i].public_key);
    memory_free(*set);
    *set = NULL;
}
