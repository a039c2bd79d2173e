/* SPDX-License-Identifier: Apache-2.0 */
/* Lines are built in the caller's stack and written whole. Awkward: a line may be cut anywhere, but must stay
 * a line of its format, so that room for the closing marks is kept from the start; and write(2) has no flag
 * for "do not wait", so that the sink is asked first, under a lock that keeps the answer true among our own
 * threads. A pipe that is ready takes PIPE_BUF bytes (4,096 on Linux) at once, which is more than a line. Who
 * writes to a pipe ignores SIGPIPE. */
#include "base/log.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"

#define TAIL_MAX      16 /* ,"cut":true} and the line end */
#define NAME_MAX_SIZE (size_t)64

struct log {
    struct log_options options;
    pthread_mutex_t lock; /* over poll, write and `torn` */
    bool torn;            /* the sink took only the beginning of the last line */
    _Atomic uint64_t dropped;
};

bool log_open(const struct log_options *options, struct log **out, struct error *err)
{
    struct log *log = memory_alloc(sizeof *log, err);
    if (log == NULL)
        return false;
    log->options = *options;
    pthread_mutex_init(&log->lock, NULL); /* with default attributes it cannot fail on Linux */
    atomic_init(&log->dropped, 0);
    *out = log;
    return true;
}

void log_close(struct log **log)
{
    if (*log == NULL)
        return;
    pthread_mutex_destroy(&(*log)->lock);
    memory_free(*log);
    *log = NULL;
}

uint64_t log_dropped(const struct log *log)
{
    return atomic_load_explicit(&log->dropped, memory_order_relaxed);
}

/* Appends all of T, keeping room for CLOSING bytes and the tail; else nothing, and the line is cut. */
static bool add(struct log_line *line, struct text t, size_t closing)
{
    if (line->cut || t.size + closing + TAIL_MAX > sizeof line->bytes - line->size) {
        line->cut = true;
        return false;
    }
    memcpy(line->bytes + line->size, t.data, t.size);
    line->size += t.size;
    return true;
}

static bool is_json(const struct log_line *line)
{
    return line->log->options.format == LOG_FORMAT_JSON;
}

/* The separator, NAME and what stands before the value, if that and VALUE_SIZE bytes more have room. */
static bool add_name(struct log_line *line, const char *name, size_t value_size)
{
    char head[NAME_MAX_SIZE + 4];
    size_t size = strnlen(name, NAME_MAX_SIZE), at = 0;
    head[at++] = is_json(line) ? ',' : ' ';
    if (is_json(line))
        head[at++] = '"';
    memcpy(head + at, name, size);
    at += size;
    if (is_json(line))
        head[at++] = '"';
    head[at++] = is_json(line) ? ':' : '=';
    return add(line, text_slice(head, at), value_size);
}

/* Writes one character of T as it stands in quotes; returns how many bytes of T that were. OUT takes 8 bytes.
 */
static size_t escape(struct text t, char *out, size_t *out_size)
{
    unsigned char c = (unsigned char)t.data[0];
    size_t length = text_utf8_sequence(t);
    bool c1 = length == 2 && c == 0xC2 && (unsigned char)t.data[1] <= 0x9F; /* controls that terminals obey */
    if (length == 0) {
        *out_size = (size_t)snprintf(out, 8, "%s", "\xEF\xBF\xBD"); /* U+FFFD */
        return 1;
    }
    if (c == '"' || c == '\\') {
        out[0] = '\\';
        out[1] = (char)c;
        *out_size = 2;
    } else if (c < ' ' || c == 0x7F || c1) {
        unsigned code = c1 ? (unsigned char)t.data[1] : c;
        *out_size = (size_t)snprintf(out, 8, "\\u%04x", code);
    } else {
        memcpy(out, t.data, length);
        *out_size = length;
    }
    return length;
}

