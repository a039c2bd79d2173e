/* SPDX-License-Identifier: Apache-2.0 */
/* One value of one statistic for one user. */
#ifndef USERSTATS_MODEL_VALUE_H
#define USERSTATS_MODEL_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"
#include "model/statistic.h"

#define VALUE_TEXT_MAX     1024 /* bytes of a String */
#define VALUE_DATETIME_MAX 64   /* bytes of a DateTime: RFC 3339 itself limits no fraction */
#define VALUE_METADATA_MAX 4096 /* bytes of value metadata: a JSON document, kept as written */
#define GAMERTAG_MAX       64   /* bytes of UTF-8 */

struct value {
    enum statistic_type type; /* STATISTIC_TYPE_NONE: there is no value */
    union {
        int64_t integer;
        double real;
        struct text text; /* String, DateTime; owned by the arena of whoever read it */
    };
    struct text metadata; /* a JSON document; absent: none */
};

/* A value on its way into or out of a store. */
struct value_row {
    uint64_t xuid;
    uint32_t statistic_id;
    struct value value;
    struct text metadata; /* absent: none */
};

/* Reads T as a value of TYPE: Integer as plain decimal over all of int64, Double as a JSON number that is
 * finite, DateTime as RFC 3339 (a day that its month has; second 60 only in the last minute of a UTC day),
 * String as UTF-8 without NUL of at most VALUE_TEXT_MAX bytes. The text points into T. Refuses with ERROR_ROW
 * and a message that says what the type takes; never echoes more than 40 bytes of T. */
MUST_USE bool value_parse(enum statistic_type type, struct text t, struct value *out, struct error *err);

/* Appends the value's plain text, which value_parse reads back to an equal value: all 64 bits of an Integer,
 * every bit of a Double. Unescaped: for CSV and JSON the caller quotes. Nothing for STATISTIC_TYPE_NONE. */
void value_write(const struct value *v, struct buffer *out);

bool value_equals(const struct value *a, const struct value *b); /* doubles by their bits */

/* 1–64 bytes of UTF-8 without control characters. */
bool gamertag_is_valid(struct text t);

#endif
