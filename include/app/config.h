/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of userstats: the table of keys and their values, typed and checked. */
#ifndef USERSTATS_APP_CONFIG_H
#define USERSTATS_APP_CONFIG_H

#include <stddef.h>
#include <stdint.h>

#include "auth/issuer.h"
#include "base/attributes.h"
#include "base/error.h"
#include "base/log.h"
#include "base/settings.h"
#include "jose/key_set.h"

/* Whose tokens are taken, and for whom they must be, where nobody says otherwise: `token mint` and `serve`
 * agree on these. */
#define CONFIG_DEFAULT_ISSUER   "xsts.auth.xboxlive.com"
#define CONFIG_DEFAULT_AUDIENCE "rp://userstats.local/"

/* Every key there is, in the order of config/userstats.conf. */
extern const struct setting_rule config_rules[];
extern const size_t config_rule_count;

/* Where settings come from, later ones winning: defaults, FILE, ENVIRONMENT, ASSIGNMENTS. */
struct config_sources {
    const char *file;               /* NULL: none */
    char *const *environment;       /* "NAME=value"…, NULL-terminated; NULL: none */
    const char *const *assignments; /* "section.key=value" */
    size_t assignment_count;
};

/* One issuer whose tokens are taken: [auth], or one of [auth.NAME]. */
struct issuer_config {
    const char *section; /* "auth" or "auth.NAME": for error texts and logs */
    const char *issuer, *audience;
    const char *keys;            /* a path or an https URL; "" when not set, in a lone [auth] only */
    const char *keys_ca;         /* PEM file of the CAs that the key server's certificate must come from; "":
                                    the system's */
    const char *decryption_keys; /* a file or a directory; "": none */
    unsigned algorithms;         /* of the signatures: bits 1u << enum jose_algorithm, at least one */
    enum token_form tokens;      /* ENCRYPTED and BOTH come with decryption_keys, SIGNED without */
    int64_t clock_skew_s, keys_refresh_s, keys_overlap_s;
};

/* The values. Texts belong to `settings`. Immutable. */
struct config {
    struct settings *settings; /* for dumps and origins */

    const char *listen, *admin_listen;
    unsigned threads; /* >= 1: 0 in the settings has become the number of cores */
    unsigned connections_max;
    unsigned requests_in_flight_max;
    int64_t queue_most_ms; /* 0: no limit */
    int64_t request_deadline_ms, idle_timeout_ms, drain_delay_ms, drain_timeout_ms;

    const char *store_url;

    /* At least one; no two with the same issuer, audience and keys. [auth] is the first, where it is one:
     * without auth.keys it is none beside a named section. */
    struct issuer_config *issuers;
    size_t issuer_count;

    uint32_t ratelimit_burst, ratelimit_sustain; /* requests; 0: off */
    size_t ratelimit_callers_max;

    int64_t remembered_tokens_max, remembered_tokens_bytes_max;
    unsigned decryptions_in_flight_max; /* >= 1: 0 in the settings has become the threads */

    size_t max_users, max_stats, max_values, max_body_bytes, max_answer_bytes, compress_min_bytes;

    enum log_level log_level;
    enum log_format log_format;
};

/* Reads SOURCES and checks every value. The caller owns *out. Fails with SETTING (naming the key and where
 * its value came from) or FILE. Opens no key file, no URL and no store. */
bool config_open(const struct config_sources *sources, struct config **out, struct error *err) MUST_USE;
void config_close(struct config **config);

#endif
