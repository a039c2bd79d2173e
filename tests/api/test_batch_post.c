/* SPDX-License-Identifier: Apache-2.0 */
/* POST /batch without a socket: a token that is really signed, a store in memory, a clock that stands still.
 */
#include "api/api.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/handlers.h"
#include "base/memory.h"
#include "catalog/document.h"
#include "jose/signing.h"
#include "support/run.h"
#include "support/store_fake.h"
#include "support/store_faulty.h"
#include "support/torture.h"

#define COUNT(a)    (sizeof(a) / sizeof((a)[0]))
#define NOW_S       1700000000
#define NOW_NS      INT64_C(5000000000)
#define DEADLINE_NS (NOW_NS + INT64_C(1000000000))
#define ARENA_LIMIT ((size_t)4 * 1024 * 1024)

#define FIRST  "c402ff50-3e76-11e2-a25f-0800200c1212"
#define SECOND "c402ff50-3e76-11e2-a25f-0800200c0343"
#define SAINT  "1234567890123460"
#define SHARK  "1234567890123234"

/* ---- the world: made once, before Check forks ---- */

static struct signing_key *key;
static struct key_set *keys;
static struct arena world;
static struct text token_saint, token_device, token_bare, token_xdks;
static char directory[] = "/tmp/test_batch_post.XXXXXX";

static int64_t wall_ms(void *context)
{
    (void)context;
    return INT64_C(1000) * NOW_S;
}

static int64_t monotonic_ns(void *context)
{
    (void)context;
    return NOW_NS;
}

static const struct clock standing_clock = {wall_ms, monotonic_ns, NULL};

static const char *path_of(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return path;
}

/* A token for WarriorSaint, with further claims. */
static struct text token_with(const char *claims)
{
    char payload[1024];
    struct text token;
    struct error err;
    snprintf(payload, sizeof payload,
             "{\"iss\":\"issuer\",\"aud\":\"stats\",\"nbf\":%d,\"exp\":%d,%s\"xui\":[{\"uhs\":\"7700\","
             "\"xid\":\"" SAINT "\",\"gtg\":\"WarriorSaint\"}]}",
             NOW_S - 10, NOW_S + 10, claims);
    ck_assert_msg(jws_sign(key, text_of(payload), &world, &token, &err), "%s", error_operator_text(&err));
    return token;
}

static void make_world(void)
{
    static const char *const files[] = {"signing.key.pem", "jwks.json", "decryption.key.pem",
                                        "decryption.cert.pem"};
    struct error err;
    arena_init(&world, ARENA_LIMIT);
    ck_assert_ptr_nonnull(mkdtemp(directory));
    ck_assert_msg(jose_keygen(directory, JOSE_ES256, &err), "%s", error_operator_text(&err));
    ck_assert(signing_key_load(path_of("signing.key.pem"), JOSE_ES256, &key, &err));
    ck_assert(key_set_load(path_of("jwks.json"), &keys, &err));
    for (size_t i = 0; i < COUNT(files); i++)
        unlink(path_of(files[i]));
    rmdir(directory);
    token_saint = token_with("\"sbx\":\"RETAIL\",\"xti\":{\"tid\":\"1717113201\"},");
    token_device = token_with("\"sbx\":\"RETAIL\",\"xdi\":{\"dty\":\"Win32\"},");
    token_bare = token_with("");
    token_xdks = token_with("\"sbx\":\"XDKS.1\",");
}

static void end_world(void)
{
    signing_key_close(&key);
    key_set_close(&keys);
    arena_reset(&world);
}

/* ---- one service ---- */

static const char catalog_document[] =
    "{\"titles\":[{\"titleId\":1717113201},{\"titleId\":99}],\"scids\":["
    "{\"scid\":\"" FIRST "\",\"sandbox\":\"RETAIL\",\"titleIds\":[1717113201],\"statistics\":["
    "{\"name\":\"Test4FirefightKills\",\"type\":\"Integer\",\"access\":\"open\"},"
    "{\"name\":\"Test4FirefightHeadshots\",\"type\":\"Integer\",\"access\":\"open\"},"
    "{\"name\":\"SkillRating\",\"type\":\"Double\",\"grants\":[\"user:self\"]},"
    "{\"name\":\"OnWindows\",\"type\":\"String\",\"grants\":[\"device:Win32\"]}]},"
    "{\"scid\":\"" SECOND "\",\"sandbox\":\"RETAIL\",\"titleIds\":[99],\"statistics\":["
    "{\"name\":\"OverallTestKills\",\"type\":\"Integer\",\"access\":\"open\"},"
    "{\"name\":\"TestHeadshots\",\"type\":\"Integer\",\"access\":\"open\"},"
    "{\"name\":\"OwnersOnly\",\"type\":\"Integer\"}]},"
    "{\"scid\":\"xdks\",\"sandbox\":\"XDKS.1\",\"statistics\":[{\"name\":\"Beta\",\"type\":\"Integer\","
    "\"access\":\"open\"}]},"
    "{\"scid\":\"wide\",\"sandbox\":\"RETAIL\",\"statistics\":["
    "{\"name\":\"a\",\"type\":\"Integer\",\"access\":\"open\"},{\"name\":\"b\",\"type\":\"Integer\","
    "\"access\":\"open\"},"
    "{\"name\":\"c\",\"type\":\"Integer\",\"access\":\"open\"},{\"name\":\"d\",\"type\":\"Integer\","
    "\"access\":\"open\"},"
    "{\"name\":\"e\",\"type\":\"Integer\",\"access\":\"open\"},{\"name\":\"f\",\"type\":\"Integer\","
    "\"access\":\"open\"},"
    "{\"name\":\"g\",\"type\":\"Integer\",\"access\":\"open\"}]}]}";

