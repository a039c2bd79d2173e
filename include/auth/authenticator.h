/* SPDX-License-Identifier: Apache-2.0 */
/* Turn an XBL3.0 Authorization header into a principal, or refuse. One authenticator serves all threads; it
 * remembers the tokens that it found good, since one token comes with many requests. */
#ifndef USERSTATS_AUTH_AUTHENTICATOR_H
#define USERSTATS_AUTH_AUTHENTICATOR_H

#include <stddef.h>
#include <stdint.h>

#include "auth/issuer.h"
#include "base/arena.h"
#include "base/attributes.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "model/principal.h"

struct authenticator;

struct authenticator_options {
    const struct issuer *issuers;       /* copied; what they point at must outlive the authenticator */
    size_t issuer_count;                /* 1 to ISSUERS_MAX */
    size_t remembered_max;              /* tokens; 0: none is remembered */
    size_t remembered_bytes_max;        /* bytes of what is remembered of them all */
    unsigned decryptions_in_flight_max; /* >= 1 */
    const struct clock *clock;          /* its monotonic side only: a token is judged at credentials.now_s */
    const struct random_source *random;
};

/* Since the start, but entries and bytes: those are now. */
struct authenticator_counts {
    uint64_t hits, misses, evictions; /* of remembered tokens; evictions made room for others */
    uint64_t entries, bytes;
    uint64_t decryptions_refused; /* with OVERLOADED */
};

/* The caller owns *out. Fails with NO_MEMORY or INTERNAL. */
bool authenticator_open(const struct authenticator_options *options, struct authenticator **out,
                        struct error *err) MUST_USE;
/* When no other thread is in it any more. */
void authenticator_close(struct authenticator **a);

/* What a request presents. */
struct credentials {
    struct text header; /* the whole value of Authorization; may be absent */
    int64_t now_s;      /* when it is judged: seconds since 1970; may step */
};

/* Reads the header; recalls the token, or else opens it where it is encrypted, verifies its signature and
 * judges its claims, each against the keys and terms of one and the same issuer; and picks the user that the
 * userhash names. A token is recalled only within exp, nbf and the skew, and while every key that vouched for
 * it is still in its issuer's slot. *out's texts live in ARENA. Any thread.
 *
 * Fails with one of the AUTH_… and TOKEN_… codes, whose detail says which check refused, and which are one
 * answer to the peer; with KEYS_UNAVAILABLE where no key at hand is the token's and some issuer's slot is
 * empty; with OVERLOADED, before it is decrypted, for an encrypted token that is not remembered and would be
 * one decryption too many (docs/adr/0018); or with NO_MEMORY. A token that is refused is reported to the slot
 * of each issuer that it may be of and whose keys do not know the token's. */
bool authenticate(struct authenticator *a, const struct credentials *credentials, struct arena *arena,
                  struct principal *out, struct error *err) MUST_USE;

/* Whether any issuer has its keys, so that its tokens can be judged. Any thread. */
bool authenticator_has_keys(const struct authenticator *a);

struct authenticator_counts authenticator_count(struct authenticator *a);

#endif
