/* SPDX-License-Identifier: Apache-2.0 */
/* The machine's own clocks and randomness. */
#include "base/clock.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

static int64_t wall_ms(void *context)
{
    (void)context;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t monotonic_ns(void *context)
{
    (void)context;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static bool fill(void *context, void *out, size_t size, struct error *err)
{
    (void)context;
    char *at = out;
    while (size > 0) {
        ssize_t got = getrandom(at, size, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return error_set(err, ERROR_INTERNAL, "getrandom: %s", strerror(errno));
        at += got;
        size -= (size_t)got;
    }
    return true;
}

const struct clock clock_system = {wall_ms, monotonic_ns, NULL};
const struct random_source random_system = {fill, NULL};
