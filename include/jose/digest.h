/* SPDX-License-Identifier: Apache-2.0 */
/* A name for a token in a table of this process. */
#ifndef USERSTATS_JOSE_DIGEST_H
#define USERSTATS_JOSE_DIGEST_H

#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"

#define TOKEN_DIGEST_SIZE     32
#define TOKEN_DIGEST_KEY_SIZE 32

struct token_digest {
    unsigned char bytes[TOKEN_DIGEST_SIZE];
};

/* In constant time: no one need think about what a comparison tells. */
bool token_digest_equals(const struct token_digest *a, const struct token_digest *b);

/* SHA-256 of KEY followed by TOKEN. With a secret random key nobody outside can tell where in a table a token
 * will be. No MAC (a longer token's digest follows from a shorter one's): enough, as the digest never leaves
 * the process. Any thread. Fails with INTERNAL or NO_MEMORY. */
bool token_digest(const unsigned char key[static TOKEN_DIGEST_KEY_SIZE], struct text token,
                  struct token_digest *out, struct error *err) MUST_USE;

#endif
