/* SPDX-License-Identifier: Apache-2.0 */
/* The contract of store/store.h. Awkward: ids are the store's own, so a test finds them through the catalog
 * it reads back. */
#include "store/contract.h"

#include <float.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "support/catalog_copy.h"
#include "support/torture.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define TEXT(s)                                                                                              \
    {                                                                                                        \
        s, sizeof(s) - 1                                                                                     \
    }
#define SCID_A "00000000-0000-0000-0000-0000665a0001"
#define SCID_B "00000000-0000-0000-0000-0000665a0002"

static const struct store_fixture *fixture;
static int64_t now_ns;
static struct store *store;
static struct arena arena;
static struct error err;

static int64_t stopped_ns(void *context)
{
    (void)context;
    return now_ns;
}

static const struct clock stopped_clock = {.monotonic_ns = stopped_ns, .wall_ms = stopped_ns};

/* ---- a catalog ---- */

static const struct grant grants[] = {{.kind = GRANT_TITLE, .number = UINT64_MAX},
                                      {.kind = GRANT_DEVICE, .subject = TEXT("XboxOne")},
                                      {.kind = GRANT_USER, .number = 1},
                                      {.kind = GRANT_SELF}};
static const struct statistic statistics_a[] = {
    {.name = TEXT("Kills"),
     .type = STATISTIC_INTEGER,
     .access = STATISTIC_OPEN,
     .display = {TEXT("Enemies killed"), TEXT("Integer"), TEXT("Best"), TEXT("Descending"), 1}},
    {.name = TEXT("SkillRating"), .type = STATISTIC_DOUBLE, .grants = grants, .grant_count = COUNT(grants)},
    {.name = TEXT("Motto"), .type = STATISTIC_STRING, .access = STATISTIC_OPEN},
    {.name = TEXT("LastSeen"), .type = STATISTIC_DATETIME},
};
static const struct statistic statistics_b[] = {
    {.name = TEXT("kills"), .type = STATISTIC_INTEGER}, /* a name may stand in two scids */
    {.name = TEXT("Deaths"), .type = STATISTIC_INTEGER},
};
static const uint64_t title_ids[] = {1717113201, UINT64_MAX};
static const struct title titles[] = {{1717113201, TEXT("A game")}, {UINT64_MAX, {NULL, 0}}, {7, TEXT("")}};
static const struct service_config configs[] = {
    {TEXT(SCID_A), TEXT("RETAIL"), title_ids, COUNT(title_ids), statistics_a, COUNT(statistics_a)},
    {TEXT(SCID_B), TEXT("XDKS.1"), title_ids, 1, statistics_b, COUNT(statistics_b)},
    {TEXT("empty"), TEXT("RETAIL"), NULL, 0, NULL, 0},
};
static const struct catalog_definition catalog = {titles, COUNT(titles), configs, COUNT(configs), 0};

static struct catalog_definition read_catalog(void)
{
    struct catalog_definition d;
    ck_assert_msg(store_read_catalog(store, &arena, &d, &err), "%s", error_operator_text(&err));
    return d;
}

static uint32_t id_of(const char *scid, const char *name)
{
    struct catalog_definition d = read_catalog();
    const struct statistic *s = catalog_copy_statistic(catalog_copy_config(&d, text_of(scid)), text_of(name));
    return s == NULL ? 0 : s->id;
}

static void set_up(void)
{
    now_ns = 1000;
    arena_init(&arena, (size_t)64 * 1024 * 1024);
    store = fixture->open(&stopped_clock);
    ck_assert(fixture->put_catalog(store, &catalog));
}

static void tear_down(void)
{
    fixture->close(&store);
    arena_reset(&arena);
}

/* ---- values ---- */

static struct value integer_value(int64_t n)
{
    return (struct value){.type = STATISTIC_INTEGER, .integer = n};
}

static struct value read_one(uint64_t xuid, uint32_t id)
{
    struct store_query q = {&xuid, 1, &id, 1, INT64_MAX, false};
    struct store_answer answer;
    ck_assert_msg(store_read_values(store, &q, &arena, &answer, &err), "%s", error_operator_text(&err));
    return answer.values[0];
}

