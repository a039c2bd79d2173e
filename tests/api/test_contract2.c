/* SPDX-License-Identifier: Apache-2.0 */
/* POST /batch in contracts 2 and 3: what titles, scids and groups stand for, and what the caller may not
 * read. Title 77 owns deck and deck-two in RETAIL, and deck-beta in XDKS.1. */
#include "api/service.h"
#include "support/torture.h"

#define B2(more)              "{\"arrangebyfield\":\"xuid\",\"xuids\":[\"" SAINT "\"]," more "}"
#define STATS2(stats)         B2("\"stats\":[" stats "]")
#define GROUPS2(groups)       B2("\"groups\":[" groups "]")
#define BY_TITLE(name, title) "{\"name\":\"" name "\",\"titleId\":" title "}"
#define BY_SCID(name, scid)   "{\"name\":\"" name "\",\"scid\":\"" scid "\"}"

#define USER2(stats) "{\"arrangebyfield\":\"xuid\",\"arrangebyfieldid\":\"" SAINT "\",\"stats\":[" stats "]}"
#define LISTS(stats) "\"statlistscollection\":[" USER2(stats) "]"
#define S2(scid, title, name, type, value, more, properties)                                                 \
    "\"xuid\":\"" SAINT "\",\"scid\":\"" scid "\"," title "\"name\":\"" name "\",\"type\":\"" type           \
    "\",\"value\":\"" value "\"" more ",\"properties\":{" properties "}}"
#define T77                        "\"titleid\":\"77\","
#define THE_LAST                   "\"DisplayName\":\"The last\""
#define BOTH_OF_DECK(start, title) start S2("deck", title, "Both", "Integer", "1", "", "")
#define BOTH_OF_TWO(start, title)  start S2("deck-two", title, "both", "Integer", "4", "", "")
#define LAST_OF_DECK(start, title) start S2("deck", title, "Last", "Double", "5", "", THE_LAST)
#define ORDINAL(n, more)           "{\"groupproperties\":{\"Ordinal\":\"" n "\"" more "},"

