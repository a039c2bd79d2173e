/* SPDX-License-Identifier: Apache-2.0 */
/* A service for the tests of its endpoints, without a socket: a token that is really signed, a store in
 * memory, a clock that stands still. Included by one test program each; all is static. */
#ifndef USERSTATS_TESTS_API_SERVICE_H
#define USERSTATS_TESTS_API_SERVICE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/api.h"
#include "catalog/document.h"
#include "jose/key_slot.h"
#include "jose/signing.h"
#include "support/run.h"
#include "support/store_fake.h"
#include "support/store_faulty.h"

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
static struct key_slot *keys;
static struct arena world;
static struct text token_saint, token_device, token_bare, token_xdks;
static char directory[] = "/tmp/test_batch_post.XXXXXX";

static inline int64_t wall_ms(void *context)
{
    (void)context;
    return INT64_C(1000) * NOW_S;
}

static inline int64_t monotonic_ns(void *context)
{
    (void)context;
    return NOW_NS;
}

static const struct clock standing_clock = {wall_ms, monotonic_ns, NULL};

static inline const char *path_of(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return path;
}

/* A token for WarriorSaint, with further claims. */
static inline struct text token_with(const char *claims)
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

static inline void make_world(void)
{
    static const char *const files[] = {"signing.key.pem", "jwks.json", "decryption.key.pem",
                                        "decryption.cert.pem"};
    struct key_set *set;
    struct error err;
    arena_init(&world, ARENA_LIMIT);
    ck_assert_ptr_nonnull(mkdtemp(directory));
    ck_assert_msg(jose_keygen(directory, JOSE_ES256, &err), "%s", error_operator_text(&err));
    ck_assert(signing_key_load(path_of("signing.key.pem"), JOSE_ES256, &key, &err));
    ck_assert(key_set_load(path_of("jwks.json"), NULL, &set, &err));
    ck_assert(key_slot_open(set, &keys, &err));
    for (size_t i = 0; i < COUNT(files); i++)
        unlink(path_of(files[i]));
    rmdir(directory);
    token_saint = token_with("\"sbx\":\"RETAIL\",\"xti\":{\"tid\":\"1717113201\"},");
    token_device = token_with("\"sbx\":\"RETAIL\",\"xdi\":{\"dty\":\"Win32\"},");
    token_bare = token_with("");
    token_xdks = token_with("\"sbx\":\"XDKS.1\",");
}

static inline void end_world(void)
{
    signing_key_close(&key);
    key_slot_close(&keys);
    arena_reset(&world);
}

/* ---- one service ---- */

static const char catalog_document[] =
    "{\"titles\":[{\"titleId\":1717113201},{\"titleId\":99},{\"titleId\":77}],\"scids\":["
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
    "{\"scid\":\"deck\",\"sandbox\":\"RETAIL\",\"titleIds\":[77],\"statistics\":["
    "{\"name\":\"Last\",\"type\":\"Double\",\"access\":\"open\",\"display\":{\"Ordinal\":9,"
    "\"DisplayName\":\"The last\"}},"
    "{\"name\":\"Both\",\"type\":\"Integer\",\"access\":\"open\",\"display\":{\"Ordinal\":1}},"
    "{\"name\":\"Mine\",\"type\":\"Integer\",\"grants\":[\"user:self\"]}]},"
    "{\"scid\":\"deck-beta\",\"sandbox\":\"XDKS.1\",\"titleIds\":[77],\"statistics\":["
    "{\"name\":\"Both\",\"type\":\"Integer\",\"access\":\"open\",\"display\":{\"Ordinal\":1}},"
    "{\"name\":\"Hidden\",\"type\":\"Integer\"}]},"
    "{\"scid\":\"deck-two\",\"sandbox\":\"RETAIL\",\"titleIds\":[99,77],\"statistics\":["
    "{\"name\":\"both\",\"type\":\"Integer\",\"access\":\"open\",\"display\":{\"Ordinal\":2,"
    "\"SortOrder\":\"Ascending\"}}]},"
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
    struct api api;
    struct http_router router;
    atomic_bool draining, healthy;
};

static struct service service;

/* The store's catalog, with the ids that it gave. */
static inline struct catalog *build_catalog(struct store *store)
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

static inline void put_catalog(struct store *store)
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

/* The Integer VALUE with METADATA, for WarriorSaint. */
static inline void put_metadata(struct store *s, const char *scid, const char *name, int64_t value,
                                const char *metadata)
{
    const struct value_row row = {
        .xuid = 1234567890123460,
        .statistic_id = store_fake_statistic_id(s, text_of(scid), text_of(name)),
        .value = {.type = STATISTIC_INTEGER, .integer = value, .metadata = text_of(metadata)}};
    store_fake_put_values(s, &row, 1);
}

