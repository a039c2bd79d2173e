/* SPDX-License-Identifier: Apache-2.0 */
/* Turn a compact JWS (RFC 7515 §7.1) and a key set into verified bytes. */
#ifndef USERSTATS_JOSE_JWS_H
#define USERSTATS_JOSE_JWS_H

#include "base/arena.h"
#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"
#include "jose/key_set.h"

#define JWS_TOKEN_MAX  65536 /* bytes of a compact token */
#define JWS_HEADER_MAX 4096  /* bytes of a decoded protected header */

/* Verifies TOKEN with the one key of SET that its header names and the one algorithm bound to that key, and
 * gives the payload's bytes (in ARENA). The header's own `jwk`, `jku`, `x5u`, `x5c` are never looked at as a
 * source of keys; `crit`, `zip` and `b64` are refused. A token without kid and x5t is taken only where SET
 * holds a single key. The payload is bytes: no claim has been judged. Any thread; SET is only read. Fails
 * with TOKEN_MALFORMED, TOKEN_ENCRYPTED (five parts), TOKEN_ALGORITHM, TOKEN_KEY_UNKNOWN or TOKEN_SIGNATURE.
 */
bool jws_verify(struct text token, const struct key_set *set, struct arena *arena, struct text *payload,
                struct error *err) MUST_USE;

#endif
