/* SPDX-License-Identifier: Apache-2.0 */
/* Encrypted tokens that another implementation made: those it made rightly open, those it bent do not. */
#include "jose/encrypted.h"

#include "jose/content.h"
#include "support/run.h"
#include "support/torture.h"

static const struct key_rules decryption = {KEYS_DECRYPT, 0, false};

static struct arena arena;
static struct key_set *bare;  /* key.pem */
static struct key_set *named; /* key.pem with its certificate */
static char plain_bytes[VECTOR_MAX];
static struct text plain;

static void setup(void)
{
    struct error err;
    arena_init(&arena, 64 << 20);
    plain = vector_read("jwe/plaintext.txt", plain_bytes);
    ck_assert_msg(key_set_load(VECTOR("jwe/key.pem"), &decryption, &bare, &err), "%s", err.detail);
    ck_assert_msg(key_set_load(VECTOR("jwe/keys/good-key-and-cert.pem"), &decryption, &named, &err), "%s",
                  err.detail);
}

static void teardown(void)
{
    key_set_release(&bare);
    key_set_release(&named);
    arena_reset(&arena);
}

static const char *const good_vectors[] = {
    "good-xsts",        "good-kid",        "good-kid-zip",      "good-nameless",
    "good-zip-flushed", "good-zip-stored", "good-leading-zero",
};

START_TEST(tokens_of_others_open)
{
    char bytes[VECTOR_MAX];
    struct text token = vector_token(good_vectors[_i], bytes);
    expect_plaintext(good_vectors[_i], token, named, plain);
    expect_plaintext(good_vectors[_i], token, bare, plain);
}
END_TEST

static const struct {
    const char *token;
    enum error_code code;
} bad_vectors[] = {
    {"bad-rsa1_5", ERROR_TOKEN_ALGORITHM},
    {"bad-rsa-oaep-256", ERROR_TOKEN_ALGORITHM},
    {"bad-a256cbc-hs512", ERROR_TOKEN_ALGORITHM},
    {"bad-a192cbc-hs384", ERROR_TOKEN_ALGORITHM},
    {"bad-a128gcm", ERROR_TOKEN_ALGORITHM},
    {"bad-a256gcm", ERROR_TOKEN_ALGORITHM},
    {"bad-dir", ERROR_TOKEN_ALGORITHM},
    {"bad-a128kw", ERROR_TOKEN_ALGORITHM},
    {"bad-ecdh-es", ERROR_TOKEN_MALFORMED},
    {"bad-pbes2", ERROR_TOKEN_MALFORMED},
    {"bad-foreign-key", ERROR_TOKEN_DECRYPTION},
    {"bad-foreign-x5t", ERROR_TOKEN_KEY_UNKNOWN},
    {"bad-cek-empty", ERROR_TOKEN_DECRYPTION},
    {"bad-cek-16", ERROR_TOKEN_DECRYPTION},
    {"bad-cek-31", ERROR_TOKEN_DECRYPTION},
    {"bad-cek-33", ERROR_TOKEN_DECRYPTION},
    {"bad-cek-64", ERROR_TOKEN_DECRYPTION},
    {"bad-cek-64-of-which-32", ERROR_TOKEN_DECRYPTION},
    {"bad-keys-swapped", ERROR_TOKEN_DECRYPTION},
    {"bad-oaep-sha256", ERROR_TOKEN_DECRYPTION},
    {"bad-oaep-mgf1-sha256", ERROR_TOKEN_DECRYPTION},
    {"bad-oaep-label", ERROR_TOKEN_DECRYPTION},
    {"bad-pkcs1-named-oaep", ERROR_TOKEN_DECRYPTION},
    {"bad-leading-zero-dropped", ERROR_TOKEN_DECRYPTION},
    {"bad-zero-before", ERROR_TOKEN_DECRYPTION},
    {"bad-padding-zero", ERROR_TOKEN_DECRYPTION},
    {"bad-padding-17", ERROR_TOKEN_DECRYPTION},
    {"bad-padding-uneven", ERROR_TOKEN_DECRYPTION},
    {"bad-padding-block", ERROR_TOKEN_DECRYPTION},
    {"bad-zip-bomb", ERROR_TOKEN_MALFORMED},
    {"bad-zip-262145", ERROR_TOKEN_MALFORMED},
    {"bad-zip-trailing", ERROR_TOKEN_MALFORMED},
    {"bad-zip-two-streams", ERROR_TOKEN_MALFORMED},
    {"bad-zip-zlib", ERROR_TOKEN_MALFORMED},
    {"bad-zip-gzip", ERROR_TOKEN_MALFORMED},
    {"bad-zip-cut", ERROR_TOKEN_MALFORMED},
    {"bad-zip-plain", ERROR_TOKEN_MALFORMED},
    {"bad-zip-empty", ERROR_TOKEN_MALFORMED},
    {"bad-zip-dictionary", ERROR_TOKEN_MALFORMED},
    {"bad-zip-raw-dictionary", ERROR_TOKEN_MALFORMED},
};

