/* SPDX-License-Identifier: Apache-2.0 */
/* What the strict reader takes, what it gives, and what it costs. What it refuses: test_refusals.c. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/buffer.h"
#include "json/reader.h"
#include "support/run.h"
#include "support/torture.h"

static const struct json_limits wide = {100, 100000};
static struct arena arena;

static void set_up(void)
{
    arena_init(&arena, 64 << 20);
}

static void tear_down(void)
{
    arena_reset(&arena);
}

static const struct json_value *read_text(struct text document)
{
    const struct json_value *root = NULL;
    struct error err;
    bool worked = json_read(document, &wide, &arena, &root, &err);
    ck_assert_msg(worked, "%.60s: %s", document.data, worked ? "" : error_operator_text(&err));
    return root;
}

static const struct json_value *read_ok(const char *document)
{
    return read_text(text_of(document));
}

static void assert_text(struct text got, const char *want)
{
    ck_assert_ptr_nonnull(got.data);
    ck_assert_msg(text_equals(got, text_of(want)), "got \"%.*s\", want \"%s\"", TEXT_ARG(got), want);
    ck_assert_int_eq(got.data[got.size], '\0');
}

START_TEST(accepts_every_kind)
{
    static const struct {
        const char *document;
        enum json_kind kind;
    } cases[] = {
        {"null", JSON_NULL},       {"true", JSON_TRUE},       {"false", JSON_FALSE},
        {"0", JSON_NUMBER},        {"-0.5e+3", JSON_NUMBER},  {"\"\"", JSON_STRING},
        {"[]", JSON_ARRAY},        {"{}", JSON_OBJECT},       {" \t\r\n1 \n", JSON_NUMBER},
        {"\n[ ]\r\n", JSON_ARRAY}, {"\t{\n}\t", JSON_OBJECT}, {" \"a\" ", JSON_STRING},
        {"[[[[]]]]", JSON_ARRAY},  {"[1 , 2]", JSON_ARRAY},   {"{ \"a\" : [ { } ] }", JSON_OBJECT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        ck_assert_msg(json_kind(read_ok(cases[i].document)) == cases[i].kind, "%s", cases[i].document);
}
END_TEST

START_TEST(accepts_numbers_with_all_their_digits)
{
    static const char *const cases[] = {
        "0",
        "-0",
        "-1",
        "10",
        "0.0",
        "1e3",
        "1E+3",
        "1e-3",
        "-0.1e1",
        "123456789012345678901234567890",
        "18446744073709551615",
        "9223372036854775807",
        "-9223372036854775808",
        "0.1000",
        "1.7976931348623157e308",
        "1e999",
        "-1e999",
        "1e-999999999",
        "100000000000000000000000000000000000000000000000000000000000000000000000000.5",
        "-0.000000000000000000000000000000000000000000000000000000000000000000000000000001",
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_text(json_number(read_ok(cases[i])), cases[i]);
        char member[400];
        snprintf(member, sizeof member, "{\"n1\":[%s ,\"7\\\"8\"],\"-2\":%s}", cases[i], cases[i]);
        const struct json_value *object = read_ok(member);
        assert_text(json_number(json_first(json_first(object))), cases[i]);
        assert_text(json_string(json_next(json_first(json_first(object)))), "7\"8");
        assert_text(json_number(json_find(object, "-2")), cases[i]);
    }
}
END_TEST

START_TEST(accepts_strings_and_decodes_them)
{
    static const struct {
        const char *document, *want;
    } cases[] = {
        {"\"\"", ""},
        {"\"a b\"", "a b"},
        {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t"},
        {"\"\\u0001\\u001f\\u007F\"", "\x01\x1f\x7f"},
        {"\"\x7f\"", "\x7f"},
        {"\"\\u00e9\\u20AC\"", "\xC3\xA9\xE2\x82\xAC"},
        {"\"\\uD83D\\uDE00\\udbff\\udfff\"", "\xF0\x9F\x98\x80\xF4\x8F\xBF\xBF"},
        {"\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\"", "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"},
        {"\"\xEF\xBB\xBF\\uFEFF\"", "\xEF\xBB\xBF\xEF\xBB\xBF"},
        {"\"\\uFFFF\xEF\xBF\xBF\"", "\xEF\xBF\xBF\xEF\xBF\xBF"},
        {"\"\\\\u0041\"", "\\u0041"},
        {"\"/*no comment*/ //\"", "/*no comment*/ //"},
        {"\"12 3e4 -5\"", "12 3e4 -5"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_text(json_string(read_ok(cases[i].document)), cases[i].want);
}
END_TEST

