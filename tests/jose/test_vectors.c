/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens that another implementation made: those it made rightly verify, those it bent do not. */
#include "jose/vectors.h"

#include "support/run.h"

static const struct {
    const char *token, *keys, *payload;
} good_vectors[] = {
    {"tokens/good-rs256.txt", "keys.json", "payload.json"},
    {"tokens/good-ps256.txt", "keys.json", "payload.json"},
    {"tokens/good-es256.txt", "keys.json", "payload.json"},
    {"tokens/good-ps256-leading-zero.txt", "keys.json", "payload.json"},
    {"tokens/good-x5t.txt", "keys/good-certificate.pem", "payload.json"},
    {"tokens/good-thumbprint-and-x5t.txt", "keys/good-certificate.der", "payload.json"},
    {"tokens/rfc7515-a2.txt", "rfc7515-a2.json", NULL},
    {"tokens/rfc7515-a3.txt", "rfc7515-a3.json", NULL},
};

START_TEST(tokens_of_others_verify)
{
    char token[VECTOR_MAX], keys[VECTOR_MAX], payload[VECTOR_MAX];
    struct key_set *set;
    struct error err;
    struct text expected =
        text_of("{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}");
    if (good_vectors[_i].payload != NULL)
        expected = vector_read(good_vectors[_i].payload, payload);
    ck_assert(key_set_parse(vector_read(good_vectors[_i].keys, keys), "vector", NULL, &set, &err));
    expect_payload(good_vectors[_i].token, vector_read(good_vectors[_i].token, token), set, expected);
    key_set_release(&set);
}
END_TEST

static const struct {
    const char *token;
    enum error_code code;
    const char *keys; /* NULL: keys.json */
} bad_vectors[] = {
    {"tokens/bad-hs256-secret-pem.txt", ERROR_TOKEN_ALGORITHM, NULL},
    {"tokens/bad-hs256-secret-pem-no-newline.txt", ERROR_TOKEN_ALGORITHM, NULL},
    {"tokens/bad-hs256-secret-der.txt", ERROR_TOKEN_ALGORITHM, NULL},
    {"tokens/bad-hs256-secret-modulus.txt", ERROR_TOKEN_ALGORITHM, NULL},
    {"tokens/bad-hs256-named-rs256.txt", ERROR_TOKEN_SIGNATURE, NULL},
    {"tokens/bad-ps256-by-an-rs256-key.txt", ERROR_TOKEN_ALGORITHM, NULL},
    {"tokens/bad-rs256-by-a-ps256-key.txt", ERROR_TOKEN_ALGORITHM, NULL},
    {"tokens/bad-pss-signature-named-rs256.txt", ERROR_TOKEN_SIGNATURE, NULL},
    {"tokens/bad-pkcs1-signature-named-ps256.txt", ERROR_TOKEN_SIGNATURE, NULL},
    {"tokens/bad-ps256-salt-0.txt", ERROR_TOKEN_SIGNATURE, NULL},
    {"tokens/bad-ps256-salt-largest.txt", ERROR_TOKEN_SIGNATURE, NULL},
    {"tokens/bad-ps256-mgf1-sha1.txt", ERROR_TOKEN_SIGNATURE, NULL},
    {"tokens/bad-ps256-leading-zero-dropped.txt", ERROR_TOKEN_SIGNATURE, NULL},
    {"tokens/bad-ps256-zero-before.txt", ERROR_TOKEN_SIGNATURE, NULL},
    {"tokens/bad-rs256-over-sha512.txt", ERROR_TOKEN_SIGNATURE, NULL},
    {"tokens/bad-rs512.txt", ERROR_TOKEN_ALGORITHM, NULL},
    {"tokens/bad-es256-der.txt", ERROR_TOKEN_SIGNATURE, NULL},
    {"tokens/bad-signed-by-another-key.txt", ERROR_TOKEN_SIGNATURE, NULL},
    {"tokens/bad-header-jwk.txt", ERROR_TOKEN_SIGNATURE, NULL},
    {"tokens/bad-header-jku.txt", ERROR_TOKEN_SIGNATURE, NULL},
    {"tokens/bad-header-x5u.txt", ERROR_TOKEN_SIGNATURE, NULL},
    {"tokens/bad-header-x5c.txt", ERROR_TOKEN_SIGNATURE, NULL},
    {"tokens/bad-x5t-of-another.txt", ERROR_TOKEN_KEY_UNKNOWN, "keys/good-certificate.pem"},
    {"tokens/bad-x5t-with-a-foreign-kid.txt", ERROR_TOKEN_KEY_UNKNOWN, "keys/good-certificate.pem"},
    {"tokens/good-x5t.txt", ERROR_TOKEN_KEY_UNKNOWN, "keys.json"},
    {"tokens/good-rs256.txt", ERROR_TOKEN_KEY_UNKNOWN, "rfc7515-a2.json"},
    {"tokens/good-es256.txt", ERROR_TOKEN_KEY_UNKNOWN, "rfc7515-a3.json"},
    {"tokens/rfc7515-a2.txt", ERROR_TOKEN_KEY_UNKNOWN, "keys.json"},
    {"tokens/rfc7515-a2.txt", ERROR_TOKEN_ALGORITHM, "rfc7515-a3.json"},
    {"tokens/rfc7515-a3.txt", ERROR_TOKEN_ALGORITHM, "rfc7515-a2.json"},
    {"tokens/rfc7515-a2.txt", ERROR_TOKEN_SIGNATURE, "keys/good-no-alg-no-kid.json"},
};

START_TEST(attacks_of_others_are_refused)
{
    char token[VECTOR_MAX], keys[VECTOR_MAX];
    struct key_set *set;
    struct error err;
    const char *file = bad_vectors[_i].keys != NULL ? bad_vectors[_i].keys : "keys.json";
    ck_assert(key_set_parse(vector_read(file, keys), "vector", NULL, &set, &err));
    expect_refusal(bad_vectors[_i].token, vector_read(bad_vectors[_i].token, token), set,
                   bad_vectors[_i].code);
    key_set_release(&set);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("jose/vectors");
    TCase *c = tcase_create("vectors");
    tcase_add_loop_test(c, tokens_of_others_verify, 0, sizeof good_vectors / sizeof *good_vectors);
    tcase_add_loop_test(c, attacks_of_others_are_refused, 0, sizeof bad_vectors / sizeof *bad_vectors);
    suite_add_tcase(s, c);
    return s;
}
