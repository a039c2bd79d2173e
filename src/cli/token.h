/* SPDX-License-Identifier: Apache-2.0 */
/* What the actions of `userstats token` share. Private to cli. */
#ifndef USERSTATS_SRC_CLI_TOKEN_H
#define USERSTATS_SRC_CLI_TOKEN_H

#include "auth/xbl_header.h"
#include "base/arena.h"
#include "base/attributes.h"
#include "base/error.h"
#include "cli/command.h"

extern const struct command token_mint, token_verify, token_inspect;

/* Bytes of an arena that reads or makes one token: an encrypted one may inflate to 256 KiB. */
#define TOKEN_MEMORY_MAX ((size_t)4 * 1024 * 1024)

/* Reads OPERAND ("-": standard input), a bare token or a whole header value, into *out (texts in ARENA or
 * OPERAND). A bare token gets the caller XBL_CALLER_ANY. *value is the header value, made up for a bare
 * token. Fails with FILE or AUTH_HEADER. */
bool token_read_operand(const char *operand, struct arena *arena, struct text *value, struct xbl_header *out,
                        struct error *err) MUST_USE;

/* The one token that LINE has as its operand. False: return LINE's status. */
bool token_require_operand(struct command_line *line) MUST_USE;

/* As command_failed, after saying by which check of the server's the token was refused. */
int token_refused(const struct error *why);

#endif
