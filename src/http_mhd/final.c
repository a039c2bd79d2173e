/* SPDX-License-Identifier: Apache-2.0 */
/* The last answer on a connection: too slow, too large, ambiguous. Awkward: it is written while the library
 * may still be reading from the same socket; that is safe because nothing of this request was written before
 * and nothing is after. */
#include "http_mhd/final.h"

#include <sys/socket.h>
#include <time.h>

#include "base/buffer.h"

#define ANSWER_MAX (size_t)8192

/* RFC 9110 §15; a client goes by the number. */
static const char *reason_of(int status)
{
    switch (status) {
    case 400:
        return "Bad Request";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 408:
        return "Request Timeout";
    case 413:
        return "Content Too Large";
    case 414:
        return "URI Too Long";
    case 415:
        return "Unsupported Media Type";
    case 431:
        return "Request Header Fields Too Large";
    case 503:
        return "Service Unavailable";
    default:
        return "Refused";
    }
}

static void write_date(struct buffer *b, const struct clock *clock)
{
    char date[64]; /* RFC 9110 §5.6.7; the process never calls setlocale */
    time_t now = (time_t)(clock->wall_ms(clock->context) / 1000);
    struct tm parts;
    if (gmtime_r(&now, &parts) != NULL &&
        strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &parts) > 0)
        buffer_format(b, "Date: %s\r\n", date);
}

static void write_answer(struct buffer *b, const struct http_response *response, bool with_body,
                         const struct clock *clock)
{
    buffer_format(b, "HTTP/1.1 %d %s\r\n", response->status, reason_of(response->status));
    write_date(b, clock);
    for (size_t i = 0; i < response->header_count; i++) {
        buffer_append(b, response->headers[i].name);
        buffer_put(b, ": ");
        buffer_append(b, response->headers[i].value);
        buffer_put(b, "\r\n");
    }
    buffer_format(b, "Content-Length: %zu\r\nConnection: close\r\n\r\n", response->body.size);
    if (with_body)
        buffer_append(b, response->body);
}

int final_send(const struct server_options *options, int fd, const struct http_request *request,
               const struct error *failure, uint64_t *answer_bytes)
{
    struct arena arena;
    struct http_request copy = *request;
    struct http_response response;
    struct error ignored;
    struct buffer b;
    struct text bytes;
    arena_init(&arena, 4 * ANSWER_MAX);
    copy.arena = &arena;
    http_answer(options->router, &copy, failure, &response, &ignored);
    buffer_init(&b, &arena, ANSWER_MAX);
    write_answer(&b, &response, request->method != HTTP_HEAD, options->clock);
    if (buffer_finish(&b, ERROR_INTERNAL, &bytes, &ignored))
        (void)send(fd, bytes.data, bytes.size,
                   MSG_DONTWAIT | MSG_NOSIGNAL); /* a peer that does not read loses it */
    shutdown(fd, SHUT_WR);
    *answer_bytes = response.body.size;
    arena_reset(&arena);
    return response.status;
}

static void log_notes(struct log_line *line, const struct http_notes *notes)
{
    for (size_t i = 0; notes != NULL && i < notes->count; i++)
        log_integer(line, notes->list[i].name, notes->list[i].value);
}

void final_report(const struct server_options *options, const struct http_record *record)
{
    struct log_line line;
    if (options->observer != NULL)
        options->observer->observe(options->observer->context, record);
    if (!options->log_requests && record->status != 500)
        return;
    log_begin(&line, options->log, record->status == 500 ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO, "request");
    log_text(&line, "server", text_of(options->name));
    log_text(&line, "trace", text_of(record->trace));
    log_text(&line, "method", text_of(http_method_name(record->method)));
    log_text(&line, "path", text_of(record->route == NULL ? "-" : record->route->path));
    log_integer(&line, "status", record->status);
    log_integer(&line, "duration_us", record->duration_ns / 1000);
    log_integer(&line, "request_bytes", (int64_t)record->request_bytes);
    log_integer(&line, "answer_bytes", (int64_t)record->answer_bytes);
    log_notes(&line, record->notes);
    if (record->failure->code != ERROR_NONE)
        log_error(&line, record->failure);
    log_end(&line);
}
