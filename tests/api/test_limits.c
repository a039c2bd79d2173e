/* SPDX-License-Identifier: Apache-2.0 */
/* GET /limits: every number, and null for a window that is off. */
#include "api/api.h"

#include <stdio.h>

#include "support/run.h"
#include "support/torture.h"

static struct api api;

static void start(void)
{
    api = (struct api){.limits = {.max_users = 1, .max_stats = 2, .max_values = 3},
                       .published = {.token_bytes = 4,
                                     .body_bytes = 5,
                                     .requests_in_flight = 6,
                                     .connections = 7,
                                     .request_deadline_ms = 8,
                                     .idle_timeout_ms = 9,
                                     .queue_most_ms = 10},
                       .max_answer_bytes = 10};
}

static void end(void)
{
    ratelimit_close(&api.ratelimit);
}

static void limit_to(uint32_t burst, uint32_t sustain)
{
    const struct ratelimit_options options = {
        {{burst, RATELIMIT_BURST_PERIOD_S}, {sustain, RATELIMIT_SUSTAIN_PERIOD_S}}, 1000, &random_system};
    struct error err;
    ck_assert_msg(ratelimit_open(&options, &api.ratelimit, &err), "%s", error_operator_text(&err));
}

static bool ask(struct arena *arena, struct http_response *response, struct error *err)
{
    const struct http_router router = {api_admin_routes, api_admin_route_count, &api, 0, 0};
    const struct http_request request = {.method = HTTP_GET, .path = text_of("/limits"), .arena = arena};
    arena_init(arena, 1 << 16);
    http_answer(&router, &request, NULL, response, err);
    return response->status == 200;
}

static void assert_rates(const char *rates)
{
    struct arena arena;
    struct http_response response;
    struct error err;
    char expected[1024];
    snprintf(expected, sizeof expected,
             "{\"rateLimit\":{%s},\"batch\":{\"users\":1,\"statistics\":2,\"values\":3},\"single\":{"
             "\"names\":10,\"nameCharacters\":600},"
             "\"bytes\":{\"target\":8192,\"headers\":98304,\"token\":4,\"body\":5,\"answer\":10},"
             "\"headers\":100,\"requestsInFlight\":6,\"connections\":7,"
             "\"milliseconds\":{\"request\":8,\"idle\":9,\"queue\":10}}",
             rates);
    ck_assert(ask(&arena, &response, &err));
    ck_assert_msg(text_equals(response.body, text_of(expected)), "%.*s", TEXT_ARG(response.body));
    arena_reset(&arena);
}

START_TEST(no_rate_limit)
{
    assert_rates("\"burst\":null,\"sustain\":null,\"callers\":0");
}
END_TEST

START_TEST(one_window)
{
    limit_to(0, 300);
    assert_rates("\"burst\":null,\"sustain\":{\"maxRequests\":300,\"periodInSeconds\":300},\"callers\":1024");
}
END_TEST

START_TEST(both_windows)
{
    limit_to(100, 300);
    assert_rates("\"burst\":{\"maxRequests\":100,\"periodInSeconds\":15},"
                 "\"sustain\":{\"maxRequests\":300,\"periodInSeconds\":300},\"callers\":1024");
}
END_TEST

/* The largest numbers that the settings let through. */
START_TEST(the_longest_answer_fits)
{
    struct arena arena;
    struct http_response response;
    struct error err;
    limit_to(RATELIMIT_MOST, RATELIMIT_MOST);
    api.limits = (struct batch_limits){SIZE_MAX, SIZE_MAX, SIZE_MAX};
    api.published =
        (struct api_published){SIZE_MAX, SIZE_MAX, UINT32_MAX, UINT32_MAX, INT64_MAX, INT64_MAX, INT64_MAX};
    api.max_answer_bytes = SIZE_MAX;
    ck_assert(ask(&arena, &response, &err));
    arena_reset(&arena);
}
END_TEST

static bool ask_once(void *context, struct error *err)
{
    (void)context;
    struct arena arena;
    struct http_response response;
    bool good = ask(&arena, &response, err);
    arena_reset(&arena);
    return good;
}

START_TEST(runs_out_of_memory_cleanly)
{
    ck_assert_uint_gt(torture_allocations(ask_once, NULL), 0);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("limits");
    TCase *t = tcase_create("limits");
    tcase_add_checked_fixture(t, start, end);
    tcase_add_test(t, no_rate_limit);
    tcase_add_test(t, one_window);
    tcase_add_test(t, both_windows);
    tcase_add_test(t, the_longest_answer_fits);
    tcase_add_test(t, runs_out_of_memory_cleanly);
    suite_add_tcase(s, t);
    return s;
}
