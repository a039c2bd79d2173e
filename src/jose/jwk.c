/* SPDX-License-Identifier: Apache-2.0 */
/* JSON Web Keys (RFC 7517), public ones only, both ways. Awkward: a member we do not know is fine (§4 says to
 * ignore it), but a private or symmetric one means that somebody is about to hand out a secret, and refuses
 * the whole set. */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <string.h>

#include "base/memory.h"
#include "jose/algorithm.h"
#include "jose/base64url.h"
#include "jose/key.h"
#include "json/reader.h"
#include "json/writer.h"

#define MODULUS_MAX 1024 /* bytes: RSA of 8,192 bits */
#define P256_HALF   32

static struct text member(const struct json_value *jwk, const char *name)
{
    return json_string(json_find(jwk, name));
}

struct number {
    unsigned char bytes[MODULUS_MAX];
    size_t size;
};

static bool read_number(const struct json_value *jwk, const char *name, struct number *out, struct error *err)
{
    struct text encoded = member(jwk, name);
    if (encoded.size == 0 || base64url_decoded_size(encoded.size) > sizeof out->bytes ||
        !base64url_decode(encoded, out->bytes, &out->size))
        return error_set(err, ERROR_KEY, "its member '%s' is absent, too long or no base64url", name);
    return true;
}

/* Makes a public key of TYPE from PARAMETERS, which it frees. */
static bool make_key(const char *type, OSSL_PARAM *parameters, EVP_PKEY **out, struct error *err)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    EVP_PKEY *key = NULL;
    bool made = parameters != NULL && context != NULL && EVP_PKEY_fromdata_init(context) == 1 &&
                EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) == 1;
    OSSL_PARAM_free(parameters);
    EVP_PKEY_CTX_free(context);
    if (!made)
        return openssl_failed(err, ERROR_KEY, "its numbers are no valid key");
    *out = key;
    return true;
}

static bool read_rsa(const struct json_value *jwk, EVP_PKEY **out, struct error *err)
{
    struct number n = {.size = 0}, e = {.size = 0};
    if (!read_number(jwk, "n", &n, err) || !read_number(jwk, "e", &e, err))
        return false;
    BIGNUM *modulus = BN_bin2bn(n.bytes, (int)n.size, NULL),
           *exponent = BN_bin2bn(e.bytes, (int)e.size, NULL);
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    OSSL_PARAM *parameters = NULL;
    if (builder != NULL && modulus != NULL && exponent != NULL &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus) == 1 &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, exponent) == 1)
        parameters = OSSL_PARAM_BLD_to_param(builder);
    bool made = make_key("RSA", parameters, out, err);
    OSSL_PARAM_BLD_free(builder);
    BN_free(modulus);
    BN_free(exponent);
    return made;
}

static bool read_ec(const struct json_value *jwk, EVP_PKEY **out, struct error *err)
{
    struct number x = {.size = 0}, y = {.size = 0};
    unsigned char point[1 + 2 * P256_HALF] = {4}; /* uncompressed */
    if (!read_number(jwk, "x", &x, err) || !read_number(jwk, "y", &y, err))
        return false;
    if (x.size != P256_HALF || y.size != P256_HALF)
        return error_set(err, ERROR_KEY, "its x or y is not %d bytes", P256_HALF);
    memcpy(point + 1, x.bytes, P256_HALF);
    memcpy(point + 1 + P256_HALF, y.bytes, P256_HALF);
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    OSSL_PARAM *parameters = NULL;
    if (builder != NULL &&
        OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) == 1 &&
        OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point) == 1)
        parameters = OSSL_PARAM_BLD_to_param(builder);
    bool made = make_key("EC", parameters, out, err);
    OSSL_PARAM_BLD_free(builder);
    return made;
}

static bool is_public(const struct json_value *jwk, struct error *err)
{
    static const char *const secrets[] = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"};
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++) {
        if (json_find(jwk, secrets[i]) != NULL)
            return error_set(err, ERROR_KEY, "it has the private member '%s'; give public keys only",
                             secrets[i]);
    }
    return true;
}

