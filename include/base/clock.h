/* SPDX-License-Identifier: Apache-2.0 */
/* Time and randomness are handed in, so that a test decides what they are. */
#ifndef USERSTATS_BASE_CLOCK_H
#define USERSTATS_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"

struct clock {
    /* Milliseconds since 1970-01-01T00:00Z; may step. For exp, nbf and log lines. */
    int64_t (*wall_ms)(void *context);
    /* Nanoseconds since some fixed point; never steps. For deadlines and durations. */
    int64_t (*monotonic_ns)(void *context);
    void *context;
};

struct random_source {
    bool (*fill)(void *context, void *out, size_t size, struct error *err);
    void *context;
};

/* The machine's own. Any thread. */
extern const struct clock clock_system;
extern const struct random_source random_system; /* getrandom(2) */

#endif
