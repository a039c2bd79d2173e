/* SPDX-License-Identifier: Apache-2.0 */
/* The correlation vector, MS-CV: a base of 22 base64 characters (16 in version 1) and decimal elements behind
 * dots; and traceparent, https://www.w3.org/TR/trace-context/. Awkward: the caller's is echoed into a header
 * and the log, so only what has exactly that form is; anything else starts afresh. */
#include "http/routes.h"

#include <string.h>

#define VECTOR_MAX  127 /* correlation vector specification 2.1 */
#define ID_BYTES    (size_t)16
#define PARENT_SIZE strlen("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")

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

/* SIZE digits of lower-case hex at T, not all of them zero. */
static bool is_hex_id(const char *t, size_t size)
{
    bool all_zero = true;
    for (size_t i = 0; i < size; i++) {
        if (!ascii_is_digit(t[i]) && (t[i] < 'a' || t[i] > 'f'))
            return false;
        all_zero = all_zero && t[i] == '0';
    }
    return !all_zero;
}

static bool is_hex_byte(const char *t)
{
    return (t[0] == '0' && t[1] == '0') || is_hex_id(t, 2);
}

/* version "-" trace-id "-" parent-id "-" flags (§3.2.2): nothing follows in version 00, a further '-' may in
 * later ones, and ff is no version. */
static bool is_parent(struct text t)
{
    const char *p = t.data;
    if (t.size < PARENT_SIZE || !is_hex_byte(p) || memcmp(p, "ff", 2) == 0)
        return false;
    if (t.size > PARENT_SIZE && (memcmp(p, "00", 2) == 0 || p[PARENT_SIZE] != '-'))
        return false;
    return p[2] == '-' && is_hex_id(p + 3, 32) && p[35] == '-' && is_hex_id(p + 36, 16) && p[52] == '-' &&
           is_hex_byte(p + 53);
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

void http_trace_start(struct http_trace *trace, const struct http_trace_caller *caller,
                      const struct random_source *random)
{
    unsigned char bytes[ID_BYTES];
    struct error ignored;
    if (!random->fill(random->context, bytes, sizeof bytes, &ignored))
        memset(bytes, 0, sizeof bytes);
    write_hex(trace->id, bytes);
    if (is_parent(caller->parent))
        memcpy(trace->id, caller->parent.data + 3, 2 * ID_BYTES);
    if (!is_vector_with_room(caller->vector)) {
        write_vector(trace->vector, bytes);
        return;
    }
    memcpy(trace->vector, caller->vector.data, caller->vector.size);
    memcpy(trace->vector + caller->vector.size, ".0", sizeof ".0");
}
