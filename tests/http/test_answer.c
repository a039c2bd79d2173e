/* SPDX-License-Identifier: Apache-2.0 */
/* Admission by request line and headers, and the complete response to whatever happened. */
#include "http/routes.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "http/path.h"
#include "support/run.h"

#define VECTOR   "tul4NUsfs9Cl7mOfN3dupA.0"
#define TRACE_ID "0123456789abcdef0123456789abcdef"

static struct arena arena;
static struct error planned; /* what the failing route fails with */

static bool say_hello(void *context, const struct http_request *request, struct http_response *response,
                      struct error *err)
{
    (void)context;
    (void)request;
    (void)err;
    http_response_json(response, text_of("{\"hello\":1}"));
    return true;
}

static bool fail_as_planned(void *context, const struct http_request *request, struct http_response *response,
                            struct error *err)
{
    (void)context;
    (void)request;
    http_response_add(response, "X-Half-Done", text_of("1"));
    *err = planned;
    return false;
}

/* Fails as planned, with a form of answer of its own. */
static bool refuse_as_planned(void *context, const struct http_request *request,
                              struct http_response *response, struct error *err)
{
    http_response_add(response, "X-Half-Done", text_of("1"));
    response->refusal = (struct http_refusal){text_of("{\"type\":\"burst\"}"), text_of("7")};
    return fail_as_planned(context, request, response, err);
}

/* Answers with the part of its path. */
static bool say_name(void *context, const struct http_request *request, struct http_response *response,
                     struct error *err)
{
    (void)context;
    struct text name = {NULL, 0};
    bool found;
    if (!http_request_part(request, "name", &name, &found, err))
        return false;
    http_response_json(response, name);
    return true;
}

static const struct http_route routes[] = {
    {HTTP_POST, "/batch", say_hello, true},          {HTTP_GET, "/thing", say_hello, false},
    {HTTP_DELETE, "/thing", say_hello, false},       {HTTP_GET, "/fail", fail_as_planned, false},
    {HTTP_GET, "/refuse", refuse_as_planned, false}, {HTTP_GET, "/names/{name}", say_name, false},
};
static const struct http_router router = {routes, sizeof routes / sizeof *routes, NULL, 1000, 0};

static void set_up(void)
{
    arena_init(&arena, 65536);
}

static void tear_down(void)
{
    arena_reset(&arena);
}

static struct http_request request_of(enum http_method method, const char *path)
{
    struct http_request r = {.method = method, .path = text_of(path), .arena = &arena};
    memcpy(r.trace.id, TRACE_ID, sizeof TRACE_ID);
    memcpy(r.trace.vector, VECTOR, sizeof VECTOR);
    return r;
}

/* The value of the response's header NAME; absent when it is not there. */
static struct text header_of(const struct http_response *response, const char *name)
{
    struct text value = {NULL, 0};
    for (size_t i = 0; i < response->header_count; i++) {
        if (!text_equals(response->headers[i].name, text_of(name)))
            continue;
        ck_assert_msg(value.data == NULL, "%s twice", name);
        value = response->headers[i].value;
    }
    return value;
}

static void assert_header(const struct http_response *response, const char *name, const char *value)
{
    struct text got = header_of(response, name);
    ck_assert_msg((got.data == NULL) == (value == NULL) && text_equals(got, text_of(value)),
                  "%s is \"%.*s\", not \"%s\"", name, TEXT_ARG(got), value == NULL ? "(absent)" : value);
}

static void assert_common(const struct http_response *response)
{
    assert_header(response, "MS-CV", VECTOR);
    assert_header(response, "X-Content-Type-Options", "nosniff");
    assert_header(response, "Cache-Control", response->status < 400 ? "private, no-cache" : "no-store");
    assert_header(response, "Retry-After", response->status == 503 ? "1" : NULL);
    assert_header(response, "WWW-Authenticate", response->status == 401 ? "XBL3.0" : NULL);
}

struct admit_case {
    const char *name;
    enum http_method method;
    const char *path;
    struct {
        const char *name, *value;
    } headers[2];
    enum error_code expected;
};

