/* SPDX-License-Identifier: Apache-2.0 */
/* Turn an XBL3.0 Authorization header into a principal, or refuse. */
#ifndef USERSTATS_AUTH_AUTHENTICATOR_H
#define USERSTATS_AUTH_AUTHENTICATOR_H

#include <stdint.h>

#include "base/arena.h"
#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"
#include "jose/key_set.h"
#include "model/principal.h"

/* Whose tokens are taken, and how they are judged. The texts and the key set belong to the caller and must
 * outlive every call. */
struct issuer {
    struct text name;     /* `iss` must equal it */
    struct text audience; /* `aud` must equal it, or be an array that holds it */
    const struct key_set *keys;
    int64_t clock_skew_s; /* how far exp and nbf may be off, >= 0 */
};

/* What a request presents. */
struct credentials {
    struct text header; /* the whole value of Authorization; may be absent */
    int64_t now_s;      /* when it is judged: seconds since 1970 */
};

/* Reads the header, verifies the token's signature, judges its claims at that time and picks the user that
 * the userhash names. *out's texts live in ARENA. Fails with one of the AUTH_… and TOKEN_… codes, whose
 * detail says which check refused, and which are one answer to the peer; or with ERROR_NO_MEMORY. Any thread.
 */
bool authenticate(const struct issuer *issuer, const struct credentials *credentials, struct arena *arena,
                  struct principal *out, struct error *err) MUST_USE;

#endif
