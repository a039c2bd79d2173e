/* SPDX-License-Identifier: Apache-2.0 */
/* Which encrypted tokens open, and that no other does. Those made here are sealed correctly on purpose, so
 * that what refuses them is the check under test and not the tag. */
#include <string.h>

#include "jose/encrypted.h"

#include "jose/base64url.h"
#include "jose/encryption.h"
#include "jose/key.h"
#include "jose/key_wrap.h"
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

static struct text finish(struct buffer *b)
{
    struct text text;
    struct error err;
    ck_assert(buffer_finish(b, ERROR_INTERNAL, &text, &err));
    return text;
}

static struct text encode(struct text bytes)
{
    struct buffer out;
    buffer_init(&out, &arena, 1 << 20);
    base64url_encode(bytes, &out);
    return finish(&out);
}

enum { HEADER_BYTES, KEY, IV, CIPHERTEXT, TAG, PARTS };

static struct text join(const struct text parts[static PARTS])
{
    struct buffer out;
    buffer_init(&out, &arena, 1 << 20);
    for (int i = 0; i < PARTS; i++) {
        if (i > 0)
            buffer_put_char(&out, '.');
        base64url_encode(parts[i], &out);
    }
    return finish(&out);
}

/* PLAINTEXT, sealed for the key of `bare` under HEADER as it is, in PARTS. */
static void seal(struct text header, struct text plaintext, struct text parts[static PARTS])
{
    static const unsigned char cek[CEK_SIZE] = "HMAC key here...AES key here...";
    struct content content = {.aad = encode(header)};
    struct error err;
    ck_assert(content_seal(&content, plaintext, cek, &arena, &err));
    ck_assert(
        cek_wrap(bare->keys[0].pkey, text_slice((const char *)cek, sizeof cek), &arena, &parts[KEY], &err));
    parts[HEADER_BYTES] = header;
    parts[IV] = content.iv;
    parts[CIPHERTEXT] = content.ciphertext;
    parts[TAG] = content.tag;
}

static struct text sealed(const char *header)
{
    struct text parts[PARTS];
    seal(text_of(header), plain, parts);
    return join(parts);
}

#define ALGORITHMS   "\"alg\":\"RSA-OAEP\",\"enc\":\"A128CBC-HS256\""
#define HEADER(more) "{" ALGORITHMS more "}"

/* Where a header says keys come from is not read. */
static const char *const taken_headers[] = {
    HEADER(""),
    HEADER(",\"cty\":\"JWT\""),
    HEADER(",\"cty\":\"jwt\",\"typ\":\"JWT\""),
    HEADER(",\"kid\":\"one that we never heard of\""),
    HEADER(",\"jwk\":{\"kty\":\"oct\",\"k\":\"AA\"},\"jku\":\"http://127.0.0.1:9/\""),
    HEADER(",\"x5u\":\"file:///etc/passwd\",\"x5c\":[\"AAAA\"],\"x5t#S256\":\"AAAA\""),
    " { \"enc\" : \"\\u0041128CBC-HS256\",\r\n\"unknown\":[1,{\"a\":null}], \"alg\":\"RSA-OAEP\" } ",
};

START_TEST(headers_that_mean_our_key_are_taken)
{
    expect_plaintext(taken_headers[_i], sealed(taken_headers[_i]), named, plain);
}
END_TEST

