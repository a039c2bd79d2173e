/* SPDX-License-Identifier: Apache-2.0 */
/* From settings to issuers, once, for one token. Awkward: the keys of a URL are not fetched here; who
 * inspects a token on a desk need not reach the issuer, and may save its key set to a file. */
#include "cli/token_trust.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "jose/key_slot.h"

#define NAME_MAX_SIZE 128

static bool blame(const struct config *c, const char *section, const char *key, struct error *err)
{
    char name[NAME_MAX_SIZE];
    struct error cause = *err;
    snprintf(name, sizeof name, "%s.%s", section, key);
    return cause.code == ERROR_NO_MEMORY
               ? false
               : error_set(err, cause.code, "%s (%s): %s", name, settings_origin(c->settings, name),
                           error_operator_text(&cause));
}

static bool load(const char *path, const struct key_rules *rules, struct key_slot **out, struct error *err)
{
    struct key_set *set;
    if (path[0] == '\0')
        return error_set(err, ERROR_SETTING, "is empty: say --keys FILE, or set it");
    if (strstr(path, "://") != NULL)
        return error_set(err, ERROR_SETTING,
                         "is a URL, which only the server fetches; save what it gives "
                         "(curl), and say --keys FILE");
    if (!key_set_load(path, rules, &set, err))
        return false;
    if (key_slot_open(set, out, err))
        return true;
    key_set_release(&set);
    return false;
}

static bool add_issuer(struct token_trust *t, const struct config *c, const struct issuer_config *i,
                       struct error *err)
{
    const struct key_rules verify = {KEYS_VERIFY, i->algorithms}, decrypt = {KEYS_DECRYPT, 0};
    struct issuer *issuer = &t->issuers[t->count++];
    *issuer = (struct issuer){.label = i->section,
                              .name = text_of(i->issuer),
                              .audience = text_of(i->audience),
                              .tokens = i->tokens,
                              .clock_skew_s = i->clock_skew_s};
    if (!load(i->keys, &verify, &issuer->keys, err))
        return blame(c, i->section, "keys", err);
    return i->decryption_keys[0] == '\0' ||
           load(i->decryption_keys, &decrypt, &issuer->decryption_keys, err) ||
           blame(c, i->section, "decryption_keys", err);
}

bool token_trust_open(const struct config *config, struct token_trust *out, struct error *err)
{
    struct token_trust t = {.count = 0};
    bool done = true;
    for (size_t i = 0; done && i < config->issuer_count && i < ISSUERS_MAX; i++)
        done = add_issuer(&t, config, &config->issuers[i], err);
    const struct authenticator_options options = {.issuers = t.issuers,
                                                  .issuer_count = t.count,
                                                  .decryptions_in_flight_max = 1,
                                                  .clock = &clock_system,
                                                  .random = &random_system};
    if (done && authenticator_open(&options, &t.authenticator, err)) {
        *out = t;
        return true;
    }
    token_trust_close(&t);
    return false;
}

void token_trust_close(struct token_trust *trust)
{
    authenticator_close(&trust->authenticator);
    for (size_t i = 0; i < trust->count; i++) {
        key_slot_close(&trust->issuers[i].decryption_keys);
        key_slot_close(&trust->issuers[i].keys);
    }
}
