/* SPDX-License-Identifier: Apache-2.0 */
/* Which shell each signed token was last seen in. Whoever has a good token and the public key can put it into
 * new shells without end, and each would be a new token to open and to remember. */
#ifndef USERSTATS_SRC_AUTH_REWRAPPED_H
#define USERSTATS_SRC_AUTH_REWRAPPED_H

#include <stddef.h>

#include "base/attributes.h"
#include "base/error.h"
#include "jose/digest.h"

struct rewrapped;

/* A signed token and the encrypted one that it came in. */
struct shell {
    struct token_digest inner, outer;
};

/* Room for about ENTRIES (> 0) signed tokens, at most REWRAPPED_MAX of them, 64 bytes each. The caller owns
 * *out. */
#define REWRAPPED_MAX 65536
bool rewrapped_open(size_t entries, struct rewrapped **out, struct error *err) MUST_USE;
void rewrapped_close(struct rewrapped **r);

/* Notes SHELL. True: its inner token was last seen in another shell, whose digest is in *OLD. Any thread. */
bool rewrapped_note(struct rewrapped *r, const struct shell *shell, struct token_digest *old);

#endif
