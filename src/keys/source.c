/* SPDX-License-Identifier: Apache-2.0 */
/* What files and URLs have in common: the check of the location, the log, the counts, the slot. Awkward: a
 * source that looks four times a second must not log four lines a second, so the reason that was said last
 * is kept beside it. */
#include "keys/source.h"

#include <string.h>

bool source_is_url(const struct source *s)
{
    return fetch_is_https(s->given.location);
}

static bool check_fetch(const struct fetch_options *options, struct error *err)
{
    if (fetch_check(options, err))
        return true;
    err->code = err->code == ERROR_NO_MEMORY ? ERROR_NO_MEMORY : ERROR_SETTING;
    return false;
}

bool keys_check_location(const char *location, struct error *err)
{
    const struct fetch_options options = {.url = location};
    if (fetch_is_https(location))
        return check_fetch(&options, err);
    return strstr(location, "://") == NULL ||
           error_set(err, ERROR_SETTING,
                     "keys come over https only; give an https:// URL, a file or a directory");
}

static bool is_allowed(const struct source *s, struct error *err)
{
    const struct fetch_options options = {.url = s->given.location, .ca_file = s->given.ca_file};
    if (!keys_check_location(s->given.location, err))
        return false;
    if (!source_is_url(s))
        return true;
    if (s->given.rules.purpose != KEYS_VERIFY)
        return error_set(err, ERROR_SETTING, "private keys are not fetched; name a file or a directory");
    return check_fetch(&options, err);
}

/* ERR as it concerns source S. */
static bool blame(const struct source *s, struct error *err)
{
    if (err->code == ERROR_NO_MEMORY)
        return false;
    return error_set(err, err->code, "%s: %s", s->given.name, error_operator_text(err));
}

static uint64_t seed_of(const struct keeper_options *options, const char *location)
{
    struct error ignored;
    uint64_t seed;
    const struct random_source *random = options->random == NULL ? &random_system : options->random;
    return random->fill(random->context, &seed, sizeof seed, &ignored) ? seed : hash_text(text_of(location));
}

bool source_open(struct source *s, const struct keeper_options *options, size_t i, const atomic_bool *stop,
                 struct error *err)
{
    *s = (struct source){
        .given = options->sources[i],
        .log = options->log,
        .clock = options->clock == NULL ? &clock_system : options->clock,
        .fetch = options->fetch == NULL ? fetch_https : options->fetch,
        .stop = stop,
        .leaving.overlap_ms = options->sources[i].overlap_s * 1000,
    };
    s->given.rules.skips_unserved = source_is_url(s); /* the document is the issuer's, a file is ours */
    if (s->given.ca_file != NULL && s->given.ca_file[0] == '\0')
        s->given.ca_file = NULL;
    if (!is_allowed(s, err))
        return blame(s, err);
    int64_t now_ms = source_now_ms(s);
    s->unknown_seen = key_slot_unknown(s->given.slot);
    s->published = key_slot_get(s->given.slot);
    url_schedule_init(&s->schedule, s->given.refresh_s, seed_of(options, s->given.location), now_ms);
    if (s->published == NULL)
        return true;
    /* For how long the load at the start would be fresh was not kept: soon enough. */
    url_schedule_succeed(&s->schedule, now_ms, 0);
    s->last_success_wall_s = s->clock->wall_ms(s->clock->context) / 1000;
    return true;
}

void source_close(struct source *s)
{
    key_set_release(&s->published);
}

void source_step(struct source *s, bool forced)
{
    if (source_is_url(s))
        url_source_step(s, forced);
    else
        file_source_step(s, forced);
}

int64_t source_now_ms(const struct source *s)
{
    return s->clock->monotonic_ns(s->clock->context) / 1000000;
}

static void say_in_force(struct source *s)
{
    struct log_line line;
    struct key_set *set = key_slot_get(s->given.slot);
    log_begin(&line, s->log, LOG_LEVEL_INFO, "keys_in_force");
    log_text(&line, "source", text_of(s->given.name));
    log_integer(&line, "keys", set == NULL ? 0 : (int64_t)key_set_size(set));
    if (set != NULL && key_set_skipped(set) > 0)
        log_integer(&line, "skipped", (int64_t)key_set_skipped(set));
    log_end(&line);
    key_set_release(&set);
}

void source_note_success(struct source *s, bool said)
{
    if (said || s->reason.code != ERROR_NONE)
        say_in_force(s);
    s->reason = (struct error){.code = ERROR_NONE};
    atomic_store(&s->last_success_wall_s, s->clock->wall_ms(s->clock->context) / 1000);
}

static bool is_the_same(const struct error *a, const struct error *b)
{
    return a->code == b->code && strcmp(error_operator_text(a), error_operator_text(b)) == 0;
}

void source_note_failure(struct source *s, const char *event, const struct error *err, bool said)
{
    struct log_line line;
    atomic_fetch_add(&s->failures, 1);
    if (!said && is_the_same(&s->reason, err))
        return;
    s->reason = *err;
    log_begin(&line, s->log, LOG_LEVEL_WARNING, event);
    log_text(&line, "source", text_of(s->given.name));
    log_error(&line, err);
    log_end(&line);
}

void source_put(struct source *s, struct key_set *set, bool said)
{
    struct key_set *current = key_slot_get(s->given.slot);
    bool is_new = current == NULL || !key_set_equals(current, set);
    key_set_release(&current);
    if (is_new) {
        atomic_fetch_add(&s->reloads, 1); /* first: whoever sees the set sees that it was counted */
        key_slot_put(s->given.slot, set);
    } else {
        key_set_release(&set);
    }
    source_note_success(s, said || is_new);
}
