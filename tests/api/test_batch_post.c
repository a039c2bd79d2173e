/* SPDX-License-Identifier: Apache-2.0 */
/* POST /batch: what is answered, what is refused and in which order, and what is never read. */
#include "api/service.h"

START_TEST(the_reference_page_in_both_dialects)
{
    struct exchange x;
    send_ask(&x, &(struct ask){.caller = SAINT_CALLS, .body = REFERENCE});
    assert_golden(&x, "reference.documented");
    arena_reset(&x.arena);
    send_ask(&x, &(struct ask){
                     .caller = SAINT_CALLS, .contract = "1", .query = "operation=read", .body = REFERENCE});
    assert_golden(&x, "reference.contract1");
    struct store_fake_query q = store_fake_last_query(service.fake);
    ck_assert_msg(q.reads == 2, "one read of the store for each request");
    ck_assert_int_eq(q.deadline_ns, DEADLINE_NS);
    ck_assert(text_equals(response_header(&x, "Content-Type"), text_of("application/json")));
    arena_reset(&x.arena);
}
END_TEST

#define USER(xuid, gamertag, scids) "{\"xuid\":\"" xuid "\"," gamertag "\"scids\":[" scids "]}"
#define TAG(gamertag)               "\"gamertag\":\"" gamertag "\","
#define STATS(scid, stats)          "{\"scid\":\"" scid "\",\"stats\":[" stats "]}"
#define STAT(name, type, value)     "{\"statname\":\"" name "\",\"type\":\"" type "\",\"value\":" value "}"
#define ANSWER(users)               "{\"users\":[" users "]}"
#define OPEN_OF_SAINT                                                                                        \
    STAT("Test4FirefightKills", "Integer", "7") "," STAT("Test4FirefightHeadshots", "Integer", "4")

static const struct {
    const char *name;
    struct ask ask;
    const char *answer;
} answers[] = {
    {"echoed scid, declared name",
     {.caller = SAINT_CALLS,
      .body = BODY(SAINT, SCID("C402FF50-3E76-11E2-A25F-0800200C1212", "\"TEST4FIREFIGHTKILLS\""))},
     ANSWER(
         USER(SAINT, TAG("WarriorSaint"),
              STATS("C402FF50-3E76-11E2-A25F-0800200C1212", STAT("Test4FirefightKills", "Integer", "7"))))},
    {"an undeclared name is left out",
     {.caller = SAINT_CALLS, .body = BODY(SAINT, SCID(FIRST, "\"Nobody\",\"Test4FirefightKills\",\"\""))},
     ANSWER(USER(SAINT, TAG("WarriorSaint"), STATS(FIRST, STAT("Test4FirefightKills", "Integer", "7"))))},
    {"only undeclared names: the gamertag is known all the same",
     {.caller = SAINT_CALLS, .body = BODY(SAINT, SCID(FIRST, "\"Nobody\""))},
     ANSWER(USER(SAINT, TAG("WarriorSaint"), STATS(FIRST, "")))},
    {"a stranger has an entry",
     {.caller = SAINT_CALLS, .body = BODY("5", SCID(FIRST, "\"Test4FirefightKills\""))},
     ANSWER(USER("5", "", STATS(FIRST, "")))},
    {"the order of the request",
     {.caller = SAINT_CALLS,
      .body = BODY(SHARK "," SAINT,
                   SCID(SECOND, "\"TestHeadshots\"") "," SCID(FIRST, "\"Test4FirefightHeadshots\""))},
     ANSWER(USER(
         SHARK, TAG("TigerShark"),
         STATS(SECOND, STAT("TestHeadshots", "Integer", "34")) "," STATS(
             FIRST, STAT("Test4FirefightHeadshots", "Integer",
                         "12"))) "," USER(SAINT, TAG("WarriorSaint"),
                                          STATS(SECOND, STAT("TestHeadshots", "Integer", "41")) "," STATS(
                                              FIRST, STAT("Test4FirefightHeadshots", "Integer", "4"))))},
    {"about oneself",
     {.caller = SAINT_CALLS, .body = BODY(SAINT, SCID(FIRST, "\"SkillRating\""))},
     ANSWER(USER(SAINT, TAG("WarriorSaint"), STATS(FIRST, STAT("SkillRating", "Double", "1520.5"))))},
    {"about oneself, contract 1",
     {.caller = SAINT_CALLS,
      .contract = "1",
      .service_version = "1",
      .body = BODY(SAINT, SCID(FIRST, "\"SkillRating\""))},
     ANSWER(USER(SAINT, TAG("WarriorSaint"), STATS(FIRST, STAT("SkillRating", "Double", "\"1520.5\""))))},
    {"all that may be read: about oneself",
     {.caller = SAINT_CALLS, .body = BODY(SAINT, SCID(FIRST, ""))},
     ANSWER(USER(SAINT, TAG("WarriorSaint"),
                 STATS(FIRST, OPEN_OF_SAINT "," STAT("SkillRating", "Double", "1520.5"))))},
    {"all that may be read: about a stranger too",
     {.caller = SAINT_CALLS, .body = BODY(SAINT ",5", SCID(FIRST, ""))},
     ANSWER(
         USER(SAINT, TAG("WarriorSaint"), STATS(FIRST, OPEN_OF_SAINT)) "," USER("5", "", STATS(FIRST, "")))},
    {"all that may be read: by nobody in particular",
     {.caller = ANYBODY_CALLS, .body = BODY(SAINT, SCID(FIRST, ""))},
     ANSWER(USER(SAINT, TAG("WarriorSaint"), STATS(FIRST, OPEN_OF_SAINT)))},
    {"all that may be read: on Windows",
     {.caller = ON_WINDOWS, .body = BODY(SAINT, SCID(FIRST, ""))},
     ANSWER(USER(SAINT, TAG("WarriorSaint"),
                 STATS(FIRST, OPEN_OF_SAINT "," STAT("SkillRating", "Double",
                                                     "1520.5") "," STAT("OnWindows", "String", "\"yes\""))))},
    {"another sandbox",
     {.caller = IN_XDKS, .body = BODY("5", SCID("xdks", "\"beta\""))},
     ANSWER(USER("5", "", STATS("xdks", "")))},
};

