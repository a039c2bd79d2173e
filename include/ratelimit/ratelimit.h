/* SPDX-License-Identifier: Apache-2.0 */
/* Count a caller's requests in two windows at once.
 *
 * Windows are fixed: one begins with a caller's first request after its last one ended, and ends when its
 * period is over; then its count is 0 again. Every request counts in both, refused ones too: in the sustain
 * window they use up what is left of it, as the protocol says; in the burst window, which ends when it ends,
 * they only show how far beyond the limit the caller is.
 *
 * The table has one size from the start, however many callers come. Where it is full, a caller is forgotten
 * to make room for another: one whose windows have ended, else the one of the same bucket whose window began
 * first. Who is forgotten early starts anew, so that the limit may let more through; it never refuses a
 * request that an endless table would have let through. */
#ifndef USERSTATS_RATELIMIT_RATELIMIT_H
#define USERSTATS_RATELIMIT_RATELIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"

enum ratelimit_window { RATELIMIT_BURST, RATELIMIT_SUSTAIN, RATELIMIT_WINDOW_COUNT };

/* The periods of Xbox Live, in seconds. */
#define RATELIMIT_BURST_PERIOD_S   15
#define RATELIMIT_SUSTAIN_PERIOD_S 300

#define RATELIMIT_MOST        1000000 /* requests in a window */
#define RATELIMIT_CALLERS_MAX 16777216

struct ratelimit_rule {
    uint32_t most;     /* requests of one caller, at most RATELIMIT_MOST; 0: the window is off */
    uint32_t period_s; /* 1 to 86400 */
};

struct ratelimit_options {
    struct ratelimit_rule rules[RATELIMIT_WINDOW_COUNT];
    size_t max_callers; /* 1 to RATELIMIT_CALLERS_MAX; rounded up to a power of two, at 32 bytes each */
    const struct random_source *random; /* keys the table, so that nobody can aim at a bucket */
};

struct ratelimit;

/* With both windows off, *out is NULL, which the functions below take for "no limit". Else the caller owns
 * *out. Fails with NO_MEMORY, or INTERNAL without randomness. */
bool ratelimit_open(const struct ratelimit_options *options, struct ratelimit **out,
                    struct error *err) MUST_USE;
void ratelimit_close(struct ratelimit **ratelimit);

/* Who is counted: a user in a title. */
struct ratelimit_caller {
    uint64_t xuid;        /* 0: none; then USERHASH tells the users apart */
    struct text userhash; /* not looked at beside an xuid; may be absent: then all such are one user */
    uint64_t title_id;    /* 0: none */
};

/* What a refused caller is told. */
struct ratelimit_verdict {
    enum ratelimit_window window; /* whose limit is exceeded; of both, the burst window */
    uint32_t current;             /* requests in that window, this one included; stops at 2^21-1 */
    struct ratelimit_rule rule;   /* of that window */
    uint32_t retry_after_s;       /* whole seconds until no limit is exceeded any more, at least 1 */
};

/* Counts a request of CALLER at NOW_NS (monotonic, not negative; looked at in whole milliseconds). False when
 * it is one too many: then *verdict says so; else *verdict is untouched. Allocates nothing. Any thread; a
 * NOW_NS that is a little behind another thread's is fine. */
bool ratelimit_take(struct ratelimit *ratelimit, const struct ratelimit_caller *caller, int64_t now_ns,
                    struct ratelimit_verdict *verdict) MUST_USE;

/* In force: a rule with most 0 where the window is off. */
struct ratelimit_rule ratelimit_rule_of(const struct ratelimit *ratelimit, enum ratelimit_window window);
/* How many callers it can hold; 0 where there is no limit. */
size_t ratelimit_capacity(const struct ratelimit *ratelimit);

#endif
