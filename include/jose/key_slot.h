/* SPDX-License-Identifier: Apache-2.0 */
/* The one place where an issuer's key set in force is kept: read by every request, swapped by whoever keeps
 * the keys fresh. */
#ifndef USERSTATS_JOSE_KEY_SLOT_H
#define USERSTATS_JOSE_KEY_SLOT_H

#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "jose/key_set.h"

struct key_slot;

/* A slot that holds SET, whose reference it takes over; NULL: no keys yet. The caller owns *out. */
bool key_slot_open(struct key_set *set, struct key_slot **out, struct error *err) MUST_USE;
void key_slot_close(struct key_slot **slot);

/* A reference to the set now in force, which the caller gives back; NULL while there is none. Any thread. */
struct key_set *key_slot_get(struct key_slot *slot);
/* Puts SET (whose reference the slot takes over) in force: whoever has the old one keeps it. Any thread. */
void key_slot_put(struct key_slot *slot, struct key_set *set);
/* How often a set was put. Equal before and after: the same set was in force all the while. Any thread. */
uint64_t key_slot_generation(const struct key_slot *slot);

/* Says that a token named a key that no set has: a key set from a URL may be out of date. Any thread. */
void key_slot_report_unknown(struct key_slot *slot);
/* How often that was said. */
uint64_t key_slot_unknown(const struct key_slot *slot);

#endif
