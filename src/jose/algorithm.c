/* SPDX-License-Identifier: Apache-2.0 */
/* RS256, PS256 and ES256 as OpenSSL knows them. Awkward: a JWS carries an ECDSA signature as r and s side by
 * side, OpenSSL wants a DER sequence; the conversion is here, both ways. */
#include "jose/algorithm.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <string.h>

#include "jose/primitives.h"

#define RSA_BITS_MIN     2048
#define RSA_BITS_MAX     8192
#define RSA_EXPONENT_MIN 65537
#define P256_HALF        32

static const struct row {
    const char *name;
    const char *key_type;
    bool pss;
} rows[] = {
    [JOSE_ALGORITHM_NONE] = {"none", "", false},  [JOSE_RS256] = {"RS256", "RSA", false},
    [JOSE_PS256] = {"PS256", "RSA", true},        [JOSE_ES256] = {"ES256", "EC", false},
    [JOSE_RSA_OAEP] = {"RSA-OAEP", "RSA", false},
};

enum jose_algorithm jose_algorithm_parse(struct text t)
{
    for (int a = JOSE_RS256; a <= JOSE_ES256; a++) {
        if (text_equals(t, text_of(rows[a].name)))
            return (enum jose_algorithm)a;
    }
    return JOSE_ALGORITHM_NONE;
}

const char *jose_algorithm_name(enum jose_algorithm a)
{
    return rows[a].name;
}

bool openssl_failed(struct error *err, enum error_code code, const char *what)
{
    unsigned long first = ERR_get_error(), next = first;
    const char *reason = ERR_reason_error_string(first);
    while (next != 0 && ERR_GET_REASON(next) != ERR_R_MALLOC_FAILURE)
        next = ERR_get_error();
    ERR_clear_error();
    if (next != 0)
        return error_set(err, ERROR_NO_MEMORY, "%s: OpenSSL has no memory", what);
    return error_set(err, code, "%s%s%s", what, reason != NULL ? ": " : "", reason != NULL ? reason : "");
}

static bool rsa_is_strong(const EVP_PKEY *key, struct error *err)
{
    int bits = EVP_PKEY_get_bits(key);
    BIGNUM *e = NULL;
    if (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX)
        return error_set(err, ERROR_KEY, "an RSA key of %d bits; use %d to %d", bits, RSA_BITS_MIN,
                         RSA_BITS_MAX);
    if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e) != 1)
        return openssl_failed(err, ERROR_KEY, "an RSA key without exponent");
    bool weak = BN_num_bits(e) > 64 || BN_get_word(e) < RSA_EXPONENT_MIN || !BN_is_odd(e);
    BN_free(e);
    return !weak || error_set(err, ERROR_KEY, "an RSA key with a weak exponent; use %d", RSA_EXPONENT_MIN);
}

static bool curve_is_p256(const EVP_PKEY *key, struct error *err)
{
    char group[64] = "";
    bool known =
        EVP_PKEY_get_group_name(key, group, sizeof group, NULL) == 1 && strcmp(group, "prime256v1") == 0;
    ERR_clear_error();
    return known || error_set(err, ERROR_KEY, "an EC key on the curve %s; use P-256",
                              group[0] != '\0' ? group : "(unnamed)");
}

bool algorithm_accepts_key(enum jose_algorithm algorithm, const EVP_PKEY *key, struct error *err)
{
    const struct row *row = &rows[algorithm];
    if (algorithm == JOSE_ALGORITHM_NONE)
        return error_set(err, ERROR_KEY, "a key that is neither RSA nor EC; use RSA or P-256 keys");
    if (!EVP_PKEY_is_a(key, row->key_type))
        return error_set(err, ERROR_KEY, "a key of another type than %s takes, which is %s", row->name,
                         row->key_type);
    return algorithm == JOSE_ES256 ? curve_is_p256(key, err) : rsa_is_strong(key, err);
}

bool key_is_sound(EVP_PKEY *key, struct error *err)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    bool sound = context != NULL && EVP_PKEY_public_check(context) == 1;
    EVP_PKEY_CTX_free(context);
    return sound || openssl_failed(err, ERROR_KEY, "its numbers are no valid key");
}

unsigned algorithms_for(const EVP_PKEY *key, unsigned algorithms)
{
    unsigned fitting = 0;
    for (int a = JOSE_RS256; a <= JOSE_ES256; a++) {
        if (EVP_PKEY_is_a(key, rows[a].key_type))
            fitting |= algorithms & 1u << a;
    }
    return fitting;
}