static const struct admit_case admit_cases[] = {
    {"no content type", HTTP_POST, "/batch", {{NULL, NULL}}, ERROR_NONE},
    {"json", HTTP_POST, "/batch", {{"Content-Type", "application/json"}}, ERROR_NONE},
    {"json with charset",
     HTTP_POST,
     "/batch",
     {{"Content-Type", "Application/JSON ; charset=utf-8"}},
     ERROR_NONE},
    {"a length at the limit", HTTP_POST, "/batch", {{"Content-Length", "1000"}}, ERROR_NONE},
    {"HEAD by GET", HTTP_HEAD, "/thing", {{NULL, NULL}}, ERROR_NONE},
    {"any type where no body is read", HTTP_GET, "/thing", {{"Content-Type", "text/plain"}}, ERROR_NONE},
    {"unknown path", HTTP_POST, "/batches", {{NULL, NULL}}, ERROR_ROUTE_UNKNOWN},
    {"escaped path", HTTP_POST, "/%62atch", {{NULL, NULL}}, ERROR_ROUTE_UNKNOWN},
    {"another case", HTTP_POST, "/Batch", {{NULL, NULL}}, ERROR_ROUTE_UNKNOWN},
    {"trailing slash", HTTP_POST, "/batch/", {{NULL, NULL}}, ERROR_ROUTE_UNKNOWN},
    {"a part", HTTP_HEAD, "/names/a%2Fb", {{NULL, NULL}}, ERROR_NONE},
    {"an empty part", HTTP_GET, "/names/", {{NULL, NULL}}, ERROR_ROUTE_UNKNOWN},
    {"a part too many", HTTP_GET, "/names/a/b", {{NULL, NULL}}, ERROR_ROUTE_UNKNOWN},
    {"POST to a part", HTTP_POST, "/names/%", {{NULL, NULL}}, ERROR_METHOD_NOT_ALLOWED},
    {"404 before 413", HTTP_POST, "/", {{"Content-Length", "1001"}}, ERROR_ROUTE_UNKNOWN},
    {"GET", HTTP_GET, "/batch", {{NULL, NULL}}, ERROR_METHOD_NOT_ALLOWED},
    {"HEAD of a POST route", HTTP_HEAD, "/batch", {{NULL, NULL}}, ERROR_METHOD_NOT_ALLOWED},
    {"another method", HTTP_OTHER, "/thing", {{NULL, NULL}}, ERROR_METHOD_NOT_ALLOWED},
    {"405 before 413", HTTP_PUT, "/batch", {{"Content-Length", "1001"}}, ERROR_METHOD_NOT_ALLOWED},
    {"a length above the limit", HTTP_POST, "/batch", {{"Content-Length", "1001"}}, ERROR_BODY_TOO_LARGE},
    {"413 before 415",
     HTTP_POST,
     "/batch",
     {{"Content-Length", "1001"}, {"Content-Type", "text/plain"}},
     ERROR_BODY_TOO_LARGE},
    {"text", HTTP_POST, "/batch", {{"Content-Type", "text/plain"}}, ERROR_MEDIA_TYPE},
    {"an empty type", HTTP_POST, "/batch", {{"Content-Type", ""}}, ERROR_MEDIA_TYPE},
    {"json-like", HTTP_POST, "/batch", {{"Content-Type", "application/jsonx"}}, ERROR_MEDIA_TYPE},
    {"two types",
     HTTP_POST,
     "/batch",
     {{"Content-Type", "application/json"}, {"Content-Type", "application/json"}},
     ERROR_MEDIA_TYPE},
    {"gzip", HTTP_POST, "/batch", {{"Content-Encoding", "gzip"}}, ERROR_MEDIA_TYPE},
    {"two encodings",
     HTTP_POST,
     "/batch",
     {{"Content-Encoding", "gzip"}, {"Content-Encoding", "gzip"}},
     ERROR_MEDIA_TYPE},
};

