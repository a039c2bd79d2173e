/* SPDX-License-Identifier: Apache-2.0 */
/* The issuers side by side: [auth] and the named sections, with the rules that hold between the keys of one
 * and between two. Awkward: [auth] is there in any case, at its defaults. Beside named sections it is an
 * issuer only if it has keys, and settings of one that is none would silently do nothing, so they are
 * refused; but for an empty auth.keys, which is how an environment takes a file's or an image's away. */
#include "config_issuers.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "fetch/fetch.h"
#include "keys/keeper.h"

#define SECTION    "auth"
#define KEY_MAX    128
#define REASON_MAX 256

/* "auth.studio" and "issuer" → "auth.studio.issuer", in OUT. */
static const char *name_of(const char *section, const char *key, char out[KEY_MAX])
{
    snprintf(out, KEY_MAX, "%s.%s", section, key);
    return out;
}

static const char *text_in(const struct settings *s, const char *section, const char *key)
{
    char name[KEY_MAX];
    return settings_text(s, name_of(section, key, name));
}

static int64_t integer_in(const struct settings *s, const char *section, const char *key)
{
    char name[KEY_MAX];
    return settings_integer(s, name_of(section, key, name));
}

static bool is_default(const struct settings *s, const char *name)
{
    return strcmp(settings_origin(s, name), "default") == 0;
}

static bool refuse_in(const struct settings *s, const char *section, const char *key, const char *reason,
                      struct error *err)
{
    char name[KEY_MAX];
    return config_refuse(s, name_of(section, key, name), reason, err);
}

/* The words of TEXT as bits; false: a word that is no algorithm, one that stands twice, or none at all. */
static bool algorithms_parse(const char *text, unsigned *out)
{
    struct text rest = text_trimmed(text_of(text)), word;
    unsigned all = 0;
    while (rest.size > 0) {
        if (!text_split(rest, ' ', &word, &rest)) {
            word = rest;
            rest = text_of("");
        }
        rest = text_trimmed(rest);
        enum jose_algorithm one = jose_algorithm_parse(word);
        if (one == JOSE_ALGORITHM_NONE || (all & 1u << one) != 0)
            return false;
        all |= 1u << one;
    }
    if (all == 0)
        return false;
    *out = all;
    return true;
}

static enum token_form form_of(const struct settings *s, const struct issuer_config *c)
{
    const char *word = text_in(s, c->section, "tokens");
    return strcmp(word, "signed") == 0      ? TOKENS_SIGNED
           : strcmp(word, "encrypted") == 0 ? TOKENS_ENCRYPTED
           : strcmp(word, "both") == 0      ? TOKENS_BOTH
           : c->decryption_keys[0] != '\0'  ? TOKENS_ENCRYPTED
                                            : TOKENS_SIGNED;
}

static void fill(const struct settings *s, const char *section, struct issuer_config *c)
{
    *c = (struct issuer_config){
        .section = section,
        .issuer = text_in(s, section, "issuer"),
        .audience = text_in(s, section, "audience"),
        .keys = text_in(s, section, "keys"),
        .keys_ca = text_in(s, section, "keys_ca"),
        .decryption_keys = text_in(s, section, "decryption_keys"),
        .clock_skew_s = integer_in(s, section, "clock_skew_s"),
        .keys_refresh_s = integer_in(s, section, "keys_refresh_s"),
        .keys_overlap_s = integer_in(s, section, "keys_overlap_s"),
    };
    c->tokens = form_of(s, c);
}

/* What must not be empty, and what a named section must say itself. */
static bool check_presence(const struct settings *s, const struct issuer_config *c, struct error *err)
{
    static const char empty[] = "must not be empty; remove it for the default";
    char name[KEY_MAX];
    bool named = strcmp(c->section, SECTION) != 0;
    if (named && is_default(s, name_of(c->section, "issuer", name)))
        return config_refuse(s, name, "a named section says itself whose tokens it takes; set it", err);
    if (c->issuer[0] == '\0')
        return refuse_in(s, c->section, "issuer", named ? "must not be empty" : empty, err);
    if (c->audience[0] == '\0')
        return refuse_in(s, c->section, "audience", empty, err);
    if (named && c->keys[0] == '\0')
        return refuse_in(s, c->section, "keys",
                         "is empty; name this issuer's JWKS or certificates, a PEM or DER file or an https "
                         "URL, or remove the section",
                         err);
    return true;
}

