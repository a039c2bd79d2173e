/* SPDX-License-Identifier: Apache-2.0 */
/* The one file that speaks libxxhash. */
#include "base/hash.h"

#include <xxhash.h>

#define FOLDED_MAX 256

uint64_t hash_text(struct text t)
{
    return XXH3_64bits(t.data, t.size);
}

uint64_t hash_text_seeded(struct text t, uint64_t seed)
{
    return XXH3_64bits_withSeed(t.data, t.size, seed);
}

uint64_t hash_text_ignoring_case(struct text t)
{
    char folded[FOLDED_MAX];
    uint64_t hash = 0;
    do { /* piece by piece, each seeded with the hash of those before it */
        size_t size = t.size < sizeof folded ? t.size : sizeof folded;
        for (size_t i = 0; i < size; i++)
            folded[i] = ascii_lower(t.data[i]);
        hash = XXH3_64bits_withSeed(folded, size, hash);
        t = text_slice(size > 0 ? t.data + size : t.data, t.size - size);
    } while (t.size > 0);
    return hash;
}

struct hash128 hash_text_128(struct text t)
{
    XXH128_hash_t h = XXH3_128bits(t.data, t.size);
    return (struct hash128){h.high64, h.low64};
}
