/* SPDX-License-Identifier: Apache-2.0 */
/* One GET by libcurl's easy interface, and the only file that speaks it. What a fetch holds to is the table
 * `rules`; what arrives is judged as it comes, so that a wrong answer costs no more than its head. Awkward:
 * libcurl's own error text is the best there is for TLS, but for proxies it quotes the environment variable
 * with its password: it is passed on for TLS alone, and all other failures are put into our words. */
#include <assert.h>
#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "fetch/ca_file.h"
#include "fetch/fetch.h"
#include "fetch/head.h"

#define HTTPS          "https://"
#define SHOWN_URL_MAX  120
#define REASON_MAX     200
#define FIRST_CAPACITY 16384
/* What libcurl 8.6 and later say of a header line that is too long, which is the peer's doing
 * (CURLE_TOO_LARGE); older ones say CURLE_OUT_OF_MEMORY. */
#define SINCE_8_6_TOO_LARGE 100

/* Why we ended a transfer that libcurl would have gone on with. */
enum our_end {
    END_NOT_OURS,
    END_HEAD_LARGE,
    END_BODY_LARGE,
    END_STATUS,
    END_CODED,
    END_UNFRAMED,
    END_NO_MEMORY
};

struct transfer {
    const struct fetch_options *options;
    CURL *easy;
    CURLU *url;
    struct curl_slist *headers;
    bool asks_for_change; /* an etag was sent */
    struct head head;
    char *data;
    size_t size;
    size_t capacity;
    enum our_end end;
    struct error no_memory;
    char curl_text[CURL_ERROR_SIZE];
    char shown_url[SHOWN_URL_MAX + 1];
};

