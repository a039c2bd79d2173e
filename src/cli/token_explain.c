/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of a token: opened with which, signed by which. Awkward: this walks the server's way (auth's
 * verification.c) a second time, as the server stops at the first refusal and keeps its words for the log; so
 * each step is left to the same function of jose that the server calls, and only its words are put here. */
#include "cli/token_explain.h"

#include "cli/token_words.h"
#include "jose/jwe.h"
#include "jose/jws.h"
#include "jose/key_slot.h"

bool token_slot_has(struct key_slot *slot, const struct key_id *id)
{
    struct key_set *set = slot == NULL ? NULL : key_slot_get(slot);
    bool has = set != NULL && key_set_has(set, id);
    key_set_release(&set);
    return has;
}

static struct key_slot *slot_of(const struct issuer *issuer, enum key_purpose purpose)
{
    if (purpose == KEYS_VERIFY)
        return issuer->keys;
    return (issuer->tokens & TOKENS_ENCRYPTED) != 0 ? issuer->decryption_keys : NULL;
}

/* "good, with a key of [auth] and [auth.studio]" */
static void say_whose(const struct inquiry *q, const char *what, enum key_purpose purpose,
                      const struct key_id *id)
{
    const char *before = "good, with a key of ";
    words_begin(what);
    for (size_t i = 0; i < q->count; i++) {
        if (!token_slot_has(slot_of(&q->issuers[i], purpose), id))
            continue;
        words_put("%s[%s]", before, q->issuers[i].label);
        before = " and ";
    }
    words_end();
}

static void say_named(const char *what, struct text x5t, struct text kid)
{
    words_begin(what);
    words_put("x5t ");
    words_put_text(x5t);
    words_put(", kid ");
    words_put_text(kid);
}

/* How far a token came with one issuer's keys. */
static int stage_of(enum error_code code)
{
    return code == ERROR_NONE                ? -1
           : code == ERROR_TOKEN_KEY_UNKNOWN ? 0
           : code == ERROR_TOKEN_ALGORITHM   ? 1
                                             : 2;
}

static void keep_farthest(struct error *best, const struct error *reason)
{
    if (stage_of(reason->code) > stage_of(best->code))
        *best = *reason;
}

static bool open_with_any(const struct inquiry *q, const struct jwe *jwe, struct jwe_opened *out,
                          struct error *err)
{
    struct error reason;
    *err = (struct error){.code = ERROR_NONE};
    for (size_t i = 0; i < q->count; i++) {
        struct key_slot *slot = slot_of(&q->issuers[i], KEYS_DECRYPT);
        struct key_set *set = slot == NULL ? NULL : key_slot_get(slot);
        bool opened = set != NULL && jwe_open(jwe, set, q->arena, out, &reason);
        if (set != NULL && !opened)
            keep_farthest(err, &reason);
        key_set_release(&set);
        if (opened)
            return true;
    }
    if (err->code == ERROR_NONE)
        return error_set(err, ERROR_TOKEN_FORM,
                         "nobody's tokens may be encrypted here; set auth.decryption_keys, or say "
                         "--decryption-keys FILE");
    return false;
}

/* Takes the shell off *TOKEN. */
static bool explain_shell(const struct inquiry *q, struct text *token, struct findings *f)
{
    struct jwe jwe;
    struct jwe_opened opened = {.plaintext = {NULL, 0}};
    struct error err;
    if (!jwe_read(*token, q->arena, &jwe, &err)) {
        words_line("form", "encrypted (a JWE)");
        words_begin("encryption");
        words_end_judged(&err);
        return false;
    }
    words_line("form", "encrypted (a JWE), RSA-OAEP with A128CBC-HS256, %s",
               jwe.deflated ? "zip DEF" : "not compressed");
    say_named("encrypted to", jwe.x5t, jwe.kid);
    words_end();
    if (!open_with_any(q, &jwe, &opened, &err)) {
        words_begin(err.code == ERROR_TOKEN_KEY_UNKNOWN ? "decryption key" : "decryption");
        words_end_judged(&err);
        return false;
    }
    say_whose(q, "decryption", KEYS_DECRYPT, &opened.key);
    f->is_encrypted = true;
    f->opened_by = opened.key;
    *token = opened.plaintext;
    return true;
}

static bool check_with_any(const struct inquiry *q, const struct jws *jws, struct jws_verified *out,
                           struct error *err)
{
    struct error reason;
    *err = (struct error){.code = ERROR_NONE};
    for (size_t i = 0; i < q->count; i++) {
        struct key_set *set = key_slot_get(q->issuers[i].keys);
        bool good = set != NULL && jws_check(jws, set, q->arena, out, &reason);
        if (set != NULL && !good)
            keep_farthest(err, &reason);
        key_set_release(&set);
        if (good)
            return true;
    }
    if (err->code == ERROR_NONE)
        return error_set(err, ERROR_TOKEN_KEY_UNKNOWN, "no issuer has keys: their URLs did not answer");
    return false;
}

/* The first of key, algorithm and signature that refuses; those before it are good. */
static void say_refused_signature(const struct error *refusal)
{
    static const char *const checks[] = {"signing key", "algorithm", "signature"};
    int stage = stage_of(refusal->code);
    for (int i = 0; i < stage; i++)
        words_line(checks[i], i == 0 ? "found" : "good");
    words_begin(checks[stage < 0 ? 0 : stage]);
    words_end_judged(refusal);
}

static bool explain_signature(const struct inquiry *q, struct text token, struct findings *f,
                              struct text *payload)
{
    struct jws jws;
    struct jws_verified verified = {.payload = {NULL, 0}};
    struct error err;
    if (!jws_read(token, q->arena, &jws, &err)) {
        words_begin(f->is_encrypted ? "inner form" : "form");
        words_end_judged(&err);
        return false;
    }
    words_line(f->is_encrypted ? "inner form" : "form", "signed (a JWS)");
    say_named("signed by", jws.x5t, jws.kid);
    words_put(", alg ");
    words_put_text(jws.alg);
    words_end();
    if (!check_with_any(q, &jws, &verified, &err)) {
        say_refused_signature(&err);
        return false;
    }
    words_line("signing key", "found");
    words_line("algorithm", "good");
    say_whose(q, "signature", KEYS_VERIFY, &verified.key);
    f->signed_by = verified.key;
    *payload = verified.payload;
    return true;
}

void token_explain(const struct inquiry *q, const struct xbl_header *header)
{
    struct findings findings = {.is_encrypted = false};
    struct text token = header->token, payload;
    struct claims claims;
    struct error err;
    if ((jwe_is(token) && !explain_shell(q, &token, &findings)) ||
        !explain_signature(q, token, &findings, &payload)) {
        words_line("claims", "not looked at: nothing is believed of a token that nobody known has signed");
        return;
    }
    if (claims_read(payload, q->arena, &claims, &err)) {
        token_explain_claims(q, header, &findings, &claims);
        return;
    }
    words_begin("claims");
    words_end_judged(&err);
}
