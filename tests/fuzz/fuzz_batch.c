/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a body: refused, or parse(write(b)) equals b, which equal writings show, as writing loses
 * nothing. */
#include <stdint.h>
#include <stdlib.h>

#include "batch/batch.h"

static const struct batch_limits limits = {.max_users = 8, .max_stats = 8, .max_values = 50};

static bool parse(struct text body, struct arena *arena, struct text *written)
{
    struct error err;
    struct batch b;
    struct buffer out;
    if (!batch_parse(body, &limits, arena, &b, &err))
        return false;
    buffer_init(&out, arena, 1 << 22);
    batch_write(&b, &out);
    return buffer_finish(&out, ERROR_BATCH_LIMIT, written, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct text once, twice;
    arena_init(&arena, 1 << 26);
    if (parse(text_slice((const char *)data, size), &arena, &once) &&
        (!parse(once, &arena, &twice) || !text_equals(once, twice)))
        abort();
    arena_reset(&arena);
    return 0;
}