struct service {
    struct store *fake, *faulty; /* faulty owns fake */
    struct issuer issuer;
    struct api api;
    struct http_router router;
    atomic_bool draining, healthy;
};

static struct service service;

/* The store's catalog, with the ids that it gave. */
static struct catalog *build_catalog(struct store *store)
{
    struct arena arena;
    struct error err;
    struct catalog_definition d;
    struct catalog *c;
    arena_init(&arena, ARENA_LIMIT);
    ck_assert(store_read_catalog(store, &arena, &d, &err));
    ck_assert_msg(catalog_build(&d, &c, &err), "%s", error_operator_text(&err));
    arena_reset(&arena);
    return c;
}

static void put_catalog(struct store *store)
{
    struct arena arena;
    struct error err;
    struct catalog_definition d;
    arena_init(&arena, ARENA_LIMIT);
    ck_assert_msg(catalog_document_read(text_of(catalog_document), &arena, &d, &err), "%s",
                  error_operator_text(&err));
    store_fake_put_catalog(store, &d);
    arena_reset(&arena);
}

static void put_values(struct store *s)
{
    store_fake_put_player(s, 1234567890123460, text_of("WarriorSaint"));
    store_fake_put_player(s, 1234567890123234, text_of("TigerShark"));
    store_fake_put(s, 1234567890123460, FIRST, "Test4FirefightKills", "7");
    store_fake_put(s, 1234567890123460, FIRST, "Test4FirefightHeadshots", "4");
    store_fake_put(s, 1234567890123460, SECOND, "OverallTestKills", "3434");
    store_fake_put(s, 1234567890123460, SECOND, "TestHeadshots", "41");
    store_fake_put(s, 1234567890123234, FIRST, "Test4FirefightKills", "63");
    store_fake_put(s, 1234567890123234, FIRST, "Test4FirefightHeadshots", "12");
    store_fake_put(s, 1234567890123234, SECOND, "OverallTestKills", "375");
    store_fake_put(s, 1234567890123234, SECOND, "TestHeadshots", "34");
    store_fake_put(s, 1234567890123460, FIRST, "SkillRating", "1520.5");
    store_fake_put(s, 1234567890123234, FIRST, "SkillRating", "1999.25");
    store_fake_put(s, 1234567890123460, FIRST, "OnWindows", "yes");
}

static void start(void)
{
    struct error err;
    struct service *s = &service;
    *s = (struct service){.fake = store_fake_open(&standing_clock)};
    s->faulty = store_faulty_open(s->fake);
    put_catalog(s->fake);
    put_values(s->fake);
    s->issuer = (struct issuer){.name = text_of("issuer"), .audience = text_of("stats"), .keys = keys};
    s->api = (struct api){.issuer = &s->issuer,
                          .store = s->faulty,
                          .limits = {.max_users = 5, .max_stats = 6, .max_values = 20},
                          .clock = &standing_clock,
                          .max_answer_bytes = 8192,
                          .draining = &s->draining,
                          .healthy = &s->healthy,
                          .version = "1",
                          .commit = "c"};
    ck_assert(catalog_slot_open(build_catalog(s->fake), &s->api.catalog, &err));
    s->router = (struct http_router){.routes = api_public_routes,
                                     .route_count = api_public_route_count,
                                     .context = &s->api,
                                     .max_body = 65536};
}

static void end(void)
{
    catalog_slot_close(&service.api.catalog);
    store_close(&service.faulty);
}

/* ---- one request ---- */

enum caller { NONE, SAINT_CALLS, ANYBODY_CALLS, ON_WINDOWS, NO_SANDBOX, IN_XDKS, WRONG_HASH, TWO_HEADERS };

