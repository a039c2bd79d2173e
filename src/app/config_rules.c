/* SPDX-License-Identifier: Apache-2.0 */
/* The table of every setting. Names, defaults and ranges are promises to operators; config/userstats.conf
 * says the same in prose, and a test holds the two together. */
#include "app/config.h"

#include "ratelimit/ratelimit.h"

static const char *const log_levels[] = {"debug", "info", "warning", "error", NULL};
static const char *const token_forms[] = {"auto", "signed", "encrypted", "both", NULL};
static const char *const log_formats[] = {"logfmt", "json", NULL};

#define TEXT(key, fallback_text, text)                                                                       \
    {                                                                                                        \
        .name = (key), .kind = SETTING_TEXT, .fallback = (fallback_text), .meaning = (text)                  \
    }
#define NUMBER(key, fallback_text, lowest, highest, text)                                                    \
    {                                                                                                        \
        .name = (key), .kind = SETTING_INTEGER, .fallback = (fallback_text), .least = (lowest),              \
        .most = (highest), .meaning = (text)                                                                 \
    }
#define CHOICE(key, fallback_text, words, text)                                                              \
    {                                                                                                        \
        .name = (key), .kind = SETTING_CHOICE, .fallback = (fallback_text), .choices = (words),              \
        .meaning = (text)                                                                                    \
    }

/* In [auth] and in every [auth.NAME]. */
#define ISSUER_TEXT(key, fallback_text, text)                                                                \
    {                                                                                                        \
        .name = "auth." key, .kind = SETTING_TEXT, .repeats = true, .fallback = (fallback_text),             \
        .meaning = (text)                                                                                    \
    }
#define ISSUER_NUMBER(key, fallback_text, lowest, highest, text)                                             \
    {                                                                                                        \
        .name = "auth." key, .kind = SETTING_INTEGER, .repeats = true, .fallback = (fallback_text),          \
        .least = (lowest), .most = (highest), .meaning = (text)                                              \
    }
#define ISSUER_CHOICE(key, fallback_text, words, text)                                                       \
    {                                                                                                        \
        .name = "auth." key, .kind = SETTING_CHOICE, .repeats = true, .fallback = (fallback_text),           \
        .choices = (words), .meaning = (text)                                                                \
    }

#define MINUTES_10_MS INT64_C(600000)
#define MIB           INT64_C(1048576)
#define DAY_S         INT64_C(86400)

const struct setting_rule config_rules[] = {
    TEXT("server.listen", "127.0.0.1:8080", "address and port of the API; port 0: any free one"),
    TEXT("server.admin_listen", "127.0.0.1:9090",
         "address and port of /livez, /readyz, /version, /limits and /metrics; port 0: any free one"),
    NUMBER("server.threads", "0", 0, 256, "threads that answer the API; 0: as many as there are cores"),
    NUMBER("server.connections_max", "16384", 16, 1000000, "open connections, idle ones included"),
    NUMBER("server.request_deadline_ms", "10000", 100, MINUTES_10_MS,
           "milliseconds from a request's first byte to its answer"),
    NUMBER("server.idle_timeout_ms", "60000", 100, MINUTES_10_MS,
           "milliseconds that a connection may idle between requests"),
    NUMBER("server.drain_delay_ms", "2000", 0, MINUTES_10_MS,
           "milliseconds after SIGTERM in which requests are still taken"),
    NUMBER("server.drain_timeout_ms", "5000", 0, MINUTES_10_MS,
           "milliseconds that requests in flight get to finish after that"),

    TEXT("store.url", "sqlite:userstats.db", "the database: sqlite:PATH"),

    ISSUER_TEXT("issuer", CONFIG_DEFAULT_ISSUER, "whose tokens are taken: the claim iss"),
    ISSUER_TEXT("audience", CONFIG_DEFAULT_AUDIENCE, "whom tokens must be for: the claim aud"),
    ISSUER_TEXT("keys", "",
                "a JSON file (JWKS, array of base64 certificates, or {x5t: PEM certificate}), a PEM public "
                "key, a PEM "
                "or DER certificate, a directory of such files, or the https URL of such JSON"),
    ISSUER_TEXT("keys_ca", "",
                "PEM file of the CAs that the key server's certificate must come from; empty: the system's"),
    ISSUER_NUMBER("keys_refresh_s", "3600", 60, DAY_S, "seconds after which a key URL is asked again"),
    ISSUER_NUMBER("keys_overlap_s", "3600", 0, 30 * DAY_S,
                  "seconds for which a key that left its URL's set is still taken"),
    ISSUER_TEXT(
        "decryption_keys", "",
        "PEM private key, or a directory of them, that encrypted tokens are decrypted with; empty: none"),
    ISSUER_TEXT("algorithms", "RS256 PS256 ES256",
                "signature algorithms that are taken, with spaces between"),
    ISSUER_CHOICE("tokens", "auto", token_forms,
                  "signed, encrypted, both, or auto: encrypted where there are decryption_keys, else signed"),
    ISSUER_NUMBER("clock_skew_s", "60", 0, 600, "seconds that a token's exp and nbf may be off"),

    NUMBER("ratelimit.burst", "0", 0, RATELIMIT_MOST, "requests of one user and title in 15 s; 0: off"),
    NUMBER("ratelimit.sustain", "0", 0, RATELIMIT_MOST, "requests of one user and title in 300 s; 0: off"),
    NUMBER("ratelimit.max_callers", "131072", 1024, RATELIMIT_CALLERS_MAX,
           "users and titles that are counted at once, at 32 bytes each"),

    NUMBER("limits.max_users", "100", 1, 10000, "users in one batch"),
    NUMBER("limits.max_stats", "100", 1, 10000, "statistics that one batch lists"),
    NUMBER("limits.max_values", "10000", 1, 1000000, "users times the statistics that a batch stands for"),
    NUMBER("limits.max_body_bytes", "262144", 1024, 16 * MIB, "bytes of a request body"),
    NUMBER("limits.max_answer_bytes", "4194304", 4096, 256 * MIB, "bytes of an answer"),
    NUMBER("limits.compress_min_bytes", "1024", 0, 256 * MIB,
           "bytes from which an answer is sent as gzip to clients that take it; 0: never"),
    NUMBER("limits.max_requests_in_flight", "1024", 1, 100000,
           "requests being answered at once; beyond it: 503"),
    NUMBER("limits.max_queue_ms", "1000", 0, MINUTES_10_MS,
           "milliseconds that a request may wait for a thread; beyond it: 503; 0: any time"),
    NUMBER("limits.max_remembered_tokens", "65536", 0, 10000000,
           "tokens whose check is remembered until they expire; 0: none"),
    NUMBER("limits.max_remembered_token_bytes", "67108864", 0, 16384 * MIB, "bytes of memory for those"),
    NUMBER("limits.max_decryptions_in_flight", "0", 0, 256,
           "tokens being decrypted at once; 0: as many as server.threads"),

    CHOICE("log.level", "info", log_levels, "the least level that is logged: debug, info, warning or error"),
    CHOICE("log.format", "logfmt", log_formats, "logfmt or json"),
};

const size_t config_rule_count = sizeof config_rules / sizeof *config_rules;
