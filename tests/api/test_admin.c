/* SPDX-License-Identifier: Apache-2.0 */
/* The admin port's endpoints. */
#include "api/api.h"

#include <string.h>

#include "jose/key_slot.h"
#include "support/run.h"
#include "support/torture.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static atomic_bool draining, healthy;
static struct api api;
static struct http_router router;
static struct key_slot *keys, *other_keys;
static const char *const words[] = {"here"};

/* The key of RFC 7515 A.3. */
static struct key_set *some_keys(void)
{
    static const char jwks[] =
        "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
        "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}]}";
    struct key_set *set;
    struct error err;
    ck_assert(key_set_parse(text_of(jwks), "here", NULL, &set, &err));
    return set;
}

static void start_authenticator(void)
{
    struct error err;
    ck_assert(key_slot_open(some_keys(), &keys, &err));
    ck_assert(key_slot_open(NULL, &other_keys, &err));
    const struct issuer issuers[] = {{.label = "auth", .tokens = TOKENS_SIGNED, .keys = keys},
                                     {.label = "auth.x", .tokens = TOKENS_SIGNED, .keys = other_keys}};
    const struct authenticator_options options = {.issuers = issuers,
                                                  .issuer_count = COUNT(issuers),
                                                  .decryptions_in_flight_max = 1,
                                                  .clock = &clock_system,
                                                  .random = &random_system};
    ck_assert(authenticator_open(&options, &api.authenticator, &err));
}

static size_t source_count;

static bool key_source(const void *context, size_t i, struct api_key_source *out)
{
    static const char *const names[] = {"auth.keys", "auth.x.keys", "\"\\\n"};
    struct key_slot *const slots[] = {keys, other_keys, NULL};
    ck_assert_ptr_eq(context, &source_count);
    if (i >= source_count)
        return false;
    struct key_set *set = slots[i] == NULL ? NULL : key_slot_get(slots[i]);
    *out = (struct api_key_source){names[i], set != NULL};
    key_set_release(&set);
    return true;
}

static void start_metrics(void)
{
    struct error err;
    struct metrics_options options = {.values = {{NULL, 0}}};
    for (int i = METRIC_LABEL_ROUTE; i < METRIC_LABEL_COUNT; i++)
        options.values[i] = (struct metric_values){words, 1};
    ck_assert(metrics_open(&options, &api.metrics, &err));
}

static void start(void)
{
    struct error err;
    struct catalog *c;
    const struct catalog_definition nothing = {.version = 42};
    ck_assert(catalog_build(&nothing, &c, &err));
    api = (struct api){.draining = &draining,
                       .healthy = &healthy,
                       .key_source = key_source,
                       .key_sources = &source_count,
                       .version = "0.1.0",
                       .commit = "abc"};
    source_count = 1;
    ck_assert(catalog_slot_open(c, &api.catalog, &err));
    start_authenticator();
    start_metrics();
    router = (struct http_router){
        .routes = api_admin_routes, .route_count = api_admin_route_count, .context = &api, .max_body = 0};
}

static void end(void)
{
    metrics_close(&api.metrics);
    authenticator_close(&api.authenticator);
    key_slot_close(&keys);
    key_slot_close(&other_keys);
    catalog_slot_close(&api.catalog);
}

static void get(const char *path, const char *query, struct arena *arena, struct http_response *response)
{
    struct error err;
    const struct http_request request = {
        .method = HTTP_GET, .path = text_of(path), .query = text_of(query), .arena = arena};
    arena_init(arena, 1 << 20);
    http_answer(&router, &request, NULL, response, &err);
}

static void assert_answer(const char *path, const char *query, int status, const char *body)
{
    struct arena arena;
    struct http_response response;
    get(path, query, &arena, &response);
    ck_assert_msg(response.status == status && text_equals(response.body, text_of(body)), "%s?%s: %d %.*s",
                  path, query == NULL ? "" : query, response.status, TEXT_ARG(response.body));
    arena_reset(&arena);
}

