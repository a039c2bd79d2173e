/* SPDX-License-Identifier: Apache-2.0 */
/* Requests over real sockets: bodies in pieces, pipelining, Expect, HEAD, 304, and staying in step after
 * refusals. */
#include "http_mhd/fixture.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>

static void assert_common(const struct raw_answer *a)
{
    ck_assert_msg(raw_has_header(a, "X-Content-Type-Options", "nosniff"), "%s", a->head);
    ck_assert_msg(raw_has_header(a, "Content-Type", "application/json"), "%s", a->head);
    ck_assert_msg(raw_has_header(a, "MS-CV", ""), "%s", a->head);
    ck_assert_msg(raw_has_header(a, "Date", ""), "%s", a->head);
    ck_assert_msg(raw_has_header(a, "Content-Length", ""), "%s", a->head);
    ck_assert_msg(raw_has_header(a, "Cache-Control", a->status < 400 ? "private, no-cache" : "no-store"),
                  "%s", a->head);
    ck_assert_msg(a->status < 400 || strstr(a->body, "\"source\":\"userstats\"") != NULL, "%s", a->body);
}

START_TEST(accepts_a_body_byte_by_byte)
{
    const char *request = "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 11\r\n\r\n{\"a\":[1,2]}";
    struct raw_answer a;
    int fd = raw_connect(port), on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    for (const char *p = request; *p != '\0'; p++) {
        ck_assert(raw_send(fd, p, 1));
        usleep(200);
    }
    raw_read(fd, &a, true);
    ck_assert_int_eq(a.status, 200);
    ck_assert_str_eq(a.body, "{\"a\":[1,2]}");
    assert_common(&a);
    close(fd);
}
END_TEST

START_TEST(accepts_a_chunked_body_of_any_size_up_to_the_limit)
{
    static char chunk[MAX_BODY + 1];
    char size_line[32];
    struct raw_answer a;
    int fd = raw_connect(port);
    memset(chunk, '7', sizeof chunk);
    ck_assert_int_eq(raw_ask(fd,
                             "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
                             "3\r\n[1,\r\n0002\r\n2]\r\n0\r\nTrailer: x\r\n\r\n",
                             &a),
                     200);
    ck_assert_str_eq(a.body, "[1,2]");
    raw_send_text(fd, "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n");
    for (size_t left = MAX_BODY, size = 1; left > 0; left -= size, size = size * 3 > left ? left : size * 3) {
        snprintf(size_line, sizeof size_line, "%zx\r\n", size);
        raw_send_text(fd, size_line);
        raw_send(fd, chunk, size);
        raw_send_text(fd, "\r\n");
    }
    ck_assert_int_eq(raw_ask(fd, "0\r\n\r\n", &a), 200);
    ck_assert_uint_eq(a.body_size, MAX_BODY);
    ck_assert_int_eq(
        raw_ask(fd, "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", &a), 200);
    ck_assert_str_eq(a.body, "null");
    close(fd);
}
END_TEST

#define GOOD    "GET /hello HTTP/1.1\r\n" HOST "\r\n"
#define WITH(n) HOST "Content-Length: " n "\r\n\r\n"

