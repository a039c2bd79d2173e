/* SPDX-License-Identifier: Apache-2.0 */
/* One source of keys and where it stands: everything that its thread does, without the thread. A step looks
 * once and does what is due; whoever calls it decides what time it is. */
#ifndef USERSTATS_KEYS_SOURCE_H
#define USERSTATS_KEYS_SOURCE_H

#include <stdatomic.h>

#include "base/hash.h"
#include "keys/keeper.h"
#include "keys/leaving.h"
#include "keys/schedule.h"

/* While a file is refused: how often it is read again though it looks the same, as the fault may have been
 * this process's (no free descriptor, no memory). */
#define FILE_RETRY_MS 5000

struct source {
    struct key_source given;
    struct log *log;
    const struct clock *clock;
    bool (*fetch)(const struct fetch_options *options, struct fetched *out, struct error *err);
    const atomic_bool *stop; /* NULL: nobody will stop it */

    struct error reason; /* why the last look was no success, as logged; ERROR_NONE: it was one */
    _Atomic int64_t last_success_wall_s;
    _Atomic uint64_t failures, reloads;

    /* A file or directory */
    bool was_seen;
    struct hash128 fingerprint;
    int64_t read_again_ms; /* when to read though the fingerprint is the same */

    /* A URL */
    struct url_schedule schedule;
    struct leaving leaving;
    struct key_set *published; /* as last fetched; NULL: nothing yet */
    uint64_t unknown_seen;     /* of the slot's reports */
    char etag[FETCH_ETAG_MAX + 1];
};

/* Makes *s the source number I of OPTIONS, which takes up what its slot already holds. STOP gives up a fetch.
 * Fails with ERROR_SETTING for a location that is no source of such keys. */
bool source_open(struct source *s, const struct keeper_options *options, size_t i, const atomic_bool *stop,
                 struct error *err) MUST_USE;
void source_close(struct source *s);

bool source_is_url(const struct source *s);

/* Looks; FORCED: the operator asked for it. */
void source_step(struct source *s, bool forced);

/* For file_source.c and url_source.c, and from these: */

int64_t source_now_ms(const struct source *s);
/* All is well: counts that, and logs it after a failure and where SAID is set. */
void source_note_success(struct source *s, bool said);
/* It is not: counts ERR, and logs it as EVENT where the reason is new or SAID is set. */
void source_note_failure(struct source *s, const char *event, const struct error *err, bool said);
/* Puts SET, whose reference it takes over, in force unless the slot holds the same one, and notes the
 * success. */
void source_put(struct source *s, struct key_set *set, bool said);

/* The first load, of a source that was just opened. */
bool file_source_load(struct source *s, struct error *err) MUST_USE;
void file_source_step(struct source *s, bool forced);

/* The same; fails for want of memory only. Why there are no keys yet goes to *WHY, untouched where there are.
 */
bool url_source_load(struct source *s, struct error *why, struct error *err) MUST_USE;
void url_source_step(struct source *s, bool forced);

#endif
