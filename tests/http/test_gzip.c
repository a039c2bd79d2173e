/* SPDX-License-Identifier: Apache-2.0 */
/* Answers as gzip: who asks for it, when it is worth it, and which validator belongs to which form. */
#include "http/gzip.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "base/memory.h"
#include "http/content_coding.h"
#include "http/routes.h"
#include "support/run.h"

#define THRESHOLD 1024

static struct arena arena;
static char repetitive[8192], noise[2048];
static struct text body; /* what /thing answers */

static bool answer_body(void *context, const struct http_request *request, struct http_response *response,
                        struct error *err)
{
    (void)context;
    (void)request;
    (void)err;
    http_response_json(response, body);
    return true;
}

static bool refuse(void *context, const struct http_request *request, struct http_response *response,
                   struct error *err)
{
    (void)context;
    (void)request;
    (void)response;
    return error_set(err, ERROR_ACCESS_DENIED, "as planned");
}

static const struct http_route routes[] = {{HTTP_GET, "/thing", answer_body, false},
                                           {HTTP_GET, "/refuse", refuse, false},
                                           {HTTP_POST, "/batch", answer_body, true}};
static struct http_router router = {routes, sizeof routes / sizeof *routes, NULL, 1000, THRESHOLD};

static void set_up(void)
{
    uint32_t state = 1;
    arena_init(&arena, 1 << 20);
    for (size_t i = 0; i < sizeof repetitive; i++)
        repetitive[i] = "{\"statname\":\"Kills\"},"[i % 21];
    for (size_t i = 0; i < sizeof noise; i++) {
        state = state * 1664525 + 1013904223;
        noise[i] = (char)(state >> 24);
    }
    router.compress_min = THRESHOLD;
    body = text_slice(repetitive, sizeof repetitive);
}

static void tear_down(void)
{
    arena_reset(&arena);
}

/* ---- Accept-Encoding ---- */

struct wish_case {
    const char *value, *second; /* NULL: the header is not there (again) */
    enum gzip_wish expected;
};

static const struct wish_case wish_cases[] = {
    {NULL, NULL, GZIP_NO},
    {"", NULL, GZIP_NO},
    {"gzip", NULL, GZIP_MAY},
    {"GZip", NULL, GZIP_MAY},
    {"x-gzip", NULL, GZIP_MAY},
    {"X-GZIP;q=0.1", NULL, GZIP_MAY},
    {"gzip, deflate, br, zstd", NULL, GZIP_MAY},
    {"br;q=1.0,\tgzip;q=0.8 , *;q=0.1", NULL, GZIP_MAY},
    {"gzip;q=1", NULL, GZIP_MAY},
    {"gzip;q=1.", NULL, GZIP_MAY},
    {"gzip;q=1.000", NULL, GZIP_MAY},
    {"gzip;Q=0.001", NULL, GZIP_MAY},
    {"gzip ; q=0.5", NULL, GZIP_MAY},
    {",, gzip ,,", NULL, GZIP_MAY},
    {"*", NULL, GZIP_MAY},
    {"*;q=0.5", NULL, GZIP_MAY},
    {"gzip, identity", NULL, GZIP_MAY},
    {"identity;q=0.5, gzip", NULL, GZIP_MAY},
    {"br", "gzip", GZIP_MAY},
    {"identity;q=0.2", "gzip;q=0.3", GZIP_MAY},
    {"gzip, identity;q=0", NULL, GZIP_MUST},
    {"identity;q=0.000, x-gzip;q=0.001", NULL, GZIP_MUST},
    {"gzip;q=0.2, *;q=0", NULL, GZIP_MUST},
    {"*, identity;q=0", NULL, GZIP_MUST},
    {"identity;q=0", "gzip", GZIP_MUST},
    {"deflate, br", NULL, GZIP_NO},
    {"identity", NULL, GZIP_NO},
    {"gzip;q=0", NULL, GZIP_NO},
    {"gzip;q=0.", NULL, GZIP_NO},
    {"gzip;q=0.000, *", NULL, GZIP_NO},
    {"*;q=0", NULL, GZIP_NO},
    {"*;q=0, identity", NULL, GZIP_NO},
    {"identity;q=0", NULL, GZIP_NO},
    {"identity;q=0, gzip;q=0", NULL, GZIP_NO},
    {"identity, gzip;q=0.9", NULL, GZIP_NO},
    {"gzip;q=0.3, *;q=0.5", NULL, GZIP_NO},
    {"gzip, x-gzip;q=0", NULL, GZIP_NO},
    {"gzip;q=0, gzip", NULL, GZIP_NO},
    {"gzip", "x-gzip;q=0", GZIP_NO},
    {"gzipped", NULL, GZIP_NO},
    {"gzip br", NULL, GZIP_NO},
    {"gzip;", NULL, GZIP_NO},
    {"gzip;q", NULL, GZIP_NO},
    {"gzip;q=", NULL, GZIP_NO},
    {"gzip;q=.5", NULL, GZIP_NO},
    {"gzip;q=2", NULL, GZIP_NO},
    {"gzip;q=1.001", NULL, GZIP_NO},
    {"gzip;q=0.1234", NULL, GZIP_NO},
    {"gzip;q=05", NULL, GZIP_NO},
    {"gzip;q=-1", NULL, GZIP_NO},
    {"gzip;q=0,5", NULL, GZIP_NO},
    {"gzip;q= 1", NULL, GZIP_NO},
    {"gzip;q =1", NULL, GZIP_NO},
    {"gzip;q=\"1\"", NULL, GZIP_NO},
    {"gzip;level=1", NULL, GZIP_NO},
    {"gzip;q=1;q=1", NULL, GZIP_NO},
    {";q=1, gzip", NULL, GZIP_NO},
    {"gzip, b\"r", NULL, GZIP_NO},
    {"gzip, b/r", NULL, GZIP_NO},
    {"gzip", "br;q=x", GZIP_NO},
    {"g\xC3\xBCzip, gzip", NULL, GZIP_NO},
};