static const struct {
    const char *request;
    int status;
    const char *header, *value;
} in_step[] = {
    {GOOD, 200, "ETag", ""},
    {"GET /none HTTP/1.1\r\n" HOST "\r\n", 404, "Content-Length", ""},
    {"POST /none HTTP/1.1\r\n" WITH("5") "GET /", 404, "Content-Length", ""},
    {"POST /none HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", 404, "MS-CV",
     ""},
    {"GET /echo HTTP/1.1\r\n" HOST "\r\n", 405, "Allow", "POST"},
    {"DELETE /hello HTTP/1.1\r\n" WITH("3") "abc", 405, "Allow", "GET, HEAD"},
    {"BREW /hello HTTP/1.1\r\n" HOST "\r\n", 405, "Allow", "GET, HEAD"},
    {"OPTIONS /echo HTTP/1.1\r\n" HOST "\r\n", 405, "Allow", "POST"},
    {"POST /echo HTTP/1.1\r\nContent-Type: text/plain\r\n" WITH("3") "abc", 415, "MS-CV", ""},
    {"POST /echo HTTP/1.1\r\nContent-Encoding: gzip\r\n" WITH("3") "abc", 415, "MS-CV", ""},
    {"POST /refuse?code=MEMBER HTTP/1.1\r\n" WITH("3") "abc", 400, "MS-CV", ""},
    {"GET /refuse?code=%zz HTTP/1.1\r\n" HOST "\r\n", 400, "MS-CV", ""},
    {"POST /refuse?code=TOKEN_EXPIRED HTTP/1.1\r\n" WITH("3") "abc", 401, "WWW-Authenticate", "XBL3.0"},
    {"POST /refuse?code=ACCESS_DENIED HTTP/1.1\r\n" WITH("3") "abc", 403, "MS-CV", ""},
    {"POST /refuse?code=SCID_UNKNOWN HTTP/1.1\r\n" WITH("3") "abc", 404, "MS-CV", ""},
    {"POST /refuse?code=CONTRACT_VERSION HTTP/1.1\r\n" WITH("3") "abc", 406, "MS-CV", ""},
    {"POST /refuse?code=DEADLINE HTTP/1.1\r\n" WITH("3") "abc", 408, "MS-CV", ""},
    {"POST /refuse?code=INTERNAL HTTP/1.1\r\n" WITH("3") "abc", 500, "MS-CV", ""},
    {"POST /refuse?code=STORE_UNAVAILABLE HTTP/1.1\r\n" WITH("3") "abc", 503, "Retry-After", "1"},
    {"GET /hello HTTP/1.1\r\nMS-CV: tul4NUsfs9Cl7mOf.1\r\n" HOST "\r\n", 200, "MS-CV",
     "tul4NUsfs9Cl7mOf.1.0"},
    {"GET /hello HTTP/1.1\r\nIf-None-Match: *\r\n" HOST "\r\n", 304, "Content-Length", "4"},
    {"GET /hello?a&b=%00&c=d HTTP/1.1\r\n" HOST "\r\n", 200, "MS-CV", ""},
};

START_TEST(stays_in_step_after_every_status)
{
    struct raw_answer a;
    char both[1024];
    int fd = raw_connect(port);
    ck_assert_int_eq(raw_ask(fd, in_step[_i].request, &a), in_step[_i].status);
    assert_common(&a);
    ck_assert_msg(raw_has_header(&a, in_step[_i].header, in_step[_i].value), "%s", a.head);
    ck_assert_int_eq(raw_ask(fd, GOOD, &a), 200);                                          /* afterwards */
    snprintf(both, sizeof both, "%s%s%s", in_step[_i].request, in_step[_i].request, GOOD); /* and pipelined */
    ck_assert_int_eq(raw_ask(fd, both, &a), in_step[_i].status);
    raw_read(fd, &a, true);
    ck_assert_int_eq(a.status, in_step[_i].status);
    raw_read(fd, &a, true);
    ck_assert_int_eq(a.status, 200);
    ck_assert_str_eq(a.body, "null");
    close(fd);
}
END_TEST

START_TEST(answers_HEAD_without_a_body)
{
    struct raw_answer head, get;
    int fd = raw_connect(port);
    raw_send_text(fd, "HEAD /hello HTTP/1.1\r\n" HOST "\r\n");
    raw_read(fd, &head, false);
    ck_assert_int_eq(head.status, 200);
    assert_common(&head);
    ck_assert(raw_has_header(&head, "Content-Length", "4"));
    ck_assert_int_eq(raw_ask(fd, GOOD, &get), 200); /* the next bytes are the next answer */
    ck_assert_uint_eq(get.body_size, 4);
    raw_send_text(fd, "HEAD /none HTTP/1.1\r\n" HOST "\r\n");
    raw_read(fd, &head, false);
    ck_assert_int_eq(head.status, 404);
    ck_assert_int_eq(raw_ask(fd, GOOD, &get), 200);
    close(fd);
}
END_TEST

