/* SPDX-License-Identifier: Apache-2.0 */
/* `userstats token inspect`: what a token says, and what the server would make of it: asks the server's own
 * authenticate(). */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "auth/authenticator.h"
#include "auth/claims.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "cli/token.h"
#include "jose/jws.h"
#include "json/writer.h"

#define REPORT_MAX 65536 /* bytes */

enum { OPTION_KEYS, OPTION_ISSUER, OPTION_AUDIENCE };

static const struct command_option inspect_options[] = {
    [OPTION_KEYS] = {"keys", "FILE", "the keys to verify with (default: the setting auth.keys)"},
    [OPTION_ISSUER] = {"issuer", "NAME", "who must have issued it (default: the setting auth.issuer)"},
    [OPTION_AUDIENCE] = {"audience", "URI", "whom it must be for (default: the setting auth.audience)"},
    {NULL, NULL, NULL},
};

struct check_options {
    const char *keys, *issuer, *audience; /* NULL: not said */
};

/* False: return LINE's status. */
static bool read_options(struct command_line *line, struct check_options *o)
{
    int option;
    *o = (struct check_options){.keys = NULL};
    while ((option = command_next_option(line)) >= 0) {
        if (option == OPTION_KEYS)
            o->keys = line->value;
        else if (option == OPTION_ISSUER)
            o->issuer = line->value;
        else
            o->audience = line->value;
    }
    return option != COMMAND_OPTIONS_STOP && token_require_operand(line);
}

static void write_text(struct buffer *out, const char *name, struct text value)
{
    buffer_format(out, "%-20s ", name);
    if (value.data == NULL)
        buffer_put(out, "absent");
    else
        json_write_string(out, value); /* quoted and escaped: a claim must not play tricks on a terminal */
    buffer_put_char(out, '\n');
}

static void write_time(struct buffer *out, const char *name, int64_t at_s, int64_t now_s)
{
    char shown[32] = "beyond the calendar";
    struct tm parts;
    time_t at = (time_t)at_s;
    if (at_s >= 0 && at_s < 253402300800 && gmtime_r(&at, &parts) != NULL) /* up to the year 9999 */
        strftime(shown, sizeof shown, "%Y-%m-%dT%H:%M:%SZ", &parts);
    int64_t distance;
    if (__builtin_sub_overflow(at_s, now_s, &distance) || distance == INT64_MIN)
        distance = 0;
    buffer_format(out, "%-20s %" PRId64 "  %s, ", name, at_s, shown);
    buffer_format(out, distance < 0 ? "%" PRId64 " s ago\n" : "in %" PRId64 " s\n",
                  distance < 0 ? -distance : distance);
}

static void write_claims(struct buffer *out, const struct claims *c, int64_t now_s)
{
    const struct principal *p = &c->principal;
    write_text(out, "issuer (iss)", c->issuer);
    for (size_t i = 0; i < c->audience_count; i++)
        write_text(out, "audience (aud)", c->audiences[i]);
    write_time(out, "not before (nbf)", c->not_before_s, now_s);
    write_time(out, "expires (exp)", c->expires_s, now_s);
    write_text(out, "sandbox (sbx)", p->sandbox);
    buffer_format(out, p->title_id == 0 ? "%-20s absent\n" : "%-20s %" PRIu64 "\n", "title (xti.tid)",
                  p->title_id);
    write_text(out, "device type (dty)", p->device_type);
    write_text(out, "device id (ddi, did)", p->device_id);
    for (size_t i = 0; i < p->user_count; i++) {
        buffer_format(out, "%-20s xuid %" PRIu64 ", userhash ", "user (xui)", p->users[i].xuid);
        json_write_string(out, p->users[i].userhash);
        buffer_put(out, ", gamertag ");
        json_write_string(out, p->users[i].gamertag);
        buffer_put_char(out, '\n');
    }
}

/* Prints the claims of a token whose signature is good. */
static bool explain(struct text token, const struct issuer *issuer, int64_t now_s, struct arena *arena,
                    struct error *err)
{
    struct claims claims;
    struct buffer report;
    struct text payload, text;
    if (!jws_verify(token, issuer->keys, arena, &payload, err) || !claims_read(payload, arena, &claims, err))
        return false;
    buffer_init(&report, arena, REPORT_MAX);
    write_claims(&report, &claims, now_s);
    if (!buffer_finish(&report, ERROR_TOKEN_CLAIMS, &text, err))
        return false;
    printf("%-20s good\n%.*s", "signature", TEXT_ARG(text));
    return true;
}

static int inspect(const char *operand, const struct issuer *issuer, struct arena *arena)
{
    struct error err;
    struct text value;
    struct xbl_header header;
    struct principal principal;
    int64_t now_s = clock_system.wall_ms(clock_system.context) / 1000;
    if (!token_read_operand(operand, arena, &value, &header, &err) ||
        !explain(header.token, issuer, now_s, arena, &err))
        return token_refused(&err);
    struct credentials credentials = {.header = value, .now_s = now_s};
    bool accepted = authenticate(issuer, &credentials, arena, &principal, &err);
    printf("%-20s %s", "verdict", accepted ? "accepted" : "refused\n");
    if (accepted && principal.caller != NULL)
        printf("; the caller is xuid %" PRIu64 "\n", principal.caller->xuid);
    else if (accepted)
        printf("; no particular caller\n");
    int status = command_finish();
    return accepted ? status : token_refused(&err);
}

static int run_inspect(struct command_line *line)
{
    struct check_options o;
    struct config *config;
    struct key_set *keys;
    struct arena arena;
    struct error err;
    if (!read_options(line, &o))
        return line->status;
    if (!command_settings(line, &config, &err))
        return command_failed(&err);
    int status = COMMAND_FAILED;
    const char *path = o.keys != NULL ? o.keys : config->issuers[0].keys;
    if (path[0] == '\0')
        status = command_usage(line, "no keys to verify with: say --keys FILE, or set auth.keys");
    else if (!key_set_load(path, NULL, &keys, &err))
        status = command_failed(&err);
    else {
        struct issuer issuer = {.name = text_of(o.issuer != NULL ? o.issuer : config->issuers[0].issuer),
                                .audience =
                                    text_of(o.audience != NULL ? o.audience : config->issuers[0].audience),
                                .keys = keys,
                                .clock_skew_s = config->issuers[0].clock_skew_s};
        arena_init(&arena, TOKEN_MEMORY_MAX);
        status = inspect(line->operands[0], &issuer, &arena);
        arena_reset(&arena);
        key_set_release(&keys);
    }
    config_close(&config);
    return status;
}

const struct command token_inspect = {
    .name = "inspect",
    .summary = "print a token's claims and judge it as the server would; 1: refused, and why",
    .operands = "TOKEN|-",
    .options = inspect_options,
    .takes_settings = true,
    .run = run_inspect,
};
