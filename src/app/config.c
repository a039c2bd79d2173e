/* SPDX-License-Identifier: Apache-2.0 */
/* From settings to typed values, with the rules that a table cannot hold: what must not be empty, and what is
 * an address (the issuers' rules are in config_issuers.c). */
#include "app/config.h"

#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"
#include "config_issuers.h"

#define CORES_MAX 256

bool config_refuse(const struct settings *s, const char *name, const char *reason, struct error *err)
{
    return error_refuse(err, ERROR_SETTING, "%s (%s): %s", name, settings_origin(s, name), reason);
}

static bool require_text(const struct settings *s, const char *name, struct error *err)
{
    return settings_text(s, name)[0] != '\0' ||
           config_refuse(s, name, "must not be empty; remove it for the default", err);
}

/* "HOST:PORT"; whether the host is an address is for the server to say. */
static bool require_address(const struct settings *s, const char *name, struct error *err)
{
    const char *value = settings_text(s, name);
    const char *colon = strrchr(value, ':');
    uint64_t port;
    if (colon == NULL || colon == value || !text_to_u64(text_of(colon + 1), &port) || port > UINT16_MAX)
        return config_refuse(
            s, name, "must be ADDRESS:PORT, as 127.0.0.1:8080 or [::1]:8080, the port 0 to 65535", err);
    return true;
}

static bool check(const struct settings *s, struct error *err)
{
    return require_address(s, "server.listen", err) && require_address(s, "server.admin_listen", err) &&
           require_text(s, "store.url", err);
}

static unsigned count_threads(int64_t wanted)
{
    long cores = wanted > 0 ? (long)wanted : sysconf(_SC_NPROCESSORS_ONLN);
    return (unsigned)(cores < 1 ? 1 : cores > CORES_MAX ? CORES_MAX : cores);
}

/* As many as there can be: good tokens wait for a core, and are not refused; bad ones have a budget. */
static unsigned count_decryptions(int64_t wanted, unsigned threads)
{
    return wanted > 0 ? (unsigned)wanted : threads;
}

static enum log_level level_of(const char *word)
{
    return strcmp(word, "debug") == 0     ? LOG_LEVEL_DEBUG
           : strcmp(word, "warning") == 0 ? LOG_LEVEL_WARNING
           : strcmp(word, "error") == 0   ? LOG_LEVEL_ERROR
                                          : LOG_LEVEL_INFO;
}

static size_t size_of(const struct settings *s, const char *name)
{
    return (size_t)settings_integer(s, name); /* no limit of the table is negative */
}

static void fill(struct config *c, const struct settings *s)
{
    c->listen = settings_text(s, "server.listen");
    c->admin_listen = settings_text(s, "server.admin_listen");
    c->threads = count_threads(settings_integer(s, "server.threads"));
    c->connections_max = (unsigned)settings_integer(s, "server.connections_max");
    c->requests_in_flight_max = (unsigned)settings_integer(s, "limits.max_requests_in_flight");
    c->queue_most_ms = settings_integer(s, "limits.max_queue_ms");
    c->request_deadline_ms = settings_integer(s, "server.request_deadline_ms");
    c->idle_timeout_ms = settings_integer(s, "server.idle_timeout_ms");
    c->drain_delay_ms = settings_integer(s, "server.drain_delay_ms");
    c->drain_timeout_ms = settings_integer(s, "server.drain_timeout_ms");
    c->store_url = settings_text(s, "store.url");
    c->ratelimit_burst = (uint32_t)settings_integer(s, "ratelimit.burst");
    c->ratelimit_sustain = (uint32_t)settings_integer(s, "ratelimit.sustain");
    c->ratelimit_callers_max = size_of(s, "ratelimit.max_callers");
    c->remembered_tokens_max = settings_integer(s, "limits.max_remembered_tokens");
    c->remembered_tokens_bytes_max = settings_integer(s, "limits.max_remembered_token_bytes");
    c->decryptions_in_flight_max =
        count_decryptions(settings_integer(s, "limits.max_decryptions_in_flight"), c->threads);
    c->max_users = size_of(s, "limits.max_users");
    c->max_stats = size_of(s, "limits.max_stats");
    c->max_values = size_of(s, "limits.max_values");
    c->max_body_bytes = size_of(s, "limits.max_body_bytes");
    c->max_answer_bytes = size_of(s, "limits.max_answer_bytes");
    c->compress_min_bytes = size_of(s, "limits.compress_min_bytes");
    c->log_level = level_of(settings_text(s, "log.level"));
    c->log_format = strcmp(settings_text(s, "log.format"), "json") == 0 ? LOG_FORMAT_JSON : LOG_FORMAT_LOGFMT;
}

static bool read_sources(struct settings *s, const struct config_sources *sources, struct error *err)
{
    if (sources->file != NULL && !settings_read_file(s, sources->file, err))
        return false;
    if (sources->environment != NULL && !settings_read_environment(s, sources->environment, err))
        return false;
    for (size_t i = 0; i < sources->assignment_count; i++) {
        if (!settings_read_flag(s, sources->assignments[i], err))
            return false;
    }
    return check(s, err);
}

bool config_open(const struct config_sources *sources, struct config **out, struct error *err)
{
    struct config *c = memory_alloc(sizeof *c, err);
    if (c == NULL)
        return false;
    if (!settings_open(config_rules, config_rule_count, &c->settings, err) ||
        !read_sources(c->settings, sources, err) ||
        !config_issuers_read(c->settings, &c->issuers, &c->issuer_count, err)) {
        config_close(&c);
        return false;
    }
    fill(c, c->settings);
    *out = c;
    return true;
}

void config_close(struct config **config)
{
    if (*config == NULL)
        return;
    memory_free((*config)->issuers);
    settings_close(&(*config)->settings);
    memory_free(*config);
    *config = NULL;
}
