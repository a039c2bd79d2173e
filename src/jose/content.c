/* SPDX-License-Identifier: Apache-2.0 */
/* Encrypt-then-MAC. Awkward: CBC's padding answers questions about the plaintext to whoever may ask, so
 * nothing is decrypted before the tag is good, and a wrong tag and a wrong padding fail alike. */
#include "jose/content.h"

#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "base/memory.h"
#include "jose/algorithm.h"
#include "jose/primitives.h"

#define HALF     (CEK_SIZE / 2)
#define MAC_SIZE 32 /* bytes of an HMAC-SHA-256, of which the tag is the first half */

bool decryption_failed(struct error *err)
{
    ERR_clear_error();
    return error_set(err, ERROR_TOKEN_DECRYPTION,
                     "the token does not decrypt with the key that its header means: it was made for another "
                     "key, or bent on its way");
}

static bool update(EVP_MAC_CTX *context, struct text bytes)
{
    return EVP_MAC_update(context, (const unsigned char *)bytes.data, bytes.size) == 1;
}

/* RFC 7518 §5.2.2.1 step 5: over AAD, IV, ciphertext and the 64-bit count of the AAD's bits. */
static bool make_mac(const struct content *content, const unsigned char *key,
                     unsigned char out[static MAC_SIZE], struct error *err)
{
    char digest[] = "SHA256", length[8];
    OSSL_PARAM settings[] = {OSSL_PARAM_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, sizeof digest - 1),
                             OSSL_PARAM_END};
    for (size_t i = 0; i < sizeof length; i++)
        length[i] = (char)((uint64_t)content->aad.size * 8 >> (56 - 8 * i) & 0xFF);
    const struct primitives *p = primitives_get(err);
    if (p == NULL)
        return false;
    EVP_MAC_CTX *context = EVP_MAC_CTX_new(p->hmac);
    size_t size = 0;
    bool done = context != NULL && EVP_MAC_init(context, key, HALF, settings) == 1 &&
                update(context, content->aad) && update(context, content->iv) &&
                update(context, content->ciphertext) && update(context, text_slice(length, sizeof length)) &&
                EVP_MAC_final(context, out, &size, MAC_SIZE) == 1 && size == MAC_SIZE;
    EVP_MAC_CTX_free(context);
    return done || openssl_failed(err, ERROR_INTERNAL, "an authentication tag cannot be made");
}

/* Decrypts into PLAIN, which has room for the whole ciphertext. */
static bool decrypt(const struct content *content, const unsigned char *key, unsigned char *plain,
                    size_t *size, struct error *err)
{
    const struct primitives *p = primitives_get(err);
    if (p == NULL)
        return false;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    const unsigned char *iv = (const unsigned char *)content->iv.data;
    int bulk = 0, last = 0;
    bool ready = context != NULL && EVP_DecryptInit_ex2(context, p->aes, key, iv, NULL) == 1 &&
                 EVP_DecryptUpdate(context, plain, &bulk, (const unsigned char *)content->ciphertext.data,
                                   (int)content->ciphertext.size) == 1;
    bool padded = ready && EVP_DecryptFinal_ex(context, plain + bulk, &last) == 1;
    EVP_CIPHER_CTX_free(context);
    if (!ready)
        return openssl_failed(err, ERROR_INTERNAL, "a token cannot be decrypted");
    if (!padded)
        return decryption_failed(err);
    *size = (size_t)bulk + (size_t)last;
    return true;
}

bool content_open(const struct content *content, const unsigned char cek[static CEK_SIZE],
                  struct arena *arena, struct text *plaintext, struct error *err)
{
    unsigned char mac[MAC_SIZE];
    size_t size = 0;
    char *plain = arena_alloc(arena, content->ciphertext.size + CONTENT_BLOCK, err);
    if (plain == NULL || !make_mac(content, cek, mac, err))
        return false;
    bool genuine = CRYPTO_memcmp(mac, content->tag.data, CONTENT_TAG_SIZE) == 0;
    memory_cleanse(mac, sizeof mac);
    if (!genuine)
        return decryption_failed(err);
    if (!decrypt(content, cek + HALF, (unsigned char *)plain, &size, err))
        return false;
    *plaintext = text_slice(plain, size);
    return true;
}

static bool encrypt(struct text plaintext, const unsigned char *key, const unsigned char *iv,
                    unsigned char *out, size_t *size)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    struct error ignored; /* the caller's says more */
    const struct primitives *p = primitives_get(&ignored);
    int bulk = 0, last = 0;
    bool done = context != NULL && p != NULL && EVP_EncryptInit_ex2(context, p->aes, key, iv, NULL) == 1 &&
                EVP_EncryptUpdate(context, out, &bulk, (const unsigned char *)plaintext.data,
                                  (int)plaintext.size) == 1 &&
                EVP_EncryptFinal_ex(context, out + bulk, &last) == 1;
    EVP_CIPHER_CTX_free(context);
    *size = (size_t)bulk + (size_t)last;
    return done;
}

bool content_seal(struct content *content, struct text plaintext, const unsigned char cek[static CEK_SIZE],
                  struct arena *arena, struct error *err)
{
    if (plaintext.size > INT_MAX / 2)
        return error_set(err, ERROR_USAGE, "%zu bytes are too many to encrypt", plaintext.size);
    char *iv = arena_alloc(arena, CONTENT_IV_SIZE, err);
    char *ciphertext = iv == NULL ? NULL : arena_alloc(arena, plaintext.size + CONTENT_BLOCK, err);
    char *mac = ciphertext == NULL ? NULL : arena_alloc(arena, MAC_SIZE, err);
    size_t size;
    if (mac == NULL)
        return false;
    if (RAND_bytes((unsigned char *)iv, CONTENT_IV_SIZE) != 1 ||
        !encrypt(plaintext, cek + HALF, (const unsigned char *)iv, (unsigned char *)ciphertext, &size))
        return openssl_failed(err, ERROR_INTERNAL, "a token cannot be encrypted");
    struct content sealed = {content->aad, text_slice(iv, CONTENT_IV_SIZE), text_slice(ciphertext, size),
                             text_slice(mac, CONTENT_TAG_SIZE)};
    if (!make_mac(&sealed, cek, (unsigned char *)mac, err))
        return false;
    *content = sealed;
    return true;
}
