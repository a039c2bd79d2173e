/* SPDX-License-Identifier: Apache-2.0 */
/* What `serve --demo` serves: the players and values of the reference page. Awkward: everything in it is
 * public on purpose (the key lies in a directory that is about to vanish), so the banner says so first. */
#include "app/demo.h"

#include <errno.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "app/config.h"
#include "base/memory.h"
#include "catalog/document.h"
#include "jose/signing.h"
#include "store/writer.h"

extern const char demo_catalog[]; /* config/demo-catalog.json */
extern const size_t demo_catalog_size;

#define PATH_TEXT_MAX     1024
#define DEMO_MEMORY_MAX   ((size_t)4 * 1024 * 1024)
#define DEMO_TOKEN_LIFE_S INT64_C(86400)
#define DEMO_USERHASH     "2535428504476914"
#define DEMO_TITLE        "1717113201"
#define DEMO_SANDBOX      "RETAIL"
#define SCID_1            "c402ff50-3e76-11e2-a25f-0800200c1212"
#define SCID_2            "c402ff50-3e76-11e2-a25f-0800200c0343"
#define WARRIOR_SAINT     1234567890123460
#define TIGER_SHARK       1234567890123234

struct demo {
    char directory[PATH_TEXT_MAX];
    char store[PATH_TEXT_MAX + 64], keys[PATH_TEXT_MAX + 64]; /* assignments */
    const char *assignments[DEMO_SETTINGS];
};

struct demo_value {
    uint64_t xuid;
    const char *scid, *name, *value;
};

static const struct demo_value values[] = {
    {WARRIOR_SAINT, SCID_1, "Test4FirefightKills", "7"},
    {WARRIOR_SAINT, SCID_1, "Test4FirefightHeadshots", "4"},
    {WARRIOR_SAINT, SCID_2, "OverallTestKills", "3434"},
    {WARRIOR_SAINT, SCID_2, "TestHeadshots", "41"},
    {WARRIOR_SAINT, SCID_1, "SkillRating", "1502.25"},
    {TIGER_SHARK, SCID_1, "Test4FirefightKills", "63"},
    {TIGER_SHARK, SCID_1, "Test4FirefightHeadshots", "12"},
    {TIGER_SHARK, SCID_2, "OverallTestKills", "375"},
    {TIGER_SHARK, SCID_2, "TestHeadshots", "34"},
    {TIGER_SHARK, SCID_1, "SkillRating", "1337.5"},
};

static const char body[] =
    "{\"requestedusers\":[1234567890123460,1234567890123234],\"requestedscids\":["
    "{\"scid\":\"" SCID_1 "\",\"requestedstats\":[\"Test4FirefightKills\",\"Test4FirefightHeadshots\"]},"
    "{\"scid\":\"" SCID_2 "\",\"requestedstats\":[\"OverallTestKills\",\"TestHeadshots\"]}]}";

static const struct statistic *find_statistic(const struct catalog_definition *d, const char *scid,
                                              const char *name)
{
    for (size_t i = 0; i < d->config_count; i++) {
        const struct service_config *config = &d->configs[i];
        if (!text_equals(config->scid, text_of(scid)))
            continue;
        for (size_t k = 0; k < config->statistic_count; k++) {
            if (text_equals(config->statistics[k].name, text_of(name)))
                return &config->statistics[k];
        }
    }
    return NULL;
}

static bool put_values(struct store_writer *writer, const struct catalog_definition *d, struct error *err)
{
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        const struct statistic *s = find_statistic(d, values[i].scid, values[i].name);
        if (s == NULL)
            return error_set(err, ERROR_INTERNAL, "the demo catalog has no %s in %s", values[i].name,
                             values[i].scid);
        struct value_row row = {.xuid = values[i].xuid, .statistic_id = s->id};
        if (!value_parse(s->type, text_of(values[i].value), &row.value, err) ||
            !writer_put_value(writer, &row, err))
            return false;
    }
    return writer_put_player(writer, WARRIOR_SAINT, text_of("WarriorSaint"), err) &&
           writer_put_player(writer, TIGER_SHARK, text_of("TigerShark"), err);
}

static bool put_all(struct store_writer *writer, struct arena *arena, struct error *err)
{
    struct catalog_definition d;
    bool changed;
    if (!catalog_document_read(text_slice(demo_catalog, demo_catalog_size), arena, &d, err) ||
        !writer_begin(writer, err))
        return false;
    if (writer_put_catalog(writer, &d, &changed, err) && writer_read_catalog(writer, arena, &d, err) &&
        put_values(writer, &d, err))
        return writer_commit(writer, err);
    writer_rollback(writer);
    return false;
}

static bool make_database(const char *url, struct error *err)
{
    struct store_writer *writer;
    struct schema_status before;
    struct arena arena;
    if (!writer_open(url, true, &writer, err))
        return false;
    arena_init(&arena, DEMO_MEMORY_MAX);
    bool made = writer_migrate(writer, &before, err) && put_all(writer, &arena, err);
    arena_reset(&arena);
    writer_close(&writer);
    return made;
}

static bool make_directory(struct demo *demo, struct error *err)
{
    const char *parent = getenv("TMPDIR");
    if (parent == NULL || parent[0] == '\0')
        parent = "/tmp";
    char *name = demo->directory;
    if (snprintf(name, PATH_TEXT_MAX, "%s/userstats-demo-XXXXXX", parent) >= PATH_TEXT_MAX ||
        mkdtemp(name) == NULL) {
        name[0] = '\0';
        return error_refuse(err, ERROR_FILE,
                            "no directory can be made in %s: %s; set TMPDIR to one that is writable", parent,
                            strerror(errno));
    }
    return true;
}

