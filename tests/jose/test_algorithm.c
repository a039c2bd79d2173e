/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures as they stand in a JWS, each bent in the ways that a careless verifier takes. */
#include "jose/algorithm.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <string.h>

#include "support/run.h"

/* The order of P-256 (SEC 2 §2.4.2). */
#define ORDER                                                                                                \
    "\xff\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3"   \
    "\xb9\xca\xc2"                                                                                           \
    "\xfc\x63\x25\x51"
#define ZERO "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define ONE  "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1"
#define FULL                                                                                                 \
    "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"   \
    "\xff\xff\xff"                                                                                           \
    "\xff\xff\xff\xff"

static const struct {
    const char *name, *r, *s; /* NULL: that of the good signature */
} halves[] = {
    {"r and s are 0", ZERO, ZERO},   {"r is 0", ZERO, NULL},       {"s is 0", NULL, ZERO},
    {"r and s are 1", ONE, ONE},     {"r is 1", ONE, NULL},        {"s is 1", NULL, ONE},
    {"r is n", ORDER, NULL},         {"s is n", NULL, ORDER},      {"r and s are n", ORDER, ORDER},
    {"r is 0, s is n", ZERO, ORDER}, {"r is 2^256-1", FULL, NULL}, {"s is 2^256-1", NULL, FULL},
};

static const char message[] = "header.payload";

static struct text signed_bytes(void)
{
    return text_of(message);
}

static EVP_PKEY *make_key(enum jose_algorithm algorithm)
{
    EVP_PKEY *pair = algorithm == JOSE_ES256 ? EVP_EC_gen("P-256") : EVP_RSA_gen(2048);
    struct error err;
    ck_assert_ptr_nonnull(pair);
    ck_assert(algorithm_accepts_key(algorithm, pair, &err));
    return pair;
}

static bool verify(enum jose_algorithm algorithm, EVP_PKEY *pair, const void *signature, size_t size)
{
    struct error err = {0};
    struct text text = text_slice(signature, size);
    bool genuine = algorithm_verify(algorithm, pair, signed_bytes(), text, &err);
    ck_assert_int_eq(err.code, genuine ? ERROR_NONE : ERROR_TOKEN_SIGNATURE);
    ck_assert_msg(ERR_peek_error() == 0, "OpenSSL's error queue is not empty");
    return genuine;
}

START_TEST(es256_halves_out_of_range_are_refused)
{
    EVP_PKEY *pair = make_key(JOSE_ES256);
    struct signature made;
    struct error err;
    ck_assert(algorithm_sign(JOSE_ES256, pair, signed_bytes(), &made, &err));
    ck_assert_uint_eq(made.size, ES256_SIGNATURE_SIZE);
    ck_assert(verify(JOSE_ES256, pair, made.bytes, made.size));
    if (halves[_i].r != NULL)
        memcpy(made.bytes, halves[_i].r, 32);
    if (halves[_i].s != NULL)
        memcpy(made.bytes + 32, halves[_i].s, 32);
    ck_assert_msg(!verify(JOSE_ES256, pair, made.bytes, made.size), "%s", halves[_i].name);
    EVP_PKEY_free(pair);
}
END_TEST

static const enum jose_algorithm algorithms[] = {JOSE_RS256, JOSE_PS256, JOSE_ES256};

START_TEST(no_other_length_and_no_bent_bit_is_taken)
{
    enum jose_algorithm algorithm = algorithms[_i];
    EVP_PKEY *pair = make_key(algorithm);
    struct signature made = {.size = 0};
    struct error err;
    ck_assert(algorithm_sign(algorithm, pair, signed_bytes(), &made, &err));
    ck_assert(verify(algorithm, pair, made.bytes, made.size));
    made.bytes[made.size] = 0;
    for (size_t size = 0; size <= made.size + 1; size++)
        ck_assert_msg((size == made.size) == verify(algorithm, pair, made.bytes, size), "length %zu", size);
    ck_assert_msg(!verify(algorithm, pair, made.bytes + 1, made.size), "without its first byte");
    for (size_t i = 0; i < made.size; i++) {
        made.bytes[i] ^= 1;
        ck_assert_msg(!verify(algorithm, pair, made.bytes, made.size), "bit of byte %zu", i);
        made.bytes[i] ^= 1;
    }
    ck_assert(verify(algorithm, pair, made.bytes, made.size));
    EVP_PKEY_free(pair);
}
END_TEST

START_TEST(an_es256_signature_with_its_halves_changed_over_is_refused)
{
    EVP_PKEY *pair = make_key(JOSE_ES256);
    struct signature made;
    unsigned char other[ES256_SIGNATURE_SIZE];
    struct error err;
    ck_assert(algorithm_sign(JOSE_ES256, pair, signed_bytes(), &made, &err));
    memcpy(other, made.bytes + 32, 32);
    memcpy(other + 32, made.bytes, 32);
    ck_assert(!verify(JOSE_ES256, pair, other, sizeof other));
    EVP_PKEY_free(pair);
}
END_TEST

