/* SPDX-License-Identifier: Apache-2.0 */
/* Verify a compact JWS: split, read the header, find the key, verify, and only then decode the payload.
 * Awkward: the header is chosen by whoever sent the token, so it only ever picks among keys that we hold;
 * what it says about where keys come from is not read. */
#include "jose/jws.h"

#include "jose/algorithm.h"
#include "jose/base64url.h"
#include "jose/key.h"
#include "json/reader.h"

struct parts {
    struct text header, payload, signature;
    struct text signed_bytes; /* header.payload, as received (RFC 7515 §5.2 step 8) */
};

static bool split(struct text token, struct parts *out, struct error *err)
{
    size_t dots = 0;
    struct text rest;
    if (token.size > JWS_TOKEN_MAX)
        return error_set(err, ERROR_TOKEN_MALFORMED, "the token has more than %d bytes", JWS_TOKEN_MAX);
    for (size_t i = 0; i < token.size; i++)
        dots += token.data[i] == '.';
    if (dots == 4)
        return error_set(err, ERROR_TOKEN_ENCRYPTED,
                         "the token is encrypted (five parts); this version takes signed tokens");
    if (dots != 2 || !text_split(token, '.', &out->header, &rest) ||
        !text_split(rest, '.', &out->payload, &out->signature))
        return error_set(err, ERROR_TOKEN_MALFORMED, "the token has %zu parts; a signed token has 3",
                         dots + 1);
    if (out->header.size == 0 || out->payload.size == 0 || out->signature.size == 0)
        return error_set(err, ERROR_TOKEN_MALFORMED, "a part of the token is empty");
    out->signed_bytes = text_slice(token.data, out->header.size + 1 + out->payload.size);
    return true;
}

static bool decode(struct text part, const char *what, struct arena *arena, struct text *out,
                   struct error *err)
{
    size_t size;
    char *bytes = arena_alloc(arena, base64url_decoded_size(part.size), err);
    if (bytes == NULL)
        return false;
    if (!base64url_decode(part, bytes, &size))
        return error_set(err, ERROR_TOKEN_MALFORMED, "the %s is not base64url", what);
    *out = text_slice(bytes, size);
    return true;
}

/* What the header must not have: extensions that must be understood, and forms of JOSE that this is not. */
static bool has_no_extension(const struct json_value *header, struct error *err)
{
    static const char *const refused[] = {"crit", "zip", "b64", "enc"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        if (json_find(header, refused[i]) != NULL)
            return error_set(err, ERROR_TOKEN_MALFORMED, "the header has '%s', which is not served",
                             refused[i]);
    }
    return true;
}

static bool read_name(const struct json_value *header, const char *name, struct text *out, struct error *err)
{
    const struct json_value *value = json_find(header, name);
    *out = json_string(value);
    if (value != NULL && json_kind(value) != JSON_STRING)
        return error_set(err, ERROR_TOKEN_MALFORMED, "the header's %s is no string", name);
    return true;
}

/* The key that HEADER names and whose algorithm it names too; NULL with *err. */
static const struct key *find_key(const struct json_value *header, const struct key_set *set,
                                  struct error *err)
{
    struct text kid = {0}, x5t = {0}, alg = {0};
    if (!read_name(header, "kid", &kid, err) || !read_name(header, "x5t", &x5t, err) ||
        !read_name(header, "alg", &alg, err))
        return NULL;
    const struct key *key = key_set_find(set, kid, x5t);
    if (key == NULL) {
        error_set(err, ERROR_TOKEN_KEY_UNKNOWN, "no configured key has the header's kid or x5t");
        return NULL;
    }
    if (text_equals(alg, text_of(jose_algorithm_name(key->algorithm))))
        return key;
    error_set(err, ERROR_TOKEN_ALGORITHM, "the header's alg is not %s, which its key is bound to",
              jose_algorithm_name(key->algorithm));
    return NULL;
}

static bool read_header(struct text encoded, struct arena *arena, const struct json_value **out,
                        struct error *err)
{
    const struct json_limits limits = {.max_depth = 8, .max_values = 256};
    const struct json_value *header = NULL;
    struct text bytes = {0};
    if (base64url_decoded_size(encoded.size) > JWS_HEADER_MAX)
        return error_set(err, ERROR_TOKEN_MALFORMED, "the header has more than %d bytes", JWS_HEADER_MAX);
    if (!decode(encoded, "header", arena, &bytes, err))
        return false;
    if (!json_read(bytes, &limits, arena, &header, err))
        return err->code == ERROR_NO_MEMORY
                   ? false
                   : error_set(err, ERROR_TOKEN_MALFORMED, "the header is not valid JSON");
    if (json_kind(header) != JSON_OBJECT)
        return error_set(err, ERROR_TOKEN_MALFORMED, "the header is no JSON object");
    if (!has_no_extension(header, err))
        return false;
    *out = header;
    return true;
}

bool jws_verify(struct text token, const struct key_set *set, struct arena *arena, struct text *payload,
                struct error *err)
{
    struct parts parts = {0};
    const struct json_value *header = NULL;
    struct text signature = {0}, verified = {0};
    if (!split(token, &parts, err) || !read_header(parts.header, arena, &header, err))
        return false;
    const struct key *key = find_key(header, set, err);
    if (key == NULL || !decode(parts.signature, "signature", arena, &signature, err) ||
        !algorithm_verify(key->algorithm, key->public_key, parts.signed_bytes, signature, err) ||
        !decode(parts.payload, "payload", arena, &verified, err))
        return false;
    *payload = verified;
    return true;
}
