/* SPDX-License-Identifier: Apache-2.0 */
/* Fetches from a real HTTPS server on this machine that behaves well, badly, or not at all. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "fetch/fetch.h"
#include "fetch/tls_server.h"
#include "support/run.h"
#include "support/torture.h"

#define GENEROUS_MS 60000
#define SHORT_MS    1000
#define MAX_BYTES   100000
#define OK_200      "HTTP/1.1 200 OK\r\n"
#define CLOSES      "Connection: close\r\n"
#define DOCUMENT    "{\"keys\":[]}"

enum who { GOOD, OTHER_NAME, EXPIRED, FOREIGN, PLAIN_TEXT };

static struct identity ca, identities[PLAIN_TEXT];
static char folder[32];
static char ca_file[64];

static void make_world(void)
{
    snprintf(folder, sizeof folder, "/tmp/test_https.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(ca_file, sizeof ca_file, "%s/ca.pem", folder);
    ca = identity_make(NULL, "test CA", 3600);
    identity_write(&ca, ca_file);
    struct identity foreign_ca = identity_make(NULL, "foreign CA", 3600);
    identities[GOOD] = identity_make(&ca, "IP:127.0.0.1", 3600);
    identities[OTHER_NAME] = identity_make(&ca, "DNS:other.example", 3600);
    identities[EXPIRED] = identity_make(&ca, "IP:127.0.0.1", -3600);
    identities[FOREIGN] = identity_make(&foreign_ca, "IP:127.0.0.1", 3600);
    identity_reset(&foreign_ca);
}

static void unmake_world(void)
{
    for (size_t i = 0; i < PLAIN_TEXT; i++)
        identity_reset(&identities[i]);
    identity_reset(&ca);
    ck_assert_int_eq(unlink(ca_file), 0);
    ck_assert_int_eq(rmdir(folder), 0);
}

static void forget_proxies(void)
{
    static const char *const names[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unsetenv(names[i]);
}

/* A running server, and the options of a fetch from it. */
struct world {
    struct tls_server server;
    struct fetch_options options;
    char url[256];
};

static void start(struct world *w, enum who who, behaviour *answer)
{
    tls_server_start(&w->server, who == PLAIN_TEXT ? NULL : &identities[who], answer);
    snprintf(w->url, sizeof w->url, "https://127.0.0.1:%d/keys?secret=hush#part", w->server.port);
    w->options = (struct fetch_options){
        .url = w->url, .ca_file = ca_file, .max_bytes = MAX_BYTES, .timeout_ms = GENEROUS_MS};
}

static void stop(struct world *w)
{
    tls_server_stop(&w->server);
}

static void fetch(struct world *w, struct fetched *out)
{
    struct error err = {.code = ERROR_NONE};
    ck_assert_msg(fetch_https(&w->options, out, &err), "%s", err.detail);
}

/* Whether a failure that says WORDS is one of what came, and not of getting it. */
static bool is_of_document(const char *words)
{
    static const char *const all[] = {"document is larger", "does not say where it ends", "content coding"};
    bool is = false;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        is = is || strstr(words, all[i]) != NULL;
    return is;
}

/* Fails, and leaves *out as it was. */
static void fail_to_fetch(struct world *w, const char *words)
{
    struct fetched out, before;
    struct error err = {.code = ERROR_NONE};
    memset(&out, 0x5a, sizeof out);
    memcpy(&before, &out, sizeof before);
    ck_assert_msg(!fetch_https(&w->options, &out, &err), "fetched all the same, not: %s", words);
    ck_assert_int_eq(err.code, is_of_document(words) ? ERROR_FETCH_DOCUMENT : ERROR_FETCH);
    ck_assert_msg(strstr(err.detail, words) != NULL, "'%s' does not say '%s'", err.detail, words);
    ck_assert_msg(strstr(err.detail, "hush") == NULL, "%s", err.detail);
    ck_assert(memcmp(&out, &before, sizeof out) == 0);
}

/* Behaviours */

