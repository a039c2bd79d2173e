/* SPDX-License-Identifier: Apache-2.0 */
/* Any path of a single user's request: refused, or parse(write(b)) equals b, as equal writings show. */
#include <stdlib.h>

#include "single_rewrite.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void rewrite_twice(struct text once, struct arena *arena)
{
    if (once.data != NULL && !text_equals(once, single_rewrite(once, arena)))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct text path = text_slice((const char *)data, size);
    struct arena a;
    arena_init(&a, 1 << 26);
    rewrite_twice(single_rewrite(path, &a), &a);
    rewrite_twice(single_request(path, &a), &a);
    arena_reset(&a);
    return 0;
}
