/* SPDX-License-Identifier: Apache-2.0 */
/* `userstats token inspect`: what a token is, check by check, and what the server would make of it. Awkward:
 * the checks are put into words here, but the verdict is the server's own authenticate(), so that the two may
 * not be taken for one another. */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "app/trust.h"
#include "base/clock.h"
#include "cli/token.h"
#include "cli/token_explain.h"
#include "cli/token_words.h"

/* Bytes of the arena: the token is read once for every issuer, and once more for the verdict. */
#define INSPECT_MEMORY_MAX (4 * TOKEN_MEMORY_MAX)

enum { OPTION_KEYS, OPTION_DECRYPTION_KEYS, OPTION_ISSUER, OPTION_AUDIENCE, OPTION_COUNT };

static const struct command_option options[] = {
    [OPTION_KEYS] = {"keys", "FILE", "the keys to verify with (default: the setting auth.keys)"},
    [OPTION_DECRYPTION_KEYS] = {"decryption-keys", "FILE",
                                "the private keys to open it with (default: auth.decryption_keys)"},
    [OPTION_ISSUER] = {"issuer", "NAME", "who must have issued it (default: the setting auth.issuer)"},
    [OPTION_AUDIENCE] = {"audience", "URI", "whom it must be for (default: the setting auth.audience)"},
    {NULL, NULL, NULL},
};

/* What the flags said, by their number; NULL: nothing. With any of them there is one issuer, that of [auth]
 * but for what they say. */
struct flags {
    bool any;
    const char *values[OPTION_COUNT];
};

/* False: return LINE's status. */
static bool read_options(struct command_line *line, struct flags *f)
{
    int option;
    *f = (struct flags){.any = false};
    while ((option = command_next_option(line)) >= 0) {
        f->values[option] = line->value;
        f->any = true;
    }
    return option != COMMAND_OPTIONS_STOP && token_require_operand(line);
}

static void say_verdict(const struct principal *accepted, const struct error *refusal)
{
    words_begin("verdict");
    if (accepted == NULL)
        words_put("refused (%s)\n", error_class_of(refusal->code)->name);
    else if (accepted->caller == NULL)
        words_put("accepted; no particular caller\n");
    else
        words_put("accepted; the caller is xuid %" PRIu64 "\n", accepted->caller->xuid);
}

static int inspect(const char *operand, const struct trust *trust, struct arena *arena)
{
    struct error err;
    struct text value;
    struct xbl_header header;
    struct principal principal;
    struct inquiry inquiry = {.now_s = clock_system.wall_ms(clock_system.context) / 1000, .arena = arena};
    inquiry.issuers = trust_issuers(trust, &inquiry.count);
    if (!token_read_operand(operand, arena, &value, &header, &err))
        return token_refused(&err);
    token_explain(&inquiry, &header);
    const struct credentials credentials = {.header = value, .now_s = inquiry.now_s};
    bool accepted = authenticate(trust_authenticator(trust), &credentials, arena, &principal, &err);
    say_verdict(accepted ? &principal : NULL, &err);
    int status = command_finish();
    return accepted ? status : token_refused(&err);
}

/* A key URL is asked once; the log says why it did not answer. */
static int inspect_with(const char *operand, const struct config *config)
{
    const struct log_options to_stderr = {STDERR_FILENO, LOG_LEVEL_WARNING, config->log_format,
                                          &clock_system};
    struct log *log = NULL;
    struct trust *trust = NULL;
    struct arena arena;
    struct error err;
    int status;
    arena_init(&arena, INSPECT_MEMORY_MAX);
    if (log_open(&to_stderr, &log, &err) && trust_open(config, log, TRUST_URLS_NOW, &trust, &err))
        status = inspect(operand, trust, &arena);
    else
        status = command_failed(&err);
    arena_reset(&arena);
    trust_close(&trust);
    log_close(&log);
    return status;
}

/* [auth], which is at its defaults where it is no issuer. */
static struct issuer_config plain_issuer(const struct config *config)
{
    if (strcmp(config->issuers[0].section, "auth") == 0)
        return config->issuers[0];
    return (struct issuer_config){.section = "auth",
                                  .issuer = CONFIG_DEFAULT_ISSUER,
                                  .audience = CONFIG_DEFAULT_AUDIENCE,
                                  .keys = "",
                                  .keys_ca = "",
                                  .decryption_keys = "",
                                  .algorithms = JOSE_SIGNATURE_ALGORITHMS,
                                  .tokens = TOKENS_SIGNED,
                                  .clock_skew_s = settings_integer(config->settings, "auth.clock_skew_s")};
}

static struct issuer_config issuer_of(const struct flags *f, const struct config *config)
{
    struct issuer_config i = plain_issuer(config);
    const char **const said[OPTION_COUNT] = {&i.keys, &i.decryption_keys, &i.issuer, &i.audience};
    for (int k = 0; k < OPTION_COUNT; k++) {
        if (f->values[k] != NULL)
            *said[k] = f->values[k];
    }
    if (f->values[OPTION_KEYS] != NULL)
        i.keys_ca = "";
    if (f->values[OPTION_DECRYPTION_KEYS] != NULL && i.tokens == TOKENS_SIGNED)
        i.tokens = TOKENS_BOTH;
    return i;
}

/* Reads the key files of the flags, so that an error in one names it and not a setting. */
static bool check_files(const struct flags *f, struct error *err)
{
    const struct key_rules rules[] = {{KEYS_VERIFY, JOSE_SIGNATURE_ALGORITHMS, false},
                                      {KEYS_DECRYPT, 0, false}};
    struct key_set *set = NULL;
    for (int i = OPTION_KEYS; i <= OPTION_DECRYPTION_KEYS; i++) {
        if (f->values[i] == NULL || strstr(f->values[i], "://") != NULL)
            continue;
        if (!key_set_load(f->values[i], &rules[i], &set, err))
            return false;
        key_set_release(&set);
    }
    return true;
}

static int run(struct command_line *line)
{
    struct flags flags;
    struct config *config;
    struct error err;
    if (!read_options(line, &flags))
        return line->status;
    if (!check_files(&flags, &err) || !command_settings(line, &config, &err))
        return command_failed(&err);
    struct config judged = *config;
    judged.remembered_tokens_max = 0; /* of one token there is nothing to remember */
    struct issuer_config one = {.section = NULL};
    if (flags.any) {
        one = issuer_of(&flags, config);
        judged.issuers = &one;
        judged.issuer_count = 1;
    }
    int status = inspect_with(line->operands[0], &judged);
    config_close(&config);
    return status;
}

const struct command token_inspect = {
    .name = "inspect",
    .summary = "explain a token check by check and judge it as the server would; 1: refused, and why",
    .operands = "TOKEN|-",
    .options = options,
    .takes_settings = true,
    .run = run,
};
