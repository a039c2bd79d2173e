/* SPDX-License-Identifier: Apache-2.0 */
/* The keeper and a real HTTPS server on this machine: nothing in between is a double. */
#include <poll.h>
#include <stdlib.h>

#include "fetch/tls_server.h"
#include "keys/fixture.h"
#include "support/run.h"

#define DEADLINE_MS 60000

static struct tls_server server;
static struct identity ca, identity;
static char ca_file[128], url[128];
static const char *_Atomic served; /* the vector; NULL: the server never answers */
static atomic_int not_modified;

static void say_set(struct peer *peer)
{
    char bytes[VECTOR_MAX], head[512], tag[128];
    const char *vector = atomic_load(&served);
    if (vector == NULL) {
        peer_is_gone_within(peer, DEADLINE_MS);
        return;
    }
    snprintf(tag, sizeof tag, "\r\nIf-None-Match: \"%s\"\r\n", vector);
    if (strstr(peer->request, tag) != NULL) {
        atomic_fetch_add(&not_modified, 1);
        peer_say(peer, "HTTP/1.1 304 Not Modified\r\n\r\n");
        return;
    }
    struct text text = vector_read(vector, bytes);
    snprintf(head, sizeof head,
             "HTTP/1.1 200 OK\r\nETag: \"%s\"\r\nCache-Control: max-age=3600\r\nContent-Length: %zu\r\n\r\n",
             vector, text.size);
    if (peer_say(peer, head))
        peer_send(peer, text.data, text.size);
}

static void build(void)
{
    static const char *const proxies[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
    for (size_t i = 0; i < sizeof proxies / sizeof *proxies; i++)
        unsetenv(proxies[i]);
    build_world();
    snprintf(ca_file, sizeof ca_file, "%s", in_folder("ca.pem"));
    ca = identity_make(NULL, "test CA", 3600);
    identity_write(&ca, ca_file);
    identity = identity_make(&ca, "IP:127.0.0.1", 3600);
    atomic_store(&served, SET_RSA);
    tls_server_start(&server, &identity, say_set);
    snprintf(url, sizeof url, "https://127.0.0.1:%d/keys?secret=hush", server.port);
    w.given.location = url;
    w.given.ca_file = ca_file;
    w.options.clock = NULL;
    w.options.fetch = NULL; /* the real ones */
}

static void take_apart(void)
{
    tls_server_stop(&server);
    identity_reset(&identity);
    identity_reset(&ca);
    take_world_apart();
}

static int64_t now_ms(void)
{
    return clock_system.monotonic_ns(NULL) / 1000000;
}

START_TEST(a_rotation_is_taken_when_a_token_names_the_new_key)
{
    struct error err;
    struct keeper *keeper;
    ck_assert(keys_load(&w.options, NULL, &err));
    ck_assert(is_in_force(SET_RSA));
    ck_assert(keeper_start(&w.options, &keeper, &err));
    atomic_store(&served, SET_EC);
    key_slot_report_unknown(w.slot);
    for (int64_t end = now_ms() + DEADLINE_MS; !has_keys_of(SET_EC); poll(NULL, 0, 2))
        ck_assert_msg(now_ms() < end, "%s", what_was_said());
    ck_assert(has_keys_of(SET_RSA)); /* for the overlap */
    keeper_reload(keeper);
    for (int64_t end = now_ms() + DEADLINE_MS; atomic_load(&not_modified) == 0; poll(NULL, 0, 2))
        ck_assert_msg(now_ms() < end, "the second time the same was fetched, not asked for by its tag");
    keeper_stop(&keeper);
    ck_assert_uint_eq(keys_in_force(), 2);
}
END_TEST

START_TEST(a_server_that_others_vouch_for_gives_no_keys)
{
    struct error err;
    struct identity other = identity_make(NULL, "another CA", 3600);
    identity_write(&other, ca_file);
    ck_assert(keys_load(&w.options, NULL, &err));
    ck_assert_uint_eq(keys_in_force(), 0);
    const char *said = what_was_said();
    ck_assert_msg(strstr(said, "keys_unreachable") != NULL && strstr(said, "hush") == NULL, "%s", said);
    identity_reset(&other);
}
END_TEST

START_TEST(a_server_that_never_answers_does_not_hold_up_the_end)
{
    struct error err;
    struct keeper *keeper;
    atomic_store(&served, NULL);
    ck_assert(keeper_start(&w.options, &keeper, &err));
    for (int64_t end = now_ms() + DEADLINE_MS; atomic_load(&server.served) == 0; poll(NULL, 0, 2))
        ck_assert_msg(now_ms() < end, "%s", what_was_said());
    int64_t before = now_ms();
    keeper_stop(&keeper);
    ck_assert_int_lt(now_ms() - before, URL_TIMEOUT_MS / 2);
    ck_assert_str_eq(what_was_said(), "");
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("keys/https");
    TCase *c = tcase_create("https");
    tcase_set_timeout(c, 180);
    tcase_add_checked_fixture(c, build, take_apart);
    tcase_add_test(c, a_rotation_is_taken_when_a_token_names_the_new_key);
    tcase_add_test(c, a_server_that_others_vouch_for_gives_no_keys);
    tcase_add_test(c, a_server_that_never_answers_does_not_hold_up_the_end);
    suite_add_tcase(s, c);
    return s;
}
