/* SPDX-License-Identifier: Apache-2.0 */
/* How many tokens may be decrypted at once, and how much time may go into those that turn out bad. Good ones
 * are not held back for one another: it is bad ones that make it narrow, and then shut. */
#ifndef USERSTATS_SRC_AUTH_ADMISSION_H
#define USERSTATS_SRC_AUTH_ADMISSION_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "base/error.h"

/* Bad tokens get a tenth of one core, and may run up this much at once. */
#define ADMISSION_SHARE    10 /* one in so many nanoseconds */
#define ADMISSION_BURST_NS INT64_C(250000000)

/* Shared by all threads; admission_init before any. */
struct admission {
    const struct clock *clock;
    unsigned in_flight_max;
    atomic_uint in_flight;
    _Atomic int64_t
        paid_until_ns; /* on the monotonic clock: when all that was charged will have been earned */
    _Atomic uint64_t refused;
};

void admission_init(struct admission *a, unsigned in_flight_max, const struct clock *clock);

/* Lets one decryption in; every one that was let in leaves again. Fails with OVERLOADED, at no cost, where
 * in_flight_max are in already; while more than half of the burst is used up, where one is in already; while
 * all of it is, always. *SINCE_NS is for admission_leave. */
bool admission_enter(struct admission *a, int64_t *since_ns, struct error *err) MUST_USE;

/* The decryption that came in at SINCE_NS is over; where IT_FAILED the time it took is charged. */
void admission_leave(struct admission *a, int64_t since_ns, bool it_failed);

/* The way of one token, which may come to be decrypted with several keys, or with none. */
struct passage {
    struct admission *admission;
    bool is_in;
    int64_t since_ns; /* where is_in */
};

/* As admission_enter, where P is not in yet. */
bool passage_enter(struct passage *p, struct error *err) MUST_USE;
/* As admission_leave, where P is in. */
void passage_leave(struct passage *p, bool it_failed);

#endif