START_TEST(reads_what_is_wished)
{
    const struct wish_case *c = &wish_cases[_i];
    struct http_header headers[] = {{text_of("Host"), text_of("gzip")},
                                    {text_of("Accept-Encoding"), text_of(c->value)},
                                    {text_of("accept-encoding"), text_of(c->second)}};
    struct http_request r = {.headers = headers};
    r.header_count = c->value == NULL ? 1 : c->second == NULL ? 2 : 3;
    ck_assert_msg(content_coding_wish(&r) == c->expected, "%s: %d", c->value, (int)content_coding_wish(&r));
}
END_TEST

/* ---- answers ---- */

/* The value of the response's one header NAME, or absent. */
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

struct question {
    enum http_method method;
    const char *path, *accept; /* ACCEPT NULL: no Accept-Encoding */
    struct text if_none_match; /* absent: none */
};

static void ask(const struct question *q, struct http_response *response, struct error *err)
{
    static struct http_request requests[8]; /* what an answer points into, as long as a case looks at it */
    static size_t turn;
    struct http_header headers[2];
    struct http_request *r = &requests[turn++ % (sizeof requests / sizeof *requests)];
    *r = (struct http_request){
        .method = q->method, .path = text_of(q->path), .headers = headers, .arena = &arena};
    if (q->accept != NULL)
        headers[r->header_count++] = (struct http_header){text_of("Accept-Encoding"), text_of(q->accept)};
    if (q->if_none_match.data != NULL)
        headers[r->header_count++] = (struct http_header){text_of("If-None-Match"), q->if_none_match};
    strcpy(r->trace.vector, "v");
    http_answer(&router, r, NULL, response, err);
}

static void get(const char *accept, struct http_response *response)
{
    struct error err;
    ask(&(struct question){HTTP_GET, "/thing", accept, {NULL, 0}}, response, &err);
    ck_assert_int_eq(response->status, 200);
    ck_assert_int_eq(err.code, ERROR_NONE);
}

static void assert_unzips_to(struct text gzip, struct text expected)
{
    static unsigned char out[sizeof repetitive + 1];
    z_stream z = {.next_in = (unsigned char *)(uintptr_t)gzip.data, .avail_in = (unsigned)gzip.size};
    ck_assert_int_eq(inflateInit2(&z, 15 + 16), Z_OK); /* gzip only; verifies length and checksum */
    z.next_out = out;
    z.avail_out = sizeof out;
    ck_assert_int_eq(inflate(&z, Z_FINISH), Z_STREAM_END);
    ck_assert_uint_eq(z.avail_in, 0);
    ck_assert(text_equals(text_slice((char *)out, sizeof out - z.avail_out), expected));
    inflateEnd(&z);
}