START_TEST(bent_tokens_do_not_open)
{
    char bytes[VECTOR_MAX];
    struct text token = vector_token(bad_vectors[_i].token, bytes);
    expect_closed(bad_vectors[_i].token, token, named, bad_vectors[_i].code);
}
END_TEST

START_TEST(a_plaintext_inflates_to_the_limit_and_no_further)
{
    char bytes[VECTOR_MAX];
    struct error err;
    struct jwe_opened opened;
    struct arena local;
    arena_init(&local, JWE_PLAINTEXT_MAX + 32768);
    ck_assert(open_token(vector_token("good-zip-262144", bytes), bare, &local, &opened, &err));
    ck_assert_uint_eq(opened.plaintext.size, JWE_PLAINTEXT_MAX);
    arena_reset(&local);
    arena_init(&local, 65536); /* what is too large takes nothing of the arena, nor does a small token */
    ck_assert(!open_token(vector_token("bad-zip-bomb", bytes), bare, &local, &opened, &err));
    ck_assert_str_eq(err.detail, "the plaintext inflates to more than the limit of 262144 bytes");
    ck_assert(open_token(vector_token("good-kid-zip", bytes), bare, &local, &opened, &err));
    arena_reset(&local);
}
END_TEST

/* RFC 7518 appendix B.1. */
START_TEST(the_example_of_the_rfc_opens)
{
    unsigned char cek[CEK_SIZE];
    struct text plaintext;
    struct error err;
    struct content content = {.aad = text_of("The second principle of Auguste Kerckhoffs")};
    static const unsigned char kerckhoffs_tag[] = {0x65, 0x2c, 0x3f, 0xa3, 0x6b, 0x0a, 0x7c, 0x5b,
                                                   0x32, 0x19, 0xfa, 0xb3, 0xa3, 0x0b, 0xc1, 0xc4};
    char bytes[VECTOR_MAX];
    for (size_t i = 0; i < sizeof cek; i++)
        cek[i] = (unsigned char)i;
    content.iv = text_slice("\x1a\xf3\x8c\x2d\xc2\xb9\x6f\xfd\xd8\x66\x94\x09\x23\x41\xbc\x04", 16);
    content.ciphertext = vector_read("jwe/rfc7518-b1.bin", bytes);
    content.tag = text_slice((const char *)kerckhoffs_tag, sizeof kerckhoffs_tag);
    ck_assert_msg(content_open(&content, cek, &arena, &plaintext, &err), "%s", err.detail);
    ck_assert(text_equals(plaintext, text_of("A cipher system must not be required to be secret, and it must "
                                             "be able to fall into the hands of the enemy without "
                                             "inconvenience")));
    cek[31] ^= 1; /* the tag does not cover the AES key, so this is the padding's */
    ck_assert(!content_open(&content, cek, &arena, &plaintext, &err));
    ck_assert_int_eq(err.code, ERROR_TOKEN_DECRYPTION);
}
END_TEST

static bool open_with_little_memory(void *context, struct error *err)
{
    const struct text *token = context;
    struct jwe_opened opened;
    struct arena local;
    arena_init(&local, 1 << 20);
    bool done = open_token(*token, bare, &local, &opened, err);
    arena_reset(&local);
    return done;
}

START_TEST(no_memory_is_no_refusal)
{
    char bytes[VECTOR_MAX];
    struct text token = vector_token("good-kid-zip", bytes);
    ck_assert_uint_gt(torture_allocations(open_with_little_memory, &token), 2);
    token = vector_token("good-zip-262144", bytes); /* written in a second pass */
    ck_assert_uint_gt(torture_allocations(open_with_little_memory, &token), 3);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("encrypted vectors");
    TCase *c = tcase_create("encrypted vectors");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_loop_test(c, tokens_of_others_open, 0, (int)(sizeof good_vectors / sizeof *good_vectors));
    tcase_add_loop_test(c, bent_tokens_do_not_open, 0, (int)(sizeof bad_vectors / sizeof *bad_vectors));
    tcase_add_test(c, a_plaintext_inflates_to_the_limit_and_no_further);
    tcase_add_test(c, the_example_of_the_rfc_opens);
    tcase_add_test(c, no_memory_is_no_refusal);
    suite_add_tcase(s, c);
    return s;
}
