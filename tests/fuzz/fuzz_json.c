/* SPDX-License-Identifier: Apache-2.0 */
/* A document that is taken is UTF-8 without NUL, and as a string it survives being written and read. */
#include <stdlib.h>
#include <string.h>

#include "json/reader.h"
#include "json/writer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct json_limits limits = {64, 4096};
    struct text document = text_slice((const char *)data, size), again;
    const struct json_value *root, *copy;
    struct error err;
    struct arena arena;
    struct buffer b;
    arena_init(&arena, 64 << 20);
    buffer_init(&b, &arena, 8 << 20);
    if (json_read(document, &limits, &arena, &root, &err)) {
        json_write_string(&b, document);
        if (!text_is_utf8(document) || memchr(document.data, 0, size) != NULL ||
            !buffer_finish(&b, ERROR_INTERNAL, &again, &err) ||
            !json_read(again, &limits, &arena, &copy, &err) || !text_equals(json_string(copy), document))
            abort();
    }
    arena_reset(&arena);
    return 0;
}