static struct value read_with_metadata(uint64_t xuid, uint32_t id)
{
    struct store_query q = {&xuid, 1, &id, 1, INT64_MAX, true};
    struct store_answer answer;
    ck_assert_msg(store_read_values(store, &q, &arena, &answer, &err), "%s", error_operator_text(&err));
    return answer.values[0];
}

static void put_one(uint64_t xuid, uint32_t id, struct value v)
{
    struct value_row row = {.xuid = xuid, .statistic_id = id, .value = v};
    fixture->put_values(store, &row, 1);
}

START_TEST(has_nothing_at_first)
{
    uint64_t xuids[] = {1, UINT64_MAX};
    uint32_t ids[] = {id_of(SCID_A, "Kills"), 4000000000};
    struct store_query q = {xuids, 2, ids, 2, INT64_MAX, false};
    struct store_answer answer;
    ck_assert(store_read_values(store, &q, &arena, &answer, &err));
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(answer.values[i].type, STATISTIC_TYPE_NONE);
    ck_assert_ptr_null(answer.gamertags[0].data);
    ck_assert(store_check(store, &err));
}
END_TEST

START_TEST(keeps_every_bit_of_an_integer)
{
    static const int64_t numbers[] = {0,         1,        -1, 41, INT32_MIN, INT64_C(9007199254740993),
                                      INT64_MAX, INT64_MIN};
    uint32_t id = id_of(SCID_A, "Kills");
    for (size_t i = 0; i < COUNT(numbers); i++) {
        put_one(1 + i, id, integer_value(numbers[i]));
        struct value v = read_one(1 + i, id);
        ck_assert_int_eq(v.type, STATISTIC_INTEGER);
        ck_assert_int_eq(v.integer, numbers[i]);
    }
}
END_TEST

START_TEST(keeps_every_bit_of_a_double)
{
    static const double numbers[] = {0.0,
                                     -0.0,
                                     5.0,
                                     -1.0,
                                     0.1,
                                     1.0 / 3,
                                     DBL_MAX,
                                     -DBL_MAX,
                                     1e21,
                                     DBL_MIN,
                                     DBL_EPSILON,
                                     4.9406564584124654e-324,
                                     -2.2250738585072009e-308,
                                     9007199254740992.0,
                                     9223372036854775807.0,
                                     -9223372036854775808.0};
    uint32_t id = id_of(SCID_A, "SkillRating");
    for (size_t i = 0; i < COUNT(numbers); i++) {
        struct value put = {.type = STATISTIC_DOUBLE, .real = numbers[i]};
        put_one(1 + i, id, put);
        struct value v = read_one(1 + i, id);
        ck_assert_int_eq(v.type, STATISTIC_DOUBLE);
        ck_assert_msg(memcmp(&v.real, &numbers[i], sizeof v.real) == 0, "%a came back as %a", numbers[i],
                      v.real);
    }
}
END_TEST

START_TEST(keeps_texts_as_written)
{
    char longest[VALUE_TEXT_MAX + 1];
    memset(longest, 'x', VALUE_TEXT_MAX);
    longest[VALUE_TEXT_MAX] = '\0';
    const char *const texts[] = {"",        "onward", "7", "-0.0", "a'b\"c\\d%s", "\xc3\xa9\xf0\x9f\x8e\xae",
                                 " \t\x7f", longest};
    uint32_t id = id_of(SCID_A, "Motto");
    for (size_t i = 0; i < COUNT(texts); i++) {
        put_one(1 + i, id, (struct value){.type = STATISTIC_STRING, .text = text_of(texts[i])});
        struct value v = read_one(1 + i, id);
        ck_assert_int_eq(v.type, STATISTIC_STRING);
        ck_assert(text_equals(v.text, text_of(texts[i])));
    }
    id = id_of(SCID_A, "LastSeen");
    put_one(1, id,
            (struct value){.type = STATISTIC_DATETIME, .text = text_of("2026-11-24T11:53:37.125+01:00")});
    ck_assert_int_eq(read_one(1, id).type, STATISTIC_DATETIME);
    ck_assert(text_equals(read_one(1, id).text, text_of("2026-11-24T11:53:37.125+01:00")));
}
END_TEST