START_TEST(gives_members_in_order_and_by_exact_name)
{
    const struct json_value *root =
        read_ok("{\"b\":1,\"a\":[true,\"x\",{}],\"A\":null,\"\":2,\"\\u0061b\":3}");
    static const char *const names[] = {"b", "a", "A", "", "ab"};
    const struct json_value *member = json_first(root);
    for (size_t i = 0; i < 5; i++, member = json_next(member))
        assert_text(json_name(member), names[i]);
    ck_assert_ptr_null(member);
    ck_assert_ptr_null(json_next(root));
    assert_text(json_number(json_find(root, "b")), "1");
    assert_text(json_number(json_find(root, "ab")), "3");
    assert_text(json_number(json_find(root, "")), "2");
    ck_assert_int_eq(json_kind(json_find(root, "A")), JSON_NULL);
    ck_assert_ptr_null(json_find(root, "B"));
    const struct json_value *array = json_find(root, "a");
    ck_assert_int_eq(json_kind(json_first(array)), JSON_TRUE);
    ck_assert_ptr_null(json_find(array, "x"));
    ck_assert_ptr_null(json_first(json_next(json_next(json_first(array)))));
    ck_assert_ptr_null(json_first(json_find(root, "b")));
    ck_assert_ptr_null(json_string(array).data);
    ck_assert_ptr_null(json_string(json_find(root, "b")).data);
    ck_assert_ptr_null(json_number(json_next(json_first(array))).data);
    ck_assert_ptr_null(json_name(root).data);
}
END_TEST

START_TEST(keeps_nothing_of_the_document)
{
    char document[] = "{\"name\":[\"text\",123456789]}";
    const struct json_value *root = read_text(text_slice(document, sizeof document - 1));
    memset(document, 'x', sizeof document - 1);
    const struct json_value *array = json_find(root, "name");
    assert_text(json_string(json_first(array)), "text");
    assert_text(json_number(json_next(json_first(array))), "123456789");
}
END_TEST

/* The same names in objects beside and inside each other are no duplicates, few or many. */
START_TEST(accepts_equal_names_in_different_objects)
{
    read_ok("{\"a\":{\"a\":{\"a\":1,\"b\":2},\"b\":{\"a\":1}},\"b\":[{\"a\":1},{\"a\":1}],\"c\":{}}");
    read_ok("{\"a\":1,\"A\":2,\"\\u0061a\":3,\"\\\\u0061\":4,\"\\u00e9\":5,\"e\":6,\"\\uD83D\\uDE00\":7,"
            "\"\\uFFFD\":8}");
    struct buffer b;
    buffer_init(&b, &arena, 1 << 20);
    buffer_put(&b, "{");
    for (int i = 0; i < 1000; i++)
        buffer_format(&b, "\"n%d\":{\"n%d\":1,\"x\":2},", i, i);
    buffer_put(&b, "\"n\":null}");
    struct text document;
    struct error err;
    ck_assert(buffer_finish(&b, ERROR_INTERNAL, &document, &err));
    const struct json_value *root = read_text(document);
    assert_text(json_number(json_find(json_find(root, "n999"), "n999")), "1");
}
END_TEST

