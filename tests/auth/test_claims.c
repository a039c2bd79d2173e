/* SPDX-License-Identifier: Apache-2.0 */
/* What is read out of a payload, and how it is judged at every edge of time. */
#include "auth/claims.h"

#include <string.h>

#include "support/run.h"
#include "support/torture.h"

#define BASE "\"iss\":\"me\",\"aud\":\"you\",\"exp\":200,\"nbf\":100"

static struct arena arena;

static void setup(void)
{
    arena_init(&arena, 4 << 20);
}

static void teardown(void)
{
    arena_reset(&arena);
}

static struct claims claims_of(const char *payload)
{
    struct claims c;
    struct error err = {0};
    ck_assert_msg(claims_read(text_of(payload), &arena, &c, &err), "%s: %s", payload, err.detail);
    return c;
}

START_TEST(a_whole_token_is_read)
{
    struct claims c = claims_of(
        "{" BASE ",\"sbx\":\"XDKS.1\",\"xti\":{\"tid\":\"1717113201\",\"x\":1},"
        "\"xdi\":{\"dty\":\"XboxOne\",\"ddi\":\"D1\",\"did\":\"D2\"},\"xsi\":{},\"xai\":null,"
        "\"cnf\":{\"jwk\":{\"kty\":\"EC\"}},\"unknown\":[1,2],"
        "\"xui\":[{\"uhs\":\"h1\",\"xid\":\"18446744073709551615\",\"gtg\":\"Warrior\",\"agg\":\"Adult\"},"
        "{\"uhs\":\"h2\",\"xid\":\"1\"}]}");
    const struct principal *p = &c.principal;
    ck_assert(text_equals(c.issuer, text_of("me")));
    ck_assert_uint_eq(c.audience_count, 1);
    ck_assert(c.validity.expires_s == 200 && c.validity.not_before_s == 100 && p->expires_s == 200);
    ck_assert(text_equals(p->sandbox, text_of("XDKS.1")));
    ck_assert(p->title_id == 1717113201 && text_equals(p->device_type, text_of("XboxOne")));
    ck_assert(text_equals(p->device_id, text_of("D1")));
    ck_assert_uint_eq(p->user_count, 2);
    ck_assert_ptr_null(p->caller);
    ck_assert(text_equals(p->users[0].userhash, text_of("h1")) && p->users[0].xuid == UINT64_MAX);
    ck_assert(text_equals(p->users[0].gamertag, text_of("Warrior")));
    ck_assert(p->users[1].xuid == 1 && p->users[1].gamertag.data == NULL);
}
END_TEST

START_TEST(absent_and_null_are_no_data)
{
    static const char *const payloads[] = {
        "{" BASE "}",
        "{" BASE ",\"sbx\":null,\"xti\":null,\"xdi\":null,\"xui\":null}",
        "{" BASE ",\"xti\":{},\"xdi\":{},\"xui\":[]}",
        "{" BASE ",\"xti\":{\"tid\":null},\"xdi\":{\"dty\":null,\"ddi\":null,\"did\":null}}",
        "{" BASE
        ",\"SBX\":\"RETAIL\",\"Xti\":{\"tid\":\"1\"},\"xti\":{\"TID\":\"1\"},\"XUI\":[{\"uhs\":\"h\"}]}",
        "{" BASE ",\"xui\":[{},{\"uhs\":null,\"xid\":\"5\"},{\"uhs\":\"\",\"xid\":\"6\"},{\"xid\":\"7\"}]}",
    };
    for (size_t i = 0; i < sizeof payloads / sizeof *payloads; i++) {
        struct claims c = claims_of(payloads[i]);
        const struct principal *p = &c.principal;
        ck_assert_msg(p->sandbox.data == NULL && p->title_id == 0 && p->device_type.data == NULL &&
                          p->device_id.data == NULL && p->user_count == 0 && p->caller == NULL,
                      "%s", payloads[i]);
    }
    ck_assert(
        text_equals(claims_of("{" BASE ",\"xdi\":{\"did\":\"D2\"}}").principal.device_id, text_of("D2")));
    ck_assert(claims_of("{" BASE ",\"xui\":[{\"uhs\":\"h\"}]}").principal.users[0].xuid == 0);
}
END_TEST