static const struct {
    const char *name;
    struct ask ask;
    const char *answer;
} answers[] = {
    {"a name of a title, in every scid of the caller's sandbox that declares it",
     {.caller = SAINT_CALLS, .body = STATS2(BY_TITLE("BOTH", "77"))},
     "{" LISTS(BOTH_OF_DECK("{", T77) "," BOTH_OF_TWO("{", T77)) "}"},
    {"the featured ones of a title, in their order",
     {.caller = SAINT_CALLS, .body = GROUPS2(BY_TITLE("Hero", "77"))},
     "{\"groups\":[{\"name\":\"Hero\",\"titleid\":\"77\"," LISTS(
         BOTH_OF_DECK(ORDINAL("1", ""), "") "," BOTH_OF_TWO(ORDINAL("2", ",\"SortOrder\":\"Ascending\""),
                                                            "") "," LAST_OF_DECK(ORDINAL("9", "," THE_LAST),
                                                                                 "")) "}]," LISTS("") "}"},
    {"the featured ones of a scid, and a listed one",
     {.caller = SAINT_CALLS,
      .body = B2("\"groups\":[" BY_SCID("hero", "DECK-two") "],\"stats\":[" BY_SCID("last", "deck") "]")},
     "{\"groups\":[{\"name\":\"hero\"," LISTS(ORDINAL("2", ",\"SortOrder\":\"Ascending\"") S2(
         "DECK-two", "", "both", "Integer", "4", "", "")) "}]," LISTS(LAST_OF_DECK("{\"groupproperties\":{},",
                                                                                   "")) "}"},
    {"what nobody knows is empty",
     {.caller = SAINT_CALLS,
      .body = B2("\"groups\":[" BY_TITLE("Hero", "5") "," BY_SCID("Hero", "unknown") "," BY_SCID(
          "Hero",
          "wid"
          "e") "," BY_TITLE("Villain",
                            "77") "],\"stats\":[" BY_TITLE("Both",
                                                           "5") "," BY_SCID("Both",
                                                                            "unknown") "," BY_SCID("Nobody",
                                                                                                   "deck") "," BY_TITLE("Beta",
                                                                                                                        "77") "]")},
     "{\"groups\":[{\"name\":\"Hero\",\"titleid\":\"5\",\"statlistscollection\":[]},{\"name\":\"Hero\","
     "\"statlistscollection\":[]},{\"name\":\"Hero\",\"statlistscollection\":[]},{\"name\":\"Villain\","
     "\"titleid\":\"77\",\"statlistscollection\":[]}]," LISTS("") "}"},
    {"a restricted one of another sandbox's scid is as if unknown",
     {.caller = SAINT_CALLS, .body = STATS2(BY_TITLE("Hidden", "77") "," BY_TITLE("Last", "77"))},
     "{" LISTS(LAST_OF_DECK("{", T77)) "}"},
    {"a title in another sandbox",
     {.caller = IN_XDKS, .body = B2("\"groups\":[" BY_TITLE("Hero", "\"77\"") "],\"stats\":[]")},
     "{\"groups\":[{\"name\":\"Hero\",\"titleid\":\"77\"," LISTS(
         ORDINAL("1", "") S2("deck-beta", "", "Both", "Integer", "3", "", "")) "}]," LISTS("") "}"},
    {"without a sandbox a title has nothing",
     {.caller = NO_SANDBOX,
      .body = B2("\"groups\":[" BY_TITLE("Hero", "77") "],\"stats\":[" BY_TITLE("Both", "77") "]")},
     "{\"groups\":[{\"name\":\"Hero\",\"titleid\":\"77\",\"statlistscollection\":[]}]," LISTS("") "}"},
    {"nothing is asked",
     {.caller = SAINT_CALLS, .body = B2("\"groups\":[],\"stats\":[]")},
     "{" LISTS("") "}"},
    {"about oneself",
     {.caller = SAINT_CALLS, .body = STATS2(BY_TITLE("Mine", "77"))},
     "{" LISTS("{" S2("deck", T77, "Mine", "Integer", "2", "", "")) "}"},
    {"contract 3 without metadata",
     {.caller = SAINT_CALLS, .contract = "3", .body = STATS2(BY_SCID("Both", "deck"))},
     "{" LISTS(BOTH_OF_DECK("{", "")) "}"},
    {"contract 3 with metadata",
     {.caller = SAINT_CALLS,
      .contract = "3",
      .query = "operation=read&include=valuemetadata",
      .body = STATS2(BY_SCID("Both", "deck") "," BY_SCID("Last", "deck"))},
     "{" LISTS("{" S2("deck", "", "Both", "Integer", "1", ",\"valuemetadata\":\"{\\\"map\\\":\\\"sea\\\"}\"",
                      "") "," LAST_OF_DECK("{", "")) "}"},
};