struct ask {
    enum caller caller;
    const char *contract, *contract_again, *service_version; /* NULL: no such header */
    const char *query, *body, *if_none_match;
};

struct exchange {
    struct arena arena;
    char authorization[2048];
    struct http_header headers[8];
    struct http_request request;
    struct http_response response;
    struct error err;
};

static void add_header(struct exchange *x, const char *name, const char *value)
{
    if (value != NULL)
        x->headers[x->request.header_count++] = (struct http_header){text_of(name), text_of(value)};
}

static void add_authorization(struct exchange *x, enum caller caller)
{
    const struct text tokens[] = {
        [SAINT_CALLS] = token_saint, [ANYBODY_CALLS] = token_saint, [ON_WINDOWS] = token_device,
        [NO_SANDBOX] = token_bare,   [IN_XDKS] = token_xdks,        [WRONG_HASH] = token_saint,
        [TWO_HEADERS] = token_saint};
    const char *userhash = caller == ANYBODY_CALLS ? "*" : caller == WRONG_HASH ? "7701" : "7700";
    if (caller == NONE)
        return;
    snprintf(x->authorization, sizeof x->authorization, "XBL3.0 x=%s;%.*s", userhash,
             TEXT_ARG(tokens[caller]));
    add_header(x, "authorization", x->authorization);
    if (caller == TWO_HEADERS)
        add_header(x, "Authorization", x->authorization);
}

static void prepare(struct exchange *x, const struct ask *ask, size_t arena_limit)
{
    *x = (struct exchange){.err = {.code = ERROR_NONE}};
    arena_init(&x->arena, arena_limit);
    x->request = (struct http_request){.method = HTTP_POST,
                                       .path = text_of("/batch"),
                                       .query = text_of(ask->query),
                                       .headers = x->headers,
                                       .body = text_of(ask->body),
                                       .arena = &x->arena,
                                       .started_ns = NOW_NS,
                                       .deadline_ns = DEADLINE_NS};
    add_authorization(x, ask->caller);
    add_header(x, "X-XBL-Contract-Version", ask->contract);
    add_header(x, "x-xbl-contract-version", ask->contract_again);
    add_header(x, "x-requestedserviceversion", ask->service_version);
    add_header(x, "If-None-Match", ask->if_none_match);
}

static void send_ask(struct exchange *x, const struct ask *ask)
{
    prepare(x, ask, ARENA_LIMIT);
    http_answer(&service.router, &x->request, NULL, &x->response, &x->err);
}

/* The value of a response's header, or the absent text. */
static struct text response_header(const struct exchange *x, const char *name)
{
    for (size_t i = 0; i < x->response.header_count; i++) {
        if (text_equals(x->response.headers[i].name, text_of(name)))
            return x->response.headers[i].value;
    }
    return (struct text){NULL, 0};
}

#define USERS(users)       "{\"requestedusers\":[" users "],\"requestedscids\":["
#define BODY(users, scids) USERS(users) scids "]}"
#define SCID(scid, stats)  "{\"scid\":\"" scid "\",\"requestedstats\":[" stats "]}"
#define REFERENCE                                                                                            \
    BODY(SAINT "," SHARK, SCID(FIRST, "\"Test4FirefightKills\",\"Test4FirefightHeadshots\"") "," SCID(       \
                              SECOND, "\"OverallTestKills\",\"TestHeadshots\""))

/* ---- what is answered ---- */

static void assert_golden(const struct exchange *x, const char *name)
{
    char path[512], bytes[4096];
    snprintf(path, sizeof path, "%s/tests/batch/golden/%s.json", SOURCE_DIR, name);
    FILE *f = fopen(path, "rb");
    ck_assert_msg(f != NULL, "%s", path);
    size_t size = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    ck_assert_int_eq(x->response.status, 200);
    ck_assert_msg(text_equals(x->response.body, text_slice(bytes, size)), "%.*s", TEXT_ARG(x->response.body));
}

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
    ck_assert_uint_eq(again.response.body.size, 0);
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
    {"contract 2",
     {.caller = SAINT_CALLS, .contract = "2", .query = "operation=x", .body = BAD_BODY},
     ERROR_CONTRACT_VERSION,
     406,
     "x-xbl-contract-version: 1"},
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
    {"too many statistics behind []",
     {.caller = SAINT_CALLS, .body = BODY("1", SCID("wide", ""))},
     ERROR_BATCH_LIMIT,
     400,
     "7 statistics"},
    {"too many statistics behind [] and names",
     {.caller = SAINT_CALLS,
      .body = BODY("1", SCID(FIRST, "") "," SCID("wide", "\"a\",\"b\",\"c\",\"d\",\"e\""))},
     ERROR_BATCH_LIMIT,
     400,
     "7 statistics"},
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