/* `use` and `key_ops`, where they are there, must be for verifying (RFC 7517 §4.2, §4.3). */
static bool is_for_verifying(const struct json_value *jwk, struct error *err)
{
    const struct json_value *use = json_find(jwk, "use"), *operations = json_find(jwk, "key_ops");
    if (use != NULL && !text_equals(json_string(use), text_of("sig")))
        return error_set(err, ERROR_KEY, "its use is not 'sig'");
    if (operations == NULL)
        return true;
    const struct json_value *only = json_kind(operations) == JSON_ARRAY ? json_first(operations) : NULL;
    if (only == NULL || json_next(only) != NULL || !text_equals(json_string(only), text_of("verify")))
        return error_set(err, ERROR_KEY, "its key_ops is not [\"verify\"]");
    return true;
}

static bool copy_name(const struct json_value *jwk, const char *name, char *out, size_t size,
                      struct error *err)
{
    const struct json_value *value = json_find(jwk, name);
    struct text text = json_string(value);
    if (value == NULL)
        return true;
    if (text.size == 0 || text.size >= size)
        return error_set(err, ERROR_KEY, "its %s is no string of 1 to %zu bytes", name, size - 1);
    memcpy(out, text.data, text.size);
    out[text.size] = '\0';
    return true;
}

/* RFC 7517 §4.8: the base64url of a SHA-1. Another could never be found, or be found by a token it was not
 * meant for. */
static bool read_x5t(const struct json_value *jwk, struct key *key, struct error *err)
{
    unsigned char digest[32];
    size_t size = 0;
    if (!copy_name(jwk, "x5t", key->x5t, sizeof key->x5t, err))
        return false;
    if (key->x5t[0] != '\0' && (!base64url_decode(text_of(key->x5t), digest, &size) || size != 20))
        return error_set(err, ERROR_KEY, "its x5t is not the base64url of 20 bytes");
    return true;
}

/* Whether a key of TYPE, stated to be for STATED, may be used with one of ALGORITHMS. */
static bool is_configured(struct text type, enum jose_algorithm stated, unsigned algorithms,
                          struct error *err)
{
    unsigned of_type =
        text_equals(type, text_of("EC")) ? 1u << JOSE_ES256 : 1u << JOSE_RS256 | 1u << JOSE_PS256;
    if (stated != JOSE_ALGORITHM_NONE)
        return (algorithms & 1u << stated) != 0 ||
               error_set(err, ERROR_KEY, "its alg, %s, is not among the configured algorithms",
                         jose_algorithm_name(stated));
    return (algorithms & of_type) != 0 ||
           error_set(err, ERROR_KEY, "a key of a type that none of the configured algorithms takes");
}

/* Whether this service has a use for such keys: by what JWK says of itself, not by its numbers. */
static bool is_served(const struct json_value *jwk, const struct key_rules *rules, struct error *err)
{
    struct text type = member(jwk, "kty");
    const struct json_value *alg = json_find(jwk, "alg");
    enum jose_algorithm stated = jose_algorithm_parse(json_string(alg));
    if (!is_for_verifying(jwk, err))
        return false;
    if (alg != NULL && stated == JOSE_ALGORITHM_NONE)
        return error_set(err, ERROR_KEY, "its alg is none of RS256, PS256, ES256");
    if (!text_equals(type, text_of("RSA")) && !text_equals(type, text_of("EC")))
        return error_set(err, ERROR_KEY, "its kty is neither RSA nor EC");
    if (text_equals(type, text_of("EC")) && !text_equals(member(jwk, "crv"), text_of("P-256")))
        return error_set(err, ERROR_KEY, "its curve is not P-256");
    return is_configured(type, stated, rules->algorithms, err);
}