START_TEST(answers_what_may_be_read)
{
    for (size_t i = 0; i < COUNT(answers); i++) {
        struct exchange x;
        struct ask ask = answers[i].ask;
        ask.contract = ask.contract == NULL ? "2" : ask.contract;
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

static const struct {
    const char *name;
    struct ask ask;
    enum error_code code;
    int status;
    const char *holds;
} refusals[] = {
    {"the documented body", {.body = REFERENCE}, ERROR_MEMBER, 400, "xuids"},
    {"include in contract 2",
     {.query = "include=valuemetadata", .body = "{"},
     ERROR_QUERY,
     400,
     "contract-version: 3"},
    {"another include", {.contract = "3", .query = "include=x", .body = "{"}, ERROR_QUERY, 400, "include"},
    {"a bad operation first", {.query = "operation=x&include=x", .body = "{"}, ERROR_QUERY, 400, "operation"},
    {"a scid of another sandbox",
     {.body = STATS2(BY_SCID("Nobody", "xdks"))},
     ERROR_SANDBOX_DENIED,
     403,
     "scid xdks"},
    {"a group of another sandbox",
     {.body = GROUPS2(BY_SCID("Hero", "deck-beta"))},
     ERROR_SANDBOX_DENIED,
     403,
     "scid deck-beta"},
    {"a group that nobody has, of another sandbox",
     {.body = GROUPS2(BY_SCID("Villain", "deck-beta"))},
     ERROR_SANDBOX_DENIED,
     403,
     "scid deck-beta"},
    {"a restricted one by title",
     {.body = STATS2(BY_TITLE("OwnersOnly", "99"))},
     ERROR_ACCESS_DENIED,
     403,
     "OwnersOnly"},
    {"a restricted one by scid",
     {.body = STATS2(BY_SCID("Last", "deck") "," BY_SCID("OnWindows", FIRST))},
     ERROR_ACCESS_DENIED,
     403,
     "OnWindows"},
    {"somebody else's",
     {.body = "{\"xuids\":[" SAINT "," SHARK "],\"stats\":[" BY_TITLE("Mine", "77") "]}"},
     ERROR_ACCESS_DENIED,
     403,
     "Mine"},
    {"too many values, those of the groups counted",
     {.body = "{\"xuids\":[1,2,3,4],\"groups\":[" BY_TITLE("Hero", "77") "," BY_SCID(
          "Hero", "deck") "],\"stats\":[" BY_TITLE("Both", "77") "]}"},
     ERROR_BATCH_LIMIT,
     400,
     "4 users with 7 statistics"},
};

START_TEST(refuses)
{
    for (size_t i = 0; i < COUNT(refusals); i++) {
        struct exchange x;
        struct ask ask = refusals[i].ask;
        ask.caller = SAINT_CALLS;
        ask.contract = ask.contract == NULL ? "2" : ask.contract;
        send_ask(&x, &ask);
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

/* Listed by title and by scid, and featured by both: four places in the answer, one column in the store. */
START_TEST(the_store_is_asked_for_each_statistic_once)
{
    struct exchange x;
    send_ask(
        &x, &(struct ask){
                .caller = SAINT_CALLS,
                .contract = "2",
                .body = B2("\"groups\":[" BY_TITLE("Hero", "77") "," BY_SCID(
                    "Hero", "deck") "],\"stats\":[" BY_TITLE("Both", "77") "," BY_SCID("Both", "deck") "]")});
    ck_assert_int_eq(x.response.status, 200);
    const struct store_fake_query q = store_fake_last_query(service.fake);
    ck_assert_uint_eq(q.reads, 1);
    ck_assert_uint_eq(q.statistic_count, 3);
    for (size_t i = 1; i < q.statistic_count; i++)
        ck_assert_uint_lt(q.statistic_ids[i - 1], q.statistic_ids[i]);
    arena_reset(&x.arena);
}
END_TEST

/* What Playnite sends: one statistic and the Hero group of each of 100 titles, under the default limits. */
START_TEST(a_hundred_titles_fit_the_defaults)
{
    static char body[16384];
    struct exchange x;
    size_t size = (size_t)snprintf(body, sizeof body,
                                   "{\"arrangebyfield\":\"xuid\",\"xuids\":[\"" SAINT "\"],\"groups\":[");
    service.api.limits = (struct batch_limits){.max_users = 100, .max_stats = 100, .max_values = 10000};
    service.api.max_answer_bytes = 65536;
    for (int i = 0; i < 200; i++)
        size += (size_t)snprintf(body + size, sizeof body - size, "%s{\"name\":\"%s\",\"titleId\":\"%d\"}",
                                 i == 0     ? ""
                                 : i == 100 ? "],\"stats\":["
                                            : ",",
                                 i < 100 ? "Hero" : "MinutesPlayed", 50 + i % 100);
    snprintf(body + size, sizeof body - size, "]}");
    send_ask(&x, &(struct ask){.caller = SAINT_CALLS, .contract = "2", .body = body});
    ck_assert_msg(x.response.status == 200, "%s", error_operator_text(&x.err));
    ck_assert_ptr_nonnull(strstr(x.response.body.data, "\"name\":\"both\""));
    arena_reset(&x.arena);
}
END_TEST

/* Replaces the catalog: title 5 owns two scids with fifteen featured statistics each, Ordinals 1, 3 … and 2,
 * 4 …, the statistic of Ordinal n called "n". */
static void feature_thirty(void)
{
    static char document[8192];
    struct arena arena;
    struct error err;
    struct catalog_definition d;
    size_t size = (size_t)snprintf(document, sizeof document, "{\"titles\":[{\"titleId\":5}],\"scids\":[");
    for (int i = 0; i < 30; i++)
        size += (size_t)snprintf(
            document + size, sizeof document - size,
            "%s{\"name\":\"%d\",\"type\":\"Integer\",\"access\":\"open\",\"display\":{\"Ordinal\":%d}}",
            i == 0    ? "{\"scid\":\"odd\",\"sandbox\":\"RETAIL\",\"titleIds\":[5],\"statistics\":["
            : i == 15 ? "]},{\"scid\":\"even\",\"sandbox\":\"RETAIL\",\"titleIds\":[5],\"statistics\":["
                      : ",",
            i < 15 ? 2 * i + 1 : 2 * (i - 15) + 2, i < 15 ? 2 * i + 1 : 2 * (i - 15) + 2);
    snprintf(document + size, sizeof document - size, "]}]}");
    arena_init(&arena, ARENA_LIMIT);
    ck_assert_msg(catalog_document_read(text_of(document), &arena, &d, &err), "%s",
                  error_operator_text(&err));
    store_fake_put_catalog(service.fake, &d);
    arena_reset(&arena);
    catalog_slot_put(service.api.catalog, build_catalog(service.fake));
    for (int n = 1; n <= 30; n++) {
        char name[12];
        snprintf(name, sizeof name, "%d", n);
        store_fake_put(service.fake, 1234567890123460, n % 2 == 1 ? "odd" : "even", name, name);
    }
}

START_TEST(a_title_has_at_most_twenty_heroes)
{
    struct exchange x;
    char expected[32];
    feature_thirty();
    send_ask(&x,
             &(struct ask){.caller = SAINT_CALLS, .contract = "2", .body = GROUPS2(BY_TITLE("Hero", "5"))});
    ck_assert_msg(x.response.status == 200, "%s", error_operator_text(&x.err));
    const char *at = x.response.body.data;
    for (int n = 1; n <= 20; n++) {
        snprintf(expected, sizeof expected, "\"name\":\"%d\"", n);
        at = strstr(at, expected);
        ck_assert_msg(at != NULL, "%s is not in its place", expected);
    }
    ck_assert_ptr_null(strstr(x.response.body.data, "\"name\":\"21\""));
    ck_assert_uint_eq(store_fake_last_query(service.fake).statistic_count, HERO_STATISTICS_MAX);
    arena_reset(&x.arena);
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
    struct ask ask = {
        .caller = SAINT_CALLS,
        .contract = "2",
        .body = B2("\"groups\":[" BY_TITLE("Hero", "77") "],\"stats\":[" BY_SCID("Both", "deck") "]")};
    ck_assert_uint_gt(torture_allocations(ask_once, &ask), 0);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("contract2");
    TCase *t = service_case("contract2");
    tcase_add_test(t, answers_what_may_be_read);
    tcase_add_test(t, refuses);
    tcase_add_test(t, the_store_is_asked_for_each_statistic_once);
    tcase_add_test(t, a_hundred_titles_fit_the_defaults);
    tcase_add_test(t, a_title_has_at_most_twenty_heroes);
    tcase_add_test(t, runs_out_of_memory_cleanly);
    suite_add_tcase(s, t);
    return s;
}
