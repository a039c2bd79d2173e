/* SPDX-License-Identifier: Apache-2.0 */
/* Every input has a number: sizes, counts, deadlines; and how the server ends. */
#include "http_mhd/fixture.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#define GOOD "GET /hello HTTP/1.1\r\n" HOST "\r\n"

static struct server_options options;

/* Short deadlines: 500 ms for a request, IDLE_MS between requests. */
static void start_short(int64_t idle_ms)
{
    options = defaults;
    options.request_deadline_ms = 500;
    options.idle_timeout_ms = idle_ms;
    start(&options);
}

static void assert_final(int fd, const struct raw_answer *a, int status, const char *code)
{
    ck_assert_int_eq(a->status, status);
    ck_assert_msg(raw_has_header(a, "Connection", "close"), "%s", a->head);
    ck_assert(raw_has_header(a, "MS-CV", ""));
    ck_assert(raw_has_header(a, "Date", ""));
    ck_assert(raw_has_header(a, "Cache-Control", "no-store"));
    ck_assert(raw_has_header(a, "X-Content-Type-Options", "nosniff"));
    ck_assert_msg(strstr(a->body, code) != NULL && strstr(a->body, "traceId") != NULL, "%s", a->body);
    ck_assert(raw_ends(fd, 3000));
    close(fd);
}

/* 10 MB are sent before a byte is read: more than any socket buffer holds, so the server must take them to be
 * heard. */
static void send_ten_megabytes_then_read(const char *head, const char *chunk_size)
{
    static char megabyte[1024 * 1024];
    struct raw_answer a;
    int fd = raw_connect(port);
    memset(megabyte, '1', sizeof megabyte);
    raw_send_text(fd, head);
    for (int i = 0; i < 10; i++) {
        if (chunk_size != NULL)
            raw_send_text(fd, chunk_size);
        raw_send(fd, megabyte, sizeof megabyte);
        if (chunk_size != NULL)
            raw_send_text(fd, "\r\n");
    }
    raw_read(fd, &a, true);
    assert_final(fd, &a, 413, "\"code\":4130");
    ck_assert_int_eq(atomic_load(&executed), 0);
}

START_TEST(refuses_large_bodies_and_is_heard)
{
    start_default();
    for (int i = 0; i < 5; i++) {
        send_ten_megabytes_then_read("POST /echo HTTP/1.1\r\n" HOST "Content-Length: 10485760\r\n\r\n", NULL);
        send_ten_megabytes_then_read("POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n",
                                     "100000\r\n");
    }
    ck_assert_uint_eq(server_drain(server, 5000), 0);
    stop();
}
END_TEST

/* A request with a header value of SIZE bytes; the caller frees it. */
static char *with_header(const char *line, size_t size)
{
    size_t all = size + 256;
    char *text = malloc(all);
    ck_assert_ptr_nonnull(text);
    int start = snprintf(text, all, "%s HTTP/1.1\r\nHost: a\r\nAuthorization: ", line);
    memset(text + start, 't', size);
    snprintf(text + start + size, all - (size_t)start - size, "\r\n\r\n");
    return text;
}

static int ask_with_header(size_t size, struct raw_answer *a)
{
    char *text = with_header("GET /hello", size);
    int fd = raw_connect(port);
    int status = raw_ask(fd, text, a);
    free(text);
    close(fd);
    return status;
}

static int ask_with_target(size_t size, struct raw_answer *a)
{
    static char text[65536];
    int fd = raw_connect(port);
    ck_assert_uint_lt(size, sizeof text - 100);
    memset(text, '/', sizeof text);
    memcpy(text, "GET /hello?", 11);
    snprintf(text + 4 + size, 100, " HTTP/1.1\r\n" HOST "\r\n");
    int status = raw_ask(fd, text, a);
    close(fd);
    return status;
}

START_TEST(takes_heads_up_to_the_limits_and_refuses_beyond)
{
    const size_t others = strlen("Host"
                                 "a"
                                 "Authorization");
    struct raw_answer a;
    start_default();
    ck_assert_int_eq(ask_with_header(65536, &a), 200);
    ck_assert_int_eq(ask_with_header(HTTP_HEADERS_MAX - others, &a), 200);
    ck_assert_int_eq(ask_with_header(HTTP_HEADERS_MAX - others + 1, &a), 431);
    ck_assert_ptr_nonnull(strstr(a.body, "\"code\":4310"));
    ck_assert_int_eq(ask_with_header(1024 * 1024, &a), 431); /* the library's own answer */
    ck_assert_int_eq(ask_with_target(HTTP_URI_MAX, &a), 200);
    ck_assert_int_eq(ask_with_target(HTTP_URI_MAX + 1, &a), 414);
    ck_assert_ptr_nonnull(strstr(a.body, "\"code\":4140"));
    ck_assert_int_eq(ask_with_target(60000, &a), 414);
    stop();
}
END_TEST

