/* SPDX-License-Identifier: Apache-2.0 */
/* Which signed tokens verify, and that no other does. The tokens are signed correctly on purpose, so that
 * what refuses them is the check under test and not the signature. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "jose/vectors.h"

#include "jose/algorithm.h"
#include "jose/base64url.h"
#include "jose/jws.h"
#include "jose/key.h"
#include "support/run.h"
#include "support/torture.h"

static struct arena arena;
static EVP_PKEY *pair;      /* P-256 */
static struct key_set *own; /* its public half, kid "k" */

#define HEADER  "{\"alg\":\"ES256\",\"kid\":\"k\"}"
#define PAYLOAD "{\"iss\":\"me\"}"

static void setup(void)
{
    struct buffer jwks;
    struct text text;
    struct error err;
    arena_init(&arena, 16 << 20);
    pair = EVP_EC_gen("P-256");
    buffer_init(&jwks, &arena, 4096);
    buffer_put(&jwks, "{\"keys\":[{\"kid\":\"k\",");
    ck_assert(jwk_write_members(pair, &jwks, &err));
    buffer_put(&jwks, "}]}");
    ck_assert(buffer_finish(&jwks, ERROR_INTERNAL, &text, &err));
    ck_assert_msg(key_set_parse(text, "own", NULL, &own, &err), "%s", err.detail);
}

static void teardown(void)
{
    key_set_release(&own);
    EVP_PKEY_free(pair);
    arena_reset(&arena);
}

static struct text finish(struct buffer *b)
{
    struct text text;
    struct error err;
    ck_assert(buffer_finish(b, ERROR_INTERNAL, &text, &err));
    return text;
}

/* ENCODED_HEADER.ENCODED_PAYLOAD with a good signature, whatever they are. */
static struct text sign_encoded(struct text header, struct text payload)
{
    struct buffer token;
    struct signature signature;
    struct error err;
    buffer_init(&token, &arena, 512 * 1024);
    buffer_append(&token, header);
    buffer_put_char(&token, '.');
    buffer_append(&token, payload);
    ck_assert(algorithm_sign(JOSE_ES256, pair, finish(&token), &signature, &err));
    buffer_put_char(&token, '.');
    base64url_encode(text_slice((const char *)signature.bytes, signature.size), &token);
    return finish(&token);
}

static struct text encode(struct text bytes)
{
    struct buffer out;
    buffer_init(&out, &arena, 512 * 1024);
    base64url_encode(bytes, &out);
    return finish(&out);
}

static struct text sign(struct text header)
{
    return sign_encoded(encode(header), encode(text_of(PAYLOAD)));
}

/* Where a header says keys come from is not read: with a good signature of the key we hold it changes
 * nothing. */
static const char *const taken_headers[] = {
    HEADER,
    "{\"alg\":\"ES256\"}",
    (" {\r\n \"kid\" : \"k\", \"alg\" : \"ES256\", \"typ\":\"JWT\", \"cty\":\"JWT\", "
     "\"unknown\":[1,{\"a\":null}] }\n"),
    "{\"\\u0061lg\":\"\\u0045S256\",\"kid\":\"\\u006b\"}",
    "{\"alg\":\"ES256\",\"kid\":\"k\",\"jwk\":{\"kty\":\"oct\",\"k\":\"AA\"}}",
    "{\"alg\":\"ES256\",\"kid\":\"k\",\"jku\":\"http://127.0.0.1:9/\",\"x5u\":\"file:///etc/passwd\"}",
    "{\"alg\":\"ES256\",\"kid\":\"k\",\"x5c\":[\"AAAA\"],\"x5t#S256\":\"AAAA\"}",
};

START_TEST(headers_that_name_our_key_are_taken)
{
    expect_payload(taken_headers[_i], sign(text_of(taken_headers[_i])), own, text_of(PAYLOAD));
}
END_TEST

#define MEMBERS(text) "{" text ",\"kid\":\"k\"}"

