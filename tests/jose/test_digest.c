/* SPDX-License-Identifier: Apache-2.0 */
/* The digest of a token: SHA-256 of key and token, from every thread. */
#include "jose/digest.h"

#include <pthread.h>
#include <string.h>

#include "support/run.h"

/* The second example of FIPS 180-2. Its first 32 bytes are the key here, the rest is the token. */
static const char message[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";

static const unsigned char of_all[TOKEN_DIGEST_SIZE] = {
    0x24, 0x8d, 0x6a, 0x61, 0xd2, 0x06, 0x38, 0xb8, 0xe5, 0xc0, 0x26, 0x93, 0x0c, 0x3e, 0x60, 0x39,
    0xa3, 0x3c, 0xe4, 0x59, 0x64, 0xff, 0x21, 0x67, 0xf6, 0xec, 0xed, 0xd4, 0x19, 0xdb, 0x06, 0xc1};

static const unsigned char *const key = (const unsigned char *)message;

static struct token_digest digest_of(const unsigned char *with, const char *token)
{
    struct token_digest d;
    struct error err = {0};
    ck_assert_msg(token_digest(with, text_of(token), &d, &err), "%s", err.detail);
    return d;
}

static bool is_equal(struct token_digest a, struct token_digest b)
{
    return memcmp(a.bytes, b.bytes, sizeof a.bytes) == 0;
}

START_TEST(it_is_sha_256_of_key_and_token)
{
    struct token_digest d = digest_of(key, message + TOKEN_DIGEST_KEY_SIZE);
    ck_assert_mem_eq(d.bytes, of_all, sizeof of_all);
}
END_TEST

START_TEST(another_token_or_another_key_is_another_digest)
{
    static const unsigned char zeros[TOKEN_DIGEST_KEY_SIZE];
    struct token_digest d = digest_of(key, "a.b.c");
    ck_assert(is_equal(d, digest_of(key, "a.b.c")));
    ck_assert(!is_equal(d, digest_of(key, "a.b.d")));
    ck_assert(!is_equal(d, digest_of(key, "a.b.c.")));
    ck_assert(!is_equal(d, digest_of(key, "")));
    ck_assert(!is_equal(d, digest_of(zeros, "a.b.c")));
}
END_TEST

static void *digest_often(void *context)
{
    for (size_t i = 0; i < 1000; i++) {
        struct token_digest d = digest_of(key, message + TOKEN_DIGEST_KEY_SIZE);
        *(bool *)context &= memcmp(d.bytes, of_all, sizeof of_all) == 0;
    }
    return NULL;
}

START_TEST(threads_do_not_mix_theirs)
{
    bool good[4] = {true, true, true, true};
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, digest_often, &good[i]), 0);
    for (size_t i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    ck_assert(good[0] && good[1] && good[2] && good[3]);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("jose/digest");
    TCase *c = tcase_create("digest");
    tcase_add_test(c, it_is_sha_256_of_key_and_token);
    tcase_add_test(c, another_token_or_another_key_is_another_digest);
    tcase_add_test(c, threads_do_not_mix_theirs);
    suite_add_tcase(s, c);
    return s;
}
