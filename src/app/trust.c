/* SPDX-License-Identifier: Apache-2.0 */
/* From settings to issuers. Awkward: each issuer has two key sets that change on their own, its signature
 * keys and its decryption keys; each is a source that the keeper fills a slot from. */
#include "app/trust.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "fetch/fetch.h"

struct trust {
    size_t issuer_count, source_count;
    struct issuer issuers[ISSUERS_MAX];
    struct key_source sources[2 * ISSUERS_MAX];
    char names[2 * ISSUERS_MAX][64];        /* of the settings: "auth.studio.keys" */
    struct error failures[2 * ISSUERS_MAX]; /* of URLs that were asked; ERROR_NONE: none */
    struct log *log;
    enum trust_urls urls;
    struct authenticator *authenticator;
    struct keeper *keeper;
};

/* ERR as it concerns the setting NAME, which its text may already begin with. */
static bool blame(const struct config *c, const char *name, struct error *err)
{
    const char *text = error_operator_text(err);
    size_t size = strlen(name);
    if (err->code == ERROR_NO_MEMORY)
        return false;
    if (strncmp(text, name, size) == 0 && strncmp(text + size, ": ", 2) == 0)
        text += size + 2;
    return error_set(err, err->code, "%s (%s): %s", name, settings_origin(c->settings, name), text);
}

static bool require_keys(const struct config *c, const char *name, const struct issuer_config *i,
                         struct error *err)
{
    return i->keys[0] != '\0' || error_refuse(err, ERROR_SETTING,
                                              "%s (%s): is empty; name a JWKS or certificates, a PEM or DER "
                                              "file or an https URL, or make keys: "
                                              "userstats token keygen --out DIR",
                                              name, settings_origin(c->settings, name));
}

/* Adds SOURCE, whose name is SECTION.KEY, and loads it. */
static bool add_source(struct trust *t, const struct config *c, const char *key,
                       const struct key_source *source, struct error *err)
{
    struct key_source *s = &t->sources[t->source_count];
    struct error *failure = &t->failures[t->source_count];
    char *name = t->names[t->source_count];
    *s = *source;
    snprintf(name, sizeof t->names[0], "%s.%s", source->name, key);
    s->name = name;
    if (!key_slot_open(NULL, &s->slot, err))
        return false;
    t->source_count++; /* from here on trust_close closes the slot */
    const struct keeper_options one = {.sources = s, .count = 1, .log = t->log};
    bool loaded = t->urls == TRUST_URLS_NOW ? keys_load(&one, failure, err) : keys_load_files(&one, err);
    return loaded || blame(c, name, err);
}

/* The URL was found good when the settings were read, so what is wrong here is the CA file. */
static bool check_ca(const struct config *c, const struct issuer_config *i, struct error *err)
{
    char name[64];
    const struct fetch_options options = {.url = i->keys, .ca_file = i->keys_ca};
    if (i->keys_ca[0] == '\0' || fetch_check(&options, err))
        return true;
    if (err->code == ERROR_FETCH)
        err->code = ERROR_SETTING;
    snprintf(name, sizeof name, "%s.keys_ca", i->section);
    return blame(c, name, err);
}

static bool add_issuer(struct trust *t, const struct config *c, const struct issuer_config *i,
                       struct error *err)
{
    struct issuer *issuer = &t->issuers[t->issuer_count++];
    struct key_source source = {.name = i->section,
                                .location = i->keys,
                                .rules = {KEYS_VERIFY, i->algorithms, false},
                                .ca_file = i->keys_ca[0] != '\0' ? i->keys_ca : NULL,
                                .refresh_s = i->keys_refresh_s,
                                .overlap_s = i->keys_overlap_s};
    *issuer = (struct issuer){.label = i->section,
                              .name = text_of(i->issuer),
                              .audience = text_of(i->audience),
                              .tokens = i->tokens,
                              .clock_skew_s = i->clock_skew_s};
    if (!check_ca(c, i, err) || !add_source(t, c, "keys", &source, err))
        return false;
    issuer->keys = t->sources[t->source_count - 1].slot;
    if (i->decryption_keys[0] == '\0')
        return true;
    source = (struct key_source){
        .name = i->section, .location = i->decryption_keys, .rules = {KEYS_DECRYPT, 0, false}};
    if (!add_source(t, c, "decryption_keys", &source, err))
        return false;
    issuer->decryption_keys = t->sources[t->source_count - 1].slot;
    return true;
}