static const struct {
    const char *header;
    enum error_code code;
} refused_headers[] = {
    {"{}", ERROR_TOKEN_ALGORITHM},
    {"{\"alg\":\"RSA-OAEP\"}", ERROR_TOKEN_ALGORITHM},
    {"{\"enc\":\"A128CBC-HS256\"}", ERROR_TOKEN_ALGORITHM},
    {"{\"alg\":\"none\",\"enc\":\"A128CBC-HS256\"}", ERROR_TOKEN_ALGORITHM},
    {"{\"alg\":\"rsa-oaep\",\"enc\":\"A128CBC-HS256\"}", ERROR_TOKEN_ALGORITHM},
    {"{\"alg\":\"RSA-OAEP \",\"enc\":\"A128CBC-HS256\"}", ERROR_TOKEN_ALGORITHM},
    {"{\"alg\":\"RSA1_5\",\"enc\":\"A128CBC-HS256\"}", ERROR_TOKEN_ALGORITHM},
    {"{\"alg\":\"RSA-OAEP\",\"enc\":\"a128cbc-hs256\"}", ERROR_TOKEN_ALGORITHM},
    {"{\"alg\":\"RSA-OAEP\",\"enc\":\"A128CBC+HS256\"}", ERROR_TOKEN_ALGORITHM},
    {"{\"alg\":\"RSA-OAEP\",\"enc\":\"\"}", ERROR_TOKEN_ALGORITHM},
    {"{\"alg\":null,\"enc\":\"A128CBC-HS256\"}", ERROR_TOKEN_MALFORMED},
    {"{\"alg\":[\"RSA-OAEP\"],\"enc\":\"A128CBC-HS256\"}", ERROR_TOKEN_MALFORMED},
    {"{\"alg\":\"RSA-OAEP\",\"enc\":1}", ERROR_TOKEN_MALFORMED},
    {"{\"alg\":\"RSA-OAEP\",\"alg\":\"RSA-OAEP\",\"enc\":\"A128CBC-HS256\"}", ERROR_TOKEN_MALFORMED},
    {HEADER(",\"enc\":\"A128CBC-HS256\""), ERROR_TOKEN_MALFORMED},
    {HEADER(",\"\\u0065nc\":\"A128GCM\""), ERROR_TOKEN_MALFORMED},
    {HEADER(",\"zip\":\"def\""), ERROR_TOKEN_ALGORITHM},
    {HEADER(",\"zip\":\"GZIP\""), ERROR_TOKEN_ALGORITHM},
    {HEADER(",\"zip\":\"\""), ERROR_TOKEN_ALGORITHM},
    {HEADER(",\"zip\":\"none\""), ERROR_TOKEN_ALGORITHM},
    {HEADER(",\"zip\":null"), ERROR_TOKEN_MALFORMED},
    {HEADER(",\"zip\":true"), ERROR_TOKEN_MALFORMED},
    {HEADER(",\"cty\":\"\""), ERROR_TOKEN_MALFORMED},
    {HEADER(",\"cty\":\"application/json\""), ERROR_TOKEN_MALFORMED},
    {HEADER(",\"cty\":[\"JWT\"]"), ERROR_TOKEN_MALFORMED},
    {HEADER(",\"crit\":[\"exp\"],\"exp\":1"), ERROR_TOKEN_MALFORMED},
    {HEADER(",\"crit\":[]"), ERROR_TOKEN_MALFORMED},
    {HEADER(",\"b64\":false"), ERROR_TOKEN_MALFORMED},
    {HEADER(",\"p2c\":1"), ERROR_TOKEN_MALFORMED},
    {HEADER(",\"p2s\":\"AA\""), ERROR_TOKEN_MALFORMED},
    {HEADER(",\"epk\":{}"), ERROR_TOKEN_MALFORMED},
    {HEADER(",\"apu\":\"AA\""), ERROR_TOKEN_MALFORMED},
    {HEADER(",\"apv\":\"AA\""), ERROR_TOKEN_MALFORMED},
    {HEADER(",\"iv\":\"AA\""), ERROR_TOKEN_MALFORMED},
    {HEADER(",\"tag\":\"AA\""), ERROR_TOKEN_MALFORMED},
    {HEADER(",\"kid\":7"), ERROR_TOKEN_MALFORMED},
    {HEADER(",\"kid\":\"k\\u0000\""), ERROR_TOKEN_MALFORMED},
    {HEADER(",\"x5t\":null"), ERROR_TOKEN_MALFORMED},
    {HEADER(",\"x5t\":\"\""), ERROR_TOKEN_KEY_UNKNOWN},
    {HEADER(",\"x5t\":\"../../etc/passwd\""), ERROR_TOKEN_KEY_UNKNOWN},
    {HEADER("") "x", ERROR_TOKEN_MALFORMED},
    {"[" HEADER("") "]", ERROR_TOKEN_MALFORMED},
    {"", ERROR_TOKEN_MALFORMED},
    {"\xef\xbb\xbf" HEADER(""), ERROR_TOKEN_MALFORMED},
};

