/* SPDX-License-Identifier: Apache-2.0 */
/* What OpenSSL cannot give at the start refuses the key sets, and is asked for again. */
#include "jose/vectors.h"

#include "jose/digest.h"
#include "jose/primitives.h"
#include "support/run.h"

static bool load(struct error *err)
{
    char bytes[VECTOR_MAX];
    struct key_set *set = NULL;
    bool loaded = key_set_parse(vector_read("keys.json", bytes), "here", NULL, &set, err);
    ck_assert(loaded == (set != NULL));
    key_set_release(&set);
    return loaded;
}

START_TEST(what_failed_once_does_not_stay_failed)
{
    static const unsigned char key[TOKEN_DIGEST_KEY_SIZE];
    struct token_digest digest;
    struct error err = {0};
    ck_assert_int_eq(EVP_set_default_properties(NULL, "provider=nobody"), 1);
    ck_assert(!load(&err));
    ck_assert_int_eq(err.code, ERROR_INTERNAL);
    ck_assert_ptr_nonnull(strstr(err.detail, "SHA-256"));
    ck_assert(!token_digest(key, text_of("t"), &digest, &err));
    ck_assert_int_eq(err.code, ERROR_INTERNAL);
    ck_assert_int_eq(EVP_set_default_properties(NULL, ""), 1);
    ck_assert(token_digest(key, text_of("t"), &digest, &err));
    ck_assert_msg(load(&err), "%s", err.detail);
    const struct primitives *p = primitives_get(&err);
    ck_assert(p != NULL && p == primitives_get(&err));
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("jose/primitives");
    TCase *c = tcase_create("primitives");
    tcase_add_test(c, what_failed_once_does_not_stay_failed);
    suite_add_tcase(s, c);
    return s;
}
