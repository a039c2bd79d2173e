/* SPDX-License-Identifier: Apache-2.0 */
/* `userstats token`: the group, `keygen`, and reading a token from the command line. Awkward: people paste
 * what they have, a bare token or the whole header value, with the line end that came with it. */
#include "cli/token.h"

#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "cli/database.h"
#include "jose/jws.h"
#include "jose/signing.h"

#define OPERAND_MAX (TOKEN_MAX + 1024) /* bytes of a header value with its spaces and line ends */

static struct text trimmed(struct text t)
{
    while (t.size > 0 && (unsigned char)t.data[t.size - 1] <= ' ')
        t.size--;
    while (t.size > 0 && (unsigned char)t.data[0] <= ' ')
        t = text_slice(t.data + 1, t.size - 1);
    return t;
}

bool token_read_operand(const char *operand, struct arena *arena, struct text *value, struct xbl_header *out,
                        struct error *err)
{
    struct text given = text_of(operand);
    if (strcmp(operand, "-") == 0 && !file_read_whole(operand, OPERAND_MAX, arena, &given, err))
        return false;
    given = trimmed(given);
    if (given.size == 0)
        return error_set(err, ERROR_AUTH_HEADER, "no token was given");
    if (memchr(given.data, ' ', given.size) == NULL) { /* no scheme: a bare token */
        struct buffer header;
        buffer_init(&header, arena, OPERAND_MAX);
        buffer_put(&header, "XBL3.0 x=*;");
        buffer_append(&header, given);
        if (!buffer_finish(&header, ERROR_AUTH_HEADER, &given, err))
            return false;
    }
    if (!xbl_header_parse(given, out, err))
        return false;
    *value = given;
    return true;
}

bool token_require_operand(struct command_line *line)
{
    if (line->operand_count == 1)
        return true;
    line->status = command_usage(line, "give one token, or - to read it from standard input; a whole header "
                                       "value has a space: quote it");
    return false;
}

int token_refused(const struct error *why)
{
    struct error told;
    if (error_class_of(why->code)->http_status != 401)
        return command_failed(why);
    error_set(&told, why->code, "the token is refused (%s): %s", error_class_of(why->code)->name,
              why->detail[0] == '\0' && why->message[0] == '\0' ? "no more is known"
                                                                : error_operator_text(why));
    return command_failed(&told);
}

enum { OPTION_OUT, OPTION_ALG };

static const struct command_option keygen_options[] = {
    [OPTION_OUT] = {"out", "DIR", "write the keys there; made when absent"},
    [OPTION_ALG] = {"alg", "RS256|PS256|ES256", "what the signing key signs with (default: RS256)"},
    {NULL, NULL, NULL},
};

static void print_next_steps(const char *directory)
{
    printf("%s/signing.key.pem       private: signs tokens\n"
           "%s/jwks.json             public: verifies tokens\n"
           "%s/decryption.key.pem    private: opens encrypted tokens\n"
           "%s/decryption.cert.pem   public: issuers encrypt tokens to it\n"
           "\n",
           directory, directory, directory, directory);
    printf("Next, with issuer and audience as in auth.issuer and auth.audience or left at their defaults:\n"
           "  userstats serve --set auth.keys=%s/jwks.json --set store.url=sqlite:FILE\n"
           "  userstats token mint --key %s/signing.key.pem --xuid N\n"
           "  userstats token inspect --keys %s/jwks.json TOKEN\n"
           "Encrypted tokens: serve with auth.decryption_keys=%s/decryption.key.pem,\n"
           "  and mint with --encrypt-to %s/decryption.cert.pem\n",
           directory, directory, directory, directory, directory);
}

static int run_keygen(struct command_line *line)
{
    struct error err;
    const char *directory = NULL;
    enum jose_algorithm algorithm = JOSE_RS256;
    int option;
    while ((option = command_next_option(line)) >= 0) {
        if (option == OPTION_OUT)
            directory = line->value;
        else
            algorithm = jose_algorithm_parse(text_of(line->value));
        if (algorithm == JOSE_ALGORITHM_NONE)
            return command_usage(line, "--alg takes RS256, PS256 or ES256");
    }
    if (option == COMMAND_OPTIONS_STOP)
        return line->status;
    if (directory == NULL)
        return command_usage(line, "--out DIR is missing: where to write the keys");
    if (!jose_keygen(directory, algorithm, &err))
        return command_failed(&err);
    print_next_steps(directory);
    return command_finish();
}

static const struct command token_keygen = {
    .name = "keygen",
    .summary = "make a signing key, its JWKS, and a decryption key with its certificate; never over files",
    .options = keygen_options,
    .run = run_keygen,
};

static const struct command *const actions[] = {&token_keygen, &token_mint, &token_verify, &token_inspect,
                                                NULL};

const struct command command_token = {
    .name = "token", .summary = "make keys and tokens, verify and explain tokens", .actions = actions};
