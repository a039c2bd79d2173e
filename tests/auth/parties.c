/* SPDX-License-Identifier: Apache-2.0 */
/* Keys by the product's own keygen, in a folder that is gone again at once. */
#include "auth/parties.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "jose/encryption.h"
#include "jose/signing.h"

#define FILE_SIZE 8192

static struct {
    struct signing_key *signing;
    struct encryption_key *encryption;
    char jwk[FILE_SIZE], kid[64]; /* the one key of its jwks.json, and its name */
    char pair[FILE_SIZE];         /* its decryption key and the certificate */
} parties[PARTIES];

static char folder[64];

static const char *path_of(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/* Appends file NAME to TEXT, and removes it. */
static void take_file(const char *name, char text[static FILE_SIZE])
{
    size_t size = strlen(text);
    FILE *file = fopen(path_of(name), "rb");
    ck_assert_ptr_nonnull(file);
    size += fread(text + size, 1, FILE_SIZE - 1 - size, file);
    text[size] = '\0';
    fclose(file);
    ck_assert_int_eq(unlink(path_of(name)), 0);
}

static void make_party(enum party p)
{
    struct error err;
    char jwks[FILE_SIZE] = "";
    snprintf(folder, sizeof folder, "/tmp/userstats-auth-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert(jose_keygen(folder, JOSE_ES256, &err));
    ck_assert(signing_key_load(path_of("signing.key.pem"), JOSE_ES256, &parties[p].signing, &err));
    ck_assert(encryption_key_load(path_of("decryption.cert.pem"), &parties[p].encryption, &err));
    take_file("decryption.key.pem", parties[p].pair);
    take_file("decryption.cert.pem", parties[p].pair);
    take_file("jwks.json", jwks);
    ck_assert_int_eq(unlink(path_of("signing.key.pem")), 0);
    ck_assert_int_eq(rmdir(folder), 0);
    const char *from = strchr(jwks, '[') + 1, *to = strrchr(jwks, ']');
    snprintf(parties[p].jwk, FILE_SIZE, "%.*s", (int)(to - from), from);
    const char *kid = strstr(jwks, "\"kid\"") + strlen("\"kid\"");
    kid = strchr(kid, '"') + 1;
    snprintf(parties[p].kid, sizeof parties[p].kid, "%.*s", (int)strcspn(kid, "\""), kid);
}

void parties_make(void)
{
    for (int p = 0; p < PARTIES; p++)
        make_party((enum party)p);
}

void parties_drop(void)
{
    for (int p = 0; p < PARTIES; p++) {
        signing_key_close(&parties[p].signing);
        encryption_key_close(&parties[p].encryption);
    }
}

static struct key_set *parse(const char *text, const struct key_rules *rules)
{
    struct key_set *set;
    struct error err = {0};
    ck_assert_msg(key_set_parse(text_of(text), "a test", rules, &set, &err), "%s", error_operator_text(&err));
    return set;
}

struct key_set *keys_of(unsigned whom)
{
    char jwks[PARTIES * FILE_SIZE];
    int size = snprintf(jwks, sizeof jwks, "{\"keys\":[");
    for (int p = 0; p < PARTIES; p++) {
        if ((whom & OF(p)) != 0)
            size += snprintf(jwks + size, sizeof jwks - (size_t)size, "%s%s",
                             jwks[size - 1] == '[' ? "" : ",", parties[p].jwk);
    }
    snprintf(jwks + size, sizeof jwks - (size_t)size, "]}");
    return parse(jwks, NULL);
}

struct key_set *key_in_disguise(enum party whom, enum party whose)
{
    char jwks[FILE_SIZE + 32];
    snprintf(jwks, sizeof jwks, "{\"keys\":[%s]}", parties[whom].jwk);
    char *kid = strstr(jwks, parties[whom].kid);
    ck_assert_ptr_nonnull(kid);
    memcpy(kid, parties[whose].kid, strlen(parties[whose].kid)); /* thumbprints are of one length */
    return parse(jwks, NULL);
}

static bool keep(const void *context, const struct key_id *id)
{
    (void)context;
    return id != NULL;
}

struct key_set *decryption_keys_of(unsigned whom)
{
    static const struct key_rules rules = {KEYS_DECRYPT, 0, false};
    static const struct key_choice all = {keep, NULL};
    struct key_set *set = NULL;
    struct error err = {0};
    for (int p = 0; p < PARTIES; p++) {
        if ((whom & OF(p)) == 0)
            continue;
        struct key_set *more = parse(parties[p].pair, &rules), *joined = NULL;
        if (set != NULL) {
            ck_assert_msg(key_set_join(set, more, &all, &joined, &err), "%s", error_operator_text(&err));
            key_set_release(&set);
            key_set_release(&more);
            more = joined;
        }
        set = more;
    }
    return set;
}

static struct key_slot *slot_with(struct key_set *set)
{
    struct key_slot *slot;
    struct error err;
    ck_assert(key_slot_open(set, &slot, &err));
    return slot;
}

struct key_slot *slot_of(unsigned whom)
{
    return slot_with(keys_of(whom));
}

struct key_slot *decryption_slot_of(unsigned whom)
{
    return slot_with(decryption_keys_of(whom));
}

struct text signed_by(enum party whom, const char *payload, struct arena *arena)
{
    struct text token;
    struct error err;
    ck_assert(jws_sign(parties[whom].signing, text_of(payload), arena, &token, &err));
    return token;
}

struct text encrypted_to(enum party whom, struct text token, struct arena *arena)
{
    const struct jwe_draft draft = {.key = parties[whom].encryption, .jws = token, .deflated = true};
    struct text encrypted;
    struct error err = {0};
    ck_assert_msg(jwe_encrypt(&draft, arena, &encrypted, &err), "%s", error_operator_text(&err));
    return encrypted;
}

struct text header_with(const char *userhash, struct text token, struct arena *arena)
{
    struct text value;
    struct buffer b;
    struct error err;
    buffer_init(&b, arena, 131072);
    buffer_put(&b, "XBL3.0 x=");
    buffer_put(&b, userhash);
    buffer_put(&b, ";");
    buffer_append(&b, token);
    ck_assert(buffer_finish(&b, ERROR_INTERNAL, &value, &err));
    return value;
}

int64_t clock_now_ns, clock_step_ns;

static int64_t wall_ms(void *context)
{
    (void)context;
    ck_abort_msg("nobody but the caller says when a token is judged");
    return 0;
}

static int64_t monotonic_ns(void *context)
{
    (void)context;
    if (clock_step_ns != 0) /* threads may look at a clock that stands still */
        clock_now_ns += clock_step_ns;
    return clock_now_ns;
}

const struct clock standing_clock = {wall_ms, monotonic_ns, NULL};

struct authenticator *authenticator_of(const struct issuer *issuers, size_t count, size_t remembered_max)
{
    return authenticator_for(issuers, count, remembered_max, 4);
}

struct authenticator *authenticator_for(const struct issuer *issuers, size_t count, size_t remembered_max,
                                        unsigned decryptions)
{
    const struct authenticator_options options = {.issuers = issuers,
                                                  .issuer_count = count,
                                                  .remembered_max = remembered_max,
                                                  .remembered_bytes_max = 1 << 20,
                                                  .decryptions_in_flight_max = decryptions,
                                                  .clock = &standing_clock,
                                                  .random = &random_system};
    struct authenticator *a;
    struct error err = {0};
    ck_assert_msg(authenticator_open(&options, &a, &err), "%s", error_operator_text(&err));
    return a;
}
