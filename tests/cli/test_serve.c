/* SPDX-License-Identifier: Apache-2.0 */
/* `serve --demo` and `healthcheck` as processes: the one is asked by the other; and healthcheck against
 * servers that misbehave. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/command.h"
#include "support/command_run.h"
#include "support/run.h"

static char *directory;

static void open_scratch(void)
{
    directory = scratch_directory();
    ck_assert_int_eq(setenv("TMPDIR", directory, 1), 0);
}

static void close_scratch(void)
{
    scratch_remove(directory);
}

static struct command_run check_health(const char *address)
{
    char set[128];
    snprintf(set, sizeof set, "server.admin_listen=%s", address);
    const char *const arguments[] = {"userstats", "healthcheck", "--set", set, NULL};
    return command_run(cli_run, directory, text_of(""), arguments);
}

/* What serve prints before it is ready ends with the curl; this waits for it. */
static const char *wait_for_banner(const char *path)
{
    for (int i = 0; i < 3000; i++) {
        const char *text = access(path, R_OK) == 0 ? scratch_read(path).data : "";
        const char *curl = strstr(text, "\ncurl ");
        if (curl != NULL && strchr(curl + 1, '\n') != NULL)
            return text;
        usleep(10000);
    }
    ck_abort_msg("no banner in %s", path);
    return NULL;
}

START_TEST(demo_serves_is_healthy_and_leaves_nothing)
{
    const char *const arguments[] = {"userstats",
                                     "serve",
                                     "--demo",
                                     "--set",
                                     "server.listen=127.0.0.1:0",
                                     "--set",
                                     "server.admin_listen=127.0.0.1:0",
                                     NULL};
    const char *out = scratch_path(directory, "out"), *err = scratch_path(directory, "err");
    const char *const streams[] = {NULL, out, err};
    char files[256], admin[64];
    pid_t pid = command_start(cli_run, arguments, streams);
    const char *banner = wait_for_banner(out);
    const char *at = strstr(banner, "admin http://");
    ck_assert_ptr_nonnull(at);
    snprintf(admin, sizeof admin, "%.*s", (int)strcspn(at + 13, "/"), at + 13);
    struct command_run health = check_health(admin);
    ck_assert_msg(health.status == 0, "%s", health.err.data);
    ck_assert_uint_eq(health.err.size, 0);
    at = strstr(banner, directory);
    ck_assert_ptr_nonnull(at);
    snprintf(files, sizeof files, "%.*s", (int)strcspn(at, " "), at);
    ck_assert_msg(access(files, F_OK) == 0, "%s", files);
    ck_assert_int_eq(kill(pid, SIGTERM), 0);
    ck_assert_int_eq(command_wait(pid), 0);
    ck_assert_msg(access(files, F_OK) != 0, "%s", files);
    ck_assert_int_eq(check_health(admin).status, COMMAND_FAILED);
}
END_TEST

START_TEST(demo_wins_over_settings_that_name_a_real_database)
{
    const char *real = scratch_path(directory, "real.db");
    char set[300];
    snprintf(set, sizeof set, "store.url=sqlite:%s", real);
    const char *const arguments[] = {"userstats",
                                     "serve",
                                     "--demo",
                                     "--set",
                                     set,
                                     "--set",
                                     "server.listen=127.0.0.1:0",
                                     "--set",
                                     "server.admin_listen=127.0.0.1:0",
                                     NULL};
    const char *out = scratch_path(directory, "out"), *err = scratch_path(directory, "err");
    const char *const streams[] = {NULL, out, err};
    pid_t pid = command_start(cli_run, arguments, streams);
    wait_for_banner(out);
    ck_assert_int_eq(kill(pid, SIGINT), 0);
    ck_assert_int_eq(command_wait(pid), 0);
    ck_assert_int_ne(access(real, F_OK), 0);
}
END_TEST