static bool fill(struct demo *demo, struct error *err)
{
    if (!make_directory(demo, err))
        return false;
    snprintf(demo->store, sizeof demo->store, "store.url=sqlite:%s/demo.db", demo->directory);
    snprintf(demo->keys, sizeof demo->keys, "auth.keys=%s/keys/jwks.json", demo->directory);
    demo->assignments[0] = demo->store;
    demo->assignments[1] = demo->keys;
    demo->assignments[2] =
        "auth.issuer=" CONFIG_DEFAULT_ISSUER; /* so that `token mint` suits it without options */
    demo->assignments[3] = "auth.audience=" CONFIG_DEFAULT_AUDIENCE;
    demo->assignments[4] = "server.drain_delay_ms=0"; /* no balancer watches a demo: Ctrl-C ends it at once */
    demo->assignments[5] =
        "auth.decryption_keys="; /* whatever a file says of an issuer: its token is signed */
    demo->assignments[6] = "auth.tokens=auto";
    demo->assignments[7] = "auth.algorithms=ES256";
    demo->assignments[8] = "auth.keys_ca=";
    char keys[PATH_TEXT_MAX + 8];
    snprintf(keys, sizeof keys, "%s/keys", demo->directory);
    return jose_keygen(keys, JOSE_ES256, err) && make_database(strchr(demo->store, '=') + 1, err);
}

bool demo_open(struct demo **out, struct error *err)
{
    struct demo *demo = memory_alloc(sizeof *demo, err);
    if (demo == NULL)
        return false;
    if (!fill(demo, err)) {
        demo_close(&demo);
        return false;
    }
    *out = demo;
    return true;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status, (void)kind, (void)place;
    return remove(path);
}

void demo_close(struct demo **demo)
{
    if (*demo == NULL)
        return;
    if ((*demo)->directory[0] != '\0')
        nftw((*demo)->directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    memory_free(*demo);
    *demo = NULL;
}

const char *const *demo_assignments(const struct demo *demo)
{
    return demo->assignments;
}

static bool write_claims(struct arena *arena, int64_t now_s, struct text *out, struct error *err)
{
    struct buffer b;
    buffer_init(&b, arena, DEMO_MEMORY_MAX);
    buffer_format(&b, "{\"iss\":\"%s\",\"aud\":\"%s\",", CONFIG_DEFAULT_ISSUER, CONFIG_DEFAULT_AUDIENCE);
    buffer_format(&b, "\"iat\":%" PRId64 ",\"nbf\":%" PRId64 ",\"exp\":%" PRId64 ",", now_s, now_s - 60,
                  now_s + DEMO_TOKEN_LIFE_S);
    buffer_format(&b, "\"sbx\":\"%s\",\"xti\":{\"tid\":\"%s\"},\"xdi\":{\"dty\":\"Win32\"},", DEMO_SANDBOX,
                  DEMO_TITLE);
    buffer_format(&b, "\"xui\":[{\"uhs\":\"%s\",\"xid\":\"%" PRIu64 "\",\"gtg\":\"WarriorSaint\"}]}",
                  DEMO_USERHASH, (uint64_t)WARRIOR_SAINT);
    return buffer_finish(&b, ERROR_INTERNAL, out, err);
}

static bool mint(const struct demo *demo, int64_t now_s, struct arena *arena, struct text *token,
                 struct error *err)
{
    char path[PATH_TEXT_MAX + 32];
    struct signing_key *key;
    struct text claims;
    snprintf(path, sizeof path, "%s/keys/signing.key.pem", demo->directory);
    if (!write_claims(arena, now_s, &claims, err) || !signing_key_load(path, JOSE_ALGORITHM_NONE, &key, err))
        return false;
    bool done = jws_sign(key, claims, arena, token, err);
    signing_key_close(&key);
    return done;
}

/* Where a client on this machine finds ADDRESS: "any address" is no address to connect to. */
static void print_curl(const char *address, struct text token)
{
    const char *any[][2] = {{"0.0.0.0:", "127.0.0.1:"}, {"[::]:", "[::1]:"}};
    const char *host = "";
    for (size_t i = 0; i < sizeof any / sizeof *any; i++) {
        if (strncmp(address, any[i][0], strlen(any[i][0])) == 0) {
            host = any[i][1];
            address += strlen(any[i][0]);
        }
    }
    printf("curl -sS 'http://%s%s/batch' -H 'Authorization: XBL3.0 x=%s;%.*s' -H 'Content-Type: "
           "application/json' -d '%s'\n",
           host, address, DEMO_USERHASH, TEXT_ARG(token), body);
}

bool demo_print(const struct demo *demo, const char *address, const struct clock *clock, struct error *err)
{
    struct arena arena;
    struct text token;
    arena_init(&arena, DEMO_MEMORY_MAX);
    if (!mint(demo, clock->wall_ms(clock->context) / 1000, &arena, &token, err)) {
        arena_reset(&arena);
        return false;
    }
    printf("userstats demo: a throw-away key and a throw-away database, for trying things out only.\n"
           "Files:   %s (removed when the demo ends)\n"
           "Players: 1234567890123460 WarriorSaint, 1234567890123234 TigerShark\n"
           "Token:   WarriorSaint's, good for a day\n"
           "End it:  Ctrl-C\n\nAsk it, from another terminal:\n\n",
           demo->directory);
    print_curl(address, token);
    printf("\n");
    arena_reset(&arena);
    if (fflush(stdout) != 0)
        return error_refuse(err, ERROR_FILE, "stdout cannot be written: %s; see that its disk has room",
                            strerror(errno));
    return true;
}