static const struct {
    const char *header;
    enum error_code code;
} refused_headers[] = {
    {MEMBERS("\"alg\":\"none\""), ERROR_TOKEN_ALGORITHM},
    {MEMBERS("\"alg\":\"None\""), ERROR_TOKEN_ALGORITHM},
    {MEMBERS("\"alg\":\"NONE\""), ERROR_TOKEN_ALGORITHM},
    {MEMBERS("\"alg\":\"nOnE\""), ERROR_TOKEN_ALGORITHM},
    {MEMBERS("\"alg\":\" none\""), ERROR_TOKEN_ALGORITHM},
    {MEMBERS("\"alg\":\"n\\u006fne\""), ERROR_TOKEN_ALGORITHM},
    {MEMBERS("\"alg\":\"\""), ERROR_TOKEN_ALGORITHM},
    {MEMBERS("\"typ\":\"JWT\""), ERROR_TOKEN_ALGORITHM},
    {MEMBERS("\"Alg\":\"ES256\""), ERROR_TOKEN_ALGORITHM},
    {MEMBERS("\"alg\":null"), ERROR_TOKEN_MALFORMED},
    {MEMBERS("\"alg\":false"), ERROR_TOKEN_MALFORMED},
    {MEMBERS("\"alg\":0"), ERROR_TOKEN_MALFORMED},
    {MEMBERS("\"alg\":[\"ES256\"]"), ERROR_TOKEN_MALFORMED},
    {MEMBERS("\"alg\":{\"ES256\":1}"), ERROR_TOKEN_MALFORMED},
    {MEMBERS("\"alg\":\"es256\""), ERROR_TOKEN_ALGORITHM},
    {MEMBERS("\"alg\":\"ES256 \""), ERROR_TOKEN_ALGORITHM},
    {MEMBERS("\"alg\":\"ES256\\u0000\""), ERROR_TOKEN_MALFORMED},
    {MEMBERS("\"alg\":\"HS256\""), ERROR_TOKEN_ALGORITHM},
    {MEMBERS("\"alg\":\"RS256\""), ERROR_TOKEN_ALGORITHM},
    {MEMBERS("\"alg\":\"PS256\""), ERROR_TOKEN_ALGORITHM},
    {MEMBERS("\"alg\":\"ES384\""), ERROR_TOKEN_ALGORITHM},
    {MEMBERS("\"alg\":\"ES256K\""), ERROR_TOKEN_ALGORITHM},
    {MEMBERS("\"alg\":\"EdDSA\""), ERROR_TOKEN_ALGORITHM},
    {MEMBERS("\"alg\":\"dir\""), ERROR_TOKEN_ALGORITHM},
    {MEMBERS("\"alg\":\"PBES2-HS256+A128KW\",\"p2c\":2147483647"), ERROR_TOKEN_ALGORITHM},
    {"{\"alg\":\"none\"}", ERROR_TOKEN_ALGORITHM},
    {"{}", ERROR_TOKEN_ALGORITHM},
    {"{\"alg\":\"ES256\",\"kid\":\"../../../../dev/null\"}", ERROR_TOKEN_KEY_UNKNOWN},
    {"{\"alg\":\"ES256\",\"kid\":\"/proc/self/environ\"}", ERROR_TOKEN_KEY_UNKNOWN},
    {"{\"alg\":\"ES256\",\"kid\":\"k' OR '1'='1\"}", ERROR_TOKEN_KEY_UNKNOWN},
    {"{\"alg\":\"ES256\",\"kid\":\"x' UNION SELECT 'AA';--\"}", ERROR_TOKEN_KEY_UNKNOWN},
    {"{\"alg\":\"ES256\",\"kid\":\"k|id\"}", ERROR_TOKEN_KEY_UNKNOWN},
    {"{\"alg\":\"ES256\",\"kid\":\"%s%n%s\"}", ERROR_TOKEN_KEY_UNKNOWN},
    {"{\"alg\":\"ES256\",\"kid\":\"k\\u0000\"}", ERROR_TOKEN_MALFORMED},
    {"{\"alg\":\"ES256\",\"kid\":\"K\"}", ERROR_TOKEN_KEY_UNKNOWN},
    {"{\"alg\":\"ES256\",\"kid\":\"k \"}", ERROR_TOKEN_KEY_UNKNOWN},
    {"{\"alg\":\"ES256\",\"kid\":\"\"}", ERROR_TOKEN_KEY_UNKNOWN},
    {"{\"alg\":\"ES256\",\"kid\":null}", ERROR_TOKEN_MALFORMED},
    {"{\"alg\":\"ES256\",\"kid\":7}", ERROR_TOKEN_MALFORMED},
    {"{\"alg\":\"ES256\",\"kid\":[\"k\"]}", ERROR_TOKEN_MALFORMED},
    {"{\"alg\":\"ES256\",\"x5t\":\"k\"}", ERROR_TOKEN_KEY_UNKNOWN},
    {"{\"alg\":\"ES256\",\"kid\":\"k\",\"x5t\":\"\"}", ERROR_TOKEN_KEY_UNKNOWN},
    {"{\"alg\":\"ES256\",\"kid\":\"k\",\"x5t\":1}", ERROR_TOKEN_MALFORMED},
    {MEMBERS("\"alg\":\"ES256\",\"crit\":[\"exp\"]"), ERROR_TOKEN_MALFORMED},
    {MEMBERS("\"alg\":\"ES256\",\"crit\":[\"b64\"],\"b64\":false"), ERROR_TOKEN_MALFORMED},
    {MEMBERS("\"alg\":\"ES256\",\"crit\":[]"), ERROR_TOKEN_MALFORMED},
    {MEMBERS("\"alg\":\"ES256\",\"crit\":null"), ERROR_TOKEN_MALFORMED},
    {MEMBERS("\"alg\":\"ES256\",\"b64\":false"), ERROR_TOKEN_MALFORMED},
    {MEMBERS("\"alg\":\"ES256\",\"b64\":true"), ERROR_TOKEN_MALFORMED},
    {MEMBERS("\"alg\":\"ES256\",\"zip\":\"DEF\""), ERROR_TOKEN_MALFORMED},
    {MEMBERS("\"alg\":\"ES256\",\"zip\":\"none\""), ERROR_TOKEN_MALFORMED},
    {MEMBERS("\"alg\":\"ES256\",\"zip\":null"), ERROR_TOKEN_MALFORMED},
    {MEMBERS("\"alg\":\"ES256\",\"enc\":\"A128CBC-HS256\""), ERROR_TOKEN_MALFORMED},
    {MEMBERS("\"alg\":\"ES256\",\"alg\":\"ES256\""), ERROR_TOKEN_MALFORMED},
    {MEMBERS("\"alg\":\"none\",\"alg\":\"ES256\""), ERROR_TOKEN_MALFORMED},
    {MEMBERS("\"alg\":\"ES256\",\"\\u0061lg\":\"none\""), ERROR_TOKEN_MALFORMED},
    {MEMBERS("\"alg\":\"ES256\",\"kid\":\"other\""), ERROR_TOKEN_MALFORMED},
    {MEMBERS("\"alg\":\"ES256\",\"a\":{\"b\":1,\"b\":1}"), ERROR_TOKEN_MALFORMED},
    {"[\"ES256\"]", ERROR_TOKEN_MALFORMED},
    {"\"ES256\"", ERROR_TOKEN_MALFORMED},
    {"null", ERROR_TOKEN_MALFORMED},
    {" ", ERROR_TOKEN_MALFORMED},
    {HEADER HEADER, ERROR_TOKEN_MALFORMED},
    {HEADER "x", ERROR_TOKEN_MALFORMED},
    {"\xef\xbb\xbf" HEADER, ERROR_TOKEN_MALFORMED},
    {MEMBERS("\"alg\":\"ES256\",\"a\":\"\xff\""), ERROR_TOKEN_MALFORMED},
    {MEMBERS("\"alg\":\"ES256\",\"a\":[[[[[[[[[0]]]]]]]]]"), ERROR_TOKEN_MALFORMED},
    {MEMBERS("'alg':'ES256'"), ERROR_TOKEN_MALFORMED},
    {MEMBERS("\"alg\":\"ES256\","), ERROR_TOKEN_MALFORMED},
};

