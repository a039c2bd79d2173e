/* SPDX-License-Identifier: Apache-2.0 */
/* The only file that speaks libmicrohttpd: its daemons, its callbacks, its peculiarities. Awkward:
 *
 * Connections are accepted here and handed to as many one-thread daemons as there are threads, instead of
 * letting the library's thread pool accept. MHD_quiesce_daemon races with its own workers for the same epoll
 * entry and ends the process when it loses (0.9.75 and 1.0.1, "Failed to remove listen FD"); a socket of our
 * own is just closed, and a limit on connections or descriptors is answered or waited out here.
 *
 * Some answers are the library's own and bear none of our headers: to a request line it cannot parse, a
 * header line without a colon, a malformed Content-Length or chunk (400), a head that overflows
 * CONNECTION_MEMORY (414, 431), a version it does not speak (505). All of them end the connection. */
#include "http_mhd/server.h"

#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "http_mhd/exchange.h"
#include "http_mhd/final.h"
#include "http_mhd/listener.h"

/* Per connection, for the head and a window of the body: above HTTP_URI_MAX + HTTP_HEADERS_MAX and the
 * library's own records, so that what is too large reaches the gate. A connection that was used once keeps
 * all of it, and the library zeroes it after each request. */
#define CONNECTION_MEMORY (128U * 1024U)
#define HAS_DISCIPLINE    (MHD_VERSION >= 0x00097701)
#define ACCEPT_BATCH      1024
#define ACCEPT_PAUSE_MS   50
#define SETTLE_NS         100000000

struct server {
    struct traffic traffic;
    struct MHD_Daemon **daemons; /* options.threads of them, each with one thread */
    unsigned daemon_count;
    pthread_t acceptor;
    bool is_accepting;  /* the acceptor's thread exists */
    int stop_accepting; /* eventfd */
    _Atomic uint64_t accepted, refused;
    int listen_fd;
    uint16_t port;
};

/* ---- the library's callbacks ---- */

static void on_library_log(void *context, const char *format, va_list arguments) PRINTF_LIKE(2, 0);
static void on_library_log(void *context, const char *format, va_list arguments)
{
    const struct server *s = context;
    struct log_line line;
    char text[256];
    if (vsnprintf(text, sizeof text, format, arguments) < 0)
        return;
    text[strcspn(text, "\n")] = '\0';
    log_begin(&line, s->traffic.options.log, LOG_LEVEL_DEBUG, "http_library"); /* any peer can cause these */
    log_text(&line, "server", text_of(s->traffic.options.name));
    log_text(&line, "text", text_of(text));
    log_end(&line);
}

/* Called before CLOSED closes the descriptor, and after the last request of the connection was completed. */
static void on_connection(void *context, struct MHD_Connection *connection, void **socket_context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct server *s = context;
    struct watch *w = *socket_context;
    struct error ignored;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        w = info == NULL ? NULL : memory_alloc(sizeof *w, &ignored);
        if (w != NULL)
            reaper_add(s->traffic.reaper, w, info->connect_fd);
        *socket_context = w; /* NULL: its requests are refused */
    } else if (w != NULL) {
        reaper_remove(s->traffic.reaper, w);
        memory_free(w);
        *socket_context = NULL;
    }
}

/* The request line is there. URI is the raw target; what this returns is *request_context from now on. */
static void *on_target(void *context, const char *uri, struct MHD_Connection *connection)
{
    struct server *s = context;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    if (info == NULL || info->socket_context == NULL)
        return NULL;
    return exchange_begin(&s->traffic, info->socket_context, text_of(uri == NULL ? "" : uri));
}

/* Leaves path and query as they are. */
static size_t on_unescape(void *context, struct MHD_Connection *connection, char *s)
{
    (void)context;
    (void)connection;
    return strlen(s);
}

/* Collecting the headers, and where the next one must begin if the library hid nothing. */
struct collection {
    struct exchange *exchange;
    const char *at;
    bool is_whole;
};

