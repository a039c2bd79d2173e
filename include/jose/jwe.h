/* SPDX-License-Identifier: Apache-2.0 */
/* Open a compact JWE (RFC 7516 §7.1) with a set of private keys: the outer shell of a nested token (RFC 7519
 * §5.2). One pair of algorithms is served, RSA-OAEP with A128CBC-HS256, because issuers of XSTS tokens use no
 * other.
 *
 * Whoever has the public key can encrypt: what comes out of the shell is no more trusted than what came in.
 */
#ifndef USERSTATS_JOSE_JWE_H
#define USERSTATS_JOSE_JWE_H

#include "base/arena.h"
#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"
#include "jose/key_set.h"

#define JWE_PLAINTEXT_MAX     262144 /* bytes of an inflated plaintext */
#define JWE_ENCRYPTED_KEY_MAX 1024   /* bytes: RSA of 8,192 bits */

/* What an encrypted token says of itself, and its parts decoded. Nothing of it is verified. */
struct jwe {
    struct text kid, x5t;  /* of the header; may be absent */
    bool deflated;         /* zip is DEF */
    struct text protected; /* the header as received: the additional authenticated data (RFC 7516 §5.2) */
    struct text encrypted_key, iv, ciphertext, tag;
};

struct jwe_opened {
    struct text plaintext; /* inflated where it was deflated; may be empty */
    struct key_id key;     /* that decrypted it */
};

/* Whether TOKEN has the five parts of a JWE. */
bool jwe_is(struct text token);

/* Splits TOKEN (at most TOKEN_MAX bytes), reads its header strictly and checks the sizes of its parts. The
 * texts live in ARENA or point into TOKEN. Where the header says that keys come from (`jwk`, `jku`, `x5u`,
 * `x5c`) is not looked at; `crit` and the members of other algorithms refuse the token. Fails with
 * TOKEN_ALGORITHM for another alg, enc or zip, else with TOKEN_MALFORMED. */
bool jwe_read(struct text token, struct arena *arena, struct jwe *out, struct error *err) MUST_USE;

/* Whether SET has the key that jwe_open would decrypt JWE with. Costs nothing. */
bool jwe_has_key(const struct jwe *jwe, const struct key_set *set);

/* Decrypts JWE with the one key of SET, which is for KEYS_DECRYPT, that its header means, and gives the
 * plaintext in ARENA. The key is, in this order: that of the header's x5t; that of its kid, unless the key's
 * certificate has another x5t than the header; the only key of the set, with the same exception; the only key
 * of the set that has no certificate, as any x5t may be its.
 *
 * Any thread; SET is only read. Costs a private RSA operation (about 0.3 ms for 2,048 bits) for any garbage
 * once a key is found: the caller bounds how many are under way. Fails with TOKEN_KEY_UNKNOWN at no cost;
 * with TOKEN_DECRYPTION, and one text whatever the cause, where key, tag or padding are wrong; with
 * TOKEN_MALFORMED where an authentic plaintext is no whole DEFLATE stream (RFC 1951) of at most
 * JWE_PLAINTEXT_MAX bytes; with NO_MEMORY or INTERNAL where the fault is not the token's. */
bool jwe_open(const struct jwe *jwe, const struct key_set *set, struct arena *arena, struct jwe_opened *out,
              struct error *err) MUST_USE;

#endif
