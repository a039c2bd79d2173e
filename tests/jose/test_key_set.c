/* SPDX-License-Identifier: Apache-2.0 */
/* Which key files are taken and which are refused, and that the refusal says why. A weak, wrong or private
 * key fails the whole set. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "jose/vectors.h"

#include "jose/key.h"
#include "support/run.h"
#include "support/torture.h"

#define RS_AND_PS (1u << JOSE_RS256 | 1u << JOSE_PS256)

static const struct {
    const char *file;
    size_t keys;
    unsigned algorithms; /* of the first */
} good[] = {
    {"keys.json", 3, 1u << JOSE_RS256},
    {"rfc7515-a2.json", 1, RS_AND_PS},
    {"rfc7515-a3.json", 1, 1u << JOSE_ES256},
    {"keys/good-bom.pem", 1, 1u << JOSE_ES256},
    {"keys/good-certificate.der", 1, RS_AND_PS},
    {"keys/good-certificate.pem", 1, RS_AND_PS},
    {"keys/good-crlf.pem", 1, RS_AND_PS},
    {"keys/good-no-alg-no-kid.json", 1, RS_AND_PS},
    {"keys/good-public-ec.pem", 1, 1u << JOSE_ES256},
    {"keys/good-public.pem", 1, RS_AND_PS},
    {"keys/good-unknown-members.json", 1, 1u << JOSE_ES256},
};

START_TEST(good_files_are_taken)
{
    char bytes[VECTOR_MAX];
    struct text text = vector_read(good[_i].file, bytes);
    struct key_set *set = NULL;
    struct error err = {0};
    ck_assert_msg(key_set_parse(text, "here", NULL, &set, &err), "%s: %s", good[_i].file, err.detail);
    ck_assert_uint_eq(key_set_size(set), good[_i].keys);
    ck_assert_uint_eq(set->keys[0].algorithms, good[_i].algorithms);
    for (size_t i = 0; i < set->count; i++)
        ck_assert_msg(set->keys[i].kid[0] != '\0' || set->keys[i].x5t[0] != '\0', "no token could name it");
    key_set_release(&set);
    ck_assert_ptr_null(set);
    key_set_release(&set);
}
END_TEST

