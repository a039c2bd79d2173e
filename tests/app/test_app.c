/* SPDX-License-Identifier: Apache-2.0 */
/* The whole service in this process, on free ports: it comes up, says so, notices what happens to its
 * database, and goes down. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/app.h"
#include "app/demo.h"
#include "base/clock.h"
#include "keys/keeper.h"
#include "support/run.h"

#define ASSIGNMENTS_MAX 24

static struct demo *demo;
static struct config *config;

/* The demo's settings, free ports, a quiet log, and EXTRAS, a list that NULL ends. */
static struct config *settings_with_all(const char *const *extras)
{
    const char *assignments[ASSIGNMENTS_MAX] = {"server.listen=127.0.0.1:0",
                                                "server.admin_listen=127.0.0.1:0", "server.threads=2",
                                                "log.level=error"};
    size_t count = 4;
    struct error err = {.code = ERROR_NONE};
    struct config *c = NULL;
    for (size_t i = 0; i < DEMO_SETTINGS; i++)
        assignments[count++] = demo_assignments(demo)[i];
    for (; *extras != NULL; extras++) {
        ck_assert_uint_lt(count, ASSIGNMENTS_MAX);
        assignments[count++] = *extras;
    }
    struct config_sources sources = {.assignments = assignments, .assignment_count = count};
    ck_assert_msg(config_open(&sources, &c, &err), "%s", error_operator_text(&err));
    return c;
}

static struct config *settings_with(const char *extra)
{
    return settings_with_all((const char *const[]){extra, NULL});
}

static void open_demo(void)
{
    struct error err = {.code = ERROR_NONE};
    app_take_signals();
    ck_assert_msg(demo_open(&demo, &err), "%s", error_operator_text(&err));
    config = settings_with(NULL);
}

static void close_demo(void)
{
    config_close(&config);
    demo_close(&demo);
}

static struct app *start(const struct config *c)
{
    struct error err = {.code = ERROR_NONE};
    struct app *app = NULL;
    ck_assert_msg(app_start(c, &app, &err), "%s", error_operator_text(&err));
    return app;
}

static int connect_to(const char *address)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    to.sin_port = htons((uint16_t)strtoul(strrchr(address, ':') + 1, NULL, 10));
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(fd, 0);
    if (connect(fd, (const struct sockaddr *)&to, sizeof to) == 0)
        return fd;
    close(fd);
    return -1;
}

/* The status of GET PATH. */
static int ask(const char *address, const char *path)
{
    char text[1024];
    size_t size = 0;
    int fd = connect_to(address);
    ck_assert_int_ge(fd, 0);
    int length =
        snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n", path);
    ck_assert_int_eq(send(fd, text, (size_t)length, MSG_NOSIGNAL), length);
    for (ssize_t n = 1; n > 0 && size<sizeof text - 1; size += n> 0 ? (size_t)n : 0)
        n = recv(fd, text + size, sizeof text - 1 - size, 0);
    text[size] = '\0';
    close(fd);
    ck_assert_msg(strncmp(text, "HTTP/1.1 ", 9) == 0, "%s", text);
    return (int)strtol(text + 9, NULL, 10);
}

static void wait_for_readyz(const struct app *app, int status)
{
    for (int i = 0; i < 1000 && ask(app_admin_address(app), "/readyz") != status; i++)
        usleep(10000);
    ck_assert_int_eq(ask(app_admin_address(app), "/readyz"), status);
}

START_TEST(answers_on_both_ports)
{
    struct app *app = start(config);
    ck_assert_str_ne(app_address(app), app_admin_address(app));
    ck_assert_int_eq(ask(app_admin_address(app), "/livez"), 200);
    ck_assert_int_eq(ask(app_admin_address(app), "/readyz"), 200);
    ck_assert_int_eq(ask(app_admin_address(app), "/version"), 200);
    ck_assert_int_eq(ask(app_admin_address(app), "/batch"), 404);
    ck_assert_int_eq(ask(app_address(app), "/batch"), 405);
    ck_assert_int_eq(ask(app_address(app), "/livez"), 404);
    app_stop(&app);
    ck_assert_ptr_null(app);
    app_stop(&app);
}
END_TEST

START_TEST(ends_when_a_signal_comes)
{
    struct app *app = start(config);
    ck_assert_int_eq(kill(getpid(), SIGTERM), 0);
    ck_assert_uint_eq(app_run(app), 0);
    ck_assert_int_eq(ask(app_admin_address(app), "/readyz"), 503);
    ck_assert_int_eq(ask(app_admin_address(app), "/livez"), 200);
    ck_assert_int_lt(connect_to(app_address(app)), 0);
    app_stop(&app);
}
END_TEST

