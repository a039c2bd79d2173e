/* SPDX-License-Identifier: Apache-2.0 */
/* The whole way from a header to a principal, with tokens that a key of the configured set signed. */
#include "auth/authenticator.h"

#include <string.h>

#include "auth/parties.h"
#include "base/buffer.h"
#include "support/run.h"
#include "support/torture.h"

#define NOW  1700000000
#define BASE "\"iss\":\"me\",\"aud\":\"you\",\"exp\":1700000100,\"nbf\":1699999900,\"sbx\":\"RETAIL\""
#define TWO                                                                                                  \
    "{" BASE                                                                                                 \
    ",\"xti\":{\"tid\":\"9\"},\"xui\":[{\"uhs\":\"h1\",\"xid\":\"11\",\"gtg\":\"One\"},{\"uhs\":\"h2\","     \
    "\"xid\":\"22\"}]}"

static struct issuer issuer;
static struct authenticator *authenticator;
static struct arena arena;

static void setup(void)
{
    arena_init(&arena, 1 << 20);
    issuer = (struct issuer){.label = "auth",
                             .name = text_of("me"),
                             .audience = text_of("you"),
                             .tokens = TOKENS_SIGNED,
                             .clock_skew_s = 30,
                             .keys = slot_of(OF(OURS))};
    authenticator = authenticator_of(&issuer, 1, 0);
}

static void teardown(void)
{
    authenticator_close(&authenticator);
    key_slot_close(&issuer.keys);
    arena_reset(&arena);
}

/* START and then a token of PAYLOAD signed by WHOM. */
static struct text header_of(const char *start, const char *payload, enum party whom)
{
    struct text value;
    struct buffer b;
    struct error err;
    buffer_init(&b, &arena, 128 * 1024);
    buffer_put(&b, start);
    buffer_append(&b, signed_by(whom, payload, &arena));
    ck_assert(buffer_finish(&b, ERROR_INTERNAL, &value, &err));
    return value;
}

static struct principal admit(struct text header)
{
    struct credentials credentials = {header, NOW};
    struct principal p;
    struct error err = {0};
    ck_assert_msg(authenticate(authenticator, &credentials, &arena, &p, &err), "%s: %s",
                  error_class_of(err.code)->name, err.detail);
    return p;
}

START_TEST(a_userhash_names_its_user_and_drops_the_others)
{
    struct principal p = admit(header_of("XBL3.0 x=h2;", TWO, OURS));
    ck_assert_uint_eq(p.user_count, 1);
    ck_assert_ptr_eq(p.caller, p.users);
    ck_assert(p.caller->xuid == 22 && p.caller->gamertag.data == NULL);
    ck_assert(p.title_id == 9 && p.expires_s == 1700000100 && text_equals(p.sandbox, text_of("RETAIL")));
    p = admit(header_of("xbl3.0  x=h1;", TWO, OURS));
    ck_assert(p.caller->xuid == 11 && text_equals(p.caller->gamertag, text_of("One")));
}
END_TEST

START_TEST(a_star_is_no_particular_caller)
{
    struct principal p = admit(header_of("XBL3.0 x=*;", TWO, OURS));
    ck_assert_uint_eq(p.user_count, 2);
    ck_assert_ptr_null(p.caller);
    p = admit(header_of("XBL3.0 x=*;", "{" BASE "}", OURS));
    ck_assert_uint_eq(p.user_count, 0);
    p = admit(header_of("XBL3.0 x=*;", "{" BASE ",\"xui\":[{\"uhs\":\"*\",\"xid\":\"1\"}]}", OURS));
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
    {"two more parts", "XBL3.0 x=h1;a.b.", TWO, ERROR_TOKEN_FORM},
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
    ck_assert_msg(!authenticate(authenticator, &credentials, &arena, &p, &err), "%s was admitted", name);
    ck_assert_msg(err.code == code, "%s: %s: %s", name, error_class_of(err.code)->name, err.detail);
    ck_assert_msg(p.title_id == 77, "%s", name);
    const struct error_class *class = error_class_of(err.code), *same = error_class_of(ERROR_AUTH_HEADER);
    ck_assert_int_eq(class->http_status, 401);
    ck_assert_int_eq(class->wire_code, same->wire_code);
    ck_assert_str_eq(error_public_text(&err), same->public_text);
}

START_TEST(others_are_refused)
{
    expect_refusal(refused[_i].name, header_of(refused[_i].start, refused[_i].payload, OURS),
                   refused[_i].code);
}
END_TEST

START_TEST(absent_headers_and_foreign_keys_are_refused)
{
    expect_refusal("absent", text_of(NULL), ERROR_AUTH_HEADER);
    expect_refusal("empty", text_of(""), ERROR_AUTH_HEADER);
    expect_refusal("no signature", text_of("XBL3.0 x=*;eyJhbGciOiJub25lIn0.e30."), ERROR_TOKEN_MALFORMED);
    expect_refusal("a foreign key", header_of("XBL3.0 x=h1;", TWO, FOREIGN), ERROR_TOKEN_KEY_UNKNOWN);
}
END_TEST