/* Somebody may have written past the service; a text must never be taken for the bits of a number. */
START_TEST(says_what_a_value_is_not_what_it_should_be)
{
    uint32_t id = id_of(SCID_A, "Kills");
    put_one(1, id, (struct value){.type = STATISTIC_STRING, .text = TEXT("seven")});
    struct value v = read_one(1, id);
    ck_assert_int_eq(v.type, STATISTIC_STRING);
    ck_assert(text_equals(v.text, text_of("seven")));
    put_one(2, id, (struct value){.type = STATISTIC_DOUBLE, .real = 7.5});
    ck_assert_int_eq(read_one(2, id).type, STATISTIC_DOUBLE);
}
END_TEST

START_TEST(puts_the_last_one)
{
    uint32_t id = id_of(SCID_A, "Kills");
    struct value_row rows[] = {{.xuid = 5, .statistic_id = id, .value = integer_value(1)},
                               {.xuid = 5, .statistic_id = id, .value = integer_value(2)}};
    fixture->put_values(store, rows, 2);
    ck_assert_int_eq(read_one(5, id).integer, 2);
    put_one(5, id, integer_value(3));
    ck_assert_int_eq(read_one(5, id).integer, 3);
    fixture->put_player(store, 5, text_of("Saint"));
    fixture->put_player(store, 5, text_of("WarriorSaint"));
    fixture->put_player(store, UINT64_MAX, text_of("\xc3\x89toile"));
    uint64_t xuids[] = {UINT64_MAX, 6, 5};
    struct store_query q = {xuids, 3, NULL, 0, INT64_MAX, false}; /* gamertags alone */
    struct store_answer answer;
    ck_assert(store_read_values(store, &q, &arena, &answer, &err));
    ck_assert(text_equals(answer.gamertags[0], text_of("\xc3\x89toile")));
    ck_assert_ptr_null(answer.gamertags[1].data);
    ck_assert(text_equals(answer.gamertags[2], text_of("WarriorSaint")));
}
END_TEST

static struct value with_metadata(struct value v, const char *metadata)
{
    v.metadata = text_of(metadata);
    return v;
}

START_TEST(gives_metadata_to_who_asks)
{
    char longest[VALUE_METADATA_MAX + 1] = "";
    memset(longest, '1', VALUE_METADATA_MAX);
    const char *const documents[] = {"{}", "7", " {\"map\" : \"\xc3\xa9\", \"a\":[1,\"\\\"\"]} ", longest};
    uint32_t kills = id_of(SCID_A, "Kills"), motto = id_of(SCID_A, "Motto");
    for (size_t i = 0; i < COUNT(documents); i++) {
        put_one(1 + i, kills, with_metadata(integer_value(7), documents[i]));
        put_one(1 + i, motto,
                with_metadata((struct value){.type = STATISTIC_STRING, .text = TEXT("on")}, documents[i]));
        struct value v = read_with_metadata(1 + i, kills);
        ck_assert_int_eq(v.integer, 7);
        ck_assert(text_equals(v.metadata, text_of(documents[i])));
        v = read_with_metadata(1 + i, motto);
        ck_assert(text_equals(v.text, text_of("on")));
        ck_assert(text_equals(v.metadata, text_of(documents[i])));
        ck_assert_ptr_null(read_one(1 + i, kills).metadata.data);
        ck_assert_ptr_null(read_one(1 + i, motto).metadata.data);
        ck_assert_int_eq(read_one(1 + i, kills).integer, 7);
    }
    put_one(9, kills, integer_value(7));
    ck_assert_ptr_null(read_with_metadata(9, kills).metadata.data);
    ck_assert_int_eq(read_with_metadata(9, motto).type, STATISTIC_TYPE_NONE);
}
END_TEST

