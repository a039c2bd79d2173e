/* SPDX-License-Identifier: Apache-2.0 */
/* A set of keys of one purpose: the public keys that signatures are verified with, or the private keys that
 * tokens are decrypted with. Immutable once loaded, reference counted, swapped whole (key_slot.h).
 *
 * Each key has the algorithms that it may be used with, and is found by what a token's header names: `kid`,
 * or `x5t` (the base64url SHA-1 of the certificate, RFC 7515 §4.1.7). Weak or wrong keys (RSA below 2,048
 * bits or e < 65537, a curve other than P-256, a private key where a public one is expected or the other way
 * round, `use` other than "sig", a duplicate `kid`) fail the whole load. But an issuer's own document may
 * hold keys for other uses as well (RFC 7517 §5): with skips_unserved, JWKs whose kty, crv, alg, use or
 * key_ops is not one that is served here are left out, so long as one key is left; a weak, private or
 * duplicate key still refuses the set. */
#ifndef USERSTATS_JOSE_KEY_SET_H
#define USERSTATS_JOSE_KEY_SET_H

#include <stddef.h>

#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"

/* RFC 7518 §3.1, §4.1. RS256, PS256 and RSA-OAEP take RSA keys, ES256 takes P-256 keys. */
enum jose_algorithm { JOSE_ALGORITHM_NONE = 0, JOSE_RS256, JOSE_PS256, JOSE_ES256, JOSE_RSA_OAEP };

/* A signature algorithm by its exact spelling; NONE for anything else. */
enum jose_algorithm jose_algorithm_parse(struct text t);
const char *jose_algorithm_name(enum jose_algorithm a);

#define KEY_SET_MAX  64      /* keys in one set */
#define KEY_FILE_MAX 1048576 /* bytes of one key file or key document */

#define JOSE_SIGNATURE_ALGORITHMS (1u << JOSE_RS256 | 1u << JOSE_PS256 | 1u << JOSE_ES256)

enum key_purpose { KEYS_VERIFY, KEYS_DECRYPT };

/* What a set shall hold. */
struct key_rules {
    enum key_purpose purpose;
    unsigned algorithms; /* KEYS_VERIFY: bits 1u << RS256 … that keys may be used with */
    bool skips_unserved; /* leaves JWKs out that are for something else, instead of refusing the set for them
                          */
};

/* What a key is, whatever it is called: SHA-256 of its algorithms and its public half. */
#define KEY_ID_SIZE 32
struct key_id {
    unsigned char bytes[KEY_ID_SIZE];
};

bool key_id_equals(const struct key_id *a, const struct key_id *b);

struct key_set;

/* Loads the keys at PATH by RULES (NULL: for signatures of every algorithm). The caller holds the one
 * reference. Fails with ERROR_KEY or ERROR_FILE, naming the file, the key and the reason.
 *
 * For signatures: a JWKS document (RFC 7517 §5), a JSON array of base64 DER certificates, a JSON object of
 * {x5t: PEM certificate}, a PEM public key, a certificate (PEM or DER), or a directory of such files (names
 * that begin with '.' are skipped). A PEM file holds one block: of a chain, the issuers' keys must not sign
 * tokens. A certificate's key usage, where it says one, must hold digitalSignature. A JWK with `alg`
 * is bound to that one; a JWK without, a PEM key and a certificate have every algorithm of RULES that takes
 * keys of their type: RSA RS256 and PS256, P-256 ES256. A PEM public key, a certificate, and a JWK with
 * neither `kid` nor `x5t` have as their kid the RFC 7638 thumbprint (base64url SHA-256).
 *
 * For decryption: a PEM file with one private RSA key (PKCS#8 or PKCS#1, no pass phrase) and, if at hand, its
 * certificate, or a directory of such files in which certificates may also have files of their own. A
 * certificate gives its key an x5t; one without its key, a second one of a key, one whose key usage is
 * neither keyEncipherment nor dataEncipherment, and any other file refuse the set. Whether it has expired is
 * not asked. The kid is the thumbprint. */
bool key_set_load(const char *path, const struct key_rules *rules, struct key_set **out,
                  struct error *err) MUST_USE;

/* The same for BYTES already read, which ORIGIN names in errors. */
bool key_set_parse(struct text bytes, const char *origin, const struct key_rules *rules, struct key_set **out,
                   struct error *err) MUST_USE;

/* One more reference to SET, which it returns; each is given back with key_set_release. Any thread. */
struct key_set *key_set_hold(struct key_set *set);
/* Gives a reference back and clears *SET; the last one cleanses and frees. NULL is fine. */
void key_set_release(struct key_set **set);

size_t key_set_size(const struct key_set *set);
/* How many keys were left out (skips_unserved). */
size_t key_set_skipped(const struct key_set *set);
/* The key number I < key_set_size. */
const struct key_id *key_set_id(const struct key_set *set, size_t i);
bool key_set_has(const struct key_set *set, const struct key_id *id);
/* Whether both hold the same keys under the same names, in whatever order. */
bool key_set_equals(const struct key_set *a, const struct key_set *b);

/* Which keys of an old set to keep. */
struct key_choice {
    bool (*keeps)(const void *context, const struct key_id *id);
    const void *context;
};

/* The keys of SET and, behind them, those of OLD that CHOICE keeps and whose id, kid and x5t are free. Fails
 * with NO_MEMORY, or ERROR_KEY for too many. */
bool key_set_join(const struct key_set *set, const struct key_set *old, const struct key_choice *choice,
                  struct key_set **out, struct error *err) MUST_USE;

#endif