START_TEST(answers_what_may_be_read)
{
    for (size_t i = 0; i < COUNT(answers); i++) {
        struct exchange x;
        send_ask(&x, &answers[i].ask);
        ck_assert_msg(x.response.status == 200, "%s: %d %s", answers[i].name, x.response.status,
                      error_operator_text(&x.err));
        ck_assert_msg(text_equals(x.response.body, text_of(answers[i].answer)), "%s: %.*s", answers[i].name,
                      TEXT_ARG(x.response.body));
        arena_reset(&x.arena);
    }
}
END_TEST

START_TEST(a_known_answer_is_not_sent_again)
{
    struct exchange first, again;
    char etag[64];
    send_ask(&first, &(struct ask){.caller = SAINT_CALLS, .body = REFERENCE});
    snprintf(etag, sizeof etag, "%.*s", TEXT_ARG(response_header(&first, "ETag")));
    send_ask(&again, &(struct ask){.caller = SAINT_CALLS, .body = REFERENCE, .if_none_match = etag});
    ck_assert_int_eq(again.response.status, 304);
    ck_assert_msg(again.response.body.size == first.response.body.size, "the Content-Length of the 200");
    arena_reset(&first.arena);
    arena_reset(&again.arena);
}
END_TEST

/* ---- what is refused ---- */

#define GOOD           REFERENCE
#define BAD_BODY       "{\"requestedusers\":[-5]}"
#define TOO_MANY_NAMED BODY("1,2,3,4,5", SCID(FIRST, "\"a\",\"b\",\"c\",\"d\",\"e\""))