START_TEST(admits)
{
    const struct admit_case *c = &admit_cases[_i];
    struct http_header headers[2];
    struct http_request r = request_of(c->method, c->path);
    const struct http_route *route = NULL;
    struct error err = {.code = ERROR_NONE};
    r.headers = headers;
    for (; r.header_count < 2 && c->headers[r.header_count].name != NULL; r.header_count++)
        headers[r.header_count] = (struct http_header){text_of(c->headers[r.header_count].name),
                                                       text_of(c->headers[r.header_count].value)};
    bool admitted = http_route_admit(&router, &r, &route, &err);
    ck_assert_msg(err.code == c->expected, "%s: %s", c->name, error_class_of(err.code)->name);
    ck_assert_msg(admitted == (c->expected == ERROR_NONE), "%s", c->name);
    ck_assert_msg(!admitted || path_matches(route->path, text_of(c->path)), "%s", c->name);
}
END_TEST

START_TEST(answers_200_with_a_validator)
{
    struct http_request r = request_of(HTTP_POST, "/batch");
    struct http_response response;
    struct error err;
    http_answer(&router, &r, NULL, &response, &err);
    ck_assert_int_eq(err.code, ERROR_NONE);
    ck_assert_int_eq(response.status, 200);
    ck_assert(!response.close);
    ck_assert(text_equals(response.body, text_of("{\"hello\":1}")));
    assert_common(&response);
    assert_header(&response, "Content-Type", "application/json");
    struct text etag = header_of(&response, "ETag");
    ck_assert_uint_eq(etag.size, 34);
    ck_assert(etag.data[0] == '"' && etag.data[33] == '"');
}
END_TEST

struct match_case {
    const char *before, *after; /* around the real ETag; after NULL: BEFORE is all */
    int status;
};

static const struct match_case match_cases[] = {
    {"", "", 304},
    {"*", NULL, 304},
    {"W/", "", 304},
    {"\"a\", ", "", 304},
    {"\"a\",W/", ",\"b\"", 304},
    {",, ", ",", 304},
    {"\"a,b\"\t,\t", "", 304},
    {"", NULL, 200},
    {"\"a\"", NULL, 200},
    {"*, ", "", 200},
    {"w/", "", 200},
    {"x", "", 200},
    {"\"a\" ", "", 200},
    {"\"a", NULL, 200},
    {"W/", NULL, 200},
    {"\"", NULL, 200},
    {"\"a b\", ", "", 200},
};

START_TEST(answers_304_to_whoever_has_it)
{
    const struct match_case *c = &match_cases[_i];
    struct http_request r = request_of(HTTP_GET, "/thing");
    struct http_response response;
    struct error err;
    char value[256];
    http_answer(&router, &r, NULL, &response, &err);
    struct text etag = header_of(&response, "ETag");
    size_t header_count = response.header_count;
    snprintf(value, sizeof value, "%s%.*s%s", c->before, c->after == NULL ? 0 : (int)etag.size, etag.data,
             c->after == NULL ? "" : c->after);
    struct http_header headers[] = {{text_of("if-none-match"), text_of("\"other\"")},
                                    {text_of("If-None-Match"), text_of(value)}};
    r.headers = headers;
    r.header_count = 2;
    http_answer(&router, &r, NULL, &response, &err);
    ck_assert_msg(response.status == c->status, "%s: %d", value, response.status);
    ck_assert_uint_eq(response.header_count, header_count);
    ck_assert(text_equals(header_of(&response, "ETag"), etag));
    ck_assert_uint_eq(response.body.size,
                      strlen("{\"hello\":1}")); /* the length that a 304 states too (RFC 9110 8.6) */
    assert_common(&response);
}
END_TEST

static void assert_problem(const struct http_response *response, int status, const char *body)
{
    ck_assert_int_eq(response->status, status);
    ck_assert_msg(text_equals(response->body, text_of(body)), "%.*s", TEXT_ARG(response->body));
    assert_header(response, "Content-Type", "application/json");
    assert_header(response, "ETag", NULL);
    assert_header(response, "X-Half-Done", NULL);
    assert_common(response);
}