START_TEST(counts_depth_and_values)
{
    static const struct {
        const char *document;
        size_t depth, values;
    } cases[] = {
        {"1", 0, 1},     {"[]", 1, 1},        {"{}", 1, 1},
        {"[1,2]", 1, 3}, {"[[],[[]]]", 3, 4}, {"{\"a\":{\"b\":[null]},\"c\":1}", 3, 5},
    };
    const struct json_value *root;
    struct error err;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct text document = text_of(cases[i].document);
        struct json_limits exact = {cases[i].depth, cases[i].values},
                           few = {cases[i].depth, cases[i].values - 1};
        ck_assert_msg(json_read(document, &exact, &arena, &root, &err), "%s", cases[i].document);
        ck_assert_msg(!json_read(document, &few, &arena, &root, &err), "%s: values", cases[i].document);
        ck_assert_int_eq(err.code, ERROR_JSON_LIMIT);
        if (cases[i].depth == 0)
            continue;
        struct json_limits flat = {cases[i].depth - 1, cases[i].values};
        ck_assert_msg(!json_read(document, &flat, &arena, &root, &err), "%s: depth", cases[i].document);
        ck_assert_int_eq(err.code, ERROR_JSON_LIMIT);
        ck_assert_ptr_nonnull(strstr(err.message, "deeper than"));
    }
}
END_TEST

static char nest[2 * 2000];

START_TEST(holds_the_depth_that_the_library_takes)
{
    static const struct json_limits none = {SIZE_MAX, SIZE_MAX};
    const struct json_value *root;
    struct error err;
    memset(nest, '[', JSON_DEPTH_MAX);
    memset(nest + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
    ck_assert(json_read(text_slice(nest, 2 * JSON_DEPTH_MAX), &none, &arena, &root, &err));
    memset(nest, '[', 2000);
    memset(nest + 2000, ']', 2000);
    ck_assert(!json_read(text_slice(nest, 4000), &none, &arena, &root, &err));
    ck_assert_int_eq(err.code, ERROR_JSON_LIMIT);
}
END_TEST

/* A flood of PIECE: refused or read in a time and in memory that grow with its size only. */
static void flood(const char *start, const char *piece, const char *end, bool accepted)
{
    enum { SIZE = 256 * 1024 };
    static const struct json_limits none = {JSON_DEPTH_MAX, SIZE_MAX};
    static char document[SIZE + 64];
    size_t size = 0, step = strlen(piece);
    for (const char *p = start; *p != '\0'; p++)
        document[size++] = *p;
    for (; size + step <= SIZE; size += step)
        memcpy(document + size, piece, step);
    for (const char *p = end; *p != '\0'; p++)
        document[size++] = *p;
    struct arena own;
    arena_init(&own, (size_t)64 << 20);
    const struct json_value *root;
    struct error err;
    clock_t began = clock();
    bool worked = json_read(text_slice(document, size), &none, &own, &root, &err);
    double seconds = (double)(clock() - began) / CLOCKS_PER_SEC;
    ck_assert_msg(worked == accepted, "%s%s%s: %s", start, piece, end,
                  worked ? "read" : error_operator_text(&err));
    ck_assert_msg(seconds < 2.0, "%s%s…: %.3f s", start, piece,
                  seconds); /* ms, but for sanitizers and a busy machine */
    arena_reset(&own);
}

START_TEST(bears_floods)
{
    flood("", "[", "", false);
    flood("", "{\"a\":", "", false);
    flood("[0", ",0", "]", true);
    flood("[0", ",0", "", false);
    flood("[\"\"", ",\"\"", "]", true);
    flood("{\"a\":0", ",\"b\":0", "}", false);
    flood("{\"a\":0", ",\"\\u0062\":0", "}", false);
    flood("{\"a\":0", ",\"b\":0", "", false);
    flood("[{}", ",{\"a\":0}", "]", true);
    flood("\"", "\\u0041", "\"", true);
    flood("\"", "\\", "\"", false);
    flood("\"", "\xC3\xA9", "\"", true);
    flood("", "9", "", true);
    flood("", " ", "0", true);
    flood("", "\"a", "", false);
}
END_TEST

/* Long names that differ only at their ends are the worst case of the comparison. */
START_TEST(bears_alike_names)
{
    struct buffer b;
    struct text document;
    struct error err;
    const struct json_value *root;
    buffer_init(&b, &arena, 1 << 20);
    for (int i = 0; i < 512; i++)
        buffer_format(&b, "%s\"%0500d\":0", i == 0 ? "{" : ",", (i * 211) % 512);
    buffer_put(&b, "}");
    ck_assert(buffer_finish(&b, ERROR_INTERNAL, &document, &err));
    clock_t began = clock();
    ck_assert(json_read(document, &wide, &arena, &root, &err));
    ck_assert((double)(clock() - began) / CLOCKS_PER_SEC < 2.0);
}
END_TEST

/* Reads documents of its own, again and again, while others do the same. */
static void *read_many(void *context)
{
    unsigned *number = context;
    struct arena own;
    struct error err;
    char document[64], want[16];
    arena_init(&own, 1 << 20);
    for (unsigned i = 0; i < 2000; i++, arena_reset(&own)) {
        const struct json_value *root;
        snprintf(want, sizeof want, "%u", *number + i);
        snprintf(document, sizeof document, "{\"a\":[%s],\"b\":\"%s\"}", want, want);
        if (!json_read(text_of(document), &wide, &own, &root, &err) ||
            !text_equals(json_number(json_first(json_find(root, "a"))), text_of(want)) ||
            !text_equals(json_string(json_find(root, "b")), text_of(want)))
            return NULL;
    }
    return context;
}

START_TEST(reads_in_many_threads)
{
    pthread_t threads[4];
    unsigned numbers[4] = {0, 10000, 20000, 30000};
    for (size_t i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, read_many, &numbers[i]), 0);
    for (size_t i = 0; i < 4; i++) {
        void *result = NULL;
        ck_assert_int_eq(pthread_join(threads[i], &result), 0);
        ck_assert_ptr_eq(result, &numbers[i]);
    }
}
END_TEST

