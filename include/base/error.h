/* SPDX-License-Identifier: Apache-2.0 */
/* One failure on its way to whoever answers for it.
 *
 * Every function that can fail is `bool f(…, struct error *err)`, must-use; on failure it returns false, has
 * filled *err and left its other outs untouched. (A function that only allocates returns NULL instead of
 * false.) The error holds two texts, because two people read it: `message` goes to whoever sent the input,
 * `detail` only to the operator's log. Neither may ever hold bytes of a token, a key or a body's values
 * beyond the offending name. */
#ifndef USERSTATS_BASE_ERROR_H
#define USERSTATS_BASE_ERROR_H

#include <stdbool.h>

#include "base/attributes.h"

enum error_code {
    ERROR_NONE = 0,
#define ERROR(name, http_status, wire_code, retryable, public_text) ERROR_##name,
#include "base/error_codes.def"
#undef ERROR
    ERROR_CODE_COUNT
};

#define ERROR_MESSAGE_MAX 320
#define ERROR_DETAIL_MAX  320

struct error {
    enum error_code code;
    /* For the sender: where (member path, line), what, the limit, the next step; "": the registry's text. */
    char message[ERROR_MESSAGE_MAX];
    /* For the operator's log; "": nothing to add. */
    char detail[ERROR_DETAIL_MAX];
};

/* What the registry says of a code. */
struct error_class {
    const char *name; /* "TOKEN_EXPIRED" */
    int http_status;  /* 0: command line only */
    int wire_code;
    bool retryable;
    const char *public_text;
};

/* The registry's row for CODE; for a number that is no code, INTERNAL's. Any thread. */
const struct error_class *error_class_of(enum error_code code);

/* Fills *err with CODE and an operator's detail; the sender will read the registry's text. Always returns
 * false, so that failing is one statement. Texts longer than the fields are cut. Non-printable bytes become
 * '?'. */
bool error_set(struct error *err, enum error_code code, const char *detail, ...) PRINTF_LIKE(3, 4);

/* Fills *err with CODE and a message for the sender (and no detail). Always returns false. */
bool error_refuse(struct error *err, enum error_code code, const char *message, ...) PRINTF_LIKE(3, 4);

/* The text for the sender: err->message, or the registry's where that is empty. */
const char *error_public_text(const struct error *err);

/* The text for the operator (a log line, stderr): err->detail, else err->message, else the registry's. */
const char *error_operator_text(const struct error *err);

#endif