/* Options of the form "number": each holds for every fetch. */
static const struct {
    CURLoption option;
    long value;
} rules[] = {
    {CURLOPT_SSL_VERIFYPEER, 1L},
    {CURLOPT_SSL_VERIFYHOST, 2L},
    {CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
    {CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1},
    {CURLOPT_HTTP09_ALLOWED, 0L},
    {CURLOPT_FOLLOWLOCATION, 0L},
    {CURLOPT_NETRC, CURL_NETRC_IGNORED},
    {CURLOPT_NOSIGNAL, 1L},
    {CURLOPT_QUICK_EXIT, 1L}, /* else the end waits for a name look-up that hangs, past every time-out */
    {CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L}, /* a proxy's head is not the document's */
    {CURLOPT_NOPROGRESS, 0L},               /* has still_wanted called */
};

static CURLcode library_state = CURLE_FAILED_INIT;

static void open_library(void)
{
    library_state = curl_global_init(CURL_GLOBAL_DEFAULT);
}

static bool stop_taking(struct transfer *t, enum our_end end)
{
    t->end = end;
    return false;
}

static bool status_is_answer(const struct transfer *t)
{
    return t->head.status == 200 || (t->head.status == 304 && t->asks_for_change);
}

/* The head as a whole; that of a 1xx answer is followed by another. A document that ends where the connection
 * does is refused: libcurl takes a connection cut by anyone on the way for such an end. */
static bool judge_head(struct transfer *t)
{
    if (t->head.status >= 100 && t->head.status < 200)
        return true;
    if (!status_is_answer(t))
        return stop_taking(t, END_STATUS);
    if (t->head.status == 304)
        return true;
    if (t->head.is_coded)
        return stop_taking(t, END_CODED);
    if (!t->head.is_chunked && !t->head.has_length)
        return stop_taking(t, END_UNFRAMED);
    if (!t->head.is_chunked && t->head.length > t->options->max_bytes)
        return stop_taking(t, END_BODY_LARGE);
    return true;
}

static bool take_line(struct transfer *t, struct text line)
{
    bool was_over = t->head.is_over;
    if (!head_take_line(&t->head, line))
        return stop_taking(t, END_HEAD_LARGE);
    return t->head.is_over && !was_over ? judge_head(t) : true;
}

/* Room for SIZE bytes and a NUL; never much more than max_bytes. */
static bool reserve(struct transfer *t, size_t size)
{
    size_t most = t->options->max_bytes, wanted = t->capacity > 0 ? t->capacity : FIRST_CAPACITY;
    if (t->data != NULL && size < t->capacity)
        return true;
    while (wanted <= size)
        wanted = wanted > most / 2 ? most + 1 : wanted * 2;
    char *grown = memory_grow(t->data, wanted, &t->no_memory);
    if (grown == NULL)
        return stop_taking(t, END_NO_MEMORY);
    t->data = grown;
    t->capacity = wanted;
    return true;
}

static bool take_bytes(struct transfer *t, struct text bytes)
{
    if (bytes.size > t->options->max_bytes - t->size)
        return stop_taking(t, END_BODY_LARGE);
    if (!reserve(t, t->size + bytes.size))
        return false;
    memcpy(t->data + t->size, bytes.data, bytes.size);
    t->size += bytes.size;
    return true;
}

/* libcurl's callbacks. */

static size_t on_header(char *bytes, size_t one, size_t size, void *context)
{
    (void)one; /* always 1 */
    return take_line(context, text_slice(bytes, size)) ? size : CURL_WRITEFUNC_ERROR;
}

static size_t on_body(char *bytes, size_t one, size_t size, void *context)
{
    (void)one;
    return take_bytes(context, text_slice(bytes, size)) ? size : CURL_WRITEFUNC_ERROR;
}

static bool is_stopped(const struct transfer *t)
{
    return t->options->stop != NULL && atomic_load(t->options->stop);
}

/* Called at least once a second, whatever the peer does. */
static int still_wanted(void *context, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
                        curl_off_t up)
{
    (void)down_total;
    (void)down;
    (void)up_total;
    (void)up;
    return is_stopped(context) ? 1 : 0;
}

/* The URL: parsed once, by the parser that also fetches it. */

static bool set_shown_url(struct transfer *t)
{
    char *whole = NULL;
    CURLU *bare = curl_url_dup(t->url);
    bool worked = bare != NULL && curl_url_set(bare, CURLUPART_QUERY, NULL, 0) == CURLUE_OK &&
                  curl_url_set(bare, CURLUPART_FRAGMENT, NULL, 0) == CURLUE_OK &&
                  curl_url_get(bare, CURLUPART_URL, &whole, 0) == CURLUE_OK;
    if (worked)
        snprintf(t->shown_url, sizeof t->shown_url, "%s", whole);
    curl_free(whole);
    curl_url_cleanup(bare);
    return worked;
}

static bool url_is_https(CURLU *url)
{
    char *scheme = NULL;
    bool is_https =
        curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK && strcmp(scheme, "https") == 0;
    curl_free(scheme);
    return is_https;
}

static bool no_memory(struct error *err)
{
    return error_set(err, ERROR_NO_MEMORY, "no memory for libcurl");
}

/* The errors of this function do not show the URL, as it may hold a password. */
static bool read_url(struct transfer *t, struct error *err)
{
    const char *url = t->options->url;
    if (strlen(url) > FETCH_URL_MAX)
        return error_set(err, ERROR_FETCH, "a URL of more than %d bytes is not fetched", FETCH_URL_MAX);
    if (strncmp(url, HTTPS "/", sizeof HTTPS) == 0) /* libcurl would take the first folder for the host */
        return error_set(err, ERROR_FETCH, "the URL names no host; give one like https://host/path");
    t->url = curl_url();
    if (t->url == NULL)
        return no_memory(err);
    CURLUcode code = curl_url_set(t->url, CURLUPART_URL, url, CURLU_DISALLOW_USER);
    if (code == CURLUE_OUT_OF_MEMORY)
        return no_memory(err);
    if (code == CURLUE_USER_NOT_ALLOWED)
        return error_set(
            err, ERROR_FETCH,
            "the URL holds a user name or a password, and fetches bear no credentials; leave them out");
    if (code != CURLUE_OK)
        return error_set(err, ERROR_FETCH, "the URL cannot be read (%s); give one like https://host/path",
                         curl_url_strerror(code));
    if (!url_is_https(t->url))
        return error_set(err, ERROR_FETCH, "the URL is not an https one, and nothing else is fetched");
    return set_shown_url(t) || no_memory(err);
}

/* How the transfer is set up. */

static bool set_headers(struct transfer *t)
{
    char line[sizeof "If-None-Match: " + FETCH_ETAG_MAX];
    struct text etag = text_of(t->options->etag);
    if (!head_is_entity_tag(etag))
        return true;
    snprintf(line, sizeof line, "If-None-Match: %.*s", TEXT_ARG(etag));
    t->headers = curl_slist_append(NULL, line);
    t->asks_for_change = true;
    return t->headers != NULL && curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers) == CURLE_OK;
}

static CURLcode set_rules(CURL *easy)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        CURLcode code = curl_easy_setopt(easy, rules[i].option, rules[i].value);
        if (code != CURLE_OK)
            return code;
    }
    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https");
}

/* A CA file is the only trust: the system's folder of CAs is then left out. */
static CURLcode set_trust(CURL *easy, const char *ca_file)
{
    if (ca_file == NULL)
        return CURLE_OK;
    CURLcode code = curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file);
    return code != CURLE_OK ? code : curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
}

