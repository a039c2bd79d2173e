/* SPDX-License-Identifier: Apache-2.0 */
/* RSA-OAEP (RFC 7518 §4.3: SHA-1, MGF1 with SHA-1) around a content encryption key, both ways. */
#ifndef USERSTATS_SRC_JOSE_KEY_WRAP_H
#define USERSTATS_SRC_JOSE_KEY_WRAP_H

#include <openssl/evp.h>

#include "base/arena.h"
#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"
#include "jose/content.h"

/* The key in WRAPPED, or, where PAIR does not unwrap it to CEK_SIZE bytes, a random one that will fail at the
 * tag: which of the two, nobody learns here. The caller cleanses CEK. Fails with NO_MEMORY or INTERNAL, never
 * for what WRAPPED is. Leaves OpenSSL's error queue empty. Any thread. */
bool cek_unwrap(EVP_PKEY *pair, struct text wrapped, unsigned char cek[static CEK_SIZE],
                struct error *err) MUST_USE;

/* Wraps the SIZE bytes at CEK to KEY into ARENA. Fails with ERROR_KEY. */
bool cek_wrap(EVP_PKEY *key, struct text cek, struct arena *arena, struct text *wrapped,
              struct error *err) MUST_USE;

#endif
