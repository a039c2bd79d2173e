/* SPDX-License-Identifier: Apache-2.0 */
/* The rate limit as POST /batch applies it: when it is looked at, who pays, what is told. */
#include "api/service.h"

#include "api/handlers.h"
#include "base/memory.h"
#include "support/torture.h"

#define MS INT64_C(1000000)

static int64_t now_ns;

static int64_t moving_ns(void *context)
{
    (void)context;
    return now_ns;
}

static const struct clock moving_clock = {wall_ms, moving_ns, NULL};

static void limit_to(uint32_t burst, uint32_t sustain)
{
    const struct ratelimit_options options = {
        {{burst, RATELIMIT_BURST_PERIOD_S}, {sustain, RATELIMIT_SUSTAIN_PERIOD_S}}, 1024, &random_system};
    struct error err;
    ratelimit_close(&service.api.ratelimit);
    ck_assert_msg(ratelimit_open(&options, &service.api.ratelimit, &err), "%s", error_operator_text(&err));
    service.api.clock = &moving_clock;
    now_ns = NOW_NS;
}

static void lift(void)
{
    ratelimit_close(&service.api.ratelimit);
}

/* The status of the answer to ASK. */
static int status_of(const struct ask *ask)
{
    struct exchange x;
    prepare(&x, ask, ARENA_LIMIT);
    x.request.deadline_ns = INT64_MAX;
    http_answer(&service.router, &x.request, NULL, &x.response, &x.err);
    int status = x.response.status;
    arena_reset(&x.arena);
    return status;
}

static const struct ask good = {.caller = SAINT_CALLS, .body = REFERENCE};

static void assert_told(const char *body, const char *retry_after)
{
    struct exchange x;
    const size_t asked = store_faulty_calls(service.faulty);
    send_ask(&x, &good);
    ck_assert_int_eq(x.response.status, 429);
    ck_assert_int_eq(x.err.code, ERROR_RATE_LIMITED);
    ck_assert_msg(text_equals(x.response.body, text_of(body)), "%.*s", TEXT_ARG(x.response.body));
    ck_assert(text_equals(response_header(&x, "Retry-After"), text_of(retry_after)));
    ck_assert(text_equals(response_header(&x, "Content-Type"), text_of("application/json")));
    ck_assert(text_equals(response_header(&x, "X-Content-Type-Options"), text_of("nosniff")));
    ck_assert(text_equals(response_header(&x, "Cache-Control"), text_of("no-store")));
    ck_assert_ptr_nonnull(response_header(&x, "MS-CV").data);
    ck_assert_ptr_null(response_header(&x, "ETag").data);
    ck_assert_msg(store_faulty_calls(service.faulty) == asked, "the store was asked");
    ck_assert(!x.response.close);
    arena_reset(&x.arena);
}

START_TEST(a_burst_is_told_in_these_bytes)
{
    limit_to(2, 0);
    ck_assert_int_eq(status_of(&good), 200);
    ck_assert_int_eq(status_of(&good), 200);
    assert_told("{\"version\":1,\"currentRequests\":3,\"maxRequests\":2,\"periodInSeconds\":15,"
                "\"limitType\":\"Rate\",\"type\":\"burst\"}",
                "15");
    now_ns += 14001 * MS;
    assert_told("{\"version\":1,\"currentRequests\":4,\"maxRequests\":2,\"periodInSeconds\":15,"
                "\"limitType\":\"Rate\",\"type\":\"burst\"}",
                "1");
    now_ns += 999 * MS;
    ck_assert_int_eq(status_of(&good), 200);
}
END_TEST

START_TEST(a_sustained_rate_is_told_in_these_bytes)
{
    limit_to(0, 1);
    ck_assert_int_eq(status_of(&good), 200);
    assert_told("{\"version\":1,\"currentRequests\":2,\"maxRequests\":1,\"periodInSeconds\":300,"
                "\"limitType\":\"Rate\",\"type\":\"sustain\"}",
                "300");
    now_ns += 300000 * MS;
    ck_assert_int_eq(status_of(&good), 200);
}
END_TEST

