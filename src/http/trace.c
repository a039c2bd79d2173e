/* SPDX-License-Identifier: Apache-2.0 */
/* The correlation vector, MS-CV: a base of 22 base64 characters (16 in version 1) and decimal elements behind
 * dots. Awkward: the caller's is echoed into a header, so only what has exactly that form is; anything else
 * starts afresh. */
#include "http/routes.h"

#include <string.h>

#define VECTOR_MAX 127 /* correlation vector specification 2.1 */
#define ID_BYTES   (size_t)16

static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static bool is_base(struct text t)
{
    if (t.size != 22 && t.size != 16)
        return false;
    for (size_t i = 0; i < t.size; i++) {
        if (!ascii_is_alnum(t.data[i]) && t.data[i] != '+' && t.data[i] != '/')
            return false;
    }
    return true;
}

/* One or more elements, each a 32-bit number. */
static bool is_elements(struct text t)
{
    struct text one, rest = t;
    uint64_t n;
    while (text_split(rest, '.', &one, &rest)) {
        if (!text_to_u64(one, &n) || n > UINT32_MAX)
            return false;
    }
    return text_to_u64(rest, &n) && n <= UINT32_MAX;
}

static bool is_vector_with_room(struct text t)
{
    struct text base, elements;
    return t.size + strlen(".0") <= VECTOR_MAX && text_split(t, '.', &base, &elements) && is_base(base) &&
           is_elements(elements);
}

static void write_hex(char *out, const unsigned char *bytes)
{
    for (size_t i = 0; i < ID_BYTES; i++) {
        out[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
        out[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
    }
    out[2 * ID_BYTES] = '\0';
}

/* 16 bytes are 22 characters: 21 of six bits and a last one of two, written in its upper bits. */
static void write_vector(char *out, const unsigned char *bytes)
{
    unsigned pending = 0, bits = 0;
    for (size_t i = 0; i < ID_BYTES; i++) {
        pending = (pending << 8 | bytes[i]) & 0xFFFF;
        for (bits += 8; bits >= 6; bits -= 6)
            *out++ = base64[pending >> (bits - 6) & 63];
    }
    *out++ = base64[pending << (6 - bits) & 63];
    memcpy(out, ".0", sizeof ".0");
}

void http_trace_start(struct http_trace *trace, struct text caller, const struct random_source *random)
{
    unsigned char bytes[ID_BYTES];
    struct error ignored;
    if (!random->fill(random->context, bytes, sizeof bytes, &ignored))
        memset(bytes, 0, sizeof bytes);
    write_hex(trace->id, bytes);
    if (!is_vector_with_room(caller)) {
        write_vector(trace->vector, bytes);
        return;
    }
    memcpy(trace->vector, caller.data, caller.size);
    memcpy(trace->vector + caller.size, ".0", sizeof ".0");
}
