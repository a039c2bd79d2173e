/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies to batches: what is accepted is told by writing it back; what is refused, by the message's path. */
#include <stdio.h>
#include <string.h>

#include "batch/dialect.h"
#include "support/run.h"
#include "support/torture.h"

#define COUNT(a)    (sizeof(a) / sizeof((a)[0]))
#define ARENA_LIMIT (8 * 1024 * 1024)

static const struct batch_limits limits = {.max_users = 4, .max_stats = 6, .max_values = 20};

static bool parse(struct text body, struct arena *arena, struct text *written, struct error *err)
{
    struct batch b = {.xuid_count = 0};
    struct buffer out;
    if (!batch_parse_documented(body, &limits, arena, &b, err))
        return false;
    buffer_init(&out, arena, 1 << 16);
    batch_request_documented(&b, &out);
    return buffer_finish(&out, ERROR_BATCH_LIMIT, written, err);
}

#define BODY(users, scids) "{\"requestedusers\":[" users "],\"requestedscids\":[" scids "]}"
#define SCID(scid, stats)  "{\"scid\":\"" scid "\",\"requestedstats\":[" stats "]}"

static const struct {
    const char *name, *body, *written;
} accepted[] = {
    {"a number", BODY("1234567890123460", SCID("a", "\"K\"")),
     BODY("\"1234567890123460\"", SCID("a", "\"K\""))},
    {"the largest number", BODY("9007199254740991", SCID("a", "")),
     BODY("\"9007199254740991\"", SCID("a", ""))},
    {"the largest string", BODY("\"18446744073709551615\"", SCID("a", "")),
     BODY("\"18446744073709551615\"", SCID("a", ""))},
    {"mixed, order kept", BODY("3,\"1\",2", SCID("b", "\"y\",\"x\"") "," SCID("a", "\"z\"")),
     BODY("\"3\",\"1\",\"2\"", SCID("b", "\"y\",\"x\"") "," SCID("a", "\"z\""))},
    {"xuids twice", BODY("3,\"1\",\"3\",1,3", SCID("a", "")), BODY("\"3\",\"1\"", SCID("a", ""))},
    {"names twice, in another case", BODY("1", SCID("a", "\"Kills\",\"wins\",\"KILLS\",\"Wins\"")),
     BODY("\"1\"", SCID("a", "\"Kills\",\"wins\""))},
    {"a scid twice, in another case: joined",
     BODY("1", SCID("Aa", "\"x\"") "," SCID("b", "\"x\"") "," SCID("aA", "\"X\",\"y\"")),
     BODY("\"1\"", SCID("Aa", "\"x\",\"y\"") "," SCID("b", "\"x\""))},
    {"a scid twice, once for all", BODY("1", SCID("a", "\"x\"") "," SCID("a", "") "," SCID("a", "\"y\"")),
     BODY("\"1\"", SCID("a", ""))},
    {"strange members and another order",
     "{\"x\":{\"requestedusers\":5},\"requestedscids\":[{\"requestedstats\":[\"K\"],\"SCID\":5,\"scid\":"
     "\"a\"}],"
     "\"RequestedUsers\":null,\"requestedusers\":[1]}",
     BODY("\"1\"", SCID("a", "\"K\""))},
    {"white space",
     " {\t\"requestedusers\" :\n[ 1 , 2 ],\r\n\"requestedscids\":[{\"scid\":\"a\",\"requestedstats\":[ ]} ] "
     "} ",
     BODY("\"1\",\"2\"", SCID("a", ""))},
    {"escapes in a scid and a name", BODY("1", SCID("\\u0061-1", "\"\\u00df \\\"\"")),
     BODY("\"1\"", SCID("a-1", "\"\xC3\x9F \\\"\""))},
    {"36 characters", BODY("1", SCID("c402ff50-3e76-11e2-a25f-0800200c1212", "")),
     BODY("\"1\"", SCID("c402ff50-3e76-11e2-a25f-0800200c1212", ""))},
    {"an empty name: nobody can have declared it", BODY("1", SCID("a", "\"\"")),
     BODY("\"1\"", SCID("a", "\"\""))},
    {"as many users as allowed", BODY("1,2,3,4", SCID("a", "\"a\",\"b\",\"c\",\"d\",\"e\"")),
     BODY("\"1\",\"2\",\"3\",\"4\"", SCID("a", "\"a\",\"b\",\"c\",\"d\",\"e\""))},
    {"as many statistics as allowed",
     BODY("1", SCID("a", "\"a\",\"b\",\"c\"") "," SCID("b", "\"a\",\"b\",\"c\"")),
     BODY("\"1\"", SCID("a", "\"a\",\"b\",\"c\"") "," SCID("b", "\"a\",\"b\",\"c\""))},
    {"each user four times", BODY("1,2,3,4,1,2,3,4,1,2,3,4,1,2,3,4", SCID("a", "")),
     BODY("\"1\",\"2\",\"3\",\"4\"", SCID("a", ""))},
};