static void wait_for_the_end(struct peer *peer)
{
    peer_is_gone_within(peer, GENEROUS_MS);
}

static void say_document(struct peer *peer)
{
    peer_say(peer, OK_200 "ETag: \"v1\"\r\nCache-Control: public, max-age=600\r\nAge: 100\r\n"
                          "Content-Length: 11\r\n\r\n" DOCUMENT);
}

static void say_document_or_304(struct peer *peer)
{
    if (strstr(peer->request, "\r\nIf-None-Match: \"v1\"\r\n") == NULL)
        say_document(peer);
    else
        peer_say(peer, "HTTP/1.1 304 Not Modified\r\nETag: \"v1\"\r\nCache-Control: no-cache\r\n\r\n");
}

static void say_chunks(struct peer *peer)
{
    peer_say(peer, "HTTP/1.1 103 Early Hints\r\nETag: \"early\"\r\n\r\n" OK_200
                   "Transfer-Encoding: chunked\r\nTrailer: ETag\r\n\r\n3\r\n{\"k\r\n");
    peer_say(peer, "8\r\neys\":[]}\r\n0\r\nETag: \"late\"\r\n\r\n");
}

static void say_nothing_of_a_document(struct peer *peer)
{
    peer_say(peer, OK_200 "Content-Length: 0\r\n\r\n");
}

static void say_until_close(struct peer *peer)
{
    peer_say(peer, OK_200 CLOSES "\r\n" DOCUMENT);
    SSL_shutdown(peer->ssl);
}

static void say_a_length_past_all_numbers(struct peer *peer)
{
    peer_say(peer, OK_200 CLOSES "Content-Length: 99999999999999999999\r\n\r\n" DOCUMENT);
    SSL_shutdown(peer->ssl);
}

static void say_gzip_chunks(struct peer *peer)
{
    peer_say(peer, OK_200 "Transfer-Encoding: gzip, chunked\r\n\r\nb\r\n" DOCUMENT "\r\n0\r\n\r\n");
}

static void cut_without_close_notify(struct peer *peer)
{
    peer_say(peer, OK_200 "Content-Length: 12\r\n\r\n" DOCUMENT);
}

static void say_less_than_promised(struct peer *peer)
{
    peer_say(peer, OK_200 "Content-Length: 12\r\n\r\n" DOCUMENT);
    SSL_shutdown(peer->ssl);
}

static void say_no_last_chunk(struct peer *peer)
{
    peer_say(peer, OK_200 "Transfer-Encoding: chunked\r\n\r\nb\r\n" DOCUMENT "\r\n");
    SSL_shutdown(peer->ssl);
}

static void hang_up(struct peer *peer)
{
    if (peer->ssl != NULL)
        SSL_shutdown(peer->ssl);
}

static void drip(struct peer *peer)
{
    peer_say(peer, OK_200 "Content-Length: 100000\r\n\r\n");
    while (peer_say(peer, "x") && !peer_is_gone_within(peer, 10))
        continue;
}

static void drip_the_head(struct peer *peer)
{
    peer_say(peer, OK_200 "X-Long: ");
    while (peer_say(peer, "x") && !peer_is_gone_within(peer, 10))
        continue;
}

static void flood(struct peer *peer)
{
    static char block[16384];
    memset(block, 'x', sizeof block);
    while (peer_send(peer, block, sizeof block))
        continue;
}

static void flood_until_close(struct peer *peer)
{
    peer_say(peer, OK_200 CLOSES "\r\n");
    flood(peer);
}

static void flood_with_a_length(struct peer *peer)
{
    peer_say(peer, OK_200 "Content-Length: 9000000000\r\n\r\n");
    flood(peer);
}

static void flood_in_one_chunk(struct peer *peer)
{
    peer_say(peer, OK_200 "Transfer-Encoding: chunked\r\n\r\nffffffff\r\n");
    flood(peer);
}

static void flood_headers(struct peer *peer)
{
    peer_say(peer, OK_200);
    while (peer_say(peer, "X-More: and more and more and more and more and more\r\n"))
        continue;
}

