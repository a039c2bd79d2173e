/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as an encrypted token, and as a DEFLATE stream: nothing is for a new key, all is within bounds.
 */
#include <openssl/rsa.h>
#include <stdlib.h>

#include "jose/deflate.h"
#include "jose/jwe.h"
#include "jose/key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct key_set *set;
    struct text bytes = text_slice((const char *)data, size), out;
    struct error err;
    struct arena a;
    struct jwe jwe;
    struct jwe_opened opened;
    arena_init(&a, 1 << 20);
    if (set == NULL && (!key_set_make(&(struct key_rules){KEYS_DECRYPT, 0, false}, &set, &err) ||
                        !key_set_add(set, &(struct key){.pkey = EVP_RSA_gen(2048)}, &err)))
        abort();
    if ((inflate_whole(bytes, 65536, &a, &out, &err) && out.size > 65536) ||
        (jwe_read(bytes, &a, &jwe, &err) && (!jwe_is(bytes) || jwe_open(&jwe, set, &a, &opened, &err))))
        abort();
    arena_reset(&a);
    return 0;
}
