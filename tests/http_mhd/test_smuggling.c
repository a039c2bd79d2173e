/* SPDX-License-Identifier: Apache-2.0 */
/* Requests that two parsers could read in two ways: each is refused or its connection ended, and what hides
 * in it never runs. Each case is sent as is, and GET /hello stands where a parser that is fooled would find a
 * second request. */
#include "http_mhd/fixture.h"

struct ambiguous_case {
    const char *name;
    const char *bytes;
    size_t size; /* 0: strlen */
};

#define HIDDEN     "GET /hello HTTP/1.1\r\n" HOST "\r\n"
#define LINE       "POST /echo HTTP/1.1\r\n" HOST
#define CHUNKED    "Transfer-Encoding: chunked\r\n"
#define LENGTH     "Content-Length: 4\r\n"
#define EMPTY      "0\r\n\r\n"
#define RAW(bytes) bytes, sizeof(bytes) - 1

static const struct ambiguous_case cases[] = {
    {"length, then chunked", RAW(LINE LENGTH CHUNKED "\r\n" EMPTY HIDDEN)},
    {"chunked, then length", RAW(LINE CHUNKED LENGTH "\r\n" EMPTY HIDDEN)},
    {"two lengths", RAW(LINE "Content-Length: 0\r\nContent-Length: 44\r\n\r\n" HIDDEN)},
    {"two equal lengths", RAW(LINE "Content-Length: 0\r\nContent-Length: 0\r\n\r\n" HIDDEN)},
    {"two lengths in different case", RAW(LINE "Content-Length: 0\r\ncontent-length: 44\r\n\r\n" HIDDEN)},
    {"a list of lengths", RAW(LINE "Content-Length: 0, 44\r\n\r\n" HIDDEN)},
    {"a signed length", RAW(LINE "Content-Length: +0\r\n\r\n" HIDDEN)},
    {"a negative length", RAW(LINE "Content-Length: -1\r\n\r\n" HIDDEN)},
    {"a hexadecimal length", RAW(LINE "Content-Length: 0x0\r\n\r\n" HIDDEN)},
    {"a length with a leading zero", RAW(LINE "Content-Length: 00\r\n\r\n" HIDDEN)},
    {"an empty length", RAW(LINE "Content-Length:\r\n\r\n" HIDDEN)},
    {"a length in words", RAW(LINE "Content-Length: none\r\n\r\n" HIDDEN)},
    {"a length of 2^64", RAW(LINE "Content-Length: 18446744073709551616\r\n\r\n" HIDDEN)},
    {"a length of 2^64-1", RAW(LINE "Content-Length: 18446744073709551615\r\n\r\n" HIDDEN)},
    {"a length with a NUL behind it", RAW(LINE "Content-Length: 0\0"
                                               "44\r\n\r\n" HIDDEN)},
    {"space before the length's colon", RAW(LINE "Content-Length : 0\r\n\r\n" HIDDEN)},
    {"two codings", RAW(LINE CHUNKED CHUNKED "\r\n" EMPTY HIDDEN)},
    {"identity, then chunked", RAW(LINE "Transfer-Encoding: identity\r\n" CHUNKED "\r\n" EMPTY HIDDEN)},
    {"a list of codings", RAW(LINE "Transfer-Encoding: chunked, identity\r\n\r\n" EMPTY HIDDEN)},
    {"identity", RAW(LINE "Transfer-Encoding: identity\r\n\r\n" EMPTY HIDDEN)},
    {"an unknown coding", RAW(LINE "Transfer-Encoding: xchunked\r\n\r\n" EMPTY HIDDEN)},
    {"a quoted coding", RAW(LINE "Transfer-Encoding: \"chunked\"\r\n\r\n" EMPTY HIDDEN)},
    {"a coding with a control before it", RAW(LINE "Transfer-Encoding: \x0B"
                                                   "chunked\r\n\r\n" EMPTY HIDDEN)},
    {"a coding with a NUL behind it", RAW(LINE "Transfer-Encoding: chunked\0x\r\n\r\n" EMPTY HIDDEN)},
    {"a coding in HTTP/1.0",
     RAW("POST /echo HTTP/1.0\r\nConnection: keep-alive\r\n" CHUNKED "\r\n" EMPTY HIDDEN)},
    {"space before the coding's colon", RAW(LINE "Transfer-Encoding : chunked\r\n\r\n" EMPTY HIDDEN)},
    {"tab before the coding's colon", RAW(LINE "Transfer-Encoding\t: chunked\r\n\r\n" EMPTY HIDDEN)},
    {"a coding folded", RAW(LINE "Transfer-Encoding:\r\n chunked\r\n\r\n" EMPTY HIDDEN)},
    {"a length folded", RAW(LINE "Content-Length: 0\r\n 44\r\n\r\n" HIDDEN)},
    {"a name folded into another", RAW(LINE "Content-: 44\r\n Length\r\n\r\n" HIDDEN)},
    {"a header folded harmlessly", RAW(LINE "X: a\r\n b\r\nContent-Length: 0\r\n\r\n" HIDDEN)},
    {"a fold in the first header", RAW("GET /hello HTTP/1.1\r\n X: a\r\n" HOST "\r\n" HIDDEN)},
    {"a header that hides behind a bare CR", RAW(LINE "X: a\rContent-Length: 44\r\n\r\n" HIDDEN)},
    {"a header that hides behind a NUL", RAW(LINE "X: a\0Content-Length: 44\r\n\r\n" HIDDEN)},
    {"a line that begins with NUL", RAW(LINE "\0Content-Length: 44\r\n\r\n" HIDDEN)},
    {"a line of NUL alone", RAW(LINE "\0\r\nContent-Length: 44\r\n\r\n" HIDDEN)},
    {"a NUL in a name", RAW(LINE "Content\0-Length: 44\r\n\r\n" HIDDEN)},
    {"a line without a colon", RAW(LINE "Content-Length\r\n\r\n" HIDDEN)},
    {"an empty name", RAW(LINE ": 44\r\n\r\n" HIDDEN)},
    {"a name with a space in it", RAW(LINE "Content Length: 44\r\n\r\n" HIDDEN)},
    {"DEL in a value", RAW(LINE "X: \x7F\r\nContent-Length: 0\r\n\r\n" HIDDEN)},
    {"bare LF between headers", RAW("GET /hello HTTP/1.1\r\nHost: a\nX: b\r\n\r\n" HIDDEN)},
    {"bare LF everywhere", RAW("GET /hello HTTP/1.1\nHost: a\n\n" HIDDEN)},
    {"two hosts", RAW("GET /hello HTTP/1.1\r\n" HOST "Host: b\r\n\r\n" HIDDEN)},
    {"no host", RAW("GET /hello HTTP/1.1\r\n\r\n" HIDDEN)},
    {"two authorizations",
     RAW("GET /hello HTTP/1.1\r\n" HOST "Authorization: a\r\nauthorization: b\r\n\r\n" HIDDEN)},
    {"two content types",
     RAW(LINE "Content-Type: application/json\r\nContent-Type: text/plain\r\n\r\n" HIDDEN)},
    {"absolute form", RAW("GET http://localhost/hello HTTP/1.1\r\n" HOST "\r\n" HIDDEN)},
    {"asterisk form", RAW("OPTIONS * HTTP/1.1\r\n" HOST "\r\n" HIDDEN)},
    {"a target with a space", RAW("GET /hello x HTTP/1.1\r\n" HOST "\r\n" HIDDEN)},
    {"two spaces before the target", RAW("GET  /hello HTTP/1.1\r\n" HOST "\r\n" HIDDEN)},
    {"two spaces before the version", RAW("GET /hello  HTTP/1.1\r\n" HOST "\r\n" HIDDEN)},
    {"space after the version", RAW("GET /hello HTTP/1.1 \r\n" HOST "\r\n" HIDDEN)},
    {"space before the method", RAW(" GET /hello HTTP/1.1\r\n" HOST "\r\n" HIDDEN)},
    {"a NUL in the target", RAW("GET /hello\0x HTTP/1.1\r\n" HOST "\r\n" HIDDEN)},
    {"a NUL in the query", RAW("GET /hello?\0x HTTP/1.1\r\n" HOST "\r\n" HIDDEN)},
    {"a NUL in the method", RAW("GE\0T /hello HTTP/1.1\r\n" HOST "\r\n" HIDDEN)},
    {"a fragment in the target", RAW("GET /hello#x HTTP/1.1\r\n" HOST "\r\n" HIDDEN)},
    {"a tab in the request line", RAW("GET\t/hello HTTP/1.1\r\n" HOST "\r\n" HIDDEN)},
    {"no version", RAW("GET /hello\r\n" HOST "\r\n" HIDDEN)},
    {"HTTP/1.2", RAW("GET /hello HTTP/1.2\r\n" HOST "\r\n" HIDDEN)},
    {"HTTP/2.0", RAW("GET /hello HTTP/2.0\r\n" HOST "\r\n" HIDDEN)},
    {"HTTP/01.1", RAW("GET /hello HTTP/01.1\r\n" HOST "\r\n" HIDDEN)},
    {"a lower-case version", RAW("GET /hello http/1.1\r\n" HOST "\r\n" HIDDEN)},
    {"the HTTP/2 preface", RAW("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" HIDDEN)},
    {"a TLS hello", RAW("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n" HIDDEN)},
};

