/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a token, or as the header of one, against RFC 7515 A.3's key: only its payload comes out. */
#include <stdlib.h>

#include "jose/base64url.h"
#include "jose/jws.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char keys[] =
        "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
        "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}]}";
    static struct key_set *set;
    struct text token = text_slice((const char *)data, size), out;
    struct error err;
    struct arena a;
    struct buffer b;
    arena_init(&a, 4 << 20);
    buffer_init(&b, &a, 1 << 20);
    base64url_encode(token, &b);
    buffer_put(&b, ".e30.e30");
    if ((set == NULL && !key_set_parse(text_of(keys), "fuzz", NULL, &set, &err)) ||
        (jws_verify(token, set, &a, &out, &err) && !text_starts_with(out, text_of("{\"iss\":"))) ||
        !buffer_finish(&b, ERROR_INTERNAL, &token, &err) || jws_verify(token, set, &a, &out, &err))
        abort();
    arena_reset(&a);
    return 0;
}
