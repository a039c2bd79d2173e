/* SPDX-License-Identifier: Apache-2.0 */
/* How long an answer is fresh, by its Cache-Control and Age headers (RFC 9111 §4.2, §5.1, §5.2.2). No I/O. */
#ifndef USERSTATS_FETCH_CACHE_CONTROL_H
#define USERSTATS_FETCH_CACHE_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

/* What an overflowing number of seconds counts as (RFC 9111 §1.2.2). */
#define CACHE_CONTROL_SECONDS_MAX INT64_C(2147483648)

struct cache_control {
    bool forbids; /* no-store or no-cache, with or without field names */
    bool has_max_age;
    int64_t max_age_s; /* 0 to CACHE_CONTROL_SECONDS_MAX */
    int64_t age_s;     /* the same */
};

/* Takes in the value of one Cache-Control header; an answer may have several. All zero is where to begin. Of
 * several max-age the first counts; one that is no number is 0 (§4.2.1: rather stale than wrong). */
void cache_control_read(struct cache_control *c, struct text value);
/* Takes in the value of an Age header: its first number; anything else is ignored (§5.1). */
void cache_control_read_age(struct cache_control *c, struct text value);
/* 0 to CACHE_CONTROL_SECONDS_MAX, or -1 where nothing was said. */
int64_t cache_control_fresh_s(const struct cache_control *c);

#endif