static void flood_early_hints(struct peer *peer)
{
    while (peer_say(peer, "HTTP/1.1 103 Early Hints\r\n\r\n"))
        continue;
}

static void flood_trailers(struct peer *peer)
{
    peer_say(peer, OK_200 "Transfer-Encoding: chunked\r\n\r\nb\r\n" DOCUMENT "\r\n0\r\n");
    while (peer_say(peer, "X-More: and more and more and more and more and more\r\n"))
        continue;
}

static void flood_one_header(struct peer *peer)
{
    peer_say(peer, OK_200 "X-Long: ");
    flood(peer);
}

static void say_gzip(struct peer *peer)
{
    peer_say(peer, OK_200 "Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08");
}

static void redirect(struct peer *peer)
{
    peer_say(peer, "HTTP/1.1 302 Found\r\nLocation: /elsewhere?hush\r\nContent-Length: 0\r\n\r\n");
}

static void say_404(struct peer *peer)
{
    peer_say(peer, "HTTP/1.1 404 Not Found\r\nContent-Length: 9000000000\r\n\r\n");
    flood(peer);
}

static void say_500(struct peer *peer)
{
    peer_say(peer, "HTTP/1.1 500 Oops\r\nContent-Length: 11\r\n\r\n" DOCUMENT);
}

static void say_206(struct peer *peer)
{
    peer_say(peer, "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-10/20\r\nContent-Length: "
                   "11\r\n\r\n" DOCUMENT);
}

static void say_304(struct peer *peer)
{
    peer_say(peer, "HTTP/1.1 304 Not Modified\r\n\r\n");
}

static void say_no_http(struct peer *peer)
{
    peer_say(peer, DOCUMENT);
    hang_up(peer);
}

/* Accepts */

START_TEST(a_document_with_what_the_server_says_of_it)
{
    struct world w;
    struct fetched out;
    start(&w, GOOD, say_document);
    fetch(&w, &out);
    stop(&w);
    ck_assert(!out.unchanged);
    ck_assert_uint_eq(out.size, strlen(DOCUMENT));
    ck_assert_str_eq(out.data, DOCUMENT);
    ck_assert_str_eq(out.etag, "\"v1\"");
    ck_assert_int_eq(out.fresh_s, 500);
    memory_free(out.data);
}
END_TEST

START_TEST(the_request_says_no_more_than_it_must)
{
    static const char *const absent[] = {
        "Accept-Encoding:", "Cookie:", "Authorization:", "If-None-Match:", "#part"};
    char host[64];
    struct world w;
    struct fetched out;
    start(&w, GOOD, say_document);
    fetch(&w, &out);
    stop(&w);
    memory_free(out.data);
    snprintf(host, sizeof host, "\r\nHost: 127.0.0.1:%d\r\n", w.server.port);
    const char *request = w.server.request;
    ck_assert_msg(strncmp(request, "GET /keys?secret=hush HTTP/1.1\r\n", 32) == 0, "%s", request);
    ck_assert_ptr_nonnull(strstr(request, host));
    ck_assert_ptr_nonnull(strstr(request, "\r\nUser-Agent: userstats/"));
    for (size_t i = 0; i < sizeof absent / sizeof *absent; i++)
        ck_assert_msg(strcasestr(request, absent[i]) == NULL, "%s", request);
}
END_TEST

START_TEST(an_etag_that_is_current_is_unchanged)
{
    struct world w;
    struct fetched out;
    start(&w, GOOD, say_document_or_304);
    w.options.etag = "\"v1\"";
    fetch(&w, &out);
    ck_assert(out.unchanged);
    ck_assert_ptr_null(out.data);
    ck_assert_uint_eq(out.size, 0);
    ck_assert_str_eq(out.etag, "\"v1\"");
    ck_assert_int_eq(out.fresh_s, 0);
    w.options.etag = "\"v0\"";
    fetch(&w, &out);
    ck_assert(!out.unchanged);
    ck_assert_str_eq(out.data, DOCUMENT);
    memory_free(out.data);
    stop(&w);
    ck_assert_ptr_nonnull(strstr(w.server.request, "\r\nIf-None-Match: \"v0\"\r\n"));
}
END_TEST

