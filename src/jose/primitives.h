/* SPDX-License-Identifier: Apache-2.0 */
/* What the process fetches from OpenSSL once and all threads use: a fetch takes locks and searches. */
#ifndef USERSTATS_SRC_JOSE_PRIMITIVES_H
#define USERSTATS_SRC_JOSE_PRIMITIVES_H

#include <openssl/evp.h>
#include <pthread.h>

#include "base/attributes.h"
#include "base/error.h"

struct primitives {
    EVP_MD *sha256;
    EVP_MAC *hmac;
    EVP_CIPHER *aes;              /* AES-128-CBC */
    pthread_key_t digest_context; /* an EVP_MD_CTX of each thread's own, or NULL; goes with the thread */
};

/* All of them, for the life of the process; NULL with NO_MEMORY or INTERNAL where one is not to be had, and
 * then the next call tries again. Every key set is made behind it, so a service that cannot check tokens does
 * not start. Any thread. */
const struct primitives *primitives_get(struct error *err) MUST_USE;

#endif
