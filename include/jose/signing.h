/* SPDX-License-Identifier: Apache-2.0 */
/* The issuer's side: make keys and sign tokens. For the workshop commands, the demo and tests; the server
 * never signs. */
#ifndef USERSTATS_JOSE_SIGNING_H
#define USERSTATS_JOSE_SIGNING_H

#include "base/arena.h"
#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"
#include "jose/key_set.h"

struct signing_key;

/* Loads a private key from a PEM file and binds it to ALGORITHM (JOSE_ALGORITHM_NONE: RS256 for an RSA key,
 * ES256 for a P-256 key). The caller owns *out. Fails with ERROR_FILE, or ERROR_KEY for a key that is weak or
 * does not fit. */
bool signing_key_load(const char *path, enum jose_algorithm algorithm, struct signing_key **out,
                      struct error *err) MUST_USE;
/* A key made on the spot, of KEY's algorithm and under KEY's kid: for tokens that must be refused. The caller
 * owns *out. */
bool signing_key_forge(const struct signing_key *key, struct signing_key **out, struct error *err) MUST_USE;
void signing_key_close(struct signing_key **key);

/* Signs PAYLOAD as a compact JWS in ARENA; the header is {"alg","typ":"JWT","kid"}, kid the key's RFC 7638
 * thumbprint. */
bool jws_sign(const struct signing_key *key, struct text payload, struct arena *arena, struct text *token,
              struct error *err) MUST_USE;

/* Writes into DIRECTORY (made if absent, mode 0700): signing.key.pem, jwks.json (its public half, kid its
 * thumbprint, with alg and use), decryption.key.pem and decryption.cert.pem (RSA-2048, self-signed, for
 * issuers that encrypt). Private files get mode 0600. Never over an existing file: then ERROR_FILE names it
 * and nothing is written. */
bool jose_keygen(const char *directory, enum jose_algorithm algorithm, struct error *err) MUST_USE;

#endif