static enum MHD_Result on_header(void *context, enum MHD_ValueKind kind, const char *name, size_t name_size,
                                 const char *value, size_t value_size)
{
    struct collection *c = context;
    (void)kind;
    exchange_add_header(c->exchange, text_slice(name, name_size),
                        text_slice(value == NULL ? "" : value, value_size));
#if !HAS_DISCIPLINE
    c->is_whole = c->is_whole && value != NULL && name == c->at;
    if (c->is_whole) {
        const char *start = name + name_size + 1;
        start += strspn(start, " \t");
        c->is_whole = value == start;
        c->at = value + value_size + strlen("\r\n");
    }
#endif
    return MHD_YES;
}

/* 0.9.75 ends what it hands over at the first NUL, takes a line that begins with NUL for the end of the head,
 * appends a folded line to the name of the header before it and takes a bare LF for CRLF: two parsers would
 * see two requests. But it cuts the head up in place, so that what it did not hide lies end to end in its
 * buffer, each ':' and line end overwritten with NULs. */
static bool collect_head(struct MHD_Connection *connection, struct exchange *x, const char *method,
                         const char *version)
{
    struct collection c = {x, version + strlen(version) + strlen("\r\n"), true};
    MHD_get_connection_values_n(connection, MHD_HEADER_KIND, on_header, &c);
#if HAS_DISCIPLINE
    (void)method;
    return true;
#else
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    size_t line_size = strlen(method) + 1 + x->target_size + 1;
    return c.is_whole && method + line_size == version && info != NULL &&
           c.at + strlen("\r\n") == method + info->header_size;
#endif
}

static enum MHD_Result send_response(struct MHD_Connection *connection, const struct exchange *x)
{
    const struct http_response *r = &x->response;
    char name[64], value[HTTP_RESPONSE_VALUE_MAX + 1];
#if HAS_DISCIPLINE
    bool has_length = r->status != 304 || r->body.data != NULL;
    struct MHD_Response *response = has_length
                                        ? MHD_create_response_from_buffer_static(r->body.size, r->body.data)
                                        : MHD_create_response_empty(MHD_RF_HEAD_ONLY_RESPONSE);
#else /* 0.9.75 cannot leave a Content-Length out: a 304 without a body says 0 */
    struct MHD_Response *response =
        MHD_create_response_from_buffer(r->body.size, (void *)(uintptr_t)r->body.data,
                                        MHD_RESPMEM_PERSISTENT); /* in the arena until on_completed */
#endif
    if (response == NULL)
        return MHD_NO;
    enum MHD_Result result = MHD_YES;
    for (size_t i = 0; i < r->header_count && result == MHD_YES; i++) {
        snprintf(name, sizeof name, "%.*s", TEXT_ARG(r->headers[i].name));
        snprintf(value, sizeof value, "%.*s", TEXT_ARG(r->headers[i].value));
        result = MHD_add_response_header(response, name, value);
    }
    if (result == MHD_YES && x->closes)
        result = MHD_add_response_header(response, "Connection", "close");
    if (result == MHD_YES)
        result = MHD_queue_response(connection, (unsigned)r->status, response);
    MHD_destroy_response(response);
    return result;
}

/* Called first when the head is complete, then for each piece of the body, then when the request is. MHD_NO
 * ends the connection without a further byte. */
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data, size_t *size,
                                  void **request_context)
{
    struct exchange *x = *request_context;
    enum exchange_step step;
    (void)context;
    (void)url;
    if (x == NULL)
        return MHD_NO;
    if (!x->has_head) {
        bool is_whole = collect_head(connection, x, method, version);
        step = exchange_head(x, text_of(method), text_of(version), is_whole);
    } else if (*size > 0) {
        step = exchange_body(x, text_slice(data, *size));
        *size = 0;
    } else {
        step = exchange_answer(x);
        if (step == EXCHANGE_GO_ON)
            return send_response(connection, x);
    }
    return step == EXCHANGE_GO_ON ? MHD_YES : MHD_NO;
}

/* The library still holds the response, but reads its bytes no more. */
static void on_completed(void *context, struct MHD_Connection *connection, void **request_context,
                         enum MHD_RequestTerminationCode code)
{
    struct exchange *x = *request_context;
    (void)context;
    (void)connection;
    if (x != NULL)
        exchange_end(&x, code == MHD_REQUEST_TERMINATED_COMPLETED_OK);
    *request_context = NULL;
}

/* ---- accepting ---- */