/* A row states the whole value. */
START_TEST(replaces_metadata_with_the_value)
{
    uint32_t id = id_of(SCID_A, "Kills");
    struct value_row rows[] = {{5, id, integer_value(4)}, {5, id, integer_value(5)}};
    rows[0].value.metadata = text_of("[]");
    fixture->put_values(store, rows, 2); /* in one transaction, the first with metadata at all */
    ck_assert_int_eq(read_with_metadata(5, id).integer, 5);
    ck_assert_ptr_null(read_with_metadata(5, id).metadata.data);
    put_one(5, id, with_metadata(integer_value(1), "{\"n\":1}"));
    put_one(6, id, with_metadata(integer_value(1), "{\"n\":6}"));
    put_one(5, id, with_metadata(integer_value(2), "{\"n\":2}"));
    ck_assert(text_equals(read_with_metadata(5, id).metadata, text_of("{\"n\":2}")));
    put_one(5, id, integer_value(3));
    ck_assert_int_eq(read_with_metadata(5, id).integer, 3);
    ck_assert_ptr_null(read_with_metadata(5, id).metadata.data);
    ck_assert(text_equals(read_with_metadata(6, id).metadata, text_of("{\"n\":6}")));
}
END_TEST

/* The smallest, both sides of the sign bit, the largest. */
static const uint64_t odd_xuids[] = {1, INT64_MAX, (uint64_t)INT64_MAX + 1, UINT64_MAX - 1, UINT64_MAX};

START_TEST(tells_xuids_apart)
{
    uint32_t id = id_of(SCID_A, "Kills");
    for (size_t i = 0; i < COUNT(odd_xuids); i++)
        put_one(odd_xuids[i], id, integer_value((int64_t)i));
    for (size_t i = 0; i < COUNT(odd_xuids); i++)
        ck_assert_int_eq(read_one(odd_xuids[i], id).integer, (int64_t)i);
}
END_TEST

/* ---- any query against a plain table ---- */

#define GRID_USERS 12
#define GRID_STATS 60 /* their ids are near each other, and some far from the rest */

static void shuffle(uint32_t *numbers, size_t count, unsigned *seed)
{
    for (size_t i = count; i > 1; i--) {
        size_t j = (size_t)rand_r(seed) % i;
        uint32_t other = numbers[j];
        numbers[j] = numbers[i - 1];
        numbers[i - 1] = other;
    }
}

static uint32_t grid_id(uint32_t statistic)
{
    return statistic < 40 ? 1000 + statistic : 5000 + statistic * 7;
}

static bool grid_has(uint32_t user, uint32_t statistic)
{
    return (user * 7 + statistic * 13) % 3 != 0;
}

static const char grid_metadata[] = "12345678901234567890";

static bool grid_has_metadata(uint32_t user, uint32_t statistic)
{
    return (user + statistic) % 5 < 2;
}

static void fill_grid(void)
{
    static struct value_row rows[GRID_USERS * GRID_STATS];
    size_t count = 0;
    for (uint32_t u = 0; u < GRID_USERS; u++) {
        for (uint32_t s = 0; s < GRID_STATS; s++) {
            if (!grid_has(u, s))
                continue;
            struct value v = integer_value(u * 1000 + s);
            if (grid_has_metadata(u, s))
                v.metadata = text_slice(grid_metadata, 1 + (u + s) % (sizeof grid_metadata - 1));
            rows[count++] = (struct value_row){.xuid = 100 + u, .statistic_id = grid_id(s), .value = v};
        }
    }
    fixture->put_values(store, rows, count);
}

