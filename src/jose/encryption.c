/* SPDX-License-Identifier: Apache-2.0 */
/* Load a public key and encrypt to it. Awkward: the issuer names the key by its certificate's x5t, so the
 * certificate is wanted; a bare public key is found by its thumbprint, or by being the only one. */
#include "jose/encryption.h"

#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "base/memory.h"
#include "jose/algorithm.h"
#include "jose/base64url.h"
#include "jose/content.h"
#include "jose/deflate.h"
#include "jose/key.h"
#include "jose/key_file.h"
#include "jose/key_wrap.h"

#define FORGED_BITS   2048
#define ENCRYPTED_MAX 1048576 /* bytes: beyond what any reader takes, so that tests can make such tokens */

struct encryption_key {
    EVP_PKEY *public_key;
    char kid[THUMBPRINT_SIZE + 1];
    char x5t[X5T_SIZE + 1]; /* "": none */
};

static bool read_certificate(BIO *bio, struct encryption_key *out, struct error *err)
{
    X509 *certificate = PEM_read_bio_X509(bio, NULL, no_pass_phrase, NULL);
    bool good = certificate != NULL;
    if (!good)
        openssl_failed(err, ERROR_KEY, "a certificate cannot be read");
    else if (!certificate_is_for_encryption(certificate))
        good = openssl_failed(
            err, ERROR_KEY, "a certificate whose key usage is neither keyEncipherment nor dataEncipherment");
    good = good && certificate_x5t(certificate, out->x5t, err);
    out->public_key = good ? X509_get_pubkey(certificate) : NULL;
    X509_free(certificate);
    return good && (out->public_key != NULL ||
                    openssl_failed(err, ERROR_KEY, "a certificate whose key cannot be read"));
}

static bool read_bytes(struct text bytes, struct encryption_key *out, struct error *err)
{
    struct text marker = text_of("-----BEGIN " PEM_STRING_X509 "-----");
    if (pem_blocks(bytes) != 1)
        return error_set(err, ERROR_KEY, "not PEM with one certificate or one public key");
    BIO *bio = BIO_new_mem_buf(bytes.data, (int)bytes.size);
    bool good;
    if (bio != NULL && memmem(bytes.data, bytes.size, marker.data, marker.size) != NULL)
        good = read_certificate(bio, out, err);
    else {
        out->public_key = bio == NULL ? NULL : PEM_read_bio_PUBKEY(bio, NULL, no_pass_phrase, NULL);
        good = out->public_key != NULL ||
               openssl_failed(err, ERROR_KEY, "neither a certificate nor a public key in PEM");
    }
    BIO_free(bio);
    return good && algorithm_accepts_key(JOSE_RSA_OAEP, out->public_key, err) &&
           key_is_sound(out->public_key, err) && jwk_thumbprint(out->public_key, out->kid, err);
}

bool encryption_key_load(const char *path, struct encryption_key **out, struct error *err)
{
    char *data = NULL;
    size_t size = 0;
    struct encryption_key *key = memory_alloc(sizeof *key, err);
    if (key == NULL || !key_file_read(path, &data, &size, err)) {
        memory_free(key);
        return false;
    }
    bool good = read_bytes(text_slice(data, size), key, err);
    memory_cleanse(data, size); /* it may have been a private key by mistake */
    memory_free(data);
    if (good) {
        *out = key;
        return true;
    }
    struct error cause = *err;
    encryption_key_close(&key);
    return cause.code == ERROR_NO_MEMORY ? false : error_set(err, cause.code, "%s: %s", path, cause.detail);
}

void encryption_key_close(struct encryption_key **key)
{
    if (*key == NULL)
        return;
    EVP_PKEY_free((*key)->public_key);
    memory_free(*key);
    *key = NULL;
}

bool encryption_key_forge(const struct encryption_key *key, struct encryption_key **out, struct error *err)
{
    struct encryption_key *forged = memory_alloc(sizeof *forged, err);
    if (forged == NULL)
        return false;
    *forged = *key;
    forged->public_key = EVP_RSA_gen(FORGED_BITS);
    if (forged->public_key == NULL) {
        memory_free(forged);
        return openssl_failed(err, ERROR_KEY, "a key cannot be made");
    }
    *out = forged;
    return true;
}

static bool write_header(const struct jwe_draft *draft, struct arena *arena, struct text *encoded,
                         struct error *err)
{
    struct buffer header, out;
    struct text json;
    const char *x5t = draft->key->x5t;
    buffer_init(&header, arena, 512);
    buffer_init(&out, arena, 1024);
    buffer_format(&header, "{\"alg\":\"RSA-OAEP\",\"enc\":\"A128CBC-HS256\",\"cty\":\"JWT\"%s%s%s%s",
                  draft->deflated ? ",\"zip\":\"DEF\"" : "", x5t[0] != '\0' ? ",\"x5t\":\"" : "", x5t,
                  x5t[0] != '\0' ? "\"" : "");
    buffer_format(&header, ",\"kid\":\"%s\"}", draft->key->kid);
    if (!buffer_finish(&header, ERROR_INTERNAL, &json, err))
        return false;
    base64url_encode(json, &out);
    return buffer_finish(&out, ERROR_INTERNAL, encoded, err);
}

bool jwe_encrypt(const struct jwe_draft *draft, struct arena *arena, struct text *token, struct error *err)
{
    struct text plaintext = draft->jws, wrapped;
    struct content sealed;
    struct buffer out;
    unsigned char cek[CEK_SIZE];
    if (!write_header(draft, arena, &sealed.aad, err) ||
        (draft->deflated && !deflate_whole(plaintext, arena, &plaintext, err)))
        return false;
    if (RAND_bytes(cek, sizeof cek) != 1)
        return openssl_failed(err, ERROR_INTERNAL, "no random bytes for a token's key");
    bool done =
        cek_wrap(draft->key->public_key, text_slice((const char *)cek, sizeof cek), arena, &wrapped, err) &&
        content_seal(&sealed, plaintext, cek, arena, err);
    memory_cleanse(cek, sizeof cek);
    if (!done)
        return false;
    const struct text parts[] = {wrapped, sealed.iv, sealed.ciphertext, sealed.tag};
    buffer_init(&out, arena, ENCRYPTED_MAX);
    buffer_append(&out, sealed.aad);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        buffer_put_char(&out, '.');
        base64url_encode(parts[i], &out);
    }
    return buffer_finish(&out, ERROR_USAGE, token, err);
}
