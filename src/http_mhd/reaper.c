/* SPDX-License-Identifier: Apache-2.0 */
/* One thread that ends connections which take too long. Awkward: it acts on sockets that other threads own.
 * What keeps that right is one word per connection, state and time together, changed by compare-and-swap, and
 * the mutex that reaper_remove takes before a descriptor may be closed and reused. */
#include "http_mhd/reaper.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <linux/tcp.h> /* tcpi_bytes_received, which <netinet/tcp.h> lacks */
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"
#include "http_mhd/final.h"

#define NS_PER_MS   (int64_t)1000000
#define TICK_MS     200
#define LINGER_MS   1000
#define LINGER_MOST 1024

#define STATE_CLOSE_WAIT                                                                                     \
    8 /* tcpi_state (RFC 9293 3.3.2): the peer has ended its side; <linux/tcp.h> has no name for it */

struct reaper {
    const struct server_options *options;
    pthread_t thread;
    int wake; /* eventfd */
    atomic_bool stopping;
    atomic_uint count;
    _Atomic uint64_t ended[SERVER_END_COUNT];
    pthread_mutex_t mutex; /* guards what follows */
    struct watch *first;
    size_t linger_count;
    struct {
        int fd;
        int64_t until_ns;
    } linger[LINGER_MOST];
};

static int64_t now_ns(const struct reaper *r)
{
    return r->options->clock->monotonic_ns(r->options->clock->context);
}

static uint64_t phase_of(enum watch_state state, int64_t since_ns)
{
    return ((uint64_t)since_ns & ~(uint64_t)7) | (uint64_t)state;
}

static enum watch_state state_of(uint64_t phase)
{
    return (enum watch_state)(phase & 7);
}

static int64_t since_of(uint64_t phase)
{
    return (int64_t)(phase & ~(uint64_t)7);
}

bool watch_begin(struct watch *w, int64_t now_ns, int64_t *started_ns)
{
    uint64_t phase = atomic_load(&w->phase);
    if (state_of(phase) == WATCH_IDLE &&
        atomic_compare_exchange_strong(&w->phase, &phase, phase_of(WATCH_RECEIVING, now_ns))) {
        *started_ns = now_ns;
        return true;
    }
    *started_ns = since_of(phase); /* the reaper saw the first byte */
    return state_of(phase) == WATCH_RECEIVING;
}

bool watch_hold(struct watch *w)
{
    uint64_t phase = atomic_load(&w->phase);
    return state_of(phase) == WATCH_RECEIVING &&
           atomic_compare_exchange_strong(&w->phase, &phase, phase_of(WATCH_HANDLING, since_of(phase)));
}

void watch_receive(struct watch *w, int64_t started_ns)
{
    atomic_store(&w->phase, phase_of(WATCH_RECEIVING, started_ns));
}

void watch_answer(struct watch *w, int64_t now_ns)
{
    atomic_store(&w->phase, phase_of(WATCH_ANSWERING, now_ns));
}

void watch_over(struct watch *w, int64_t now_ns)
{
    atomic_store(&w->phase, phase_of(WATCH_OVER, now_ns));
}

void watch_rest(struct watch *w, int64_t now_ns)
{
    uint64_t phase = atomic_load(&w->phase);
    while (state_of(phase) != WATCH_OVER &&
           !atomic_compare_exchange_weak(&w->phase, &phase, phase_of(WATCH_IDLE, now_ns))) {
    }
}

bool watch_is_over(const struct watch *w)
{
    return state_of(atomic_load(&w->phase)) == WATCH_OVER;
}

static void wake(const struct reaper *r)
{
    uint64_t one = 1;
    (void)!write(r->wake, &one, sizeof one); /* fails only when it is full of wakes */
}

/* With the mutex held. Without room the peer may lose an answer that it has not read; it is not kept waiting
 * for it. */
static void add_linger(struct reaper *r, int fd)
{
    int copy = r->linger_count < LINGER_MOST ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;
    if (copy < 0) {
        shutdown(fd, SHUT_RDWR);
        return;
    }
    shutdown(fd, SHUT_WR);
    r->linger[r->linger_count].fd = copy;
    r->linger[r->linger_count++].until_ns = now_ns(r) + LINGER_MS * NS_PER_MS;
}

void reaper_linger(struct reaper *reaper, int fd)
{
    pthread_mutex_lock(&reaper->mutex);
    add_linger(reaper, fd);
    pthread_mutex_unlock(&reaper->mutex);
    wake(reaper);
}

