/* SPDX-License-Identifier: Apache-2.0 */
/* Methods, header look-up, query parameters. */
#include "http/message.h"

#include "support/run.h"
#include "support/torture.h"

static struct arena arena;

static void set_up(void)
{
    arena_init(&arena, 65536);
}

static void tear_down(void)
{
    arena_reset(&arena);
}

START_TEST(accepts_methods_in_their_exact_case)
{
    ck_assert_int_eq(http_method_parse(text_of("GET")), HTTP_GET);
    ck_assert_int_eq(http_method_parse(text_of("OPTIONS")), HTTP_OPTIONS);
    ck_assert_int_eq(http_method_parse(text_of("get")), HTTP_OTHER);
    ck_assert_int_eq(http_method_parse(text_of("-")), HTTP_OTHER);
    ck_assert_int_eq(http_method_parse(text_of("")), HTTP_OTHER);
    for (int m = HTTP_GET; m <= HTTP_OPTIONS; m++)
        ck_assert_int_eq((int)http_method_parse(text_of(http_method_name((enum http_method)m))), m);
}
END_TEST

START_TEST(accepts_a_header_that_is_there_once)
{
    struct http_header headers[] = {
        {text_of("a"), text_of("1")}, {text_of("Content-TYPE"), text_of("x")}, {text_of("A"), text_of("2")}};
    struct http_request r = {.headers = headers, .header_count = 3};
    struct text value = text_of("untouched");
    size_t count;
    ck_assert(http_request_header(&r, "content-type", &value, NULL));
    ck_assert(text_equals(value, text_of("x")));
    ck_assert(!http_request_header(&r, "a", &value, &count));
    ck_assert_uint_eq(count, 2);
    ck_assert(!http_request_header(&r, "b", &value, &count));
    ck_assert_uint_eq(count, 0);
    ck_assert(text_equals(value, text_of("x")));
}
END_TEST

struct parameter_case {
    const char *name, *query;
    const char *value; /* NULL: not found */
};

static const struct parameter_case parameter_cases[] = {
    {"no query", NULL, NULL},
    {"empty", "", NULL},
    {"alone", "operation=read", "read"},
    {"second", "a=b&operation=read", "read"},
    {"between empty ones", "&&operation=read&", "read"},
    {"without a value", "operation", ""},
    {"with an empty value", "operation=&x", ""},
    {"escaped value", "operation=r%65%61d", "read"},
    {"escaped name", "%6fperation=read", "read"},
    {"equals sign in the value", "operation=a=b", "a=b"},
    {"plus is plus", "operation=a+b", "a+b"},
    {"other case", "Operation=read", NULL},
    {"prefix of the name", "operatio=read", NULL},
    {"malformed escape elsewhere", "x=%zz&operation=read", "read"},
    {"malformed escape in another name", "%=1&operation=read", "read"},
};

START_TEST(accepts_parameters)
{
    const struct parameter_case *c = &parameter_cases[_i];
    struct http_request r = {.query = text_of(c->query), .arena = &arena};
    struct text value = text_of("untouched");
    struct error err = {.code = ERROR_NONE};
    bool found;
    ck_assert_msg(http_request_parameter(&r, "operation", &value, &found, &err), "%s: %s", c->name,
                  err.message);
    ck_assert_msg(found == (c->value != NULL), "%s", c->name);
    ck_assert_msg(text_equals(value, text_of(found ? c->value : "untouched")), "%s", c->name);
}
END_TEST

static const char *const bad_queries[] = {
    "operation=a&operation=a", "operation&operation", "operation=%",      "operation=%4",
    "operation=%4g",           "operation=%00",       "operation=%u0041", "%6Fperation=1&operation=2"};

START_TEST(refuses_repeated_and_malformed_parameters)
{
    struct http_request r = {.query = text_of(bad_queries[_i]), .arena = &arena};
    struct text value;
    struct error err = {.code = ERROR_NONE};
    bool found;
    ck_assert_msg(!http_request_parameter(&r, "operation", &value, &found, &err), "%s", bad_queries[_i]);
    ck_assert_msg(err.code == ERROR_QUERY, "%s", bad_queries[_i]);
}
END_TEST

