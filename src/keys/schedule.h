/* SPDX-License-Identifier: Apache-2.0 */
/* When a key URL is fetched next: no thread, no clock, no I/O. Times are milliseconds of one monotonic clock.
 *
 * After a success: as long as the server lets its answer be used, at least URL_FRESH_MIN_S and at most
 * refresh_s. After a failure: 1, 2, 4 … seconds, at most URL_RETRY_MAX_S or refresh_s. Both ±10 %, so that
 * many instances do not come at once. */
#ifndef USERSTATS_KEYS_SCHEDULE_H
#define USERSTATS_KEYS_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

struct url_schedule {
    int64_t refresh_ms;
    int64_t due_ms;          /* when the next fetch is to start */
    int64_t unknown_from_ms; /* before that, no fetch is made for the sake of an unknown key */
    bool unknown_waits;      /* an unknown key has been reported since the last fetch started */
    unsigned failures;       /* in a row */
    uint64_t jitter;         /* the state of a generator */
};

/* A schedule whose first fetch is due at once. SEED decides the jitter. REFRESH_S is taken as 1 to 2^31. */
void url_schedule_init(struct url_schedule *s, int64_t refresh_s, uint64_t seed, int64_t now_ms);

bool url_schedule_is_due(const struct url_schedule *s, int64_t now_ms);

/* A fetch starts … */
void url_schedule_start(struct url_schedule *s, int64_t now_ms);
/* … and ends well, with an answer that is fresh for FRESH_S (fetched.fresh_s; -1: the server does not say) …
 */
void url_schedule_succeed(struct url_schedule *s, int64_t now_ms, int64_t fresh_s);
/* … or not. */
void url_schedule_fail(struct url_schedule *s, int64_t now_ms);

/* A token named a key that is not in the set: fetch now, or when URL_UNKNOWN_INTERVAL_S have passed since the
 * last fetch that was made for this reason. */
void url_schedule_report_unknown(struct url_schedule *s, int64_t now_ms);
/* The operator wants a fetch now. */
void url_schedule_demand(struct url_schedule *s, int64_t now_ms);

#endif