START_TEST(the_edges_of_time_are_those_with_the_skew)
{
    struct text early = header_of("XBL3.0 x=h1;", PAYLOAD("me", "you", "1700000100", "1700000030"), OURS);
    struct text late = header_of("XBL3.0 x=h1;", PAYLOAD("me", "you", "1699999971", "0"), OURS);
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
    bool done = authenticate(authenticator, &credentials, &local, &p, err);
    arena_reset(&local);
    return done;
}

/* A token whose claims do not fit into an arena's first block. */
static struct text long_header(void)
{
    char payload[8192] = "{" BASE ",\"xui\":[{\"uhs\":\"h1\",\"xid\":\"1\"}],\"long\":\"";
    size_t size = strlen(payload);
    memset(payload + size, 'x', 6000);
    memcpy(payload + size + 6000, "\"}", 3);
    return header_of("XBL3.0 x=h1;", payload, OURS);
}

START_TEST(authenticating_survives_any_failed_allocation)
{
    struct text header = long_header();
    ck_assert_uint_gt(torture_allocations(authenticate_once, &header), 2);
}
END_TEST

START_TEST(remembering_survives_any_failed_allocation)
{
    struct text header = long_header();
    authenticator_close(&authenticator);
    authenticator = authenticator_of(&issuer, 1, 10);
    ck_assert_uint_gt(torture_allocations(authenticate_once, &header), 3);
    ck_assert_uint_eq(authenticator_count(authenticator).entries, 1);
    ck_assert_uint_gt(torture_allocations(authenticate_once, &header), 0);
    ck_assert_uint_eq(authenticator_count(authenticator).entries, 1);
}
END_TEST

START_TEST(an_encrypted_token_survives_any_failed_allocation)
{
    struct text token = encrypted_to(OURS, signed_by(OURS, TWO, &arena), &arena);
    struct text header = header_with("h1", token, &arena);
    struct key_slot *decryption = decryption_slot_of(OF(OURS));
    struct issuer encrypting = issuer;
    encrypting.tokens = TOKENS_ENCRYPTED;
    encrypting.decryption_keys = decryption;
    authenticator_close(&authenticator);
    authenticator = authenticator_of(&encrypting, 1, 10);
    ck_assert_uint_gt(torture_allocations(authenticate_once, &header), 3);
    ck_assert_uint_eq(authenticator_count(authenticator).decryptions_refused, 0);
    authenticator_close(&authenticator);
    key_slot_close(&decryption);
}
END_TEST

static bool open_once(void *context, struct error *err)
{
    const struct authenticator_options options = {.issuers = context,
                                                  .issuer_count = 1,
                                                  .remembered_max = 10000,
                                                  .remembered_bytes_max = 1 << 20,
                                                  .decryptions_in_flight_max = 1,
                                                  .clock = &standing_clock,
                                                  .random = &random_system};
    struct authenticator *opened;
    if (!authenticator_open(&options, &opened, err))
        return false;
    authenticator_close(&opened);
    return true;
}

static bool no_randomness(void *context, void *out, size_t size, struct error *err)
{
    (void)context, (void)out;
    return error_set(err, ERROR_INTERNAL, "no %zu random bytes", size);
}

START_TEST(opening_survives_any_failure)
{
    const struct random_source none = {no_randomness, NULL};
    struct authenticator *opened = authenticator;
    struct error err = {0};
    ck_assert_uint_gt(torture_allocations(open_once, &issuer), 64);
    const struct authenticator_options options = {.issuers = &issuer,
                                                  .issuer_count = 1,
                                                  .remembered_max = 1,
                                                  .decryptions_in_flight_max = 1,
                                                  .clock = &standing_clock,
                                                  .random = &none};
    ck_assert(!authenticator_open(&options, &opened, &err));
    ck_assert_int_eq(err.code, ERROR_INTERNAL);
    ck_assert_ptr_eq(opened, authenticator);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("auth/authenticator");
    TCase *c = tcase_create("authenticator");
    tcase_add_unchecked_fixture(c, parties_make, parties_drop);
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_set_timeout(c, 60);
    tcase_add_test(c, a_userhash_names_its_user_and_drops_the_others);
    tcase_add_test(c, a_star_is_no_particular_caller);
    tcase_add_loop_test(c, others_are_refused, 0, sizeof refused / sizeof *refused);
    tcase_add_test(c, absent_headers_and_foreign_keys_are_refused);
    tcase_add_test(c, the_edges_of_time_are_those_with_the_skew);
    tcase_add_test(c, authenticating_survives_any_failed_allocation);
    tcase_add_test(c, remembering_survives_any_failed_allocation);
    tcase_add_test(c, an_encrypted_token_survives_any_failed_allocation);
    tcase_add_test(c, opening_survives_any_failure);
    suite_add_tcase(s, c);
    return s;
}
