/* SPDX-License-Identifier: Apache-2.0 */
/* base64url without padding (RFC 4648 §5, RFC 7515 §2), strictly: one spelling for each run of bytes. */
#ifndef USERSTATS_SRC_JOSE_BASE64URL_H
#define USERSTATS_SRC_JOSE_BASE64URL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/text.h"

/* The most bytes that SIZE characters decode to. */
size_t base64url_decoded_size(size_t size);

/* Decodes IN into OUT, which has room for base64url_decoded_size(in.size) bytes, and sets *size. False for
 * padding, white space, another alphabet, an impossible length, or stray bits after the last byte; OUT may
 * then hold anything. */
MUST_USE bool base64url_decode(struct text in, void *out, size_t *size);

void base64url_encode(struct text in, struct buffer *out);

#endif