START_TEST(turns_each_code_into_its_answer)
{
    struct http_request r = request_of(HTTP_GET, "/fail");
    struct http_response response;
    struct error err;
    char body[1024];
    planned = (struct error){.code = (enum error_code)_i};
    int expected = error_class_of(planned.code)->http_status;
    const struct error_class *shown =
        error_class_of(expected == 0 || _i == 0 ? ERROR_INTERNAL : planned.code);
    snprintf(body, sizeof body,
             "{\"code\":%d,\"source\":\"userstats\",\"description\":\"%s\",\"traceId\":\"%s\"}",
             shown->wire_code, shown->public_text, TRACE_ID);
    http_answer(&router, &r, NULL, &response, &err);
    assert_problem(&response, shown->http_status, body);
    ck_assert_int_eq(err.code, _i == 0 ? ERROR_INTERNAL : planned.code);
}
END_TEST

START_TEST(shows_the_message_but_never_the_detail)
{
    struct http_request r = request_of(HTTP_GET, "/fail");
    struct http_response response;
    struct error err;
    error_refuse(&planned, ERROR_MEMBER, "requestedusers[0]: \"x\"");
    http_answer(&router, &r, NULL, &response, &err);
    assert_problem(&response, 400,
                   "{\"code\":4003,\"source\":\"userstats\",\"description\":\"requestedusers[0]: \\\"x\\\"\","
                   "\"traceId\":\"" TRACE_ID "\"}");
    error_set(&planned, ERROR_STORE_UNAVAILABLE, "secret path");
    http_answer(&router, &r, NULL, &response, &err);
    ck_assert_int_eq(response.status, 503);
    ck_assert(memmem(response.body.data, response.body.size, "secret", 6) == NULL);
    error_refuse(&planned, ERROR_FILE, "/etc/secret cannot be read");
    http_answer(&router, &r, NULL, &response, &err);
    ck_assert_int_eq(response.status, 500);
    ck_assert(memmem(response.body.data, response.body.size, "secret", 6) == NULL);
    ck_assert_str_eq(err.message, "/etc/secret cannot be read");
}
END_TEST

START_TEST(a_rate_limit_has_a_form_of_its_own)
{
    struct http_request r = request_of(HTTP_GET, "/refuse");
    struct http_response response;
    struct error err;
    error_set(&planned, ERROR_RATE_LIMITED, "burst");
    http_answer(&router, &r, NULL, &response, &err);
    ck_assert_int_eq(response.status, 429);
    ck_assert_int_eq(err.code, ERROR_RATE_LIMITED);
    ck_assert(text_equals(response.body, text_of("{\"type\":\"burst\"}")));
    assert_header(&response, "Retry-After", "7");
    assert_header(&response, "Content-Type", "application/json");
    assert_header(&response, "Cache-Control", "no-store");
    assert_header(&response, "MS-CV", VECTOR);
    assert_header(&response, "X-Content-Type-Options", "nosniff");
    assert_header(&response, "ETag", NULL);
    assert_header(&response, "X-Half-Done", NULL);
}
END_TEST

START_TEST(no_other_failure_has)
{
    struct http_request r = request_of(HTTP_GET, "/refuse");
    struct http_response response;
    struct error err;
    error_set(&planned, ERROR_NO_MEMORY, "x");
    http_answer(&router, &r, NULL, &response, &err);
    ck_assert_int_eq(response.status, 503);
    ck_assert_ptr_null(memmem(response.body.data, response.body.size, "burst", 5));
    assert_header(&response, "Retry-After", "1");
}
END_TEST

START_TEST(gives_a_handler_the_parts_of_its_path)
{
    struct http_request r = request_of(HTTP_GET, "/names/a%2Fb");
    struct http_response response;
    struct error err;
    http_answer(&router, &r, NULL, &response, &err);
    ck_assert_int_eq(response.status, 200);
    ck_assert(text_equals(response.body, text_of("a/b")));
    r.path = text_of("/names/a%2");
    http_answer(&router, &r, NULL, &response, &err);
    ck_assert_int_eq(response.status, 400);
    ck_assert_int_eq(err.code, ERROR_PATH);
    r.method = HTTP_PUT;
    http_answer(&router, &r, NULL, &response, &err);
    ck_assert_int_eq(response.status, 405);
    assert_header(&response, "Allow", "GET, HEAD");
}
END_TEST

