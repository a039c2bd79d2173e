/* SPDX-License-Identifier: Apache-2.0 */
/* POST /batch when the store fails, memory runs out, or the catalog changes under way. */
#include <pthread.h>

#include "api/handlers.h"
#include "api/service.h"
#include "support/torture.h"

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
        send_ask(&x, &(struct ask){.caller = SAINT_CALLS, .body = REFERENCE});
        ck_assert(store_faulty_has_fired(service.faulty));
        ck_assert_int_eq(x.response.status, cases[i].status);
        ck_assert_int_eq(x.err.code, cases[i].code);
        ck_assert_ptr_null(strstr(x.response.body.data, "\"users\""));
        arena_reset(&x.arena);
        send_ask(&x, &(struct ask){.caller = SAINT_CALLS, .body = REFERENCE}); /* still usable */
        assert_golden(&x, "reference.documented");
        arena_reset(&x.arena);
    }
}
END_TEST

START_TEST(a_value_of_another_type_than_declared_is_no_answer)
{
    struct exchange x;
    const struct value_row row = {
        .xuid = 1234567890123460,
        .statistic_id = store_fake_statistic_id(service.fake, text_of(FIRST), text_of("Test4FirefightKills")),
        .value = {.type = STATISTIC_STRING, .text = text_of("seven")}};
    store_fake_put_values(service.fake, &row, 1);
    send_ask(&x, &(struct ask){.caller = SAINT_CALLS, .body = REFERENCE});
    ck_assert_int_eq(x.response.status, 500);
    ck_assert_int_eq(x.err.code, ERROR_INTERNAL);
    ck_assert_ptr_null(strstr(x.response.body.data, "seven"));
    arena_reset(&x.arena);
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
    struct ask ask = {.caller = SAINT_CALLS, .body = REFERENCE};
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
        send_ask(&x, &(struct ask){.caller = SAINT_CALLS, .body = REFERENCE});
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
    Suite *s = suite_create("batch_post_faults");
    TCase *t = service_case("batch_post_faults");
    tcase_add_test(t, a_store_that_fails);
    tcase_add_test(t, a_value_of_another_type_than_declared_is_no_answer);
    tcase_add_test(t, runs_out_of_memory_cleanly);
    tcase_add_test(t, runs_out_of_arena_cleanly);
    tcase_add_test(t, many_threads_while_the_catalog_changes);
    suite_add_tcase(s, t);
    return s;
}
