/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a key file: refused, or a set of 1 to 64 keys each of which fits its algorithm. */
#include <stdlib.h>

#include "jose/algorithm.h"
#include "jose/key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct key_set *set = NULL;
    struct error err;
    if (!key_set_parse(text_slice((const char *)data, size), "fuzz", NULL, &set, &err)) {
        if (set != NULL || err.detail[0] == '\0')
            abort();
        return 0;
    }
    if (key_set_size(set) == 0 || key_set_size(set) > KEY_SET_MAX)
        abort();
    for (size_t i = 0; i < key_set_size(set); i++) {
        if (!algorithm_accepts_key(algorithm_first(set->keys[i].algorithms), set->keys[i].pkey, &err))
            abort();
    }
    key_set_release(&set);
    return 0;
}