START_TEST(an_etag_that_is_none_is_not_sent)
{
    static const char *const tags[] = {"", "v1", "\"v1\"\r\nX-Planted: 1"};
    struct world w;
    struct fetched out;
    start(&w, GOOD, say_document_or_304);
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
        w.options.etag = tags[i];
        fetch(&w, &out);
        ck_assert(!out.unchanged);
        memory_free(out.data);
    }
    stop(&w);
    ck_assert_int_eq(atomic_load(&w.server.served), 3);
    ck_assert_ptr_null(strstr(w.server.request, "If-None-Match"));
    ck_assert_ptr_null(strstr(w.server.request, "X-Planted"));
}
END_TEST

static const struct {
    behaviour *answer;
    const char *document;
} framings[] = {{say_chunks, DOCUMENT}, {say_nothing_of_a_document, ""}};

START_TEST(a_document_however_it_is_framed)
{
    struct world w;
    struct fetched out;
    start(&w, GOOD, framings[_i].answer);
    fetch(&w, &out);
    stop(&w);
    ck_assert(!out.unchanged);
    ck_assert_str_eq(out.data, framings[_i].document);
    ck_assert_uint_eq(out.size, strlen(framings[_i].document));
    ck_assert_str_eq(out.etag, "");
    ck_assert_int_eq(out.fresh_s, -1);
    memory_free(out.data);
}
END_TEST

#define LARGE 100000

static void say_large(struct peer *peer)
{
    static char body[LARGE];
    memset(body, 'x', sizeof body);
    peer_say(peer, OK_200 "Content-Length: 100000\r\n\r\n");
    peer_send(peer, body, sizeof body);
}

START_TEST(the_limit_is_exact)
{
    struct world w;
    struct fetched out;
    start(&w, GOOD, say_large);
    w.options.max_bytes = LARGE;
    fetch(&w, &out);
    ck_assert_uint_eq(out.size, LARGE);
    ck_assert_uint_eq(strlen(out.data), LARGE);
    memory_free(out.data);
    w.options.max_bytes = LARGE - 1;
    fail_to_fetch(&w, "/keys: the document is larger than 99999 bytes");
    stop(&w);
}
END_TEST

/* Refuses */

static const struct {
    const char *words;
    behaviour *answer;
    enum who who;
    int64_t timeout_ms; /* 0: GENEROUS_MS */
} refusals[] = {
    {"/keys: status 302; redirects are not followed: configure the final URL", redirect, GOOD, 0},
    {"/keys: status 404, where 200 is wanted", say_404, GOOD, 0},
    {"/keys: status 500", say_500, GOOD, 0},
    {"/keys: status 206", say_206, GOOD, 0},
    {"/keys: status 304", say_304, GOOD, 0},
    {"the document is larger than 100000 bytes", flood_with_a_length, GOOD, 0},
    {"does not say where it ends", flood_until_close, GOOD, 0},
    {"the document is larger than 100000 bytes", flood_in_one_chunk, GOOD, 0},
    {"headers are larger than 32768 bytes", flood_headers, GOOD, 0},
    {"headers are larger than 32768 bytes", flood_early_hints, GOOD, 0},
    {"headers are larger than 32768 bytes", flood_trailers, GOOD, 0},
    {"a header line is too long", flood_one_header, GOOD, 0}, /* (libcurl's own limit, its own words) */
    {"content coding that was not asked for", say_gzip, GOOD, 0},
    {"content coding that was not asked for", say_gzip_chunks, GOOD, 0},
    {"before the answer was whole", say_less_than_promised, GOOD, 0},
    {"before the answer was whole", say_no_last_chunk, GOOD, 0},
    {"before the answer was whole", cut_without_close_notify, GOOD, 0},
    {"does not say where it ends", say_until_close, GOOD, 0},
    {"does not say where it ends", say_a_length_past_all_numbers, GOOD, 0},
    {"before the answer was whole", hang_up, GOOD, 0},
    {"/keys: ", say_no_http, GOOD, 0},
    {"timed out after 1000 ms, before an answer", wait_for_the_end, GOOD, SHORT_MS},
    {"timed out after 1000 ms, before an answer", drip_the_head, GOOD, SHORT_MS},
    {"timed out after 1000 ms, in the middle of the document", drip, GOOD, SHORT_MS},
    {"certificate is not trusted (SSL certificate problem: ", say_document, FOREIGN, 0},
    {"certificate has expired", say_document, EXPIRED, 0},
    {"certificate is for another name (", say_document, OTHER_NAME, 0},
};