static bool is_gzip(const struct http_response *response)
{
    struct text coding = header_of(response, "Content-Encoding");
    ck_assert(coding.data == NULL || text_equals(coding, text_of("gzip")));
    return coding.data != NULL;
}

START_TEST(compresses_what_is_asked_for)
{
    struct http_response response;
    for (int again = 0; again < 3; again++) { /* the compressor is the same one each time */
        get("gzip", &response);
        ck_assert(is_gzip(&response));
        ck_assert_uint_lt(response.body.size, body.size / 10);
        assert_unzips_to(response.body, body);
        assert_header(&response, "Content-Type", "application/json");
        assert_header(&response, "Vary", "Accept-Encoding");
        body.size -= 1000;
    }
    get("x-gzip", &response);
    ck_assert(is_gzip(&response));
}
END_TEST

START_TEST(sends_the_identity_to_others)
{
    static const char *const others[] = {NULL, "", "br", "gzip;q=0", "gzip;q=oops", "identity;q=0"};
    struct http_response response;
    get(others[_i], &response);
    ck_assert(!is_gzip(&response));
    ck_assert(text_equals(response.body, body));
    assert_header(&response, "Vary", "Accept-Encoding");
}
END_TEST

START_TEST(compresses_from_the_threshold)
{
    struct http_response response;
    body.size = THRESHOLD - 1;
    get("gzip", &response);
    ck_assert(!is_gzip(&response));
    assert_header(&response, "Vary", "Accept-Encoding");
    get("gzip, identity;q=0", &response); /* who refuses the identity has it from the first byte */
    ck_assert(is_gzip(&response));
    body.size = THRESHOLD;
    get("gzip", &response);
    ck_assert(is_gzip(&response));
}
END_TEST

START_TEST(never_compresses_at_0)
{
    struct http_response response;
    router.compress_min = 0;
    get("gzip, identity;q=0", &response);
    ck_assert(!is_gzip(&response));
    assert_header(&response, "Vary", NULL);
    ck_assert_uint_eq(header_of(&response, "ETag").size, 34);
}
END_TEST

START_TEST(sends_the_identity_when_gzip_is_not_smaller)
{
    struct http_response plain, response;
    body = text_slice(noise, sizeof noise);
    get(NULL, &plain);
    get("gzip", &response);
    ck_assert(!is_gzip(&response));
    ck_assert(text_equals(response.body, body));
    ck_assert(text_equals(header_of(&response, "ETag"), header_of(&plain, "ETag")));
    get("gzip, *;q=0", &response); /* unless the identity is refused */
    ck_assert(is_gzip(&response));
    ck_assert_uint_gt(response.body.size, body.size);
    assert_unzips_to(response.body, body);
}
END_TEST

START_TEST(gives_each_form_its_validator)
{
    struct http_response plain, zipped;
    char expected[64];
    get(NULL, &plain);
    get("gzip", &zipped);
    struct text etag = header_of(&plain, "ETag");
    ck_assert_uint_eq(etag.size, 34);
    snprintf(expected, sizeof expected, "%.*s-gzip\"", (int)etag.size - 1, etag.data);
    assert_header(&zipped, "ETag", expected);
    body.size--;
    get("gzip", &zipped);
    ck_assert(!text_equals(header_of(&zipped, "ETag"), text_of(expected)));
}
END_TEST

struct match_case {
    const char *accept;
    const char *before, *tag, *after; /* If-None-Match: TAG "i" is the identity's, "g" gzip's */
    size_t size;                      /* of the body */
    int status;
    bool is_gzip; /* the form that a 200 has, and the tag of a 304 */
};

