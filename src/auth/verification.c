/* SPDX-License-Identifier: Apache-2.0 */
/* Hold one token against several issuers. Awkward: keys come before claims, because nothing is read of a
 * token that nobody signed; so the signature is held against everybody's keys first, and only then is it
 * asked whose key that was, and whether that is who the token says it is of. */
#include "auth/verification.h"

#include "jose/jwe.h"
#include "jose/jws.h"
#include "jose/key_slot.h"

/* A slot as it was at one moment: the set, and the generation read before it was taken. */
struct held {
    struct key_set *set; /* NULL: no keys yet, or none wanted */
    uint64_t generation;
};

/* The issuers and the keys in force while one token is verified. */
struct view {
    const struct issuers *issuers;
    struct held keys[ISSUERS_MAX];
    struct held decryption[ISSUERS_MAX]; /* where the token is encrypted, and the issuer's may be */
    bool lacks_keys, lacks_decryption;   /* a slot of theirs that matters is empty */
};

/* What is known of a token. */
struct evidence {
    bool is_encrypted;
    struct key_id opened_by; /* where it is encrypted */
    struct text inner;       /* where it is encrypted: the signed token */
    struct key_id signed_by;
    struct claims claims;
};

/* Where several refuse, the reason that stands later here tells more: it came further. */
static const enum error_code by_telling[] = {
    ERROR_TOKEN_ISSUER,        ERROR_TOKEN_KEY_UNKNOWN, ERROR_TOKEN_ALGORITHM, ERROR_TOKEN_SIGNATURE,
    ERROR_TOKEN_FORM,          ERROR_TOKEN_DECRYPTION,  ERROR_TOKEN_AUDIENCE,  ERROR_TOKEN_EXPIRED,
    ERROR_TOKEN_NOT_YET_VALID, ERROR_KEYS_UNAVAILABLE,
};

static int telling(enum error_code code)
{
    for (size_t i = 0; i < sizeof by_telling / sizeof *by_telling; i++) {
        if (by_telling[i] == code)
            return (int)i;
    }
    return -1;
}

/* Keeps REASON in *BEST where it tells more. False: it is nothing that another issuer could see otherwise. */
static bool note(struct error *best, const struct error *reason)
{
    int rank = telling(reason->code);
    if (rank < 0 || rank > telling(best->code))
        *best = *reason;
    return rank >= 0;
}

static bool may_be_encrypted(const struct issuer *issuer)
{
    return (issuer->tokens & TOKENS_ENCRYPTED) != 0 && issuer->decryption_keys != NULL;
}

/* False: there is nothing in SLOT. */
static bool hold(struct held *held, struct key_slot *slot)
{
    held->generation = key_slot_generation(slot);
    held->set = key_slot_get(slot);
    return held->set != NULL;
}

static void view_take(struct view *v, const struct issuers *issuers, bool is_encrypted)
{
    *v = (struct view){.issuers = issuers};
    for (size_t i = 0; i < issuers->count; i++) {
        const struct issuer *issuer = &issuers->list[i];
        v->lacks_keys |= !hold(&v->keys[i], issuer->keys);
        if (is_encrypted && may_be_encrypted(issuer))
            v->lacks_decryption |= !hold(&v->decryption[i], issuer->decryption_keys);
    }
}

static void view_give_back(struct view *v)
{
    for (size_t i = 0; i < v->issuers->count; i++) {
        key_set_release(&v->keys[i].set);
        key_set_release(&v->decryption[i].set);
    }
}

/* The first of HELD that has the set of HELD[I]. */
static size_t first_of_its_kind(const struct held *held, size_t i)
{
    size_t first = 0;
    while (held[first].set != held[i].set)
        first++;
    return first;
}

static bool is_first_of_its_kind(const struct held *held, size_t i)
{
    return held[i].set != NULL && first_of_its_kind(held, i) == i;
}

/* Why no key at hand will do: REASON, or that a set is not here yet which may have the one that would.
 * Always false. */
static bool refuse_key(bool is_lacking, const struct error *reason, struct error *err)
{
    if (is_lacking && (reason->code == ERROR_NONE || telling(reason->code) >= 0))
        return error_set(err, ERROR_KEYS_UNAVAILABLE,
                         "no key at hand is the token's, and an issuer has no keys yet");
    *err = *reason;
    return false;
}

static bool read_encrypted(const struct view *v, struct text token, struct arena *arena, struct jwe *out,
                           struct error *err)
{
    bool is_taken = false;
    for (size_t i = 0; i < v->issuers->count; i++)
        is_taken |= may_be_encrypted(&v->issuers->list[i]);
    if (!is_taken)
        return error_set(
            err, ERROR_TOKEN_FORM,
            "the token is encrypted, and no issuer's may be (auth.tokens, auth.decryption_keys)");
    return jwe_read(token, arena, out, err);
}

/* Whoever has no key for it costs nothing, and waits for nobody. */
static bool open_encrypted(const struct view *v, const struct presented *presented, struct arena *arena,
                           struct jwe_opened *out, struct error *err)
{
    struct jwe jwe;
    struct error best = {.code = ERROR_NONE}, reason;
    if (!read_encrypted(v, presented->token, arena, &jwe, err))
        return false;
    for (size_t i = 0; i < v->issuers->count; i++) {
        if (!is_first_of_its_kind(v->decryption, i))
            continue;
        if (jwe_has_key(&jwe, v->decryption[i].set) && !passage_enter(presented->passage, err))
            return false;
        if (jwe_open(&jwe, v->decryption[i].set, arena, out, &reason))
            return true;
        if (!note(&best, &reason))
            break;
    }
    return refuse_key(v->lacks_decryption, &best, err);
}