START_TEST(readyz_says_what_stands_in_the_way)
{
    static const struct {
        bool healthy, draining;
        int status;
        const char *brief, *verbose;
    } cases[] = {
        {true, false, 200, "{\"status\":\"ready\"}",
         "{\"status\":\"ready\",\"checks\":{\"store\":\"ok\",\"catalog\":\"ok\",\"keys\":{\"auth.keys\":"
         "\"ok\"},\"draining\":"
         "\"no\"},"
         "\"catalogVersion\":42}"},
        {false, false, 503, "{\"status\":\"not ready\"}",
         "{\"status\":\"not "
         "ready\",\"checks\":{\"store\":\"failing\",\"catalog\":\"ok\",\"keys\":{\"auth.keys\":\"ok\"},"
         "\"draining\":\"no\"},"
         "\"catalogVersion\":42}"},
        {true, true, 503, "{\"status\":\"not ready\"}",
         "{\"status\":\"not "
         "ready\",\"checks\":{\"store\":\"ok\",\"catalog\":\"ok\",\"keys\":{\"auth.keys\":\"ok\"},"
         "\"draining\":\"yes\"},"
         "\"catalogVersion\":42}"},
        {false, true, 503, "{\"status\":\"not ready\"}",
         "{\"status\":\"not "
         "ready\",\"checks\":{\"store\":\"failing\",\"catalog\":\"ok\",\"keys\":{\"auth.keys\":\"ok\"},"
         "\"draining\":\"yes\"},"
         "\"catalogVersion\":42}"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        atomic_store(&healthy, cases[i].healthy);
        atomic_store(&draining, cases[i].draining);
        assert_answer("/readyz", NULL, cases[i].status, cases[i].brief);
        assert_answer("/readyz", "verbose", cases[i].status, cases[i].verbose);
        assert_answer("/readyz", "verbose=1", cases[i].status, cases[i].verbose);
        assert_answer("/livez", NULL, 200, "{\"status\":\"alive\"}");
    }
}
END_TEST

START_TEST(readyz_without_a_catalog)
{
    catalog_slot_close(&api.catalog);
    atomic_store(&healthy, true);
    assert_answer("/readyz", "verbose", 503,
                  "{\"status\":\"not "
                  "ready\",\"checks\":{\"store\":\"ok\",\"catalog\":\"absent\",\"keys\":{\"auth.keys\":"
                  "\"ok\"},\"draining\":\"no\"},"
                  "\"catalogVersion\":0}");
}
END_TEST

#define VERBOSE(status, key_states)                                                                          \
    "{\"status\":\"" status "\",\"checks\":{\"store\":\"ok\",\"catalog\":\"ok\",\"keys\":{" key_states       \
    "},\"draining\":\"no\"},\"catalogVersion\":42}"

START_TEST(readyz_once_any_issuer_has_keys)
{
    atomic_store(&healthy, true);
    atomic_store(&draining, false);
    source_count = 2;
    key_slot_put(keys, NULL);
    assert_answer("/readyz", NULL, 503, "{\"status\":\"not ready\"}");
    assert_answer("/readyz", "verbose", 503,
                  VERBOSE("not ready", "\"auth.keys\":\"absent\",\"auth.x.keys\":\"absent\""));
    key_slot_put(other_keys, some_keys());
    assert_answer("/readyz", NULL, 200, "{\"status\":\"ready\"}");
    assert_answer("/readyz", "verbose", 200,
                  VERBOSE("ready", "\"auth.keys\":\"absent\",\"auth.x.keys\":\"ok\""));
    key_slot_put(keys, some_keys());
    assert_answer("/readyz", "verbose", 200, VERBOSE("ready", "\"auth.keys\":\"ok\",\"auth.x.keys\":\"ok\""));
    key_slot_put(other_keys, NULL);
    assert_answer("/readyz", NULL, 200, "{\"status\":\"ready\"}");
}
END_TEST

START_TEST(readyz_is_json_whatever_the_sources_are_called)
{
    atomic_store(&healthy, true);
    atomic_store(&draining, false);
    source_count = 3;
    assert_answer("/readyz", "verbose", 200,
                  VERBOSE("ready", "\"auth.keys\":\"ok\",\"auth.x.keys\":\"absent\","
                                   "\"\\\"\\\\\\n\":\"absent\""));
    api.key_source = NULL;
    assert_answer("/readyz", "verbose", 200, VERBOSE("ready", ""));
}
END_TEST

START_TEST(version_names_the_build)
{
    assert_answer("/version", NULL, 200, "{\"name\":\"userstats\",\"version\":\"0.1.0\",\"commit\":\"abc\"}");
}
END_TEST

static void put_catalog_version(void *context, struct metrics_scrape *scrape)
{
    metrics_put(scrape, METRIC_CATALOG_VERSION, 0, (uint64_t)catalog_version(context));
}

START_TEST(metrics_are_text_for_prometheus)
{
    struct arena arena;
    struct http_response response;
    struct catalog *catalog = catalog_slot_get(api.catalog);
    api.figures = (struct metrics_reader){put_catalog_version, catalog};
    metrics_add(api.metrics, METRIC_RATE_LIMITED, (struct metric_series){0, 0}, 5);
    get("/metrics", NULL, &arena, &response);
    ck_assert_int_eq(response.status, 200);
    ck_assert(text_equals(response.headers[0].name, text_of("Content-Type")));
    ck_assert(text_equals(response.headers[0].value, text_of("text/plain; version=0.0.4; charset=utf-8")));
    ck_assert_ptr_nonnull(strstr(response.body.data, "\nuserstats_rate_limited_total{window=\"here\"} 5\n"));
    ck_assert_ptr_nonnull(strstr(response.body.data, "\nuserstats_catalog_version 42\n"));
    arena_reset(&arena);
    catalog_release(&catalog);
}
END_TEST

START_TEST(nothing_else_is_there)
{
    struct arena arena;
    struct http_response response;
    static const char *const paths[] = {"/batch", "/", "/readyz/", "/LIVEZ"};
    for (size_t i = 0; i < COUNT(paths); i++) {
        get(paths[i], NULL, &arena, &response);
        ck_assert_msg(response.status == 404, "%s: %d", paths[i], response.status);
        arena_reset(&arena);
    }
    get("/readyz", "verbose=%zz", &arena, &response);
    ck_assert_int_eq(response.status, 400);
    arena_reset(&arena);
}
END_TEST

static bool ask_all(void *context, struct error *err)
{
    (void)context;
    struct arena arena;
    const struct http_request request = {.query = text_of("verbose"), .arena = &arena};
    struct http_response response;
    bool good = true;
    for (size_t i = 0; good && i < api_admin_route_count; i++) {
        arena_init(&arena, 1 << 20);
        response = (struct http_response){.status = 0};
        good = api_admin_routes[i].handle(&api, &request, &response, err);
        arena_reset(&arena);
    }
    return good;
}

START_TEST(runs_out_of_memory_cleanly)
{
    ck_assert_uint_ge(torture_allocations(ask_all, NULL), 5);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("admin");
    TCase *t = tcase_create("admin");
    tcase_add_checked_fixture(t, start, end);
    tcase_add_test(t, readyz_says_what_stands_in_the_way);
    tcase_add_test(t, readyz_without_a_catalog);
    tcase_add_test(t, readyz_once_any_issuer_has_keys);
    tcase_add_test(t, readyz_is_json_whatever_the_sources_are_called);
    tcase_add_test(t, version_names_the_build);
    tcase_add_test(t, metrics_are_text_for_prometheus);
    tcase_add_test(t, nothing_else_is_there);
    tcase_add_test(t, runs_out_of_memory_cleanly);
    suite_add_tcase(s, t);
    return s;
}
