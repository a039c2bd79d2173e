/* SPDX-License-Identifier: Apache-2.0 */
/* What the parsers of all dialects do alike: refuse a member by its path, bound a list, read xuids. */
#ifndef USERSTATS_BATCH_MEMBERS_H
#define USERSTATS_BATCH_MEMBERS_H

#include "batch/batch.h"
#include "json/reader.h"

#define REPEATS_MAX      ((size_t)4) /* a list may be this many times longer than what may be different in it */
#define DOUBLE_EXACT_MAX UINT64_C(9007199254740991) /* 2^53 - 1: every whole number up to it is a double */

/* What one parse works with. */
struct members {
    const struct batch_limits *limits;
    struct arena *arena;
    struct error *err;
};

/* Each always returns false. */
bool members_refuse(const struct members *m, const char *path, const char *rule);
/* "LIST[I]MEMBER: RULE." */
bool members_refuse_at(const struct members *m, const char *list, size_t i, const char *member,
                       const char *rule);
/* "PATH: lists too many WHAT; at most LIMIT …" */
bool members_refuse_count(const struct members *m, const char *path, const char *what, size_t limit);

size_t members_count(const struct json_value *array);

/* Reads BODY as one object with room for LISTS lists of statistics; WITH names its members, for the refusal
 * of anything else. */
bool members_read_object(const struct members *m, struct text body, size_t lists, const char *with,
                         const struct json_value **out) MUST_USE;

/* Whether V, the member PATH, is a list that is not empty. */
bool members_require_list(const struct members *m, const struct json_value *v, const char *path) MUST_USE;

/* The different xuids of V, the member PATH, into *out: decimal strings, or numbers where every reader on the
 * way from the user to here must have kept them exactly. */
bool members_read_xuids(const struct members *m, const struct json_value *v, const char *path,
                        struct batch *out) MUST_USE;

#endif
