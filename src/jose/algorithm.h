/* SPDX-License-Identifier: Apache-2.0 */
/* What each signature algorithm asks of OpenSSL: one table for signing and verifying, so that the two cannot
 * drift apart. */
#ifndef USERSTATS_SRC_JOSE_ALGORITHM_H
#define USERSTATS_SRC_JOSE_ALGORITHM_H

#include <openssl/evp.h>
#include <stdbool.h>

#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"
#include "jose/key_set.h"

#define ES256_SIGNATURE_SIZE 64 /* r and s, 32 bytes each, big-endian (RFC 7518 §3.4) */

/* Whether KEY is of the type that ALGORITHM takes and strong enough: RSA of 2,048 to 8,192 bits with e >=
 * 65537, or P-256. Fails with ERROR_KEY; the detail says what is wrong. */
bool algorithm_accepts_key(enum jose_algorithm algorithm, const EVP_PKEY *key, struct error *err) MUST_USE;

/* Whether KEY's numbers can be a public key at all (SP 800-56A/B: a point of the curve, an odd modulus
 * without small factors …). Costs 3 ms for RSA-2048 and 130 ms for RSA-8192, so only keys of a good size come
 * here. */
bool key_is_sound(EVP_PKEY *key, struct error *err) MUST_USE;

/* Those of ALGORITHMS (bits 1u << RS256 …) that take keys of KEY's type. */
unsigned algorithms_for(const EVP_PKEY *key, unsigned algorithms);
/* The first of them, in the order RS256, PS256, ES256; NONE: there is none. */
enum jose_algorithm algorithm_first(unsigned algorithms);

/* Holds SIGNATURE, as it stands in a JWS, against KEY and SIGNED_BYTES. KEY must fit (algorithm_accepts_key).
 * Fails with TOKEN_SIGNATURE; with NO_MEMORY or INTERNAL where the fault is not the signature's. Leaves
 * OpenSSL's error queue empty. */
bool algorithm_verify(enum jose_algorithm algorithm, EVP_PKEY *key, struct text signed_bytes,
                      struct text signature, struct error *err) MUST_USE;

#define SIGNATURE_MAX 1024 /* bytes: RSA of 8,192 bits */

struct signature {
    unsigned char bytes[SIGNATURE_MAX];
    size_t size;
};

/* Signs SIGNED_BYTES as it goes into a JWS. Fails with ERROR_KEY. */
bool algorithm_sign(enum jose_algorithm algorithm, EVP_PKEY *key, struct text signed_bytes,
                    struct signature *out, struct error *err) MUST_USE;

/* Fills *err with WHAT and the first reason in OpenSSL's error queue, which it empties; with NO_MEMORY
 * instead of CODE where that was the cause. Always false. */
bool openssl_failed(struct error *err, enum error_code code, const char *what);

#endif
