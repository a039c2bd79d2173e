/* SPDX-License-Identifier: Apache-2.0 */
/* A fast hash for tables and validators; not for secrets (XXH3 of libxxhash). */
#ifndef USERSTATS_BASE_HASH_H
#define USERSTATS_BASE_HASH_H

#include <stdint.h>

#include "base/text.h"

uint64_t hash_text(struct text t);
/* As hash_text, with a SEED that makes it another function: for tables whose keys come from peers, who must not
 * be able to tell which keys meet. */
uint64_t hash_text_seeded(struct text t, uint64_t seed);
/* With A–Z and a–z alike. */
uint64_t hash_text_ignoring_case(struct text t);

struct hash128 {
    uint64_t high, low;
};
struct hash128 hash_text_128(struct text t);

#endif
