/* SPDX-License-Identifier: Apache-2.0 */
/* Which files are taken as decryption keys, which are refused and why, and which key of a set an encrypted
 * token means. */
#include <stdlib.h>
#include <unistd.h>

#include "jose/encrypted.h"

#include "base/memory.h"
#include "jose/encryption.h"
#include "jose/key.h"
#include "jose/signing.h"
#include "support/run.h"
#include "support/torture.h"

#define KEYS(name) VECTOR("jwe/keys/" name)
#define X5T        "pqBrLMidttEKanI-4ZRfxlQCC-c" /* of jwe/cert.pem */
#define THUMBPRINT "GoRCEfVegHWXMVswTe4onARhDQe1Ot2J_SExgy39Uik"

static const struct key_rules decryption = {KEYS_DECRYPT, 0, false};

static const struct {
    const char *path;
    bool named; /* by cert.pem */
} good_files[] = {
    {VECTOR("jwe/key.pem"), false},           {KEYS("good-pkcs1.pem"), false},
    {KEYS("good-key-and-cert.pem"), true},    {KEYS("good-cert-and-key.pem"), true},
    {KEYS("good-same-cert-twice.pem"), true},
};

START_TEST(files_are_taken)
{
    struct key_set *set;
    struct error err = {0};
    ck_assert_msg(key_set_load(good_files[_i].path, &decryption, &set, &err), "%s", err.detail);
    ck_assert_uint_eq(key_set_size(set), 1);
    ck_assert_str_eq(set->keys[0].kid, THUMBPRINT);
    ck_assert_str_eq(set->keys[0].x5t, good_files[_i].named ? X5T : "");
    ck_assert_uint_eq(set->keys[0].algorithms, 1u << JOSE_RSA_OAEP);
    ck_assert_msg(ERR_peek_error() == 0, "an error is left for the next call to report");
    key_set_release(&set);
}
END_TEST

START_TEST(other_certificates_for_encrypting_are_taken)
{
    static const char *const paths[] = {KEYS("good-data-encipherment.pem"), KEYS("good-no-usage.pem")};
    struct key_set *set;
    struct error err = {0};
    ck_assert_msg(key_set_load(paths[_i], &decryption, &set, &err), "%s", err.detail);
    ck_assert_uint_eq(strlen(set->keys[0].x5t), X5T_SIZE);
    ck_assert_str_ne(set->keys[0].x5t, X5T);
    key_set_release(&set);
}
END_TEST

static const struct {
    const char *path, *reason;
} bad_files[] = {
    {KEYS("bad-1024.pem"), "1024 bits"},
    {KEYS("bad-e3.pem"), "weak exponent"},
    {KEYS("bad-ec.pem"), "another type than RSA-OAEP takes"},
    {KEYS("bad-mixed-pair.pem"), "private half"},
    {KEYS("bad-trailing.pem"), "private key"},
    {KEYS("bad-pass-phrase.pem"), "pass phrase"},
    {KEYS("bad-pass-phrase-pkcs1.pem"), "pass phrase"},
    {KEYS("bad-two-keys.pem"), "2 private keys"},
    {KEYS("bad-two-certs.pem"), "two certificates of one private key"},
    {KEYS("bad-foreign-cert.pem"), "without its private key"},
    {KEYS("bad-cert-alone.pem"), "without its private key"},
    {KEYS("bad-signature-usage.pem"), "key usage"},
    {KEYS("bad-public.pem"), "neither a private key nor a certificate"},
    {KEYS("bad-other-block.pem"), "neither a private key nor a certificate"},
    {KEYS("bad-cut.pem"), "cannot be read"},
    {KEYS("bad-der.der"), "not PEM"},
    {KEYS("bad-jwks.json"), "not PEM"},
    {KEYS("bad-empty.pem"), "not PEM"},
    {KEYS("absent.pem"), "No such file"},
    {VECTOR("keys.json"), "not PEM"},
    {VECTOR("jwe/keys"), "/jwe/keys/bad-1024.pem: "},
};

START_TEST(files_are_refused)
{
    struct key_set *set = NULL;
    struct error err = {0};
    ck_assert_msg(!key_set_load(bad_files[_i].path, &decryption, &set, &err), "%s", bad_files[_i].path);
    ck_assert_ptr_null(set);
    ck_assert(err.code == ERROR_KEY || err.code == ERROR_FILE);
    ck_assert_msg(strstr(err.detail, bad_files[_i].reason) != NULL, "%s", err.detail);
    ck_assert_msg(strncmp(err.detail, bad_files[_i].path, strlen(bad_files[_i].path)) == 0, "%s", err.detail);
    ck_assert_msg(ERR_peek_error() == 0, "an error is left for the next call to report");
}
END_TEST

