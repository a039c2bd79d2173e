/* SPDX-License-Identifier: Apache-2.0 */
/* Which bytes a token may have. Awkward: NUL ends the list of special characters, so it has to be ruled out
 * by itself. */
#include "http/token.h"

#include <string.h>

bool text_is_token(struct text t)
{
    for (size_t i = 0; i < t.size; i++) {
        char c = t.data[i];
        if (!ascii_is_alnum(c) && (c == '\0' || strchr("!#$%&'*+-.^_`|~", c) == NULL))
            return false;
    }
    return t.size > 0;
}
