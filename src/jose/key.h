/* SPDX-License-Identifier: Apache-2.0 */
/* One key and the names a token may call it by; how a key set is filled. */
#ifndef USERSTATS_SRC_JOSE_KEY_H
#define USERSTATS_SRC_JOSE_KEY_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/arena.h"
#include "base/attributes.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"
#include "jose/key_set.h"
#include "json/reader.h"

#define KEY_NAME_MAX    256 /* bytes of a kid */
#define X5T_SIZE        27  /* characters: base64url of a SHA-1 */
#define THUMBPRINT_SIZE 43  /* characters: base64url of a SHA-256 */

struct key {
    EVP_PKEY *pkey;             /* its public half, or the pair where the set is for decryption */
    unsigned algorithms;        /* bits 1u << RS256 …: that it may be used with */
    char kid[KEY_NAME_MAX + 1]; /* "": none */
    char x5t[X5T_SIZE + 1];     /* "": none */
    struct key_id id;           /* key_set_add sets it */
};

struct key_set {
    struct key keys[KEY_SET_MAX];
    size_t count, skipped;
    struct key_rules rules;
    _Atomic size_t references;
};

/* The one key that a header's KID and X5T (either may be absent) name; with both absent, the only key of a
 * set of one. NULL: none. */
const struct key *key_set_find(const struct key_set *set, struct text kid, struct text x5t);

/* An empty set by RULES (NULL: for signatures of every algorithm) with one reference. Fails with NO_MEMORY,
 * or INTERNAL where OpenSSL lacks what tokens are checked with. */
bool key_set_make(const struct key_rules *rules, struct key_set **out, struct error *err) MUST_USE;

/* Adds KEY, whose pkey the set takes over in every case. KEY without algorithms gets all those of the
 * set's rules that take keys of its type, KEY without kid and x5t gets its thumbprint as kid. Fails with
 * ERROR_KEY for a key that its algorithm does not accept, an algorithm that the set's rules do not have, a
 * second key of that kid or x5t, or too many. */
bool key_set_add(struct key_set *set, struct key *key, struct error *err) MUST_USE;

/* Adds every key of a JSON document: a JWKS, an array of base64 certificates, or {x5t: PEM certificate}. */
bool key_set_add_document(struct key_set *set, struct text document, struct error *err) MUST_USE;

/* Adds every key of a JWKS's array `keys`. */
bool key_set_add_jwks(struct key_set *set, const struct json_value *keys, struct error *err) MUST_USE;

/* Adds the key of the certificate that DER is, no more and no less. */
bool key_set_add_certificate(struct key_set *set, struct text der, struct error *err) MUST_USE;

/* How many PEM blocks begin in BYTES. */
size_t pem_blocks(struct text bytes);

/* Adds the one PEM block, PUBLIC KEY or CERTIFICATE, of BYTES. */
bool key_set_add_pem(struct key_set *set, struct text bytes, struct error *err) MUST_USE;

/* For decryption: adds the private RSA key among the PEM blocks of BYTES, which may hold certificates as
 * well. Fails with ERROR_KEY for a second one, a pass phrase, a weak key, halves that do not belong together,
 * or anything else than private keys and certificates. */
bool key_set_add_pairs(struct key_set *set, struct text bytes, struct error *err) MUST_USE;

/* For decryption, once all pairs are there: gives the keys of SET the x5t of the certificates in BYTES. Fails
 * with ERROR_KEY for a certificate without key, one that is not for encrypting, or a second one of a key. */
bool key_set_name_pairs(struct key_set *set, struct text bytes, struct error *err) MUST_USE;

/* The x5t of CERTIFICATE: the base64url SHA-1 of its DER form (RFC 7515 §4.1.7), NUL-terminated. */
bool certificate_x5t(X509 *certificate, char out[static X5T_SIZE + 1], struct error *err) MUST_USE;

/* Whether CERTIFICATE's key may be encrypted to: one that says what its key is for must say so (RFC 5280
 * §4.2.1.3). */
bool certificate_is_for_encryption(X509 *certificate);

/* Appends the members of KEY's JWK that RFC 7638 §3.2 hashes, in its order, without braces:
 * "e":…,"kty":…,"n":… */
bool jwk_write_members(const EVP_PKEY *key, struct buffer *out, struct error *err) MUST_USE;
/* The RFC 7638 thumbprint of KEY as base64url, NUL-terminated. */
bool jwk_thumbprint(const EVP_PKEY *key, char out[static THUMBPRINT_SIZE + 1], struct error *err) MUST_USE;

#endif