START_TEST(refuses_and_runs_nothing)
{
    const struct ambiguous_case *c = &cases[_i];
    struct raw_answer a;
    int fd = raw_connect(port);
    ck_assert(raw_send(fd, c->bytes, c->size));
    raw_read(fd, &a, true);
    ck_assert_msg(a.status == 0 || a.status == 400 || a.status == 413 || a.status == 505, "%s: %d", c->name,
                  a.status);
    while (a.status != 0) { /* 0.9.75 answers a bad Content-Length twice */
        raw_read(fd, &a, true);
        ck_assert_msg(a.status == 0 || a.status == 400, "%s: then %d", c->name, a.status);
    }
    ck_assert_msg(atomic_load(&executed) == 0, "%s: a handler ran", c->name);
    close(fd);
}
END_TEST

/* Malformed chunks come when the head was accepted already: this request fails, and nothing behind it runs.
 */
static const struct ambiguous_case chunks[] = {
    {"a size that is no number", RAW(LINE CHUNKED "\r\nx\r\n" HIDDEN)},
    {"an empty size", RAW(LINE CHUNKED "\r\n\r\n" HIDDEN)},
    {"a signed size", RAW(LINE CHUNKED "\r\n+1\r\n1\r\n" EMPTY HIDDEN)},
    {"a size with a prefix", RAW(LINE CHUNKED "\r\n0x1\r\n1\r\n" EMPTY HIDDEN)},
    {"a size beyond 64 bits", RAW(LINE CHUNKED "\r\n10000000000000001\r\n1\r\n" EMPTY HIDDEN)},
    {"a chunk longer than its size", RAW(LINE CHUNKED "\r\n1\r\n12\r\n" EMPTY HIDDEN)},
    {"a size with a NUL", RAW(LINE CHUNKED "\r\n1\0\r\n1\r\n" EMPTY HIDDEN)},
};

