/* SPDX-License-Identifier: Apache-2.0 */
/* Whose tokens `token inspect` judges by: the issuers of the settings with their keys, and the server's own
 * judge for them. Private to cli. */
#ifndef USERSTATS_SRC_CLI_TOKEN_TRUST_H
#define USERSTATS_SRC_CLI_TOKEN_TRUST_H

#include "app/config.h"
#include "auth/authenticator.h"
#include "auth/issuer.h"
#include "base/attributes.h"
#include "base/error.h"

struct token_trust {
    struct issuer issuers[ISSUERS_MAX];
    size_t count;
    struct authenticator *authenticator; /* remembers nothing */
};

/* Loads the keys of every issuer of CONFIG, which must outlive *out. The caller owns what *out holds
 * (token_trust_close). Fails with SETTING, KEY or FILE, naming the setting. */
bool token_trust_open(const struct config *config, struct token_trust *out, struct error *err) MUST_USE;
void token_trust_close(struct token_trust *trust);

#endif
