/* SPDX-License-Identifier: Apache-2.0 */
/* A set of public keys that signatures are verified with; immutable once loaded.
 *
 * Each key is bound to one algorithm and found by what a token's header names: `kid`, or `x5t` (the base64url
 * SHA-1 of the certificate, RFC 7515 §4.1.7). Weak or wrong keys (RSA below 2,048 bits or e < 65537, a curve
 * other than P-256, a private key where a public one is expected, `use` other than "sig", a duplicate `kid`)
 * fail the whole load. */
#ifndef USERSTATS_JOSE_KEY_SET_H
#define USERSTATS_JOSE_KEY_SET_H

#include <stddef.h>

#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"

/* RFC 7518 §3.1. RS256 and PS256 take RSA keys, ES256 takes P-256 keys. */
enum jose_algorithm { JOSE_ALGORITHM_NONE = 0, JOSE_RS256, JOSE_PS256, JOSE_ES256 };

enum jose_algorithm jose_algorithm_parse(struct text t); /* exact spelling; NONE for anything else */
const char *jose_algorithm_name(enum jose_algorithm a);

#define KEY_SET_MAX  64      /* keys in one set */
#define KEY_FILE_MAX 1048576 /* bytes of one key file */

struct key_set;

/* Loads the keys at PATH: a JWKS document (RFC 7517 §5), a PEM public key, a certificate (PEM or DER), or a
 * directory of such files (names that begin with '.' are skipped). A PEM file holds one block: of a chain,
 * the issuers' keys must not sign tokens. A certificate's key usage, where it says one, must hold
 * digitalSignature. The caller owns *out. Fails with ERROR_KEY or ERROR_FILE, naming the file, the key and
 * the reason. A JWK without `alg` and a PEM key: RSA is RS256, P-256 is ES256. A PEM public key, a
 * certificate, and a JWK with neither `kid` nor `x5t` have as their kid the RFC 7638 thumbprint (base64url
 * SHA-256). */
bool key_set_load(const char *path, struct key_set **out, struct error *err) MUST_USE;

/* The same for BYTES already read, which ORIGIN names in errors. */
bool key_set_parse(struct text bytes, const char *origin, struct key_set **out, struct error *err) MUST_USE;

size_t key_set_size(const struct key_set *set);
void key_set_close(struct key_set **set);

#endif
