/* SPDX-License-Identifier: Apache-2.0 */
/* GET /users/xuid(<xuid>)/scids/<scid>/stats/<names>, in each contract. */
#include "api/service.h"
#include "support/torture.h"

#define AT(xuid, scid) "/users/xuid(" xuid ")/scids/" scid "/stats"
#define DECK           AT(SAINT, "DECK")
#define TAGGED         "\"xuid\":\"" SAINT "\",\"gamertag\":\"WarriorSaint\""
#define ROOT(stats)                                                                                          \
    "{\"user\":{" TAGGED ",\"stats\":[" stats "]},\"xuid\":\"" SAINT                                         \
    "\",\"scids\":[{\"scid\":\"DECK\",\"stats\":[" stats "]}]}"
#define STAT(name, type, value) "{\"statname\":\"" name "\",\"type\":\"" type "\",\"value\":" value
#define COLLECTION(stats)                                                                                    \
    "\"statlistscollection\":[{\"arrangebyfield\":\"xuid\",\"arrangebyfieldid\":\"" SAINT                    \
    "\",\"stats\":[" stats "]}]"
#define S2(scid, name, type, value, more)                                                                    \
    "{\"xuid\":\"" SAINT "\",\"scid\":\"" scid "\",\"name\":\"" name "\",\"type\":\"" type                   \
    "\",\"value\":\"" value "\"" more "}"
#define NONE_OF  ",\"properties\":{}"
#define THE_LAST ",\"properties\":{\"DisplayName\":\"The last\"}"
#define META     ",\"valuemetadata\":\"{\\\"map\\\":\\\"sea\\\"}\""

static const struct {
    const char *name;
    struct ask ask;
    const char *answer;
} answers[] = {
    {"documented",
     {.path = DECK "/last,BOTH"},
     ROOT(STAT("Last", "Double", "5}") "," STAT("Both", "Integer", "1}"))},
    {"contract 1",
     {.contract = "1", .path = DECK "/last,BOTH"},
     ROOT(STAT("Last", "Double", "\"5\"}") "," STAT("Both", "Integer", "\"1\"}"))},
    {"contract 2",
     {.contract = "2", .path = DECK "/last,BOTH"},
     "{" COLLECTION(
         S2("DECK", "Last", "Double", "5", THE_LAST) "," S2("DECK", "Both", "Integer", "1", NONE_OF)) "}"},
    {"contract 3",
     {.contract = "3", .path = DECK "/Both"},
     "{" COLLECTION(S2("DECK", "Both", "Integer", "1", NONE_OF)) "}"},
    {"contract 3 with metadata",
     {.contract = "3", .query = "include=valuemetadata", .path = DECK "/Both,Last"},
     "{\"user\":{" TAGGED ",\"stats\":[" STAT("Both", "Integer", "\"1\"") META
     "}," STAT("Last", "Double", "\"5\"") ",\"valuemetadata\":\"\"}]}," COLLECTION(S2(
         "DECK", "Both", "Integer", "1", META NONE_OF) "," S2("DECK", "Last", "Double", "5", THE_LAST)) "}"},
    {"escaped",
     {.path = "/users/xuid%28" SAINT "%29/scids/%44EC%4b/stats/Last%2CBoth"},
     ROOT(STAT("Last", "Double", "5}") "," STAT("Both", "Integer", "1}"))},
    {"names twice and unknown", {.path = DECK "/Both,Nobody,both,"}, ROOT(STAT("Both", "Integer", "1}"))},
    {"none that is known", {.path = DECK "/,"}, ROOT("")},
    {"all, about oneself",
     {.path = DECK},
     ROOT(STAT("Last", "Double", "5}") "," STAT("Both", "Integer", "1}") "," STAT("Mine", "Integer", "2}"))},
    {"all, by nobody in particular",
     {.caller = ANYBODY_CALLS, .path = DECK},
     ROOT(STAT("Last", "Double", "5}") "," STAT("Both", "Integer", "1}"))},
    {"a stranger",
     {.path = AT("5", "deck") "/Both"},
     "{\"user\":{\"xuid\":\"5\",\"stats\":[]},\"xuid\":\"5\",\"scids\":[{\"scid\":\"deck\",\"stats\":[]}]}"},
    {"a scid that is not configured, contract 2",
     {.contract = "2", .path = AT(SAINT, "unknown") "/Both"},
     "{" COLLECTION("") "}"},
    {"more than can be listed", {.contract = "2", .path = AT(SAINT, "wide")}, "{" COLLECTION("") "}"},
};

