/* SPDX-License-Identifier: Apache-2.0 */
/* Refuse what two HTTP implementations could read in two ways, before anything else looks at a request. */
#ifndef USERSTATS_HTTP_GATE_H
#define USERSTATS_HTTP_GATE_H

#include "base/attributes.h"
#include "base/error.h"
#include "http/message.h"

/* What the carrier saw of a request line and its headers, in order and as received. */
struct http_head {
    struct text method, target, version; /* "POST", "/batch?x", "HTTP/1.1" */
    const struct http_header *headers;
    size_t header_count;
    bool headers_were_cut; /* there were more than HTTP_REQUEST_HEADERS_MAX */
};

/* Fails with URI_TOO_LONG, HEADERS_TOO_LARGE or AMBIGUOUS_REQUEST; after AMBIGUOUS_REQUEST the connection must be closed, as where the next
 * request begins is not certain. Refused: a version other than HTTP/1.0 and 1.1; a method that is no token; a target that does not begin with '/'
 * (absolute-form and '*' are not served) or holds a control character, space or '#'; a header name that is no token (RFC 9110 §5.6.2); NUL, CR, LF or
 * another control character but TAB in a value; Content-Length, Transfer-Encoding, Host, Authorization or Content-Type more than
 * once; Content-Length together with Transfer-Encoding; a Content-Length that is not plain digits (no leading zero) within 2^63-1; a Transfer-Encoding other
 * than "chunked", or any on HTTP/1.0; HTTP/1.1 without Host. */
bool http_gate_check(const struct http_head *head, struct error *err) MUST_USE;

/* The declared body size of a head that passed the gate; *declared is false when there is none (no body, or chunked). */
void http_gate_body_size(const struct http_head *head, bool *declared, uint64_t *size, bool *chunked);

#endif
