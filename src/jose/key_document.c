/* SPDX-License-Identifier: Apache-2.0 */
/* The three JSON forms that issuers publish their keys in: a JWKS (RFC 7517 §5), an array of base64 DER
 * certificates, and an object of PEM certificates by x5t. Awkward: the name that the third form gives a
 * certificate must be the one that the certificate has, or a token could name one key and get another. */
#include <openssl/evp.h>
#include <string.h>

#include "jose/algorithm.h"
#include "jose/key.h"

#define DOCUMENT_ARENA 8388608 /* bytes: a document of KEY_FILE_MAX, read */

/* The fault of the key that PLACE names. Always false. */
static bool blame(struct error *err, const char *place)
{
    struct error cause = *err;
    return cause.code == ERROR_NO_MEMORY ? false : error_set(err, cause.code, "%s: %s", place, cause.detail);
}

/* Standard base64 with padding (RFC 4648 §4), on one line: EVP_DecodeBlock alone would take white space. */
static bool is_base64(struct text t)
{
    size_t padding = 0;
    while (padding < 2 && padding < t.size && t.data[t.size - 1 - padding] == '=')
        padding++;
    for (size_t i = 0; i + padding < t.size; i++) {
        if (!ascii_is_alnum(t.data[i]) && t.data[i] != '+' && t.data[i] != '/')
            return false;
    }
    return t.size > 0 && t.size % 4 == 0;
}

static bool add_encoded(struct key_set *set, struct text encoded, struct arena *arena, struct error *err)
{
    if (!is_base64(encoded))
        return error_set(err, ERROR_KEY, "not a string of base64");
    unsigned char *der = arena_alloc(arena, encoded.size, err);
    if (der == NULL)
        return false;
    int size = EVP_DecodeBlock(der, (const unsigned char *)encoded.data, (int)encoded.size);
    size_t padding = encoded.data[encoded.size - 2] == '=' ? 2 : encoded.data[encoded.size - 1] == '=';
    if (size < (int)padding)
        return openssl_failed(err, ERROR_KEY, "not a string of base64");
    return key_set_add_certificate(set, text_slice((const char *)der, (size_t)size - padding), err);
}

static bool add_array(struct key_set *set, const struct json_value *array, struct arena *arena,
                      struct error *err)
{
    char place[32];
    size_t number = 0;
    for (const struct json_value *v = json_first(array); v != NULL; v = json_next(v), number++) {
        snprintf(place, sizeof place, "[%zu]", number);
        if (!add_encoded(set, json_string(v), arena, err))
            return blame(err, place);
    }
    return true;
}

/* A certificate in PEM under the name that it has. */
static bool add_named_pem(struct key_set *set, const struct json_value *member, struct error *err)
{
    struct text pem = json_string(member);
    size_t before = set->count;
    if (pem.size == 0 || pem_blocks(pem) == 0)
        return error_set(err, ERROR_KEY, "neither the array 'keys' of a JWKS nor a certificate in PEM");
    if (!key_set_add_pem(set, pem, err))
        return false;
    const struct key *key = &set->keys[before];
    return text_equals(json_name(member), text_of(key->x5t)) ||
           error_set(err, ERROR_KEY, "the certificate's x5t is %s",
                     key->x5t[0] != '\0' ? key->x5t : "absent");
}

static bool add_object(struct key_set *set, const struct json_value *object, struct error *err)
{
    char place[80];
    for (const struct json_value *v = json_first(object); v != NULL; v = json_next(v)) {
        struct text name = json_name(v);
        snprintf(place, sizeof place, "\"%.*s\"", name.size > 60 ? 60 : (int)name.size, name.data);
        if (!add_named_pem(set, v, err))
            return blame(err, place);
    }
    return true;
}

static bool add_root(struct key_set *set, const struct json_value *root, struct arena *arena,
                     struct error *err)
{
    if (json_kind(root) == JSON_ARRAY)
        return add_array(set, root, arena, err);
    const struct json_value *keys = json_find(root, "keys");
    if (keys == NULL)
        return add_object(set, root, err);
    return json_kind(keys) == JSON_ARRAY
               ? key_set_add_jwks(set, keys, err)
               : error_set(err, ERROR_KEY, "not a JWKS document: its 'keys' is no array");
}

bool key_set_add_document(struct key_set *set, struct text document, struct error *err)
{
    struct arena arena;
    const struct json_value *root;
    const struct json_limits limits = {.max_depth = 8, .max_values = 4096};
    arena_init(&arena, DOCUMENT_ARENA);
    bool done = json_read(document, &limits, &arena, &root, err);
    if (!done && err->code != ERROR_NO_MEMORY)
        error_set(err, ERROR_KEY, "not a key document: %s", error_operator_text(err));
    done = done && add_root(set, root, &arena, err);
    arena_reset(&arena);
    return done;
}