START_TEST(accepts)
{
    for (size_t i = 0; i < COUNT(accepted); i++) {
        struct arena arena;
        struct error err;
        struct text written;
        arena_init(&arena, ARENA_LIMIT);
        ck_assert_msg(parse(text_of(accepted[i].body), &arena, &written, &err), "%s: %s", accepted[i].name,
                      error_operator_text(&err));
        ck_assert_msg(text_equals(written, text_of(accepted[i].written)), "%s: %.*s", accepted[i].name,
                      TEXT_ARG(written));
        struct text again; /* parse(write(b)) equals b */
        ck_assert_msg(parse(written, &arena, &again, &err) && text_equals(again, written), "%s",
                      accepted[i].name);
        arena_reset(&arena);
    }
}
END_TEST

#define USERS(users) BODY(users, SCID("a", ""))
#define SCIDS(scids) BODY("1", scids)
#define STRING_STEP  "send the xuid as a decimal string"

static const struct {
    const char *name, *body;
    enum error_code code;
    const char *begins, *holds; /* the message; NULL: any */
} refused[] = {
    {"nothing", "", ERROR_JSON_SYNTAX, NULL, NULL},
    {"cut off", "{\"requestedusers\":[1]", ERROR_JSON_SYNTAX, NULL, NULL},
    {"bytes after the end", USERS("1") "x", ERROR_JSON_SYNTAX, NULL, NULL},
    {"a member twice",
     "{\"requestedusers\":[1],\"requestedusers\":[2],\"requestedscids\":[" SCID("a", "") "]}",
     ERROR_JSON_SYNTAX, NULL, NULL},
    {"not UTF-8", SCIDS(SCID("a", "\"\xFF\"")), ERROR_JSON_SYNTAX, NULL, NULL},
    {"NUL in a name", SCIDS(SCID("a", "\"K\\u0000\"")), ERROR_JSON_SYNTAX, NULL, NULL},
    {"a leading zero", USERS("01"), ERROR_JSON_SYNTAX, NULL, NULL},
    {"too deep", "{\"x\":[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]}", ERROR_JSON_LIMIT, NULL, NULL},
    {"null", "null", ERROR_MEMBER, "The body: must be an object", NULL},
    {"an array", "[]", ERROR_MEMBER, "The body: must be an object", NULL},
    {"an empty object", "{}", ERROR_MEMBER, "requestedusers: is missing", NULL},
    {"users in another case", "{\"RequestedUsers\":[1]}", ERROR_MEMBER, "requestedusers: is missing", NULL},
    {"users null", "{\"requestedusers\":null}", ERROR_MEMBER, "requestedusers: must be an array", NULL},
    {"users as text", "{\"requestedusers\":\"1\"}", ERROR_MEMBER, "requestedusers: must be an array", NULL},
    {"no users", USERS(""), ERROR_MEMBER, "requestedusers: must not be empty", NULL},
    {"2^53", USERS("1,9007199254740992"), ERROR_MEMBER, "requestedusers[1]: ", STRING_STEP},
    {"2^64 as number", USERS("18446744073709551616"), ERROR_MEMBER, "requestedusers[0]: ", STRING_STEP},
    {"60 digits", USERS("123456789012345678901234567890123456789012345678901234567890"), ERROR_MEMBER,
     "requestedusers[0]: ", STRING_STEP},
    {"-5", USERS("-5"), ERROR_MEMBER, "requestedusers[0]: ", STRING_STEP},
    {"-0", USERS("-0"), ERROR_MEMBER, "requestedusers[0]: ", STRING_STEP},
    {"0", USERS("0"), ERROR_MEMBER, "requestedusers[0]: ", STRING_STEP},
    {"1.0", USERS("1.0"), ERROR_MEMBER, "requestedusers[0]: ", STRING_STEP},
    {"1.5", USERS("1.5"), ERROR_MEMBER, "requestedusers[0]: ", STRING_STEP},
    {"1e3", USERS("1e3"), ERROR_MEMBER, "requestedusers[0]: ", STRING_STEP},
    {"an empty string", USERS("\"\""), ERROR_MEMBER, "requestedusers[0]: ", STRING_STEP},
    {"\"0\"", USERS("\"0\""), ERROR_MEMBER, "requestedusers[0]: ", STRING_STEP},
    {"\"-1\"", USERS("\"-1\""), ERROR_MEMBER, "requestedusers[0]: ", STRING_STEP},
    {"\"+1\"", USERS("\"+1\""), ERROR_MEMBER, "requestedusers[0]: ", STRING_STEP},
    {"\" 1\"", USERS("\" 1\""), ERROR_MEMBER, "requestedusers[0]: ", STRING_STEP},
    {"\"1e3\"", USERS("\"1e3\""), ERROR_MEMBER, "requestedusers[0]: ", STRING_STEP},
    {"\"0x1F\"", USERS("\"0x1F\""), ERROR_MEMBER, "requestedusers[0]: ", STRING_STEP},
    {"\"007\"", USERS("\"007\""), ERROR_MEMBER, "requestedusers[0]: ", "without leading zeros"},
    {"2^64 as string", USERS("\"18446744073709551616\""), ERROR_MEMBER, "requestedusers[0]: ", STRING_STEP},
    {"true", USERS("1,2,true"), ERROR_MEMBER, "requestedusers[2]: ", STRING_STEP},
    {"a user null", USERS("null"), ERROR_MEMBER, "requestedusers[0]: ", STRING_STEP},
    {"a user as array", USERS("[1]"), ERROR_MEMBER, "requestedusers[0]: ", STRING_STEP},
    {"no scids", "{\"requestedusers\":[1]}", ERROR_MEMBER, "requestedscids: is missing", NULL},
    {"scids as object", "{\"requestedusers\":[1],\"requestedscids\":{}}", ERROR_MEMBER,
     "requestedscids: must be an array", NULL},
    {"an empty list of scids", SCIDS(""), ERROR_MEMBER, "requestedscids: must not be empty", NULL},
    {"a scid as text", SCIDS("\"a\""), ERROR_MEMBER, "requestedscids[0]: must be an object", NULL},
    {"no scid", SCIDS(SCID("a", "") ",{\"requestedstats\":[]}"), ERROR_MEMBER,
     "requestedscids[1].scid: is missing", NULL},
    {"an empty scid", SCIDS(SCID("", "")), ERROR_MEMBER, "requestedscids[0].scid: must be", NULL},
    {"37 characters", SCIDS(SCID("c402ff50-3e76-11e2-a25f-0800200c12123", "")), ERROR_MEMBER,
     "requestedscids[0].scid: must be", "36"},
    {"a brace in a scid", SCIDS(SCID("{a}", "")), ERROR_MEMBER, "requestedscids[0].scid: must be", NULL},
    {"a scid as number", SCIDS("{\"scid\":5,\"requestedstats\":[]}"), ERROR_MEMBER,
     "requestedscids[0].scid: must be", NULL},
    {"no stats", SCIDS("{\"scid\":\"a\"}"), ERROR_MEMBER, "requestedscids[0].requestedstats: is missing",
     NULL},
    {"stats null", SCIDS("{\"scid\":\"a\",\"requestedstats\":null}"), ERROR_MEMBER,
     "requestedscids[0].requestedstats: must be an array", NULL},
    {"stats as text", SCIDS("{\"scid\":\"a\",\"requestedstats\":\"K\"}"), ERROR_MEMBER,
     "requestedscids[0].requestedstats: must be an array", NULL},
    {"a name as number", SCIDS(SCID("a", "\"x\",5")), ERROR_MEMBER,
     "requestedscids[0].requestedstats[1]: must be a string", NULL},
    {"a name null, in a scid that asks for all", SCIDS(SCID("a", "") "," SCID("a", "null")), ERROR_MEMBER,
     "requestedscids[1].requestedstats[0]: must be a string", NULL},
    {"one user too many", USERS("1,2,3,4,5"), ERROR_BATCH_LIMIT, "requestedusers: ", "4"},
    {"one user too often", USERS("1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1"), ERROR_BATCH_LIMIT,
     "requestedusers: ", "4"},
    {"one statistic too many", SCIDS(SCID("a", "\"a\",\"b\",\"c\",\"d\"") "," SCID("b", "\"a\",\"b\",\"c\"")),
     ERROR_BATCH_LIMIT, "requestedscids: ", "6"},
    {"one scid too many",
     SCIDS(SCID("a", "") "," SCID("b", "") "," SCID("c", "") "," SCID("d", "") "," SCID("e", "") "," SCID(
         "f", "") "," SCID("g", "")),
     ERROR_BATCH_LIMIT, "requestedscids: ", "6"},
    {"one name too often",
     SCIDS(SCID("a", "\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\"") "," SCID(
         "a", "\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\"")),
     ERROR_BATCH_LIMIT, "requestedscids: ", "6"},
    {"more values than allowed", BODY("1,2,3,4", SCID("a", "\"a\",\"b\",\"c\",\"d\",\"e\",\"f\"")),
     ERROR_BATCH_LIMIT, NULL, "20"},
};