static bool build(struct trust *t, const struct config *c, struct error *err)
{
    char name[64];
    for (size_t i = 0; i < c->issuer_count; i++) {
        snprintf(name, sizeof name, "%s.keys", c->issuers[i].section);
        if (!require_keys(c, name, &c->issuers[i], err) || !add_issuer(t, c, &c->issuers[i], err))
            return false;
    }
    const struct authenticator_options options = {
        .issuers = t->issuers,
        .issuer_count = t->issuer_count,
        .remembered_max = (size_t)c->remembered_tokens_max,
        .remembered_bytes_max = (size_t)c->remembered_tokens_bytes_max,
        .decryptions_in_flight_max = c->decryptions_in_flight_max,
        .clock = &clock_system,
        .random = &random_system,
    };
    return authenticator_open(&options, &t->authenticator, err);
}

bool trust_open(const struct config *config, struct log *log, enum trust_urls urls, struct trust **out,
                struct error *err)
{
    struct trust *t = memory_alloc(sizeof *t, err);
    if (t == NULL)
        return false;
    t->log = log;
    t->urls = urls;
    if (!build(t, config, err)) {
        trust_close(&t);
        return false;
    }
    *out = t;
    return true;
}

bool trust_keep(struct trust *trust, struct error *err)
{
    const struct keeper_options options = {
        .sources = trust->sources, .count = trust->source_count, .log = trust->log};
    return keeper_start(&options, &trust->keeper, err);
}

void trust_reload(struct trust *trust)
{
    keeper_reload(trust->keeper);
}

void trust_close(struct trust **trust)
{
    struct trust *t = *trust;
    if (t == NULL)
        return;
    keeper_stop(&t->keeper);
    authenticator_close(&t->authenticator);
    for (size_t i = 0; i < t->source_count; i++)
        key_slot_close(&t->sources[i].slot);
    memory_free(t);
    *trust = NULL;
}

struct authenticator *trust_authenticator(const struct trust *trust)
{
    return trust->authenticator;
}

const struct issuer *trust_issuers(const struct trust *trust, size_t *count)
{
    *count = trust->issuer_count;
    return trust->issuers;
}

bool trust_source(const struct trust *trust, size_t i, struct trust_source *out)
{
    if (i >= trust->source_count)
        return false;
    struct key_set *set = key_slot_get(trust->sources[i].slot);
    *out =
        (struct trust_source){.name = trust->names[i],
                              .is_url = fetch_is_https(trust->sources[i].location),
                              .failure = trust->failures[i].code == ERROR_NONE ? NULL : &trust->failures[i],
                              .has_keys = set != NULL,
                              .key_count = set == NULL ? 0 : key_set_size(set)};
    key_set_release(&set);
    return true;
}

size_t trust_key_count(const struct trust *trust)
{
    size_t count = 0;
    for (size_t i = 0; i < trust->issuer_count; i++) {
        struct key_set *set = key_slot_get(trust->issuers[i].keys);
        count += set == NULL ? 0 : key_set_size(set);
        key_set_release(&set);
    }
    return count;
}

size_t trust_source_count(const struct trust *trust)
{
    return trust->source_count;
}

const char *trust_source_name(const struct trust *trust, size_t i)
{
    return trust->names[i];
}

struct key_status trust_source_status(const struct trust *trust, size_t i)
{
    return keeper_status(trust->keeper, i);
}