START_TEST(refuses)
{
    struct world w;
    start(&w, refusals[_i].who, refusals[_i].answer);
    if (refusals[_i].timeout_ms > 0)
        w.options.timeout_ms = refusals[_i].timeout_ms;
    fail_to_fetch(&w, refusals[_i].words);
    stop(&w);
    if (refusals[_i].who != GOOD) /* what is wrong with the server is found before it is asked anything */
        ck_assert_int_eq(atomic_load(&w.server.served), 0);
}
END_TEST

START_TEST(plain_text_is_no_tls)
{
    struct world w;
    start(&w, PLAIN_TEXT, hang_up);
    w.server.greeting = "220 no TLS here\r\n";
    fail_to_fetch(&w, "/keys: no TLS with the server (");
    stop(&w);
}
END_TEST

START_TEST(nobody_listens)
{
    struct world w;
    start(&w, GOOD, say_document);
    stop(&w);
    fail_to_fetch(&w, "/keys: no connection to the server (or its proxy): Connection refused");
}
END_TEST

START_TEST(the_system_does_not_know_our_ca)
{
    struct world w;
    start(&w, GOOD, say_document);
    w.options.ca_file = NULL;
    fail_to_fetch(&w, "certificate is not trusted");
    stop(&w);
}
END_TEST

START_TEST(a_ca_file_must_be_there)
{
    struct world w;
    start(&w, GOOD, say_document);
    w.options.ca_file = "/nowhere/ca.pem";
    fail_to_fetch(&w, "the CA file /nowhere/ca.pem cannot be read");
    stop(&w);
}
END_TEST

static const struct {
    const char *url;
    const char *words;
} urls[] = {
    {"http://127.0.0.1/hush", "not an https one"},
    {"file:///etc/passwd", "not an https one"},
    {"ftp://127.0.0.1/hush", "not an https one"},
    {"https://user:hush@127.0.0.1/", "a user name or a password"},
    {"https://hush@127.0.0.1/", "a user name or a password"},
    {"https:///", "the URL names no host"},
    {"https:///hush", "the URL names no host"},
    {"https://127.0.0.1:99999/hush", "the URL cannot be read"},
    {"https://127.0.0.1/hu sh", "the URL cannot be read"},
    {"https://127.0.0.1/\r\nX: hush", "the URL cannot be read"},
    {"127.0.0.1/hush", "the URL cannot be read"},
    {"keys.json", "the URL cannot be read"},
    {"", "the URL cannot be read"},
};

START_TEST(a_url_that_is_not_fetched)
{
    struct world w = {.options = {.url = urls[_i].url, .max_bytes = 1, .timeout_ms = GENEROUS_MS}};
    struct error err;
    fail_to_fetch(&w, urls[_i].words);
    ck_assert(!fetch_check(&w.options, &err)); /* is known before */
    ck_assert_int_eq(err.code, ERROR_FETCH);
    ck_assert_msg(strstr(err.detail, urls[_i].words) != NULL && strstr(err.detail, "hush") == NULL, "%s",
                  err.detail);
}
END_TEST

static void check_ca_file(const char *text, const char *says)
{
    char path[64];
    struct error err = {.detail = ""};
    const struct fetch_options options = {.url = "https://127.0.0.1:1/", .ca_file = path};
    snprintf(path, sizeof path, "%s/some.pem", folder);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
    bool good = fetch_check(&options, &err);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_msg(good == (says == NULL), "%s: %s", text, err.detail);
    ck_assert_msg(good || strstr(err.detail, says) != NULL, "%s", err.detail);
}

