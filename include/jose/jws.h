/* SPDX-License-Identifier: Apache-2.0 */
/* Turn a compact JWS (RFC 7515 §7.1) and a key set into verified bytes: read it once, then hold it against
 * one set or several. */
#ifndef USERSTATS_JOSE_JWS_H
#define USERSTATS_JOSE_JWS_H

#include "base/arena.h"
#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"
#include "jose/key_set.h"

#define TOKEN_MAX      65536  /* bytes of a compact token as it comes in a header */
#define JWS_MAX        262144 /* bytes of a JWS, which may have been inflated out of an encrypted token */
#define JWS_HEADER_MAX 4096   /* bytes of a decoded protected header */

/* What a token says of itself: nothing of it is verified, and only jws_check reads the payload. */
struct jws {
    struct text kid, x5t, alg;      /* of the header, decoded; may be absent */
    struct text signed_bytes;       /* header.payload, as received (RFC 7515 §5.2 step 8) */
    struct text payload, signature; /* base64url, as received */
};

struct jws_verified {
    struct text payload; /* the bytes that were signed; no claim has been judged */
    struct key_id key;   /* that signed them */
};

/* Splits TOKEN and reads its header strictly. The texts live in ARENA or point into TOKEN. The header's own
 * `jwk`, `jku`, `x5u`, `x5c` are never looked at as a source of keys; `crit`, `zip`, `b64` and `enc` are
 * refused. Fails with TOKEN_MALFORMED, or TOKEN_ENCRYPTED for five parts. */
bool jws_read(struct text token, struct arena *arena, struct jws *out, struct error *err) MUST_USE;

/* Verifies JWS with the one key of SET that its header names and the algorithm that it names, which must be
 * one of that key's, and gives the payload's bytes (in ARENA). A token without kid and x5t is taken only
 * where SET holds a single key. Any thread; SET is only read. Fails with TOKEN_ALGORITHM, TOKEN_KEY_UNKNOWN
 * (at no cost), or TOKEN_SIGNATURE, or TOKEN_MALFORMED for a payload that is no base64url. */
bool jws_check(const struct jws *jws, const struct key_set *set, struct arena *arena,
               struct jws_verified *out, struct error *err) MUST_USE;

/* Both, for whoever has one token and one set. */
bool jws_verify(struct text token, const struct key_set *set, struct arena *arena, struct text *payload,
                struct error *err) MUST_USE;

#endif
