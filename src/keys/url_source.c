/* SPDX-License-Identifier: Apache-2.0 */
/* Key URLs: fetched when the schedule says so. Awkward: the entity tag stands for the document in force, so
 * it is kept only when the set made from that document was put; a refused document is fetched whole again
 * until it is good. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "keys/source.h"

static bool is_stopping(const struct source *s)
{
    return s->stop != NULL && atomic_load(s->stop);
}

/* What the URL is called in errors: without its query, which may hold a secret. */
static void origin_of(const struct source *s, char out[FETCH_URL_MAX + 1])
{
    snprintf(out, FETCH_URL_MAX + 1, "%.*s", (int)strcspn(s->given.location, "?#"), s->given.location);
}

static bool join(struct source *s, struct key_set *published, int64_t now_ms, struct key_set **out,
                 struct error *err)
{
    struct key_set *current = key_slot_get(s->given.slot);
    if (current == NULL) {
        *out = key_set_hold(published);
        return true;
    }
    leaving_note(&s->leaving, published, current, now_ms);
    bool joined = leaving_join(&s->leaving, published, current, out, err);
    key_set_release(&current);
    return joined;
}

/* Puts PUBLISHED, and what is kept beside it, in force. */
static bool put_joined(struct source *s, struct key_set *published, bool said, struct error *err)
{
    int64_t now_ms = source_now_ms(s);
    struct key_set *joined;
    if (!join(s, published, now_ms, &joined, err))
        return false;
    source_put(s, joined, said);
    leaving_forget(&s->leaving, now_ms);
    return true;
}

static bool take_document(struct source *s, const struct fetched *fetched, bool said, struct error *err)
{
    char origin[FETCH_URL_MAX + 1];
    struct key_set *set;
    origin_of(s, origin);
    if (!key_set_parse(text_slice(fetched->data, fetched->size), origin, &s->given.rules, &set, err))
        return false;
    if (!put_joined(s, set, said, err)) {
        key_set_release(&set);
        return false;
    }
    key_set_release(&s->published);
    s->published = set;
    memcpy(s->etag, fetched->etag, sizeof s->etag);
    return true;
}

static bool take(struct source *s, const struct fetched *fetched, bool said, struct error *err)
{
    if (!fetched->unchanged)
        return take_document(s, fetched, said, err);
    source_note_success(s, said);
    return true;
}

/* One fetch and what follows from it. What failed is in *err and, unless it is being stopped, logged. */
static bool fetch_now(struct source *s, bool said, struct error *err)
{
    const struct fetch_options options = {
        .url = s->given.location,
        .ca_file = s->given.ca_file,
        .max_bytes = KEY_FILE_MAX,
        .timeout_ms = URL_TIMEOUT_MS,
        .etag = s->published == NULL ? NULL : s->etag,
        .stop = s->stop,
    };
    struct fetched fetched = {0};
    url_schedule_start(&s->schedule, source_now_ms(s));
    bool reached = s->fetch(&options, &fetched, err);
    bool taken = reached && take(s, &fetched, said, err);
    memory_free(fetched.data);
    if (taken) {
        url_schedule_succeed(&s->schedule, source_now_ms(s), fetched.fresh_s);
        return true;
    }
    url_schedule_fail(&s->schedule, source_now_ms(s));
    bool came = reached || err->code == ERROR_FETCH_DOCUMENT;
    if (!is_stopping(s))
        source_note_failure(s, came ? "keys_refused" : "keys_unreachable", err, said);
    return false;
}

bool url_source_load(struct source *s, struct error *why, struct error *err)
{
    struct error failure;
    if (fetch_now(s, true, &failure))
        return true;
    *(failure.code == ERROR_NO_MEMORY ? err : why) = failure;
    return failure.code != ERROR_NO_MEMORY;
}

/* For want of memory, what should go stays until the next look. */
static void drop_what_has_left(struct source *s)
{
    struct error err;
    if (s->published != NULL && leaving_is_over(&s->leaving, source_now_ms(s)) &&
        !put_joined(s, s->published, false, &err))
        source_note_failure(s, "keys_refused", &err, false);
}

void url_source_step(struct source *s, bool forced)
{
    struct error err;
    int64_t now_ms = source_now_ms(s);
    uint64_t unknown = key_slot_unknown(s->given.slot);
    if (unknown != s->unknown_seen)
        url_schedule_report_unknown(&s->schedule, now_ms);
    s->unknown_seen = unknown;
    if (forced)
        url_schedule_demand(&s->schedule, now_ms);
    if (url_schedule_is_due(&s->schedule, now_ms))
        fetch_now(s, forced, &err);
    drop_what_has_left(s);
}