static bool set_callbacks(struct transfer *t)
{
    return curl_easy_setopt(t->easy, CURLOPT_HEADERFUNCTION, on_header) == CURLE_OK &&
           curl_easy_setopt(t->easy, CURLOPT_HEADERDATA, t) == CURLE_OK &&
           curl_easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK &&
           curl_easy_setopt(t->easy, CURLOPT_WRITEDATA, t) == CURLE_OK &&
           curl_easy_setopt(t->easy, CURLOPT_XFERINFOFUNCTION, still_wanted) == CURLE_OK &&
           curl_easy_setopt(t->easy, CURLOPT_XFERINFODATA, t) == CURLE_OK &&
           curl_easy_setopt(t->easy, CURLOPT_ERRORBUFFER, t->curl_text) == CURLE_OK;
}

static bool set_up(struct transfer *t, struct error *err)
{
    t->easy = curl_easy_init();
    if (t->easy == NULL)
        return no_memory(err);
    CURLcode code = set_rules(t->easy);
    if (code == CURLE_OK)
        code = set_trust(t->easy, t->options->ca_file);
    if (code != CURLE_OK && code != CURLE_OUT_OF_MEMORY)
        return error_set(err, ERROR_FETCH, "libcurl %s cannot fetch as it must (%s)", curl_version(),
                         curl_easy_strerror(code));
    bool is_set = code == CURLE_OK && set_headers(t) && set_callbacks(t) &&
                  curl_easy_setopt(t->easy, CURLOPT_CURLU, t->url) == CURLE_OK &&
                  curl_easy_setopt(t->easy, CURLOPT_USERAGENT, "userstats/" USERSTATS_VERSION) == CURLE_OK &&
                  curl_easy_setopt(t->easy, CURLOPT_TIMEOUT_MS, (long)t->options->timeout_ms) == CURLE_OK;
    return is_set || no_memory(err);
}

/* What went wrong, in words. */

static void say_status(const struct transfer *t, char *out)
{
    int status = t->head.status;
    if (status >= 300 && status < 400 && status != 304)
        snprintf(out, REASON_MAX, "status %d; redirects are not followed: configure the final URL", status);
    else
        snprintf(out, REASON_MAX, "status %d, where 200 is wanted", status);
}

static void say_our_end(const struct transfer *t, char *out)
{
    if (t->end == END_STATUS)
        say_status(t, out);
    else if (t->end == END_HEAD_LARGE)
        snprintf(out, REASON_MAX, "the answer's headers are larger than %d bytes", FETCH_HEAD_MAX);
    else if (t->end == END_BODY_LARGE)
        snprintf(out, REASON_MAX, "the document is larger than %zu bytes", t->options->max_bytes);
    else if (t->end == END_UNFRAMED)
        snprintf(out, REASON_MAX,
                 "the answer does not say where it ends; have it served with a Content-Length or chunked");
    else
        snprintf(out, REASON_MAX,
                 "the answer has a content coding that was not asked for; have it served without");
}

static void say_connection(const struct transfer *t, char *out)
{
    long proxy_status = 0, os_error = 0;
    curl_easy_getinfo(t->easy, CURLINFO_HTTP_CONNECTCODE, &proxy_status);
    curl_easy_getinfo(t->easy, CURLINFO_OS_ERRNO, &os_error);
    if (proxy_status >= 300)
        snprintf(out, REASON_MAX, "the proxy answers CONNECT with status %ld; see https_proxy and no_proxy",
                 proxy_status);
    else
        snprintf(out, REASON_MAX, "no connection to the server (or its proxy)%s%s", os_error == 0 ? "" : ": ",
                 os_error == 0 ? "" : strerror((int)os_error));
}

/* A name that does not match is found by libcurl itself, after OpenSSL has found no fault (its result is then
 * 0, X509_V_OK, or still 1, X509_V_ERR_UNSPECIFIED). */
static void say_certificate(const struct transfer *t, char *out)
{
    long result = 0;
    curl_easy_getinfo(t->easy, CURLINFO_SSL_VERIFYRESULT, &result);
    snprintf(out, REASON_MAX, "the server's certificate is %s (%.110s)",
             result > 1 ? "not trusted" : "for another name", t->curl_text);
}

