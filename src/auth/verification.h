/* SPDX-License-Identifier: Apache-2.0 */
/* The long way with a token: by keys and claims, against every issuer. */
#ifndef USERSTATS_SRC_AUTH_VERIFICATION_H
#define USERSTATS_SRC_AUTH_VERIFICATION_H

#include "auth/admission.h"
#include "auth/issuer.h"
#include "auth/remembered.h"
#include "base/arena.h"
#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"

struct issuers {
    struct issuer list[ISSUERS_MAX];
    size_t count;
};

struct presented {
    struct text token;
    int64_t now_s;
    struct token_digest digest; /* where tokens are remembered: of this one */
    struct passage *passage;    /* entered before anything is decrypted; the caller leaves it */
};

/* Opens TOKEN where it is encrypted, verifies its signature, reads its claims, and finds the first of ISSUERS
 * whose keys, form and claims are its. The principal's texts live in ARENA. Fails with TOKEN_…,
 * KEYS_UNAVAILABLE, NO_MEMORY or INTERNAL, with OVERLOADED where the passage is closed: only a token that can
 * be read and whose decryption key is at hand comes that far. Of the issuers' reasons to refuse it gives the
 * one that tells most. Where the token is refused,
 * the slot of each whose keys do not know the one that signed is told so. Any thread. */
bool verify_presented(const struct issuers *issuers, const struct presented *presented, struct arena *arena,
                      struct good_token *out, struct error *err) MUST_USE;

#endif
