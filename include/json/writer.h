/* SPDX-License-Identifier: Apache-2.0 */
/* Write JSON straight into a bounded buffer. No state: the caller puts the punctuation with buffer_put. */
#ifndef USERSTATS_JSON_WRITER_H
#define USERSTATS_JSON_WRITER_H

#include "base/buffer.h"
#include "base/text.h"

/* T as a JSON string with its quotes. Escapes '"', '\' and U+0000–U+001F (RFC 8259 §7); U+007F and other UTF-8 stay as
 * they are. A byte that is not part of well-formed UTF-8 becomes U+FFFD, so that the document is always valid. */
void json_write_string(struct buffer *b, struct text t);

#endif