static const struct {
    const char *name, *payload;
} refused[] = {
    {"empty", ""},
    {"no JSON", "iss"},
    {"an array", "[{" BASE "}]"},
    {"a string", "\"{}\""},
    {"null", "null"},
    {"two documents", "{" BASE "}{" BASE "}"},
    {"a NUL after", "{" BASE "}\\u0000"},
    {"duplicate exp", "{" BASE ",\"exp\":300}"},
    {"duplicate in xui", "{" BASE ",\"xui\":[{\"uhs\":\"a\",\"xid\":\"1\",\"xid\":\"2\"}]}"},
    {"duplicate by an escape", "{" BASE ",\"\\u0065xp\":300}"},
    {"not UTF-8", "{" BASE ",\"a\":\"\xff\"}"},
    {"a NUL in a string", "{" BASE ",\"sbx\":\"RETAIL\\u0000\"}"},
    {"too deep", "{" BASE ",\"a\":[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]}"},
    {"no claim at all", "{}"},
    {"no iss", "{\"aud\":\"you\",\"exp\":200,\"nbf\":100}"},
    {"no aud", "{\"iss\":\"me\",\"exp\":200,\"nbf\":100}"},
    {"no exp", "{\"iss\":\"me\",\"aud\":\"you\",\"nbf\":100}"},
    {"no nbf", "{\"iss\":\"me\",\"aud\":\"you\",\"exp\":200}"},
    {"iss null", "{\"iss\":null,\"aud\":\"you\",\"exp\":200,\"nbf\":100}"},
    {"iss an array", "{\"iss\":[\"me\"],\"aud\":\"you\",\"exp\":200,\"nbf\":100}"},
    {"aud null", "{\"iss\":\"me\",\"aud\":null,\"exp\":200,\"nbf\":100}"},
    {"aud a number", "{\"iss\":\"me\",\"aud\":1,\"exp\":200,\"nbf\":100}"},
    {"aud an object", "{\"iss\":\"me\",\"aud\":{\"you\":1},\"exp\":200,\"nbf\":100}"},
    {"aud of numbers", "{\"iss\":\"me\",\"aud\":[\"you\",1],\"exp\":200,\"nbf\":100}"},
    {"aud of arrays", "{\"iss\":\"me\",\"aud\":[[\"you\"]],\"exp\":200,\"nbf\":100}"},
    {"17 audiences",
     "{\"iss\":\"me\",\"aud\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\",\"10\",\"11\",\"12\","
     "\"13\",\"14\",\"15\",\"16\",\"you\"],\"exp\":200,\"nbf\":100}"},
    {"exp null", "{\"iss\":\"me\",\"aud\":\"you\",\"exp\":null,\"nbf\":100}"},
    {"exp a string", "{\"iss\":\"me\",\"aud\":\"you\",\"exp\":\"200\",\"nbf\":100}"},
    {"exp true", "{\"iss\":\"me\",\"aud\":\"you\",\"exp\":true,\"nbf\":100}"},
    {"exp with a fraction", "{\"iss\":\"me\",\"aud\":\"you\",\"exp\":200.5,\"nbf\":100}"},
    {"exp with a fraction of 0", "{\"iss\":\"me\",\"aud\":\"you\",\"exp\":200.0,\"nbf\":100}"},
    {"exp with an exponent", "{\"iss\":\"me\",\"aud\":\"you\",\"exp\":2e2,\"nbf\":100}"},
    {"exp of 2^63", "{\"iss\":\"me\",\"aud\":\"you\",\"exp\":9223372036854775808,\"nbf\":100}"},
    {"exp of 2^64+200", "{\"iss\":\"me\",\"aud\":\"you\",\"exp\":18446744073709551816,\"nbf\":100}"},
    {"exp of 1e400", "{\"iss\":\"me\",\"aud\":\"you\",\"exp\":1e400,\"nbf\":100}"},
    {"nbf below -2^63", "{\"iss\":\"me\",\"aud\":\"you\",\"exp\":200,\"nbf\":-9223372036854775809}"},
    {"nbf -0", "{\"iss\":\"me\",\"aud\":\"you\",\"exp\":200,\"nbf\":-0}"},
    {"nbf an array", "{\"iss\":\"me\",\"aud\":\"you\",\"exp\":200,\"nbf\":[100]}"},
    {"nbf a string", "{\"iss\":\"me\",\"aud\":\"you\",\"exp\":200,\"nbf\":\"\"}"},
    {"sbx a number", "{" BASE ",\"sbx\":1}"},
    {"sbx an array", "{" BASE ",\"sbx\":[\"RETAIL\"]}"},
    {"xti a string", "{" BASE ",\"xti\":\"1\"}"},
    {"xti an array", "{" BASE ",\"xti\":[{\"tid\":\"1\"}]}"},
    {"tid a number", "{" BASE ",\"xti\":{\"tid\":1}}"},
    {"tid 0", "{" BASE ",\"xti\":{\"tid\":\"0\"}}"},
    {"tid empty", "{" BASE ",\"xti\":{\"tid\":\"\"}}"},
    {"tid hexadecimal", "{" BASE ",\"xti\":{\"tid\":\"0x66\"}}"},
    {"tid of 2^64", "{" BASE ",\"xti\":{\"tid\":\"18446744073709551616\"}}"},
    {"xdi false", "{" BASE ",\"xdi\":false}"},
    {"dty a number", "{" BASE ",\"xdi\":{\"dty\":1}}"},
    {"ddi an object", "{" BASE ",\"xdi\":{\"ddi\":{}}}"},
    {"did a number", "{" BASE ",\"xdi\":{\"did\":1}}"},
    {"xui an object", "{" BASE ",\"xui\":{\"uhs\":\"h\",\"xid\":\"1\"}}"},
    {"xui a string", "{" BASE ",\"xui\":\"h\"}"},
    {"xui of null", "{" BASE ",\"xui\":[null]}"},
    {"xui of strings", "{" BASE ",\"xui\":[\"h\"]}"},
    {"xui of arrays", "{" BASE ",\"xui\":[[{\"uhs\":\"h\",\"xid\":\"1\"}]]}"},
    {"uhs a number", "{" BASE ",\"xui\":[{\"uhs\":1,\"xid\":\"1\"}]}"},
    {"xid a number", "{" BASE ",\"xui\":[{\"uhs\":\"h\",\"xid\":1}]}"},
    {"xid 0", "{" BASE ",\"xui\":[{\"uhs\":\"h\",\"xid\":\"0\"}]}"},
    {"xid empty", "{" BASE ",\"xui\":[{\"uhs\":\"h\",\"xid\":\"\"}]}"},
    {"xid negative", "{" BASE ",\"xui\":[{\"uhs\":\"h\",\"xid\":\"-1\"}]}"},
    {"xid with a sign", "{" BASE ",\"xui\":[{\"uhs\":\"h\",\"xid\":\"+1\"}]}"},
    {"xid with a space", "{" BASE ",\"xui\":[{\"uhs\":\"h\",\"xid\":\" 1\"}]}"},
    {"xid with a leading zero", "{" BASE ",\"xui\":[{\"uhs\":\"h\",\"xid\":\"01\"}]}"},
    {"xid of 2^64", "{" BASE ",\"xui\":[{\"uhs\":\"h\",\"xid\":\"18446744073709551616\"}]}"},
    {"xid bad, of a user that nobody names", "{" BASE ",\"xui\":[{\"xid\":\"x\"}]}"},
    {"gtg a number", "{" BASE ",\"xui\":[{\"uhs\":\"h\",\"xid\":\"1\",\"gtg\":7}]}"},
    {"17 users", "{" BASE ",\"xui\":[{\"uhs\":\"1\"},{\"uhs\":\"2\"},{\"uhs\":\"3\"},{\"uhs\":\"4\"},{"
                 "\"uhs\":\"5\"},{\"uhs\":\"6\"},"
                 "{\"uhs\":\"7\"},{\"uhs\":\"8\"},{\"uhs\":\"9\"},{\"uhs\":\"10\"},{\"uhs\":\"11\"},{\"uhs\":"
                 "\"12\"},{\"uhs\":"
                 "\"13\"},{\"uhs\":\"14\"},{\"uhs\":\"15\"},{\"uhs\":\"16\"},{\"uhs\":\"17\"}]}"},
};

