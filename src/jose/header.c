/* SPDX-License-Identifier: Apache-2.0 */
/* Read what a token says of itself. Awkward: it is chosen by whoever sent the token, and read before anything
 * is verified, so it is small, strict JSON, and what is not understood but must be refuses it. */
#include "jose/header.h"

#include "jose/base64url.h"
#include "jose/jws.h"

size_t part_count(struct text token)
{
    size_t count = 1;
    for (size_t i = 0; i < token.size; i++)
        count += token.data[i] == '.';
    return count;
}

bool part_decode(struct text part, const char *what, struct arena *arena, struct text *out, struct error *err)
{
    size_t size;
    char *bytes = arena_alloc(arena, base64url_decoded_size(part.size), err);
    if (bytes == NULL)
        return false;
    if (!base64url_decode(part, bytes, &size))
        return error_set(err, ERROR_TOKEN_MALFORMED, "the %s is not base64url", what);
    *out = text_slice(bytes, size);
    return true;
}

static bool has_none_of(const struct json_value *header, const char *const *refused, struct error *err)
{
    for (; *refused != NULL; refused++) {
        if (json_find(header, *refused) != NULL)
            return error_set(err, ERROR_TOKEN_MALFORMED, "the header has '%s', which is not served",
                             *refused);
    }
    return true;
}

bool header_read(struct text encoded, const char *const *refused, struct arena *arena,
                 const struct json_value **out, struct error *err)
{
    const struct json_limits limits = {.max_depth = 8, .max_values = 256};
    const struct json_value *header = NULL;
    struct text bytes = {0};
    if (base64url_decoded_size(encoded.size) > JWS_HEADER_MAX)
        return error_set(err, ERROR_TOKEN_MALFORMED, "the header has more than %d bytes", JWS_HEADER_MAX);
    if (!part_decode(encoded, "header", arena, &bytes, err))
        return false;
    if (!json_read(bytes, &limits, arena, &header, err))
        return err->code == ERROR_NO_MEMORY
                   ? false
                   : error_set(err, ERROR_TOKEN_MALFORMED, "the header is not valid JSON");
    if (json_kind(header) != JSON_OBJECT)
        return error_set(err, ERROR_TOKEN_MALFORMED, "the header is no JSON object");
    if (!has_none_of(header, refused, err))
        return false;
    *out = header;
    return true;
}

bool header_text(const struct json_value *header, const char *name, struct text *out, struct error *err)
{
    const struct json_value *value = json_find(header, name);
    if (value != NULL && json_kind(value) != JSON_STRING)
        return error_set(err, ERROR_TOKEN_MALFORMED, "the header's %s is no string", name);
    *out = json_string(value);
    return true;
}
