/* SPDX-License-Identifier: Apache-2.0 */
/* Counting on many threads, and what a scrape says of it, byte for byte where that matters. */
#include "metrics/metrics.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/run.h"
#include "support/torture.h"

#define THREADS 40 /* more than there are sets of numbers */
#define TIMES   5000

static const char *const routes[] = {"/batch", "/users/{user}", "unknown"};
static const char *const windows[] = {"burst", "sustain"};
static const char *const ends[] = {"idle"};
static const char *const sources[] = {"auth.keys"};
static const char *const version[] = {"1.2\"\\\n3"}, *const commit[] = {"abc"};

static const struct metrics_options options = {.values = {[METRIC_LABEL_ROUTE] = {routes, 3},
                                                          [METRIC_LABEL_WINDOW] = {windows, 2},
                                                          [METRIC_LABEL_END] = {ends, 1},
                                                          [METRIC_LABEL_SOURCE] = {sources, 1},
                                                          [METRIC_LABEL_VERSION] = {version, 1},
                                                          [METRIC_LABEL_COMMIT] = {commit, 1}}};
static struct metrics *metrics;
static struct arena arena;

static void setup(void)
{
    struct error err;
    arena_init(&arena, (size_t)4 * 1024 * 1024);
    ck_assert(metrics_open(&options, &metrics, &err));
}

static void teardown(void)
{
    metrics_close(&metrics);
    ck_assert_ptr_null(metrics);
    metrics_close(&metrics);
    arena_reset(&arena);
}

static const char *scrape(const struct metrics_reader *reader)
{
    struct text out;
    struct error err;
    ck_assert_msg(metrics_write(metrics, reader, &arena, &out, &err), "%s", error_operator_text(&err));
    ck_assert_uint_eq(strlen(out.data), out.size);
    return out.data;
}

/* The scrape has LINE as a whole line, once. */
static void has(const char *text, const char *line)
{
    char wanted[512];
    snprintf(wanted, sizeof wanted, "\n%s\n", line);
    const char *at = strstr(text, wanted);
    ck_assert_msg(at != NULL, "no line %s in:\n%s", line, text);
    ck_assert_msg(strstr(at + 1, wanted) == NULL, "twice: %s", line);
}

static struct metric_series series(size_t first, size_t second)
{
    return (struct metric_series){first, second};
}

/* ---- accepts ---- */

START_TEST(every_series_is_there_from_the_start)
{
    const char *text = scrape(NULL);
    has(text, "# TYPE userstats_http_requests_total counter");
    has(text, "userstats_http_requests_total{route=\"/batch\",code=\"200\"} 0");
    has(text, "userstats_http_requests_total{route=\"unknown\",code=\"other\"} 0");
    has(text, "# TYPE userstats_http_request_duration_seconds histogram");
    has(text, "userstats_http_request_duration_seconds_bucket{route=\"/users/{user}\",le=\"0.0001\"} 0");
    has(text, "userstats_http_request_duration_seconds_bucket{route=\"/users/{user}\",le=\"0.0025\"} 0");
    has(text, "userstats_http_request_duration_seconds_bucket{route=\"/users/{user}\",le=\"10\"} 0");
    has(text, "userstats_http_request_duration_seconds_sum{route=\"unknown\"} 0.000000000");
    has(text, "userstats_batch_users_bucket{le=\"+Inf\"} 0");
    has(text, "userstats_batch_users_count 0");
    has(text, "userstats_auth_failures_total{reason=\"token_expired\"} 0");
    has(text, "userstats_denials_total{reason=\"sandbox\"} 0");
    has(text, "# TYPE process_open_fds gauge");
}
END_TEST