START_TEST(what_a_check_takes_and_refuses)
{
    static const char url[] = "https://issuer.test/keys?secret=hush";
    static const char none[] = "holds no certificate";
    struct error err;
    ck_assert(fetch_check(&(struct fetch_options){.url = url}, &err));
    ck_assert(fetch_check(&(struct fetch_options){.url = url, .ca_file = ca_file}, &err));
    ck_assert(!fetch_check(&(struct fetch_options){.url = url, .ca_file = "/nowhere/ca.pem"}, &err));
    ck_assert_msg(strstr(err.detail, "/nowhere/ca.pem cannot be read") != NULL, "%s", err.detail);
    ck_assert(!fetch_check(&(struct fetch_options){.url = url, .ca_file = folder}, &err));
    ck_assert_msg(strstr(err.detail, "is no plain file") != NULL, "%s", err.detail);
    check_ca_file("", none);
    check_ca_file("-----BEGIN CERTIFICATE-----\nAAAA\n", none);
    check_ca_file("-----END CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\n", none);
    check_ca_file("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", none);
    check_ca_file("words\n-----BEGIN TRUSTED CERTIFICATE-----\nAAAA\n-----END TRUSTED CERTIFICATE-----",
                  NULL);
}
END_TEST

START_TEST(what_is_https_and_what_is_a_path)
{
    ck_assert(fetch_is_https("https://") && fetch_is_https("https://issuer.test/keys"));
    ck_assert(!fetch_is_https("") && !fetch_is_https("https:/") && !fetch_is_https("HTTPS://issuer.test/") &&
              !fetch_is_https("http://issuer.test/") && !fetch_is_https("keys/https://x"));
}
END_TEST

START_TEST(a_url_too_long)
{
    static char url[FETCH_URL_MAX + 2] = "https://127.0.0.1/";
    struct world w = {.options = {.url = url, .max_bytes = 1, .timeout_ms = GENEROUS_MS}};
    memset(url + strlen(url), 'x', sizeof url - 1 - strlen(url));
    fail_to_fetch(&w, "a URL of more than 2048 bytes");
}
END_TEST

/* A proxy */

static void refuse_to_tunnel(struct peer *peer)
{
    peer_say(peer, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
}

START_TEST(a_proxy_of_the_environment_is_asked)
{
    struct world w;
    char proxy[64];
    start(&w, PLAIN_TEXT, refuse_to_tunnel);
    w.options.url = "https://keys.example/keys?secret=hush";
    snprintf(proxy, sizeof proxy, "http://me:hush@127.0.0.1:%d", w.server.port);
    setenv("https_proxy", proxy, 1);
    fail_to_fetch(&w, "https://keys.example/keys: the proxy answers CONNECT with status 403");
    stop(&w);
    ck_assert_ptr_nonnull(strstr(w.server.request, "CONNECT keys.example:443 HTTP/1.1\r\n"));
}
END_TEST

START_TEST(a_proxy_setting_is_not_quoted)
{
    static const char *const settings[] = {"http://me:hush@127.0.0.1:99999", "what://me:hush@127.0.0.1"};
    struct world w = {
        .options = {.url = "https://keys.example/keys", .max_bytes = 1, .timeout_ms = GENEROUS_MS}};
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        setenv("https_proxy", settings[i], 1);
        fail_to_fetch(&w, "proxy");
    }
}
END_TEST

/* Runs out */

static atomic_bool stopped;

static void set_stop(struct peer *peer)
{
    atomic_store(&stopped, true);
    wait_for_the_end(peer);
}

