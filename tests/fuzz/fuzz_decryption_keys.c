/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a file of decryption keys: refused, or one RSA pair. */
#include <stdlib.h>

#include "jose/algorithm.h"
#include "jose/key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct key_rules rules = {KEYS_DECRYPT, 0, false};
    struct key_set *set = NULL;
    struct error err;
    if (!key_set_parse(text_slice((const char *)data, size), "fuzz", &rules, &set, &err)) {
        if (set != NULL || err.detail[0] == '\0')
            abort();
        return 0;
    }
    if (key_set_size(set) != 1 || !algorithm_accepts_key(JOSE_RSA_OAEP, set->keys[0].pkey, &err))
        abort();
    key_set_release(&set);
    return 0;
}