static bool check_keys(const struct settings *s, const struct issuer_config *c, struct error *err)
{
    struct error reason;
    if (!keys_check_location(c->keys, &reason)) {
        *err = reason;
        return reason.code != ERROR_NO_MEMORY &&
               refuse_in(s, c->section, "keys", error_operator_text(&reason), err);
    }
    if (c->keys_ca[0] != '\0' && !fetch_is_https(c->keys))
        return refuse_in(s, c->section, "keys_ca",
                         "is for keys from an https:// URL, and these are not; leave it empty", err);
    return true;
}

static bool check_tokens(const struct settings *s, struct issuer_config *c, struct error *err)
{
    bool decrypts = c->decryption_keys[0] != '\0';
    if (!algorithms_parse(text_in(s, c->section, "algorithms"), &c->algorithms))
        return refuse_in(s, c->section, "algorithms",
                         "is one or more of RS256 PS256 ES256, with spaces between and none of them twice",
                         err);
    if (c->tokens != TOKENS_SIGNED && !decrypts)
        return refuse_in(s, c->section, "tokens",
                         "nothing can be decrypted without decryption_keys; name them, or take signed tokens",
                         err);
    if (c->tokens == TOKENS_SIGNED && decrypts)
        return refuse_in(s, c->section, "tokens",
                         "decryption_keys are for nothing with signed tokens; leave them empty, or take "
                         "encrypted or both",
                         err);
    return true;
}

/* Refuses LATER where EARLIER is the same issuer in every respect. With keys of its own it is another form of
 * that issuer's tokens: two URLs, or a URL and a directory, cannot be put into one setting. */
static bool check_pair(const struct settings *s, const struct issuer_config *earlier,
                       const struct issuer_config *later, struct error *err)
{
    char reason[REASON_MAX];
    if (strcmp(earlier->issuer, later->issuer) != 0 || strcmp(earlier->audience, later->audience) != 0 ||
        strcmp(earlier->keys, later->keys) != 0)
        return true;
    snprintf(
        reason, sizeof reason,
        "[%s] and [%s] have the same issuer, audience and keys; take one of them out, or name other keys",
        earlier->section, later->section);
    return refuse_in(s, later->section, "issuer", reason, err);
}

static bool check(const struct settings *s, struct issuer_config *issuers, size_t count, struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        struct issuer_config *c = &issuers[i];
        if (!check_presence(s, c, err) || !check_keys(s, c, err) || !check_tokens(s, c, err))
            return false;
        for (size_t k = 0; k < i; k++) {
            if (!check_pair(s, &issuers[k], c, err))
                return false;
        }
    }
    return true;
}

/* Refuses what is set in [auth] where that is no issuer. */
static bool check_unused(const struct settings *s, struct error *err)
{
    for (size_t i = 0; i < config_rule_count; i++) {
        const char *name = config_rules[i].name;
        if (strncmp(name, SECTION ".", sizeof SECTION) == 0 && strcmp(name, SECTION ".keys") != 0 &&
            !is_default(s, name))
            return config_refuse(
                s, name,
                "does nothing: beside named sections, [auth] is an issuer only with auth.keys; "
                "set those, or remove this",
                err);
    }
    return true;
}

bool config_issuers_read(const struct settings *s, struct issuer_config **out, size_t *count,
                         struct error *err)
{
    size_t named = settings_section_count(s, SECTION), n = 0;
    bool has_plain = named == 0 || settings_text(s, SECTION ".keys")[0] != '\0';
    if (!has_plain && !check_unused(s, err))
        return false;
    struct issuer_config *issuers = memory_alloc_array(named + 1, sizeof *issuers, err);
    if (issuers == NULL)
        return false;
    if (has_plain)
        fill(s, SECTION, &issuers[n++]);
    for (size_t i = 0; i < named; i++)
        fill(s, settings_section_name(s, SECTION, i), &issuers[n++]);
    if (!check(s, issuers, n, err)) {
        memory_free(issuers);
        return false;
    }
    *out = issuers;
    *count = n;
    return true;
}
