/* SPDX-License-Identifier: Apache-2.0 */
/* What passes the gate and what does not. */
#include "http/gate.h"

#include <string.h>

#include "support/run.h"

#define HEADERS_IN_CASE 4

struct gate_case {
    const char *name;
    const char *method, *target, *version;
    struct {
        const char *name, *value;
    } headers[HEADERS_IN_CASE]; /* Host is added where none of them is called "Host" and the case is not bare
                                 */
    bool bare;
};

static const struct gate_case good[] = {
    {"plain", "POST", "/batch", "HTTP/1.1", {{"Content-Length", "0"}}, false},
    {"a query", "GET", "/batch?operation=read&x=%20", "HTTP/1.1", {{"Accept", "*/*"}}, false},
    {"HTTP/1.0 without Host", "GET", "/", "HTTP/1.0", {{"Accept", "*/*"}}, true},
    {"chunked", "POST", "/batch", "HTTP/1.1", {{"Transfer-Encoding", "chunked"}}, false},
    {"chunked in another case", "POST", "/", "HTTP/1.1", {{"transfer-encoding", "Chunked"}}, false},
    {"the largest length", "POST", "/", "HTTP/1.1", {{"Content-Length", "9223372036854775807"}}, false},
    {"a tab in a value", "GET", "/", "HTTP/1.1", {{"X", "a\tb"}}, false},
    {"obs-text in a value", "GET", "/", "HTTP/1.1", {{"X", "\xC3\xA4\xFF"}}, false},
    {"an empty value", "GET", "/", "HTTP/1.1", {{"X", ""}}, false},
    {"a repeated harmless header", "GET", "/", "HTTP/1.1", {{"Accept", "a"}, {"Accept", "b"}}, false},
    {"an unusual method", "M-SEARCH!", "/", "HTTP/1.1", {{"X", "1"}}, false},
};