START_TEST(takes_100_headers_and_refuses_101)
{
    struct raw_answer a;
    char text[4096];
    start_default();
    for (int count = 99; count <= 100; count++) {
        int fd = raw_connect(port);
        size_t size = (size_t)snprintf(text, sizeof text, "GET /hello HTTP/1.1\r\n" HOST);
        for (int i = 0; i < count; i++)
            size += (size_t)snprintf(text + size, sizeof text - size, "X-%d: %d\r\n", i, i);
        snprintf(text + size, sizeof text - size, "\r\n");
        ck_assert_int_eq(raw_ask(fd, text, &a), count == 99 ? 200 : 431);
        close(fd);
    }
    stop();
}
END_TEST

static const char *const slow[] = {"GET /hello HTTP/1.1\r\n" HOST, "G",
                                   "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 1000\r\n\r\n",
                                   "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3e8\r\n",
                                   "POST /none HTTP/1.1\r\n" HOST "Content-Length: 1000\r\n\r\n"};

/* A byte every 50 ms, which would satisfy an inactivity timeout for ever; on a new connection and on a used
 * one. */
START_TEST(gives_up_slow_requests)
{
    struct raw_answer a;
    start_short(20000);
    for (int used = 0; used <= 1; used++) {
        int fd = raw_connect(port);
        if (used)
            ck_assert_int_eq(raw_ask(fd, GOOD, &a), 200);
        usleep(used ? 400000 : 0); /* idle time does not count */
        int64_t begun = raw_now_ms();
        raw_send_text(fd, slow[_i]);
        char byte;
        while (recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && raw_now_ms() - begun < 5000) {
            raw_send_text(fd, "x");
            usleep(50000);
        }
        int64_t took = raw_now_ms() - begun;
        ck_assert_msg(took >= 400 && took < 2500, "given up after %lld ms", (long long)took);
        raw_read(fd, &a, true);
        assert_final(fd, &a, 408, "\"code\":4080");
    }
    ck_assert_int_eq(atomic_load(&executed), 1);
    ck_assert_uint_eq(server_drain(server, 2000), 0);
    stop();
}
END_TEST

START_TEST(ends_idle_connections_without_a_word)
{
    struct raw_answer a;
    start_short(400);
    int fresh = raw_connect(port), used = raw_connect(port);
    ck_assert_int_eq(raw_ask(used, GOOD, &a), 200);
    int64_t begun = raw_now_ms();
    char byte;
    ck_assert_int_eq(recv(fresh, &byte, 1, 0), 0);
    ck_assert_int_eq(recv(used, &byte, 1, 0), 0);
    int64_t took = raw_now_ms() - begun;
    ck_assert_msg(took >= 200 && took < 2500, "%lld ms", (long long)took);
    close(fresh);
    close(used);
    stop();
}
END_TEST

START_TEST(gives_up_slow_readers)
{
    start_short(20000);
    int fd = raw_connect(port), small = 4096;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    raw_send_text(fd, "GET /big HTTP/1.1\r\n" HOST "\r\n");
    usleep(200000);
    ck_assert_uint_eq(server_drain(server, 100), 1); /* still on its way */
    ck_assert_uint_eq(server_drain(server, 2000), 0);
    close(fd);
    stop();
}
END_TEST

