/* SPDX-License-Identifier: Apache-2.0 */
/* Four characters are three bytes. Awkward: the last character of an odd group has bits that no byte takes;
 * they must be zero, or a token would have several spellings. */
#include "jose/base64url.h"

#include <stdint.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

#define NOT_IN_ALPHABET 64

static uint32_t digit_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (uint32_t)(c - 'A');
    if (c >= 'a' && c <= 'z')
        return (uint32_t)(c - 'a') + 26;
    if (ascii_is_digit(c))
        return (uint32_t)(c - '0') + 52;
    return c == '-' ? 62 : c == '_' ? 63 : NOT_IN_ALPHABET;
}

size_t base64url_decoded_size(size_t size)
{
    return size / 4 * 3 + (size % 4 > 1 ? size % 4 - 1 : 0);
}

bool base64url_decode(struct text in, void *out, size_t *size)
{
    unsigned char *to = out;
    size_t count = 0;
    uint32_t bits = 0;
    unsigned held = 0; /* how many of the low bits of `bits` wait for a byte */
    if (in.size % 4 == 1)
        return false;
    for (size_t i = 0; i < in.size; i++) {
        uint32_t digit = digit_of(in.data[i]);
        if (digit == NOT_IN_ALPHABET)
            return false;
        bits = (bits << 6 | digit) & 0xFFFF;
        held += 6;
        if (held >= 8) {
            held -= 8;
            to[count++] = (unsigned char)(bits >> held & 0xFF);
        }
    }
    if ((bits & ((1U << held) - 1)) != 0)
        return false;
    *size = count;
    return true;
}

void base64url_encode(struct text in, struct buffer *out)
{
    for (size_t i = 0; i < in.size; i += 3) {
        size_t left = in.size - i < 3 ? in.size - i : 3;
        uint32_t bits = 0;
        for (size_t k = 0; k < 3; k++)
            bits = bits << 8 | (k < left ? (unsigned char)in.data[i + k] : 0);
        for (size_t k = 0; k <= left; k++)
            buffer_put_char(out, alphabet[bits >> (18 - 6 * k) & 63]);
    }
}
