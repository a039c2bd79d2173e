/* SPDX-License-Identifier: Apache-2.0 */
/* The way from a header to a principal, as a list: shape, signature, claims, time, user. */
#include "auth/authenticator.h"

#include "auth/claims.h"
#include "auth/xbl_header.h"
#include "jose/jws.h"

/* Leaves the one user that the header names; the others in the token are dropped. A hash that two users share
 * names nobody. */
static bool pick_caller(const struct xbl_header *header, struct principal *p, struct error *err)
{
    const struct principal_user *caller = NULL;
    size_t named = 0;
    if (header->caller == XBL_CALLER_ANY)
        return true;
    for (size_t i = 0; i < p->user_count; i++) {
        if (!text_equals(p->users[i].userhash, header->userhash))
            continue;
        caller = &p->users[i];
        named++;
    }
    if (named != 1)
        return error_set(err, ERROR_AUTH_NO_USER, "%zu users of the token have the header's userhash", named);
    p->users = p->caller = caller;
    p->user_count = 1;
    return true;
}

bool authenticate(const struct issuer *issuer, const struct credentials *credentials, struct arena *arena,
                  struct principal *out, struct error *err)
{
    struct xbl_header xbl;
    struct text payload;
    struct claims claims;
    if (!xbl_header_parse(credentials->header, &xbl, err))
        return false;
    if (xbl.caller == XBL_CALLER_NONE)
        return error_set(err, ERROR_AUTH_NO_USER, "the header names no user, and reading needs one");
    if (!jws_verify(xbl.token, issuer->keys, arena, &payload, err) ||
        !claims_read(payload, arena, &claims, err) ||
        !claims_judge(&claims, issuer, credentials->now_s, err) || !pick_caller(&xbl, &claims.principal, err))
        return false;
    *out = claims.principal;
    return true;
}
