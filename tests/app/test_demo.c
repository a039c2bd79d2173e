/* SPDX-License-Identifier: Apache-2.0 */
/* The demo: what is in its directory while it lives, that nothing is left of it, and what it prints. */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/config.h"
#include "app/demo.h"
#include "auth/authenticator.h"
#include "base/clock.h"
#include "base/arena.h"
#include "catalog/catalog.h"
#include "jose/key_slot.h"
#include "store/store.h"
#include "support/run.h"

#define SCID_1        "c402ff50-3e76-11e2-a25f-0800200c1212"
#define SCID_2        "c402ff50-3e76-11e2-a25f-0800200c0343"
#define WARRIOR_SAINT 1234567890123460
#define TIGER_SHARK   1234567890123234
#define NOON_S        1700000000

static char parent[] = "/tmp/userstats-test-demo-XXXXXX";
static struct demo *demo;
static struct config *config;

static int64_t noon_ms(void *context)
{
    (void)context;
    return (int64_t)NOON_S * 1000;
}

static const struct clock noon = {.wall_ms = noon_ms};

static unsigned entries_of(const char *path)
{
    unsigned count = 0;
    DIR *d = opendir(path);
    ck_assert_ptr_nonnull(d);
    for (const struct dirent *e = readdir(d); e != NULL; e = readdir(d))
        count += e->d_name[0] != '.' ? 1 : 0;
    closedir(d);
    return count;
}

static void open_demo(void)
{
    struct error err = {.code = ERROR_NONE};
    ck_assert_ptr_nonnull(mkdtemp(parent));
    ck_assert_int_eq(setenv("TMPDIR", parent, 1), 0);
    ck_assert_msg(demo_open(&demo, &err), "%s", error_operator_text(&err));
    struct config_sources sources = {.assignments = demo_assignments(demo),
                                     .assignment_count = DEMO_SETTINGS};
    ck_assert_msg(config_open(&sources, &config, &err), "%s", error_operator_text(&err));
}

static void close_demo(void)
{
    config_close(&config);
    demo_close(&demo);
    demo_close(&demo);
    ck_assert_msg(entries_of(parent) == 0, "the demo left something in %s", parent);
    ck_assert_int_eq(rmdir(parent), 0);
}

START_TEST(keeps_its_directory_private)
{
    struct stat status;
    char path[512];
    struct dirent **names;
    ck_assert_int_eq(entries_of(parent), 1);
    int count = scandir(parent, &names, NULL, alphasort);
    ck_assert_int_eq(count, 3);
    snprintf(path, sizeof path, "%s/%s", parent, names[2]->d_name);
    ck_assert_int_eq(stat(path, &status), 0);
    ck_assert_int_eq(status.st_mode & 0777, 0700);
    for (int i = 0; i < count; i++)
        free(names[i]);
    free(names);
}
END_TEST

/* Whatever the settings say of an issuer, the demo's own token is one that is taken. */
START_TEST(takes_its_token_beside_any_issuer)
{
    const char *flags[4 + DEMO_SETTINGS] = {"auth.decryption_keys=/d", "auth.tokens=both",
                                            "auth.algorithms=RS256", "auth.keys_ca=/ca.pem"};
    struct error err = {.code = ERROR_NONE};
    struct config *c = NULL;
    memcpy(flags + 4, demo_assignments(demo), DEMO_SETTINGS * sizeof *flags);
    struct config_sources sources = {NULL, NULL, flags, 4 + DEMO_SETTINGS};
    ck_assert_msg(config_open(&sources, &c, &err), "%s", error_operator_text(&err));
    ck_assert_uint_eq(c->issuer_count, 1);
    ck_assert_int_eq(c->issuers[0].tokens, TOKENS_SIGNED);
    ck_assert_uint_eq(c->issuers[0].algorithms, 1u << JOSE_ES256);
    ck_assert_str_eq(c->issuers[0].keys, config->issuers[0].keys);
    config_close(&c);
}
END_TEST

static uint32_t id_of(const struct catalog *c, const char *scid, const char *name)
{
    const struct service_config *s = catalog_find_scid(c, text_of(scid));
    ck_assert_ptr_nonnull(s);
    const struct statistic *statistic = catalog_find_statistic(c, s, text_of(name));
    ck_assert_ptr_nonnull(statistic);
    return statistic->id;
}

START_TEST(holds_the_reference_pages_players)
{
    static const int64_t expected[] = {7, 4, 3434, 41, 63, 12, 375, 34};
    struct error err = {.code = ERROR_NONE};
    struct arena arena;
    struct store *store = NULL;
    struct catalog_definition d;
    struct catalog *c = NULL;
    struct store_answer answer;
    arena_init(&arena, 1 << 22);
    ck_assert_msg(store_open(config->store_url, &clock_system, &store, &err), "%s",
                  error_operator_text(&err));
    ck_assert(store_read_catalog(store, &arena, &d, &err));
    ck_assert_msg(catalog_build(&d, &c, &err), "%s", error_operator_text(&err));
    uint64_t xuids[] = {WARRIOR_SAINT, TIGER_SHARK};
    uint32_t ids[] = {id_of(c, SCID_1, "Test4FirefightKills"), id_of(c, SCID_1, "Test4FirefightHeadshots"),
                      id_of(c, SCID_2, "OverallTestKills"), id_of(c, SCID_2, "TestHeadshots")};
    struct store_query query = {xuids, 2, ids, 4, INT64_MAX};
    ck_assert(store_read_values(store, &query, &arena, &answer, &err));
    for (size_t i = 0; i < 8; i++) {
        ck_assert_int_eq(answer.values[i].type, STATISTIC_INTEGER);
        ck_assert_int_eq(answer.values[i].integer, expected[i]);
    }
    ck_assert(text_equals(answer.gamertags[0], text_of("WarriorSaint")));
    ck_assert(text_equals(answer.gamertags[1], text_of("TigerShark")));
    catalog_release(&c);
    store_close(&store);
    arena_reset(&arena);
}
END_TEST

