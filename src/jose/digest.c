/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 with a context per thread. Awkward: this runs once for every request, so neither the algorithm is
 * fetched nor a context made anew; a thread's context goes with the thread. */
#include "jose/digest.h"

#include "jose/algorithm.h"
#include "jose/primitives.h"

/* The calling thread's context; NULL: there is no memory for one. */
static EVP_MD_CTX *own_context(const struct primitives *p)
{
    EVP_MD_CTX *context = pthread_getspecific(p->digest_context);
    if (context != NULL)
        return context;
    context = EVP_MD_CTX_new();
    if (context != NULL && pthread_setspecific(p->digest_context, context) != 0) {
        EVP_MD_CTX_free(context);
        return NULL;
    }
    return context;
}

bool token_digest_equals(const struct token_digest *a, const struct token_digest *b)
{
    unsigned char difference = 0;
    for (size_t i = 0; i < sizeof a->bytes; i++)
        difference |= a->bytes[i] ^ b->bytes[i];
    return difference == 0;
}

bool token_digest(const unsigned char key[static TOKEN_DIGEST_KEY_SIZE], struct text token,
                  struct token_digest *out, struct error *err)
{
    struct token_digest made;
    const struct primitives *p = primitives_get(err);
    if (p == NULL)
        return false;
    EVP_MD_CTX *context = own_context(p);
    if (context == NULL)
        return error_set(err, ERROR_NO_MEMORY, "no memory to hash a token");
    if (EVP_DigestInit_ex2(context, p->sha256, NULL) != 1 ||
        EVP_DigestUpdate(context, key, TOKEN_DIGEST_KEY_SIZE) != 1 ||
        EVP_DigestUpdate(context, token.data, token.size) != 1 ||
        EVP_DigestFinal_ex(context, made.bytes, NULL) != 1)
        return openssl_failed(err, ERROR_INTERNAL, "a token cannot be hashed");
    *out = made;
    return true;
}