/* 401, 429, 406, 400: each request breaks all later rules, too. */
START_TEST(comes_after_401_and_before_406_and_400)
{
    const struct ask nobody = {.caller = NONE, .contract = "9", .body = "{"};
    const struct ask stranger = {.caller = WRONG_HASH, .contract = "9", .body = "{"};
    const struct ask bad_version = {.caller = SAINT_CALLS, .contract = "9", .body = "{"};
    const struct ask bad_body = {.caller = SAINT_CALLS, .body = "{"};
    limit_to(2, 0);
    for (int i = 0; i < 5; i++) {
        ck_assert_int_eq(status_of(&nobody), 401);
        ck_assert_int_eq(status_of(&stranger), 401);
    }
    ck_assert_msg(status_of(&bad_version) == 406, "401s are counted for nobody");
    ck_assert_msg(status_of(&bad_body) == 400, "406s are counted");
    ck_assert_msg(status_of(&bad_version) == 429, "400s are counted");
    ck_assert_int_eq(status_of(&bad_body), 429);
    ck_assert_int_eq(status_of(&nobody), 401);
    ck_assert_int_eq(status_of(&stranger), 401);
}
END_TEST

START_TEST(user_and_title_pay_together)
{
    const struct ask anybody = {.caller = ANYBODY_CALLS, .body = REFERENCE};
    const struct ask other_title = {.caller = ON_WINDOWS, .body = REFERENCE}; /* its token names none */
    limit_to(1, 0);
    ck_assert_int_eq(status_of(&good), 200);
    ck_assert_msg(status_of(&anybody) == 429, "`*` is no way around the limit of the token's user");
    ck_assert_int_eq(status_of(&other_title), 200);
    ck_assert_int_eq(status_of(&other_title), 429);
}
END_TEST

START_TEST(without_a_limit_nothing_is_counted)
{
    for (int i = 0; i < 500; i++)
        ck_assert_int_eq(status_of(&good), 200);
}
END_TEST

static bool be_refused(void *context, struct error *err)
{
    (void)context;
    struct exchange x;
    struct error failure = {.code = ERROR_NONE};
    prepare(&x, &good, ARENA_LIMIT);
    bool answered = api_batch_post(&service.api, &x.request, &x.response, &failure);
    arena_reset(&x.arena);
    ck_assert(!answered);
    *err = failure;
    return failure.code == ERROR_RATE_LIMITED;
}

START_TEST(runs_out_of_memory_cleanly)
{
    limit_to(1, 0);
    ck_assert_int_eq(status_of(&good), 200);
    ck_assert_uint_gt(torture_allocations(be_refused, NULL), 0);
}
END_TEST

/* The arena's limit is met at each of its allocations in turn: 503 each time, never a 429 without its body.
 */
START_TEST(runs_out_of_arena_cleanly)
{
    unsigned failures = 0;
    int status = 0;
    limit_to(1, 0);
    ck_assert_int_eq(status_of(&good), 200);
    for (size_t limit = 0; status != 429; limit += 64) {
        struct exchange x;
        prepare(&x, &good, limit);
        http_answer(&service.router, &x.request, NULL, &x.response, &x.err);
        status = x.response.status;
        ck_assert_msg(status == 429 || (status == 503 && x.err.code == ERROR_NO_MEMORY), "%zu bytes: %d %s",
                      limit, status, error_operator_text(&x.err));
        ck_assert(status != 429 || response_header(&x, "Retry-After").size > 0);
        failures += status != 429;
        arena_reset(&x.arena);
        ck_assert_uint_lt(limit, ARENA_LIMIT);
    }
    ck_assert_uint_gt(failures, 5);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("limit");
    TCase *t = service_case("limit");
    tcase_add_checked_fixture(t, NULL, lift);
    tcase_add_test(t, a_burst_is_told_in_these_bytes);
    tcase_add_test(t, a_sustained_rate_is_told_in_these_bytes);
    tcase_add_test(t, comes_after_401_and_before_406_and_400);
    tcase_add_test(t, user_and_title_pay_together);
    tcase_add_test(t, without_a_limit_nothing_is_counted);
    tcase_add_test(t, runs_out_of_memory_cleanly);
    tcase_add_test(t, runs_out_of_arena_cleanly);
    suite_add_tcase(s, t);
    return s;
}