static void say_curl_end(const struct transfer *t, CURLcode code, char *out)
{
    const char *words = NULL;
    long proxy_status = 0;
    curl_easy_getinfo(t->easy, CURLINFO_HTTP_CONNECTCODE, &proxy_status);
    if (code == CURLE_OPERATION_TIMEDOUT)
        snprintf(out, REASON_MAX, "timed out after %lld ms, %s", (long long)t->options->timeout_ms,
                 t->head.is_over ? "in the middle of the document" : "before an answer");
    else if (code == CURLE_PEER_FAILED_VERIFICATION)
        say_certificate(t, out);
    else if (code == CURLE_SSL_CACERT_BADFILE)
        snprintf(out, REASON_MAX, "the CA file %.120s cannot be read as PEM certificates",
                 t->options->ca_file == NULL ? "of the system" : t->options->ca_file);
    else if (code == CURLE_SSL_CONNECT_ERROR)
        snprintf(out, REASON_MAX, "no TLS with the server (%.110s); TLS 1.2 is the least", t->curl_text);
    else if (code == CURLE_COULDNT_CONNECT || proxy_status >= 300)
        say_connection(t, out);
    else if (code == CURLE_COULDNT_RESOLVE_HOST)
        words = "the host's name cannot be resolved";
    else if (code == CURLE_COULDNT_RESOLVE_PROXY)
        words = "the proxy's name cannot be resolved; see https_proxy and no_proxy";
    else if (code == CURLE_PARTIAL_FILE || code == CURLE_RECV_ERROR || code == CURLE_GOT_NOTHING)
        words = "the server ended the connection before the answer was whole";
    else if (code == CURLE_OUT_OF_MEMORY || (int)code == SINCE_8_6_TOO_LARGE)
        words = "a header line is too long for libcurl, or memory is short";
    else if (code == CURLE_ABORTED_BY_CALLBACK)
        words = "given up, as the process stops";
    else
        words = curl_easy_strerror(code);
    if (words != NULL)
        snprintf(out, REASON_MAX, "%s", words);
}

static bool explain(const struct transfer *t, CURLcode code, struct error *err)
{
    char reason[REASON_MAX];
    if (t->end == END_NO_MEMORY) {
        *err = t->no_memory;
        return false;
    }
    if (t->end != END_NOT_OURS)
        say_our_end(t, reason);
    else
        say_curl_end(t, code, reason);
    bool came = t->end == END_BODY_LARGE || t->end == END_CODED || t->end == END_UNFRAMED;
    return error_set(err, came ? ERROR_FETCH_DOCUMENT : ERROR_FETCH, "%s: %s", t->shown_url, reason);
}

/* One fetch, from the options to what came. */

static bool hand_over(struct transfer *t, struct fetched *out, struct error *err)
{
    bool unchanged = t->head.status == 304;
    if (!unchanged && !reserve(t, t->size)) {
        *err = t->no_memory;
        return false;
    }
    *out = (struct fetched){.unchanged = unchanged, .fresh_s = cache_control_fresh_s(&t->head.cache)};
    memcpy(out->etag, t->head.etag, sizeof out->etag);
    if (unchanged)
        return true;
    out->data = t->data;
    out->size = t->size;
    out->data[out->size] = '\0';
    t->data = NULL;
    return true;
}

static bool run(struct transfer *t, struct fetched *out, struct error *err)
{
    if (!read_url(t, err) || !set_up(t, err))
        return false;
    CURLcode code = curl_easy_perform(t->easy);
    if (code != CURLE_OK || t->end != END_NOT_OURS || !status_is_answer(t))
        return explain(t, code, err);
    return hand_over(t, out, err);
}

static void take_apart(struct transfer *t)
{
    curl_easy_cleanup(t->easy);
    curl_slist_free_all(t->headers);
    curl_url_cleanup(t->url);
    memory_free(t->data);
}

bool fetch_is_https(const char *location)
{
    return strncmp(location, HTTPS, sizeof HTTPS - 1) == 0;
}

static bool require_library(struct error *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, open_library);
    return library_state == CURLE_OK ||
           error_set(err, ERROR_FETCH, "libcurl cannot be set up (%s)", curl_easy_strerror(library_state));
}

bool fetch_check(const struct fetch_options *options, struct error *err)
{
    struct transfer t = {.options = options};
    if (!require_library(err))
        return false;
    bool is_good = read_url(&t, err) && (options->ca_file == NULL || ca_file_check(options->ca_file, err));
    take_apart(&t);
    return is_good;
}

bool fetch_https(const struct fetch_options *options, struct fetched *out, struct error *err)
{
    struct transfer t = {.options = options};
    assert(options->max_bytes > 0 && options->max_bytes < SIZE_MAX);
    assert(options->timeout_ms > 0 && options->timeout_ms <= INT32_MAX);
    if (!require_library(err))
        return false;
    bool worked = run(&t, out, err);
    take_apart(&t);
    return worked;
}
