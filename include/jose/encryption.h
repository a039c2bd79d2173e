/* SPDX-License-Identifier: Apache-2.0 */
/* The issuer's other side: wrap a signed token so that one relying party can read it. For the workshop
 * commands, the demo and tests; the server never encrypts. */
#ifndef USERSTATS_JOSE_ENCRYPTION_H
#define USERSTATS_JOSE_ENCRYPTION_H

#include "base/arena.h"
#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"

struct encryption_key;

/* Loads the one certificate or RSA public key that the PEM file PATH holds. The caller owns *out. Fails with
 * ERROR_FILE, or ERROR_KEY for a key that is weak, private or not for encrypting. */
bool encryption_key_load(const char *path, struct encryption_key **out, struct error *err) MUST_USE;
/* A key made on the spot under KEY's names (x5t, kid), whose private half nobody keeps: for tokens that must
 * be refused. The caller owns *out. */
bool encryption_key_forge(const struct encryption_key *key, struct encryption_key **out,
                          struct error *err) MUST_USE;
/* NULL is fine. */
void encryption_key_close(struct encryption_key **key);

/* What to encrypt, for whom, and how. */
struct jwe_draft {
    const struct encryption_key *key;
    struct text jws;
    bool deflated;
};

/* Encrypts DRAFT's jws as a compact JWE in ARENA; its header is {"alg":"RSA-OAEP","enc":"A128CBC-HS256",
 * "cty":"JWT","zip":"DEF","x5t","kid"}: zip where deflated, x5t where key came as a certificate, kid the
 * key's RFC 7638 thumbprint. Says nothing of whether the token is short enough to be sent (TOKEN_MAX). Any
 * thread. */
bool jwe_encrypt(const struct jwe_draft *draft, struct arena *arena, struct text *token,
                 struct error *err) MUST_USE;

#endif