START_TEST(other_headers_are_refused)
{
    expect_closed(refused_headers[_i].header, sealed(refused_headers[_i].header), named,
                  refused_headers[_i].code);
}
END_TEST

/* TEXT with MORE zero bytes at its end (or so many fewer), and the bits of the byte AT (-1: none) inverted.
 */
static struct text bend(struct text text, int more, int at)
{
    struct error err;
    size_t size = more < 0 ? text.size - (size_t)-more : text.size + (size_t)more;
    char *bytes = arena_alloc(&arena, size, &err);
    memcpy(bytes, text.data, size < text.size ? size : text.size);
    if (at >= 0)
        bytes[at] = (char)~bytes[at];
    return text_slice(bytes, size);
}

static const struct {
    const char *name;
    int part, more, at;
    enum error_code code;
} bends[] = {
    {"the tag bent at its start", TAG, 0, 0, ERROR_TOKEN_DECRYPTION},
    {"the tag bent at its end", TAG, 0, 15, ERROR_TOKEN_DECRYPTION},
    {"a tag of 15 bytes", TAG, -1, -1, ERROR_TOKEN_MALFORMED},
    {"a tag of a byte", TAG, -15, -1, ERROR_TOKEN_MALFORMED},
    {"no tag", TAG, -16, -1, ERROR_TOKEN_MALFORMED},
    {"a tag of 17 bytes", TAG, 1, -1, ERROR_TOKEN_MALFORMED},
    {"a tag of 32 bytes", TAG, 16, -1, ERROR_TOKEN_MALFORMED},
    {"the iv bent", IV, 0, 3, ERROR_TOKEN_DECRYPTION},
    {"an iv of 15 bytes", IV, -1, -1, ERROR_TOKEN_MALFORMED},
    {"an iv of 12 bytes", IV, -4, -1, ERROR_TOKEN_MALFORMED},
    {"an iv of 17 bytes", IV, 1, -1, ERROR_TOKEN_MALFORMED},
    {"no iv", IV, -16, -1, ERROR_TOKEN_MALFORMED},
    {"the ciphertext bent in its first block", CIPHERTEXT, 0, 0, ERROR_TOKEN_DECRYPTION},
    {"the ciphertext bent in a later block", CIPHERTEXT, 0, 100, ERROR_TOKEN_DECRYPTION},
    {"a ciphertext with a block less", CIPHERTEXT, -16, -1, ERROR_TOKEN_DECRYPTION},
    {"a ciphertext with a block more", CIPHERTEXT, 16, -1, ERROR_TOKEN_DECRYPTION},
    {"a ciphertext with a byte less", CIPHERTEXT, -1, -1, ERROR_TOKEN_MALFORMED},
    {"a ciphertext with a byte more", CIPHERTEXT, 1, -1, ERROR_TOKEN_MALFORMED},
    {"the encrypted key bent at its start", KEY, 0, 0, ERROR_TOKEN_DECRYPTION},
    {"the encrypted key bent in its middle", KEY, 0, 128, ERROR_TOKEN_DECRYPTION},
    {"the encrypted key bent at its end", KEY, 0, 255, ERROR_TOKEN_DECRYPTION},
    {"an encrypted key with a byte less", KEY, -1, -1, ERROR_TOKEN_DECRYPTION},
    {"an encrypted key with a byte more", KEY, 1, -1, ERROR_TOKEN_DECRYPTION},
    {"an encrypted key of a byte", KEY, -255, -1, ERROR_TOKEN_DECRYPTION},
    {"an encrypted key of 1,024 bytes", KEY, 768, -1, ERROR_TOKEN_DECRYPTION},
    {"an encrypted key of 1,025 bytes", KEY, 769, -1, ERROR_TOKEN_MALFORMED},
    {"no encrypted key", KEY, -256, -1, ERROR_TOKEN_MALFORMED},
};