START_TEST(tells_an_expecting_client_to_go_on_only_when_admitted)
{
    static const char *const refused[] = {
        "POST /none HTTP/1.1\r\nExpect: 100-continue\r\n" WITH("5"),
        "PUT /echo HTTP/1.1\r\nExpect: 100-Continue\r\n" WITH("5"),
        "POST /echo HTTP/1.1\r\nExpect: 100-continue\r\n" WITH("10001"),
        "POST /echo HTTP/1.1\r\nContent-Type: a/b\r\nExpect: 100-continue\r\n" WITH("5"),
        "POST /none HTTP/1.1\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n" HOST "\r\n",
        "GET /none HTTP/1.1\r\nExpect: 100-continue\r\n" HOST "\r\n"};
    static const int statuses[] = {404, 405, 413, 415, 404, 404};
    struct raw_answer a;
    int fd = raw_connect(port);
    ck_assert_int_eq(raw_ask(fd, "POST /echo HTTP/1.1\r\nExpect: 100-continue\r\n" WITH("5"), &a), 100);
    ck_assert_int_eq(raw_ask(fd, "[1,2]", &a), 200);
    ck_assert_str_eq(a.body, "[1,2]");
    close(fd);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        fd = raw_connect(port);
        ck_assert_int_eq(raw_ask(fd, refused[i], &a), statuses[i]);
        assert_common(&a);
        ck_assert(raw_has_header(&a, "Connection", "close"));
        ck_assert(raw_ends(fd, 2000));
        close(fd);
    }
}
END_TEST

START_TEST(answers_a_client_that_has_ended_its_side)
{
    struct raw_answer a;
    int fd = raw_connect(port);
    raw_send_text(fd, "POST /echo HTTP/1.1\r\n" WITH("2") "42");
    shutdown(fd, SHUT_WR);
    raw_read(fd, &a, true);
    ck_assert_int_eq(a.status, 200);
    ck_assert_str_eq(a.body, "42");
    ck_assert(raw_ends(fd, 2000));
    close(fd);
}
END_TEST

START_TEST(serves_HTTP_1_0)
{
    struct raw_answer a;
    int fd = raw_connect(port);
    ck_assert_int_eq(raw_ask(fd, "GET /hello HTTP/1.0\r\n\r\n", &a), 200);
    ck_assert(raw_ends(fd, 2000));
    close(fd);
}
END_TEST

START_TEST(survives_clients_that_go_away)
{
    static const char *const beginnings[] = {"",
                                             "G",
                                             "GET /hello HTTP/1.1\r\n",
                                             "POST /echo HTTP/1.1\r\n" WITH("5") "ab",
                                             "GET /big HTTP/1.1\r\n" HOST "\r\n",
                                             GOOD GOOD GOOD};
    struct linger at_once = {1, 0}; /* close sends RST */
    struct raw_answer a;
    for (size_t i = 0; i < 60; i++) {
        int fd = raw_connect(port);
        raw_send_text(fd, beginnings[i % 6]);
        if (i % 2 == 0)
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        close(fd);
    }
    int fd = raw_connect(port);
    ck_assert_int_eq(raw_ask(fd, GOOD, &a), 200);
    close(fd);
    ck_assert_uint_eq(server_drain(server, 5000), 0);
}
END_TEST

