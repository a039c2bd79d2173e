/* SPDX-License-Identifier: Apache-2.0 */
/* Awkward: whether an unwrap worked is a secret, as an answer to it is an oracle for the private key
 * (RFC 7516 §11.5). So the key that stands in for a failed one is made beforehand, and chosen by a mask. */
#include "jose/key_wrap.h"

#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#include "base/memory.h"
#include "jose/algorithm.h"
#include "jose/jwe.h"

static bool set_oaep(EVP_PKEY_CTX *context)
{
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_oaep_md(context, EVP_sha1()) == 1 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha1()) == 1;
}

/* OUT := where GOOD is 1 RAW, where it is 0 RANDOM. */
static void choose(unsigned good, const unsigned char *raw, const unsigned char *random, unsigned char *out)
{
    unsigned char mask = (unsigned char)(0u - good);
    for (size_t i = 0; i < CEK_SIZE; i++)
        out[i] = (unsigned char)((raw[i] & mask) | (random[i] & ~mask));
}

bool cek_unwrap(EVP_PKEY *pair, struct text wrapped, unsigned char cek[static CEK_SIZE], struct error *err)
{
    unsigned char random[CEK_SIZE], raw[JWE_ENCRYPTED_KEY_MAX] = {0};
    size_t size = sizeof raw;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, pair, NULL);
    bool ready = RAND_bytes(random, sizeof random) == 1 && context != NULL &&
                 EVP_PKEY_decrypt_init(context) == 1 && set_oaep(context);
    int done = 0;
    /* RFC 8017 §7.1.2 step 1; OpenSSL takes a ciphertext without its leading zeros */
    if (ready && wrapped.size == (size_t)EVP_PKEY_get_size(pair))
        done = EVP_PKEY_decrypt(context, raw, &size, (const unsigned char *)wrapped.data, wrapped.size);
    if (ready)
        choose((unsigned)(done == 1) & (unsigned)(size == CEK_SIZE), raw, random, cek);
    EVP_PKEY_CTX_free(context);
    memory_cleanse(raw, sizeof raw);
    memory_cleanse(random, sizeof random);
    if (!ready)
        return openssl_failed(err, ERROR_INTERNAL, "a token's key cannot be unwrapped");
    ERR_clear_error();
    return true;
}

bool cek_wrap(EVP_PKEY *key, struct text cek, struct arena *arena, struct text *wrapped, struct error *err)
{
    size_t size = JWE_ENCRYPTED_KEY_MAX;
    char *bytes = arena_alloc(arena, size, err);
    if (bytes == NULL)
        return false;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    bool done = context != NULL && EVP_PKEY_encrypt_init(context) == 1 && set_oaep(context) &&
                EVP_PKEY_encrypt(context, (unsigned char *)bytes, &size, (const unsigned char *)cek.data,
                                 cek.size) == 1;
    EVP_PKEY_CTX_free(context);
    if (!done)
        return openssl_failed(err, ERROR_KEY, "a token's key cannot be wrapped");
    *wrapped = text_slice(bytes, size);
    return true;
}
