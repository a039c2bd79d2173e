/* SPDX-License-Identifier: Apache-2.0 */
/* The batch as values: parse each dialect, hold, write each dialect. A dialect is one parser and one writer
 * file and a row in dialects.c; all of them meet in the two structs here, batch and batch_result. Nothing
 * here knows who asks or what is stored. */
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

#define BATCH_SINGLE_NAMES_MAX      10  /* names in the path of one request (reference page) */
#define BATCH_SINGLE_CHARACTERS_MAX 600 /* of all these names together */

struct batch_limits {
    size_t max_users;  /* different users */
    size_t max_stats;  /* different statistics that are listed; as many groups may stand beside them */
    size_t max_values; /* users × statistics, those of the groups too */
};

/* Whose statistics are asked for: one service configuration's, or those of all that one title owns. */
struct batch_owner {
    struct text scid;  /* as the caller wrote it; absent: asked by title */
    uint64_t title_id; /* where scid is absent; any number */
};

struct batch_list {
    struct batch_owner owner;
    const struct text *names; /* different ones, in the order of the request, as written */
    size_t name_count;        /* 0: every statistic of the owner that the caller may read */
};

/* A selection that the title's developer made. */
struct batch_group {
    struct text name; /* as the caller wrote it */
    bool is_hero;     /* the featured statistics; else it is a group that nobody has */
    struct batch_owner owner;
};

/* What is asked. Duplicates (xuids; statistics and groups of one owner; without regard to ASCII case) stand
 * once, at their first place. */
struct batch {
    const uint64_t *xuids;
    size_t xuid_count; /* >= 1 */
    const struct batch_list *lists;
    size_t list_count;
    const struct batch_group *groups;
    size_t group_count;
};

/* One statistic of an answer. */
struct batch_result_stat {
    const struct statistic *statistic; /* declared spelling, type and display */
    struct text scid;                  /* as it is declared */
    size_t column;                     /* of its value */
};

struct batch_result_list {
    const struct batch_result_stat *stats;
    size_t stat_count;
};

/* What is answered. */
struct batch_result {
    const struct batch *asked;
    const struct text *gamertags;           /* one a user; absent: not known */
    const struct batch_result_list *lists;  /* one for each of asked->lists */
    const struct batch_result_list *groups; /* one for each of asked->groups */
    const struct value *values;             /* [user * column_count + column]; NONE: there is none */
    size_t column_count;
    bool with_metadata; /* valuemetadata was asked for */
};

/* Reads a body into a batch, which lives in ARENA. Fails with JSON_SYNTAX, JSON_LIMIT, MEMBER (naming the
 * member's path) or BATCH_LIMIT (naming the limit). */
typedef bool batch_parser(struct text body, const struct batch_limits *limits, struct arena *arena,
                          struct batch *out, struct error *err) MUST_USE;
/* Writes B as the parser reads it: parse(write(b)) equals b. */
typedef void batch_request_writer(const struct batch *b, struct buffer *out);
/* Appends an answer. A statistic without a value is left out; a user without any still has its entry. */
typedef void batch_writer(const struct batch_result *r, struct buffer *out);

struct batch_dialect {
    const char *contract;  /* the x-xbl-contract-version that chooses it; NULL: no such header */
    bool unknown_is_empty; /* a scid that is not configured is an empty list; else the request is refused */
    bool has_metadata;     /* serves ?include=valuemetadata */
    batch_parser *parse;
    batch_request_writer *write_request;
    batch_writer *write;        /* of a whole batch */
    batch_writer *write_single; /* of one user's statistics of one scid: one list, no groups */
};

/* The dialect of CONTRACT (absent: there is no such header); NULL when it is not served. */
const struct batch_dialect *batch_dialect_find(struct text contract);
/* Appends the contracts for people, "1, 2 or 3"; WITH_METADATA: only those that serve metadata. */
void batch_dialect_names(bool with_metadata, struct buffer *out);

/* What the path of a single user's request says, each part decoded; names is absent where the path has none.
 */
struct batch_single {
    struct text user; /* "xuid(2533274790395904)" */
    struct text scid;
    struct text names; /* "Wins,Kills" */
};

/* Reads it into a batch of one user and one list, which lives in ARENA. Fails with PATH. */
bool batch_parse_single(const struct batch_single *path, struct arena *arena, struct batch *out,
                        struct error *err) MUST_USE;
/* Writes B, a batch of one user and one list, as the path (not encoded) that batch_parse_single reads from
 * its parts. */
void batch_write_single(const struct batch *b, struct buffer *out);

/* Whether USERS × STATISTICS is within LIMITS, once it is known what the names resolve to. Fails with
 * BATCH_LIMIT. */
bool batch_check_values(size_t users, size_t statistics, const struct batch_limits *limits,
                        struct error *err) MUST_USE;

#endif