START_TEST(sheds_what_is_too_much_at_once)
{
    struct raw_answer a;
    options = defaults;
    options.threads = 3;
    options.requests_max = 2;
    start(&options);
    int held[2] = {raw_connect(port), raw_connect(port)};
    for (int i = 0; i < 2; i++) {
        raw_send_text(held[i], "GET /wait HTTP/1.1\r\n" HOST "\r\n");
        wait_for_waiting(i + 1);
    }
    int fd = raw_connect(port); /* the third thread's, as connections go round */
    int64_t begun = raw_now_ms();
    ck_assert_int_eq(raw_ask(fd, GOOD, &a), 503);
    ck_assert_int_lt(raw_now_ms() - begun, 1000);
    ck_assert(raw_has_header(&a, "Retry-After", "1"));
    ck_assert_ptr_nonnull(strstr(a.body, "\"code\":5032"));
    ck_assert_int_eq(raw_ask(fd, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\n123", &a), 503);
    ck_assert_int_eq(raw_ask(fd, "GET /none HTTP/1.1\r\n" HOST "\r\n", &a), 404);
    atomic_store(&release, true);
    for (int i = 0; i < 2; i++) {
        raw_read(held[i], &a, true);
        ck_assert_int_eq(a.status, 200);
        close(held[i]);
    }
    ck_assert_int_eq(raw_ask(fd, GOOD, &a), 200);
    close(fd);
    stop();
}
END_TEST

/* Bodies that do not come in hold neither a place nor the memory that they claim. */
START_TEST(sheds_what_waited_too_long_for_its_thread)
{
    struct raw_answer a;
    options = defaults;
    options.threads = 1;
    options.queue_most_ms = 100;
    start(&options);
    int busy = raw_connect(port), late = raw_connect(port), fresh = raw_connect(port);
    raw_send_text(busy, "GET /wait HTTP/1.1\r\n" HOST "\r\n");
    wait_for_waiting(1);
    raw_send_text(late, GOOD);
    int64_t end = raw_now_ms() + 300;
    while (raw_now_ms() < end)
        usleep(1000);
    atomic_store(&release, true);
    raw_read(busy, &a, true);
    ck_assert_int_eq(a.status, 200);
    raw_read(late, &a, true);
    ck_assert_int_eq(a.status, 503);
    ck_assert(raw_has_header(&a, "Retry-After", "1"));
    ck_assert_ptr_nonnull(strstr(a.body, "\"code\":5032"));
    ck_assert_int_eq(raw_ask(late, GOOD, &a), 200); /* the connection goes on, and the thread has caught up */
    ck_assert_int_eq(raw_ask(fresh, GOOD, &a), 200);
    ck_assert_int_eq(atomic_load(&executed), 3); /* the late one never ran */
    close(busy);
    close(late);
    close(fresh);
    stop();
}
END_TEST

START_TEST(serves_beside_slow_bodies)
{
    static char body[9000];
    struct raw_answer a;
    int fds[20];
    options = defaults;
    options.requests_max = 2; /* 20,000 bytes of bodies */
    start(&options);
    memset(body, '1', sizeof body);
    for (int i = 0; i < 20; i++) {
        fds[i] = raw_connect(port);
        raw_send_text(fds[i], "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 9001\r\n\r\n");
    }
    usleep(200000);
    int fd = raw_connect(port);
    ck_assert_int_eq(raw_ask(fd, GOOD, &a), 200);
    for (int i = 0; i < 3; i++) {
        raw_send(fds[i], body, sizeof body);
        usleep(200000);
    }
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(raw_ask(fds[i], "1", &a), i < 2 ? 200 : 503); /* the third found the memory taken */
    ck_assert_ptr_nonnull(strstr(a.body, "\"code\":5032"));
    ck_assert_int_eq(raw_ask(fds[2], GOOD, &a), 200); /* in step */
    raw_send(fds[3], body, sizeof body);
    ck_assert_int_eq(raw_ask(fds[3], "1", &a), 200); /* and given back */
    for (int i = 0; i < 20; i++)
        close(fds[i]);
    close(fd);
    stop();
}
END_TEST

START_TEST(refuses_one_connection_too_many)
{
    struct raw_answer a;
    int fds[10];
    options = defaults;
    options.connections_max = 10;
    start(&options);
    for (int i = 0; i < 10; i++) {
        fds[i] = raw_connect(port);
        ck_assert_int_eq(raw_ask(fds[i], GOOD, &a), 200);
    }
    int more = raw_connect(port);
    raw_send_text(more, GOOD);
    raw_read(more, &a, true);
    assert_final(more, &a, 503, "\"code\":5032");
    for (int i = 0; i < 10; i++) {
        ck_assert_int_eq(raw_ask(fds[i], GOOD, &a), 200);
        close(fds[i]);
    }
    int64_t end = raw_now_ms() + RAW_PATIENCE_MS;
    do { /* until the server has seen that they are gone */
        more = raw_connect(port);
        raw_ask(more, GOOD, &a);
        close(more);
    } while (a.status != 200 && raw_now_ms() < end);
    ck_assert_int_eq(a.status, 200);
    stop();
}
END_TEST

START_TEST(serves_beside_many_idle_connections)
{
    static int fds[600];
    struct raw_answer a;
    start_default();
    for (int i = 0; i < 600; i++)
        fds[i] = raw_connect(port);
    for (int i = 0; i < 600; i++)
        ck_assert_int_eq(raw_ask(fds[i], GOOD, &a), 200);
    int64_t begun = raw_now_ms();
    ck_assert_uint_eq(server_drain(server, 5000), 0); /* they do not delay it */
    ck_assert_int_lt(raw_now_ms() - begun, 1000);
    ck_assert_int_eq(raw_ask(fds[0], GOOD, &a), 200);
    ck_assert(raw_has_header(&a, "Connection", "close"));
    for (int i = 0; i < 600; i++)
        close(fds[i]);
    stop();
}
END_TEST

static void *drain(void *context)
{
    unsigned *left = context;
    *left = server_drain(server, 10000);
    return NULL;
}

START_TEST(finishes_what_is_in_flight)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    struct raw_answer a;
    pthread_t thread;
    unsigned left = 99;
    start_default();
    int busy = raw_connect(port), announced = raw_connect(port);
    raw_send_text(busy,
                  "GET /wait HTTP/1.1\r\n" HOST "\r\n" GOOD); /* the second one is not promised anything */
    wait_for_waiting(1);
    server_announce_close(server);
    ck_assert_int_eq(raw_ask(announced, GOOD, &a), 200);
    ck_assert(raw_has_header(&a, "Connection", "close"));
    ck_assert(raw_ends(announced, 3000));
    close(announced);

    ck_assert_int_eq(pthread_create(&thread, NULL, drain, &left), 0);
    usleep(300000);
    int refused = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ck_assert_int_ne(connect(refused, (struct sockaddr *)&address, sizeof address),
                     0); /* not accepted any more */
    close(refused);
    atomic_store(&release, true);
    raw_read(busy, &a, true);
    ck_assert_int_eq(a.status, 200);
    ck_assert(raw_has_header(&a, "Connection", "close"));
    pthread_join(thread, NULL);
    ck_assert_uint_eq(left, 0);
    close(busy);
    stop();
}
END_TEST

/* Clients ask as fast as they can while the server goes; whoever was connected gets whole answers until it is
 * told to close. */
static void *ask_until_told(void *context)
{
    atomic_int *failed = context;
    struct raw_answer a;
    int fd = raw_connect(port);
    do {
        if (raw_ask(fd, GOOD, &a) != 200)
            atomic_fetch_add(failed, 1);
    } while (a.status == 200 && !raw_has_header(&a, "Connection", "close"));
    close(fd);
    return NULL;
}

START_TEST(fails_no_request_when_it_ends_under_load)
{
    pthread_t threads[8];
    atomic_int failed = 0;
    start_default();
    for (int i = 0; i < 8; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, ask_until_told, &failed), 0);
    usleep(200000);
    ck_assert_uint_eq(server_drain(server, 5000), 0);
    for (int i = 0; i < 8; i++)
        pthread_join(threads[i], NULL);
    stop();
    ck_assert_int_eq(atomic_load(&failed), 0);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("http_mhd/limits");
    TCase *t = tcase_create("all");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, refuses_large_bodies_and_is_heard);
    tcase_add_test(t, takes_heads_up_to_the_limits_and_refuses_beyond);
    tcase_add_test(t, takes_100_headers_and_refuses_101);
    tcase_add_loop_test(t, gives_up_slow_requests, 0, (int)(sizeof slow / sizeof *slow));
    tcase_add_test(t, ends_idle_connections_without_a_word);
    tcase_add_test(t, gives_up_slow_readers);
    tcase_add_test(t, sheds_what_is_too_much_at_once);
    tcase_add_test(t, sheds_what_waited_too_long_for_its_thread);
    tcase_add_test(t, serves_beside_slow_bodies);
    tcase_add_test(t, refuses_one_connection_too_many);
    tcase_add_test(t, serves_beside_many_idle_connections);
    tcase_add_test(t, finishes_what_is_in_flight);
    tcase_add_test(t, fails_no_request_when_it_ends_under_load);
    suite_add_tcase(s, t);
    return s;
}
