/* SPDX-License-Identifier: Apache-2.0 */
/* Opening encrypted tokens in tests: what is demanded of one that opens and of one that does not. */
#ifndef USERSTATS_TESTS_JOSE_ENCRYPTED_H
#define USERSTATS_TESTS_JOSE_ENCRYPTED_H

#include <openssl/err.h>

#include "jose/vectors.h"

#include "jose/jwe.h"

static inline bool open_token(struct text token, const struct key_set *set, struct arena *a,
                              struct jwe_opened *out, struct error *err)
{
    struct jwe jwe;
    return jwe_read(token, a, &jwe, err) && jwe_open(&jwe, set, a, out, err);
}

static inline void expect_plaintext(const char *name, struct text token, const struct key_set *set,
                                    struct text expected)
{
    struct jwe_opened opened;
    struct error err = {0};
    struct arena local;
    arena_init(&local, 1 << 20);
    ck_assert_msg(jwe_is(token), "%s", name);
    ck_assert_msg(open_token(token, set, &local, &opened, &err), "%s: %s: %s", name,
                  error_class_of(err.code)->name, err.detail);
    ck_assert_msg(text_equals(opened.plaintext, expected), "%s: another plaintext", name);
    ck_assert_msg(key_set_has(set, &opened.key), "%s: another key", name);
    ck_assert_msg(ERR_peek_error() == 0, "%s: an error is left for the next call to report", name);
    arena_reset(&local);
}

/* Refused with CODE, nothing given, and the sender learns nothing of why. */
static inline void expect_closed(const char *name, struct text token, const struct key_set *set,
                                 enum error_code code)
{
    struct jwe_opened opened = {.plaintext = text_of("untouched")};
    struct error err = {0};
    struct arena local;
    arena_init(&local, 1 << 20);
    ck_assert_msg(!open_token(token, set, &local, &opened, &err), "%s was taken", name);
    ck_assert_msg(err.code == code, "%s: %s: %s", name, error_class_of(err.code)->name, err.detail);
    ck_assert_str_eq(opened.plaintext.data, "untouched");
    ck_assert_msg(err.message[0] == '\0' && err.detail[0] != '\0', "%s", name);
    ck_assert_int_eq(error_class_of(err.code)->http_status, 401);
    ck_assert_str_eq(error_public_text(&err), error_class_of(ERROR_TOKEN_SIGNATURE)->public_text);
    ck_assert_msg(ERR_peek_error() == 0, "%s: an error is left for the next call to report", name);
    if (code == ERROR_TOKEN_DECRYPTION)
        ck_assert_str_eq(err.detail, "the token does not decrypt with the key that its header means: it was "
                                     "made for another key, or bent on its way");
    arena_reset(&local);
}

/* The encrypted token NAME of the vectors in OUT. */
static inline struct text vector_token(const char *name, char out[static VECTOR_MAX])
{
    char path[128];
    snprintf(path, sizeof path, "jwe/tokens/%s.txt", name);
    return vector_read(path, out);
}

#endif
