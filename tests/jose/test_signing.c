/* SPDX-License-Identifier: Apache-2.0 */
/* The issuer's side and the verifier's, against each other: keys made here, tokens signed here, verified
 * here. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "jose/jws.h"
#include "jose/signing.h"
#include "support/run.h"

static char folder[64];

static const char *path_of(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void setup(void)
{
    snprintf(folder, sizeof folder, "/tmp/userstats-signing-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void teardown(void)
{
    static const char *const names[] = {"signing.key.pem", "jwks.json", "decryption.key.pem",
                                        "decryption.cert.pem"};
    for (size_t i = 0; i < 4; i++)
        unlink(path_of(names[i]));
    rmdir(folder);
}

static const enum jose_algorithm algorithms[] = {JOSE_RS256, JOSE_PS256, JOSE_ES256};

START_TEST(a_signed_token_verifies_and_a_bent_one_does_not)
{
    struct error err;
    struct signing_key *signing;
    struct key_set *set;
    struct arena arena;
    struct text token, payload, claims = text_of("{\"iss\":\"me\"}");
    arena_init(&arena, 1 << 20);
    ck_assert_msg(jose_keygen(folder, algorithms[_i], &err), "%s", err.detail);
    ck_assert_msg(signing_key_load(path_of("signing.key.pem"), algorithms[_i], &signing, &err), "%s",
                  err.detail);
    ck_assert_msg(key_set_load(path_of("jwks.json"), NULL, &set, &err), "%s", err.detail);
    ck_assert_uint_eq(key_set_size(set), 1);
    ck_assert_msg(jws_sign(signing, claims, &arena, &token, &err), "%s", err.detail);
    ck_assert_msg(jws_verify(token, set, &arena, &payload, &err), "%s", err.detail);
    ck_assert(text_equals(payload, claims));
    for (size_t i = 0; i < token.size; i += 7) {
        char *bent = memcpy(malloc(token.size), token.data, token.size);
        bent[i] = bent[i] == 'A' ? 'B' : 'A';
        ck_assert_msg(!jws_verify(text_slice(bent, token.size), set, &arena, &payload, &err), "byte %zu bent",
                      i);
        free(bent);
    }
    signing_key_close(&signing);
    key_set_release(&set);
    arena_reset(&arena);
}
END_TEST

START_TEST(keys_are_private_and_never_overwritten)
{
    struct error err;
    struct stat status;
    ck_assert(jose_keygen(folder, JOSE_ES256, &err));
    ck_assert_int_eq(stat(path_of("signing.key.pem"), &status), 0);
    ck_assert_int_eq(status.st_mode & 0777, 0600);
    ck_assert_int_eq(stat(path_of("decryption.key.pem"), &status), 0);
    ck_assert_int_eq(status.st_mode & 0777, 0600);
    ck_assert_int_eq(unlink(path_of("signing.key.pem")), 0);
    ck_assert(!jose_keygen(folder, JOSE_ES256, &err));
    ck_assert_int_eq(err.code, ERROR_FILE);
    ck_assert_ptr_nonnull(strstr(err.detail, "jwks.json"));
    ck_assert_msg(access(path_of("signing.key.pem"), F_OK) != 0,
                  "what was made before the refusal is taken back");
}
END_TEST

START_TEST(what_is_not_for_verifying_is_refused)
{
    struct error err;
    struct key_set *set;
    ck_assert(jose_keygen(folder, JOSE_RS256, &err));
    ck_assert_msg(!key_set_load(path_of("decryption.cert.pem"), NULL, &set, &err), "a certificate for encryption");
    ck_assert_ptr_nonnull(strstr(err.detail, "key usage"));
    ck_assert(!key_set_load(path_of("signing.key.pem"), NULL, &set, &err));
    ck_assert_int_eq(err.code, ERROR_KEY);
    ck_assert_ptr_nonnull(strstr(err.detail, "private"));
    ck_assert_msg(!key_set_load(folder, NULL, &set, &err), "a directory with a private key in it");
}
END_TEST

START_TEST(a_pipe_is_refused_and_not_waited_for)
{
    struct error err;
    struct key_set *set;
    ck_assert_int_eq(mkfifo(path_of("jwks.json"), 0600), 0);
    ck_assert(!key_set_load(path_of("jwks.json"), NULL, &set, &err));
    ck_assert_int_eq(err.code, ERROR_FILE);
    ck_assert_ptr_nonnull(strstr(err.detail, "not a regular file"));
}
END_TEST

START_TEST(a_folder_that_was_made_in_vain_goes)
{
    struct error err;
    struct rlimit before, none = {0, 0};
    char path[96];
    snprintf(path, sizeof path, "%s/new", folder);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    none.rlim_max = before.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &none), 0); /* as if the disk were full */
    bool made = jose_keygen(path, JOSE_ES256, &err);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    ck_assert(!made);
    ck_assert_int_eq(err.code, ERROR_FILE);
    ck_assert_msg(access(path, F_OK) != 0, "the folder is still there");
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("jose/signing");
    TCase *c = tcase_create("keys and tokens");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_set_timeout(c, 120);
    tcase_add_loop_test(c, a_signed_token_verifies_and_a_bent_one_does_not, 0, 3);
    tcase_add_test(c, keys_are_private_and_never_overwritten);
    tcase_add_test(c, what_is_not_for_verifying_is_refused);
    tcase_add_test(c, a_pipe_is_refused_and_not_waited_for);
    tcase_add_test(c, a_folder_that_was_made_in_vain_goes);
    suite_add_tcase(s, c);
    return s;
}