/* One connection too many: told so, instead of being left in the backlog. */
static void refuse_connection(struct server *s, int fd)
{
    static const struct http_trace_caller nobody = {.vector = {NULL, 0}};
    struct http_request request = {.path = {NULL, 0}};
    struct error failure;
    uint64_t ignored;
    atomic_fetch_add(&s->refused, 1);
    error_set(&failure, ERROR_OVERLOADED, "%u connections are open", s->traffic.options.connections_max);
    http_trace_start(&request.trace, &nobody, s->traffic.options.random);
    final_send(&s->traffic.options, fd, &request, &failure, &ignored);
    reaper_linger(s->traffic.reaper, fd);
    close(fd);
}

/* Takes what waits, up to a batch; false when descriptors or memory for it are out. */
static bool accept_batch(struct server *s, unsigned *turn)
{
    struct sockaddr_storage address;
    for (int i = 0; i < ACCEPT_BATCH; i++) {
        socklen_t size = sizeof address;
        int fd = accept4(s->listen_fd, (struct sockaddr *)&address, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0)
            return errno == EAGAIN || errno == ECONNABORTED || errno == EINTR || errno == EPROTO;
        if (reaper_count(s->traffic.reaper) >= s->traffic.options.connections_max)
            refuse_connection(s, fd);
        else if (MHD_add_connection(s->daemons[(*turn)++ % s->daemon_count], fd, /* closes it when it fails */
                                    (const struct sockaddr *)&address, size) == MHD_YES)
            atomic_fetch_add(&s->accepted, 1);
    }
    return true;
}

static void *accept_all(void *context)
{
    struct server *s = context;
    struct pollfd polled[2] = {{.fd = s->stop_accepting, .events = POLLIN},
                               {.fd = s->listen_fd, .events = POLLIN}};
    unsigned turn = 0;
    while (polled[0].revents == 0) {
        if (poll(polled, 2, -1) >= 0 && !accept_batch(s, &turn))
            (void)poll(polled, 1, ACCEPT_PAUSE_MS); /* no spin while there is no descriptor to take */
    }
    return NULL;
}

/* What the kernel has accepted by now is served; what comes later is refused by it. */
static void stop_accepting(struct server *s)
{
    uint64_t one = 1;
    if (s->is_accepting) {
        (void)!write(s->stop_accepting, &one, sizeof one);
        pthread_join(s->acceptor, NULL);
        s->is_accepting = false;
    }
    if (s->listen_fd >= 0)
        close(s->listen_fd);
    s->listen_fd = -1;
}

/* ---- start and stop ---- */

static void warn_of_library(const struct server_options *options)
{
#if HAS_DISCIPLINE
    (void)options;
#else
    struct log_line line;
    log_begin(&line, options->log, LOG_LEVEL_WARNING, "http_library_lenient");
    log_text(&line, "server", text_of(options->name));
    log_text(&line, "version", text_of(MHD_get_version()));
    log_text(
        &line, "advice",
        text_of("this libmicrohttpd takes bare LF in chunked bodies; a proxy in front must send bodies with "
                "Content-Length or re-encode their chunks; libmicrohttpd 1.0 needs no such care"));
    log_end(&line);
#endif
}

static struct MHD_Daemon *start_daemon(struct server *s)
{
    const struct server_options *o = &s->traffic.options;
    int64_t longest_ms =
        o->idle_timeout_ms > o->request_deadline_ms ? o->idle_timeout_ms : o->request_deadline_ms;
    return MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ITC | MHD_USE_ERROR_LOG, 0, NULL,
        NULL, on_request, s, MHD_OPTION_EXTERNAL_LOGGER, on_library_log, s, MHD_OPTION_NOTIFY_CONNECTION,
        on_connection, s, MHD_OPTION_NOTIFY_COMPLETED, on_completed, s, MHD_OPTION_URI_LOG_CALLBACK,
        on_target, s, MHD_OPTION_UNESCAPE_CALLBACK, on_unescape, s, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CONNECTION_MEMORY, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)INT32_MAX,                                              /* ours is connections_max */
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)(longest_ms / 1000 + 5), /* behind the reaper */
#if HAS_DISCIPLINE
        MHD_OPTION_CLIENT_DISCIPLINE_LVL, 3,
#endif
        MHD_OPTION_END);
}