START_TEST(answers_in_the_order_of_the_query)
{
    uint32_t users[GRID_USERS], statistics[GRID_STATS], ids[GRID_STATS];
    uint64_t xuids[GRID_USERS];
    unsigned seed = 1;
    fill_grid();
    for (int round = 0; round < 200; round++) {
        for (uint32_t i = 0; i < GRID_USERS; i++)
            users[i] = i;
        for (uint32_t i = 0; i < GRID_STATS; i++)
            statistics[i] = i;
        shuffle(users, GRID_USERS, &seed);
        shuffle(statistics, GRID_STATS, &seed);
        size_t user_count = 1 + (size_t)rand_r(&seed) % GRID_USERS;
        size_t count = 1 + (size_t)rand_r(&seed) % GRID_STATS;
        for (size_t i = 0; i < user_count; i++)
            xuids[i] = 100 + users[i];
        for (size_t i = 0; i < count; i++)
            ids[i] = grid_id(statistics[i]);
        struct store_query q = {xuids, user_count, ids, count, INT64_MAX, round % 2 == 0};
        struct store_answer answer;
        ck_assert(store_read_values(store, &q, &arena, &answer, &err));
        for (size_t i = 0; i < user_count * count; i++) {
            uint32_t u = users[i / count], s = statistics[i % count];
            ck_assert_int_eq(answer.values[i].type, grid_has(u, s) ? STATISTIC_INTEGER : STATISTIC_TYPE_NONE);
            if (grid_has(u, s))
                ck_assert_int_eq(answer.values[i].integer, u * 1000 + s);
            bool has_metadata = q.with_metadata && grid_has(u, s) && grid_has_metadata(u, s);
            ck_assert_uint_eq(answer.values[i].metadata.size,
                              has_metadata ? 1 + (u + s) % (sizeof grid_metadata - 1) : 0);
        }
        arena_reset(&arena);
    }
}
END_TEST

/* ---- the catalog ---- */

START_TEST(reads_the_catalog_back)
{
    struct catalog_definition d = read_catalog();
    ck_assert(catalog_same(&d, &catalog));
    int64_t version;
    ck_assert(store_catalog_version(store, &version, &err));
    ck_assert_int_eq(version, d.version);
    ck_assert_int_gt(version, 0);
    ck_assert(!fixture->put_catalog(store, &catalog));
    ck_assert(store_catalog_version(store, &version, &err));
    ck_assert_int_eq(version, d.version);
    for (size_t i = 0; i < d.config_count; i++) {
        for (size_t j = 0; j < d.configs[i].statistic_count; j++)
            ck_assert_uint_ne(d.configs[i].statistics[j].id, 0);
    }
    ck_assert_uint_ne(id_of(SCID_A, "Kills"), id_of(SCID_B, "Kills"));
}
END_TEST

/* The catalog with its first configuration's statistics replaced. */
static bool put_statistics(const struct statistic *statistics, size_t count)
{
    struct service_config changed[COUNT(configs)];
    memcpy(changed, configs, sizeof configs);
    changed[0].statistics = statistics;
    changed[0].statistic_count = count;
    struct catalog_definition d = catalog;
    d.configs = changed;
    int64_t before, after;
    ck_assert(store_catalog_version(store, &before, &err));
    bool differs = fixture->put_catalog(store, &d);
    ck_assert(store_catalog_version(store, &after, &err));
    ck_assert_int_eq(after, differs ? before + 1 : before);
    struct catalog_definition found = read_catalog();
    ck_assert(catalog_same(&found, &d));
    return differs;
}