static const struct {
    const char *file, *reason;
} bad[] = {
    {"bad-alg-es256-rsa.json", "keys[0]: a key of another type than ES256"},
    {"bad-alg-hs256.json", "its alg is none of RS256, PS256, ES256"},
    {"bad-alg-lower.json", "its alg is none of"},
    {"bad-alg-none.json", "its alg is none of"},
    {"bad-alg-null.json", "its alg is none of"},
    {"bad-alg-ps256-ec.json", "a key of another type than PS256"},
    {"bad-alg-rs256-ec.json", "a key of another type than RS256"},
    {"bad-alg-rs512.json", "its alg is none of"},
    {"bad-base64.pem", "a PEM block cannot be read"},
    {"bad-blank.pem", "not a JWKS document"},
    {"bad-bom.json", "not a JWKS document"},
    {"bad-certificate-cut.der", "not a JWKS document, a PEM public key or a certificate"},
    {"bad-certificate-trailing.der", "not a JWKS document, a PEM public key or a certificate"},
    {"bad-certificate-trailing.pem", "not a JWKS document, a PEM public key or a certificate"},
    {"bad-cut.pem", "a PEM block cannot be read"},
    {"bad-depth.json", "not a key document"},
    {"bad-duplicate-member.json", "not a key document"},
    {"bad-ec-crv-case.json", "its curve is not P-256"},
    {"bad-ec-long.json", "its x or y is not 32 bytes"},
    {"bad-ec-off-curve.json", "no valid key"},
    {"bad-ec-short.json", "its x or y is not 32 bytes"},
    {"bad-ec-zero.json", "no valid key"},
    {"bad-ed25519.pem", "neither RSA nor EC"},
    {"bad-empty.json", "empty"},
    {"bad-garbage.der", "not a JWKS document"},
    {"bad-indented.pem", "2 PEM blocks"},
    {"bad-key-is-text.json", "keys[0]"},
    {"bad-key-ops-both.json", "key_ops"},
    {"bad-key-ops-sign.json", "key_ops"},
    {"bad-key-ops-text.json", "key_ops"},
    {"bad-keys-absent.json", "the array 'keys'"},
    {"bad-keys-array.json", "[0]: not a string of base64"},
    {"bad-keys-object.json", "'keys' is no array"},
    {"bad-kid-257.json", "its kid is no string of 1 to 256 bytes"},
    {"bad-kid-empty.json", "its kid is no string"},
    {"bad-kid-number.json", "its kid is no string"},
    {"bad-kid-twice.json", "keys[1]: two keys with the kid 'rs'"},
    {"bad-kty-absent.json", "its kty is neither RSA nor EC"},
    {"bad-kty-case.json", "its kty is neither RSA nor EC"},
    {"bad-no-keys.json", "holds no key"},
    {"bad-oct-without-k.json", "its kty is neither RSA nor EC"},
    {"bad-oct.json", "private member 'k'"},
    {"bad-okp.json", "its kty is neither RSA nor EC"},
    {"bad-p384-named-p256.json", "its x or y is not 32 bytes"},
    {"bad-p384.json", "its curve is not P-256"},
    {"bad-p384.pem", "secp384r1; use P-256"},
    {"bad-pkcs1.pem", "neither PUBLIC KEY nor CERTIFICATE"},
    {"bad-private-after-public.pem", "2 PEM blocks"},
    {"bad-private-ec.pem", "private key"},
    {"bad-private-encrypted.pem", "private key"},
    {"bad-private-null.json", "private member 'd'"},
    {"bad-private-prime.json", "private member 'p'"},
    {"bad-private-rsa.json", "private member 'd'"},
    {"bad-private-second.json", "keys[1]: it has the private member 'd'"},
    {"bad-public-trailing.pem", "bytes after its end"},
    {"bad-public.der", "not a JWKS document"},
    {"bad-rsa-1024.json", "an RSA key of 1024 bits; use 2048 to 8192"},
    {"bad-rsa-1024.pem", "an RSA key of 1024 bits"},
    {"bad-rsa-8200.json", "its member 'n'"},
    {"bad-rsa-e-even.json", "weak exponent; use 65537"},
    {"bad-rsa-e-huge.json", "weak exponent"},
    {"bad-rsa-e1.json", "weak exponent"},
    {"bad-rsa-e3.json", "weak exponent"},
    {"bad-rsa-e3.pem", "weak exponent"},
    {"bad-rsa-n-absent.json", "its member 'n' is absent"},
    {"bad-rsa-n-even.json", "no valid key"},
    {"bad-rsa-n-even.pem", "no valid key"},
    {"bad-rsa-n-number.json", "its member 'n'"},
    {"bad-rsa-n-padded.json", "its member 'n'"},
    {"bad-rsa-n-small-factor.json", "no valid key"},
    {"bad-same-key-twice.pem", "2 PEM blocks"},
    {"bad-second-cut.pem", "2 PEM blocks"},
    {"bad-secp256k1.pem", "secp256k1; use P-256"},
    {"bad-trailing.json", "not a key document"},
    {"bad-use-case.json", "its use is not 'sig'"},
    {"bad-use-enc.json", "its use is not 'sig'"},
    {"bad-use-null.json", "its use is not 'sig'"},
    {"bad-two-blocks.pem", "2 PEM blocks"},
    {"bad-x5t-long.json", "its x5t is no string of 1 to 27 bytes"},
    {"bad-x5t-padding.json", "its x5t is not the base64url of 20 bytes"},
    {"bad-x5t-short.json", "its x5t is not the base64url of 20 bytes"},
    {"bad-x5t-twice.json", "two keys with the x5t 'dHdlbnR5IGJ5dGVzIGV4YWN0bHk'"},
};