struct part_case {
    const char *path, *value; /* NULL: refused */
};

static const struct part_case part_cases[] = {
    {"/users/xuid(1)/stats", "xuid(1)"}, {"/users/xuid%281%29/stats", "xuid(1)"},
    {"/users/a%2fb%2Cc/stats", "a/b,c"}, {"/users/a+b/stats", "a+b"},
    {"/users/%2525/stats", "%25"},       {"/users/%/stats", NULL},
    {"/users/%2/stats", NULL},           {"/users/%zz/stats", NULL},
    {"/users/a%00/stats", NULL},         {"/users/%u0041/stats", NULL},
};

START_TEST(decodes_parts_of_the_path_strictly)
{
    const struct part_case *c = &part_cases[_i];
    struct http_request r = {.path = text_of(c->path), .route = "/users/{user}/stats", .arena = &arena};
    struct error err = {.code = ERROR_NONE};
    struct text value;
    bool found;
    bool read = http_request_part(&r, "user", &value, &found, &err);
    ck_assert_msg(read == (c->value != NULL), "%s", c->path);
    ck_assert_msg(err.code == (read ? ERROR_NONE : ERROR_PATH), "%s", c->path);
    ck_assert_msg(!read || (found && text_equals(value, text_of(c->value))), "%s", c->path);
}
END_TEST

START_TEST(a_route_without_the_part_has_none)
{
    struct http_request r = {
        .path = text_of("/users/a/stats"), .route = "/users/{user}/stats", .arena = &arena};
    struct error err;
    struct text value;
    bool found = true;
    ck_assert(http_request_part(&r, "scid", &value, &found, &err) && !found);
    r.route = NULL;
    found = true;
    ck_assert(http_request_part(&r, "user", &value, &found, &err) && !found);
}
END_TEST

static bool decode(void *context, struct error *err)
{
    struct http_request r = {.query = text_of("operation=%41"), .arena = context};
    struct text value;
    bool found;
    bool worked = http_request_parameter(&r, "operation", &value, &found, err);
    arena_reset(context);
    return worked;
}

START_TEST(runs_out)
{
    ck_assert_uint_gt(torture_allocations(decode, &arena), 0);
}
END_TEST

START_TEST(keeps_a_handlers_notes_in_order)
{
    struct http_notes notes = {.count = 0};
    const struct http_request heard = {.notes = &notes}, unheard = {.notes = NULL};
    for (int i = 0; i < HTTP_NOTES_MAX; i++)
        http_request_note(&heard, i == 0 ? "first" : "other", INT64_MIN + i);
    ck_assert_uint_eq(notes.count, HTTP_NOTES_MAX);
    ck_assert_str_eq(notes.list[0].name, "first");
    ck_assert_str_eq(notes.list[1].name, "other");
    ck_assert(notes.list[HTTP_NOTES_MAX - 1].value == INT64_MIN + HTTP_NOTES_MAX - 1);
    http_request_note(&unheard, "nobody", 1);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("http/message");
    TCase *t = tcase_create("all");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, accepts_methods_in_their_exact_case);
    tcase_add_test(t, accepts_a_header_that_is_there_once);
    tcase_add_loop_test(t, accepts_parameters, 0, (int)(sizeof parameter_cases / sizeof *parameter_cases));
    tcase_add_loop_test(t, refuses_repeated_and_malformed_parameters, 0,
                        (int)(sizeof bad_queries / sizeof *bad_queries));
    tcase_add_loop_test(t, decodes_parts_of_the_path_strictly, 0,
                        (int)(sizeof part_cases / sizeof *part_cases));
    tcase_add_test(t, a_route_without_the_part_has_none);
    tcase_add_test(t, runs_out);
    tcase_add_test(t, keeps_a_handlers_notes_in_order);
    suite_add_tcase(s, t);
    return s;
}
