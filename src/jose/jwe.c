/* SPDX-License-Identifier: Apache-2.0 */
/* Open an encrypted token: split, read the header, find the key; unwrap the content's key, check the tag,
 * decrypt, inflate. Awkward: whoever sends tokens may try as many as they like and look at the answers, so
 * from the unwrap to the padding there is one way to fail. */
#include "jose/jwe.h"

#include "base/memory.h"
#include "jose/base64url.h"
#include "jose/content.h"
#include "jose/deflate.h"
#include "jose/header.h"
#include "jose/jws.h"
#include "jose/key.h"
#include "jose/key_wrap.h"

enum { HEADER, ENCRYPTED_KEY, IV, CIPHERTEXT, TAG, PART_COUNT };

bool jwe_is(struct text token)
{
    return part_count(token) == PART_COUNT;
}

static bool split(struct text token, struct text parts[static PART_COUNT], struct error *err)
{
    struct text rest = token;
    int i = 0;
    if (token.size > TOKEN_MAX)
        return error_set(err, ERROR_TOKEN_MALFORMED, "the token has more than %d bytes", TOKEN_MAX);
    if (!jwe_is(token))
        return error_set(err, ERROR_TOKEN_MALFORMED, "the token has %zu parts; an encrypted token has %d",
                         part_count(token), PART_COUNT);
    while (i < TAG && text_split(rest, '.', &parts[i], &rest))
        i++;
    parts[TAG] = rest;
    return true;
}

static bool is_served(struct text value, const char *name, const char *served, struct error *err)
{
    return text_equals(value, text_of(served)) ||
           error_set(err, ERROR_TOKEN_ALGORITHM, "the header's %s is not %s, the only one that is served",
                     name, served);
}

static bool read_header(struct text encoded, struct arena *arena, struct jwe *out, struct error *err)
{
    /* extensions that must be understood, and members of algorithms that are not served */
    static const char *const refused[] = {"crit", "b64", "p2c", "p2s", "epk",
                                          "apu",  "apv", "iv",  "tag", NULL};
    const struct json_value *header;
    struct text alg = {0}, enc = {0}, zip = {0}, cty = {0};
    if (!header_read(encoded, refused, arena, &header, err) || !header_text(header, "alg", &alg, err) ||
        !header_text(header, "enc", &enc, err) || !header_text(header, "zip", &zip, err) ||
        !header_text(header, "cty", &cty, err) || !header_text(header, "kid", &out->kid, err) ||
        !header_text(header, "x5t", &out->x5t, err) ||
        !is_served(alg, "alg", jose_algorithm_name(JOSE_RSA_OAEP), err) ||
        !is_served(enc, "enc", "A128CBC-HS256", err))
        return false;
    out->deflated = zip.data != NULL;
    if (out->deflated && !is_served(zip, "zip", "DEF", err))
        return false;
    /* RFC 7519 §5.2: what is inside is a token; upper case is recommended, not required */
    return cty.data == NULL || text_equals_ignoring_case(cty, text_of("JWT")) ||
           error_set(err, ERROR_TOKEN_MALFORMED, "the header's cty is not JWT");
}

static bool read_parts(const struct text parts[static PART_COUNT], struct arena *arena, struct jwe *out,
                       struct error *err)
{
    size_t key = base64url_decoded_size(parts[ENCRYPTED_KEY].size),
           content = base64url_decoded_size(parts[CIPHERTEXT].size);
    if (key == 0 || key > JWE_ENCRYPTED_KEY_MAX)
        return error_set(err, ERROR_TOKEN_MALFORMED, "the encrypted key is empty, or more than %d bytes",
                         JWE_ENCRYPTED_KEY_MAX);
    if (content == 0 || content % CONTENT_BLOCK != 0)
        return error_set(err, ERROR_TOKEN_MALFORMED, "the ciphertext is empty, or no multiple of %d bytes",
                         CONTENT_BLOCK);
    if (base64url_decoded_size(parts[IV].size) != CONTENT_IV_SIZE ||
        base64url_decoded_size(parts[TAG].size) != CONTENT_TAG_SIZE)
        return error_set(err, ERROR_TOKEN_MALFORMED, "the iv or the tag is not %d bytes", CONTENT_IV_SIZE);
    return part_decode(parts[ENCRYPTED_KEY], "encrypted key", arena, &out->encrypted_key, err) &&
           part_decode(parts[IV], "iv", arena, &out->iv, err) &&
           part_decode(parts[CIPHERTEXT], "ciphertext", arena, &out->ciphertext, err) &&
           part_decode(parts[TAG], "tag", arena, &out->tag, err);
}