START_TEST(keys_to_encrypt_to_are_refused)
{
    static const struct {
        const char *path, *reason;
    } rows[] = {
        {VECTOR("jwe/key.pem"), "neither a certificate nor a public key"},
        {KEYS("good-key-and-cert.pem"), "one certificate or one public key"},
        {KEYS("bad-jwks.json"), "one certificate or one public key"},
        {VECTOR("keys/good-public-ec.pem"), "another type than RSA-OAEP takes"},
        {KEYS("bad-signature-cert.pem"), "key usage"},
        {KEYS("absent.pem"), "No such file"},
    };
    struct encryption_key *key = NULL;
    struct error err = {0};
    ck_assert_msg(!encryption_key_load(rows[_i].path, &key, &err), "%s", rows[_i].path);
    ck_assert_ptr_null(key);
    ck_assert_msg(strstr(err.detail, rows[_i].reason) != NULL, "%s", err.detail);
    ck_assert_msg(strncmp(err.detail, rows[_i].path, strlen(rows[_i].path)) == 0, "%s", err.detail);
}
END_TEST

static char folder[64];

static const char *in_folder(const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/* Copies the vectors of NAMES (NULL-terminated) into a new folder, in alphabetical order as they are given.
 */
static void make_folder(const char *const *names)
{
    char bytes[VECTOR_MAX], name[32];
    snprintf(folder, sizeof folder, "/tmp/userstats-decryption-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    for (int i = 0; names[i] != NULL; i++) {
        snprintf(name, sizeof name, "%d.pem", i);
        struct text text = vector_read(names[i], bytes);
        FILE *file = fopen(in_folder(name), "wb");
        ck_assert_ptr_nonnull(file);
        ck_assert_uint_eq(fwrite(text.data, 1, text.size, file), text.size);
        fclose(file);
    }
}

static void remove_folder(void)
{
    char name[32];
    for (int i = 0; i < 4; i++) {
        snprintf(name, sizeof name, "%d.pem", i);
        unlink(in_folder(name));
    }
    ck_assert_int_eq(rmdir(folder), 0);
}

#define KEY   "jwe/key.pem"
#define CERT  "jwe/cert.pem"
#define OTHER "jwe/other-key.pem"
#define OCERT "jwe/other-cert.pem"

static const struct {
    const char *names[5];
    const char *reason; /* NULL: taken */
} folders[] = {
    {{CERT, KEY, NULL}, NULL},
    {{KEY, CERT, NULL}, NULL},
    {{CERT, OTHER, KEY, OCERT, NULL}, NULL},
    {{KEY, OTHER, NULL}, NULL},
    {{"jwe/keys/good-key-and-cert.pem", CERT, OTHER, NULL}, NULL},
    {{KEY, OCERT, NULL}, "/1.pem: a certificate without its private key"},
    {{CERT, NULL}, "/0.pem: a certificate without its private key"},
    {{KEY, "keys.json", NULL}, "/1.pem: not PEM"},
    {{KEY, "jwe/public.pem", NULL}, "/1.pem: a PEM block that is neither"},
    {{KEY, KEY, NULL}, "/1.pem: two keys with the kid"},
    {{KEY, CERT, "jwe/keys/good-no-usage.pem", NULL}, "/2.pem: two keys with the kid"},
    {{NULL}, "holds no private key"},
};

START_TEST(a_directory_is_all_good_or_refused)
{
    struct key_set *set = NULL;
    struct error err = {0};
    make_folder(folders[_i].names);
    bool taken = key_set_load(folder, &decryption, &set, &err);
    ck_assert_msg(taken == (folders[_i].reason == NULL), "%s", err.detail);
    if (!taken)
        ck_assert_msg(strstr(err.detail, folders[_i].reason) != NULL, "%s", err.detail);
    key_set_release(&set);
    remove_folder();
}
END_TEST

/* Which key, by its file's place, a header means. The token opens with key.pem only. */
static const struct {
    const char *names[5];
    const char *kid, *x5t;
    int file; /* -1: none */
} choices[] = {
    {{KEY, NULL}, NULL, NULL, 0},
    {{KEY, NULL}, NULL, "any", 0},
    {{KEY, NULL}, "any", NULL, 0},
    {{KEY, NULL}, THUMBPRINT, "any", 0},
    {{KEY, CERT, NULL}, NULL, NULL, 0},
    {{KEY, CERT, NULL}, NULL, X5T, 0},
    {{KEY, CERT, NULL}, "any", X5T, 0},
    {{KEY, CERT, NULL}, "any", NULL, 0},
    {{KEY, CERT, NULL}, NULL, "any", -1},
    {{KEY, CERT, NULL}, THUMBPRINT, "any", -1},
    {{KEY, CERT, NULL}, THUMBPRINT, "", -1},
    {{KEY, OTHER, NULL}, NULL, NULL, -1},
    {{KEY, OTHER, NULL}, "any", "any", -1},
    {{KEY, OTHER, NULL}, THUMBPRINT, NULL, 0},
    {{OTHER, KEY, NULL}, THUMBPRINT, "any", 1},
    {{OTHER, KEY, CERT, NULL}, NULL, X5T, 1},
    {{OTHER, KEY, CERT, NULL}, THUMBPRINT, NULL, 1},
    {{OTHER, KEY, CERT, NULL}, NULL, "any", 0},
    {{OTHER, KEY, CERT, NULL}, THUMBPRINT, "any", 0},
    {{OTHER, KEY, CERT, NULL}, NULL, NULL, 0},
    {{OTHER, KEY, CERT, OCERT, NULL}, NULL, "any", -1},
    {{OTHER, KEY, CERT, OCERT, NULL}, NULL, NULL, -1},
    {{OTHER, KEY, CERT, OCERT, NULL}, "any", X5T, 1},
};

START_TEST(a_header_means_one_key)
{
    char bytes[VECTOR_MAX];
    struct key_set *set;
    struct error err = {0};
    struct arena arena;
    struct jwe jwe;
    struct jwe_opened opened;
    const char *const *names = choices[_i].names;
    arena_init(&arena, 1 << 20);
    make_folder(names);
    ck_assert_msg(key_set_load(folder, &decryption, &set, &err), "%s", err.detail);
    ck_assert(jwe_read(vector_token("good-nameless", bytes), &arena, &jwe, &err));
    jwe.kid = text_of(choices[_i].kid); /* unprotected here: they only choose the key */
    jwe.x5t = text_of(choices[_i].x5t);
    bool is_open = jwe_open(&jwe, set, &arena, &opened, &err);
    bool expected = choices[_i].file >= 0 && strcmp(names[choices[_i].file], KEY) == 0;
    ck_assert_msg(is_open == expected, "%s", err.detail);
    if (!is_open)
        ck_assert_int_eq(err.code, choices[_i].file < 0 ? ERROR_TOKEN_KEY_UNKNOWN : ERROR_TOKEN_DECRYPTION);
    arena_reset(&arena);
    key_set_release(&set);
    remove_folder();
}
END_TEST

START_TEST(keys_for_verifying_do_not_decrypt)
{
    char bytes[VECTOR_MAX];
    struct key_set *set;
    struct error err;
    ck_assert(key_set_load(VECTOR("jwe/public.pem"), NULL, &set, &err));
    expect_closed("with a public key", vector_token("good-nameless", bytes), set, ERROR_TOKEN_KEY_UNKNOWN);
    key_set_release(&set);
    ck_assert(!key_set_load(VECTOR("jwe/key.pem"), NULL, &set, &err));
    ck_assert_ptr_nonnull(strstr(err.detail, "private key"));
}
END_TEST

START_TEST(what_keygen_makes_decrypts)
{
    static const char *const made[] = {"signing.key.pem", "jwks.json", "decryption.key.pem",
                                       "decryption.cert.pem"};
    struct key_set *set;
    struct encryption_key *key;
    struct text token;
    struct error err;
    struct arena arena;
    arena_init(&arena, 1 << 20);
    make_folder((const char *const[]){NULL});
    ck_assert(jose_keygen(folder, JOSE_ES256, &err));
    ck_assert_msg(key_set_load(in_folder("decryption.key.pem"), &decryption, &set, &err), "%s", err.detail);
    ck_assert_msg(encryption_key_load(in_folder("decryption.cert.pem"), &key, &err), "%s", err.detail);
    struct jwe_draft draft = {key, text_of("a.b.c"), true};
    ck_assert(jwe_encrypt(&draft, &arena, &token, &err));
    expect_plaintext("made by keygen", token, set, draft.jws);
    encryption_key_close(&key);
    key_set_release(&set);
    for (size_t i = 0; i < sizeof made / sizeof *made; i++)
        ck_assert_int_eq(unlink(in_folder(made[i])), 0);
    arena_reset(&arena);
    remove_folder();
}
END_TEST

static bool load_with_little_memory(void *context, struct error *err)
{
    struct key_set *set;
    if (!key_set_load(context, &decryption, &set, err))
        return false;
    key_set_release(&set);
    return true;
}

START_TEST(loading_runs_out)
{
    char path[] = KEYS("good-key-and-cert.pem");
    ck_assert_uint_gt(torture_allocations(load_with_little_memory, path), 4);
    make_folder((const char *const[]){CERT, KEY, NULL});
    ck_assert_uint_gt(torture_allocations(load_with_little_memory, folder), 6);
    remove_folder();
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("decryption_keys");
    TCase *c = tcase_create("decryption_keys");
    tcase_add_loop_test(c, files_are_taken, 0, (int)(sizeof good_files / sizeof *good_files));
    tcase_add_loop_test(c, other_certificates_for_encrypting_are_taken, 0, 2);
    tcase_add_loop_test(c, files_are_refused, 0, (int)(sizeof bad_files / sizeof *bad_files));
    tcase_add_loop_test(c, keys_to_encrypt_to_are_refused, 0, 6);
    tcase_add_loop_test(c, a_directory_is_all_good_or_refused, 0, (int)(sizeof folders / sizeof *folders));
    tcase_add_loop_test(c, a_header_means_one_key, 0, (int)(sizeof choices / sizeof *choices));
    tcase_add_test(c, keys_for_verifying_do_not_decrypt);
    tcase_add_test(c, what_keygen_makes_decrypts);
    tcase_add_test(c, loading_runs_out);
    suite_add_tcase(s, c);
    return s;
}
