/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes: refused, or what was split reads the same when it is put together again. */
#include <stdlib.h>
#include <string.h>

#include "auth/xbl_header.h"
#include "base/buffer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xbl_header one, two;
    struct text written;
    struct error err;
    struct arena a;
    struct buffer b;
    if (!xbl_header_parse(text_slice((const char *)data, size), &one, &err))
        return 0;
    arena_init(&a, 1 << 20);
    buffer_init(&b, &a, 1 << 18);
    buffer_format(&b, "XBL3.0 x=%.*s;%.*s", TEXT_ARG(one.userhash), TEXT_ARG(one.token));
    if (!buffer_finish(&b, ERROR_INTERNAL, &written, &err) || !xbl_header_parse(written, &two, &err) ||
        one.caller != two.caller || !text_equals(one.userhash, two.userhash) ||
        !text_equals(one.token, two.token))
        abort();
    arena_reset(&a);
    return 0;
}
