/* SPDX-License-Identifier: Apache-2.0 */
/* One due time that each event moves. Awkward: an unknown key that comes too soon after a fetch made for
 * another one is not forgotten but put off, or the first token of a new key could be without it for a whole
 * refresh because of somebody's nonsense just before. */
#include "keys/schedule.h"

#include "keys/keeper.h"

#define MS_OF_S       1000
#define RETRY_FIRST_S 1
#define SECONDS_MAX   (INT64_C(1) << 31)

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* splitmix64 (Steele, Lea and Flood 2014): good enough to spread fetches. */
static uint64_t next_number(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* MS, give or take a tenth. */
static int64_t about(struct url_schedule *s, int64_t ms)
{
    int64_t tenth = ms / 10;
    return ms - tenth + (int64_t)(next_number(&s->jitter) % (uint64_t)(2 * tenth + 1));
}

void url_schedule_init(struct url_schedule *s, int64_t refresh_s, uint64_t seed, int64_t now_ms)
{
    *s = (struct url_schedule){
        .refresh_ms = larger(1, smaller(refresh_s, SECONDS_MAX)) * MS_OF_S,
        .due_ms = now_ms,
        .unknown_from_ms = now_ms,
        .jitter = seed,
    };
}

bool url_schedule_is_due(const struct url_schedule *s, int64_t now_ms)
{
    return now_ms >= s->due_ms;
}

void url_schedule_start(struct url_schedule *s, int64_t now_ms)
{
    if (s->unknown_waits)
        s->unknown_from_ms = now_ms + (int64_t)URL_UNKNOWN_INTERVAL_S * MS_OF_S;
    s->unknown_waits = false;
}

void url_schedule_succeed(struct url_schedule *s, int64_t now_ms, int64_t fresh_s)
{
    int64_t wait_ms = s->refresh_ms;
    if (fresh_s >= 0)
        wait_ms = smaller(larger(smaller(fresh_s, SECONDS_MAX), URL_FRESH_MIN_S) * MS_OF_S, s->refresh_ms);
    s->failures = 0;
    s->due_ms = now_ms + about(s, wait_ms);
}

void url_schedule_fail(struct url_schedule *s, int64_t now_ms)
{
    int64_t wait_s = s->failures < 6 ? (int64_t)RETRY_FIRST_S << s->failures : URL_RETRY_MAX_S;
    if (s->failures < 6)
        s->failures++;
    s->due_ms = now_ms + about(s, smaller(smaller(wait_s, URL_RETRY_MAX_S) * MS_OF_S, s->refresh_ms));
}

void url_schedule_report_unknown(struct url_schedule *s, int64_t now_ms)
{
    s->unknown_waits = true;
    s->due_ms = smaller(s->due_ms, larger(now_ms, s->unknown_from_ms));
}

void url_schedule_demand(struct url_schedule *s, int64_t now_ms)
{
    s->due_ms = now_ms;
}