START_TEST(refuses_malformed_chunks)
{
    const struct ambiguous_case *c = &chunks[_i];
    struct raw_answer a;
    int fd = raw_connect(port);
    ck_assert(raw_send(fd, c->bytes, c->size));
    do {
        raw_read(fd, &a, true);
        ck_assert_msg(a.status == 0 || a.status == 400 || a.status == 413, "%s: %d", c->name, a.status);
    } while (a.status != 0);
    ck_assert_msg(atomic_load(&executed) == 0, "%s: a handler ran", c->name);
    close(fd);
}
END_TEST

/* The answer must reach a client that was still sending. */
START_TEST(answers_before_it_closes)
{
    struct raw_answer a;
    int fd = raw_connect(port);
    ck_assert_int_eq(raw_ask(fd, LINE "Authorization: a\r\nAuthorization: b\r\n\r\n" HIDDEN, &a), 400);
    ck_assert(raw_has_header(&a, "Connection", "close"));
    ck_assert(raw_has_header(&a, "Cache-Control", "no-store"));
    ck_assert_ptr_nonnull(strstr(a.body, "\"code\":4000,\"source\":\"userstats\""));
    ck_assert_ptr_nonnull(strstr(a.body, "Authorization is there more than once"));
    ck_assert(raw_ends(fd, 2000));
    close(fd);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("http_mhd/smuggling");
    TCase *t = tcase_create("all");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, start_default, stop);
    tcase_add_loop_test(t, refuses_and_runs_nothing, 0, (int)(sizeof cases / sizeof *cases));
    tcase_add_loop_test(t, refuses_malformed_chunks, 0, (int)(sizeof chunks / sizeof *chunks));
    tcase_add_test(t, answers_before_it_closes);
    suite_add_tcase(s, t);
    return s;
}