bool jwe_read(struct text token, struct arena *arena, struct jwe *out, struct error *err)
{
    struct text parts[PART_COUNT] = {{0}};
    struct jwe read = {.kid = {0}};
    if (!split(token, parts, err) || !read_header(parts[HEADER], arena, &read, err) ||
        !read_parts(parts, arena, &read, err))
        return false;
    read.protected = parts[HEADER];
    *out = read;
    return true;
}

static bool contradicts(const struct key *key, struct text x5t)
{
    return x5t.data != NULL && key->x5t[0] != '\0' && !text_equals(text_of(key->x5t), x5t);
}

/* The key that the header names. */
static const struct key *find_named(const struct jwe *jwe, const struct key_set *set)
{
    for (size_t i = 0; jwe->x5t.data != NULL && i < set->count; i++) {
        if (set->keys[i].x5t[0] != '\0' && text_equals(text_of(set->keys[i].x5t), jwe->x5t))
            return &set->keys[i];
    }
    for (size_t i = 0; jwe->kid.data != NULL && i < set->count; i++) {
        if (text_equals(text_of(set->keys[i].kid), jwe->kid) && !contradicts(&set->keys[i], jwe->x5t))
            return &set->keys[i];
    }
    return NULL;
}

/* The only key that it can be: an issuer's kid need not be ours, and its certificate may be one that we were
 * not given. */
static const struct key *find_only(const struct jwe *jwe, const struct key_set *set)
{
    const struct key *only = NULL;
    if (set->count == 1)
        return contradicts(&set->keys[0], jwe->x5t) ? NULL : &set->keys[0];
    for (size_t i = 0; i < set->count; i++) {
        if (set->keys[i].x5t[0] != '\0')
            continue;
        if (only != NULL)
            return NULL;
        only = &set->keys[i];
    }
    return only;
}

static const struct key *find_key(const struct jwe *jwe, const struct key_set *set)
{
    if (set->rules.purpose != KEYS_DECRYPT)
        return NULL;
    const struct key *named = find_named(jwe, set);
    return named != NULL ? named : find_only(jwe, set);
}

static bool decrypt(const struct jwe *jwe, const struct key *key, struct arena *arena, struct text *out,
                    struct error *err)
{
    const struct content content = {jwe->protected, jwe->iv, jwe->ciphertext, jwe->tag};
    unsigned char cek[CEK_SIZE];
    if (!cek_unwrap(key->pkey, jwe->encrypted_key, cek, err))
        return false;
    bool done = content_open(&content, cek, arena, out, err);
    memory_cleanse(cek, sizeof cek);
    return done;
}

bool jwe_has_key(const struct jwe *jwe, const struct key_set *set)
{
    return find_key(jwe, set) != NULL;
}

bool jwe_open(const struct jwe *jwe, const struct key_set *set, struct arena *arena, struct jwe_opened *out,
              struct error *err)
{
    struct text plaintext;
    const struct key *key = find_key(jwe, set);
    if (key == NULL)
        return error_set(err, ERROR_TOKEN_KEY_UNKNOWN,
                         "no configured decryption key has the header's x5t or kid");
    if (!decrypt(jwe, key, arena, &plaintext, err) ||
        (jwe->deflated && !inflate_whole(plaintext, JWE_PLAINTEXT_MAX, arena, &plaintext, err)))
        return false;
    *out = (struct jwe_opened){plaintext, key->id};
    return true;
}