START_TEST(other_headers_are_refused_though_well_signed)
{
    expect_refusal(refused_headers[_i].header, sign(text_of(refused_headers[_i].header)), own,
                   refused_headers[_i].code);
}
END_TEST

/* {"alg":"ES256","kid":"k","a":"xxx…"} of SIZE bytes. */
static struct text header_of_size(size_t size)
{
    struct buffer b;
    buffer_init(&b, &arena, 128 * 1024);
    buffer_put(&b, "{\"alg\":\"ES256\",\"kid\":\"k\",\"a\":\"");
    while (b.size < size - 2)
        buffer_put_char(&b, 'x');
    buffer_put(&b, "\"}");
    return finish(&b);
}

START_TEST(headers_end_at_4096_bytes_and_tokens_at_256_kib)
{
    struct buffer kid;
    size_t fits = (JWS_MAX - strlen(".") * 2 - 86 - encode(text_of(HEADER)).size) / 4 * 3;
    char *payload = memset(malloc(fits + 3), ' ', fits + 3);
    expect_payload("4096", sign(header_of_size(JWS_HEADER_MAX)), own, text_of(PAYLOAD));
    expect_refusal("4097", sign(header_of_size(JWS_HEADER_MAX + 1)), own, ERROR_TOKEN_MALFORMED);
    struct text largest = sign_encoded(encode(text_of(HEADER)), encode(text_slice(payload, fits)));
    ck_assert_uint_gt(largest.size, JWS_MAX - 4);
    expect_payload("256 KiB", largest, own, text_slice(payload, fits));
    expect_refusal("more", sign_encoded(encode(text_of(HEADER)), encode(text_slice(payload, fits + 3))), own,
                   ERROR_TOKEN_MALFORMED);
    free(payload);
    buffer_init(&kid, &arena, 128 * 1024);
    buffer_put(&kid, "{\"alg\":\"ES256\",\"kid\":\"");
    for (int i = 0; i < 64 * 1024; i++)
        buffer_put_char(&kid, 'k');
    buffer_put(&kid, "\"}");
    expect_refusal("a kid of 64 KiB", sign(finish(&kid)), own, ERROR_TOKEN_MALFORMED);
}
END_TEST