/* In the order of the checks; each case but the last few breaks all later rules, too. */
static const struct {
    const char *name;
    struct ask ask;
    enum error_code code;
    int status;
    const char *holds; /* the body; NULL: any */
} refusals[] = {
    {"no token",
     {.caller = NONE, .contract = "9", .query = "operation=x", .body = BAD_BODY},
     ERROR_AUTH_HEADER,
     401,
     NULL},
    {"two tokens", {.caller = TWO_HEADERS, .contract = "9", .body = BAD_BODY}, ERROR_AUTH_HEADER, 401, NULL},
    {"a hash that is not in the token",
     {.caller = WRONG_HASH, .contract = "9", .body = BAD_BODY},
     ERROR_AUTH_NO_USER,
     401,
     NULL},
    {"contract 4",
     {.caller = SAINT_CALLS, .contract = "4", .query = "operation=x", .body = BAD_BODY},
     ERROR_CONTRACT_VERSION,
     406,
     "x-xbl-contract-version: 1, 2 or 3"},
    {"contract 01",
     {.caller = SAINT_CALLS, .contract = "01", .body = BAD_BODY},
     ERROR_CONTRACT_VERSION,
     406,
     NULL},
    {"contract empty",
     {.caller = SAINT_CALLS, .contract = "", .body = BAD_BODY},
     ERROR_CONTRACT_VERSION,
     406,
     NULL},
    {"contract twice",
     {.caller = SAINT_CALLS, .contract = "1", .contract_again = "1", .body = GOOD},
     ERROR_CONTRACT_VERSION,
     406,
     NULL},
    {"service version 2",
     {.caller = SAINT_CALLS,
      .contract = "1",
      .service_version = "2",
      .query = "operation=x",
      .body = BAD_BODY},
     ERROR_SERVICE_VERSION,
     406,
     "X-RequestedServiceVersion: 1"},
    {"another operation",
     {.caller = SAINT_CALLS, .query = "operation=write", .body = BAD_BODY},
     ERROR_QUERY,
     400,
     "operation"},
    {"no operation",
     {.caller = SAINT_CALLS, .query = "operation=", .body = BAD_BODY},
     ERROR_QUERY,
     400,
     "operation"},
    {"operation in another case",
     {.caller = SAINT_CALLS, .query = "operation=Read", .body = BAD_BODY},
     ERROR_QUERY,
     400,
     "operation"},
    {"operation twice",
     {.caller = SAINT_CALLS, .query = "operation=read&operation=read", .body = BAD_BODY},
     ERROR_QUERY,
     400,
     "operation"},
    {"no body", {.caller = SAINT_CALLS, .body = ""}, ERROR_JSON_SYNTAX, 400, NULL},
    {"a bad user",
     {.caller = SAINT_CALLS, .body = BODY("-5", SCID("unknown", ""))},
     ERROR_MEMBER,
     400,
     "requestedusers[0]"},
    {"too many values named", {.caller = SAINT_CALLS, .body = TOO_MANY_NAMED}, ERROR_BATCH_LIMIT, 400, "20"},
    {"an unknown scid",
     {.caller = SAINT_CALLS,
      .body = BODY("1,2,3", SCID("xdks", "") "," SCID("unknown", "\"x\"") "," SCID("wide", ""))},
     ERROR_SCID_UNKNOWN,
     404,
     "scid unknown"},
    {"a wrong sandbox, after a restricted statistic",
     {.caller = SAINT_CALLS,
      .body = BODY("1,2,3", SCID(FIRST, "\"OnWindows\"") "," SCID("xdks", "\"x\"") "," SCID("wide", ""))},
     ERROR_SANDBOX_DENIED,
     403,
     "scid xdks"},
    {"a wrong sandbox, asking for all",
     {.caller = SAINT_CALLS, .body = BODY("1", SCID("xdks", ""))},
     ERROR_SANDBOX_DENIED,
     403,
     "scid xdks"},
    {"no sandbox", {.caller = NO_SANDBOX, .body = GOOD}, ERROR_SANDBOX_DENIED, 403, NULL},
    {"a restricted statistic, among too many",
     {.caller = SAINT_CALLS,
      .body = BODY("1", SCID("wide", "") "," SCID(FIRST, "\"Test4FirefightKills\",\"onwindows\""))},
     ERROR_ACCESS_DENIED,
     403,
     "Statistic OnWindows"},
    {"somebody else's rating",
     {.caller = SAINT_CALLS, .body = BODY(SHARK, SCID(FIRST, "\"SkillRating\""))},
     ERROR_ACCESS_DENIED,
     403,
     "SkillRating"},
    {"one's own and somebody else's rating",
     {.caller = SAINT_CALLS, .body = BODY(SAINT "," SHARK, SCID(FIRST, "\"SkillRating\""))},
     ERROR_ACCESS_DENIED,
     403,
     "SkillRating"},
    {"a rating, by nobody in particular",
     {.caller = ANYBODY_CALLS, .body = BODY(SAINT, SCID(FIRST, "\"SkillRating\""))},
     ERROR_ACCESS_DENIED,
     403,
     "SkillRating"},
    {"the owners' statistic, by another title",
     {.caller = SAINT_CALLS, .body = BODY(SAINT, SCID(SECOND, "\"OwnersOnly\""))},
     ERROR_ACCESS_DENIED,
     403,
     "OwnersOnly"},
    {"too many values behind [] and names",
     {.caller = SAINT_CALLS,
      .body = BODY("1,2", SCID(FIRST, "") "," SCID("wide", "") "," SCID("deck", "\"Last\",\"Both\""))},
     ERROR_BATCH_LIMIT,
     400,
     "2 users with 11 statistics"},
    {"too many values behind []",
     {.caller = SAINT_CALLS,
      .body = BODY("1,2,3,4,5", SCID(FIRST, "") "," SCID(SECOND, "") "," SCID("wide", "\"a\""))},
     ERROR_BATCH_LIMIT,
     400,
     "20 values"},
};