static bool start_daemons(struct server *s, struct error *err)
{
    unsigned wanted = s->traffic.options.threads;
    s->daemons = memory_alloc_array(wanted, sizeof(struct MHD_Daemon *), err);
    if (s->daemons == NULL)
        return false;
    for (; s->daemon_count < wanted; s->daemon_count++) {
        s->daemons[s->daemon_count] = start_daemon(s);
        if (s->daemons[s->daemon_count] == NULL)
            return error_set(err, ERROR_INTERNAL, "libmicrohttpd does not start: %s", strerror(errno));
    }
    return true;
}

static bool start_parts(struct server *s, struct error *err)
{
    struct traffic *t = &s->traffic;
    if (!listener_open(t->options.listen, &s->listen_fd, &s->port, err))
        return false;
    s->stop_accepting = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (s->stop_accepting < 0)
        return error_set(err, ERROR_INTERNAL, "eventfd: %s", strerror(errno));
    if (!reaper_open(&t->options, &t->reaper, err) || !start_daemons(s, err))
        return false;
    int cause = pthread_create(&s->acceptor, NULL, accept_all, s);
    if (cause != 0)
        return error_set(err, ERROR_INTERNAL, "no thread to accept connections: %s", strerror(cause));
    s->is_accepting = true;
    return true;
}

bool server_start(const struct server_options *options, struct server **out, struct error *err)
{
    struct server *s = memory_alloc(sizeof *s, err);
    pthread_condattr_t attributes;
    sigset_t all, before;
    if (s == NULL)
        return false;
    s->traffic.options = *options;
    s->listen_fd = s->stop_accepting = -1;
    pthread_mutex_init(&s->traffic.mutex, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&s->traffic.none_left, &attributes);
    pthread_condattr_destroy(&attributes);
    sigfillset(&all); /* signals are for the thread that started us */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool started = start_parts(s, err);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!started) {
        server_stop(&s);
        return false;
    }
    warn_of_library(options);
    *out = s;
    return true;
}

uint16_t server_port(const struct server *server)
{
    return server->port;
}

struct server_counts server_count(const struct server *server)
{
    struct server_counts counts = {
        .in_flight = atomic_load(&server->traffic.in_flight),
        .open = reaper_count(server->traffic.reaper),
        .accepted = atomic_load(&server->accepted),
        .refused = atomic_load(&server->refused),
    };
    for (int i = 0; i < SERVER_END_COUNT; i++)
        counts.ended[i] = reaper_ended(server->traffic.reaper, (enum server_end)i);
    return counts;
}

void server_announce_close(struct server *server)
{
    atomic_store(&server->traffic.closing, true);
}

/* Waits until UNTIL_NS, or, when NONE_LEFT_ENDS_IT, until no request is in flight. */
static void wait_until(struct traffic *t, int64_t until_ns, bool none_left_ends_it)
{
    struct timespec until = {until_ns / 1000000000, until_ns % 1000000000};
    int result = 0;
    pthread_mutex_lock(&t->mutex);
    while (result == 0 && !(none_left_ends_it && atomic_load(&t->in_flight) == 0))
        result = pthread_cond_timedwait(&t->none_left, &t->mutex, &until);
    pthread_mutex_unlock(&t->mutex);
}

unsigned server_drain(struct server *server, int64_t timeout_ms)
{
    struct traffic *t = &server->traffic;
    int64_t now = clock_system.monotonic_ns(clock_system.context); /* the clock of the condition */
    int64_t end = now + timeout_ms * 1000000, settled = now + SETTLE_NS;
    server_announce_close(server);
    stop_accepting(server);
    atomic_store(&t->draining, true);
    wait_until(t, settled < end ? settled : end,
               false); /* requests that are on their way from the kernel to a thread */
    wait_until(t, end, true);
    return atomic_load(&t->in_flight);
}

void server_stop(struct server **server)
{
    struct server *s = *server;
    if (s == NULL)
        return;
    stop_accepting(s);
    for (unsigned i = 0; i < s->daemon_count; i++)
        MHD_stop_daemon(s->daemons[i]);
    reaper_close(&s->traffic.reaper);
    if (s->stop_accepting >= 0)
        close(s->stop_accepting);
    memory_free(s->daemons);
    pthread_cond_destroy(&s->traffic.none_left);
    pthread_mutex_destroy(&s->traffic.mutex);
    memory_free(s);
    *server = NULL;
}