/* {"keys":[{"kid":"k",ALG KEY's numbers}]} by RULES. */
static struct key_set *set_of(EVP_PKEY *key, const char *alg, const struct key_rules *rules)
{
    struct buffer jwks;
    struct key_set *set;
    struct error err;
    buffer_init(&jwks, &arena, 4096);
    buffer_put(&jwks, "{\"keys\":[{\"kid\":\"k\",");
    buffer_put(&jwks, alg);
    ck_assert(jwk_write_members(key, &jwks, &err));
    buffer_put(&jwks, "}]}");
    ck_assert_msg(key_set_parse(finish(&jwks), "a test", rules, &set, &err), "%s", err.detail);
    return set;
}

/* Whether a token that KEY signed by ALG, and says so, is taken by SET. */
static bool is_taken(EVP_PKEY *key, enum jose_algorithm alg, const struct key_set *set)
{
    char header[64];
    struct buffer token;
    struct signature signature;
    struct error err;
    struct text payload;
    snprintf(header, sizeof header, "{\"alg\":\"%s\",\"kid\":\"k\"}", jose_algorithm_name(alg));
    buffer_init(&token, &arena, 4096);
    base64url_encode(text_of(header), &token);
    buffer_put(&token, ".e30");
    ck_assert(algorithm_sign(alg, key, text_slice(token.data, token.size), &signature, &err));
    buffer_put_char(&token, '.');
    base64url_encode(text_slice((const char *)signature.bytes, signature.size), &token);
    bool taken = jws_verify(finish(&token), set, &arena, &payload, &err);
    ck_assert(taken || err.code == ERROR_TOKEN_ALGORITHM);
    return taken;
}

