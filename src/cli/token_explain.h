/* SPDX-License-Identifier: Apache-2.0 */
/* What a token is and which of the server's checks it passes, in words on stdout. Private to cli. */
#ifndef USERSTATS_SRC_CLI_TOKEN_EXPLAIN_H
#define USERSTATS_SRC_CLI_TOKEN_EXPLAIN_H

#include <stddef.h>
#include <stdint.h>

#include "auth/claims.h"
#include "auth/issuer.h"
#include "auth/xbl_header.h"
#include "base/arena.h"
#include "jose/key_set.h"

/* Whose tokens are taken, and when. */
struct inquiry {
    const struct issuer *issuers;
    size_t count;
    int64_t now_s;
    struct arena *arena;
};

/* Which keys a token was found to be of. */
struct findings {
    bool is_encrypted;
    struct key_id opened_by; /* where it is encrypted */
    struct key_id signed_by;
};

/* Prints a line per check of HEADER's token, up to the one that refuses it. Claims are shown only of a token
 * whose signature is good. The verdict is not given here: authenticate() has it. */
void token_explain(const struct inquiry *q, const struct xbl_header *header);

/* The part about the claims C; all of them are shown and judged, whichever refuses. */
void token_explain_claims(const struct inquiry *q, const struct xbl_header *header, const struct findings *f,
                          const struct claims *c);

/* Whether the set now in SLOT (NULL: there is none) has the key ID. */
bool token_slot_has(struct key_slot *slot, const struct key_id *id);

#endif
