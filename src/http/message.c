/* SPDX-License-Identifier: Apache-2.0 */
/* Looking things up in a request, putting things into a response. Awkward: a header that is there twice
 * counts as not found, since whoever asks for one value must not get a value that another reader of the
 * request would not see. */
#include "http/message.h"

#include <assert.h>

#include "http/path.h"
#include "http/percent.h"

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
    const struct percent_place place = {ERROR_QUERY, "Query parameter", name};
    struct text encoded = {"", 0};
    bool there;
    if (!find_parameter(r->query, name, &encoded, &there, err))
        return false;
    if (there && !percent_decode_text(encoded, &place, r->arena, &encoded, err))
        return false;
    *found = there;
    if (there)
        *value = encoded;
    return true;
}

bool http_request_part(const struct http_request *r, const char *name, struct text *value, bool *found,
                       struct error *err)
{
    const struct percent_place place = {ERROR_PATH, "The path's part", name};
    struct text encoded = {NULL, 0};
    bool there = r->route != NULL && path_part(r->route, r->path, name, &encoded);
    if (there && !percent_decode_text(encoded, &place, r->arena, &encoded, err))
        return false;
    *found = there;
    if (there)
        *value = encoded;
    return true;
}

void http_request_note(const struct http_request *r, const char *name, int64_t value)
{
    if (r->notes == NULL)
        return;
    assert(r->notes->count < HTTP_NOTES_MAX);
    r->notes->list[r->notes->count++] = (struct http_note){name, value};
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