START_TEST(other_claims_are_refused)
{
    struct claims c = {.validity = {77, 0}};
    struct error err = {0};
    ck_assert_msg(!claims_read(text_of(refused[_i].payload), &arena, &c, &err), "%s was taken",
                  refused[_i].name);
    ck_assert_msg(err.code == ERROR_TOKEN_CLAIMS, "%s: %s", refused[_i].name, error_class_of(err.code)->name);
    ck_assert_msg(c.validity.expires_s == 77 && err.message[0] == '\0', "%s", refused[_i].name);
}
END_TEST

START_TEST(sixteen_users_and_audiences_fit)
{
    struct claims c = claims_of(
        "{\"iss\":\"me\",\"exp\":1,\"nbf\":-1,\"aud\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\","
        "\"10\",\"11\","
        "\"12\",\"13\",\"14\",\"15\",\"16\"],\"xui\":[{\"uhs\":\"1\"},{\"uhs\":\"2\"},{\"uhs\":\"3\"},{"
        "\"uhs\":\"4\"},"
        "{\"uhs\":\"5\"},{\"uhs\":\"6\"},{\"uhs\":\"7\"},{\"uhs\":\"8\"},{\"uhs\":\"9\"},{\"uhs\":\"10\"},{"
        "\"uhs\":"
        "\"11\"},{\"uhs\":\"12\"},{\"uhs\":\"13\"},{\"uhs\":\"14\"},{\"uhs\":\"15\"},{\"uhs\":\"16\"}]}");
    ck_assert_uint_eq(c.audience_count, CLAIMS_AUDIENCES_MAX);
    ck_assert_uint_eq(c.principal.user_count, CLAIMS_USERS_MAX);
    ck_assert(c.validity.not_before_s == -1);
}
END_TEST