static const struct {
    const char *alg;
    unsigned rules;
    bool rs256, ps256;
} bindings[] = {
    {"", JOSE_SIGNATURE_ALGORITHMS, true, true},
    {"", 1u << JOSE_PS256 | 1u << JOSE_ES256, false, true},
    {"", 1u << JOSE_RS256, true, false},
    {"\"alg\":\"RS256\",", JOSE_SIGNATURE_ALGORITHMS, true, false},
    {"\"alg\":\"PS256\",", JOSE_SIGNATURE_ALGORITHMS, false, true},
};

START_TEST(a_key_that_states_no_alg_has_those_that_are_configured_and_fit)
{
    const struct key_rules rules = {.purpose = KEYS_VERIFY, .algorithms = bindings[_i].rules};
    EVP_PKEY *rsa = EVP_RSA_gen(2048);
    struct key_set *set = set_of(rsa, bindings[_i].alg, &rules);
    ck_assert(is_taken(rsa, JOSE_RS256, set) == bindings[_i].rs256);
    ck_assert(is_taken(rsa, JOSE_PS256, set) == bindings[_i].ps256);
    key_set_release(&set);
    EVP_PKEY_free(rsa);
}
END_TEST

#define H "eyJhbGciOiJFUzI1NiJ9"
#define P "e30"
#define S "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static const struct {
    const char *token;
    enum error_code code;
} shapes[] = {
    {"", ERROR_TOKEN_MALFORMED},
    {".", ERROR_TOKEN_MALFORMED},
    {"..", ERROR_TOKEN_MALFORMED},
    {"...", ERROR_TOKEN_MALFORMED},
    {"....", ERROR_TOKEN_ENCRYPTED},
    {".....", ERROR_TOKEN_MALFORMED},
    {H, ERROR_TOKEN_MALFORMED},
    {H "." P, ERROR_TOKEN_MALFORMED},
    {H "." P ".", ERROR_TOKEN_MALFORMED},
    {"eyJhbGciOiJub25lIn0." P ".", ERROR_TOKEN_MALFORMED},
    {H ".." S, ERROR_TOKEN_MALFORMED},
    {"." P "." S, ERROR_TOKEN_MALFORMED},
    {H "." P "." S ".", ERROR_TOKEN_MALFORMED},
    {"." H "." P "." S, ERROR_TOKEN_MALFORMED},
    {H "." P "." S "." S, ERROR_TOKEN_MALFORMED},
    {H "." P "." S "." S "." S, ERROR_TOKEN_ENCRYPTED},
    {H "." P "." S "." S "." S "." S, ERROR_TOKEN_MALFORMED},
    {H "." P "." S, ERROR_TOKEN_SIGNATURE},
    {"A." P "." S, ERROR_TOKEN_MALFORMED},
    {"{\"payload\":\"" P "\",\"protected\":\"" H "\",\"signature\":\"" S "\"}", ERROR_TOKEN_MALFORMED},
};

START_TEST(other_shapes_are_refused)
{
    expect_refusal(shapes[_i].token, text_of(shapes[_i].token), own, shapes[_i].code);
}
END_TEST

START_TEST(ten_thousand_dots_are_refused)
{
    char dots[10000];
    memset(dots, '.', sizeof dots);
    expect_refusal("dots", text_slice(dots, sizeof dots), own, ERROR_TOKEN_MALFORMED);
    expect_refusal("no token", text_of(NULL), own, ERROR_TOKEN_MALFORMED);
}
END_TEST