static inline void put_values(struct store *s)
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
    store_fake_put(s, 1234567890123460, "deck", "Last", "5");
    store_fake_put(s, 1234567890123460, "deck", "Both", "1");
    store_fake_put(s, 1234567890123460, "deck", "Mine", "2");
    store_fake_put(s, 1234567890123460, "deck-beta", "Both", "3");
    store_fake_put(s, 1234567890123460, "deck-two", "both", "4");
    store_fake_put(s, 1234567890123234, "deck", "Both", "-6");
    put_metadata(s, "deck", "Both", 1, "{\"map\":\"sea\"}");
}

/* Of one issuer, whose tokens are remembered from their first request on. */
static inline void open_authenticator(struct authenticator **out)
{
    const struct issuer issuer = {.label = "auth",
                                  .name = text_of("issuer"),
                                  .audience = text_of("stats"),
                                  .tokens = TOKENS_SIGNED,
                                  .keys = keys};
    const struct authenticator_options options = {.issuers = &issuer,
                                                  .issuer_count = 1,
                                                  .remembered_max = 100,
                                                  .remembered_bytes_max = 100000,
                                                  .decryptions_in_flight_max = 1,
                                                  .clock = &standing_clock,
                                                  .random = &random_system};
    struct error err;
    ck_assert_msg(authenticator_open(&options, out, &err), "%s", error_operator_text(&err));
}

static inline void start(void)
{
    struct error err;
    struct service *s = &service;
    *s = (struct service){.fake = store_fake_open(&standing_clock)};
    s->faulty = store_faulty_open(s->fake);
    put_catalog(s->fake);
    put_values(s->fake);
    s->api = (struct api){.store = s->faulty,
                          .limits = {.max_users = 5, .max_stats = 6, .max_values = 20},
                          .clock = &standing_clock,
                          .max_answer_bytes = 8192,
                          .draining = &s->draining,
                          .healthy = &s->healthy,
                          .version = "1",
                          .commit = "c"};
    open_authenticator(&s->api.authenticator);
    ck_assert(catalog_slot_open(build_catalog(s->fake), &s->api.catalog, &err));
    s->router = (struct http_router){.routes = api_public_routes,
                                     .route_count = api_public_route_count,
                                     .context = &s->api,
                                     .max_body = 65536};
}

static inline void end(void)
{
    catalog_slot_close(&service.api.catalog);
    authenticator_close(&service.api.authenticator);
    store_close(&service.faulty);
}

/* ---- one request ---- */

enum caller { NONE, SAINT_CALLS, ANYBODY_CALLS, ON_WINDOWS, NO_SANDBOX, IN_XDKS, WRONG_HASH, TWO_HEADERS };

struct ask {
    enum caller caller;
    const char *contract, *contract_again, *service_version; /* NULL: no such header */
    const char *query, *body, *if_none_match;
    enum http_method method; /* 0: POST for /batch, else GET */
    const char *path;        /* NULL: /batch */
};

struct exchange {
    struct arena arena;
    char authorization[2048];
    struct http_header headers[8];
    struct http_request request;
    struct http_response response;
    struct error err;
};

static inline void add_header(struct exchange *x, const char *name, const char *value)
{
    if (value != NULL)
        x->headers[x->request.header_count++] = (struct http_header){text_of(name), text_of(value)};
}

static inline void add_authorization(struct exchange *x, enum caller caller)
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

static inline void prepare(struct exchange *x, const struct ask *ask, size_t arena_limit)
{
    *x = (struct exchange){.err = {.code = ERROR_NONE}};
    arena_init(&x->arena, arena_limit);
    enum http_method usual = ask->path == NULL ? HTTP_POST : HTTP_GET;
    x->request = (struct http_request){.method = ask->method != 0 ? ask->method : usual,
                                       .path = text_of(ask->path == NULL ? "/batch" : ask->path),
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

static inline void send_ask(struct exchange *x, const struct ask *ask)
{
    prepare(x, ask, ARENA_LIMIT);
    http_answer(&service.router, &x->request, NULL, &x->response, &x->err);
}

/* The value of a response's header, or the absent text. */
static inline struct text response_header(const struct exchange *x, const char *name)
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

static inline void assert_golden(const struct exchange *x, const char *name)
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

/* A case of all of the above. */
static inline TCase *service_case(const char *name)
{
    TCase *t = tcase_create(name);
    tcase_add_unchecked_fixture(t, make_world, end_world);
    tcase_add_checked_fixture(t, start, end);
    tcase_set_timeout(t, 120);
    return t;
}

#endif