START_TEST(bent_parts_are_refused)
{
    struct text parts[PARTS];
    seal(text_of(HEADER("")), plain, parts);
    parts[bends[_i].part] = bend(parts[bends[_i].part], bends[_i].more, bends[_i].at);
    expect_closed(bends[_i].name, join(parts), bare, bends[_i].code);
}
END_TEST

START_TEST(an_empty_ciphertext_and_another_header_are_refused)
{
    struct text parts[PARTS];
    seal(text_of(HEADER("")), plain, parts);
    parts[HEADER_BYTES] = text_of("{\"enc\":\"A128CBC-HS256\",\"alg\":\"RSA-OAEP\"}");
    expect_closed("the header's members in another order", join(parts), bare, ERROR_TOKEN_DECRYPTION);
    parts[HEADER_BYTES] = text_of(HEADER(" "));
    expect_closed("a space in the header", join(parts), bare, ERROR_TOKEN_DECRYPTION);
    parts[HEADER_BYTES] = text_of(HEADER(",\"zip\":\"DEF\""));
    expect_closed("zip added", join(parts), bare, ERROR_TOKEN_DECRYPTION);
    parts[HEADER_BYTES] = text_of(HEADER(""));
    expect_plaintext("as it was sealed", join(parts), bare, plain);
    parts[CIPHERTEXT] = text_slice("", 0);
    expect_closed("no ciphertext", join(parts), bare, ERROR_TOKEN_MALFORMED);
}
END_TEST

static const struct {
    const char *token;
    bool five; /* parts */
    enum error_code code;
} spellings[] = {
    {"", false, ERROR_TOKEN_MALFORMED},
    {"...", false, ERROR_TOKEN_MALFORMED},
    {"....", true, ERROR_TOKEN_MALFORMED},
    {".....", false, ERROR_TOKEN_MALFORMED},
    {"e30.e30.e30", false, ERROR_TOKEN_MALFORMED},
    {"e30.e30.e30.e30", false, ERROR_TOKEN_MALFORMED},
    {"e30.e30.e30.e30.e30", true, ERROR_TOKEN_ALGORITHM},
    {"e30.....", false, ERROR_TOKEN_MALFORMED},
    {".e30.e30.e30.e30", true, ERROR_TOKEN_MALFORMED},
    {"e30=.AA.AA.AA.AA", true, ERROR_TOKEN_MALFORMED},
    {" e30.AA.AA.AA.AA", true, ERROR_TOKEN_MALFORMED},
};

START_TEST(other_spellings_are_refused)
{
    ck_assert(jwe_is(text_of(spellings[_i].token)) == spellings[_i].five);
    expect_closed(spellings[_i].token, text_of(spellings[_i].token), bare, spellings[_i].code);
}
END_TEST

START_TEST(every_character_of_a_token_counts)
{
    static const char others[] = {'=', '+', '/', ' ', '\n', '\0', '%', '\x80'};
    struct text token = sealed(HEADER(""));
    struct error none;
    char *bytes = arena_alloc(&arena, token.size + 1, &none);
    for (size_t i = 0; i < token.size; i += i < 60 ? 1 : 7) {
        struct jwe jwe;
        struct error err = {0};
        memcpy(bytes, token.data, token.size);
        bytes[i] = others[i % sizeof others];
        ck_assert_msg(!jwe_read(text_slice(bytes, token.size), &arena, &jwe, &err), "%zu", i);
        ck_assert_int_eq(err.code, ERROR_TOKEN_MALFORMED);
    }
    memcpy(bytes, token.data, token.size);
    bytes[token.size - 1]++; /* stray bits behind the tag's last byte, 16 % 3 == 1 */
    expect_closed("stray bits", text_slice(bytes, token.size), bare, ERROR_TOKEN_MALFORMED);
    bytes[token.size - 1]--;
    bytes[token.size] = '=';
    expect_closed("padding", text_slice(bytes, token.size + 1), bare, ERROR_TOKEN_MALFORMED);
}
END_TEST

