/* SPDX-License-Identifier: Apache-2.0 */
/* The protected header of a compact token, signed or encrypted, and its other parts. */
#ifndef USERSTATS_SRC_JOSE_HEADER_H
#define USERSTATS_SRC_JOSE_HEADER_H

#include "base/arena.h"
#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"
#include "json/reader.h"

/* How many parts TOKEN has: one more than dots. */
size_t part_count(struct text token);

/* Decodes one base64url PART of a token, which WHAT names in errors, into ARENA. TOKEN_MALFORMED. */
bool part_decode(struct text part, const char *what, struct arena *arena, struct text *out,
                 struct error *err) MUST_USE;

/* Decodes and reads a header strictly: at most JWS_HEADER_MAX bytes of JSON, an object, with none of the
 * members REFUSED (NULL-terminated). TOKEN_MALFORMED. */
bool header_read(struct text encoded, const char *const *refused, struct arena *arena,
                 const struct json_value **out, struct error *err) MUST_USE;

/* The string NAME; absent where the header has no such member. TOKEN_MALFORMED where it is no string. */
bool header_text(const struct json_value *header, const char *name, struct text *out,
                 struct error *err) MUST_USE;

#endif