START_TEST(keeps_ids_of_what_stays)
{
    uint32_t kills = id_of(SCID_A, "Kills"), motto = id_of(SCID_A, "Motto"), other = id_of(SCID_B, "Kills");
    put_one(1, kills, integer_value(10));
    put_one(1, motto,
            with_metadata((struct value){.type = STATISTIC_STRING, .text = text_of("onward")}, "{}"));
    struct statistic s[COUNT(statistics_a)];

    memcpy(s, statistics_a, sizeof s);
    s[0].name = text_of("KILLS"); /* another spelling is the same statistic */
    ck_assert(put_statistics(s, COUNT(s)));
    s[0].access = STATISTIC_RESTRICTED;
    ck_assert(put_statistics(s, COUNT(s)));
    s[0].display.sort_order = text_of(NULL);
    ck_assert(put_statistics(s, COUNT(s)));
    s[1].grants = grants + 1;
    s[1].grant_count = 2;
    ck_assert(put_statistics(s, COUNT(s)));
    s[1].grant_count = 0;
    ck_assert(put_statistics(s, COUNT(s)));
    ck_assert(!put_statistics(s, COUNT(s)));
    ck_assert_uint_eq(id_of(SCID_A, "Kills"), kills);
    ck_assert_uint_eq(id_of(SCID_B, "Kills"), other);
    ck_assert_int_eq(read_one(1, kills).integer, 10);

    s[2].type = STATISTIC_DATETIME; /* another type is another statistic */
    ck_assert(put_statistics(s, COUNT(s)));
    uint32_t retyped = id_of(SCID_A, "Motto");
    ck_assert_uint_ne(retyped, motto);
    ck_assert_int_eq(read_with_metadata(1, motto).type, STATISTIC_TYPE_NONE);
    ck_assert_ptr_null(read_with_metadata(1, motto).metadata.data);
    ck_assert_int_eq(read_one(1, retyped).type, STATISTIC_TYPE_NONE);
    ck_assert_int_eq(read_one(1, kills).integer, 10);
}
END_TEST

START_TEST(never_gives_an_id_again)
{
    uint32_t last = id_of(SCID_B, "Deaths"), seen = id_of(SCID_A, "LastSeen");
    put_one(1, seen, (struct value){.type = STATISTIC_DATETIME, .text = text_of("2026-11-24T11:53:37Z")});
    put_one(1, id_of(SCID_A, "Kills"), integer_value(10));
    put_one(1, last, integer_value(11));
    struct catalog_definition fewer = catalog;
    fewer.config_count = 1;
    ck_assert(fixture->put_catalog(store, &fewer)); /* SCID_B goes, with the highest ids */
    ck_assert(put_statistics(statistics_a, 3));     /* and comes back, while LastSeen goes */
    ck_assert_uint_gt(id_of(SCID_B, "Deaths"), last);
    ck_assert(put_statistics(statistics_a, 4));
    ck_assert_uint_gt(id_of(SCID_A, "LastSeen"), last);
    ck_assert_int_eq(read_one(1, seen).type, STATISTIC_TYPE_NONE);
    ck_assert_int_eq(read_one(1, last).type, STATISTIC_TYPE_NONE); /* the value went with its statistic */
    ck_assert_int_eq(read_one(1, id_of(SCID_A, "LastSeen")).type, STATISTIC_TYPE_NONE);
    ck_assert_int_eq(read_one(1, id_of(SCID_A, "Kills")).integer, 10);
}
END_TEST

START_TEST(takes_an_empty_catalog)
{
    struct catalog_definition none = {.title_count = 0};
    ck_assert(fixture->put_catalog(store, &none));
    ck_assert(!fixture->put_catalog(store, &none));
    struct catalog_definition d = read_catalog();
    ck_assert_uint_eq(d.title_count + d.config_count, 0);
    ck_assert(fixture->put_catalog(store, &catalog));
}
END_TEST

/* ---- walking ---- */

struct seen {
    uint64_t xuids[16];
    uint32_t ids[16];
    size_t values, players, stop_after;
};

static bool see_value(void *context, const struct value_row *row, struct error *e)
{
    struct seen *s = context;
    if (s->values == s->stop_after)
        return error_set(e, ERROR_FILE, "enough");
    s->xuids[s->values] = row->xuid;
    s->ids[s->values] = row->statistic_id;
    bool first = row->xuid == odd_xuids[0];
    ck_assert(text_equals(row->value.metadata, text_of(first ? "{\"map\":1}" : NULL)));
    ck_assert_int_eq(row->value.metadata.data != NULL, first);
    s->values++;
    return true;
}

static bool see_player(void *context, uint64_t xuid, struct text gamertag, struct error *e)
{
    struct seen *s = context;
    (void)e;
    ck_assert_uint_eq(xuid, odd_xuids[s->players]);
    ck_assert(text_equals(gamertag, text_of("tag")));
    s->players++;
    return true;
}

