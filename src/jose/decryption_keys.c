/* SPDX-License-Identifier: Apache-2.0 */
/* Private RSA keys out of PEM files, and the certificates that give them their x5t. Awkward: a certificate
 * may stand in a file that is read before its key's, so all keys are added first, and the same files are then
 * read again for certificates. */
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <string.h>

#include "base/memory.h"
#include "jose/algorithm.h"
#include "jose/key.h"
#include "jose/key_wrap.h"

/* One block of a PEM file, in memory that is cleansed when freed. */
struct block {
    char *name, *header;
    unsigned char *der;
    long size;
};

typedef bool block_visit(struct key_set *set, const struct block *block, struct error *err);

static void block_free(struct block *block)
{
    OPENSSL_secure_free(block->name);
    OPENSSL_secure_free(block->header);
    OPENSSL_secure_clear_free(block->der, (size_t)block->size);
}

static bool is_certificate(const struct block *block)
{
    return strcmp(block->name, PEM_STRING_X509) == 0;
}

static bool is_served(const struct block *block, struct error *err)
{
    if (strcmp(block->name, PEM_STRING_PKCS8) == 0 || block->header[0] != '\0')
        return error_set(err, ERROR_KEY, "a private key with a pass phrase; take it off (openssl pkey)");
    if (strstr(block->name, "PRIVATE KEY") != NULL || is_certificate(block))
        return true;
    return error_set(err, ERROR_KEY, "a PEM block that is neither a private key nor a certificate");
}

/* Calls VISIT for each block of BYTES. */
static bool each_block(struct key_set *set, struct text bytes, block_visit *visit, struct error *err)
{
    size_t blocks = pem_blocks(bytes);
    if (blocks == 0)
        return error_set(err, ERROR_KEY, "not PEM; decryption keys and their certificates are PEM files");
    BIO *bio = BIO_new_mem_buf(bytes.data, (int)bytes.size);
    bool good = bio != NULL || openssl_failed(err, ERROR_KEY, "a PEM file cannot be read");
    while (good && blocks-- > 0) {
        struct block block = {.size = 0};
        if (PEM_read_bio_ex(bio, &block.name, &block.header, &block.der, &block.size,
                            PEM_FLAG_SECURE | PEM_FLAG_EAY_COMPATIBLE) != 1) {
            good = openssl_failed(err, ERROR_KEY, "a PEM block cannot be read");
            break;
        }
        good = is_served(&block, err) && visit(set, &block, err);
        block_free(&block);
    }
    BIO_free(bio);
    return good;
}

/* Whether what the public half wraps, the private half unwraps: their numbers belong together. */
static bool is_pair(EVP_PKEY *pair, struct error *err)
{
    unsigned char cek[CEK_SIZE], again[CEK_SIZE];
    struct arena arena;
    struct text wrapped;
    arena_init(&arena, 16384);
    bool done = RAND_bytes(cek, sizeof cek) == 1 || openssl_failed(err, ERROR_KEY, "no random bytes");
    done = done && cek_wrap(pair, text_slice((const char *)cek, sizeof cek), &arena, &wrapped, err) &&
           cek_unwrap(pair, wrapped, again, err);
    arena_reset(&arena);
    bool is_same = done && memcmp(cek, again, sizeof cek) == 0;
    memory_cleanse(cek, sizeof cek);
    memory_cleanse(again, sizeof again);
    return is_same || (done && error_set(err, ERROR_KEY, "its private half is not that of its public half"));
}

static bool add_pair(struct key_set *set, const struct block *block, struct error *err)
{
    if (is_certificate(block))
        return true;
    const unsigned char *at = block->der;
    struct key key = {.pkey = d2i_AutoPrivateKey(NULL, &at, block->size)};
    if (key.pkey == NULL)
        return openssl_failed(err, ERROR_KEY, "a private key cannot be read");
    if (at == block->der + block->size && algorithm_accepts_key(JOSE_RSA_OAEP, key.pkey, err) &&
        is_pair(key.pkey, err))
        return key_set_add(set, &key, err);
    EVP_PKEY_free(key.pkey);
    return at == block->der + block->size ? false : error_set(err, ERROR_KEY, "bytes follow the private key");
}

bool key_set_add_pairs(struct key_set *set, struct text bytes, struct error *err)
{
    size_t before = set->count;
    if (!each_block(set, bytes, add_pair, err))
        return false;
    return set->count <= before + 1 ||
           error_set(err, ERROR_KEY, "%zu private keys; give one per file, and a directory for several",
                     set->count - before);
}

static struct key *find_pair(struct key_set *set, X509 *certificate)
{
    EVP_PKEY *half = X509_get0_pubkey(certificate);
    for (size_t i = 0; half != NULL && i < set->count; i++) {
        if (EVP_PKEY_eq(set->keys[i].pkey, half) == 1)
            return &set->keys[i];
    }
    return NULL;
}

/* The same certificate may stand in two files; two of one key may not, as only one would be found. */
static bool name_pair(struct key_set *set, X509 *certificate, struct error *err)
{
    struct key named = {0}, *key = find_pair(set, certificate);
    if (key == NULL)
        return openssl_failed(err, ERROR_KEY, "a certificate without its private key; give both or none");
    if (!certificate_is_for_encryption(certificate))
        return openssl_failed(
            err, ERROR_KEY, "a certificate whose key usage is neither keyEncipherment nor dataEncipherment");
    if (!certificate_x5t(certificate, named.x5t, err))
        return false;
    if (key->x5t[0] != '\0' && strcmp(key->x5t, named.x5t) != 0)
        return error_set(
            err, ERROR_KEY,
            "two certificates of one private key; keep the one that issuers encrypt to, and take "
            "a new key for a new certificate");
    memcpy(key->x5t, named.x5t, sizeof key->x5t);
    return true;
}

static bool add_certificate(struct key_set *set, const struct block *block, struct error *err)
{
    if (!is_certificate(block))
        return true;
    const unsigned char *at = block->der;
    X509 *certificate = d2i_X509(NULL, &at, block->size);
    bool good = certificate != NULL && at == block->der + block->size;
    if (!good)
        openssl_failed(err, ERROR_KEY, "a certificate cannot be read");
    good = good && name_pair(set, certificate, err);
    X509_free(certificate);
    return good;
}

bool key_set_name_pairs(struct key_set *set, struct text bytes, struct error *err)
{
    return each_block(set, bytes, add_certificate, err);
}