START_TEST(refuses_in_the_order_of_the_checks)
{
    for (size_t i = 0; i < COUNT(refusals); i++) {
        struct exchange x;
        send_ask(&x, &refusals[i].ask);
        const char *name = refusals[i].name;
        ck_assert_msg(x.err.code == refusals[i].code, "%s: %s %s", name, error_class_of(x.err.code)->name,
                      error_operator_text(&x.err));
        ck_assert_msg(x.response.status == refusals[i].status, "%s: %d", name, x.response.status);
        ck_assert_msg(refusals[i].holds == NULL || strstr(x.response.body.data, refusals[i].holds) != NULL,
                      "%s: %.*s", name, TEXT_ARG(x.response.body));
        ck_assert_msg(store_faulty_calls(service.faulty) == 0, "%s: the store was asked", name);
        arena_reset(&x.arena);
    }
}
END_TEST

START_TEST(a_denied_value_is_never_read)
{
    const uint32_t rating = store_fake_statistic_id(service.fake, text_of(FIRST), text_of("SkillRating"));
    const uint32_t windows = store_fake_statistic_id(service.fake, text_of(FIRST), text_of("OnWindows"));
    ck_assert(rating != 0 && windows != 0);
    struct exchange x;
    send_ask(&x, &(struct ask){.caller = SAINT_CALLS, .body = BODY(SAINT "," SHARK, SCID(FIRST, ""))});
    ck_assert_int_eq(x.response.status, 200);
    struct store_fake_query q = store_fake_last_query(service.fake);
    ck_assert_uint_eq(q.statistic_count, 2);
    for (size_t i = 0; i < q.statistic_count; i++)
        ck_assert(q.statistic_ids[i] != rating && q.statistic_ids[i] != windows);
    arena_reset(&x.arena);
}
END_TEST

START_TEST(a_passed_deadline_spares_the_store)
{
    struct exchange x;
    prepare(&x, &(struct ask){.caller = SAINT_CALLS, .body = GOOD}, ARENA_LIMIT);
    x.request.deadline_ns = NOW_NS;
    http_answer(&service.router, &x.request, NULL, &x.response, &x.err);
    ck_assert_int_eq(x.response.status, 408);
    ck_assert_uint_eq(store_faulty_calls(service.faulty), 0);
    arena_reset(&x.arena);
}
END_TEST

START_TEST(an_answer_that_is_too_large_is_refused_whole)
{
    struct exchange x;
    service.api.max_answer_bytes = 700;
    send_ask(&x, &(struct ask){.caller = SAINT_CALLS, .body = GOOD});
    ck_assert_int_eq(x.response.status, 400);
    ck_assert_int_eq(x.err.code, ERROR_BATCH_LIMIT);
    arena_reset(&x.arena);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("batch_post");
    TCase *t = service_case("batch_post");
    tcase_add_test(t, the_reference_page_in_both_dialects);
    tcase_add_test(t, answers_what_may_be_read);
    tcase_add_test(t, a_known_answer_is_not_sent_again);
    tcase_add_test(t, refuses_in_the_order_of_the_checks);
    tcase_add_test(t, a_denied_value_is_never_read);
    tcase_add_test(t, a_passed_deadline_spares_the_store);
    tcase_add_test(t, an_answer_that_is_too_large_is_refused_whole);
    suite_add_tcase(s, t);
    return s;
}
