/* SPDX-License-Identifier: Apache-2.0 */
/* The batch as values: parse each dialect, hold, write each dialect. A dialect is one parser and one writer
 * file; all of them meet in the two structs here. Nothing here knows who asks or what is stored. */
#ifndef USERSTATS_BATCH_BATCH_H
#define USERSTATS_BATCH_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attributes.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"
#include "model/statistic.h"
#include "model/value.h"

enum batch_dialect {
    BATCH_DOCUMENTED, /* no x-xbl-contract-version: values typed as the reference page prints them */
    BATCH_CONTRACT_1, /* every value a JSON string */
};

struct batch_limits {
    size_t max_users;  /* different users */
    size_t max_stats;  /* different (scid, statistic) pairs */
    size_t max_values; /* users × statistics */
};

struct batch_scid {
    struct text scid;         /* as the caller wrote it */
    const struct text *names; /* different ones, in the order of the request, as written */
    size_t name_count;        /* 0: every statistic of the scid that the caller may read */
};

/* What is asked. Duplicates (xuids; scids and names without regard to ASCII case) stand once, at their first
 * place. The names of a scid that is listed twice are joined; an empty list among them asks for all. */
struct batch {
    const uint64_t *xuids;
    size_t xuid_count; /* >= 1 */
    const struct batch_scid *scids;
    size_t scid_count; /* >= 1 */
};

/* Reads the body of the documented dialect and of contract 1:
 * {"requestedusers":[xuid…],"requestedscids":[{"scid":"…","requestedstats":["…"]}]}. *out lives in ARENA.
 * Fails with JSON_SYNTAX, JSON_LIMIT, MEMBER (naming the member's path) or BATCH_LIMIT (naming the limit). */
bool batch_parse(struct text body, const struct batch_limits *limits, struct arena *arena, struct batch *out,
                 struct error *err) MUST_USE;

/* Whether USERS × STATISTICS is within LIMITS: for after `[]` was resolved. Fails with BATCH_LIMIT. */
bool batch_check_size(size_t users, size_t statistics, const struct batch_limits *limits,
                      struct error *err) MUST_USE;

/* Writes B as batch_parse reads it: parse(write(b)) equals b. */
void batch_write(const struct batch *b, struct buffer *out);

struct batch_result_scid {
    struct text scid;                          /* echoed as the caller wrote it */
    const struct statistic *const *statistics; /* declared spelling and type, in the order of the request */
    size_t statistic_count;
};

/* What is answered. */
struct batch_result {
    const uint64_t *xuids;
    const struct text *gamertags; /* one a user; absent: not known */
    size_t xuid_count;
    const struct batch_result_scid *scids;
    size_t scid_count;
    const struct value *values; /* user by user, in each scid by scid, in each statistic by statistic */
};

/* Appends the answer. A statistic without a value is left out; a user without any still has its entry. */
void batch_result_write(enum batch_dialect dialect, const struct batch_result *r, struct buffer *out);

#endif