void reaper_add(struct reaper *reaper, struct watch *w, int fd)
{
    *w = (struct watch){.fd = fd, .bytes_phase = phase_of(WATCH_IDLE, now_ns(reaper))};
    atomic_init(&w->phase, w->bytes_phase);
    pthread_mutex_lock(&reaper->mutex);
    w->next = reaper->first;
    if (w->next != NULL)
        w->next->previous = w;
    reaper->first = w;
    pthread_mutex_unlock(&reaper->mutex);
    if (atomic_fetch_add(&reaper->count, 1) == 0)
        wake(reaper);
}

void reaper_remove(struct reaper *reaper, struct watch *w)
{
    pthread_mutex_lock(&reaper->mutex);
    if (w->previous != NULL)
        w->previous->next = w->next;
    else
        reaper->first = w->next;
    if (w->next != NULL)
        w->next->previous = w->previous;
    pthread_mutex_unlock(&reaper->mutex);
    atomic_fetch_sub(&reaper->count, 1);
}

unsigned reaper_count(const struct reaper *reaper)
{
    return atomic_load(&reaper->count);
}

uint64_t reaper_ended(const struct reaper *reaper, enum server_end reason)
{
    return atomic_load(&reaper->ended[reason]);
}

static void end_connection(struct reaper *r, const struct watch *w, enum server_end reason)
{
    atomic_fetch_add(&r->ended[reason], 1);
    shutdown(w->fd, SHUT_RDWR);
}

/* What the kernel knows of the connection; zeros where it does not say. */
static struct tcp_info info_of(int fd)
{
    struct tcp_info info;
    socklen_t size = sizeof info;
    memset(&info, 0, sizeof info);
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
        memset(&info, 0, sizeof info);
    return info;
}

static bool take_over(struct watch *w, uint64_t phase, int64_t now)
{
    return atomic_compare_exchange_strong(&w->phase, &phase, phase_of(WATCH_OVER, now));
}

/* Whether the peer has ended its side, all it sent was read, and nothing has moved since the last tick. The
 * library does not see an end that came together with the last bytes (it waits for an edge that has passed).
 */
static bool is_abandoned(struct watch *w, const struct tcp_info *info, uint64_t phase)
{
    int unread = 0;
    if (info->tcpi_state != STATE_CLOSE_WAIT || ioctl(w->fd, SIOCINQ, &unread) != 0 || unread != 0)
        return false;
    bool seen_before = w->abandoned_phase == phase;
    w->abandoned_phase = phase;
    return seen_before;
}

/* A connection between requests: gone after the idle timeout, unless a first byte starts the clock of a
 * request. (The library tells of a request only when its first line is complete, which a slow peer never lets
 * happen.) */
static void inspect_idle(struct reaper *r, struct watch *w, uint64_t phase, int64_t now)
{
    struct tcp_info info = info_of(w->fd);
    if (w->bytes_phase != phase) {
        w->bytes_phase = phase;
        w->bytes_before = info.tcpi_bytes_received;
    }
    bool is_gone = is_abandoned(w, &info, phase);
    if (is_gone || now - since_of(phase) > r->options->idle_timeout_ms * NS_PER_MS) {
        if (take_over(w, phase, now))
            end_connection(r, w, is_gone ? SERVER_END_ABANDONED : SERVER_END_IDLE);
    } else if (info.tcpi_bytes_received > w->bytes_before && info.tcpi_state != STATE_CLOSE_WAIT) {
        atomic_compare_exchange_strong(&w->phase, &phase, phase_of(WATCH_RECEIVING, now));
    }
}

/* A request that will not arrive whole: its deadline has passed, which the peer is told, or the peer has
 * gone. */
static void give_up(struct reaper *r, struct watch *w, int64_t duration_ns, bool is_late)
{
    static const struct http_trace_caller nobody = {.vector = {NULL, 0}};
    struct http_request request = {.method = w->method, .trace = w->trace};
    request.path = text_of(w->route == NULL ? "-" : w->route->path);
    struct http_record record = {.method = w->method, .route = w->route, .duration_ns = duration_ns};
    struct error failure;
    if (request.trace.id[0] == '\0')
        http_trace_start(&request.trace, &nobody, r->options->random);
    if (is_late) {
        error_set(&failure, ERROR_DEADLINE, "the request did not arrive whole");
        record.status = final_send(r->options, w->fd, &request, &failure, &record.answer_bytes);
        add_linger(r, w->fd);
        atomic_fetch_add(&r->ended[SERVER_END_LATE], 1);
    } else {
        error_set(&failure, ERROR_DEADLINE, "the peer ended the connection before the request was whole");
        end_connection(r, w, SERVER_END_ABANDONED);
    }
    record.trace = request.trace.id;
    record.failure = &failure;
    final_report(r->options, &record);
}

