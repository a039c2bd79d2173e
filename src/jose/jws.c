/* SPDX-License-Identifier: Apache-2.0 */
/* Verify a compact JWS: split, read the header; then find the key, verify, and only then decode the payload.
 * Awkward: the header is chosen by whoever sent the token, so it only ever picks among keys that we hold;
 * what it says about where keys come from is not read. */
#include "jose/jws.h"

#include "jose/algorithm.h"
#include "jose/header.h"
#include "jose/key.h"

/* The three parts into OUT. */
static bool split(struct text token, struct text *header, struct jws *out, struct error *err)
{
    size_t parts = part_count(token);
    struct text rest;
    if (token.size > JWS_MAX)
        return error_set(err, ERROR_TOKEN_MALFORMED, "the token has more than %d bytes", JWS_MAX);
    if (parts == 5)
        return error_set(err, ERROR_TOKEN_ENCRYPTED,
                         "the token is encrypted (five parts) where a signed one (three) is due");
    if (parts != 3 || !text_split(token, '.', header, &rest) ||
        !text_split(rest, '.', &out->payload, &out->signature))
        return error_set(err, ERROR_TOKEN_MALFORMED, "the token has %zu parts; a signed token has 3", parts);
    if (header->size == 0 || out->payload.size == 0 || out->signature.size == 0)
        return error_set(err, ERROR_TOKEN_MALFORMED, "a part of the token is empty");
    out->signed_bytes = text_slice(token.data, header->size + 1 + out->payload.size);
    return true;
}

/* The key of SET that JWS names and that is for ALGORITHM; NULL with *err. */
static const struct key *find_key(const struct jws *jws, enum jose_algorithm algorithm,
                                  const struct key_set *set, struct error *err)
{
    const struct key *key = key_set_find(set, jws->kid, jws->x5t);
    if (key == NULL) {
        error_set(err, ERROR_TOKEN_KEY_UNKNOWN, "no configured key has the header's kid or x5t");
        return NULL;
    }
    if (algorithm != JOSE_ALGORITHM_NONE && (key->algorithms & 1u << algorithm) != 0)
        return key;
    enum jose_algorithm first = algorithm_first(key->algorithms);
    enum jose_algorithm second = algorithm_first(key->algorithms & ~(1u << first));
    error_set(err, ERROR_TOKEN_ALGORITHM, "the header's alg is not %s%s%s, which its key is bound to",
              jose_algorithm_name(first), second != JOSE_ALGORITHM_NONE ? " or " : "",
              second != JOSE_ALGORITHM_NONE ? jose_algorithm_name(second) : "");
    return NULL;
}

bool jws_read(struct text token, struct arena *arena, struct jws *out, struct error *err)
{
    /* extensions that must be understood, and forms of JOSE that this is not */
    static const char *const refused[] = {"crit", "zip", "b64", "enc", NULL};
    struct jws read = {.kid = {0}};
    struct text encoded = {.data = NULL};
    const struct json_value *header;
    if (!split(token, &encoded, &read, err) || !header_read(encoded, refused, arena, &header, err) ||
        !header_text(header, "kid", &read.kid, err) || !header_text(header, "x5t", &read.x5t, err) ||
        !header_text(header, "alg", &read.alg, err))
        return false;
    *out = read;
    return true;
}

bool jws_check(const struct jws *jws, const struct key_set *set, struct arena *arena,
               struct jws_verified *out, struct error *err)
{
    struct text signature, payload;
    enum jose_algorithm algorithm = jose_algorithm_parse(jws->alg);
    const struct key *key = find_key(jws, algorithm, set, err);
    if (key == NULL || !part_decode(jws->signature, "signature", arena, &signature, err) ||
        !algorithm_verify(algorithm, key->pkey, jws->signed_bytes, signature, err) ||
        !part_decode(jws->payload, "payload", arena, &payload, err))
        return false;
    *out = (struct jws_verified){payload, key->id};
    return true;
}

bool jws_verify(struct text token, const struct key_set *set, struct arena *arena, struct text *payload,
                struct error *err)
{
    struct jws jws;
    struct jws_verified verified;
    if (!jws_read(token, arena, &jws, err) || !jws_check(&jws, set, arena, &verified, err))
        return false;
    *payload = verified.payload;
    return true;
}