START_TEST(algorithms_do_not_take_each_others_keys)
{
    static const struct {
        enum jose_algorithm algorithm;
        const char *type;
        bool accepted;
    } cases[] = {
        {JOSE_RS256, "RSA", true},           {JOSE_PS256, "RSA", true},
        {JOSE_ES256, "RSA", false},          {JOSE_RS256, "EC", false},
        {JOSE_PS256, "EC", false},           {JOSE_ES256, "EC", true},
        {JOSE_ALGORITHM_NONE, "RSA", false}, {JOSE_ALGORITHM_NONE, "EC", false},
        {JOSE_ES256, "ED25519", false},      {JOSE_ES256, "X25519", false},
        {JOSE_RS256, "RSA-PSS", false},      {JOSE_PS256, "RSA-PSS", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error err = {0};
        EVP_PKEY *pair = strcmp(cases[i].type, "EC") == 0 ? EVP_EC_gen("P-256") : NULL;
        EVP_PKEY_CTX *context = pair == NULL ? EVP_PKEY_CTX_new_from_name(NULL, cases[i].type, NULL) : NULL;
        if (pair == NULL)
            ck_assert(EVP_PKEY_keygen_init(context) == 1 && EVP_PKEY_generate(context, &pair) == 1);
        bool accepted = algorithm_accepts_key(cases[i].algorithm, pair, &err);
        ck_assert_msg(accepted == cases[i].accepted, "%s with %s", jose_algorithm_name(cases[i].algorithm),
                      cases[i].type);
        ck_assert_int_eq(err.code, accepted ? ERROR_NONE : ERROR_KEY);
        EVP_PKEY_CTX_free(context);
        EVP_PKEY_free(pair);
    }
}
END_TEST

START_TEST(names_are_exact)
{
    ck_assert_int_eq(jose_algorithm_parse(text_of("RS256")), JOSE_RS256);
    ck_assert_int_eq(jose_algorithm_parse(text_of("PS256")), JOSE_PS256);
    ck_assert_int_eq(jose_algorithm_parse(text_of("ES256")), JOSE_ES256);
    ck_assert_int_eq(jose_algorithm_parse(text_of("none")), JOSE_ALGORITHM_NONE);
    ck_assert_int_eq(jose_algorithm_parse(text_of("rs256")), JOSE_ALGORITHM_NONE);
    ck_assert_int_eq(jose_algorithm_parse(text_of("RS2567")), JOSE_ALGORITHM_NONE);
    ck_assert_int_eq(jose_algorithm_parse(text_of("RS25")), JOSE_ALGORITHM_NONE);
    ck_assert_int_eq(jose_algorithm_parse(text_of("")), JOSE_ALGORITHM_NONE);
    ck_assert_int_eq(jose_algorithm_parse(text_of(NULL)), JOSE_ALGORITHM_NONE);
}
END_TEST

START_TEST(a_failure_for_want_of_memory_is_told_as_such)
{
    struct error err;
    ERR_raise(ERR_LIB_EC, ERR_R_EC_LIB);
    ERR_raise(ERR_LIB_EVP, ERR_R_MALLOC_FAILURE);
    ck_assert(!openssl_failed(&err, ERROR_TOKEN_SIGNATURE, "this"));
    ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    ck_assert_uint_eq(ERR_peek_error(), 0);
    ERR_raise(ERR_LIB_EC, ERR_R_EC_LIB);
    ck_assert(!openssl_failed(&err, ERROR_KEY, "this"));
    ck_assert_int_eq(err.code, ERROR_KEY);
    ck_assert_uint_eq(ERR_peek_error(), 0);
    ck_assert(!openssl_failed(&err, ERROR_KEY, "this"));
    ck_assert_str_eq(err.detail, "this");
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("jose/algorithm");
    TCase *c = tcase_create("algorithm");
    tcase_set_timeout(c, 60);
    tcase_add_loop_test(c, es256_halves_out_of_range_are_refused, 0, sizeof halves / sizeof *halves);
    tcase_add_loop_test(c, no_other_length_and_no_bent_bit_is_taken, 0, 3);
    tcase_add_test(c, an_es256_signature_with_its_halves_changed_over_is_refused);
    tcase_add_test(c, algorithms_do_not_take_each_others_keys);
    tcase_add_test(c, names_are_exact);
    tcase_add_test(c, a_failure_for_want_of_memory_is_told_as_such);
    suite_add_tcase(s, c);
    return s;
}
