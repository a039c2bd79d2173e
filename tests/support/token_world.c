/* SPDX-License-Identifier: Apache-2.0 */
#include "support/token_world.h"

#include <check.h>
#include <string.h>

#define ARGUMENTS_MAX 28

struct command_run token_world_feed(const struct token_world *w, const char *input, const char *const *words)
{
    const char *arguments[ARGUMENTS_MAX] = {"userstats", "token"};
    for (size_t i = 0; words[i] != NULL; i++) {
        ck_assert_uint_lt(i + 3, ARGUMENTS_MAX);
        arguments[i + 2] = words[i];
    }
    return command_run(w->entry, w->directory, text_of(input), arguments);
}

struct command_run token_world_run(const struct token_world *w, const char *const *words)
{
    return token_world_feed(w, "", words);
}

void token_world_open(struct token_world *w, command_entry *entry, const char *algorithm)
{
    *w = (struct token_world){.entry = entry, .directory = scratch_directory()};
    w->keys = scratch_path(w->directory, "keys");
    w->signing_key = scratch_path(w->keys, "signing.key.pem");
    w->jwks = scratch_path(w->keys, "jwks.json");
    w->decryption_key = scratch_path(w->keys, "decryption.key.pem");
    w->certificate = scratch_path(w->keys, "decryption.cert.pem");
    struct command_run made =
        token_world_run(w, (const char *[]){"keygen", "--out", w->keys, "--alg", algorithm, NULL});
    ck_assert_msg(made.status == 0, "%s", made.err.data);
}

void token_world_close(struct token_world *w)
{
    scratch_remove(w->directory);
}

char *token_world_mint(const struct token_world *w, const char *const *more)
{
    const char *words[ARGUMENTS_MAX] = {"mint", "--key", w->signing_key, "--xuid", TOKEN_WORLD_XUID};
    for (size_t i = 0; more[i] != NULL; i++) {
        ck_assert_uint_lt(i + 6, ARGUMENTS_MAX);
        words[i + 5] = more[i];
    }
    struct command_run made = token_world_run(w, words);
    ck_assert_msg(made.status == 0, "%s", made.err.data);
    ck_assert_uint_eq(made.err.size, 0);
    char *value = scratch_path(made.out.data, "");
    value[strcspn(value, "\n")] = '\0';
    ck_assert_msg(made.out.size == strlen(value) + 1, "one line and nothing else: %s", made.out.data);
    return value;
}