START_TEST(refuses)
{
    for (size_t i = 0; i < COUNT(refused); i++) {
        const char *name = refused[i].name, *begins = refused[i].begins, *holds = refused[i].holds;
        struct arena arena;
        struct error err = {.code = ERROR_NONE};
        struct batch b = {.xuid_count = 77};
        arena_init(&arena, ARENA_LIMIT);
        ck_assert_msg(!batch_parse_documented(text_of(refused[i].body), &limits, &arena, &b, &err),
                      "%s: accepted", name);
        ck_assert_msg(err.code == refused[i].code, "%s: code %d, %s", name, (int)err.code, err.message);
        ck_assert_msg(begins == NULL || text_starts_with(text_of(err.message), text_of(begins)), "%s: %s",
                      name, err.message);
        ck_assert_msg(holds == NULL || strstr(err.message, holds) != NULL, "%s: %s", name, err.message);
        ck_assert_msg(b.xuid_count == 77, "%s: the out was touched", name);
        arena_reset(&arena);
    }
}
END_TEST

START_TEST(the_reference_page_s_request)
{
    static const char sample[] =
        "{    \n\"requestedusers\": [\n                1234567890123460,\n                1234567890123234\n "
        "           "
        "],\n            \"requestedscids\": [\n                {\n                    \"scid\": "
        "\"c402ff50-3e76-11e2-a25f-0800200c1212\",\n                    \"requestedstats\": [\n"
        "                        \"Test4FirefightKills\",\n                        "
        "\"Test4FirefightHeadshots\"\n"
        "                    ]\n                },\n                {\n                    \"scid\": "
        "\"c402ff50-3e76-11e2-a25f-0800200c0343\",\n                    \"requestedstats\": [\n"
        "                        \"OverallTestKills\",\n                        \"TestHeadshots\"\n"
        "                    ]\n                }\n            ] \n}\n";
    char golden[1024];
    FILE *f = fopen(SOURCE_DIR "/tests/batch/golden/reference.request.json", "rb");
    ck_assert_ptr_nonnull(f);
    size_t size = fread(golden, 1, sizeof golden, f);
    fclose(f);
    struct arena arena;
    struct error err;
    struct text written;
    arena_init(&arena, ARENA_LIMIT);
    ck_assert_msg(parse(text_of(sample), &arena, &written, &err), "%s", error_operator_text(&err));
    ck_assert_msg(text_equals(written, text_slice(golden, size)), "%.*s", TEXT_ARG(written));
    arena_reset(&arena);
}
END_TEST