static void report_unknown(const struct view *v, const bool is_unknown[static ISSUERS_MAX])
{
    for (size_t i = 0; i < v->issuers->count; i++) {
        if (is_unknown[i])
            key_slot_report_unknown(v->issuers->list[i].keys);
    }
}

/* By the one key, of whatever issuer, that made the signature. Where there is none, whoever has no key of
 * that name is told so, whatever others' keys think of the token: two issuers may call two keys by one name.
 */
static bool check_signature(const struct view *v, const struct jws *jws, struct arena *arena,
                            struct jws_verified *out, struct error *err)
{
    struct error best = {.code = ERROR_NONE}, reason;
    bool is_unknown[ISSUERS_MAX] = {false};
    for (size_t i = 0; i < v->issuers->count; i++) {
        size_t first = first_of_its_kind(v->keys, i);
        is_unknown[i] = v->keys[i].set == NULL || is_unknown[first];
        if (v->keys[i].set == NULL || first != i)
            continue;
        if (jws_check(jws, v->keys[i].set, arena, out, &reason))
            return true;
        if (!note(&best, &reason)) {
            *err = reason;
            return false;
        }
        is_unknown[i] = reason.code == ERROR_TOKEN_KEY_UNKNOWN;
    }
    report_unknown(v, is_unknown);
    return refuse_key(v->lacks_keys && jose_algorithm_parse(jws->alg) != JOSE_ALGORITHM_NONE, &best, err);
}

static bool gather(const struct view *v, const struct presented *presented, struct arena *arena,
                   struct evidence *e, struct error *err)
{
    struct text token = presented->token;
    struct jwe_opened opened = {.plaintext = {0}};
    struct jws jws;
    struct jws_verified verified = {.payload = {0}};
    if (e->is_encrypted) {
        if (!open_encrypted(v, presented, arena, &opened, err))
            return false;
        e->opened_by = opened.key;
        e->inner = token = opened.plaintext;
    }
    if (!jws_read(token, arena, &jws, err) || !check_signature(v, &jws, arena, &verified, err))
        return false;
    e->signed_by = verified.key;
    return claims_read(verified.payload, arena, &e->claims, err);
}

static bool has_key(const struct held *held, const struct key_id *key)
{
    return held->set != NULL && key_set_has(held->set, key);
}

static bool judge_form(const struct issuer *issuer, bool is_encrypted, struct error *err)
{
    if (is_encrypted)
        return may_be_encrypted(issuer) ||
               error_set(err, ERROR_TOKEN_FORM, "this issuer's tokens must not be encrypted (%s.tokens)",
                         issuer->label);
    return (issuer->tokens & TOKENS_SIGNED) != 0 ||
           error_set(err, ERROR_TOKEN_FORM, "this issuer's tokens must be encrypted (%s.tokens)",
                     issuer->label);
}

/* Whether the key that signed is one of issuer I's. */
static bool judge_signer(const struct view *v, size_t i, const struct evidence *e, struct error *err)
{
    const struct issuer *issuer = &v->issuers->list[i];
    if (has_key(&v->keys[i], &e->signed_by))
        return true;
    return v->keys[i].set == NULL
               ? error_set(err, ERROR_KEYS_UNAVAILABLE, "iss is that of %s, which has no keys yet",
                           issuer->label)
               : error_set(err, ERROR_TOKEN_KEY_UNKNOWN,
                           "iss is that of %s, whose keys have not the one that signed", issuer->label);
}

/* Whether the token of E is one of issuer I. */
static bool judge(const struct view *v, size_t i, const struct evidence *e, int64_t now_s, struct error *err)
{
    const struct issuer *issuer = &v->issuers->list[i];
    if (!claims_judge_issuer(&e->claims, issuer, err))
        return false;
    if (!judge_signer(v, i, e, err) || !judge_form(issuer, e->is_encrypted, err))
        return false;
    if (e->is_encrypted && !has_key(&v->decryption[i], &e->opened_by))
        return error_set(err, ERROR_TOKEN_DECRYPTION,
                         "iss is that of %s, whose decryption keys have not the one that opened the token",
                         issuer->label);
    return claims_judge(&e->claims, issuer, now_s, err);
}

static bool find_issuer(const struct view *v, const struct evidence *e, int64_t now_s, size_t *out,
                        struct error *err)
{
    struct error best = {.code = ERROR_NONE}, reason;
    bool is_unknown[ISSUERS_MAX] = {false};
    for (size_t i = 0; i < v->issuers->count; i++) {
        if (judge(v, i, e, now_s, &reason)) {
            *out = i;
            return true;
        }
        is_unknown[i] = reason.code == ERROR_TOKEN_KEY_UNKNOWN || reason.code == ERROR_KEYS_UNAVAILABLE;
        (void)note(&best, &reason);
    }
    report_unknown(v, is_unknown);
    *err = best;
    return false;
}

bool verify_presented(const struct issuers *issuers, const struct presented *presented, struct arena *arena,
                      struct good_token *out, struct error *err)
{
    struct view view;
    struct evidence e = {.is_encrypted = jwe_is(presented->token)};
    size_t i = 0;
    view_take(&view, issuers, e.is_encrypted);
    bool good = gather(&view, presented, arena, &e, err) && find_issuer(&view, &e, presented->now_s, &i, err);
    if (good)
        *out = (struct good_token){.issuer = i,
                                   .signature = {e.signed_by, view.keys[i].generation},
                                   .decryption = {e.opened_by, view.decryption[i].generation},
                                   .is_encrypted = e.is_encrypted,
                                   .inner = e.inner,
                                   .validity = e.claims.validity,
                                   .principal = e.claims.principal};
    view_give_back(&view);
    return good;
}
