/* SPDX-License-Identifier: Apache-2.0 */
/* Those who sign tokens and those whom they encrypt them to: keys made once for a program, and what is made
 * with them. */
#ifndef USERSTATS_TESTS_AUTH_PARTIES_H
#define USERSTATS_TESTS_AUTH_PARTIES_H

#include "auth/authenticator.h"
#include "jose/key_set.h"
#include "jose/key_slot.h"

enum party { OURS, OTHERS, FOREIGN, PARTIES };

#define OF(party) (1u << (party))

/* An unchecked fixture. */
void parties_make(void);
void parties_drop(void);

/* The public keys of those in WHOM (bits OF(party)) as a new set. */
struct key_set *keys_of(unsigned whom);
/* The public key of WHOM under the kid of WHOSE. */
struct key_set *key_in_disguise(enum party whom, enum party whose);
/* Their private keys, with certificates, to decrypt with. */
struct key_set *decryption_keys_of(unsigned whom);
/* The same in slots of their own. */
struct key_slot *slot_of(unsigned whom);
struct key_slot *decryption_slot_of(unsigned whom);

struct text signed_by(enum party whom, const char *payload, struct arena *arena);
struct text encrypted_to(enum party whom, struct text token, struct arena *arena);
/* XBL3.0 x=USERHASH;TOKEN */
struct text header_with(const char *userhash, struct text token, struct arena *arena);

/* A clock that stands still, and with STEP not 0 goes on by that with every look at it. One at a time. */
extern int64_t clock_now_ns, clock_step_ns;
extern const struct clock standing_clock;

struct authenticator *authenticator_of(const struct issuer *issuers, size_t count, size_t remembered_max);
/* With so many decryptions at once. */
struct authenticator *authenticator_for(const struct issuer *issuers, size_t count, size_t remembered_max,
                                        unsigned decryptions);

#endif
