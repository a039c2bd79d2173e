/* SPDX-License-Identifier: Apache-2.0 */
/* A128CBC-HS256 (RFC 7518 §5.2.3), both ways. */
#ifndef USERSTATS_SRC_JOSE_CONTENT_H
#define USERSTATS_SRC_JOSE_CONTENT_H

#include "base/arena.h"
#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"

#define CEK_SIZE         32 /* bytes: the HMAC key, then the AES key */
#define CONTENT_IV_SIZE  16
#define CONTENT_TAG_SIZE 16
#define CONTENT_BLOCK    16

/* AAD is the protected header as it stands in the token. */
struct content {
    struct text aad, iv, ciphertext, tag;
};

/* Checks the tag in constant time, and only then decrypts into ARENA. CONTENT's iv and tag must have their
 * sizes, the ciphertext be a positive multiple of CONTENT_BLOCK. Fails with TOKEN_DECRYPTION (one text), or
 * NO_MEMORY or INTERNAL. Any thread. */
bool content_open(const struct content *content, const unsigned char cek[static CEK_SIZE],
                  struct arena *arena, struct text *plaintext, struct error *err) MUST_USE;

/* Encrypts PLAINTEXT under a random IV: fills all of CONTENT but its aad, which is there already. The bytes
 * live in ARENA. */
bool content_seal(struct content *content, struct text plaintext, const unsigned char cek[static CEK_SIZE],
                  struct arena *arena, struct error *err) MUST_USE;

/* The one failure of decryption, whatever its cause; empties OpenSSL's error queue. Always false. */
bool decryption_failed(struct error *err);

#endif