static void inspect_receiving(struct reaper *r, struct watch *w, uint64_t phase, int64_t now)
{
    struct tcp_info info = info_of(w->fd);
    bool is_late = now - since_of(phase) > r->options->request_deadline_ms * NS_PER_MS;
    if ((is_late || is_abandoned(w, &info, phase)) && take_over(w, phase, now))
        give_up(r, w, now - since_of(phase), is_late);
}

static void inspect(struct reaper *r, struct watch *w, int64_t now)
{
    uint64_t phase = atomic_load(&w->phase);
    switch (state_of(phase)) {
    case WATCH_IDLE:
        inspect_idle(r, w, phase, now);
        break;
    case WATCH_RECEIVING:
        inspect_receiving(r, w, phase, now);
        break;
    case WATCH_ANSWERING: /* the peer reads its answer too slowly */
        if (now - since_of(phase) > r->options->request_deadline_ms * NS_PER_MS && take_over(w, phase, now))
            end_connection(r, w, SERVER_END_UNREAD);
        break;
    case WATCH_HANDLING:
    case WATCH_OVER:
    default:
        break;
    }
}

/* Throws away what came in; false when the peer has ended. */
static bool drain(int fd)
{
    char bytes[16384];
    ssize_t got;
    for (int i = 0; i < 64; i++) { /* then the others' turn */
        got = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
        if (got <= 0)
            return got < 0 && (errno == EAGAIN || errno == EINTR);
    }
    return true;
}

/* With the mutex held. POLLED are the descriptors of the first COUNT that linger, in order. */
static void serve_linger(struct reaper *r, const struct pollfd *polled, size_t count, int64_t now)
{
    for (size_t i = count;
         i-- > 0;) { /* from the end, as the last one takes the place of the one that goes */
        bool goes_on = polled[i].revents == 0 || drain(r->linger[i].fd);
        if (goes_on && now < r->linger[i].until_ns)
            continue;
        close(r->linger[i].fd);
        r->linger[i] = r->linger[--r->linger_count];
    }
}

/* Waits for a wake, a byte to throw away or the next tick; gives how many linger. */
static size_t wait_for_work(struct reaper *r, struct pollfd *polled)
{
    uint64_t wakes;
    pthread_mutex_lock(&r->mutex);
    size_t count = r->linger_count;
    for (size_t i = 0; i < count; i++)
        polled[i + 1] = (struct pollfd){.fd = r->linger[i].fd, .events = POLLIN};
    pthread_mutex_unlock(&r->mutex);
    polled[0] = (struct pollfd){.fd = r->wake, .events = POLLIN};
    bool has_work = count > 0 || atomic_load(&r->count) > 0;
    if (poll(polled, (nfds_t)count + 1, has_work ? TICK_MS : -1) > 0 && polled[0].revents != 0)
        (void)!read(r->wake, &wakes, sizeof wakes);
    return count;
}

static void *run(void *context)
{
    struct reaper *r = context;
    static _Thread_local struct pollfd polled[LINGER_MOST + 1];
    int64_t next_tick = 0;
    while (!atomic_load(&r->stopping)) {
        size_t count = wait_for_work(r, polled);
        int64_t now = now_ns(r);
        pthread_mutex_lock(&r->mutex);
        serve_linger(r, polled + 1, count, now);
        for (struct watch *w = now >= next_tick ? r->first : NULL; w != NULL; w = w->next)
            inspect(r, w, now);
        pthread_mutex_unlock(&r->mutex);
        if (now >= next_tick)
            next_tick = now + TICK_MS * NS_PER_MS;
    }
    return NULL;
}

bool reaper_open(const struct server_options *options, struct reaper **out, struct error *err)
{
    struct reaper *r = memory_alloc(sizeof *r, err);
    if (r == NULL)
        return false;
    r->options = options;
    r->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (r->wake < 0) {
        error_set(err, ERROR_INTERNAL, "eventfd: %s", strerror(errno));
        memory_free(r);
        return false;
    }
    pthread_mutex_init(&r->mutex, NULL);
    int cause = pthread_create(&r->thread, NULL, run, r);
    if (cause != 0) {
        pthread_mutex_destroy(&r->mutex);
        close(r->wake);
        memory_free(r);
        return error_set(err, ERROR_INTERNAL, "no thread for deadlines: %s", strerror(cause));
    }
    *out = r;
    return true;
}

void reaper_close(struct reaper **reaper)
{
    struct reaper *r = *reaper;
    if (r == NULL)
        return;
    atomic_store(&r->stopping, true);
    wake(r);
    pthread_join(r->thread, NULL);
    assert(r->first == NULL);
    for (size_t i = 0; i < r->linger_count; i++)
        close(r->linger[i].fd);
    pthread_mutex_destroy(&r->mutex);
    close(r->wake);
    memory_free(r);
    *reaper = NULL;
}