START_TEST(answers_what_may_be_read)
{
    for (size_t i = 0; i < COUNT(answers); i++) {
        struct exchange x;
        struct ask ask = answers[i].ask;
        ask.caller = ask.caller == NONE ? SAINT_CALLS : ask.caller;
        send_ask(&x, &ask);
        ck_assert_msg(x.response.status == 200, "%s: %d %s", answers[i].name, x.response.status,
                      error_operator_text(&x.err));
        ck_assert_msg(text_equals(x.response.body, text_of(answers[i].answer)), "%s: %.*s\nnot: %s",
                      answers[i].name, TEXT_ARG(x.response.body), answers[i].answer);
        ck_assert_uint_eq(store_fake_last_query(service.fake).reads, i + 1);
        arena_reset(&x.arena);
    }
}
END_TEST

START_TEST(a_known_answer_is_not_sent_again)
{
    struct exchange first, again;
    char etag[64];
    send_ask(&first, &(struct ask){.caller = SAINT_CALLS, .path = DECK});
    snprintf(etag, sizeof etag, "%.*s", TEXT_ARG(response_header(&first, "ETag")));
    send_ask(&again, &(struct ask){.caller = SAINT_CALLS, .path = DECK, .if_none_match = etag});
    ck_assert_int_eq(again.response.status, 304);
    arena_reset(&again.arena);
    send_ask(&again, &(struct ask){.caller = SAINT_CALLS, .path = DECK, .method = HTTP_HEAD});
    ck_assert_int_eq(again.response.status, 200);
    ck_assert_msg(text_equals(response_header(&again, "ETag"), text_of(etag)), "HEAD is answered as GET");
    arena_reset(&first.arena);
    arena_reset(&again.arena);
}
END_TEST