/* What may be done to a base64url text that leaves its bytes alike for a careless decoder. */
static const struct {
    const char *name, *before, *after;
} spellings[] = {
    {"padding", "", "="},
    {"two of padding", "", "=="},
    {"space after", "", " "},
    {"newline after", "", "\n"},
    {"space before", " ", ""},
    {"tab before", "\t", ""},
    {"a character outside", "", "!"},
    {"plus", "+", ""},
    {"slash", "", "/"},
    {"a high byte", "", "\xc3"},
};

static struct text wrap(struct text part, int spelling)
{
    struct buffer b;
    buffer_init(&b, &arena, 1024);
    buffer_put(&b, spellings[spelling].before);
    buffer_append(&b, part);
    buffer_put(&b, spellings[spelling].after);
    return finish(&b);
}

START_TEST(parts_have_one_spelling)
{
    struct text header = encode(text_of(HEADER)), payload = encode(text_of(PAYLOAD)), signature, rest,
                signed_bytes;
    struct text token = sign_encoded(header, payload);
    ck_assert(text_split(token, '.', &rest, &signature) && text_split(signature, '.', &rest, &signature));
    signed_bytes = text_slice(token.data, token.size - signature.size - 1);
    expect_refusal(spellings[_i].name, sign_encoded(wrap(header, _i), payload), own, ERROR_TOKEN_MALFORMED);
    expect_refusal(spellings[_i].name, sign_encoded(header, wrap(payload, _i)), own, ERROR_TOKEN_MALFORMED);
    struct buffer b;
    buffer_init(&b, &arena, 1024);
    buffer_append(&b, signed_bytes);
    buffer_put_char(&b, '.');
    buffer_append(&b, wrap(signature, _i));
    expect_refusal(spellings[_i].name, finish(&b), own, ERROR_TOKEN_MALFORMED);
}
END_TEST

START_TEST(a_nul_or_stray_bits_are_refused)
{
    struct text header = encode(text_of(HEADER)), payload = encode(text_of(PAYLOAD));
    struct text token = sign_encoded(header, payload);
    char *bent = memcpy(malloc(token.size + 1), token.data, token.size);
    bent[token.size] = '\0';
    expect_refusal("a NUL after", text_slice(bent, token.size + 1), own, ERROR_TOKEN_MALFORMED);
    /* 64 bytes leave 4 stray bits in the last of 86 characters: A is 0, Q 16, g 32, w 48, the next letters
     * stray */
    bent[token.size - 1]++;
    expect_refusal("stray bits in the signature", text_slice(bent, token.size), own, ERROR_TOKEN_MALFORMED);
    free(bent);
    expect_refusal("stray bits in the payload", sign_encoded(header, text_of("e31")), own,
                   ERROR_TOKEN_MALFORMED);
}
END_TEST

START_TEST(header_and_payload_are_held_to_the_byte)
{
    struct text payload = encode(text_of(PAYLOAD)), token = sign(text_of(HEADER)), first, rest, signature;
    struct buffer again, other;
    ck_assert(text_split(token, '.', &first, &rest) && text_split(rest, '.', &rest, &signature));
    buffer_init(&again, &arena, 1024);
    base64url_encode(text_of("{\"kid\":\"k\",\"alg\":\"ES256\"}"), &again);
    buffer_put_char(&again, '.');
    buffer_append(&again, payload);
    buffer_put_char(&again, '.');
    buffer_append(&again, signature);
    expect_refusal("the header written anew", finish(&again), own, ERROR_TOKEN_SIGNATURE);
    buffer_init(&other, &arena, 1024);
    buffer_append(&other, first);
    buffer_put_char(&other, '.');
    base64url_encode(text_of("{\"iss\":\"You\"}"), &other);
    buffer_put_char(&other, '.');
    buffer_append(&other, signature);
    expect_refusal("another payload", finish(&other), own, ERROR_TOKEN_SIGNATURE);
}
END_TEST

