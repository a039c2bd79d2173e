/* SPDX-License-Identifier: Apache-2.0 */
/* Sign, then encrypt; the faults that are not in the claims are put in on the way. Awkward: a flipped bit
 * must reach the check that it is for, so it is never one of those that base64url leaves unused at the end,
 * which would already refuse the token as malformed. */
#include "cli/token_seal.h"

#include <string.h>

#include "jose/encryption.h"
#include "jose/signing.h"

static const char *const names[FAULT_COUNT] = {
    [FAULT_EXPIRED] = "expired",
    [FAULT_NOT_YET] = "not-yet",
    [FAULT_ISSUER] = "issuer",
    [FAULT_AUDIENCE] = "audience",
    [FAULT_SANDBOX] = "sandbox",
    [FAULT_FOREIGN_KEY] = "foreign-key",
    [FAULT_SIGNATURE] = "signature",
    [FAULT_TAG] = "tag",
    [FAULT_FOREIGN_RECIPIENT] = "foreign-recipient",
};

enum token_fault token_fault_parse(struct text t)
{
    for (int i = FAULT_NONE + 1; i < FAULT_COUNT; i++) {
        if (text_equals(t, text_of(names[i])))
            return (enum token_fault)i;
    }
    return FAULT_NONE;
}

const char *token_fault_name(enum token_fault fault)
{
    return fault == FAULT_NONE ? "none" : names[fault];
}

bool token_fault_is_of_encryption(enum token_fault fault)
{
    return fault == FAULT_TAG || fault == FAULT_FOREIGN_RECIPIENT;
}

/* TOKEN with the lowest of the six bits flipped that the first character of its last part stands for. */
static bool flip_last_part(struct text token, struct arena *arena, struct text *out, struct error *err)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    char *bytes = arena_alloc(arena, token.size + 1, err);
    if (bytes == NULL)
        return false;
    memcpy(bytes, token.data, token.size);
    char *first = strrchr(bytes, '.') + 1;
    *first = alphabet[(strchr(alphabet, *first) - alphabet) ^ 1];
    *out = text_slice(bytes, token.size);
    return true;
}

static bool sign(const struct seal *seal, struct text payload, struct arena *arena, struct text *jws,
                 struct error *err)
{
    struct signing_key *key, *forged = NULL;
    if (!signing_key_load(seal->key, seal->algorithm, &key, err))
        return false;
    bool done = seal->fault != FAULT_FOREIGN_KEY || signing_key_forge(key, &forged, err);
    done = done && jws_sign(forged != NULL ? forged : key, payload, arena, jws, err);
    signing_key_close(&forged);
    signing_key_close(&key);
    return done && (seal->fault != FAULT_SIGNATURE || flip_last_part(*jws, arena, jws, err));
}

static bool encrypt(const struct seal *seal, struct text jws, struct arena *arena, struct text *token,
                    struct error *err)
{
    struct encryption_key *key, *forged = NULL;
    if (!encryption_key_load(seal->encrypt_to, &key, err))
        return false;
    bool done = seal->fault != FAULT_FOREIGN_RECIPIENT || encryption_key_forge(key, &forged, err);
    const struct jwe_draft draft = {forged != NULL ? forged : key, jws, seal->deflated};
    done = done && jwe_encrypt(&draft, arena, token, err);
    encryption_key_close(&forged);
    encryption_key_close(&key);
    return done && (seal->fault != FAULT_TAG || flip_last_part(*token, arena, token, err));
}

bool token_seal(const struct seal *seal, struct text payload, struct arena *arena, struct text *token,
                struct error *err)
{
    struct text jws;
    if (!sign(seal, payload, arena, &jws, err))
        return false;
    if (seal->encrypt_to != NULL)
        return encrypt(seal, jws, arena, token, err);
    *token = jws;
    return true;
}
