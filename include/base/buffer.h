/* SPDX-License-Identifier: Apache-2.0 */
/* A growing run of bytes that states its maximum at birth.
 *
 * Failure is sticky: after the first append that did not fit, all others do nothing, and buffer_finish says
 * why. So a writer appends without a check after each piece, and checks once where an answer can still be
 * changed. */
#ifndef USERSTATS_BASE_BUFFER_H
#define USERSTATS_BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"

enum buffer_state { BUFFER_GOOD, BUFFER_FULL, BUFFER_NO_MEMORY };

struct buffer {
    char *data;
    size_t size;
    size_t capacity;
    size_t limit;        /* the most bytes it may hold */
    struct arena *arena; /* where the bytes live */
    enum buffer_state state;
};

/* An empty buffer of at most LIMIT bytes whose bytes live in ARENA. As it grows by doubling, and an arena
 * frees nothing by itself, N bytes in it may take up to 4 × N of the arena. */
void buffer_init(struct buffer *b, struct arena *arena, size_t limit);
void buffer_append(struct buffer *b, struct text t);
/* Appends the C string S. */
void buffer_put(struct buffer *b, const char *s);
void buffer_put_char(struct buffer *b, char c);
void buffer_put_u64(struct buffer *b, uint64_t n);
void buffer_put_i64(struct buffer *b, int64_t n);
/* The fewest digits that read back to exactly D, laid out as ECMAScript prints numbers: "5", "0.1", "1e+21";
 * negative zero is "-0". D must be finite. */
void buffer_put_double(struct buffer *b, double d);
void buffer_format(struct buffer *b, const char *format, ...) PRINTF_LIKE(2, 3);
/* The bytes, followed by a NUL that is not counted, valid as long as the arena. Fails with FULL when the
 * limit was reached (the caller's choice of code, as limits differ in meaning) or with ERROR_NO_MEMORY. */
bool buffer_finish(struct buffer *b, enum error_code full, struct text *out, struct error *err) MUST_USE;

#endif