START_TEST(a_stop_ends_a_fetch)
{
    struct world w;
    start(&w, GOOD, set_stop);
    w.options.stop = &stopped;
    w.options.timeout_ms = 10 * GENEROUS_MS;
    int64_t began = clock_system.monotonic_ns(clock_system.context);
    fail_to_fetch(&w, "given up, as the process stops");
    ck_assert_int_lt(clock_system.monotonic_ns(clock_system.context) - began, INT64_C(1000000) * GENEROUS_MS);
    stop(&w);
    ck_assert_int_eq(atomic_load(&w.server.served), 1);
}
END_TEST

START_TEST(a_stop_set_before_asks_nobody)
{
    struct world w;
    start(&w, GOOD, say_document);
    atomic_store(&stopped, true);
    w.options.stop = &stopped;
    fail_to_fetch(&w, "given up, as the process stops");
    stop(&w);
    ck_assert_int_eq(atomic_load(&w.server.served), 0);
}
END_TEST

static bool fetch_and_free(void *context, struct error *err)
{
    struct fetched out;
    if (!fetch_https(context, &out, err))
        return false;
    memory_free(out.data);
    return true;
}

START_TEST(out_of_memory)
{
    struct world w;
    start(&w, GOOD, say_large);
    ck_assert_uint_ge(torture_allocations(fetch_and_free, &w.options), 2);
    stop(&w);
    start(&w, GOOD, say_nothing_of_a_document);
    ck_assert_uint_eq(torture_allocations(fetch_and_free, &w.options), 1);
    stop(&w);
}
END_TEST

static void *fetch_some(void *context)
{
    for (int i = 0; i < 5; i++) {
        struct error err = {.code = ERROR_NONE};
        ck_assert_msg(fetch_and_free(context, &err), "%s", err.detail);
    }
    return NULL;
}

START_TEST(fetches_run_beside_each_other)
{
    struct world w;
    pthread_t threads[4];
    start(&w, GOOD, say_document);
    for (size_t i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, fetch_some, &w.options), 0);
    for (size_t i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    stop(&w);
    ck_assert_int_eq(atomic_load(&w.server.served), 20);
}
END_TEST

static TCase *case_of(Suite *s, const char *name)
{
    TCase *c = tcase_create(name);
    tcase_set_timeout(c, 120);
    tcase_add_unchecked_fixture(c, make_world, unmake_world);
    tcase_add_checked_fixture(c, forget_proxies, NULL);
    suite_add_tcase(s, c);
    return c;
}

Suite *suite(void)
{
    Suite *s = suite_create("https");
    TCase *c = case_of(s, "accepts");
    tcase_add_test(c, a_document_with_what_the_server_says_of_it);
    tcase_add_test(c, the_request_says_no_more_than_it_must);
    tcase_add_test(c, an_etag_that_is_current_is_unchanged);
    tcase_add_test(c, an_etag_that_is_none_is_not_sent);
    tcase_add_loop_test(c, a_document_however_it_is_framed, 0, (int)(sizeof framings / sizeof *framings));
    tcase_add_test(c, the_limit_is_exact);
    c = case_of(s, "refuses");
    tcase_add_loop_test(c, refuses, 0, (int)(sizeof refusals / sizeof *refusals));
    tcase_add_test(c, plain_text_is_no_tls);
    tcase_add_test(c, nobody_listens);
    tcase_add_test(c, the_system_does_not_know_our_ca);
    tcase_add_test(c, a_ca_file_must_be_there);
    tcase_add_loop_test(c, a_url_that_is_not_fetched, 0, (int)(sizeof urls / sizeof *urls));
    tcase_add_test(c, a_url_too_long);
    tcase_add_test(c, what_a_check_takes_and_refuses);
    tcase_add_test(c, what_is_https_and_what_is_a_path);
    tcase_add_test(c, a_proxy_of_the_environment_is_asked);
    tcase_add_test(c, a_proxy_setting_is_not_quoted);
    c = case_of(s, "runs out");
    tcase_add_test(c, a_stop_ends_a_fetch);
    tcase_add_test(c, a_stop_set_before_asks_nobody);
    tcase_add_test(c, out_of_memory);
    tcase_add_test(c, fetches_run_beside_each_other);
    return s;
}