START_TEST(counts_into_the_series_that_is_meant)
{
    metrics_add(metrics, METRIC_HTTP_REQUESTS, series(1, metrics_code(200)), 3);
    metrics_add(metrics, METRIC_HTTP_REQUESTS, series(2, metrics_code(404)), 1);
    metrics_add(metrics, METRIC_HTTP_REQUESTS, series(2, metrics_code(418)), 1);
    metrics_add(metrics, METRIC_RATE_LIMITED, series(1, 0), 7);
    const char *text = scrape(NULL);
    has(text, "userstats_http_requests_total{route=\"/users/{user}\",code=\"200\"} 3");
    has(text, "userstats_http_requests_total{route=\"/batch\",code=\"200\"} 0");
    has(text, "userstats_http_requests_total{route=\"unknown\",code=\"404\"} 1");
    has(text, "userstats_http_requests_total{route=\"unknown\",code=\"other\"} 1");
    has(text, "userstats_rate_limited_total{window=\"sustain\"} 7");
    has(text, "userstats_rate_limited_total{window=\"burst\"} 0");
}
END_TEST

START_TEST(a_bound_belongs_to_its_bucket)
{
    metrics_observe(metrics, METRIC_BATCH_USERS, 0, 0);
    metrics_observe(metrics, METRIC_BATCH_USERS, 0, 1);
    metrics_observe(metrics, METRIC_BATCH_USERS, 0, 2);
    metrics_observe(metrics, METRIC_BATCH_USERS, 0, 3);
    metrics_observe(metrics, METRIC_BATCH_USERS, 0, 5000);
    metrics_observe(metrics, METRIC_HTTP_DURATION, 0, 100000);
    metrics_observe(metrics, METRIC_HTTP_DURATION, 0, 100001);
    metrics_observe(metrics, METRIC_HTTP_DURATION, 0, 1500000000);
    const char *text = scrape(NULL);
    has(text, "userstats_batch_users_bucket{le=\"1\"} 2");
    has(text, "userstats_batch_users_bucket{le=\"2\"} 3");
    has(text, "userstats_batch_users_bucket{le=\"5\"} 4");
    has(text, "userstats_batch_users_bucket{le=\"1000\"} 4");
    has(text, "userstats_batch_users_bucket{le=\"+Inf\"} 5");
    has(text, "userstats_batch_users_sum 5006");
    has(text, "userstats_batch_users_count 5");
    has(text, "userstats_http_request_duration_seconds_bucket{route=\"/batch\",le=\"0.0001\"} 1");
    has(text, "userstats_http_request_duration_seconds_bucket{route=\"/batch\",le=\"0.00025\"} 2");
    has(text, "userstats_http_request_duration_seconds_bucket{route=\"/batch\",le=\"1\"} 2");
    has(text, "userstats_http_request_duration_seconds_bucket{route=\"/batch\",le=\"2.5\"} 3");
    has(text, "userstats_http_request_duration_seconds_sum{route=\"/batch\"} 1.500200001");
    has(text, "userstats_http_request_duration_seconds_count{route=\"/batch\"} 3");
}
END_TEST

/* Each status of the registry has a value of its own, and each code of 401 a reason. */
START_TEST(knows_every_failure_of_the_registry)
{
    const char *text;
    char line[256];
    for (int code = 1; code < ERROR_CODE_COUNT; code++)
        metrics_add_failure(metrics, (enum error_code)code);
    text = scrape(NULL);
    for (int code = 1; code < ERROR_CODE_COUNT; code++) {
        const struct error_class *class = error_class_of((enum error_code)code);
        char name[64] = "";
        for (size_t i = 0; class->name[i] != '\0'; i++)
            name[i] = ascii_lower(class->name[i]);
        snprintf(line, sizeof line, "userstats_auth_failures_total{reason=\"%s\"} 1", name);
        ck_assert_msg((strstr(text, line) != NULL) == (class->http_status == 401), "%s", line);
        if (class->http_status != 0)
            ck_assert_uint_lt(metrics_code(class->http_status), metrics_code(0));
    }
    has(text, "userstats_denials_total{reason=\"sandbox\"} 1");
    has(text, "userstats_denials_total{reason=\"access\"} 1");
    has(text, "userstats_http_requests_shed_total 1");
}
END_TEST

static void read_some(void *context, struct metrics_scrape *s)
{
    ck_assert_ptr_eq(context, &arena);
    metrics_put(s, METRIC_BUILD_INFO, 0, 1);
    metrics_put(s, METRIC_PROCESS_CPU, 0, 12000000345);
    metrics_put(s, METRIC_KEYS_IN_FORCE, 0, 4);
}

