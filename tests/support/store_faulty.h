/* SPDX-License-Identifier: Apache-2.0 */
/* A store that passes every call on to another one, but for the n-th, which fails. */
#ifndef USERSTATS_TESTS_SUPPORT_STORE_FAULTY_H
#define USERSTATS_TESTS_SUPPORT_STORE_FAULTY_H

#include "base/error.h"
#include "store/store.h"

/* Wraps INNER, which store_close of the wrapper closes too. One thread at a time. Ends the test when memory
 * runs out. */
struct store *store_faulty_open(struct store *inner);

/* The N-th call from now (1 = the next) fails with CODE and never reaches the inner store; 0: none. */
void store_faulty_fail_nth(struct store *faulty, unsigned long n, enum error_code code);
/* Whether the failure that was planted has happened. */
bool store_faulty_has_fired(const struct store *faulty);
/* How many calls there were since store_faulty_open. */
unsigned long store_faulty_calls(const struct store *faulty);

#endif
