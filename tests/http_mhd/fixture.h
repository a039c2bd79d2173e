/* SPDX-License-Identifier: Apache-2.0 */
/* A server on a free port with a few routes, for the tests of this directory. */
#ifndef USERSTATS_TESTS_HTTP_MHD_FIXTURE_H
#define USERSTATS_TESTS_HTTP_MHD_FIXTURE_H

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "http_mhd/server.h"
#include "support/raw_client.h"
#include "support/run.h"

#define MAX_BODY   10000
#define BIG_ANSWER (16 * 1024 * 1024)
#define HOST       "Host: localhost\r\n"

static atomic_int executed; /* how often any handler ran */
static atomic_int waiting;  /* handlers of /wait that have begun */
static atomic_bool release; /* lets them go on */
static char big[BIG_ANSWER];

/* Answers the body that came, or "null". */
static bool echo(void *context, const struct http_request *request, struct http_response *response,
                 struct error *err)
{
    (void)context;
    (void)err;
    atomic_fetch_add(&executed, 1);
    http_response_json(response, request->body.size > 0 ? request->body : text_of("null"));
    return true;
}

static bool refuse(void *context, const struct http_request *request, struct http_response *response,
                   struct error *err)
{
    (void)context;
    (void)response;
    atomic_fetch_add(&executed, 1);
    struct text value;
    bool found;
    if (!http_request_parameter(request, "code", &value, &found, err))
        return false;
    for (int code = 1; found && code < ERROR_CODE_COUNT; code++) {
        if (text_equals(value, text_of(error_class_of((enum error_code)code)->name)))
            return error_set(err, (enum error_code)code, "as asked");
    }
    return error_set(err, ERROR_INTERNAL, "no such code");
}

static bool wait_for_release(void *context, const struct http_request *request,
                             struct http_response *response, struct error *err)
{
    atomic_fetch_add(&waiting, 1);
    while (!atomic_load(&release))
        usleep(1000);
    return echo(context, request, response, err);
}

static bool answer_big(void *context, const struct http_request *request, struct http_response *response,
                       struct error *err)
{
    (void)context;
    (void)request;
    (void)err;
    memset(big, 'x', sizeof big);
    http_response_json(response, text_slice(big, sizeof big));
    return true;
}

static const struct http_route routes[] = {
    {HTTP_POST, "/echo", echo, true},
    {HTTP_GET, "/hello", echo, false},
    {HTTP_GET, "/refuse", refuse, false},
    {HTTP_POST, "/refuse", refuse, true},
    {HTTP_GET, "/wait", wait_for_release, false},
    {HTTP_GET, "/big", answer_big, false},
};
static const struct http_router router = {routes, sizeof routes / sizeof *routes, NULL, MAX_BODY, 0};

static const struct server_options defaults = {.name = "test",
                                               .listen = "127.0.0.1:0",
                                               .threads = 2,
                                               .connections_max = 1000,
                                               .requests_max = 100,
                                               .request_deadline_ms = 20000,
                                               .idle_timeout_ms = 20000,
                                               .request_memory_max = 1024 * 1024,
                                               .router = &router,
                                               .clock = &clock_system,
                                               .random = &random_system};

static struct server *server;
static uint16_t port;

static inline void start(const struct server_options *options)
{
    struct error err = {.code = ERROR_NONE};
    atomic_store(&executed, 0);
    atomic_store(&waiting, 0);
    atomic_store(&release, false);
    ck_assert_msg(server_start(options, &server, &err), "%s", error_operator_text(&err));
    port = server_port(server);
    ck_assert_uint_ne(port, 0);
}

static inline void start_default(void)
{
    start(&defaults);
}

static inline void stop(void)
{
    atomic_store(&release, true);
    server_stop(&server);
    ck_assert_ptr_null(server);
}

/* Until N handlers of /wait run. */
static inline void wait_for_waiting(int n)
{
    int64_t end = raw_now_ms() + RAW_PATIENCE_MS;
    while (atomic_load(&waiting) < n && raw_now_ms() < end)
        usleep(1000);
    ck_assert_int_eq(atomic_load(&waiting), n);
}

#endif
