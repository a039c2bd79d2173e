/* SPDX-License-Identifier: Apache-2.0 */
/* What a request says about content codings: the one its body has, those its answer may have. Private to the
 * module and its tests. */
#ifndef USERSTATS_SRC_HTTP_CONTENT_CODING_H
#define USERSTATS_SRC_HTTP_CONTENT_CODING_H

#include "http/message.h"

/* NO: send the identity. MAY: gzip is welcome, and the identity is taken as well. MUST: the identity is
 * refused and gzip is not. */
enum gzip_wish { GZIP_NO, GZIP_MAY, GZIP_MUST };

/* Reads every Accept-Encoding of R as one list (RFC 9110 §12.5.3, §5.3); x-gzip is gzip. GZIP_NO when there
 * is none (a client that does not ask seldom decodes), when the caller would rather have the identity, when
 * it refuses both, and when any of it is malformed. A coding that is listed twice has the lower weight. */
enum gzip_wish content_coding_wish(const struct http_request *r);

/* Whether the body of R is said to have a coding other than identity. */
bool content_coding_is_applied(const struct http_request *r);

#endif
