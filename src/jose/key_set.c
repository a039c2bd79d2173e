/* SPDX-License-Identifier: Apache-2.0 */
/* A small array that is searched in order: a set has a handful of keys. What must hold of every key, wherever
 * it came from, is checked as it is added. */
#include "jose/key_set.h"

#include <openssl/x509.h>
#include <stdatomic.h>
#include <string.h>

#include "base/memory.h"
#include "jose/algorithm.h"
#include "jose/key.h"
#include "jose/primitives.h"

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

static bool is_free(const struct key_set *set, const struct key *key, struct error *err)
{
    if (set->count == KEY_SET_MAX)
        return error_set(err, ERROR_KEY, "more than %d keys", KEY_SET_MAX);
    for (size_t i = 0; i < set->count; i++) {
        if (is_named(set->keys[i].kid, text_of(key->kid)))
            return error_set(err, ERROR_KEY, "two keys with the kid '%s'", key->kid);
        if (is_named(set->keys[i].x5t, text_of(key->x5t)))
            return error_set(err, ERROR_KEY, "two keys with the x5t '%s'", key->x5t);
    }
    return true;
}

/* To the algorithms that it was stated to be for, or to all that fit. */
static bool bind(const struct key_set *set, struct key *key, struct error *err)
{
    if (key->algorithms == 0)
        key->algorithms = algorithms_for(key->pkey, set->rules.algorithms);
    if (key->algorithms == 0 && algorithms_for(key->pkey, JOSE_SIGNATURE_ALGORITHMS) != 0)
        return error_set(err, ERROR_KEY, "a key of a type that none of the configured algorithms takes");
    enum jose_algorithm first = algorithm_first(key->algorithms);
    if (!algorithm_accepts_key(first, key->pkey, err)) /* they ask the same of a key of one type */
        return false;
    if ((key->algorithms & set->rules.algorithms) == 0)
        return error_set(err, ERROR_KEY, "its alg, %s, is not among the configured algorithms",
                         jose_algorithm_name(first));
    return key_is_sound(key->pkey, err);
}

static bool bind_pair(struct key *key, struct error *err)
{
    key->algorithms = 1u << JOSE_RSA_OAEP;
    return algorithm_accepts_key(JOSE_RSA_OAEP, key->pkey, err) && key_is_sound(key->pkey, err);
}

static bool identify(struct key *key, struct error *err)
{
    unsigned char *der = NULL, algorithms = (unsigned char)key->algorithms;
    int size = i2d_PUBKEY(key->pkey, &der);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool done = size > 0 && context != NULL && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1 &&
                EVP_DigestUpdate(context, &algorithms, 1) == 1 &&
                EVP_DigestUpdate(context, der, (size_t)size) == 1 &&
                EVP_DigestFinal_ex(context, key->id.bytes, NULL) == 1;
    EVP_MD_CTX_free(context);
    OPENSSL_free(der);
    if (!done)
        return openssl_failed(err, ERROR_KEY, "its fingerprint cannot be made");
    return key->kid[0] != '\0' || key->x5t[0] != '\0' || jwk_thumbprint(key->pkey, key->kid, err);
}

bool key_set_add(struct key_set *set, struct key *key, struct error *err)
{
    bool is_bound = set->rules.purpose == KEYS_DECRYPT ? bind_pair(key, err) : bind(set, key, err);
    if (!is_bound || !identify(key, err) || !is_free(set, key, err)) {
        EVP_PKEY_free(key->pkey);
        return false;
    }
    set->keys[set->count++] = *key;
    return true;
}

bool key_set_make(const struct key_rules *rules, struct key_set **out, struct error *err)
{
    static const struct key_rules signatures = {KEYS_VERIFY, JOSE_SIGNATURE_ALGORITHMS, false};
    struct key_set *set = primitives_get(err) == NULL ? NULL : memory_alloc(sizeof *set, err);
    if (set == NULL)
        return false;
    set->rules = rules == NULL ? signatures : *rules;
    atomic_init(&set->references, 1);
    *out = set;
    return true;
}

struct key_set *key_set_hold(struct key_set *set)
{
    atomic_fetch_add_explicit(&set->references, 1, memory_order_relaxed);
    return set;
}

void key_set_release(struct key_set **set)
{
    struct key_set *s = *set;
    *set = NULL;
    if (s == NULL || atomic_fetch_sub_explicit(&s->references, 1, memory_order_acq_rel) > 1)
        return;
    for (size_t i = 0; i < s->count; i++)
        EVP_PKEY_free(s->keys[i].pkey);
    memory_free(s);
}

size_t key_set_size(const struct key_set *set)
{
    return set->count;
}

size_t key_set_skipped(const struct key_set *set)
{
    return set->skipped;
}

const struct key_id *key_set_id(const struct key_set *set, size_t i)
{
    return &set->keys[i].id;
}

bool key_id_equals(const struct key_id *a, const struct key_id *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

bool key_set_has(const struct key_set *set, const struct key_id *id)
{
    for (size_t i = 0; i < set->count; i++) {
        if (key_id_equals(&set->keys[i].id, id))
            return true;
    }
    return false;
}

static bool has_alike(const struct key_set *set, const struct key *key)
{
    for (size_t i = 0; i < set->count; i++) {
        const struct key *k = &set->keys[i];
        if (key_id_equals(&k->id, &key->id) && strcmp(k->kid, key->kid) == 0 && strcmp(k->x5t, key->x5t) == 0)
            return true;
    }
    return false;
}

bool key_set_equals(const struct key_set *a, const struct key_set *b)
{
    bool equal = a->count == b->count; /* no two keys of a set have one name, so one direction will do */
    for (size_t i = 0; equal && i < a->count; i++)
        equal = has_alike(b, &a->keys[i]);
    return equal;
}

static void copy_key(struct key_set *set, const struct key *key)
{
    EVP_PKEY_up_ref(key->pkey);
    set->keys[set->count++] = *key;
}

static bool names_are_taken(const struct key_set *set, const struct key *key)
{
    for (size_t i = 0; i < set->count; i++) {
        if (is_named(set->keys[i].kid, text_of(key->kid)) || is_named(set->keys[i].x5t, text_of(key->x5t)))
            return true;
    }
    return false;
}

bool key_set_join(const struct key_set *set, const struct key_set *old, const struct key_choice *choice,
                  struct key_set **out, struct error *err)
{
    struct key_set *joined;
    if (!key_set_make(&set->rules, &joined, err))
        return false;
    joined->skipped = set->skipped;
    for (size_t i = 0; i < set->count; i++)
        copy_key(joined, &set->keys[i]);
    for (size_t i = 0; i < old->count; i++) {
        const struct key *key = &old->keys[i];
        if (key_set_has(joined, &key->id) || names_are_taken(joined, key) ||
            !choice->keeps(choice->context, &key->id))
            continue;
        if (joined->count == KEY_SET_MAX) {
            key_set_release(&joined);
            return error_set(err, ERROR_KEY, "more than %d keys, those kept for an overlap included",
                             KEY_SET_MAX);
        }
        copy_key(joined, key);
    }
    *out = joined;
    return true;
}
