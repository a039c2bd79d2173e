/* SPDX-License-Identifier: Apache-2.0 */
/* Public keys out of certificates and PEM blocks. Awkward: a private key in the place of a public one is
 * refused, as it would one day be copied to the next machine. */
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "jose/algorithm.h"
#include "jose/base64url.h"
#include "jose/key.h"

/* Adds KEY under its thumbprint, which a certificate's key has beside its x5t; takes PUBLIC_KEY over. */
static bool add_public_key(struct key_set *set, EVP_PKEY *public_key, struct key *key, struct error *err)
{
    key->pkey = public_key;
    unsigned fitting = algorithms_for(public_key, JOSE_SIGNATURE_ALGORITHMS);
    if (algorithm_accepts_key(algorithm_first(fitting), public_key, err) &&
        jwk_thumbprint(public_key, key->kid, err))
        return key_set_add(set, key, err);
    EVP_PKEY_free(public_key);
    return false;
}

bool certificate_x5t(X509 *certificate, char out[static X5T_SIZE + 1], struct error *err)
{
    unsigned char digest[20];
    struct arena arena;
    struct buffer encoded;
    struct text name;
    if (X509_digest(certificate, EVP_sha1(), digest, NULL) != 1)
        return openssl_failed(err, ERROR_KEY, "its x5t cannot be made");
    arena_init(&arena, 8192);
    buffer_init(&encoded, &arena, X5T_SIZE);
    base64url_encode(text_slice((const char *)digest, sizeof digest), &encoded);
    bool done = buffer_finish(&encoded, ERROR_KEY, &name, err);
    if (done)
        memcpy(out, name.data, X5T_SIZE + 1);
    arena_reset(&arena);
    return done;
}

/* A certificate that says what its key is for must say: signatures (RFC 5280 §4.2.1.3). One that does not say
 * may be. A usage that cannot be read is none, and OpenSSL's error queue says why. */
static bool is_for_signatures(X509 *certificate)
{
    return (X509_get_key_usage(certificate) & KU_DIGITAL_SIGNATURE) != 0;
}

bool certificate_is_for_encryption(X509 *certificate)
{
    return (X509_get_key_usage(certificate) & (KU_KEY_ENCIPHERMENT | KU_DATA_ENCIPHERMENT)) != 0;
}

bool key_set_add_certificate(struct key_set *set, struct text der, struct error *err)
{
    const unsigned char *at = (const unsigned char *)der.data, *end = at + der.size;
    X509 *certificate = d2i_X509(NULL, &at, (long)der.size);
    EVP_PKEY *public_key = certificate == NULL ? NULL : X509_get_pubkey(certificate);
    struct key key = {0};
    bool good = public_key != NULL && at == end;
    if (!good)
        openssl_failed(err, ERROR_KEY, "not a JWKS document, a PEM public key or a certificate (PEM or DER)");
    else if (!is_for_signatures(certificate))
        good = openssl_failed(err, ERROR_KEY, "a certificate whose key usage is not digitalSignature");
    else
        good = certificate_x5t(certificate, key.x5t, err);
    X509_free(certificate);
    if (good)
        return add_public_key(set, public_key, &key, err);
    EVP_PKEY_free(public_key);
    return false;
}

static bool add_pem_block(struct key_set *set, const char *name, struct text der, struct error *err)
{
    const unsigned char *at = (const unsigned char *)der.data;
    if (strstr(name, "PRIVATE") != NULL)
        return error_set(err, ERROR_KEY, "it holds a private key; give the public key or the certificate");
    if (strcmp(name, PEM_STRING_X509) == 0)
        return key_set_add_certificate(set, der, err);
    if (strcmp(name, PEM_STRING_PUBLIC) != 0)
        return error_set(err, ERROR_KEY, "a PEM block that is neither PUBLIC KEY nor CERTIFICATE");
    EVP_PKEY *public_key = d2i_PUBKEY(NULL, &at, (long)der.size);
    if (public_key == NULL || at != (const unsigned char *)der.data + der.size) {
        EVP_PKEY_free(public_key);
        return openssl_failed(err, ERROR_KEY, "its PUBLIC KEY cannot be read, or has bytes after its end");
    }
    struct key key = {0};
    return add_public_key(set, public_key, &key, err);
}

size_t pem_blocks(struct text bytes)
{
    struct text marker = text_of("-----BEGIN ");
    size_t count = 0;
    const char *at = memmem(bytes.data, bytes.size, marker.data, marker.size), *end = bytes.data + bytes.size;
    for (; at != NULL; count++) {
        at += marker.size;
        at = memmem(at, (size_t)(end - at), marker.data, marker.size);
    }
    return count;
}

/* One block a file. In a chain of certificates only the first is meant, and the others' keys must not sign
 * tokens. */
bool key_set_add_pem(struct key_set *set, struct text bytes, struct error *err)
{
    BIO *bio = BIO_new_mem_buf(bytes.data, (int)bytes.size);
    char *name = NULL, *header = NULL;
    unsigned char *der = NULL;
    long size;
    size_t blocks = pem_blocks(bytes);
    bool good;
    if (blocks > 1)
        good = error_set(
            err, ERROR_KEY,
            "%zu PEM blocks; give one certificate or public key per file, and a directory for several",
            blocks);
    else if (bio == NULL || PEM_read_bio(bio, &name, &header, &der, &size) != 1)
        good = openssl_failed(err, ERROR_KEY, "a PEM block cannot be read");
    else {
        good = add_pem_block(set, name, text_slice((const char *)der, (size_t)size), err);
        OPENSSL_clear_free(der, (size_t)size);
        OPENSSL_free(header);
        OPENSSL_free(name);
    }
    BIO_free(bio);
    return good;
}
