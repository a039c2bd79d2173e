/* SPDX-License-Identifier: Apache-2.0 */
/* Whose tokens are taken, and on what terms. */
#ifndef USERSTATS_AUTH_ISSUER_H
#define USERSTATS_AUTH_ISSUER_H

#include <stdint.h>

#include "base/text.h"

struct key_slot;

#define ISSUERS_MAX 16

/* In which form an issuer's tokens come; bits. */
enum token_form { TOKENS_SIGNED = 1, TOKENS_ENCRYPTED = 2, TOKENS_BOTH = 3 };

/* A key of one issuer never speaks for another: a token counts only where its iss, the key that signed it and
 * the key that opened it are one issuer's. The texts and the slots belong to the caller. */
struct issuer {
    const char *label;                /* what its settings are called, "auth" or "auth.studio": for people */
    struct text name;                 /* `iss` must equal it */
    struct text audience;             /* `aud` must equal it, or be an array that holds it */
    enum token_form tokens;           /* 0: none are taken */
    int64_t clock_skew_s;             /* how far exp and nbf may be off, >= 0 */
    struct key_slot *keys;            /* that its signatures are verified with */
    struct key_slot *decryption_keys; /* ours, that it encrypts to; may be another issuer's too; NULL: none */
};

#endif
