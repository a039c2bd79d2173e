/* SPDX-License-Identifier: Apache-2.0 */
/* The spelling of an xuid. */
#include "model/xuid.h"

bool xuid_parse(struct text t, uint64_t *out)
{
    uint64_t n;
    if (!text_to_u64(t, &n) || n == 0)
        return false;
    *out = n;
    return true;
}
