/* SPDX-License-Identifier: Apache-2.0 */
/* `userstats token mint`: makes an XSTS-shaped token and prints the whole header value, and nothing else.
 * Awkward: what the command accepts must be what the server accepts, so every word goes through the server's
 * own parsers first; what the server refuses is made on purpose only (--broken). */
#include <inttypes.h>
#include <stdio.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/hash.h"
#include "cli/token.h"
#include "cli/token_seal.h"
#include "json/writer.h"
#include "model/statistic.h"
#include "model/value.h"
#include "model/xuid.h"

#define DEFAULT_TTL_S ((int64_t)4 * 3600)         /* what a real token lives */
#define TTL_MAX_S     ((int64_t)10 * 366 * 86400) /* ten years, either way */
#define PAYLOAD_MAX   16384                       /* bytes */
#define FAULT_TIME_S  ((int64_t)3600)             /* beyond any clock skew that a server may allow */

enum {
    OPTION_KEY,
    OPTION_XUID,
    OPTION_GAMERTAG,
    OPTION_UHS,
    OPTION_TITLE,
    OPTION_DEVICE,
    OPTION_SANDBOX,
    OPTION_ISSUER,
    OPTION_AUDIENCE,
    OPTION_TTL,
    OPTION_ALG,
    OPTION_ENCRYPT_TO,
    OPTION_NO_ZIP,
    OPTION_BROKEN
};

static const struct command_option options[] = {
    [OPTION_KEY] = {"key", "FILE", "the private key that signs (PEM); see: userstats token keygen"},
    [OPTION_XUID] = {"xuid", "N", "whose token it is"},
    [OPTION_GAMERTAG] = {"gamertag", "NAME", "the user's gamertag (default: no such claim)"},
    [OPTION_UHS] = {"uhs", "HASH", "the userhash (default: digits that follow from the xuid)"},
    [OPTION_TITLE] = {"title", "N", "the title that is played (default: no such claim)"},
    [OPTION_DEVICE] = {"device", "TYPE", "the device type, as Win32 (default: no such claim)"},
    [OPTION_SANDBOX] = {"sandbox", "ID", "the sandbox (default: RETAIL)"},
    [OPTION_ISSUER] = {"issuer", "NAME", "who issues it (default: the server's default of auth.issuer)"},
    [OPTION_AUDIENCE] = {"audience", "URI",
                         "whom it is for (default: the server's default of auth.audience)"},
    [OPTION_TTL] = {"ttl", "SECONDS",
                    "how long it is good (default: 14400); negative: it expired so long ago"},
    [OPTION_ALG] = {"alg", "RS256|PS256|ES256", "how to sign (default: RS256 for RSA keys, ES256 for P-256)"},
    [OPTION_ENCRYPT_TO] = {"encrypt-to", "CERT",
                           "encrypt it to that certificate or public key (PEM; default: not encrypted)"},
    [OPTION_NO_ZIP] = {"no-zip", NULL, "do not compress it before it is encrypted"},
    [OPTION_BROKEN] = {"broken", "KIND", "make one that is refused, for tests: " TOKEN_FAULTS},
    {NULL, NULL, NULL},
};

/* What the token shall say; an absent text is a claim left out. */
struct wish {
    struct seal seal;
    uint64_t xuid, title_id;
    struct text gamertag, userhash, device, sandbox, issuer, audience;
    int64_t starts_in_s, ttl_s;
    char digits[24]; /* where a derived userhash lives */
};

/* A userhash goes into the header as it is: it is good when the server reads it back. */
static bool userhash_is_valid(struct text userhash)
{
    char header[XBL_USERHASH_MAX + 32];
    struct xbl_header read;
    struct error err;
    int size = snprintf(header, sizeof header, "XBL3.0 x=%.*s;t", TEXT_ARG(userhash));
    return size > 0 && (size_t)size < sizeof header &&
           xbl_header_parse(text_slice(header, (size_t)size), &read, &err) &&
           read.caller == XBL_CALLER_USER && text_equals(read.userhash, userhash);
}