START_TEST(bad_files_are_refused_with_a_reason)
{
    char path[512];
    struct key_set *set = NULL;
    struct error err = {0};
    snprintf(path, sizeof path, "%s%s", VECTOR("keys/"), bad[_i].file);
    ck_assert_msg(!key_set_load(path, NULL, &set, &err), "%s was taken", bad[_i].file);
    ck_assert_ptr_null(set);
    ck_assert_msg(err.code == ERROR_KEY, "%s: %s", bad[_i].file, error_class_of(err.code)->name);
    ck_assert_msg(strstr(err.detail, bad[_i].reason) != NULL, "%s says: %s", bad[_i].file, err.detail);
    ck_assert_msg(strstr(err.detail, bad[_i].file) != NULL, "the file is not named: %s", err.detail);
}
END_TEST

START_TEST(no_vector_is_forgotten)
{
    DIR *folder = opendir(VECTOR("keys"));
    size_t files = 0, listed = sizeof bad / sizeof *bad;
    ck_assert_ptr_nonnull(folder);
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder))
        files += entry->d_name[0] != '.';
    closedir(folder);
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        listed += strncmp(good[i].file, "keys/", 5) == 0;
    ck_assert_uint_eq(files, listed);
}
END_TEST

/* COUNT keys with the kids "0", "1", …, all the key of RFC 7515 A.3. */
static struct text many_keys(size_t count, struct arena *arena)
{
    struct buffer out;
    struct text text;
    struct error err;
    buffer_init(&out, arena, 64 * 1024);
    buffer_put(&out, "{\"keys\":[");
    for (size_t i = 0; i < count; i++)
        buffer_format(
            &out,
            "%s{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
            "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\",\"kid\":\"%zu\"}",
            i == 0 ? "" : ",", i);
    buffer_put(&out, "]}");
    ck_assert(buffer_finish(&out, ERROR_INTERNAL, &text, &err));
    return text;
}

START_TEST(a_set_holds_64_keys_and_no_more)
{
    struct arena arena;
    struct key_set *set = NULL;
    struct error err;
    arena_init(&arena, 1 << 20);
    ck_assert(key_set_parse(many_keys(KEY_SET_MAX, &arena), "here", NULL, &set, &err));
    ck_assert_uint_eq(key_set_size(set), KEY_SET_MAX);
    key_set_release(&set);
    ck_assert(!key_set_parse(many_keys(KEY_SET_MAX + 1, &arena), "here", NULL, &set, &err));
    ck_assert_int_eq(err.code, ERROR_KEY);
    ck_assert_ptr_nonnull(strstr(err.detail, "keys[64]: more than 64 keys"));
    arena_reset(&arena);
}
END_TEST

START_TEST(bytes_beyond_the_limit_and_no_bytes_are_refused)
{
    struct key_set *set = NULL;
    struct error err = {0};
    char *large = malloc(KEY_FILE_MAX + 1);
    memset(large, ' ', KEY_FILE_MAX + 1);
    ck_assert(!key_set_parse(text_slice(large, KEY_FILE_MAX + 1), "here", NULL, &set, &err));
    ck_assert_int_eq(err.code, ERROR_KEY);
    memcpy(large, "-----BEGIN ", 11);
    ck_assert(!key_set_parse(text_slice(large, KEY_FILE_MAX + 1), "here", NULL, &set, &err));
    ck_assert_int_eq(err.code, ERROR_KEY);
    ck_assert(!key_set_parse(text_of(NULL), "here", NULL, &set, &err));
    ck_assert_int_eq(err.code, ERROR_KEY);
    ck_assert_str_eq(err.detail, "here: empty, or larger than 1048576 bytes");
    free(large);
}
END_TEST