static const struct gate_case bad[] = {
    {"length and chunked",
     "POST",
     "/",
     "HTTP/1.1",
     {{"Content-Length", "5"}, {"Transfer-Encoding", "chunked"}},
     false},
    {"chunked and length",
     "POST",
     "/",
     "HTTP/1.1",
     {{"Transfer-Encoding", "chunked"}, {"content-length", "5"}},
     false},
    {"two lengths", "POST", "/", "HTTP/1.1", {{"Content-Length", "5"}, {"Content-Length", "6"}}, false},
    {"two equal lengths", "POST", "/", "HTTP/1.1", {{"Content-Length", "5"}, {"CONTENT-LENGTH", "5"}}, false},
    {"a list of lengths", "POST", "/", "HTTP/1.1", {{"Content-Length", "5, 5"}}, false},
    {"an empty length", "POST", "/", "HTTP/1.1", {{"Content-Length", ""}}, false},
    {"a signed length", "POST", "/", "HTTP/1.1", {{"Content-Length", "+5"}}, false},
    {"a negative length", "POST", "/", "HTTP/1.1", {{"Content-Length", "-5"}}, false},
    {"a hexadecimal length", "POST", "/", "HTTP/1.1", {{"Content-Length", "0x5"}}, false},
    {"a length with a leading zero", "POST", "/", "HTTP/1.1", {{"Content-Length", "05"}}, false},
    {"a length with a tail", "POST", "/", "HTTP/1.1", {{"Content-Length", "5 "}}, false},
    {"a length of 2^63", "POST", "/", "HTTP/1.1", {{"Content-Length", "9223372036854775808"}}, false},
    {"a length of 2^64-1", "POST", "/", "HTTP/1.1", {{"Content-Length", "18446744073709551615"}}, false},
    {"a length beyond 64 bits",
     "POST",
     "/",
     "HTTP/1.1",
     {{"Content-Length", "99999999999999999999999"}},
     false},
    {"two codings",
     "POST",
     "/",
     "HTTP/1.1",
     {{"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "chunked"}},
     false},
    {"a coding and identity", "POST", "/", "HTTP/1.1", {{"Transfer-Encoding", "chunked, identity"}}, false},
    {"identity", "POST", "/", "HTTP/1.1", {{"Transfer-Encoding", "identity"}}, false},
    {"gzip, chunked", "POST", "/", "HTTP/1.1", {{"Transfer-Encoding", "gzip, chunked"}}, false},
    {"xchunked", "POST", "/", "HTTP/1.1", {{"Transfer-Encoding", "xchunked"}}, false},
    {"an empty coding", "POST", "/", "HTTP/1.1", {{"Transfer-Encoding", ""}}, false},
    {"chunked with a vertical tab", "POST", "/", "HTTP/1.1", {{"Transfer-Encoding", "\vchunked"}}, false},
    {"chunked in HTTP/1.0", "POST", "/", "HTTP/1.0", {{"Transfer-Encoding", "chunked"}}, false},
    {"two hosts", "GET", "/", "HTTP/1.1", {{"Host", "a"}, {"host", "b"}}, false},
    {"no host", "GET", "/", "HTTP/1.1", {{"X", "1"}}, true},
    {"two authorizations", "GET", "/", "HTTP/1.1", {{"Authorization", "a"}, {"authorization", "a"}}, false},
    {"two content types", "GET", "/", "HTTP/1.1", {{"Content-Type", "a"}, {"Content-type", "a"}}, false},
    {"space before the colon", "POST", "/", "HTTP/1.1", {{"Content-Length ", "5"}}, false},
    {"tab before the colon", "POST", "/", "HTTP/1.1", {{"Transfer-Encoding\t", "chunked"}}, false},
    {"space before the name", "GET", "/", "HTTP/1.1", {{" X", "1"}}, false},
    {"an empty name", "GET", "/", "HTTP/1.1", {{"", "1"}}, false},
    {"a name with a colon", "GET", "/", "HTTP/1.1", {{"a:b", "1"}}, false},
    {"a name with a high byte", "GET", "/", "HTTP/1.1", {{"a\xE4", "1"}}, false},
    {"a name with a control", "GET", "/", "HTTP/1.1", {{"a\x01", "1"}}, false},
    {"a bare CR in a value", "GET", "/", "HTTP/1.1", {{"X", "a\rb"}}, false},
    {"a LF in a value", "GET", "/", "HTTP/1.1", {{"X", "a\nb"}}, false},
    {"DEL in a value", "GET", "/", "HTTP/1.1", {{"X", "a\x7F"}}, false},
    {"HTTP/1.2", "GET", "/", "HTTP/1.2", {{"X", "1"}}, false},
    {"HTTP/2.0", "GET", "/", "HTTP/2.0", {{"X", "1"}}, false},
    {"HTTP/0.9", "GET", "/", "", {{"X", "1"}}, false},
    {"lower-case version", "GET", "/", "http/1.1", {{"X", "1"}}, false},
    {"an empty method", "", "/", "HTTP/1.1", {{"X", "1"}}, false},
    {"a method with a space", "GET ", "/", "HTTP/1.1", {{"X", "1"}}, false},
    {"absolute form", "GET", "http://h/", "HTTP/1.1", {{"X", "1"}}, false},
    {"asterisk form", "OPTIONS", "*", "HTTP/1.1", {{"X", "1"}}, false},
    {"an empty target", "GET", "", "HTTP/1.1", {{"X", "1"}}, false},
    {"a fragment", "GET", "/#a", "HTTP/1.1", {{"X", "1"}}, false},
    {"a space in the target", "GET", "/a b", "HTTP/1.1", {{"X", "1"}}, false},
    {"a tab in the target", "GET", "/a\tb", "HTTP/1.1", {{"X", "1"}}, false},
    {"a CR in the target", "GET", "/a\r", "HTTP/1.1", {{"X", "1"}}, false},
};

static size_t fill(const struct gate_case *c, struct http_header *headers)
{
    size_t n = 0;
    bool has_host = c->bare;
    for (size_t i = 0; i < HEADERS_IN_CASE && c->headers[i].name != NULL; i++) {
        headers[n++] = (struct http_header){text_of(c->headers[i].name), text_of(c->headers[i].value)};
        has_host = has_host || strcmp(c->headers[i].name, "Host") == 0;
    }
    if (!has_host)
        headers[n++] = (struct http_header){text_of("Host"), text_of("localhost")};
    return n;
}

static bool check(const struct gate_case *c, struct error *err)
{
    struct http_header headers[HEADERS_IN_CASE + 1];
    struct http_head head = {text_of(c->method), text_of(c->target), text_of(c->version), headers, 0, false};
    head.header_count = fill(c, headers);
    return http_gate_check(&head, err);
}

START_TEST(accepts)
{
    struct error err;
    ck_assert_msg(check(&good[_i], &err), "%s", good[_i].name);
}
END_TEST

START_TEST(refuses)
{
    struct error err = {.code = ERROR_NONE};
    ck_assert_msg(!check(&bad[_i], &err), "%s", bad[_i].name);
    ck_assert_msg(err.code == ERROR_AMBIGUOUS_REQUEST, "%s", bad[_i].name);
}
END_TEST

START_TEST(refuses_nul_wherever_it_is)
{
    struct http_header headers[] = {{text_of("Host"), text_of("h")}, {text_of("X"), text_of("y")}};
    const struct http_head clean = {text_of("GET"), text_of("/"), text_of("HTTP/1.1"), headers, 2, false};
    struct http_head head = clean;
    struct error err;
    ck_assert(http_gate_check(&head, &err));
    head.target = text_slice("/a\0b", 4);
    ck_assert(!http_gate_check(&head, &err));
    head = clean;
    head.method = text_slice("GE\0T", 4);
    ck_assert(!http_gate_check(&head, &err));
    head = clean;
    headers[1].value = text_slice("a\0b", 3);
    ck_assert(!http_gate_check(&head, &err));
    headers[1].value = text_of("y");
    headers[1].name = text_slice("X\0", 2);
    ck_assert(!http_gate_check(&head, &err));
}
END_TEST

START_TEST(refuses_what_is_too_large)
{
    static char target[HTTP_URI_MAX + 2], value[HTTP_HEADERS_MAX];
    struct http_header headers[HTTP_REQUEST_HEADERS_MAX + 1];
    struct http_head head = {
        text_of("GET"), text_slice(target, HTTP_URI_MAX), text_of("HTTP/1.1"), headers, 2, false};
    struct error err;
    memset(target, '/', sizeof target);
    memset(value, 'v', sizeof value);
    for (size_t i = 0; i < HTTP_REQUEST_HEADERS_MAX + 1; i++)
        headers[i] = (struct http_header){text_of("a"), text_of("b")};
    headers[0] = (struct http_header){text_of("Host"), text_of("h")};

    ck_assert(http_gate_check(&head, &err));
    head.target.size++;
    ck_assert(!http_gate_check(&head, &err));
    ck_assert_int_eq(err.code, ERROR_URI_TOO_LONG);
    head.target.size = 1;

    headers[1].value = text_slice(value, HTTP_HEADERS_MAX - 6);
    ck_assert(http_gate_check(&head, &err));
    headers[1].value.size++;
    ck_assert(!http_gate_check(&head, &err));
    ck_assert_int_eq(err.code, ERROR_HEADERS_TOO_LARGE);
    headers[1].value = text_of("b");

    head.header_count = HTTP_REQUEST_HEADERS_MAX;
    ck_assert(http_gate_check(&head, &err));
    head.header_count++;
    ck_assert(!http_gate_check(&head, &err));
    ck_assert_int_eq(err.code, ERROR_HEADERS_TOO_LARGE);
    head.header_count = 2;
    head.headers_were_cut = true;
    ck_assert(!http_gate_check(&head, &err));
    ck_assert_int_eq(err.code, ERROR_HEADERS_TOO_LARGE);
}
END_TEST

START_TEST(says_how_large_the_body_is)
{
    struct http_header header = {text_of("content-length"), text_of("12")};
    struct http_head head = {.headers = &header, .header_count = 1};
    bool declared, chunked;
    uint64_t size = 0;
    http_gate_body_size(&head, &declared, &size, &chunked);
    ck_assert(declared && !chunked);
    ck_assert_uint_eq(size, 12);
    header = (struct http_header){text_of("Transfer-Encoding"), text_of("chunked")};
    http_gate_body_size(&head, &declared, &size, &chunked);
    ck_assert(!declared && chunked);
    head.header_count = 0;
    http_gate_body_size(&head, &declared, &size, &chunked);
    ck_assert(!declared && !chunked);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("http/gate");
    TCase *t = tcase_create("all");
    tcase_add_loop_test(t, accepts, 0, (int)(sizeof good / sizeof *good));
    tcase_add_loop_test(t, refuses, 0, (int)(sizeof bad / sizeof *bad));
    tcase_add_test(t, refuses_nul_wherever_it_is);
    tcase_add_test(t, refuses_what_is_too_large);
    tcase_add_test(t, says_how_large_the_body_is);
    suite_add_tcase(s, t);
    return s;
}
