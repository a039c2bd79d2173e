/* SPDX-License-Identifier: Apache-2.0 */
/* `userstats token verify`: opens a token where it is encrypted, and checks its signature. Awkward: that is
 * all, on purpose: an expired token passes, and so does one of any issuer whose key is given. */
#include <stdio.h>
#include <unistd.h>

#include "cli/token.h"
#include "jose/jwe.h"
#include "jose/jws.h"

enum { OPTION_KEYS, OPTION_DECRYPTION_KEYS };

static const struct command_option options[] = {
    [OPTION_KEYS] = {"keys", "FILE",
                     "the keys to verify with: a JWKS, PEM or DER file, or a directory of them"},
    [OPTION_DECRYPTION_KEYS] = {"decryption-keys", "FILE",
                                "the private keys to open encrypted tokens with: a PEM file, or a directory"},
    {NULL, NULL, NULL},
};

struct verifier {
    struct key_set *keys, *decryption_keys; /* NULL: none were given */
};

static bool open_encrypted(const struct verifier *v, struct text token, struct arena *arena, struct text *out,
                           struct error *err)
{
    struct jwe jwe;
    struct jwe_opened opened;
    if (v->decryption_keys == NULL)
        return error_set(err, ERROR_TOKEN_ENCRYPTED,
                         "it is encrypted; give the private key that opens it: --decryption-keys FILE");
    if (!jwe_read(token, arena, &jwe, err) || !jwe_open(&jwe, v->decryption_keys, arena, &opened, err))
        return false;
    *out = opened.plaintext;
    return true;
}

static bool verify(const char *operand, const struct verifier *v, struct arena *arena, struct text *payload,
                   struct error *err)
{
    struct text value, token;
    struct xbl_header header;
    if (!token_read_operand(operand, arena, &value, &header, err))
        return false;
    token = header.token;
    if (jwe_is(token) && !open_encrypted(v, token, arena, &token, err))
        return false;
    return jws_verify(token, v->keys, arena, payload, err);
}

static int print_payload(struct text payload)
{
    fwrite(payload.data, 1, payload.size, stdout);
    if (isatty(STDOUT_FILENO) == 1) /* a file gets the bytes that were signed, no more */
        putchar('\n');
    return command_finish();
}

static int verify_with(const char *operand, const struct verifier *v)
{
    struct arena arena;
    struct error err;
    struct text payload;
    arena_init(&arena, TOKEN_MEMORY_MAX);
    int status = verify(operand, v, &arena, &payload, &err) ? print_payload(payload) : token_refused(&err);
    arena_reset(&arena);
    return status;
}

static int run(struct command_line *line)
{
    static const struct key_rules decrypt = {.purpose = KEYS_DECRYPT};
    struct verifier v = {NULL, NULL};
    const char *keys = NULL, *decryption_keys = NULL;
    struct error err;
    int option, status;
    while ((option = command_next_option(line)) >= 0)
        *(option == OPTION_KEYS ? &keys : &decryption_keys) = line->value;
    if (option == COMMAND_OPTIONS_STOP || !token_require_operand(line))
        return line->status;
    if (keys == NULL)
        return command_usage(line, "--keys FILE is missing: the keys to verify with");
    if (key_set_load(keys, NULL, &v.keys, &err) &&
        (decryption_keys == NULL || key_set_load(decryption_keys, &decrypt, &v.decryption_keys, &err)))
        status = verify_with(line->operands[0], &v);
    else
        status = command_failed(&err);
    key_set_release(&v.decryption_keys);
    key_set_release(&v.keys);
    return status;
}

const struct command token_verify = {
    .name = "verify",
    .summary = "check a token's signature only, and print the bytes that were signed; 1: refused",
    .operands = "TOKEN|-",
    .options = options,
    .run = run,
};