START_TEST(a_reader_adds_what_others_count)
{
    const struct metrics_reader reader = {read_some, &arena};
    const char *text = scrape(&reader);
    has(text, "userstats_build_info{version=\"1.2\\\"\\\\\\n3\",commit=\"abc\"} 1");
    has(text, "process_cpu_seconds_total 12.000000345");
    has(text, "userstats_keys_in_force{source=\"auth.keys\"} 4");
    has(scrape(NULL), "userstats_keys_in_force{source=\"auth.keys\"} 0");
}
END_TEST

static void *count_many(void *context)
{
    (void)context;
    for (uint64_t i = 0; i < TIMES; i++) {
        metrics_add(metrics, METRIC_HTTP_SENT, series(0, 0), 2);
        metrics_observe(metrics, METRIC_BATCH_USERS, 0, i % 3);
    }
    return NULL;
}

/* The number behind NAME and a space. */
static unsigned long number_of(const char *text, const char *name)
{
    char wanted[256];
    snprintf(wanted, sizeof wanted, "\n%s ", name);
    const char *at = strstr(text, wanted);
    ck_assert_ptr_nonnull(at);
    return strtoul(at + strlen(wanted), NULL, 10);
}

START_TEST(threads_lose_nothing_and_no_count_falls)
{
    pthread_t threads[THREADS];
    unsigned long before = 0;
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, count_many, NULL), 0);
    for (int i = 0; i < 50; i++) {
        const char *text = scrape(NULL);
        unsigned long now = number_of(text, "userstats_batch_users_count");
        ck_assert_uint_ge(now, before);
        ck_assert_uint_eq(now, number_of(text, "userstats_batch_users_bucket{le=\"+Inf\"}"));
        before = now;
        arena_reset(&arena);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    const char *text = scrape(NULL);
    ck_assert_uint_eq(number_of(text, "userstats_http_response_body_bytes_total"), 2UL * THREADS * TIMES);
    ck_assert_uint_eq(number_of(text, "userstats_batch_users_count"), 1UL * THREADS * TIMES);
}
END_TEST

START_TEST(without_metrics_nothing_is_counted)
{
    metrics_add(NULL, METRIC_HTTP_SENT, series(0, 0), 1);
    metrics_observe(NULL, METRIC_BATCH_USERS, 0, 1);
    metrics_add_failure(NULL, ERROR_OVERLOADED);
    ck_assert_uint_eq(number_of(scrape(NULL), "userstats_http_response_body_bytes_total"), 0);
}
END_TEST

/* ---- runs out ---- */

static bool open_and_write(void *context, struct error *err)
{
    struct metrics *m = NULL;
    struct arena a;
    struct text out;
    (void)context;
    arena_init(&a, (size_t)4 * 1024 * 1024);
    bool good = metrics_open(&options, &m, err) && metrics_write(m, NULL, &a, &out, err);
    metrics_close(&m);
    arena_reset(&a);
    return good;
}

START_TEST(memory_runs_out)
{
    ck_assert_uint_ge(torture_allocations(open_and_write, NULL), 4);
}
END_TEST

START_TEST(a_scrape_has_a_limit)
{
    struct arena small;
    struct text out;
    struct error err;
    arena_init(&small, 20000);
    ck_assert(!metrics_write(metrics, NULL, &small, &out, &err));
    ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    arena_reset(&small);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("metrics");
    TCase *c = tcase_create("metrics");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_set_timeout(c, 120);
    tcase_add_test(c, every_series_is_there_from_the_start);
    tcase_add_test(c, counts_into_the_series_that_is_meant);
    tcase_add_test(c, a_bound_belongs_to_its_bucket);
    tcase_add_test(c, knows_every_failure_of_the_registry);
    tcase_add_test(c, a_reader_adds_what_others_count);
    tcase_add_test(c, threads_lose_nothing_and_no_count_falls);
    tcase_add_test(c, without_metrics_nothing_is_counted);
    tcase_add_test(c, memory_runs_out);
    tcase_add_test(c, a_scrape_has_a_limit);
    suite_add_tcase(s, c);
    return s;
}
