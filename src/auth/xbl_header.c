/* SPDX-License-Identifier: Apache-2.0 */
/* Split `XBL3.0 x=<userhash>;<token>`. Only its shape is looked at; whether the token is worth anything is
 * for others to say. */
#include "auth/xbl_header.h"

#include "jose/jws.h"

static bool is_visible(struct text t)
{
    for (size_t i = 0; i < t.size; i++) {
        if (t.data[i] <= ' ' || t.data[i] > '~')
            return false;
    }
    return true;
}

/* The userhash and the token, after the scheme and "x=". */
static bool parse_credentials(struct text credentials, struct xbl_header *out, struct error *err)
{
    struct xbl_header h = {.caller = XBL_CALLER_USER};
    if (!is_visible(credentials) || !text_split(credentials, ';', &h.userhash, &h.token))
        return error_set(err, ERROR_AUTH_HEADER, "the header is not of the form XBL3.0 x=<userhash>;<token>");
    if (h.userhash.size == 0 || h.userhash.size > XBL_USERHASH_MAX)
        return error_set(err, ERROR_AUTH_HEADER, "the userhash is empty or has more than %d characters",
                         XBL_USERHASH_MAX);
    if (h.token.size == 0 || h.token.size > TOKEN_MAX)
        return error_set(err, ERROR_AUTH_HEADER, "the token is empty or has more than %d bytes", TOKEN_MAX);
    if (text_equals(h.userhash, text_of("*")))
        h.caller = XBL_CALLER_ANY;
    if (text_equals(h.userhash, text_of("-")))
        h.caller = XBL_CALLER_NONE;
    *out = h;
    return true;
}

bool xbl_header_parse(struct text value, struct xbl_header *out, struct error *err)
{
    struct text scheme, rest;
    if (!text_split(value, ' ', &scheme, &rest) || !text_equals_ignoring_case(scheme, text_of("XBL3.0")))
        return error_set(err, ERROR_AUTH_HEADER, "the scheme is not XBL3.0");
    while (rest.size > 0 && rest.data[0] == ' ') /* RFC 9110 §11.4: one or more spaces */
        rest = text_slice(rest.data + 1, rest.size - 1);
    if (!text_starts_with(rest, text_of("x=")))
        return error_set(err, ERROR_AUTH_HEADER, "x= does not follow the scheme");
    return parse_credentials(text_slice(rest.data + 2, rest.size - 2), out, err);
}