START_TEST(keys_are_found_by_what_names_them)
{
    char bytes[VECTOR_MAX];
    struct key_set *set = NULL;
    struct error err;
    const struct text none = {0};
    ck_assert(key_set_load(VECTOR("keys.json"), NULL, &set, &err));
    ck_assert_ptr_eq(key_set_find(set, text_of("ps"), none), &set->keys[1]);
    ck_assert_ptr_null(key_set_find(set, text_of("PS"), none));
    ck_assert_ptr_null(key_set_find(set, text_of("p"), none));
    ck_assert_ptr_null(key_set_find(set, text_slice("ps\0", 3), none));
    ck_assert_ptr_null(key_set_find(set, text_of(""), none));
    ck_assert_ptr_null(key_set_find(set, none, text_of("")));
    ck_assert_msg(key_set_find(set, none, none) == NULL, "three keys, and none is named");
    ck_assert_ptr_null(key_set_find(set, text_of("ps"), text_of("ps")));
    key_set_release(&set);
    ck_assert(key_set_parse(vector_read("keys/good-no-alg-no-kid.json", bytes), "here", NULL, &set, &err));
    ck_assert_ptr_eq(key_set_find(set, none, none), &set->keys[0]);
    ck_assert_msg(key_set_find(set, text_of(""), none) == NULL, "an empty kid names no key");
    key_set_release(&set);
}
END_TEST

START_TEST(keys_without_a_name_are_found_by_their_thumbprints)
{
    static const char jwks[] =
        "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
        "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"},"
        "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY\","
        "\"y\":\"T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU\"}]}";
    const struct text none = {0};
    char thumbprint[THUMBPRINT_SIZE + 1];
    struct key_set *set = NULL;
    struct error err = {0};
    ck_assert_msg(key_set_parse(text_of(jwks), "here", NULL, &set, &err), "%s", err.detail);
    ck_assert_uint_eq(key_set_size(set), 2);
    for (size_t i = 0; i < 2; i++) {
        ck_assert(jwk_thumbprint(set->keys[i].pkey, thumbprint, &err));
        ck_assert_ptr_eq(key_set_find(set, text_of(thumbprint), none), &set->keys[i]);
    }
    key_set_release(&set);
}
END_TEST

