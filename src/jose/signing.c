/* SPDX-License-Identifier: Apache-2.0 */
/* Load a private key and sign with it. */
#include "jose/signing.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/memory.h"
#include "jose/algorithm.h"
#include "jose/base64url.h"
#include "jose/key.h"
#include "jose/jws.h"
#include "jose/key_file.h"

/* bytes: beyond what any verifier takes, so that tests can make such tokens */
#define SIGNED_MAX (JWS_MAX + JWS_MAX / 2)

#define FORGED_BITS 2048 /* of an RSA key */

struct signing_key {
    EVP_PKEY *pair;
    enum jose_algorithm algorithm;
    char kid[THUMBPRINT_SIZE + 1];
};

static bool read_pair(const char *path, EVP_PKEY **out, struct error *err)
{
    char *data = NULL;
    size_t size = 0;
    if (!key_file_read(path, &data, &size, err))
        return false;
    BIO *bio = BIO_new_mem_buf(data, (int)size);
    EVP_PKEY *pair = bio == NULL ? NULL : PEM_read_bio_PrivateKey(bio, NULL, no_pass_phrase, NULL);
    BIO_free(bio);
    memory_cleanse(data, size);
    memory_free(data);
    if (pair == NULL) {
        openssl_failed(err, ERROR_KEY, "not a private key in PEM without pass phrase");
        struct error cause = *err;
        return error_set(err, ERROR_KEY, "%s: %s", path, cause.detail);
    }
    *out = pair;
    return true;
}

bool signing_key_load(const char *path, enum jose_algorithm algorithm, struct signing_key **out,
                      struct error *err)
{
    EVP_PKEY *pair = NULL;
    if (!read_pair(path, &pair, err))
        return false;
    if (algorithm == JOSE_ALGORITHM_NONE)
        algorithm = algorithm_first(algorithms_for(pair, JOSE_SIGNATURE_ALGORITHMS));
    struct signing_key *key = memory_alloc(sizeof *key, err);
    if (key == NULL || !algorithm_accepts_key(algorithm, pair, err) || !jwk_thumbprint(pair, key->kid, err)) {
        EVP_PKEY_free(pair);
        memory_free(key);
        return false;
    }
    key->pair = pair;
    key->algorithm = algorithm;
    *out = key;
    return true;
}

bool signing_key_forge(const struct signing_key *key, struct signing_key **out, struct error *err)
{
    struct signing_key *forged = memory_alloc(sizeof *forged, err);
    if (forged == NULL)
        return false;
    *forged = *key;
    forged->pair = key->algorithm == JOSE_ES256 ? EVP_EC_gen("P-256") : EVP_RSA_gen(FORGED_BITS);
    if (forged->pair == NULL) {
        memory_free(forged);
        return openssl_failed(err, ERROR_KEY, "a key cannot be made");
    }
    *out = forged;
    return true;
}

void signing_key_close(struct signing_key **key)
{
    if (*key == NULL)
        return;
    EVP_PKEY_free((*key)->pair);
    memory_free(*key);
    *key = NULL;
}

bool jws_sign(const struct signing_key *key, struct text payload, struct arena *arena, struct text *token,
              struct error *err)
{
    struct buffer out, header;
    struct text json, signed_bytes;
    struct signature signature;
    buffer_init(&header, arena, 512);
    buffer_format(&header, "{\"alg\":\"%s\",\"typ\":\"JWT\",\"kid\":\"%s\"}",
                  jose_algorithm_name(key->algorithm), key->kid);
    buffer_init(&out, arena, SIGNED_MAX);
    if (!buffer_finish(&header, ERROR_KEY, &json, err))
        return false;
    base64url_encode(json, &out);
    buffer_put_char(&out, '.');
    base64url_encode(payload, &out);
    if (!buffer_finish(&out, ERROR_USAGE, &signed_bytes, err) ||
        !algorithm_sign(key->algorithm, key->pair, signed_bytes, &signature, err))
        return false;
    buffer_put_char(&out, '.');
    base64url_encode(text_slice((const char *)signature.bytes, signature.size), &out);
    return buffer_finish(&out, ERROR_USAGE, token, err);
}