START_TEST(walks_in_order)
{
    uint32_t kills = id_of(SCID_A, "Kills"), deaths = id_of(SCID_B, "Deaths");
    for (size_t i = COUNT(odd_xuids); i-- > 0;) {
        const char *metadata = i == 0 ? "{\"map\":1}" : NULL;
        struct value_row rows[] = {{odd_xuids[i], deaths, with_metadata(integer_value(1), metadata)},
                                   {odd_xuids[i], kills, with_metadata(integer_value(2), metadata)}};
        fixture->put_values(store, rows, 2);
        fixture->put_player(store, odd_xuids[i], text_of("tag"));
    }
    struct seen seen = {.stop_after = 16};
    struct store_visitor visitor = {see_value, see_player, &seen};
    ck_assert(store_each(store, &visitor, &err));
    ck_assert_uint_eq(seen.values, 2 * COUNT(odd_xuids));
    ck_assert_uint_eq(seen.players, COUNT(odd_xuids));
    for (size_t i = 0; i < seen.values; i++) {
        ck_assert_uint_eq(seen.xuids[i], odd_xuids[i / 2]);
        ck_assert_uint_eq(seen.ids[i], i % 2 == 0 ? kills : deaths);
    }
    seen = (struct seen){.stop_after = 3};
    ck_assert(!store_each(store, &visitor, &err));
    ck_assert_int_eq(err.code, ERROR_FILE);
    ck_assert_uint_eq(seen.values, 3);
    visitor.each_value = NULL;
    seen = (struct seen){.values = 0};
    ck_assert(store_each(store, &visitor, &err));
    ck_assert_uint_eq(seen.players, COUNT(odd_xuids));
}
END_TEST

/* ---- runs out ---- */

START_TEST(gives_up_at_the_deadline)
{
    uint64_t xuid = 1;
    uint32_t id = id_of(SCID_A, "Kills");
    put_one(xuid, id, integer_value(10));
    struct store_query q = {&xuid, 1, &id, 1, now_ns + 5, false};
    struct store_answer answer;
    ck_assert(store_read_values(store, &q, &arena, &answer, &err));
    now_ns += 5;
    ck_assert(!store_read_values(store, &q, &arena, &answer, &err));
    ck_assert_int_eq(err.code, ERROR_DEADLINE);
    q.deadline_ns = now_ns + 1;
    ck_assert(store_read_values(store, &q, &arena, &answer, &err));
    ck_assert_int_eq(answer.values[0].integer, 10);
}
END_TEST

static bool read_motto(void *context, struct error *e)
{
    uint64_t xuid = 1;
    struct arena own;
    arena_init(&own, 65536);
    struct store_query q = {&xuid, 1, context, 1, INT64_MAX, true};
    struct store_answer answer;
    bool worked = store_read_values(store, &q, &own, &answer, e);
    if (worked)
        ck_assert(text_equals(answer.values[0].text, text_of("onward")) &&
                  text_equals(answer.values[0].metadata, text_of("{\"n\":1}")));
    arena_reset(&own);
    return worked;
}

static bool read_whole_catalog(void *context, struct error *e)
{
    struct arena own;
    struct catalog_definition d;
    arena_init(&own, (size_t)1024 * 1024);
    (void)context;
    bool worked = store_read_catalog(store, &own, &d, e);
    if (worked)
        ck_assert(catalog_same(&d, &catalog));
    arena_reset(&own);
    return worked;
}

START_TEST(survives_want_of_memory)
{
    uint32_t id = id_of(SCID_A, "Motto");
    put_one(1, id,
            with_metadata((struct value){.type = STATISTIC_STRING, .text = text_of("onward")}, "{\"n\":1}"));
    fixture->put_player(store, 1, text_of("Saint"));
    ck_assert_uint_ge(torture_allocations(read_motto, &id), 1);
    ck_assert_uint_ge(torture_allocations(read_whole_catalog, NULL), 1);
    for (size_t limit = 0; limit < 12000; limit += 64) { /* an arena too small, at every place */
        struct arena small;
        struct catalog_definition d;
        arena_init(&small, limit);
        if (!store_read_catalog(store, &small, &d, &err))
            ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
        else
            ck_assert(catalog_same(&d, &catalog));
        arena_reset(&small);
    }
    ck_assert(read_motto(&id, &err));
}
END_TEST