/* A JWK that does not name its algorithm gets those that fit as it is added. */
static bool read_jwk(const struct json_value *jwk, struct key *key, struct error *err)
{
    enum jose_algorithm stated = jose_algorithm_parse(member(jwk, "alg"));
    key->algorithms = stated == JOSE_ALGORITHM_NONE ? 0 : 1u << stated;
    if (!copy_name(jwk, "kid", key->kid, sizeof key->kid, err) || !read_x5t(jwk, key, err))
        return false;
    return text_equals(member(jwk, "kty"), text_of("RSA")) ? read_rsa(jwk, &key->pkey, err)
                                                           : read_ec(jwk, &key->pkey, err);
}

static bool add_jwk(struct key_set *set, const struct json_value *jwk, struct error *err)
{
    struct key key = {0};
    if (!is_public(jwk, err))
        return false;
    if (!is_served(jwk, &set->rules, err)) {
        set->skipped += set->rules.skips_unserved;
        return set->rules.skips_unserved;
    }
    return read_jwk(jwk, &key, err) && key_set_add(set, &key, err);
}

bool key_set_add_jwks(struct key_set *set, const struct json_value *keys, struct error *err)
{
    size_t number = 0;
    for (const struct json_value *jwk = json_first(keys); jwk != NULL; jwk = json_next(jwk), number++) {
        if (!add_jwk(set, jwk, err))
            return err->code == ERROR_NO_MEMORY
                       ? false
                       : error_set(err, ERROR_KEY, "keys[%zu]: %s", number, err->detail);
    }
    return true;
}

static bool write_number(struct buffer *out, const EVP_PKEY *key, const char *parameter, int size)
{
    unsigned char bytes[MODULUS_MAX];
    BIGNUM *n = NULL;
    if (EVP_PKEY_get_bn_param(key, parameter, &n) != 1)
        return false;
    int length = size > 0 ? size : BN_num_bytes(n);
    bool fits = length <= (int)sizeof bytes && BN_bn2binpad(n, bytes, length) == length;
    BN_free(n);
    if (fits)
        base64url_encode(text_slice((const char *)bytes, (size_t)length), out);
    return fits;
}

bool jwk_write_members(const EVP_PKEY *key, struct buffer *out, struct error *err)
{
    bool rsa = EVP_PKEY_is_a(key, "RSA");
    buffer_put(out, rsa ? "\"e\":\"" : "\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"");
    bool written =
        write_number(out, key, rsa ? OSSL_PKEY_PARAM_RSA_E : OSSL_PKEY_PARAM_EC_PUB_X, rsa ? 0 : P256_HALF);
    buffer_put(out, rsa ? "\",\"kty\":\"RSA\",\"n\":\"" : "\",\"y\":\"");
    written = written && write_number(out, key, rsa ? OSSL_PKEY_PARAM_RSA_N : OSSL_PKEY_PARAM_EC_PUB_Y,
                                      rsa ? 0 : P256_HALF);
    buffer_put_char(out, '"');
    return written || openssl_failed(err, ERROR_KEY, "its public numbers cannot be read");
}

bool jwk_thumbprint(const EVP_PKEY *key, char out[static THUMBPRINT_SIZE + 1], struct error *err)
{
    struct arena arena;
    struct buffer members, encoded;
    struct text json, name = {0};
    unsigned char digest[32];
    arena_init(&arena, 32768);
    buffer_init(&members, &arena, 4096);
    buffer_init(&encoded, &arena, THUMBPRINT_SIZE);
    buffer_put_char(&members, '{');
    bool done = jwk_write_members(key, &members, err);
    buffer_put_char(&members, '}');
    done = done && buffer_finish(&members, ERROR_KEY, &json, err);
    if (done && EVP_Digest(json.data, json.size, digest, NULL, EVP_sha256(), NULL) != 1)
        done = openssl_failed(err, ERROR_KEY, "its thumbprint cannot be made");
    if (done) {
        base64url_encode(text_slice((const char *)digest, sizeof digest), &encoded);
        done = buffer_finish(&encoded, ERROR_KEY, &name, err);
    }
    if (done)
        memcpy(out, name.data, THUMBPRINT_SIZE + 1);
    arena_reset(&arena);
    return done;
}