static bool claim_is_valid(struct text t)
{
    return t.size > 0 && t.size <= 512 && text_is_utf8(t);
}

static bool ttl_parse(struct text t, int64_t *out)
{
    int64_t seconds;
    if (!text_to_i64(t, &seconds) || seconds > TTL_MAX_S || seconds < -TTL_MAX_S)
        return false;
    *out = seconds;
    return true;
}

static bool take_text(struct text value, bool good, struct text *out)
{
    if (good)
        *out = value;
    return good;
}

/* False: VALUE is not what the option takes. */
static bool take_option(struct wish *w, int option, const char *given)
{
    struct text value = text_of(given);
    switch (option) {
    case OPTION_KEY:
        w->seal.key = given;
        return true;
    case OPTION_XUID:
        return xuid_parse(value, &w->xuid);
    case OPTION_GAMERTAG:
        return take_text(value, gamertag_is_valid(value), &w->gamertag);
    case OPTION_UHS:
        return take_text(value, userhash_is_valid(value), &w->userhash);
    case OPTION_TITLE:
        return text_to_u64(value, &w->title_id) && w->title_id > 0;
    case OPTION_DEVICE:
        return take_text(value, claim_is_valid(value), &w->device);
    case OPTION_SANDBOX:
        return take_text(value, sandbox_is_valid(value), &w->sandbox);
    case OPTION_ISSUER:
        return take_text(value, claim_is_valid(value), &w->issuer);
    case OPTION_AUDIENCE:
        return take_text(value, claim_is_valid(value), &w->audience);
    case OPTION_TTL:
        return ttl_parse(value, &w->ttl_s);
    case OPTION_ENCRYPT_TO:
        w->seal.encrypt_to = given;
        return true;
    case OPTION_NO_ZIP:
        w->seal.deflated = false;
        return true;
    case OPTION_BROKEN:
        w->seal.fault = token_fault_parse(value);
        return w->seal.fault != FAULT_NONE;
    default:
        w->seal.algorithm = jose_algorithm_parse(value);
        return w->seal.algorithm != JOSE_ALGORITHM_NONE;
    }
}

static bool stop_with(struct command_line *line, int status)
{
    line->status = status;
    return false;
}

static bool check_options(struct command_line *line, const struct wish *w)
{
    const struct seal *seal = &w->seal;
    if (seal->key == NULL)
        return stop_with(line, command_usage(line, "--key FILE is missing: the private key to sign with"));
    if (w->xuid == 0)
        return stop_with(line, command_usage(line, "--xuid N is missing: whose token it shall be"));
    if (seal->encrypt_to == NULL && token_fault_is_of_encryption(seal->fault))
        return stop_with(line,
                         command_usage(line, "--broken %s is for encrypted tokens: add --encrypt-to CERT",
                                       token_fault_name(seal->fault)));
    if (seal->encrypt_to == NULL && !seal->deflated)
        return stop_with(line,
                         command_usage(line, "--no-zip is for encrypted tokens: add --encrypt-to CERT"));
    return true;
}

/* False: return LINE's status. */
static bool read_options(struct command_line *line, struct wish *w)
{
    int option;
    *w = (struct wish){.seal.deflated = true,
                       .ttl_s = DEFAULT_TTL_S,
                       .sandbox = text_of("RETAIL"),
                       .issuer = text_of(CONFIG_DEFAULT_ISSUER),
                       .audience = text_of(CONFIG_DEFAULT_AUDIENCE)};
    while ((option = command_next_option(line)) >= 0) {
        if (take_option(w, option, line->value))
            continue;
        if (option == OPTION_BROKEN)
            return stop_with(line, command_usage(line, "--broken takes " TOKEN_FAULTS));
        return stop_with(line, command_usage(line, "--%s: that is not a good %s", options[option].name,
                                             options[option].value));
    }
    return option != COMMAND_OPTIONS_STOP && check_options(line, w);
}

