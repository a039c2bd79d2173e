/* SPDX-License-Identifier: Apache-2.0 */
/* Key files: read again when they look changed. Awkward: the times of a file advance in steps of some
 * milliseconds, so a file that was written twice within one step looks the same after the second time; each
 * change is therefore followed by one more reading, a look later. */
#include <stdint.h>

#include "keys/fingerprint.h"
#include "keys/source.h"

bool file_source_load(struct source *s, struct error *err)
{
    struct key_set *set;
    if (!key_set_load(s->given.location, &s->given.rules, &set, err))
        return false;
    source_put(s, set, true);
    return true;
}

/* CHANGED: as far as its fingerprint tells, this is the first reading of the file as it is. */
static void read_now(struct source *s, int64_t now_ms, bool changed, bool forced)
{
    struct error err;
    struct key_set *set;
    if (key_set_load(s->given.location, &s->given.rules, &set, &err)) {
        s->read_again_ms = changed ? now_ms : INT64_MAX;
        source_put(s, set, forced);
        return;
    }
    s->read_again_ms = changed ? now_ms : now_ms + FILE_RETRY_MS;
    source_note_failure(s, "keys_refused", &err, changed || forced);
}

void file_source_step(struct source *s, bool forced)
{
    int64_t now_ms = source_now_ms(s);
    struct hash128 fingerprint = key_fingerprint(s->given.location);
    bool changed = !s->was_seen || !key_fingerprint_equals(fingerprint, s->fingerprint);
    s->was_seen = true;
    s->fingerprint = fingerprint;
    if (changed || forced || now_ms >= s->read_again_ms)
        read_now(s, now_ms, changed, forced);
    else if (s->reason.code == ERROR_NONE)
        source_note_success(s, false);
}
