/* SPDX-License-Identifier: Apache-2.0 */
/* The keys that an issuer no longer publishes and that are kept for a while, because tokens that they signed
 * are still about. */
#ifndef USERSTATS_KEYS_LEAVING_H
#define USERSTATS_KEYS_LEAVING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "jose/key_set.h"

struct leaving {
    int64_t overlap_ms; /* how long a key is kept from when it was first missing */
    int64_t noted_ms;   /* when the last note was made */
    size_t count;
    struct {
        struct key_id id;
        int64_t since_ms;
    } keys[KEY_SET_MAX];
};

/* Remembers since when each key of CURRENT, the set now in force, has been missing in PUBLISHED. */
void leaving_note(struct leaving *l, const struct key_set *published, const struct key_set *current,
                  int64_t now_ms);

/* PUBLISHED and, of CURRENT, the keys that as of the last note are missing but not yet for the whole overlap.
 * PUBLISHED wins where names collide or there is no room. The caller owns *out. Fails with ERROR_NO_MEMORY.
 */
bool leaving_join(const struct leaving *l, const struct key_set *published, const struct key_set *current,
                  struct key_set **out, struct error *err) MUST_USE;

/* Whether a key has been missing for the whole overlap and is still remembered: time to join again. */
bool leaving_is_over(const struct leaving *l, int64_t now_ms);
/* Forgets those keys, once a set without them is in force. */
void leaving_forget(struct leaving *l, int64_t now_ms);

#endif