static const struct match_case match_cases[] = {
    {NULL, "", "i", "", 8000, 304, false},
    {NULL, "", "g", "", 8000, 304, false},
    {"gzip", "", "i", "", 8000, 304, true},
    {"gzip", "", "g", "", 8000, 304, true},
    {"gzip", "", "g", "", 100, 304, false},
    {"gzip", "", "i", "", 100, 304, false},
    {"gzip, identity;q=0", "", "i", "", 100, 304, true},
    {"gzip;q=0", "W/", "g", "", 8000, 304, false},
    {"gzip", "W/", "g", "", 8000, 304, true},
    {"gzip", "\"a\", ", "g", ", \"b\"", 8000, 304, true},
    {"gzip", "*", "", "", 8000, 304, true},
    {NULL, "*", "", "", 8000, 304, false},
    {"gzip", "\"other-gzip\"", "", "", 8000, 200, true},
    {NULL, "\"other\"", "", "", 8000, 200, false},
    {"gzip", "\"-gzip\"", "", "", 8000, 200, true},
    {"gzip", "x", "g", "", 8000, 200, true},
};

START_TEST(answers_304_for_either_form)
{
    const struct match_case *c = &match_cases[_i];
    struct http_response plain, zipped, response;
    struct error err;
    char value[256];
    body.size = c->size;
    get(NULL, &plain);
    get("gzip, identity;q=0", &zipped);
    struct text tags[] = {header_of(&plain, "ETag"), header_of(&zipped, "ETag")};
    struct text tag = c->tag[0] == 'i' ? tags[0] : c->tag[0] == 'g' ? tags[1] : (struct text){NULL, 0};
    snprintf(value, sizeof value, "%s%.*s%s", c->before, TEXT_ARG(tag), c->after);
    ask(&(struct question){HTTP_GET, "/thing", c->accept, text_of(value)}, &response, &err);
    ck_assert_msg(response.status == c->status, "%s: %d", value, response.status);
    ck_assert(text_equals(header_of(&response, "ETag"), tags[c->is_gzip]));
    assert_header(&response, "Vary", "Accept-Encoding");
    ck_assert(is_gzip(&response) == (c->status == 200 && c->is_gzip));
    if (c->status == 304 && c->is_gzip) /* nobody has compressed it, so nobody knows its length */
        ck_assert_ptr_null(response.body.data);
    else
        ck_assert_uint_eq(response.body.size, c->is_gzip ? zipped.body.size : c->size);
}
END_TEST

START_TEST(answers_head_like_get)
{
    struct http_response first, response;
    struct error err;
    get("gzip", &first);
    ask(&(struct question){HTTP_HEAD, "/thing", "gzip", {NULL, 0}}, &response, &err);
    ck_assert_int_eq(response.status, 200);
    ck_assert_uint_eq(response.body.size, first.body.size);
    ck_assert_uint_eq(response.header_count, first.header_count);
    for (size_t i = 0; i < first.header_count; i++) {
        ck_assert(text_equals(response.headers[i].name, first.headers[i].name));
        ck_assert(text_equals(response.headers[i].value, first.headers[i].value));
    }
}
END_TEST

START_TEST(leaves_errors_as_they_are)
{
    struct http_response response;
    struct error err;
    router.compress_min = 1;
    ask(&(struct question){HTTP_GET, "/refuse", "gzip, identity;q=0", {NULL, 0}}, &response, &err);
    ck_assert_int_eq(response.status, 403);
    ck_assert(!is_gzip(&response));
    ck_assert(response.body.data[0] == '{');
    assert_header(&response, "Vary", NULL);
}
END_TEST

/* ---- bodies that are compressed ---- */

struct body_case {
    const char *name[2], *value[2];
    int status;
    const char *takes; /* Accept-Encoding of the answer */
};

static const struct body_case body_cases[] = {
    {{NULL, NULL}, {NULL, NULL}, 200, NULL},
    {{"Content-Encoding", NULL}, {"identity", NULL}, 200, NULL},
    {{"content-encoding", NULL}, {"Identity", NULL}, 200, NULL},
    {{"Content-Encoding", NULL}, {"gzip", NULL}, 415, "identity"},
    {{"Content-Encoding", NULL}, {"", NULL}, 415, "identity"},
    {{"Content-Encoding", NULL}, {"identity, gzip", NULL}, 415, "identity"},
    {{"Content-Encoding", "Content-Encoding"}, {"identity", "identity"}, 415, "identity"},
    {{"Content-Encoding", "Content-Type"}, {"br", "text/plain"}, 415, "identity"},
    {{"Content-Type", NULL}, {"text/plain", NULL}, 415, NULL},
    {{"Content-Encoding", "Content-Type"}, {"identity", "text/plain"}, 415, NULL},
};

