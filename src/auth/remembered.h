/* SPDX-License-Identifier: Apache-2.0 */
/* The tokens that were found good, by their digest: who they are of, until when, and which keys vouch for
 * them. */
#ifndef USERSTATS_SRC_AUTH_REMEMBERED_H
#define USERSTATS_SRC_AUTH_REMEMBERED_H

#include "auth/authenticator.h"
#include "auth/claims.h"
#include "jose/digest.h"
#include "jose/key_set.h"

struct remembered;

/* A key of a slot that vouches for a token, and the slot's generation, read before the set was taken, in
 * which it was last seen there. */
struct voucher {
    struct key_id key;
    uint64_t generation;
};

/* A token whose signature and claims were found good. */
struct good_token {
    size_t issuer;             /* its place among the issuers */
    struct voucher signature;  /* in the issuer's keys */
    struct voucher decryption; /* in its decryption keys */
    bool is_encrypted;         /* else decryption says nothing */
    struct text inner;         /* where it is encrypted: the signed token in it; not remembered */
    struct validity validity;
    struct principal principal; /* every user of the token; caller is NULL */
};

/* Room for ENTRIES_MAX tokens (> 0) of BYTES_MAX bytes together, of ISSUERS, which the caller keeps. The
 * caller owns *out. */
struct remembered_options {
    const struct issuer *issuers;
    size_t entries_max, bytes_max;
};
bool remembered_open(const struct remembered_options *options, struct remembered **out,
                     struct error *err) MUST_USE;
void remembered_close(struct remembered **r);

/* Which token is asked for, and when. */
struct token_lookup {
    struct token_digest digest;
    int64_t now_s;
};

/* Where that token is remembered, is valid by then, and its keys are in their slots, *out is a copy of its
 * principal in ARENA; else NULL, and a token that is no longer all that is forgotten. Any thread. Fails with
 * NO_MEMORY. */
bool remembered_find(struct remembered *r, const struct token_lookup *lookup, struct arena *arena,
                     const struct principal **out, struct error *err) MUST_USE;

/* Remembers a copy of TOKEN in place of the ones longest unused, as many as have to go; one that is too large
 * for its share is not remembered. Any thread. Fails with NO_MEMORY. */
bool remembered_add(struct remembered *r, const struct token_digest *digest, const struct good_token *token,
                    struct error *err) MUST_USE;

/* Forgets that token, where it is remembered. Any thread. */
void remembered_forget(struct remembered *r, const struct token_digest *digest);

/* Fills in all of *COUNTS but the refusals. */
void remembered_count(struct remembered *r, struct authenticator_counts *counts);

#endif