static const struct {
    const char *name, *issuer, *audience, *iss;
    const char *aud[2];
    enum error_code code;
} names[] = {
    {"both fit", "me", "you", "me", {"you", NULL}, ERROR_NONE},
    {"the second of two audiences", "me", "you", "me", {"they", "you"}, ERROR_NONE},
    {"another issuer", "me", "you", "he", {"you", NULL}, ERROR_TOKEN_ISSUER},
    {"issuer in another case", "me", "you", "Me", {"you", NULL}, ERROR_TOKEN_ISSUER},
    {"a prefix of the issuer", "me", "you", "m", {"you", NULL}, ERROR_TOKEN_ISSUER},
    {"more than the issuer", "me", "you", "me.evil.example", {"you", NULL}, ERROR_TOKEN_ISSUER},
    {"issuer with a slash", "http://me", "you", "http://me/", {"you", NULL}, ERROR_TOKEN_ISSUER},
    {"issuer with a space", "me", "you", "me ", {"you", NULL}, ERROR_TOKEN_ISSUER},
    {"the empty issuer", "me", "you", "", {"you", NULL}, ERROR_TOKEN_ISSUER},
    {"no issuer configured", "", "you", "", {"you", NULL}, ERROR_TOKEN_ISSUER},
    {"absent issuer configured", NULL, "you", "", {"you", NULL}, ERROR_TOKEN_ISSUER},
    {"another audience", "me", "you", "me", {"they", NULL}, ERROR_TOKEN_AUDIENCE},
    {"audience in another case", "me", "you", "me", {"YOU", NULL}, ERROR_TOKEN_AUDIENCE},
    {"a prefix of the audience", "me", "you", "me", {"yo", NULL}, ERROR_TOKEN_AUDIENCE},
    {"more than the audience", "me", "you", "me", {"you2", NULL}, ERROR_TOKEN_AUDIENCE},
    {"audiences in one string", "me", "you", "me", {"they you", "you,they"}, ERROR_TOKEN_AUDIENCE},
    {"no audience", "me", "you", "me", {NULL, NULL}, ERROR_TOKEN_AUDIENCE},
    {"no audience configured", "me", "", "me", {"", NULL}, ERROR_TOKEN_AUDIENCE},
    {"absent audience configured", "me", NULL, "me", {"", NULL}, ERROR_TOKEN_AUDIENCE},
};

START_TEST(issuer_and_audience_are_compared_exactly)
{
    struct issuer issuer = {.name = text_of(names[_i].issuer), .audience = text_of(names[_i].audience)};
    struct claims c = {.issuer = text_of(names[_i].iss), .validity = {200, 100}};
    struct error err = {0};
    while (c.audience_count < 2 && names[_i].aud[c.audience_count] != NULL) {
        c.audiences[c.audience_count] = text_of(names[_i].aud[c.audience_count]);
        c.audience_count++;
    }
    bool fits = claims_judge(&c, &issuer, 150, &err);
    ck_assert_msg(fits == (names[_i].code == ERROR_NONE), "%s", names[_i].name);
    ck_assert_msg(err.code == names[_i].code, "%s: %s", names[_i].name, error_class_of(err.code)->name);
}
END_TEST

