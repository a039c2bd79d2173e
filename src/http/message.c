/* SPDX-License-Identifier: Apache-2.0 */
/* Looking things up in a request, putting things into a response. Awkward: a header that is there twice
 * counts as not found, since whoever asks for one value must not get a value that another reader of the
 * request would not see. */
#include "http/message.h"

#include <assert.h>
#include <string.h>

static const char *const method_names[] = {
    [HTTP_OTHER] = "-", [HTTP_GET] = "GET",     [HTTP_HEAD] = "HEAD",     [HTTP_POST] = "POST",
    [HTTP_PUT] = "PUT", [HTTP_PATCH] = "PATCH", [HTTP_DELETE] = "DELETE", [HTTP_OPTIONS] = "OPTIONS",
};

enum http_method http_method_parse(struct text t)
{
    for (int m = HTTP_GET; m <= HTTP_OPTIONS; m++) {
        if (text_equals(t, text_of(method_names[m])))
            return (enum http_method)m;
    }
    return HTTP_OTHER;
}

const char *http_method_name(enum http_method m)
{
    return method_names[m];
}

bool http_request_header(const struct http_request *r, const char *name, struct text *value, size_t *count)
{
    size_t found = 0;
    struct text first = {NULL, 0};
    for (size_t i = 0; i < r->header_count; i++) {
        if (!text_equals_ignoring_case(r->headers[i].name, text_of(name)))
            continue;
        if (found++ == 0)
            first = r->headers[i].value;
    }
    if (count != NULL)
        *count = found;
    if (found != 1)
        return false;
    *value = first;
    return true;
}

/* The value of the hex digit C, or -1. */
static int hex_value(char c)
{
    char lower = ascii_lower(c);
    if (ascii_is_digit(c))
        return c - '0';
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* Undoes %XX (RFC 3986 §2.1) from IN into OUT, which has room for IN.size bytes; false for a malformed escape
 * or an escaped NUL. '+' is itself: that it means a space is a habit of HTML forms. */
static bool percent_decode(struct text in, char *out, size_t *size)
{
    size_t n = 0;
    for (size_t i = 0; i < in.size; i++) {
        if (in.data[i] != '%') {
            out[n++] = in.data[i];
            continue;
        }
        int high = i + 2 < in.size ? hex_value(in.data[i + 1]) : -1;
        int low = i + 2 < in.size ? hex_value(in.data[i + 2]) : -1;
        if (high < 0 || low < 0 || high + low == 0)
            return false;
        out[n++] = (char)(high * 16 + low);
        i += 2;
    }
    *size = n;
    return true;
}

/* Whether the parameter name IN, decoded, is NAME. A name longer than any of ours cannot be. */
static bool name_is(struct text in, struct text name)
{
    char decoded[256];
    size_t size;
    if (in.size > sizeof decoded || !percent_decode(in, decoded, &size))
        return false;
    return text_equals(text_slice(decoded, size), name);
}

/* Finds the one parameter NAME, still encoded. */
static bool find_parameter(struct text query, const char *name, struct text *value, bool *found,
                           struct error *err)
{
    struct text rest = query, one = {"", 0};
    bool more = query.size > 0;
    *found = false;
    while (more) {
        more = text_split(rest, '&', &one, &rest);
        struct text parameter = more ? one : rest;
        struct text key = parameter, encoded = {"", 0};
        text_split(parameter, '=', &key, &encoded);
        if (!name_is(key, text_of(name)))
            continue;
        if (*found)
            return error_refuse(err, ERROR_QUERY,
                                "Query parameter \"%s\" is there more than once; send it once.", name);
        *found = true;
        *value = encoded;
    }
    return true;
}

bool http_request_parameter(const struct http_request *r, const char *name, struct text *value, bool *found,
                            struct error *err)
{
    struct text encoded = {"", 0};
    bool there;
    if (!find_parameter(r->query, name, &encoded, &there, err))
        return false;
    if (there && encoded.size > 0 && memchr(encoded.data, '%', encoded.size) != NULL) {
        char *decoded = arena_alloc(r->arena, encoded.size, err);
        size_t size;
        if (decoded == NULL)
            return false;
        if (!percent_decode(encoded, decoded, &size))
            return error_refuse(
                err, ERROR_QUERY,
                "Query parameter \"%s\" holds a malformed escape; '%%' must be followed by two "
                "hexadecimal digits other than 00.",
                name);
        encoded = text_slice(decoded, size);
    }
    *found = there;
    if (there)
        *value = encoded;
    return true;
}

void http_response_add(struct http_response *r, const char *name, struct text value)
{
    assert(r->header_count < HTTP_RESPONSE_HEADERS_MAX);
    assert(value.size <= HTTP_RESPONSE_VALUE_MAX);
    r->headers[r->header_count++] = (struct http_header){text_of(name), value};
}

void http_response_json(struct http_response *r, struct text body)
{
    r->status = 200;
    r->body = body;
    http_response_add(r, "Content-Type", text_of("application/json"));
}