static void *run(void *app)
{
    return app_run(app) == 0 ? app : NULL;
}

START_TEST(answers_during_the_drain_delay_until_a_second_signal)
{
    struct config *patient = settings_with("server.drain_delay_ms=600000");
    struct app *app = start(patient);
    pthread_t runner;
    void *result;
    ck_assert_int_eq(pthread_create(&runner, NULL, run, app), 0);
    ck_assert_int_eq(kill(getpid(), SIGTERM), 0);
    wait_for_readyz(app, 503);
    ck_assert_int_eq(ask(app_address(app), "/batch"), 405);
    ck_assert_int_eq(kill(getpid(), SIGINT), 0);
    ck_assert_int_eq(pthread_join(runner, &result), 0);
    ck_assert_ptr_eq(result, app);
    app_stop(&app);
    config_close(&patient);
}
END_TEST

/* A server that takes connections and never says a word. */
static int silent_server(char *url, size_t size)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(fd, (const struct sockaddr *)&at, sizeof at), 0);
    ck_assert_int_eq(listen(fd, 16), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&at, &length), 0);
    snprintf(url, size, "https://127.0.0.1:%u/keys", (unsigned)ntohs(at.sin_port));
    return fd;
}

static int64_t now_ms(void)
{
    return clock_system.monotonic_ns(clock_system.context) / 1000000;
}

START_TEST(key_servers_that_are_silent_hold_up_neither_the_start_nor_the_end)
{
    char url[64], first[80], second[80];
    int fd = silent_server(url, sizeof url);
    snprintf(first, sizeof first, "auth.keys=%s", url);
    snprintf(second, sizeof second, "auth.x.keys=%s", url);
    struct config *silent = settings_with_all((const char *const[]){
        first, second, "auth.x.issuer=x", "server.drain_delay_ms=0", "server.drain_timeout_ms=0", NULL});
    int64_t before = now_ms();
    struct app *app = start(silent);
    ck_assert_int_eq(ask(app_admin_address(app), "/livez"), 200);
    ck_assert_int_eq(ask(app_admin_address(app), "/readyz"), 503);
    ck_assert_int_eq(kill(getpid(), SIGTERM), 0);
    ck_assert_uint_eq(app_run(app), 0);
    app_stop(&app);
    ck_assert_int_lt(now_ms() - before, URL_TIMEOUT_MS / 2);
    config_close(&silent);
    close(fd);
}
END_TEST

START_TEST(is_ready_with_the_keys_of_one_issuer)
{
    char url[64], dead[80];
    int fd = silent_server(url, sizeof url);
    snprintf(dead, sizeof dead, "auth.x.keys=%s", url);
    struct config *half = settings_with_all((const char *const[]){dead, "auth.x.issuer=x", NULL});
    struct app *app = start(half);
    ck_assert_int_eq(ask(app_admin_address(app), "/readyz"), 200);
    app_stop(&app);
    config_close(&half);
    close(fd);
}
END_TEST

START_TEST(is_not_ready_while_its_database_is_away)
{
    char away[1024];
    const char *path = strchr(config->store_url, ':') + 1;
    struct app *app = start(config);
    snprintf(away, sizeof away, "%s.away", path);
    ck_assert_int_eq(rename(path, away), 0);
    wait_for_readyz(app, 503);
    ck_assert_int_eq(ask(app_admin_address(app), "/livez"), 200);
    ck_assert_int_eq(rename(away, path), 0);
    wait_for_readyz(app, 200);
    app_stop(&app);
}
END_TEST

static const struct refusal {
    const char *name, *assignment;
    enum error_code code;
    const char *says[2]; /* what is wrong, what to do */
} refusals[] = {
    {"no keys", "auth.keys=", ERROR_SETTING, {"auth.keys", "userstats token keygen"}},
    {"keys that are not there", "auth.keys=/nonexistent", ERROR_FILE, {"auth.keys", "/nonexistent"}},
    {"no database",
     "store.url=sqlite:/nonexistent/x.db",
     ERROR_STORE_UNAVAILABLE,
     {"/nonexistent/x.db", "userstats schema migrate"}},
    {"a foreign file", "store.url=sqlite:/etc/passwd", ERROR_SCHEMA, {"/etc/passwd", "store.url"}},
    {"another kind of store", "store.url=mongodb://x", ERROR_SETTING, {"store.url", "sqlite:"}},
    {"an address that is none", "server.listen=nowhere:80", ERROR_SETTING, {"server.listen", "nowhere"}},
    {"an admin address of another machine",
     "server.admin_listen=192.0.2.1:80",
     ERROR_FILE,
     {"server.admin_listen", "192.0.2.1"}},
};

