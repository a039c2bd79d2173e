/* SPDX-License-Identifier: Apache-2.0 */
/* Awkward: a fetch can fail for want of memory, once, so unlike pthread_once this does not stay failed. */
#include "jose/primitives.h"

#include <stdatomic.h>

#include "jose/algorithm.h"

static struct primitives fetched;
static atomic_bool is_ready;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards fetched until it is ready */
static bool has_context_key;

static void free_context(void *context)
{
    EVP_MD_CTX_free(context);
}

/* What is still missing. */
static bool fetch(void)
{
    if (fetched.sha256 == NULL)
        fetched.sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    if (fetched.hmac == NULL)
        fetched.hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    if (fetched.aes == NULL)
        fetched.aes = EVP_CIPHER_fetch(NULL, "AES-128-CBC", NULL);
    if (!has_context_key)
        has_context_key = pthread_key_create(&fetched.digest_context, free_context) == 0;
    return fetched.sha256 != NULL && fetched.hmac != NULL && fetched.aes != NULL && has_context_key;
}

const struct primitives *primitives_get(struct error *err)
{
    if (atomic_load_explicit(&is_ready, memory_order_acquire))
        return &fetched;
    pthread_mutex_lock(&lock);
    bool done = fetch();
    atomic_store_explicit(&is_ready, done, memory_order_release);
    pthread_mutex_unlock(&lock);
    if (done)
        return &fetched;
    openssl_failed(err, ERROR_INTERNAL, "OpenSSL does not give SHA-256, HMAC and AES-128-CBC");
    return NULL;
}