/* ---- threads ---- */

#define PAIRS 300

static uint32_t pair[2];
static atomic_bool done;

/* The metadata of number N: n modulo 10, and one, digits; none where three divide it. */
static const char pair_digits[] = "1111111111";

static struct text pair_metadata(int64_t n)
{
    return n % 3 == 0 ? text_of(NULL) : text_slice(pair_digits, (size_t)(n % 10) + 1);
}

static bool is_pair_metadata(const struct value *v)
{
    return v->type == STATISTIC_TYPE_NONE || text_equals(v->metadata, pair_metadata(v->integer));
}

/* Both halves of a pair and their metadata are always written together: a read that sees them differ saw half
 * of a transaction. */
static void *watch_pairs(void *context)
{
    struct error e;
    uint64_t xuid = 9;
    int64_t last = 0, *reads = context;
    bool finished;
    do {
        finished = atomic_load(&done);
        struct arena own;
        arena_init(&own, 65536);
        struct store_query q = {&xuid, 1, pair, 2, INT64_MAX, true};
        struct store_answer answer;
        if (!store_read_values(store, &q, &own, &answer, &e) ||
            answer.values[0].integer != answer.values[1].integer || answer.values[0].integer < last ||
            !is_pair_metadata(&answer.values[0]) || !is_pair_metadata(&answer.values[1]))
            return NULL;
        last = answer.values[0].integer;
        arena_reset(&own);
        ++*reads;
    } while (!finished);
    return last == PAIRS ? context : NULL;
}

START_TEST(shows_whole_transactions_to_all_threads)
{
    pthread_t threads[4];
    int64_t reads[4] = {0};
    pair[0] = id_of(SCID_A, "Kills");
    pair[1] = id_of(SCID_B, "Deaths");
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, watch_pairs, &reads[i]), 0);
    for (int64_t n = 1; n <= PAIRS; n++) {
        struct value_row rows[] = {{.xuid = 9, .statistic_id = pair[0], .value = integer_value(n)},
                                   {.xuid = 9, .statistic_id = pair[1], .value = integer_value(n)}};
        rows[0].value.metadata = rows[1].value.metadata = pair_metadata(n);
        fixture->put_values(store, rows, 2);
    }
    atomic_store(&done, true);
    for (int i = 0; i < 4; i++) {
        void *good;
        pthread_join(threads[i], &good);
        ck_assert_msg(good != NULL, "thread %d saw a torn or an old pair, or failed", i);
        ck_assert_int_gt(reads[i], 0);
    }
}
END_TEST

TCase *contract_case(const struct store_fixture *f)
{
    fixture = f;
    TCase *c = tcase_create(f->name);
    tcase_set_timeout(c, 120);
    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_add_test(c, has_nothing_at_first);
    tcase_add_test(c, keeps_every_bit_of_an_integer);
    tcase_add_test(c, keeps_every_bit_of_a_double);
    tcase_add_test(c, keeps_texts_as_written);
    tcase_add_test(c, says_what_a_value_is_not_what_it_should_be);
    tcase_add_test(c, puts_the_last_one);
    tcase_add_test(c, gives_metadata_to_who_asks);
    tcase_add_test(c, replaces_metadata_with_the_value);
    tcase_add_test(c, tells_xuids_apart);
    tcase_add_test(c, answers_in_the_order_of_the_query);
    tcase_add_test(c, reads_the_catalog_back);
    tcase_add_test(c, keeps_ids_of_what_stays);
    tcase_add_test(c, never_gives_an_id_again);
    tcase_add_test(c, takes_an_empty_catalog);
    tcase_add_test(c, walks_in_order);
    tcase_add_test(c, gives_up_at_the_deadline);
    tcase_add_test(c, survives_want_of_memory);
    tcase_add_test(c, shows_whole_transactions_to_all_threads);
    return c;
}