static const char *many_names;

static bool read_in_own_arena(void *context, struct error *err)
{
    struct arena own;
    const struct json_value *root;
    arena_init(&own, *(size_t *)context);
    bool worked = json_read(text_of(many_names), &wide, &own, &root, err);
    arena_reset(&own);
    return worked;
}

START_TEST(runs_out_of_memory)
{
    struct buffer b;
    struct text document;
    struct error err;
    buffer_init(&b, &arena, 1 << 20);
    for (int i = 0; i < 300; i++)
        buffer_format(&b, "%s\"name %d\":[%d,\"text\",{\"a\\nb\":1e5}]", i == 0 ? "{" : ",", i, i);
    buffer_put(&b, "}");
    ck_assert(buffer_finish(&b, ERROR_INTERNAL, &document, &err));
    many_names = document.data;
    size_t limit = 64 << 20;
    ck_assert_uint_gt(torture_allocations(read_in_own_arena, &limit), 3);
    size_t failed = 0;
    for (limit = 0; limit < 4 << 20; limit += 4000) {
        if (read_in_own_arena(&limit, &err))
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
        failed++;
    }
    ck_assert_uint_gt(failed, 5);
    ck_assert_uint_lt(limit, 4 << 20);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("json/reader");
    TCase *c = tcase_create("reader");
    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_set_timeout(c, 120);
    tcase_add_test(c, accepts_every_kind);
    tcase_add_test(c, accepts_numbers_with_all_their_digits);
    tcase_add_test(c, accepts_strings_and_decodes_them);
    tcase_add_test(c, gives_members_in_order_and_by_exact_name);
    tcase_add_test(c, keeps_nothing_of_the_document);
    tcase_add_test(c, accepts_equal_names_in_different_objects);
    tcase_add_test(c, counts_depth_and_values);
    tcase_add_test(c, holds_the_depth_that_the_library_takes);
    tcase_add_test(c, bears_floods);
    tcase_add_test(c, bears_alike_names);
    tcase_add_test(c, reads_in_many_threads);
    tcase_add_test(c, runs_out_of_memory);
    suite_add_tcase(s, c);
    return s;
}
