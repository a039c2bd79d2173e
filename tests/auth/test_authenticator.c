/* SPDX-License-Identifier: Apache-2.0 */
/* The whole way from a header to a principal, with tokens that a key of the configured set signed. */
#include "auth/authenticator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "jose/signing.h"
#include "support/run.h"
#include "support/torture.h"

#define NOW  1700000000
#define BASE "\"iss\":\"me\",\"aud\":\"you\",\"exp\":1700000100,\"nbf\":1699999900,\"sbx\":\"RETAIL\""
#define TWO                                                                                                  \
    "{" BASE                                                                                                 \
    ",\"xti\":{\"tid\":\"9\"},\"xui\":[{\"uhs\":\"h1\",\"xid\":\"11\",\"gtg\":\"One\"},{\"uhs\":\"h2\","     \
    "\"xid\":\"22\"}]}"

static char folder[64];
static struct signing_key *ours, *foreign;
static struct key_set *keys;
static struct issuer issuer;
static struct arena arena;

static const char *path_of(const char *directory, const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s/%s", folder, directory, name);
    return path;
}

/* Once for all tests: two issuers' keys, one of which is trusted. */
static void make_keys(void)
{
    static const char *const directories[] = {"ours", "foreign"};
    static const char *const files[] = {"signing.key.pem", "jwks.json", "decryption.key.pem",
                                        "decryption.cert.pem", ""};
    struct error err;
    snprintf(folder, sizeof folder, "/tmp/userstats-auth-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert(jose_keygen(path_of("ours", ""), JOSE_ES256, &err));
    ck_assert(jose_keygen(path_of("foreign", ""), JOSE_ES256, &err));
    ck_assert(signing_key_load(path_of("ours", files[0]), JOSE_ES256, &ours, &err));
    ck_assert(signing_key_load(path_of("foreign", files[0]), JOSE_ES256, &foreign, &err));
    ck_assert(key_set_load(path_of("ours", files[1]), NULL, &keys, &err));
    for (size_t i = 0; i < 10; i++)
        ck_assert_int_eq(remove(path_of(directories[i / 5], files[i % 5])), 0);
    ck_assert_int_eq(rmdir(folder), 0);
    issuer = (struct issuer){text_of("me"), text_of("you"), keys, 30};
}

static void drop_keys(void)
{
    signing_key_close(&ours);
    signing_key_close(&foreign);
    key_set_release(&keys);
}

static void setup(void)
{
    arena_init(&arena, 1 << 20);
}

static void teardown(void)
{
    arena_reset(&arena);
}

/* START and then a token of PAYLOAD signed by KEY. */
static struct text header_of(const char *start, const char *payload, const struct signing_key *key)
{
    struct text token, value;
    struct buffer b;
    struct error err;
    ck_assert(jws_sign(key, text_of(payload), &arena, &token, &err));
    buffer_init(&b, &arena, 128 * 1024);
    buffer_put(&b, start);
    buffer_append(&b, token);
    ck_assert(buffer_finish(&b, ERROR_INTERNAL, &value, &err));
    return value;
}

static struct principal admit(struct text header)
{
    struct credentials credentials = {header, NOW};
    struct principal p;
    struct error err = {0};
    ck_assert_msg(authenticate(&issuer, &credentials, &arena, &p, &err), "%s: %s",
                  error_class_of(err.code)->name, err.detail);
    return p;
}

START_TEST(a_userhash_names_its_user_and_drops_the_others)
{
    struct principal p = admit(header_of("XBL3.0 x=h2;", TWO, ours));
    ck_assert_uint_eq(p.user_count, 1);
    ck_assert_ptr_eq(p.caller, p.users);
    ck_assert(p.caller->xuid == 22 && p.caller->gamertag.data == NULL);
    ck_assert(p.title_id == 9 && p.expires_s == 1700000100 && text_equals(p.sandbox, text_of("RETAIL")));
    p = admit(header_of("xbl3.0  x=h1;", TWO, ours));
    ck_assert(p.caller->xuid == 11 && text_equals(p.caller->gamertag, text_of("One")));
}
END_TEST

START_TEST(a_star_is_no_particular_caller)
{
    struct principal p = admit(header_of("XBL3.0 x=*;", TWO, ours));
    ck_assert_uint_eq(p.user_count, 2);
    ck_assert_ptr_null(p.caller);
    p = admit(header_of("XBL3.0 x=*;", "{" BASE "}", ours));
    ck_assert_uint_eq(p.user_count, 0);
    p = admit(header_of("XBL3.0 x=*;", "{" BASE ",\"xui\":[{\"uhs\":\"*\",\"xid\":\"1\"}]}", ours));
    ck_assert_msg(p.caller == NULL, "a user whose hash is a star is not named by it");
}
END_TEST

#define PAYLOAD(iss, aud, exp, nbf)                                                                          \
    "{\"iss\":\"" iss "\",\"aud\":\"" aud "\",\"exp\":" exp ",\"nbf\":" nbf                                  \
    ",\"xui\":[{\"uhs\":\"h1\",\"xid\":\"11\"}]}"

static const struct {
    const char *name, *start, *payload;
    enum error_code code;
} refused[] = {
    {"no user is named", "XBL3.0 x=-;", TWO, ERROR_AUTH_NO_USER},
    {"userhash not in the token", "XBL3.0 x=h3;", TWO, ERROR_AUTH_NO_USER},
    {"userhash in another case", "XBL3.0 x=H1;", TWO, ERROR_AUTH_NO_USER},
    {"a prefix of a userhash", "XBL3.0 x=h;", TWO, ERROR_AUTH_NO_USER},
    {"more than a userhash", "XBL3.0 x=h11;", TWO, ERROR_AUTH_NO_USER},
    {"an xuid for a userhash", "XBL3.0 x=11;", TWO, ERROR_AUTH_NO_USER},
    {"two stars", "XBL3.0 x=**;", TWO, ERROR_AUTH_NO_USER},
    {"no users", "XBL3.0 x=h1;", "{" BASE "}", ERROR_AUTH_NO_USER},
    {"users without userhash", "XBL3.0 x=h1;", "{" BASE ",\"xui\":[{\"xid\":\"1\"}]}", ERROR_AUTH_NO_USER},
    {"a userhash that two users share", "XBL3.0 x=h1;",
     "{" BASE ",\"xui\":[{\"uhs\":\"h1\",\"xid\":\"1\"},{\"uhs\":\"h1\",\"xid\":\"2\"}]}",
     ERROR_AUTH_NO_USER},
    {"another scheme", "Bearer ", TWO, ERROR_AUTH_HEADER},
    {"a dot before the token", "XBL3.0 x=h1;.", TWO, ERROR_TOKEN_MALFORMED},
    {"two more parts", "XBL3.0 x=h1;a.b.", TWO, ERROR_TOKEN_ENCRYPTED},
    {"a letter before the token", "XBL3.0 x=h1;e", TWO, ERROR_TOKEN_MALFORMED},
    {"a payload that is no object", "XBL3.0 x=h1;", "[]", ERROR_TOKEN_CLAIMS},
    {"an empty object", "XBL3.0 x=h1;", "{}", ERROR_TOKEN_CLAIMS},
    {"another issuer", "XBL3.0 x=h1;", PAYLOAD("he", "you", "1700000100", "0"), ERROR_TOKEN_ISSUER},
    {"another audience", "XBL3.0 x=h1;", PAYLOAD("me", "us", "1700000100", "0"), ERROR_TOKEN_AUDIENCE},
    {"expired", "XBL3.0 x=h1;", PAYLOAD("me", "you", "1699999970", "0"), ERROR_TOKEN_EXPIRED},
    {"not yet valid", "XBL3.0 x=h1;", PAYLOAD("me", "you", "1700000100", "1700000031"),
     ERROR_TOKEN_NOT_YET_VALID},
};

/* Nothing given, and the same answer whatever the reason. */
static void expect_refusal(const char *name, struct text header, enum error_code code)
{
    struct credentials credentials = {header, NOW};
    struct principal p = {.title_id = 77};
    struct error err = {0};
    ck_assert_msg(!authenticate(&issuer, &credentials, &arena, &p, &err), "%s was admitted", name);
    ck_assert_msg(err.code == code, "%s: %s: %s", name, error_class_of(err.code)->name, err.detail);
    ck_assert_msg(p.title_id == 77, "%s", name);
    const struct error_class *class = error_class_of(err.code), *same = error_class_of(ERROR_AUTH_HEADER);
    ck_assert_int_eq(class->http_status, 401);
    ck_assert_int_eq(class->wire_code, same->wire_code);
    ck_assert_str_eq(error_public_text(&err), same->public_text);
}

START_TEST(others_are_refused)
{
    expect_refusal(refused[_i].name, header_of(refused[_i].start, refused[_i].payload, ours),
                   refused[_i].code);
}
END_TEST

START_TEST(absent_headers_and_foreign_keys_are_refused)
{
    expect_refusal("absent", text_of(NULL), ERROR_AUTH_HEADER);
    expect_refusal("empty", text_of(""), ERROR_AUTH_HEADER);
    expect_refusal("no signature", text_of("XBL3.0 x=*;eyJhbGciOiJub25lIn0.e30."), ERROR_TOKEN_MALFORMED);
    expect_refusal("a foreign key", header_of("XBL3.0 x=h1;", TWO, foreign), ERROR_TOKEN_KEY_UNKNOWN);
}
END_TEST

START_TEST(the_edges_of_time_are_those_with_the_skew)
{
    struct text early = header_of("XBL3.0 x=h1;", PAYLOAD("me", "you", "1700000100", "1700000030"), ours);
    struct text late = header_of("XBL3.0 x=h1;", PAYLOAD("me", "you", "1699999971", "0"), ours);
    ck_assert(admit(early).caller->xuid == 11);
    ck_assert(admit(late).caller->xuid == 11);
}
END_TEST

static bool authenticate_once(void *context, struct error *err)
{
    struct credentials credentials = {*(struct text *)context, NOW};
    struct arena local;
    struct principal p;
    arena_init(&local, 1 << 20);
    bool done = authenticate(&issuer, &credentials, &local, &p, err);
    arena_reset(&local);
    return done;
}

START_TEST(authenticating_survives_any_failed_allocation)
{
    char payload[8192] = "{" BASE ",\"xui\":[{\"uhs\":\"h1\",\"xid\":\"1\"}],\"long\":\"";
    size_t size = strlen(payload);
    memset(payload + size, 'x', 6000); /* more than the arena's first block */
    memcpy(payload + size + 6000, "\"}", 3);
    struct text header = header_of("XBL3.0 x=h1;", payload, ours);
    ck_assert_uint_gt(torture_allocations(authenticate_once, &header), 2);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("auth/authenticator");
    TCase *c = tcase_create("authenticator");
    tcase_add_unchecked_fixture(c, make_keys, drop_keys);
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_set_timeout(c, 60);
    tcase_add_test(c, a_userhash_names_its_user_and_drops_the_others);
    tcase_add_test(c, a_star_is_no_particular_caller);
    tcase_add_loop_test(c, others_are_refused, 0, sizeof refused / sizeof *refused);
    tcase_add_test(c, absent_headers_and_foreign_keys_are_refused);
    tcase_add_test(c, the_edges_of_time_are_those_with_the_skew);
    tcase_add_test(c, authenticating_survives_any_failed_allocation);
    suite_add_tcase(s, c);
    return s;
}
