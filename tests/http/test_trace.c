/* SPDX-License-Identifier: Apache-2.0 */
/* The correlation vector: extended when well-formed, started afresh otherwise; traceparent: taken when valid.
 */
#include "http/routes.h"

#include <string.h>

#include "support/run.h"

static bool fill_ff(void *context, void *out, size_t size, struct error *err)
{
    (void)context;
    (void)err;
    memset(out, 0xFF, size);
    return true;
}

static bool fill_nothing(void *context, void *out, size_t size, struct error *err)
{
    (void)context;
    memset(out, 0x55, size);
    return error_set(err, ERROR_INTERNAL, "no randomness");
}

static const struct random_source ff = {fill_ff, NULL}, broken = {fill_nothing, NULL};

static void start(struct http_trace *trace, const char *vector, const char *parent,
                  const struct random_source *random)
{
    const struct http_trace_caller caller = {text_of(vector), text_of(parent)};
    http_trace_start(trace, &caller, random);
}

#define BASE22 "tul4NUsfs9Cl7mOfN3dupA"
#define BASE16 "tul4NUsfs9Cl7mOf"
#define FRESH  "/////////////////////w.0"
#define TENS   ".123456789.123456789.123456789.123456789.123456789"

static const char *const extended[] = {
    BASE22 ".0",           BASE22 ".1.4294967295.0", BASE16 ".0", "+/+/+/+/+/+/+/+/+/+/+/.7",
    BASE22 TENS TENS ".1", BASE22 TENS TENS ".12" /* 127 with the extension */};

START_TEST(accepts_a_callers_vector)
{
    struct http_trace trace;
    size_t size = strlen(extended[_i]);
    ck_assert_uint_le(size, 125);
    start(&trace, extended[_i], NULL, &ff);
    ck_assert_uint_eq(strlen(trace.vector), size + 2);
    ck_assert(strncmp(trace.vector, extended[_i], size) == 0);
    ck_assert_str_eq(trace.vector + size, ".0");
}
END_TEST

static const char *const not_vectors[] = {NULL,
                                          "",
                                          BASE22,
                                          BASE22 ".",
                                          BASE22 ".x",
                                          BASE22 ".0!",
                                          BASE22 ".-1",
                                          BASE22 ".00",
                                          BASE22 "..0",
                                          BASE22 ".0.",
                                          BASE22 ".4294967296",
                                          BASE22 "x.0",
                                          BASE16 "x.0",
                                          "A." BASE22 ".0",
                                          "tul4NUsfs9Cl7mOfN3dup=.0",
                                          "tul4NUsfs9Cl7mOf\r\nX: y.0",
                                          BASE22 TENS TENS ".123",
                                          BASE22 TENS TENS TENS ".0"};

START_TEST(refuses_what_is_no_vector)
{
    struct http_trace trace;
    start(&trace, not_vectors[_i], NULL, &ff);
    ck_assert_str_eq(trace.vector, FRESH);
}
END_TEST

START_TEST(is_all_zeros_without_randomness)
{
    struct http_trace trace;
    start(&trace, NULL, NULL, &broken);
    ck_assert_str_eq(trace.id, "00000000000000000000000000000000");
    ck_assert_str_eq(trace.vector, "AAAAAAAAAAAAAAAAAAAAAA.0");
    start(&trace, NULL, NULL, &ff);
    ck_assert_str_eq(trace.id, "ffffffffffffffffffffffffffffffff");
}
END_TEST

#define TRACE_ID "4bf92f3577b34da6a3ce929d0e0e4736"
#define NEW_ID   "ffffffffffffffffffffffffffffffff"
#define ZEROS16  "0000000000000000"

static const char *const parents[] = {"00-" TRACE_ID "-00f067aa0ba902b7-01",
                                      "00-" TRACE_ID "-00f067aa0ba902b7-00",
                                      "00-" TRACE_ID "-00f067aa0ba902b7-ff",
                                      "01-" TRACE_ID "-00f067aa0ba902b7-01",
                                      "cc-" TRACE_ID "-00f067aa0ba902b7-01-what-the-future-will-be-like",
                                      "01-" TRACE_ID "-00f067aa0ba902b7-01-"};

START_TEST(takes_the_trace_id_of_a_valid_traceparent)
{
    struct http_trace trace;
    start(&trace, BASE22 ".0", parents[_i], &ff);
    ck_assert_str_eq(trace.id, TRACE_ID);
    ck_assert_str_eq(trace.vector, BASE22 ".0.0");
    start(&trace, NULL, parents[_i], &broken);
    ck_assert_str_eq(trace.id, TRACE_ID);
}
END_TEST

static const char *const not_parents[] = {NULL,
                                          "",
                                          "00",
                                          "00-" TRACE_ID,
                                          "00-" TRACE_ID "-00f067aa0ba902b7",
                                          "00-" TRACE_ID "-00f067aa0ba902b7-",
                                          "00-" TRACE_ID "-00f067aa0ba902b7-0",
                                          "00-" TRACE_ID "-00f067aa0ba902b7-01-", /* version 00 ends there */
                                          "00-" TRACE_ID "-00f067aa0ba902b7-012",
                                          "01-" TRACE_ID "-00f067aa0ba902b7-01x",
                                          "ff-" TRACE_ID "-00f067aa0ba902b7-01",
                                          "0g-" TRACE_ID "-00f067aa0ba902b7-01",
                                          "0-" TRACE_ID "-00f067aa0ba902b7-001",
                                          "00-" ZEROS16 ZEROS16 "-00f067aa0ba902b7-01",
                                          "00-" TRACE_ID "-" ZEROS16 "-01",
                                          "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                                          "00-" TRACE_ID "-00F067AA0BA902B7-01",
                                          "00-" TRACE_ID "-00f067aa0ba902b7-0X",
                                          "00_" TRACE_ID "-00f067aa0ba902b7-01",
                                          "00-" TRACE_ID "_00f067aa0ba902b7-01",
                                          "00-" TRACE_ID "-00f067aa0ba902b7_01",
                                          "00-4bf92f3577b34da6a3ce929d0e0e473\"-00f067aa0ba902b7-01",
                                          "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7a-01",
                                          "CC-" TRACE_ID "-00f067aa0ba902b7-01"};

START_TEST(a_traceparent_that_is_not_valid_starts_a_new_trace)
{
    struct http_trace trace;
    start(&trace, NULL, not_parents[_i], &ff);
    ck_assert_str_eq(trace.id, NEW_ID);
    ck_assert_str_eq(trace.vector, FRESH);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("http/trace");
    TCase *t = tcase_create("all");
    tcase_add_loop_test(t, accepts_a_callers_vector, 0, (int)(sizeof extended / sizeof *extended));
    tcase_add_loop_test(t, refuses_what_is_no_vector, 0, (int)(sizeof not_vectors / sizeof *not_vectors));
    tcase_add_test(t, is_all_zeros_without_randomness);
    tcase_add_loop_test(t, takes_the_trace_id_of_a_valid_traceparent, 0,
                        (int)(sizeof parents / sizeof *parents));
    tcase_add_loop_test(t, a_traceparent_that_is_not_valid_starts_a_new_trace, 0,
                        (int)(sizeof not_parents / sizeof *not_parents));
    suite_add_tcase(s, t);
    return s;
}