/* ---- what goes wrong ---- */

START_TEST(a_store_that_fails)
{
    static const struct {
        enum error_code code;
        int status;
    } cases[] = {
        {ERROR_STORE_UNAVAILABLE, 503}, {ERROR_DEADLINE, 408}, {ERROR_NO_MEMORY, 503}, {ERROR_INTERNAL, 500}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct exchange x;
        store_faulty_fail_nth(service.faulty, 1, cases[i].code);
        send_ask(&x, &(struct ask){.caller = SAINT_CALLS, .body = GOOD});
        ck_assert(store_faulty_has_fired(service.faulty));
        ck_assert_int_eq(x.response.status, cases[i].status);
        ck_assert_int_eq(x.err.code, cases[i].code);
        ck_assert_ptr_null(strstr(x.response.body.data, "\"users\""));
        arena_reset(&x.arena);
        send_ask(&x, &(struct ask){.caller = SAINT_CALLS, .body = GOOD}); /* still usable */
        assert_golden(&x, "reference.documented");
        arena_reset(&x.arena);
    }
}
END_TEST

static bool ask_once(void *context, struct error *err)
{
    struct exchange x;
    prepare(&x, context, ARENA_LIMIT);
    bool answered = api_batch_post(&service.api, &x.request, &x.response, err);
    arena_reset(&x.arena);
    return answered;
}

START_TEST(runs_out_of_memory_cleanly)
{
    struct ask ask = {.caller = SAINT_CALLS, .body = GOOD};
    ck_assert_uint_gt(torture_allocations(ask_once, &ask), 0);
}
END_TEST

/* The arena's limit is met at each of its allocations in turn: 503 each time, never half an answer. */
START_TEST(runs_out_of_arena_cleanly)
{
    const struct ask ask = {.caller = SAINT_CALLS,
                            .body = BODY(SAINT, SCID(FIRST, "") "," SCID(SECOND, "\"TestHeadshots\""))};
    unsigned failures = 0;
    int status = 0;
    for (size_t limit = 0; status != 200; limit += 64) {
        struct exchange x;
        prepare(&x, &ask, limit);
        http_answer(&service.router, &x.request, NULL, &x.response, &x.err);
        status = x.response.status;
        ck_assert_msg(status == 200 || (status == 503 && x.err.code == ERROR_NO_MEMORY), "%zu bytes: %d %s",
                      limit, status, error_operator_text(&x.err));
        failures += status != 200;
        arena_reset(&x.arena);
        ck_assert_uint_lt(limit, ARENA_LIMIT);
    }
    ck_assert_uint_gt(failures, 10);
}
END_TEST

static void *ask_on(void *context)
{
    for (int i = 0; i < 100; i++) {
        struct exchange x;
        send_ask(&x, &(struct ask){.caller = SAINT_CALLS, .body = GOOD});
        bool good = x.response.status == 200;
        arena_reset(&x.arena);
        if (!good)
            return context;
    }
    return NULL;
}

START_TEST(many_threads_while_the_catalog_changes)
{
    pthread_t threads[3];
    service.api.store = service.fake; /* which, unlike the faulty one, is for many threads */
    for (size_t i = 0; i < COUNT(threads); i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, ask_on, &service), 0);
    for (int i = 0; i < 100; i++)
        catalog_slot_put(service.api.catalog, build_catalog(service.fake));
    for (size_t i = 0; i < COUNT(threads); i++) {
        void *failed = &service;
        pthread_join(threads[i], &failed);
        ck_assert_ptr_null(failed);
    }
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("batch_post");
    TCase *t = tcase_create("batch_post");
    tcase_add_unchecked_fixture(t, make_world, end_world);
    tcase_add_checked_fixture(t, start, end);
    tcase_set_timeout(t, 120);
    tcase_add_test(t, the_reference_page_in_both_dialects);
    tcase_add_test(t, answers_what_may_be_read);
    tcase_add_test(t, a_known_answer_is_not_sent_again);
    tcase_add_test(t, refuses_in_the_order_of_the_checks);
    tcase_add_test(t, a_denied_value_is_never_read);
    tcase_add_test(t, a_passed_deadline_spares_the_store);
    tcase_add_test(t, an_answer_that_is_too_large_is_refused_whole);
    tcase_add_test(t, a_store_that_fails);
    tcase_add_test(t, runs_out_of_memory_cleanly);
    tcase_add_test(t, runs_out_of_arena_cleanly);
    tcase_add_test(t, many_threads_while_the_catalog_changes);
    suite_add_tcase(s, t);
    return s;
}
