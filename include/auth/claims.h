/* SPDX-License-Identifier: Apache-2.0 */
/* The claims of a token: read them, judge them. Parse apart from decide. */
#ifndef USERSTATS_AUTH_CLAIMS_H
#define USERSTATS_AUTH_CLAIMS_H

#include <stdint.h>

#include "auth/issuer.h"
#include "base/arena.h"
#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"
#include "model/principal.h"

#define CLAIMS_USERS_MAX     16
#define CLAIMS_AUDIENCES_MAX 16

/* When a token is valid. */
struct validity {
    int64_t expires_s, not_before_s; /* exp, nbf */
};

struct claims {
    struct text issuer; /* iss */
    struct text audiences[CLAIMS_AUDIENCES_MAX];
    size_t audience_count;
    struct validity validity;   /* both required, integers */
    struct principal principal; /* every user of the token; caller is NULL */
};

/* Reads PAYLOAD, a JSON object of XSTS claims, into *out (texts in ARENA). A claim that is absent or null is
 * no data; one of the wrong type, a missing iss, aud, exp or nbf, or an xid/tid that is no decimal string:
 * TOKEN_CLAIMS. Judges nothing. */
bool claims_read(struct text payload, struct arena *arena, struct claims *out, struct error *err) MUST_USE;

/* Whether iss is ISSUER's name. Fails with TOKEN_ISSUER. */
bool claims_judge_issuer(const struct claims *c, const struct issuer *issuer, struct error *err) MUST_USE;

/* Holds V against the time: TOKEN_EXPIRED (now >= exp + skew), TOKEN_NOT_YET_VALID (now < nbf - skew). */
bool validity_judge(const struct validity *v, int64_t clock_skew_s, int64_t now_s,
                    struct error *err) MUST_USE;

/* Holds C against ISSUER at NOW_S: as claims_judge_issuer, then TOKEN_AUDIENCE, then as validity_judge.
 * Compared exactly, case included. */
bool claims_judge(const struct claims *c, const struct issuer *issuer, int64_t now_s,
                  struct error *err) MUST_USE;

#endif
