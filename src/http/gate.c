/* SPDX-License-Identifier: Apache-2.0 */
/* What is refused because a proxy in front and a server behind it could disagree where a request ends or whom
 * it is for (RFC 9112 §11.2). Awkward: this judges what the carrier's own parser made of the bytes, so it is
 * written for the worst of them: one that lets NUL, bare CR and names with white space through. */
#include "http/gate.h"

#include "http/token.h"

static bool refuse(struct error *err, const char *what)
{
    return error_refuse(err, ERROR_AMBIGUOUS_REQUEST,
                        "The HTTP request is refused and the connection closed: %s.", what);
}

static bool is_control(char c)
{
    return (unsigned char)c < ' ' || c == 0x7F;
}

static bool check_request_line(const struct http_head *head, struct error *err)
{
    if (head->target.size > HTTP_URI_MAX)
        return error_set(err, ERROR_URI_TOO_LONG, "the request target has more than %d bytes", HTTP_URI_MAX);
    if (!text_equals(head->version, text_of("HTTP/1.1")) && !text_equals(head->version, text_of("HTTP/1.0")))
        return refuse(err, "its version is neither HTTP/1.1 nor HTTP/1.0");
    if (!text_is_token(head->method))
        return refuse(err, "its method is no token");
    if (head->target.size == 0 || head->target.data[0] != '/')
        return refuse(err, "its target does not begin with '/'");
    for (size_t i = 0; i < head->target.size; i++) {
        char c = head->target.data[i];
        if (is_control(c) || c == ' ' || c == '#')
            return refuse(err, "its target holds a control character, a space or a '#'");
    }
    return true;
}

static bool check_sizes(const struct http_head *head, struct error *err)
{
    size_t bytes = 0;
    for (size_t i = 0; i < head->header_count; i++)
        bytes += head->headers[i].name.size + head->headers[i].value.size;
    if (head->headers_were_cut || head->header_count > HTTP_REQUEST_HEADERS_MAX)
        return error_refuse(err, ERROR_HEADERS_TOO_LARGE, "The request has more than %d headers; send fewer.",
                            HTTP_REQUEST_HEADERS_MAX);
    if (bytes > HTTP_HEADERS_MAX)
        return error_refuse(err, ERROR_HEADERS_TOO_LARGE,
                            "The request headers have more than %d bytes; send less.", HTTP_HEADERS_MAX);
    return true;
}

static bool check_characters(const struct http_header *header, struct error *err)
{
    if (!text_is_token(header->name))
        return refuse(err, "a header name is no token");
    for (size_t i = 0; i < header->value.size; i++) {
        if (is_control(header->value.data[i]) && header->value.data[i] != '\t')
            return refuse(err, "a header value holds a control character");
    }
    return true;
}

/* How often NAME is there; *value becomes the last one's. */
static size_t count_of(const struct http_head *head, const char *name, struct text *value)
{
    size_t count = 0;
    for (size_t i = 0; i < head->header_count; i++) {
        if (text_equals_ignoring_case(head->headers[i].name, text_of(name))) {
            *value = head->headers[i].value;
            count++;
        }
    }
    return count;
}

static bool check_once(const struct http_head *head, struct error *err)
{
    static const char *const once[] = {"Content-Length", "Transfer-Encoding", "Host", "Authorization",
                                       "Content-Type"};
    struct text ignored;
    for (size_t i = 0; i < sizeof once / sizeof *once; i++) {
        if (count_of(head, once[i], &ignored) > 1)
            return error_refuse(
                err, ERROR_AMBIGUOUS_REQUEST,
                "The HTTP request is refused and the connection closed: %s is there more than once.",
                once[i]);
    }
    return true;
}

static bool is_content_length(struct text t, uint64_t *size)
{
    return text_to_u64(t, size) && *size <= INT64_MAX;
}

static bool check_framing(const struct http_head *head, struct error *err)
{
    struct text length, coding, host;
    bool has_length = count_of(head, "Content-Length", &length) > 0;
    bool has_coding = count_of(head, "Transfer-Encoding", &coding) > 0;
    bool is_http_1_1 = text_equals(head->version, text_of("HTTP/1.1"));
    uint64_t size;
    if (has_length && has_coding)
        return refuse(err, "it has both Content-Length and Transfer-Encoding");
    if (has_length && !is_content_length(length, &size))
        return refuse(err, "its Content-Length is no plain decimal number");
    if (has_coding && !is_http_1_1)
        return refuse(err, "it is HTTP/1.0 and has a Transfer-Encoding");
    if (has_coding && !text_equals_ignoring_case(coding, text_of("chunked")))
        return refuse(err, "its Transfer-Encoding is not \"chunked\"");
    if (is_http_1_1 && count_of(head, "Host", &host) == 0)
        return refuse(err, "it is HTTP/1.1 and has no Host");
    return true;
}

bool http_gate_check(const struct http_head *head, struct error *err)
{
    if (!check_request_line(head, err) || !check_sizes(head, err))
        return false;
    for (size_t i = 0; i < head->header_count; i++) {
        if (!check_characters(&head->headers[i], err))
            return false;
    }
    return check_once(head, err) && check_framing(head, err);
}

void http_gate_body_size(const struct http_head *head, bool *declared, uint64_t *size, bool *chunked)
{
    struct text value;
    *chunked = count_of(head, "Transfer-Encoding", &value) > 0;
    *declared = count_of(head, "Content-Length", &value) > 0 && is_content_length(value, size);
}
