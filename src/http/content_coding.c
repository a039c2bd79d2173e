/* SPDX-License-Identifier: Apache-2.0 */
/* Accept-Encoding and Content-Encoding. Awkward: "*" speaks for every coding that is not named, the identity
 * included, and a caller who names neither takes the identity, but only as the last resort. */
#include "http/content_coding.h"

#include <string.h>

#include "http/token.h"

#define WEIGHT_MOST  1000 /* a qvalue has three decimals */
#define WEIGHT_LEAST 1    /* that is not a refusal */
#define NOT_NAMED    (-1)

struct weights {
    int gzip, identity, any;
};

/* qvalue = ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] ), in thousandths (RFC 9110 §12.4.2). */
static bool read_qvalue(struct text t, int *out)
{
    int weight = 0, unit = WEIGHT_MOST;
    if (t.size == 0 || t.size > strlen("0.000") || (t.size > 1 && t.data[1] != '.'))
        return false;
    for (size_t i = 0; i < t.size; i++) {
        if (i == 1)
            continue;
        if (!ascii_is_digit(t.data[i]))
            return false;
        weight += (t.data[i] - '0') * unit;
        unit /= 10;
    }
    *out = weight;
    return weight <= WEIGHT_MOST; /* "1.001" and "2" are none */
}

/* weight = OWS ";" OWS "q=" qvalue; T is what follows the semicolon. */
static bool read_weight(struct text t, int *out)
{
    struct text name, value, trimmed = text_trimmed(t);
    return text_split(trimmed, '=', &name, &value) && text_equals_ignoring_case(name, text_of("q")) &&
           read_qvalue(value, out);
}

static void lower(int *weight, int to)
{
    if (*weight == NOT_NAMED || to < *weight)
        *weight = to;
}

/* codings [ weight ], or nothing at all (RFC 9110 §5.6.1.2). */
static bool read_element(struct text element, struct weights *w)
{
    struct text name = text_trimmed(element), parameter;
    int weight = WEIGHT_MOST;
    if (name.size == 0)
        return true;
    if (text_split(name, ';', &name, &parameter) && !read_weight(parameter, &weight))
        return false;
    name = text_trimmed(name);
    if (!text_is_token(name))
        return false;
    if (text_equals_ignoring_case(name, text_of("gzip")) ||
        text_equals_ignoring_case(name, text_of("x-gzip")))
        lower(&w->gzip, weight);
    else if (text_equals_ignoring_case(name, text_of("identity")))
        lower(&w->identity, weight);
    else if (text_equals(name, text_of("*")))
        lower(&w->any, weight);
    return true;
}

static bool read_list(struct text list, struct weights *w)
{
    struct text element;
    while (text_split(list, ',', &element, &list)) {
        if (!read_element(element, w))
            return false;
    }
    return read_element(list, w);
}

static enum gzip_wish decide(const struct weights *w)
{
    int any_gzip = w->any == NOT_NAMED ? 0 : w->any;
    int any_identity = w->any == NOT_NAMED ? WEIGHT_LEAST : w->any;
    int gzip = w->gzip == NOT_NAMED ? any_gzip : w->gzip;
    int identity = w->identity == NOT_NAMED ? any_identity : w->identity;
    if (gzip == 0 || gzip < identity)
        return GZIP_NO;
    return identity == 0 ? GZIP_MUST : GZIP_MAY;
}

enum gzip_wish content_coding_wish(const struct http_request *r)
{
    struct weights w = {NOT_NAMED, NOT_NAMED, NOT_NAMED};
    for (size_t i = 0; i < r->header_count; i++) {
        if (text_equals_ignoring_case(r->headers[i].name, text_of("Accept-Encoding")) &&
            !read_list(r->headers[i].value, &w))
            return GZIP_NO;
    }
    return decide(&w);
}

bool content_coding_is_applied(const struct http_request *r)
{
    struct text value;
    size_t count;
    bool is_one = http_request_header(r, "Content-Encoding", &value, &count);
    return count > 0 && !(is_one && text_equals_ignoring_case(value, text_of("identity")));
}
