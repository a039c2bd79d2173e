/* SPDX-License-Identifier: Apache-2.0 */
/* An issuer's keys in a directory of their own, and short ways to run `userstats token` on them. */
#ifndef USERSTATS_TESTS_SUPPORT_TOKEN_WORLD_H
#define USERSTATS_TESTS_SUPPORT_TOKEN_WORLD_H

#include "support/command_run.h"

#define TOKEN_WORLD_XUID "1234567890123460"

/* What keygen made; ENTRY is the command line's. */
struct token_world {
    command_entry *entry;
    const char *directory; /* the world's own; the keys are in keys/ */
    const char *keys, *signing_key, *jwks, *decryption_key, *certificate;
};

void token_world_open(struct token_world *w, command_entry *entry, const char *algorithm);
void token_world_close(struct token_world *w);

/* Runs `userstats token WORDS…` (at most 24, NULL-terminated) with INPUT on standard input. */
struct command_run token_world_feed(const struct token_world *w, const char *input, const char *const *words);
struct command_run token_world_run(const struct token_world *w, const char *const *words);
/* A minted header value without its line end, for TOKEN_WORLD_XUID; the command must succeed and print one
 * line. MORE: further options, NULL-terminated. */
char *token_world_mint(const struct token_world *w, const char *const *more);

#endif
