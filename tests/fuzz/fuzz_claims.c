/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a payload: refused, or claims within bounds that nobody's clock finds valid at exp and the
 * skew. */
#include <stdlib.h>

#include "auth/claims.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct issuer issuer = {.name = text_of("me"), .audience = text_of("you")};
    struct claims c;
    struct error err;
    struct arena a;
    arena_init(&a, 16 << 20);
    if (claims_read(text_slice((const char *)data, size), &a, &c, &err)) {
        const struct principal *p = &c.principal;
        if (c.audience_count > CLAIMS_AUDIENCES_MAX || p->user_count > CLAIMS_USERS_MAX ||
            p->caller != NULL || claims_judge(&c, &issuer, c.validity.expires_s, &err))
            abort();
        issuer.clock_skew_s = INT64_MAX;
        if (claims_judge(&c, &issuer, INT64_MAX, &err) && c.validity.expires_s <= 0)
            abort();
    }
    arena_reset(&a);
    return 0;
}
