/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of `token inspect` on stdout: what was looked at, and what of it was good. Private to cli. */
#ifndef USERSTATS_SRC_CLI_TOKEN_WORDS_H
#define USERSTATS_SRC_CLI_TOKEN_WORDS_H

#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"

/* Begins a line about WHAT; words_end ends it. */
void words_begin(const char *what);
void words_put(const char *format, ...) PRINTF_LIKE(1, 2);
/* T in quotes, or "absent". Whoever made the token chose it, so that it is shown as text that can play no
 * trick on a terminal, and cut where it is long. */
void words_put_text(struct text t);
/* AT_S as a date, and how far it is from NOW_S. */
void words_put_time(int64_t at_s, int64_t now_s);
void words_end(void);

/* The end of a line: "good", or "refused: " and why (NULL: it was good). */
void words_end_judged(const struct error *refusal);

/* A whole line. */
void words_line(const char *what, const char *format, ...) PRINTF_LIKE(2, 3);
void words_text(const char *what, struct text t);

#endif
