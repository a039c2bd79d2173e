/* SPDX-License-Identifier: Apache-2.0 */
/* The way from a header to a principal, as a list: shape, recollection or else the long way, user. Awkward:
 * the user is picked anew each time, since one token comes with the userhash of any of its users. */
#include "auth/authenticator.h"

#include <assert.h>

#include "auth/admission.h"
#include "auth/claims.h"
#include "auth/remembered.h"
#include "auth/rewrapped.h"
#include "auth/verification.h"
#include "auth/xbl_header.h"
#include "base/memory.h"
#include "jose/digest.h"
#include "jose/key_slot.h"

struct authenticator {
    struct issuers issuers;
    struct remembered *remembered; /* NULL: nothing is, and then there is no rewrapped either */
    struct rewrapped *rewrapped;
    unsigned char digest_key[TOKEN_DIGEST_KEY_SIZE];
    struct admission admission;
};

bool authenticator_open(const struct authenticator_options *options, struct authenticator **out,
                        struct error *err)
{
    assert(options->issuer_count > 0 && options->issuer_count <= ISSUERS_MAX);
    assert(options->decryptions_in_flight_max > 0);
    struct authenticator *a = memory_alloc(sizeof *a, err);
    if (a == NULL)
        return false;
    a->issuers.count = options->issuer_count;
    for (size_t i = 0; i < a->issuers.count; i++)
        a->issuers.list[i] = options->issuers[i];
    admission_init(&a->admission, options->decryptions_in_flight_max, options->clock);
    const struct remembered_options remembered = {a->issuers.list, options->remembered_max,
                                                  options->remembered_bytes_max};
    const struct random_source *random = options->random;
    if (!random->fill(random->context, a->digest_key, sizeof a->digest_key, err) ||
        (options->remembered_max > 0 && (!remembered_open(&remembered, &a->remembered, err) ||
                                         !rewrapped_open(options->remembered_max, &a->rewrapped, err)))) {
        authenticator_close(&a);
        return false;
    }
    *out = a;
    return true;
}

void authenticator_close(struct authenticator **a)
{
    if (*a == NULL)
        return;
    remembered_close(&(*a)->remembered);
    rewrapped_close(&(*a)->rewrapped);
    memory_cleanse((*a)->digest_key, sizeof(*a)->digest_key);
    memory_free(*a);
    *a = NULL;
}

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

/* Remembers GOOD under DIGEST. Of each signed token one shell is remembered, the latest: *is_another, it had
 * come in another one before. */
static bool remember(struct authenticator *a, const struct token_digest *digest,
                     const struct good_token *good, bool *is_another, struct error *err)
{
    struct shell shell = {.outer = *digest};
    struct token_digest old;
    if (a->remembered == NULL)
        return true;
    if (good->is_encrypted && !token_digest(a->digest_key, good->inner, &shell.inner, err))
        return false;
    *is_another = good->is_encrypted && rewrapped_note(a->rewrapped, &shell, &old);
    if (*is_another)
        remembered_forget(a->remembered, &old);
    return remembered_add(a->remembered, digest, good, err);
}

/* By its keys and claims. Only what the peer is to blame for is charged: what is bad, and a good token in one
 * more shell. */
static bool verify(struct authenticator *a, const struct presented *presented, struct arena *arena,
                   struct good_token *out, struct error *err)
{
    bool is_another = false;
    bool good = verify_presented(&a->issuers, presented, arena, out, err);
    bool is_bad = !good && error_class_of(err->code)->http_status == 401;
    good = good && remember(a, &presented->digest, out, &is_another, err);
    passage_leave(presented->passage, is_bad || is_another);
    return good;
}

static bool find_known(struct authenticator *a, const struct presented *presented, struct arena *arena,
                       const struct principal **out, struct error *err)
{
    const struct token_lookup lookup = {presented->digest, presented->now_s};
    return remembered_find(a->remembered, &lookup, arena, out, err);
}

/* Whose token it is: every user of it. */
static bool identify(struct authenticator *a, struct presented *presented, struct arena *arena,
                     struct principal *out, struct error *err)
{
    struct good_token good;
    const struct principal *known = NULL;
    if (a->remembered != NULL && (!token_digest(a->digest_key, presented->token, &presented->digest, err) ||
                                  !find_known(a, presented, arena, &known, err)))
        return false;
    if (known != NULL) {
        *out = *known;
        return true;
    }
    if (!verify(a, presented, arena, &good, err))
        return false;
    *out = good.principal;
    return true;
}

bool authenticate(struct authenticator *a, const struct credentials *credentials, struct arena *arena,
                  struct principal *out, struct error *err)
{
    struct xbl_header xbl;
    struct principal principal;
    if (!xbl_header_parse(credentials->header, &xbl, err))
        return false;
    if (xbl.caller == XBL_CALLER_NONE)
        return error_set(err, ERROR_AUTH_NO_USER, "the header names no user, and reading needs one");
    struct passage passage = {.admission = &a->admission};
    struct presented presented = {.token = xbl.token, .now_s = credentials->now_s, .passage = &passage};
    if (!identify(a, &presented, arena, &principal, err) || !pick_caller(&xbl, &principal, err))
        return false;
    *out = principal;
    return true;
}

struct authenticator_counts authenticator_count(struct authenticator *a)
{
    struct authenticator_counts counts = {.decryptions_refused = atomic_load(&a->admission.refused)};
    if (a->remembered != NULL)
        remembered_count(a->remembered, &counts);
    return counts;
}

bool authenticator_has_keys(const struct authenticator *a)
{
    bool has = false;
    for (size_t i = 0; i < a->issuers.count; i++) {
        const struct issuer *issuer = &a->issuers.list[i];
        struct key_set *keys = key_slot_get(issuer->keys);
        has = has || keys != NULL;
        key_set_release(&keys);
    }
    return has;
}