START_TEST(refuses_compressed_bodies)
{
    const struct body_case *c = &body_cases[_i];
    struct http_header headers[2];
    struct http_request r = {
        .method = HTTP_POST, .path = text_of("/batch"), .headers = headers, .arena = &arena};
    struct http_response response;
    struct error err;
    for (; r.header_count < 2 && c->name[r.header_count] != NULL; r.header_count++)
        headers[r.header_count] =
            (struct http_header){text_of(c->name[r.header_count]), text_of(c->value[r.header_count])};
    http_answer(&router, &r, NULL, &response, &err);
    ck_assert_int_eq(response.status, c->status);
    assert_header(&response, "Accept-Encoding", c->takes);
}
END_TEST

/* ---- gzip_write by itself ---- */

START_TEST(takes_any_size)
{
    static const size_t sizes[] = {0, 1, 2, 100, 8191, 8192};
    struct error err;
    struct text out;
    struct text in = text_slice(repetitive, sizes[_i]);
    ck_assert(gzip_write(in, true, &arena, &out, &err));
    assert_unzips_to(out, in);
    ck_assert(gzip_write(in, false, &arena, &out, &err));
    ck_assert(sizes[_i] < 100 ? out.data == NULL : out.size < in.size);
}
END_TEST

static void *compress_in_thread(void *context)
{
    struct arena own;
    struct error err;
    struct text out;
    arena_init(&own, 1 << 20);
    bool good = gzip_write(*(struct text *)context, false, &own, &out, &err) && out.size < 1000;
    arena_reset(&own);
    return good ? context : NULL;
}

START_TEST(ends_with_its_thread)
{
    pthread_t threads[4];
    void *result;
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, compress_in_thread, &body), 0);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], &result);
        ck_assert_ptr_eq(result, &body); /* what it leaves behind is for LeakSanitizer */
    }
}
END_TEST

START_TEST(runs_out)
{
    struct question q = {HTTP_GET, "/thing", "gzip", {NULL, 0}};
    struct http_response response;
    struct error err;
    bool fired = true;
    unsigned long n = 1;
    for (; fired; n++) {
        memory_fail_nth(n);
        ask(&q, &response, &err);
        fired = memory_fail_has_fired();
        memory_fail_nth(0);
        ck_assert_msg(response.status == (fired ? 503 : 200), "allocation %lu: %d", n, response.status);
        ck_assert(!fired || (err.code == ERROR_NO_MEMORY && !is_gzip(&response)));
        if (fired)
            arena_reset(&arena);
    }
    ck_assert(is_gzip(&response));
    assert_unzips_to(response.body, body);
    ck_assert_uint_gt(n, 5);
}
END_TEST

START_TEST(stays_within_the_arena)
{
    struct question q = {HTTP_GET, "/thing", "gzip", {NULL, 0}};
    struct http_response response;
    struct error err;
    arena_reset(&arena);
    arena_init(&arena, 6000); /* room for an error, not for the form */
    ask(&q, &response, &err);
    ck_assert_int_eq(response.status, 503);
    ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
}
END_TEST

#define COUNT(cases) ((int)(sizeof(cases) / sizeof *(cases)))

Suite *suite(void)
{
    Suite *s = suite_create("http/gzip");
    TCase *t = tcase_create("all");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_loop_test(t, reads_what_is_wished, 0, COUNT(wish_cases));
    tcase_add_test(t, compresses_what_is_asked_for);
    tcase_add_loop_test(t, sends_the_identity_to_others, 0, 6);
    tcase_add_test(t, compresses_from_the_threshold);
    tcase_add_test(t, never_compresses_at_0);
    tcase_add_test(t, sends_the_identity_when_gzip_is_not_smaller);
    tcase_add_test(t, gives_each_form_its_validator);
    tcase_add_loop_test(t, answers_304_for_either_form, 0, COUNT(match_cases));
    tcase_add_test(t, answers_head_like_get);
    tcase_add_test(t, leaves_errors_as_they_are);
    tcase_add_loop_test(t, refuses_compressed_bodies, 0, COUNT(body_cases));
    tcase_add_loop_test(t, takes_any_size, 0, 6);
    tcase_add_test(t, ends_with_its_thread);
    tcase_add_test(t, runs_out);
    tcase_add_test(t, stays_within_the_arena);
    suite_add_tcase(s, t);
    return s;
}