START_TEST(says_what_is_allowed)
{
    struct http_response response;
    struct error err;
    struct http_request r = request_of(HTTP_POST, "/thing");
    http_answer(&router, &r, NULL, &response, &err);
    ck_assert_int_eq(response.status, 405);
    assert_header(&response, "Allow", "GET, HEAD, DELETE");
    r = request_of(HTTP_GET, "/batch");
    http_answer(&router, &r, NULL, &response, &err);
    assert_header(&response, "Allow", "POST");
    r = request_of(HTTP_GET, "/none");
    http_answer(&router, &r, NULL, &response, &err);
    ck_assert_int_eq(response.status, 404);
    assert_header(&response, "Allow", NULL);
}
END_TEST

START_TEST(takes_an_early_failure_and_closes_when_framing_is_in_doubt)
{
    struct http_request r = request_of(HTTP_POST, "/batch");
    struct http_response response;
    struct error early, err;
    error_set(&early, ERROR_OVERLOADED, "too many");
    http_answer(&router, &r, &early, &response, &err);
    ck_assert_int_eq(response.status, 503);
    ck_assert(!response.close);
    ck_assert_int_eq(err.code, ERROR_OVERLOADED);
    error_set(&early, ERROR_AMBIGUOUS_REQUEST, "two lengths");
    http_answer(&router, &r, &early, &response, &err);
    ck_assert_int_eq(response.status, 400);
    ck_assert(response.close);
    assert_common(&response);
}
END_TEST

START_TEST(runs_out)
{
    static const char *const paths[] = {"/batch", "/none", "/fail"};
    struct http_request r = request_of(HTTP_POST, paths[_i]);
    struct http_response response;
    struct error err;
    bool fired = true;
    unsigned long n = 1;
    error_set(&planned, ERROR_ACCESS_DENIED, "x");
    for (; fired; n++) {
        memory_fail_nth(n);
        http_answer(&router, &r, NULL, &response, &err);
        fired = memory_fail_has_fired();
        memory_fail_nth(0);
        assert_common(&response);
        ck_assert_msg(!fired || response.status == 503, "allocation %lu of %s", n, paths[_i]);
        arena_reset(&arena);
    }
    ck_assert_uint_gt(n, 2);
}
END_TEST

START_TEST(answers_a_fixed_503_when_the_arena_is_used_up)
{
    struct http_request r = request_of(HTTP_POST, "/none");
    struct http_response response;
    struct error err;
    arena_reset(&arena);
    arena_init(&arena, 16);
    http_answer(&router, &r, NULL, &response, &err);
    assert_problem(
        &response, 503,
        "{\"code\":5030,\"source\":\"userstats\",\"description\":\"The service is short of memory; "
        "try again shortly.\"}");
    ck_assert_int_eq(err.code, ERROR_ROUTE_UNKNOWN);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("http/answer");
    TCase *t = tcase_create("all");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_loop_test(t, admits, 0, (int)(sizeof admit_cases / sizeof *admit_cases));
    tcase_add_test(t, answers_200_with_a_validator);
    tcase_add_loop_test(t, answers_304_to_whoever_has_it, 0, (int)(sizeof match_cases / sizeof *match_cases));
    tcase_add_loop_test(t, turns_each_code_into_its_answer, 0, ERROR_CODE_COUNT);
    tcase_add_test(t, shows_the_message_but_never_the_detail);
    tcase_add_test(t, a_rate_limit_has_a_form_of_its_own);
    tcase_add_test(t, no_other_failure_has);
    tcase_add_test(t, gives_a_handler_the_parts_of_its_path);
    tcase_add_test(t, says_what_is_allowed);
    tcase_add_test(t, takes_an_early_failure_and_closes_when_framing_is_in_doubt);
    tcase_add_loop_test(t, runs_out, 0, 3);
    tcase_add_test(t, answers_a_fixed_503_when_the_arena_is_used_up);
    suite_add_tcase(s, t);
    return s;
}
