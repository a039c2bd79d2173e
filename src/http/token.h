/* SPDX-License-Identifier: Apache-2.0 */
/* The one word of which HTTP's grammar is made. Private to the module. */
#ifndef USERSTATS_SRC_HTTP_TOKEN_H
#define USERSTATS_SRC_HTTP_TOKEN_H

#include <stdbool.h>

#include "base/text.h"

/* token = 1*tchar (RFC 9110 §5.6.2). */
bool text_is_token(struct text t);

#endif