static const struct {
    int64_t not_before, expires, skew, now;
    enum error_code code;
} times[] = {
    {100, 200, 0, 99, ERROR_TOKEN_NOT_YET_VALID},
    {100, 200, 0, 100, ERROR_NONE},
    {100, 200, 0, 199, ERROR_NONE},
    {100, 200, 0, 200, ERROR_TOKEN_EXPIRED},
    {100, 200, 30, 69, ERROR_TOKEN_NOT_YET_VALID},
    {100, 200, 30, 70, ERROR_NONE},
    {100, 200, 30, 229, ERROR_NONE},
    {100, 200, 30, 230, ERROR_TOKEN_EXPIRED},
    {200, 100, 0, 150, ERROR_TOKEN_EXPIRED},
    {200, 100, 60, 150, ERROR_NONE},
    {100, 100, 0, 100, ERROR_TOKEN_EXPIRED},
    {0, 0, 0, 0, ERROR_TOKEN_EXPIRED},
    {-100, -50, 0, 0, ERROR_TOKEN_EXPIRED},
    {-100, 1, 0, 0, ERROR_NONE},
    {INT64_MIN, INT64_MAX, 0, 0, ERROR_NONE},
    {INT64_MIN, INT64_MAX, INT64_MAX, 0, ERROR_NONE},
    {INT64_MIN, INT64_MAX, 300, INT64_MIN, ERROR_NONE},
    {INT64_MIN, INT64_MAX, 300, INT64_MAX - 1, ERROR_NONE},
    {INT64_MIN, INT64_MAX, 300, INT64_MAX, ERROR_TOKEN_EXPIRED},
    {INT64_MIN, INT64_MIN, 300, 0, ERROR_TOKEN_EXPIRED},
    {INT64_MIN, INT64_MIN, 0, INT64_MIN, ERROR_TOKEN_EXPIRED},
    {INT64_MAX, INT64_MAX, 300, 0, ERROR_TOKEN_NOT_YET_VALID},
    {INT64_MAX, INT64_MAX, 0, INT64_MAX - 1, ERROR_TOKEN_NOT_YET_VALID},
    {INT64_MAX, INT64_MAX, 1, INT64_MAX - 1, ERROR_NONE},
    {INT64_MIN + 1, 0, INT64_MAX, INT64_MIN, ERROR_NONE},
};

START_TEST(time_is_judged_to_the_second)
{
    struct issuer issuer = {
        .name = text_of("me"), .audience = text_of("you"), .clock_skew_s = times[_i].skew};
    struct claims c = {.issuer = text_of("me"),
                       .audiences = {text_of("you")},
                       .audience_count = 1,
                       .validity = {times[_i].expires, times[_i].not_before}};
    struct error err = {0};
    bool valid = claims_judge(&c, &issuer, times[_i].now, &err);
    ck_assert_msg(err.code == times[_i].code && valid == (err.code == ERROR_NONE), "row %d: %s", _i,
                  error_class_of(err.code)->name);
}
END_TEST

static bool read_once(void *context, struct error *err)
{
    struct arena local;
    struct claims c;
    arena_init(&local, 1 << 20);
    bool done = claims_read(text_of(context), &local, &c, err);
    arena_reset(&local);
    return done;
}

START_TEST(reading_survives_any_failed_allocation)
{
    char payload[8192] =
        "{" BASE ",\"xui\":[{\"uhs\":\"h\",\"xid\":\"1\"}],\"xti\":{\"tid\":\"1\"},\"long\":\"";
    size_t size = strlen(payload);
    memset(payload + size, 'x', 6000);
    memcpy(payload + size + 6000, "\"}", 3);
    ck_assert_uint_gt(torture_allocations(read_once, payload), 2);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("auth/claims");
    TCase *c = tcase_create("claims");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, a_whole_token_is_read);
    tcase_add_test(c, absent_and_null_are_no_data);
    tcase_add_loop_test(c, other_claims_are_refused, 0, sizeof refused / sizeof *refused);
    tcase_add_test(c, sixteen_users_and_audiences_fit);
    tcase_add_loop_test(c, issuer_and_audience_are_compared_exactly, 0, sizeof names / sizeof *names);
    tcase_add_loop_test(c, time_is_judged_to_the_second, 0, sizeof times / sizeof *times);
    tcase_add_test(c, reading_survives_any_failed_allocation);
    suite_add_tcase(s, c);
    return s;
}