/* A server that answers one connection with fixed bytes, whatever is asked. */
struct peer {
    int listener;
    const char *answer; /* NULL: none, the connection stays open */
    char address[64];
    pid_t pid; /* a process, not a thread: the command is forked beside it */
};

static void answer_once(const struct peer *p)
{
    char request[512];
    int fd = accept(p->listener, NULL, NULL);
    ssize_t n = recv(fd, request, sizeof request, 0);
    if (n > 0 && p->answer != NULL)
        n = send(fd, p->answer, strlen(p->answer), MSG_NOSIGNAL);
    if (p->answer == NULL)
        n = recv(fd, request, sizeof request, 0); /* until the other side gives up */
    _exit(n < 0);
}

static void start_peer(struct peer *p, const char *answer)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    p->answer = answer;
    p->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(p->listener, (const struct sockaddr *)&at, sizeof at), 0);
    ck_assert_int_eq(listen(p->listener, 4), 0);
    ck_assert_int_eq(getsockname(p->listener, (struct sockaddr *)&at, &size), 0);
    snprintf(p->address, sizeof p->address, "127.0.0.1:%u", (unsigned)ntohs(at.sin_port));
    p->pid = fork();
    ck_assert_int_ge(p->pid, 0);
    if (p->pid == 0)
        answer_once(p);
}

static void stop_peer(struct peer *p)
{
    ck_assert_int_eq(waitpid(p->pid, NULL, 0), p->pid);
    close(p->listener);
}

static const struct answer {
    const char *name, *bytes;
    int status;
    const char *says;
} answers[] = {
    {"ready", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 0, ""},
    {"ready, HTTP/1.0", "HTTP/1.0 200 OK\r\n\r\n", 0, ""},
    {"not ready", "HTTP/1.1 503 Service Unavailable\r\n\r\n", COMMAND_FAILED, "answered 503"},
    {"another service", "HTTP/1.1 404 Not Found\r\n\r\n", COMMAND_FAILED, "answered 404"},
    {"nothing at all", "", COMMAND_FAILED, "no HTTP answer"},
    {"no HTTP", "SSH-2.0-OpenSSH_9.2p1\r\n", COMMAND_FAILED, "no HTTP answer"},
    {"half a status", "HTTP/1.1 20", COMMAND_FAILED, "no HTTP answer"},
    {"a status that is no number", "HTTP/1.1 2x0 OK\r\n\r\n", COMMAND_FAILED, "no HTTP answer"},
    {"a status of four digits", "HTTP/1.1 2000 OK\r\n\r\n", COMMAND_FAILED, "no HTTP answer"},
    {"silence", NULL, COMMAND_FAILED, "no HTTP answer"},
};

START_TEST(healthcheck_judges_the_answer)
{
    const struct answer *a = &answers[_i];
    struct peer peer;
    start_peer(&peer, a->bytes);
    struct command_run run = check_health(peer.address);
    stop_peer(&peer);
    ck_assert_msg(run.status == a->status, "%s: %d %s", a->name, run.status, run.err.data);
    ck_assert_msg(strstr(run.err.data, a->says) != NULL, "%s: %s", a->name, run.err.data);
}
END_TEST

START_TEST(healthcheck_says_that_nothing_listens)
{
    struct command_run run = check_health("[::1]:1");
    ck_assert_int_eq(run.status, COMMAND_FAILED);
    ck_assert_ptr_nonnull(strstr(run.err.data, "nothing answers at [::1]:1"));
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("cli/serve");
    TCase *c = tcase_create("serve");
    tcase_set_timeout(c, 120);
    tcase_add_checked_fixture(c, open_scratch, close_scratch);
    tcase_add_test(c, demo_serves_is_healthy_and_leaves_nothing);
    tcase_add_test(c, demo_wins_over_settings_that_name_a_real_database);
    tcase_add_loop_test(c, healthcheck_judges_the_answer, 0, (int)(sizeof answers / sizeof *answers));
    tcase_add_test(c, healthcheck_says_that_nothing_listens);
    suite_add_tcase(s, c);
    return s;
}
