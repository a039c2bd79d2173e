/* SPDX-License-Identifier: Apache-2.0 */
/* The correlation vector: extended when well-formed, started afresh otherwise. */
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
    http_trace_start(&trace, text_of(extended[_i]), &ff);
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
    http_trace_start(&trace, text_of(not_vectors[_i]), &ff);
    ck_assert_str_eq(trace.vector, FRESH);
}
END_TEST

START_TEST(is_all_zeros_without_randomness)
{
    struct http_trace trace;
    http_trace_start(&trace, text_of(NULL), &broken);
    ck_assert_str_eq(trace.id, "00000000000000000000000000000000");
    ck_assert_str_eq(trace.vector, "AAAAAAAAAAAAAAAAAAAAAA.0");
    http_trace_start(&trace, text_of(NULL), &ff);
    ck_assert_str_eq(trace.id, "ffffffffffffffffffffffffffffffff");
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("http/trace");
    TCase *t = tcase_create("all");
    tcase_add_loop_test(t, accepts_a_callers_vector, 0, (int)(sizeof extended / sizeof *extended));
    tcase_add_loop_test(t, refuses_what_is_no_vector, 0, (int)(sizeof not_vectors / sizeof *not_vectors));
    tcase_add_test(t, is_all_zeros_without_randomness);
    suite_add_tcase(s, t);
    return s;
}