START_TEST(a_token_is_as_long_as_a_header_may_carry)
{
    struct text parts[PARTS];
    struct error err;
    char *bytes = arena_alloc(&arena, TOKEN_MAX, &err);
    size_t size = 48175; /* the first block beyond which the token is longer than TOKEN_MAX */
    struct text token;
    do {
        seal(text_of(HEADER("")), text_slice(bytes, size), parts);
        token = join(parts);
        size += 16;
    } while (token.size <= TOKEN_MAX);
    expect_closed("too long", token, bare, ERROR_TOKEN_MALFORMED);
    seal(text_of(HEADER("")), text_slice(bytes, size - 32), parts);
    token = join(parts);
    ck_assert_uint_gt(token.size, TOKEN_MAX - 64);
    expect_plaintext("the longest", token, bare, text_slice(bytes, size - 32));
}
END_TEST

static const size_t sizes[] = {0, 1, 15, 16, 17, 31, 32, 33, 1000, 4095, 4096, 16383, 16384, 16385, 40000};

START_TEST(what_was_encrypted_opens_again)
{
    static const char *const files[] = {VECTOR("jwe/cert.pem"), VECTOR("jwe/public.pem")};
    struct error err;
    size_t size = sizes[_i / 4];
    char *bytes = arena_alloc(&arena, size, &err);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (char)(i * 2654435761U >> 13);
    struct encryption_key *key;
    struct text token;
    ck_assert_msg(encryption_key_load(files[_i % 2], &key, &err), "%s", err.detail);
    struct jwe_draft draft = {key, text_slice(bytes, size), _i / 2 % 2 == 1};
    ck_assert_msg(jwe_encrypt(&draft, &arena, &token, &err), "%s", err.detail);
    expect_plaintext(files[_i % 2], token, bare, draft.jws);
    expect_plaintext(files[_i % 2], token, named, draft.jws);
    struct jwe jwe;
    ck_assert(jwe_read(token, &arena, &jwe, &err));
    ck_assert(jwe.deflated == draft.deflated && (jwe.x5t.data != NULL) == (_i % 2 == 0));
    encryption_key_close(&key);
    ck_assert_ptr_null(key);
    encryption_key_close(&key);
}
END_TEST

static bool encrypt_with_little_memory(void *context, struct error *err)
{
    struct encryption_key *key;
    struct text token;
    struct arena local;
    (void)context;
    if (!encryption_key_load(VECTOR("jwe/cert.pem"), &key, err))
        return false;
    struct jwe_draft draft = {key, plain, true};
    arena_init(&local, 1 << 20);
    bool done = jwe_encrypt(&draft, &local, &token, err);
    arena_reset(&local);
    encryption_key_close(&key);
    return done;
}

START_TEST(encrypting_runs_out)
{
    ck_assert_uint_gt(torture_allocations(encrypt_with_little_memory, NULL), 5);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("jwe");
    TCase *c = tcase_create("jwe");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_loop_test(c, headers_that_mean_our_key_are_taken, 0,
                        (int)(sizeof taken_headers / sizeof *taken_headers));
    tcase_add_loop_test(c, other_headers_are_refused, 0,
                        (int)(sizeof refused_headers / sizeof *refused_headers));
    tcase_add_loop_test(c, bent_parts_are_refused, 0, (int)(sizeof bends / sizeof *bends));
    tcase_add_test(c, an_empty_ciphertext_and_another_header_are_refused);
    tcase_add_loop_test(c, other_spellings_are_refused, 0, (int)(sizeof spellings / sizeof *spellings));
    tcase_add_test(c, every_character_of_a_token_counts);
    tcase_add_test(c, a_token_is_as_long_as_a_header_may_carry);
    tcase_add_loop_test(c, what_was_encrypted_opens_again, 0, 4 * (int)(sizeof sizes / sizeof *sizes));
    tcase_add_test(c, encrypting_runs_out);
    suite_add_tcase(s, c);
    return s;
}