START_TEST(refuses)
{
    const struct refusal *r = &refusals[_i];
    struct error err = {.code = ERROR_NONE};
    struct app *app = NULL;
    struct config *wrong = settings_with(r->assignment);
    ck_assert_msg(!app_start(wrong, &app, &err), "%s", r->name);
    ck_assert_ptr_null(app);
    ck_assert_msg(err.code == r->code, "%s: %s", r->name, error_class_of(err.code)->name);
    for (size_t i = 0; i < 2; i++)
        ck_assert_msg(strstr(error_operator_text(&err), r->says[i]) != NULL, "%s: %s", r->name,
                      error_operator_text(&err));
    config_close(&wrong);
}
END_TEST

static unsigned urls_told, urls_failed;

static void tell(const struct app_key_url *url)
{
    ck_assert_str_eq(url->setting, "auth.keys");
    urls_told++;
    urls_failed += url->failure != NULL;
}

START_TEST(refuses_cas_that_are_none)
{
    static const char *const files[] = {"/nonexistent", "/", "/dev/null", "/etc/passwd"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char ca[64], says[64];
        struct error err = {.code = ERROR_NONE};
        struct app *app = NULL;
        snprintf(ca, sizeof ca, "auth.keys_ca=%s", files[i]);
        snprintf(says, sizeof says, "auth.keys_ca (flag): the CA file %s ", files[i]);
        struct config *wrong =
            settings_with_all((const char *const[]){"auth.keys=https://127.0.0.1:1/keys", ca, NULL});
        ck_assert(!app_start(wrong, &app, &err));
        ck_assert_int_eq(err.code, ERROR_SETTING);
        ck_assert_msg(strstr(error_operator_text(&err), says) != NULL, "%s", error_operator_text(&err));
        ck_assert(!app_check(wrong, tell, &err));
        config_close(&wrong);
    }
}
END_TEST

START_TEST(refuses_a_port_that_is_taken_and_says_what_to_do)
{
    char taken[80];
    struct error err = {.code = ERROR_NONE};
    struct app *app = start(config), *second = NULL;
    snprintf(taken, sizeof taken, "server.listen=%s", app_address(app));
    struct config *same = settings_with(taken);
    ck_assert(!app_start(same, &second, &err));
    ck_assert_int_eq(err.code, ERROR_FILE);
    ck_assert_ptr_nonnull(strstr(error_operator_text(&err), app_address(app)));
    ck_assert_ptr_nonnull(strstr(error_operator_text(&err), "in use"));
    config_close(&same);
    app_stop(&app);
}
END_TEST

START_TEST(tells_of_urls_that_do_not_answer)
{
    struct error err = {.code = ERROR_NONE};
    struct config *dead = settings_with("auth.keys=https://127.0.0.1:1/keys");
    ck_assert(app_check(dead, tell, &err));
    ck_assert_uint_eq(urls_told, 1);
    ck_assert_uint_eq(urls_failed, 1);
    config_close(&dead);
}
END_TEST

START_TEST(checks_without_a_store_and_ports)
{
    struct error err = {.code = ERROR_NONE};
    struct config *other = settings_with("store.url=sqlite:/nonexistent/x.db");
    ck_assert(app_check(other, tell, &err));
    config_close(&other);
    other = settings_with("auth.keys=/nonexistent");
    ck_assert(!app_check(other, tell, &err));
    ck_assert_uint_eq(urls_told, 0);
    config_close(&other);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("app/app");
    TCase *c = tcase_create("app");
    tcase_set_timeout(c, 120);
    tcase_add_checked_fixture(c, open_demo, close_demo);
    tcase_add_test(c, answers_on_both_ports);
    tcase_add_test(c, ends_when_a_signal_comes);
    tcase_add_test(c, answers_during_the_drain_delay_until_a_second_signal);
    tcase_add_test(c, key_servers_that_are_silent_hold_up_neither_the_start_nor_the_end);
    tcase_add_test(c, is_ready_with_the_keys_of_one_issuer);
    tcase_add_test(c, is_not_ready_while_its_database_is_away);
    tcase_add_loop_test(c, refuses, 0, (int)(sizeof refusals / sizeof *refusals));
    tcase_add_test(c, refuses_cas_that_are_none);
    tcase_add_test(c, refuses_a_port_that_is_taken_and_says_what_to_do);
    tcase_add_test(c, tells_of_urls_that_do_not_answer);
    tcase_add_test(c, checks_without_a_store_and_ports);
    suite_add_tcase(s, c);
    return s;
}