START_TEST(sizes_are_checked_without_overflow)
{
    struct error err;
    const struct batch_limits wide = {.max_users = SIZE_MAX, .max_stats = SIZE_MAX, .max_values = SIZE_MAX};
    ck_assert(batch_check_values(4, 5, &limits, &err));
    ck_assert(batch_check_values(0, 0, &limits, &err));
    ck_assert(!batch_check_values(1, 21, &limits, &err) && err.code == ERROR_BATCH_LIMIT);
    ck_assert(!batch_check_values(4, 6, &limits, &err) && err.code == ERROR_BATCH_LIMIT);
    ck_assert(!batch_check_values(SIZE_MAX / 2, 3, &wide, &err) && err.code == ERROR_BATCH_LIMIT);
}
END_TEST

static bool parse_and_write(void *context, struct error *err)
{
    struct arena arena;
    struct text written;
    arena_init(&arena, ARENA_LIMIT);
    bool worked = parse(text_of(context), &arena, &written, err);
    arena_reset(&arena);
    return worked;
}

START_TEST(runs_out_of_memory_cleanly)
{
    char body[] = BODY("1,2", SCID("a", "\"x\"") "," SCID("b", ""));
    ck_assert_uint_gt(torture_allocations(parse_and_write, body), 0);
}
END_TEST

/* The arena's limit is met at every one of its allocations in turn. */
START_TEST(runs_out_of_arena_cleanly)
{
    const struct text body = text_of(BODY("1,2", SCID("a", "\"x\"") "," SCID("b", "")));
    unsigned failures = 0;
    bool worked = false;
    for (size_t limit = 0; !worked; limit += 16) {
        struct arena arena;
        struct error err = {.code = ERROR_NONE};
        struct batch b;
        arena_init(&arena, limit);
        worked = batch_parse_documented(body, &limits, &arena, &b, &err);
        ck_assert_int_eq(err.code, worked ? ERROR_NONE : ERROR_NO_MEMORY);
        failures += !worked;
        arena_reset(&arena);
        ck_assert_uint_lt(limit, ARENA_LIMIT);
    }
    ck_assert_uint_gt(failures, 10);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("parse_documented");
    TCase *t = tcase_create("parse");
    tcase_add_test(t, accepts);
    tcase_add_test(t, refuses);
    tcase_add_test(t, the_reference_page_s_request);
    tcase_add_test(t, sizes_are_checked_without_overflow);
    tcase_add_test(t, runs_out_of_memory_cleanly);
    tcase_add_test(t, runs_out_of_arena_cleanly);
    suite_add_tcase(s, t);
    return s;
}
