/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as contract 2's body: refused, or parse(write(b)) equals b, as equal writings show. */
#include <stdlib.h>

#include "batch/dialect.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool rewrite(struct text body, struct arena *arena, struct text *out)
{
    static const struct batch_limits limits = {.max_users = 8, .max_stats = 8, .max_values = 50};
    struct buffer writing;
    struct batch b;
    struct error err;
    buffer_init(&writing, arena, 1 << 22);
    if (batch_parse_contract_2(body, &limits, arena, &b, &err))
        batch_request_contract_2(&b, &writing);
    return writing.size > 0 && buffer_finish(&writing, ERROR_BATCH_LIMIT, out, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text one, two, body = text_slice((const char *)data, size);
    struct arena a;
    arena_init(&a, 1 << 26);
    if (rewrite(body, &a, &one) && (!rewrite(one, &a, &two) || !text_equals(one, two)))
        abort();
    arena_reset(&a);
    return 0;
}