/* What is wrong with the claims, where that is wanted. The names are nobody's (RFC 2606 §2). */
static void spoil_claims(struct wish *w)
{
    enum token_fault fault = w->seal.fault;
    if (fault == FAULT_EXPIRED)
        w->ttl_s = -FAULT_TIME_S;
    if (fault == FAULT_NOT_YET) {
        w->starts_in_s = FAULT_TIME_S;
        w->ttl_s = DEFAULT_TTL_S;
    }
    if (fault == FAULT_ISSUER)
        w->issuer = text_of("https://another-issuer.invalid/");
    if (fault == FAULT_AUDIENCE)
        w->audience = text_of("rp://another-audience.invalid/");
    if (fault == FAULT_SANDBOX)
        w->sandbox = text_of("ANOTHER.SANDBOX");
}

static void write_member(struct buffer *out, const char *before, struct text value, const char *after)
{
    if (value.data == NULL)
        return;
    buffer_put(out, before);
    json_write_string(out, value);
    buffer_put(out, after);
}

/* The claims as the live issuer writes them: ids are strings, times are integers. */
static void write_claims(const struct wish *w, int64_t now_s, struct buffer *out)
{
    int64_t starts_s = now_s + w->starts_in_s, expires_s = starts_s + w->ttl_s;
    write_member(out, "{\"aud\":", w->audience, "");
    write_member(out, ",\"iss\":", w->issuer, "");
    buffer_format(out, ",\"nbf\":%" PRId64 ",\"exp\":%" PRId64, w->ttl_s > 0 ? starts_s : expires_s - 1,
                  expires_s);
    write_member(out, ",\"sbx\":", w->sandbox, "");
    write_member(out, ",\"xdi\":{\"dty\":", w->device, "}");
    if (w->title_id != 0)
        buffer_format(out, ",\"xti\":{\"tid\":\"%" PRIu64 "\"}", w->title_id);
    write_member(out, ",\"xui\":[{\"uhs\":", w->userhash, "");
    buffer_format(out, ",\"xid\":\"%" PRIu64 "\"", w->xuid);
    write_member(out, ",\"gtg\":", w->gamertag, "");
    buffer_put(out, "}]}");
}

static void derive_userhash(struct wish *w)
{
    if (w->userhash.data != NULL)
        return;
    int size = snprintf(w->digits, sizeof w->digits, "%" PRIu64, w->xuid);
    uint64_t hash = hash_text(text_slice(w->digits, (size_t)size));
    size = snprintf(w->digits, sizeof w->digits, "%" PRIu64, hash);
    w->userhash = text_slice(w->digits, (size_t)size);
}

static bool mint(const struct wish *w, struct arena *arena, struct text *token, struct error *err)
{
    struct buffer claims;
    struct text payload;
    buffer_init(&claims, arena, PAYLOAD_MAX);
    write_claims(w, clock_system.wall_ms(clock_system.context) / 1000, &claims);
    return buffer_finish(&claims, ERROR_USAGE, &payload, err) &&
           token_seal(&w->seal, payload, arena, token, err);
}

static int run(struct command_line *line)
{
    struct wish w;
    struct arena arena;
    struct text token;
    struct error err;
    if (!read_options(line, &w))
        return line->status;
    spoil_claims(&w);
    derive_userhash(&w);
    arena_init(&arena, TOKEN_MEMORY_MAX);
    bool done = mint(&w, &arena, &token, &err);
    if (done)
        printf("XBL3.0 x=%.*s;%.*s\n", TEXT_ARG(w.userhash), TEXT_ARG(token));
    arena_reset(&arena);
    return done ? command_finish() : command_failed(&err);
}

const struct command token_mint = {
    .name = "mint",
    .summary = "make a token and print the value of its Authorization header",
    .options = options,
    .run = run,
};
