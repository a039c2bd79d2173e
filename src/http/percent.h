/* SPDX-License-Identifier: Apache-2.0 */
/* The escapes of a URI. */
#ifndef USERSTATS_HTTP_PERCENT_H
#define USERSTATS_HTTP_PERCENT_H

#include "base/arena.h"
#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"

/* Undoes %XX (RFC 3986 §2.1) from IN into OUT, which has room for IN.size bytes; false for a malformed escape
 * or an escaped NUL. '+' is itself: that it means a space is a habit of HTML forms. */
bool percent_decode(struct text in, char *out, size_t *size) MUST_USE;

/* Where a text stands, for the message of its refusal. */
struct percent_place {
    enum error_code code;
    const char *what, *name; /* "Query parameter", "verbose" */
};
/* The same into ARENA, or IN itself where it has no escape. Fails with the code of PLACE and a message that
 * names it. */
bool percent_decode_text(struct text in, const struct percent_place *place, struct arena *arena,
                         struct text *out, struct error *err) MUST_USE;

#endif