/* What demo_print wrote, with stdout turned into a file for the while. */
static const char *printed(const char *address)
{
    static char text[16 * 1024];
    struct error err = {.code = ERROR_NONE};
    FILE *file = tmpfile();
    ck_assert_ptr_nonnull(file);
    fflush(stdout);
    int saved = dup(STDOUT_FILENO);
    ck_assert_int_ge(dup2(fileno(file), STDOUT_FILENO), 0);
    bool ok = demo_print(demo, address, &noon, &err);
    ck_assert_int_ge(dup2(saved, STDOUT_FILENO), 0);
    close(saved);
    ck_assert_msg(ok, "%s", error_operator_text(&err));
    rewind(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

START_TEST(prints_one_curl_whose_token_the_service_takes)
{
    struct error err = {.code = ERROR_NONE};
    struct arena arena;
    struct principal principal;
    struct key_set *keys = NULL;
    const char *text = printed("127.0.0.1:1234");
    const char *curl = strstr(text, "\ncurl -sS 'http://127.0.0.1:1234/batch'");
    ck_assert_msg(curl != NULL, "%s", text);
    ck_assert_ptr_null(strstr(curl + 1, "\ncurl "));
    ck_assert_ptr_nonnull(strstr(text, "throw-away"));
    const char *from = strstr(curl, "XBL3.0 ");
    ck_assert_ptr_nonnull(from);
    struct text header = text_slice(from, strcspn(from, "'"));
    arena_init(&arena, 1 << 20);
    ck_assert(key_set_load(config->issuers[0].keys, NULL, &keys, &err));
    struct issuer issuer = {.label = "auth",
                            .name = text_of(config->issuers[0].issuer),
                            .audience = text_of(config->issuers[0].audience),
                            .tokens = TOKENS_SIGNED};
    const struct authenticator_options options = {.issuers = &issuer,
                                                  .issuer_count = 1,
                                                  .decryptions_in_flight_max = 1,
                                                  .clock = &clock_system,
                                                  .random = &random_system};
    struct authenticator *authenticator = NULL;
    ck_assert(key_slot_open(keys, &issuer.keys, &err));
    ck_assert(authenticator_open(&options, &authenticator, &err));
    struct credentials now = {header, NOON_S}, in_23_hours = {header, NOON_S + 23 * 3600},
                       in_25_hours = {header, NOON_S + 25 * 3600};
    ck_assert_msg(authenticate(authenticator, &now, &arena, &principal, &err), "%s",
                  error_operator_text(&err));
    ck_assert_ptr_nonnull(principal.caller);
    ck_assert_uint_eq(principal.caller->xuid, WARRIOR_SAINT);
    ck_assert(text_equals(principal.sandbox, text_of("RETAIL")));
    ck_assert_uint_eq(principal.title_id, 1717113201);
    ck_assert(authenticate(authenticator, &in_23_hours, &arena, &principal, &err));
    ck_assert(!authenticate(authenticator, &in_25_hours, &arena, &principal, &err));
    ck_assert_int_eq(err.code, ERROR_TOKEN_EXPIRED);
    authenticator_close(&authenticator);
    key_slot_close(&issuer.keys);
    arena_reset(&arena);
}
END_TEST

START_TEST(prints_an_address_that_can_be_connected_to)
{
    ck_assert_ptr_nonnull(strstr(printed("0.0.0.0:80"), "'http://127.0.0.1:80/batch'"));
    ck_assert_ptr_nonnull(strstr(printed("[::]:80"), "'http://[::1]:80/batch'"));
    ck_assert_ptr_nonnull(strstr(printed("[::1]:80"), "'http://[::1]:80/batch'"));
}
END_TEST

START_TEST(refuses_a_place_that_is_not_there)
{
    struct error err = {.code = ERROR_NONE};
    struct demo *other = NULL;
    ck_assert_int_eq(setenv("TMPDIR", "/nonexistent", 1), 0);
    ck_assert(!demo_open(&other, &err));
    ck_assert_ptr_null(other);
    ck_assert_int_eq(err.code, ERROR_FILE);
    ck_assert_ptr_nonnull(strstr(error_operator_text(&err), "TMPDIR"));
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("app/demo");
    TCase *c = tcase_create("demo");
    tcase_set_timeout(c, 60);
    tcase_add_checked_fixture(c, open_demo, close_demo);
    tcase_add_test(c, keeps_its_directory_private);
    tcase_add_test(c, takes_its_token_beside_any_issuer);
    tcase_add_test(c, holds_the_reference_pages_players);
    tcase_add_test(c, prints_one_curl_whose_token_the_service_takes);
    tcase_add_test(c, prints_an_address_that_can_be_connected_to);
    tcase_add_test(c, refuses_a_place_that_is_not_there);
    suite_add_tcase(s, c);
    return s;
}