static void add_quoted(struct log_line *line, struct text value)
{
    line->bytes[line->size++] = '"'; /* add_name kept room for both quotes */
    while (value.size > 0) {
        char escaped[8];
        size_t size, read = escape(value, escaped, &size);
        if (!add(line, text_slice(escaped, size), 1))
            break;
        value = text_slice(value.data + read, value.size - read);
    }
    line->bytes[line->size++] = '"';
}

/* What logfmt readers take without quotes. */
static bool is_bare(struct text value)
{
    for (size_t i = 0; i < value.size; i++) {
        char c = value.data[i];
        if (c <= ' ' || c > '~' || c == '"' || c == '\\' || c == '=')
            return false;
    }
    return value.size > 0 && value.size <= LOG_LINE_MAX / 2;
}

void log_text(struct log_line *line, const char *name, struct text value)
{
    if (line->log == NULL)
        return;
    if (!is_json(line) && is_bare(value)) {
        if (add_name(line, name, value.size))
            (void)add(line, value, 0);
    } else if (add_name(line, name, 2)) {
        add_quoted(line, value);
    }
}

void log_integer(struct log_line *line, const char *name, int64_t value)
{
    char digits[24];
    size_t at = sizeof digits;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    if (line->log == NULL)
        return;
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (value < 0)
        digits[--at] = '-';
    if (add_name(line, name, sizeof digits - at))
        (void)add(line, text_slice(digits + at, sizeof digits - at), 0);
}

void log_error(struct log_line *line, const struct error *err)
{
    log_text(line, "error", text_of(error_class_of(err->code)->name));
    log_text(line, "detail", text_of(error_operator_text(err)));
}

/* RFC 3339 in UTC to the millisecond. */
static struct text write_time(int64_t wall_ms, char out[64])
{
    int64_t ms = wall_ms % 1000 < 0 ? wall_ms % 1000 + 1000 : wall_ms % 1000;
    time_t seconds = (time_t)((wall_ms - ms) / 1000);
    struct tm utc = {.tm_mday = 1};
    gmtime_r(&seconds, &utc);
    size_t size = strftime(out, 64, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(out + size, 64 - size, ".%03dZ", (int)ms);
    return text_of(out);
}

void log_begin(struct log_line *line, struct log *log, enum log_level level, const char *event)
{
    static const char *const names[] = {"debug", "info", "warning", "error"};
    line->log = log != NULL && level >= log->options.level ? log : NULL;
    line->size = 0;
    line->cut = false;
    if (line->log == NULL)
        return;
    char now[64];
    const struct clock *clock = log->options.clock;
    struct text time_text = write_time(clock->wall_ms(clock->context), now);
    log_text(line, "time", time_text);
    log_text(line, "level", text_of(names[level]));
    log_text(line, "event", text_of(event));
}

/* Whether the sink took the whole line. */
static bool write_line(struct log *log, const char *bytes, size_t size)
{
    struct pollfd sink = {.fd = log->options.fd, .events = POLLOUT};
    if (poll(&sink, 1, 0) != 1 || sink.revents != POLLOUT)
        return false;
    if (log->torn && write(log->options.fd, "\n", 1) != 1) /* the line that the sink took in part ends here */
        return false;
    ssize_t written = write(log->options.fd, bytes, size);
    log->torn = written > 0 && (size_t)written < size;
    return written == (ssize_t)size;
}

void log_end(struct log_line *line)
{
    struct log *log = line->log;
    if (log == NULL)
        return;
    const char *tail =
        is_json(line) ? (line->cut ? ",\"cut\":true}\n" : "}\n") : (line->cut ? " cut=true\n" : "\n");
    size_t tail_size = strlen(tail);
    memcpy(line->bytes + line->size, tail, tail_size);
    line->size += tail_size;
    size_t skipped = is_json(line) ? 0 : 1; /* the separator before the first field */
    if (!skipped)
        line->bytes[0] = '{';
    pthread_mutex_lock(&log->lock);
    bool taken = write_line(log, line->bytes + skipped, line->size - skipped);
    pthread_mutex_unlock(&log->lock);
    if (!taken)
        atomic_fetch_add_explicit(&log->dropped, 1, memory_order_relaxed);
    line->log = NULL;
}