enum jose_algorithm algorithm_first(unsigned algorithms)
{
    for (int a = JOSE_RS256; a <= JOSE_ES256; a++) {
        if ((algorithms & 1u << a) != 0)
            return (enum jose_algorithm)a;
    }
    return JOSE_ALGORITHM_NONE;
}

/* RFC 7518 §3.5: MGF1 with the same hash, a salt as long as the hash. */
static bool set_padding(enum jose_algorithm algorithm, EVP_PKEY_CTX *context)
{
    if (!rows[algorithm].pss)
        return true;
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

/* r and s → DER; returns its size in OUT, or 0. */
static size_t ecdsa_to_der(struct text raw, unsigned char out[static 80])
{
    if (raw.size != ES256_SIGNATURE_SIZE)
        return 0;
    const unsigned char *bytes = (const unsigned char *)raw.data;
    ECDSA_SIG *signature = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(bytes, P256_HALF, NULL), *s = BN_bin2bn(bytes + P256_HALF, P256_HALF, NULL);
    int size = 0;
    if (signature != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(signature, r, s) == 1) {
        r = s = NULL; /* the signature owns them now */
        size = i2d_ECDSA_SIG(signature, &out);
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(signature);
    return size > 0 ? (size_t)size : 0;
}

static bool der_to_ecdsa(const unsigned char *der, size_t size,
                         unsigned char out[static ES256_SIGNATURE_SIZE])
{
    ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &der, (long)size);
    bool done = signature != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(signature), out, P256_HALF) == P256_HALF &&
                BN_bn2binpad(ECDSA_SIG_get0_s(signature), out + P256_HALF, P256_HALF) == P256_HALF;
    ECDSA_SIG_free(signature);
    return done;
}

/* 1: genuine, 0: not, -1: OpenSSL could not even begin. */
static int verify(enum jose_algorithm algorithm, EVP_PKEY *key, struct text signed_bytes,
                  struct text signature)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *settings = NULL; /* the context owns it */
    int verdict = -1;
    struct error ignored; /* the caller's says more */
    const struct primitives *p = primitives_get(&ignored);
    if (context != NULL && p != NULL && EVP_DigestVerifyInit(context, &settings, p->sha256, NULL, key) == 1 &&
        set_padding(algorithm, settings))
        verdict = EVP_DigestVerify(context, (const unsigned char *)signature.data, signature.size,
                                   (const unsigned char *)signed_bytes.data, signed_bytes.size) == 1;
    EVP_MD_CTX_free(context);
    return verdict;
}

bool algorithm_verify(enum jose_algorithm algorithm, EVP_PKEY *key, struct text signed_bytes,
                      struct text signature, struct error *err)
{
    unsigned char der[80];
    if (algorithm == JOSE_ES256) {
        signature = text_slice((const char *)der, ecdsa_to_der(signature, der));
        if (signature.size == 0)
            return openssl_failed(err, ERROR_TOKEN_SIGNATURE,
                                  "the signature is not r and s of 32 bytes each");
    } else if (signature.size != (size_t)EVP_PKEY_get_size(key)) {
        /* RFC 8017 §8.1.2 step 1, §8.2.2 step 1; OpenSSL takes a PSS signature without its leading zeros */
        return error_set(err, ERROR_TOKEN_SIGNATURE, "the signature is not as long as the key's modulus");
    }
    int verdict = verify(algorithm, key, signed_bytes, signature);
    if (verdict < 0)
        return openssl_failed(err, ERROR_INTERNAL, "a signature cannot be verified");
    if (verdict == 0)
        return openssl_failed(err, ERROR_TOKEN_SIGNATURE,
                              "the signature is not of the key that the header names");
    ERR_clear_error(); /* what OpenSSL failed at and got by without */
    return true;
}

bool algorithm_sign(enum jose_algorithm algorithm, EVP_PKEY *key, struct text signed_bytes,
                    struct signature *out, struct error *err)
{
    struct signature made = {.size = sizeof made.bytes};
    const struct primitives *p = primitives_get(err);
    if (p == NULL)
        return false;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *settings = NULL;
    bool done = context != NULL && EVP_DigestSignInit(context, &settings, p->sha256, NULL, key) == 1 &&
                set_padding(algorithm, settings) &&
                EVP_DigestSign(context, made.bytes, &made.size, (const unsigned char *)signed_bytes.data,
                               signed_bytes.size) == 1;
    EVP_MD_CTX_free(context);
    if (!done)
        return openssl_failed(err, ERROR_KEY, "signing failed");
    *out = made;
    if (algorithm != JOSE_ES256)
        return true;
    out->size = ES256_SIGNATURE_SIZE;
    return der_to_ecdsa(made.bytes, made.size, out->bytes) ||
           openssl_failed(err, ERROR_KEY, "signing failed");
}