START_TEST(thumbprints_are_those_of_rfc_7638)
{
    /* §3.1's key and its thumbprint */
    static const char jwks[] =
        "{\"keys\":[{\"kty\":\"RSA\",\"n\":"
        "\"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuh"
        "DR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_"
        "FDW2"
        "QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-"
        "bFTWhAI4vMQFh6WeZu0fM4lFd"
        "2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw\",\"e\":\"AQAB\",\"alg\":\"RS256\","
        "\"kid\":\"2011-04-29\"}]}";
    char thumbprint[THUMBPRINT_SIZE + 1];
    struct key_set *set = NULL;
    struct error err;
    ck_assert(key_set_parse(text_of(jwks), "here", NULL, &set, &err));
    ck_assert(jwk_thumbprint(set->keys[0].pkey, thumbprint, &err));
    ck_assert_str_eq(thumbprint, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    key_set_release(&set);
}
END_TEST

static char folder[64];

static const char *in_folder(const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void put(const char *name, const char *vector)
{
    char bytes[VECTOR_MAX];
    struct text text = vector_read(vector, bytes);
    FILE *file = fopen(in_folder(name), "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(text.data, 1, text.size, file), text.size);
    fclose(file);
}

START_TEST(a_directory_is_all_its_files)
{
    struct key_set *set = NULL;
    struct error err;
    snprintf(folder, sizeof folder, "/tmp/userstats-keys-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert(!key_set_load(folder, NULL, &set, &err));
    ck_assert_ptr_nonnull(strstr(err.detail, "holds no key"));
    put("a.json", "keys.json");
    put("b.pem", "keys/good-certificate.pem");
    put(".hidden", "keys/bad-private-ec.pem");
    ck_assert_msg(key_set_load(folder, NULL, &set, &err), "%s", err.detail);
    ck_assert_uint_eq(key_set_size(set), 4);
    key_set_release(&set);
    put("c.pem", "keys/bad-private-ec.pem");
    ck_assert_msg(!key_set_load(folder, NULL, &set, &err), "one bad file refuses all");
    ck_assert_ptr_nonnull(strstr(err.detail, "c.pem"));
    ck_assert_int_eq(unlink(in_folder("c.pem")), 0);
    ck_assert_int_eq(mkdir(in_folder("d"), 0700), 0);
    ck_assert_msg(!key_set_load(folder, NULL, &set, &err), "a directory in a directory");
    ck_assert_int_eq(err.code, ERROR_FILE);
    ck_assert_ptr_nonnull(strstr(err.detail, "/d: not a regular file"));
    ck_assert_int_eq(rmdir(in_folder("d")), 0);
    ck_assert_int_eq(mkfifo(in_folder("p"), 0600), 0);
    ck_assert_msg(!key_set_load(folder, NULL, &set, &err), "a pipe in a directory");
    ck_assert_ptr_nonnull(strstr(err.detail, "/p: not a regular file"));
    ck_assert_int_eq(unlink(in_folder("p")), 0);
    ck_assert_int_eq(unlink(in_folder("a.json")), 0);
    ck_assert_int_eq(unlink(in_folder("b.pem")), 0);
    ck_assert_int_eq(unlink(in_folder(".hidden")), 0);
    ck_assert(!key_set_load(in_folder("absent"), NULL, &set, &err));
    ck_assert_int_eq(err.code, ERROR_FILE);
    ck_assert_ptr_nonnull(strstr(err.detail, "absent: No such file"));
    ck_assert_int_eq(rmdir(folder), 0);
    ck_assert_ptr_null(set);
}
END_TEST

static bool parse(void *context, struct error *err)
{
    const struct text *text = context;
    struct key_set *set;
    if (!key_set_parse(*text, "here", NULL, &set, err))
        return false;
    key_set_release(&set);
    return true;
}

START_TEST(parsing_survives_any_failed_allocation)
{
    static const char *const files[] = {"keys.json", "keys/good-public.pem", "keys/good-certificate.der"};
    char bytes[VECTOR_MAX];
    struct text text = vector_read(files[_i], bytes);
    ck_assert_uint_gt(torture_allocations(parse, &text), 1);
}
END_TEST

static bool load(void *context, struct error *err)
{
    struct key_set *set;
    if (!key_set_load(context, NULL, &set, err))
        return false;
    key_set_release(&set);
    return true;
}

START_TEST(loading_survives_any_failed_allocation)
{
    char path[] = VECTOR("keys.json");
    ck_assert_uint_gt(torture_allocations(load, path), 2);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("jose/key_set");
    TCase *c = tcase_create("key set");
    tcase_set_timeout(c, 60);
    tcase_add_loop_test(c, good_files_are_taken, 0, sizeof good / sizeof *good);
    tcase_add_loop_test(c, bad_files_are_refused_with_a_reason, 0, sizeof bad / sizeof *bad);
    tcase_add_test(c, no_vector_is_forgotten);
    tcase_add_test(c, a_set_holds_64_keys_and_no_more);
    tcase_add_test(c, bytes_beyond_the_limit_and_no_bytes_are_refused);
    tcase_add_test(c, keys_are_found_by_what_names_them);
    tcase_add_test(c, keys_without_a_name_are_found_by_their_thumbprints);
    tcase_add_test(c, thumbprints_are_those_of_rfc_7638);
    tcase_add_test(c, a_directory_is_all_its_files);
    tcase_add_loop_test(c, parsing_survives_any_failed_allocation, 0, 3);
    tcase_add_test(c, loading_survives_any_failed_allocation);
    suite_add_tcase(s, c);
    return s;
}