/* In the order of the checks; each case but the last few breaks all later rules, too. */
static const struct {
    const char *name;
    struct ask ask;
    enum error_code code;
    int status;
    const char *holds;
} refusals[] = {
    {"a path too long", {.path = AT("0", "{") "/a/b"}, ERROR_ROUTE_UNKNOWN, 404, "GET /users/"},
    {"no names", {.path = AT("0", "{") "/"}, ERROR_ROUTE_UNKNOWN, 404, "GET /users/"},
    {"another method", {.method = HTTP_POST, .path = AT("0", "{")}, ERROR_METHOD_NOT_ALLOWED, 405, "Allow"},
    {"no token",
     {.caller = NONE, .contract = "4", .path = AT("0", "{")},
     ERROR_AUTH_HEADER,
     401,
     "Authorization"},
    {"contract 4",
     {.caller = SAINT_CALLS, .contract = "4", .query = "include=x", .path = AT("0", "{")},
     ERROR_CONTRACT_VERSION,
     406,
     "1, 2 or 3"},
    {"include in no contract",
     {.caller = SAINT_CALLS, .query = "include=valuemetadata", .path = AT("0", "{")},
     ERROR_QUERY,
     400,
     "contract-version: 3"},
    {"include in contract 1",
     {.caller = SAINT_CALLS, .contract = "1", .query = "include=valuemetadata", .path = AT("0", "{")},
     ERROR_QUERY,
     400,
     "contract-version: 3"},
    {"include in contract 2",
     {.caller = SAINT_CALLS, .contract = "2", .query = "include=valuemetadata", .path = AT("0", "{")},
     ERROR_QUERY,
     400,
     "contract-version: 3"},
    {"another include",
     {.caller = SAINT_CALLS, .contract = "3", .query = "include=", .path = AT("0", "{")},
     ERROR_QUERY,
     400,
     "include"},
    {"include twice",
     {.caller = SAINT_CALLS,
      .contract = "3",
      .query = "include=valuemetadata&include=valuemetadata",
      .path = AT("0", "{")},
     ERROR_QUERY,
     400,
     "include"},
    {"a bad escape in the user",
     {.caller = SAINT_CALLS, .path = "/users/xuid%2/scids/{/stats"},
     ERROR_PATH,
     400,
     "\\\"user\\\" holds a malformed escape"},
    {"a bad escape in the scid",
     {.caller = SAINT_CALLS, .path = "/users/x/scids/%zz/stats"},
     ERROR_PATH,
     400,
     "\\\"scid\\\" holds a malformed escape"},
    {"a NUL in the names",
     {.caller = SAINT_CALLS, .path = "/users/x/scids/{/stats/a%00"},
     ERROR_PATH,
     400,
     "\\\"names\\\" holds a malformed escape"},
    {"no xuid",
     {.caller = SAINT_CALLS, .path = "/users/x/scids/{/stats"},
     ERROR_PATH,
     400,
     "must be xuid(<xuid>)"},
    {"an escape in an escape",
     {.caller = SAINT_CALLS, .path = "/users/xuid%25281%2529/scids/{/stats"},
     ERROR_PATH,
     400,
     "must be xuid(<xuid>)"},
    {"no scid",
     {.caller = SAINT_CALLS, .path = AT("1", "a%2Fb") "/a,a,a,a,a,a,a,a,a,a,a"},
     ERROR_PATH,
     400,
     "scids/"},
    {"too many names",
     {.caller = SAINT_CALLS, .path = AT("1", "unknown") "/a%2Ca,a,a,a,a,a,a,a,a,a"},
     ERROR_PATH,
     400,
     "at most 10 names and 600 characters"},
    {"an unknown scid",
     {.caller = SAINT_CALLS, .path = AT("1", "unknown")},
     ERROR_SCID_UNKNOWN,
     404,
     "scid unknown"},
    {"an unknown scid, contract 1",
     {.caller = SAINT_CALLS, .contract = "1", .path = AT("1", "unknown")},
     ERROR_SCID_UNKNOWN,
     404,
     "scid unknown"},
    {"another sandbox",
     {.caller = SAINT_CALLS, .path = AT("1", "xdks")},
     ERROR_SANDBOX_DENIED,
     403,
     "scid xdks"},
    {"another sandbox, contract 2",
     {.caller = SAINT_CALLS, .contract = "2", .path = AT("1", "xdks")},
     ERROR_SANDBOX_DENIED,
     403,
     "scid xdks"},
    {"a restricted one",
     {.caller = SAINT_CALLS, .path = AT(SHARK, FIRST) "/Test4FirefightKills,SkillRating"},
     ERROR_ACCESS_DENIED,
     403,
     "SkillRating"},
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
        ck_assert_msg(strstr(x.response.body.data, refusals[i].holds) != NULL, "%s: %.*s", name,
                      TEXT_ARG(x.response.body));
        ck_assert_msg(store_faulty_calls(service.faulty) == 0, "%s: the store was asked", name);
        arena_reset(&x.arena);
    }
}
END_TEST

START_TEST(a_store_that_fails)
{
    static const struct {
        enum error_code code;
        int status;
    } cases[] = {{ERROR_STORE_UNAVAILABLE, 503}, {ERROR_DEADLINE, 408}, {ERROR_INTERNAL, 500}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct exchange x;
        store_faulty_fail_nth(service.faulty, 1, cases[i].code);
        send_ask(&x, &(struct ask){.caller = SAINT_CALLS, .path = DECK});
        ck_assert_int_eq(x.response.status, cases[i].status);
        ck_assert_ptr_null(strstr(x.response.body.data, "\"user\""));
        arena_reset(&x.arena);
    }
}
END_TEST

static bool ask_once(void *context, struct error *err)
{
    struct exchange x;
    send_ask(&x, context);
    bool answered = x.response.status == 200;
    *err = x.err;
    arena_reset(&x.arena);
    return answered;
}

START_TEST(runs_out_of_memory_cleanly)
{
    struct ask ask = {.caller = SAINT_CALLS,
                      .contract = "3",
                      .query = "include=valuemetadata",
                      .path = "/users/xuid%28" SAINT "%29/scids/deck/stats/Both%2cLast"};
    ck_assert_uint_gt(torture_allocations(ask_once, &ask), 0);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("stats_get");
    TCase *t = service_case("stats_get");
    tcase_add_test(t, answers_what_may_be_read);
    tcase_add_test(t, a_known_answer_is_not_sent_again);
    tcase_add_test(t, refuses_in_the_order_of_the_checks);
    tcase_add_test(t, a_store_that_fails);
    tcase_add_test(t, runs_out_of_memory_cleanly);
    suite_add_tcase(s, t);
    return s;
}