START_TEST(logs_one_line_a_request_without_what_the_caller_wrote)
{
    struct server_options options = defaults;
    struct raw_answer a;
    struct error err;
    char lines[4096] = "";
    int pipes[2];
    ck_assert_int_eq(pipe2(pipes, O_NONBLOCK | O_CLOEXEC), 0);
    struct log_options log = {
        .fd = pipes[1], .level = LOG_LEVEL_INFO, .format = LOG_FORMAT_LOGFMT, .clock = &clock_system};
    ck_assert(log_open(&log, &options.log, &err));
    options.log_requests = true;
    start(&options);
    int fd = raw_connect(port);
    ck_assert_int_eq(
        raw_ask(fd, "POST /echo?secret1 HTTP/1.1\r\nAuthorization: secret2\r\n" WITH("2") "42", &a), 200);
    ck_assert_int_eq(raw_ask(fd, "GET /secret3?secret4 HTTP/1.1\r\n" HOST "\r\n", &a), 404);
    ck_assert_int_eq(raw_ask(fd, "GET /refuse?code=ACCESS_DENIED HTTP/1.1\r\n" HOST "\r\n", &a), 403);
    ck_assert_int_eq(raw_ask(fd, "GET /secret5 HTTP/9.1\r\n\r\n", &a) / 100, 5);
    close(fd);
    fd = raw_connect(port);
    ck_assert_int_eq(raw_ask(fd, "POST /echo HTTP/1.1\r\nX: secret6\r\n" WITH("20000"), &a), 413);
    close(fd);
    stop();
    ck_assert_int_gt((int)read(pipes[0], lines, sizeof lines - 1), 0);
    ck_assert_ptr_null(strstr(lines, "secret"));
    ck_assert_msg(strstr(lines, "path=/echo status=200") != NULL, "%s", lines);
    ck_assert_msg(strstr(lines, "path=- status=404") != NULL, "%s", lines);
    ck_assert_msg(strstr(lines, "path=/refuse status=403") != NULL, "%s", lines);
    ck_assert_msg(strstr(lines, "ACCESS_DENIED") != NULL && strstr(lines, "as asked") != NULL, "%s", lines);
    ck_assert_msg(strstr(lines, "status=413") != NULL, "%s", lines);
    int count = 0;
    for (const char *p = lines; (p = strstr(p, "event=request ")) != NULL; p++)
        count++;
    ck_assert_int_eq(count, 4);
    log_close(&options.log);
    close(pipes[0]);
    close(pipes[1]);
}
END_TEST

START_TEST(listens_where_it_is_told_and_alone)
{
    static const char *const bad[] = {"",
                                      ":",
                                      "127.0.0.1",
                                      "127.0.0.1:",
                                      "127.0.0.1:65536",
                                      "127.0.0.1:-1",
                                      "localhost:80",
                                      "::1:80",
                                      "[::1]",
                                      "[::1:80",
                                      "[127.0.0.1]:80",
                                      "1.2.3:80",
                                      "127.0.0.1:08",
                                      "[00000000000000000000000000000000000000000000000000::1]:80"};
    struct server_options options = defaults;
    struct server *second = NULL;
    struct error err;
    char same[32];
    snprintf(same, sizeof same, "127.0.0.1:%u", (unsigned)port);
    options.listen = same;
    ck_assert(!server_start(&options, &second, &err));
    ck_assert_int_eq(err.code, ERROR_FILE);
    ck_assert_msg(strstr(err.message, same) != NULL && strstr(err.message, "in use") != NULL, "%s",
                  err.message);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        options.listen = bad[i];
        ck_assert_msg(!server_start(&options, &second, &err), "%s", bad[i]);
        ck_assert_int_eq(err.code, ERROR_SETTING);
    }
    ck_assert_ptr_null(second);
    options.listen = "[::1]:0";
    if (server_start(&options, &second, &err)) { /* a machine may have no IPv6 */
        ck_assert_uint_ne(server_port(second), port);
        server_stop(&second);
    } else {
        ck_assert_int_eq(err.code, ERROR_FILE);
    }
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("http_mhd/server");
    TCase *t = tcase_create("all");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, start_default, stop);
    tcase_add_test(t, accepts_a_body_byte_by_byte);
    tcase_add_test(t, accepts_a_chunked_body_of_any_size_up_to_the_limit);
    tcase_add_loop_test(t, stays_in_step_after_every_status, 0, (int)(sizeof in_step / sizeof *in_step));
    tcase_add_test(t, answers_HEAD_without_a_body);
    tcase_add_test(t, tells_an_expecting_client_to_go_on_only_when_admitted);
    tcase_add_test(t, answers_a_client_that_has_ended_its_side);
    tcase_add_test(t, serves_HTTP_1_0);
    tcase_add_test(t, survives_clients_that_go_away);
    tcase_add_test(t, listens_where_it_is_told_and_alone);
    suite_add_tcase(s, t);
    TCase *own = tcase_create("own server");
    tcase_set_timeout(own, 60);
    tcase_add_test(own, logs_one_line_a_request_without_what_the_caller_wrote);
    suite_add_tcase(s, own);
    return s;
}
