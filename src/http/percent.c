/* SPDX-License-Identifier: Apache-2.0 */
/* Decoding is strict: what is no escape is refused, not passed through. */
#include "http/percent.h"

#include <string.h>

/* The value of the hex digit C, or -1. */
static int hex_value(char c)
{
    char lower = ascii_lower(c);
    if (ascii_is_digit(c))
        return c - '0';
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool percent_decode(struct text in, char *out, size_t *size)
{
    size_t n = 0;
    for (size_t i = 0; i < in.size; i++) {
        if (in.data[i] != '%') {
            out[n++] = in.data[i];
            continue;
        }
        int high = i + 2 < in.size ? hex_value(in.data[i + 1]) : -1;
        int low = i + 2 < in.size ? hex_value(in.data[i + 2]) : -1;
        if (high < 0 || low < 0 || high + low == 0)
            return false;
        out[n++] = (char)(high * 16 + low);
        i += 2;
    }
    *size = n;
    return true;
}

bool percent_decode_text(struct text in, const struct percent_place *place, struct arena *arena,
                         struct text *out, struct error *err)
{
    if (in.size == 0 || memchr(in.data, '%', in.size) == NULL) {
        *out = in;
        return true;
    }
    char *decoded = arena_alloc(arena, in.size, err);
    size_t size;
    if (decoded == NULL)
        return false;
    if (!percent_decode(in, decoded, &size))
        return error_refuse(err, place->code,
                            "%s \"%s\" holds a malformed escape; '%%' must be followed by two "
                            "hexadecimal digits other than 00.",
                            place->what, place->name);
    *out = text_slice(decoded, size);
    return true;
}