START_TEST(details_hold_nothing_of_the_token)
{
    struct text payload, token = sign(text_of("{\"alg\":\"sEcReT\",\"kid\":\"k\",\"crit\":\"sEcReT\"}"));
    struct error err;
    ck_assert(!jws_verify(token, own, &arena, &payload, &err));
    ck_assert_ptr_null(strstr(err.detail, "sEcReT"));
    ck_assert(!jws_verify(sign(text_of("{\"alg\":\"sEcReT\",\"kid\":\"k\"}")), own, &arena, &payload, &err));
    ck_assert_ptr_null(strstr(err.detail, "sEcReT"));
    ck_assert(
        !jws_verify(sign(text_of("{\"alg\":\"ES256\",\"kid\":\"sEcReT\"}")), own, &arena, &payload, &err));
    ck_assert_ptr_null(strstr(err.detail, "sEcReT"));
}
END_TEST

static bool verify(void *context, struct error *err)
{
    struct arena local;
    struct text payload;
    arena_init(&local, 1 << 20);
    bool done = jws_verify(*(const struct text *)context, own, &local, &payload, err);
    arena_reset(&local);
    return done;
}

START_TEST(verifying_survives_any_failed_allocation)
{
    struct text token = sign(header_of_size(2000));
    ck_assert_uint_gt(torture_allocations(verify, &token), 1);
}
END_TEST

START_TEST(an_arena_that_is_too_small_is_no_fault_of_the_token)
{
    struct text payload, token = sign(text_of(HEADER));
    struct error err;
    struct arena small;
    arena_init(&small, 64);
    ck_assert(!jws_verify(token, own, &small, &payload, &err));
    ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    arena_reset(&small);
}
END_TEST

static void *verify_often(void *context)
{
    size_t *good = context;
    char token[VECTOR_MAX];
    struct text text = vector_read("tokens/rfc7515-a3.txt", token);
    struct error err;
    for (int i = 0; i < 50; i++) {
        struct arena local;
        struct text payload;
        arena_init(&local, 1 << 20);
        *good += jws_verify(text, own, &local, &payload, &err);
        arena_reset(&local);
    }
    return NULL;
}

START_TEST(threads_share_a_set)
{
    pthread_t threads[4];
    size_t good[4] = {0};
    struct error err;
    key_set_release(&own);
    ck_assert(key_set_load(VECTOR("rfc7515-a3.json"), NULL, &own, &err));
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, verify_often, &good[i]), 0);
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
        ck_assert_uint_eq(good[i], 50);
    }
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof *(table))

Suite *suite(void)
{
    Suite *s = suite_create("jose/jws");
    TCase *c = tcase_create("jws");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_set_timeout(c, 60);
    tcase_add_loop_test(c, headers_that_name_our_key_are_taken, 0, COUNT(taken_headers));
    tcase_add_loop_test(c, other_headers_are_refused_though_well_signed, 0, COUNT(refused_headers));
    tcase_add_loop_test(c, a_key_that_states_no_alg_has_those_that_are_configured_and_fit, 0,
                        sizeof bindings / sizeof *bindings);
    tcase_add_test(c, headers_end_at_4096_bytes_and_tokens_at_256_kib);
    tcase_add_loop_test(c, other_shapes_are_refused, 0, COUNT(shapes));
    tcase_add_test(c, ten_thousand_dots_are_refused);
    tcase_add_loop_test(c, parts_have_one_spelling, 0, COUNT(spellings));
    tcase_add_test(c, a_nul_or_stray_bits_are_refused);
    tcase_add_test(c, header_and_payload_are_held_to_the_byte);
    tcase_add_test(c, details_hold_nothing_of_the_token);
    tcase_add_test(c, verifying_survives_any_failed_allocation);
    tcase_add_test(c, an_arena_that_is_too_small_is_no_fault_of_the_token);
    tcase_add_test(c, threads_share_a_set);
    suite_add_tcase(s, c);
    return s;
}
