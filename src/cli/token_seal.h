/* SPDX-License-Identifier: Apache-2.0 */
/* Claims into a token: signed, encrypted where that is wanted, and broken where that is. Private to cli. */
#ifndef USERSTATS_SRC_CLI_TOKEN_SEAL_H
#define USERSTATS_SRC_CLI_TOKEN_SEAL_H

#include "base/arena.h"
#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"
#include "jose/key_set.h"

/* What shall be wrong with a token. */
enum token_fault {
    FAULT_NONE,
    FAULT_EXPIRED, /* down to here the claims are; token_seal has no part in those */
    FAULT_NOT_YET,
    FAULT_ISSUER,
    FAULT_AUDIENCE,
    FAULT_SANDBOX,
    FAULT_FOREIGN_KEY,       /* signed by a key made on the spot, under the kid of the real one */
    FAULT_SIGNATURE,         /* one bit of it flipped */
    FAULT_TAG,               /* one bit of it flipped; of encrypted tokens, as is the next */
    FAULT_FOREIGN_RECIPIENT, /* encrypted to a key made on the spot, under the names of the real one */
    FAULT_COUNT
};

#define TOKEN_FAULTS                                                                                         \
    "expired, not-yet, issuer, audience, sandbox, foreign-key, signature, or, with --encrypt-to, tag or "    \
    "foreign-recipient"

/* By its name in TOKEN_FAULTS; FAULT_NONE for anything else. */
enum token_fault token_fault_parse(struct text t);
const char *token_fault_name(enum token_fault fault);
bool token_fault_is_of_encryption(enum token_fault fault);

struct seal {
    const char *key;               /* file of the private key that signs */
    enum jose_algorithm algorithm; /* NONE: the key's own */
    const char *encrypt_to;        /* file of the certificate; NULL: not encrypted */
    bool deflated;                 /* before it is encrypted */
    enum token_fault fault;
};

/* The token that carries PAYLOAD, in ARENA. Fails with FILE, KEY or NO_MEMORY. */
bool token_seal(const struct seal *seal, struct text payload, struct arena *arena, struct text *token,
                struct error *err) MUST_USE;

#endif
