/* SPDX-License-Identifier: Apache-2.0 */
/* A run of bytes that somebody else owns: not NUL-terminated, may hold any byte unless a function says
 * otherwise. */
#ifndef USERSTATS_BASE_TEXT_H
#define USERSTATS_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"

struct text {
    const char *data; /* NULL: absent; size is then 0 */
    size_t size;
};

/* For printf: printf("%.*s", TEXT_ARG(t)). */
#define TEXT_ARG(t) (int)(t).size, (t).data == NULL ? "" : (t).data

/* The bytes of the C string S without its NUL; absent for NULL. */
struct text text_of(const char *s);
struct text text_slice(const char *data, size_t size);

bool text_equals(struct text a, struct text b);
/* As text_equals, with A–Z and a–z alike (ASCII only, no locale). */
bool text_equals_ignoring_case(struct text a, struct text b);
bool text_starts_with(struct text t, struct text prefix);
/* T without leading and trailing spaces and tabs (the OWS of RFC 9110 §5.6.3). */
struct text text_trimmed(struct text t);

/* Splits T at the first SEPARATOR into what is before and after it; false, outs untouched, where it does not
 * occur. */
bool text_split(struct text t, char separator, struct text *before, struct text *after);

/* Strict decimal: digits only, no sign, no leading zero (but "0"), within the type. False otherwise; *out
 * untouched. */
MUST_USE bool text_to_u64(struct text t, uint64_t *out);
/* The same with an optional leading '-'; "-0" is refused. */
MUST_USE bool text_to_i64(struct text t, int64_t *out);
/* The JSON number grammar (RFC 8259 §6), at most TEXT_NUMBER_MAX bytes of it, read to the nearest double;
 * false for anything else and for what is too large to be finite. */
#define TEXT_NUMBER_MAX 511
MUST_USE bool text_to_double(struct text t, double *out);

/* Whether T is well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms). The empty text is. */
bool text_is_utf8(struct text t);
/* The bytes, 1–4, of the well-formed UTF-8 sequence (RFC 3629 §4) that T begins with; 0 where it begins with
 * none. */
size_t text_utf8_sequence(struct text t);

/* ASCII classes, no locale. */
bool ascii_is_digit(char c);
bool ascii_is_alnum(char c);
char ascii_lower(char c);

#endif
