/* SPDX-License-Identifier: Apache-2.0 */
/* The files of tests/jose/vectors: keys and tokens made once with python3-jwcrypto and python3-cryptography
 * (their private keys were thrown away), and the examples of RFC 7515 A.2 and A.3. A file named good-… is to
 * be taken, one named bad-… is not.
 *
 * jwe/ holds encrypted tokens and decryption keys, made in the same way: those that only a bent sender makes
 * with python3-cryptography alone. Its private keys are for these tests and protect nothing. */
#ifndef USERSTATS_TESTS_JOSE_VECTORS_H
#define USERSTATS_TESTS_JOSE_VECTORS_H

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "jose/jws.h"

#define VECTOR(name) SOURCE_DIR "/tests/jose/vectors/" name
#define VECTOR_MAX   16384

/* The bytes of the vector NAME ("tokens/good-rs256.txt") in OUT. */
static inline struct text vector_read(const char *name, char out[static VECTOR_MAX])
{
    char path[512];
    snprintf(path, sizeof path, "%s%s", VECTOR(""), name);
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "%s cannot be read", path);
    size_t size = fread(out, 1, VECTOR_MAX, file);
    fclose(file);
    ck_assert_uint_lt(size, VECTOR_MAX);
    return text_slice(out, size);
}

static inline void expect_payload(const char *name, struct text token, const struct key_set *set,
                                  struct text expected)
{
    struct text payload;
    struct error err = {0};
    struct arena local;
    arena_init(&local, 1 << 20);
    ck_assert_msg(jws_verify(token, set, &local, &payload, &err), "%s: %s: %s", name,
                  error_class_of(err.code)->name, err.detail);
    ck_assert_msg(text_equals(payload, expected), "%s: another payload", name);
    arena_reset(&local);
}

/* Refused with CODE, nothing given, and the sender learns nothing of why. */
static inline void expect_refusal(const char *name, struct text token, const struct key_set *set,
                                  enum error_code code)
{
    struct text payload = text_of("untouched");
    struct error err = {0};
    struct arena local;
    arena_init(&local, 1 << 20);
    ck_assert_msg(!jws_verify(token, set, &local, &payload, &err), "%s was taken", name);
    ck_assert_msg(err.code == code, "%s: %s: %s", name, error_class_of(err.code)->name, err.detail);
    ck_assert_str_eq(payload.data, "untouched");
    ck_assert_msg(err.message[0] == '\0' && err.detail[0] != '\0', "%s", name);
    ck_assert_int_eq(error_class_of(err.code)->http_status, 401);
    ck_assert_str_eq(error_public_text(&err), error_class_of(ERROR_TOKEN_SIGNATURE)->public_text);
    arena_reset(&local);
}

#endif
