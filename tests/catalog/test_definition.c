/* SPDX-License-Identifier: Apache-2.0 */
/* Every rule for a definition, each broken once in a definition that is otherwise good. */
#include "catalog/catalog.h"

#include <stdio.h>
#include <string.h>

#include "support/run.h"
#include "support/torture.h"

#define TEXT(s)                                                                                              \
    {                                                                                                        \
        s, sizeof(s) - 1                                                                                     \
    }
#define STATISTICS (HERO_STATISTICS_MAX + 2)

/* A good definition, to be spoilt. */
struct sample {
    struct title titles[2];
    uint64_t owners[CONFIG_TITLES_MAX + 1];
    struct grant grants[GRANTS_MAX + 1];
    char names[STATISTICS][8];
    struct statistic statistics[STATISTICS];
    struct service_config configs[2];
    struct catalog_definition d;
};

static void make_good(struct sample *s)
{
    *s = (struct sample){.titles = {{5, TEXT("Five")}, {6, TEXT("Sechs \xC3\x9F")}}, .owners = {5, 6}};
    for (size_t i = 0; i <= GRANTS_MAX; i++)
        s->grants[i] = (struct grant){.kind = GRANT_TITLE, .number = i + 1};
    for (size_t i = 0; i < STATISTICS; i++) {
        snprintf(s->names[i], sizeof s->names[i], "S%zu", i);
        s->statistics[i] = (struct statistic){.name = text_of(s->names[i]), .type = STATISTIC_STRING};
    }
    for (size_t i = 0; i < HERO_STATISTICS_MAX; i++) {
        s->statistics[i].access = STATISTIC_OPEN;
        s->statistics[i].display.ordinal = (uint32_t)i + 1;
    }
    s->statistics[STATISTICS - 1].grants = s->grants;
    s->statistics[STATISTICS - 1].grant_count = GRANTS_MAX;
    s->configs[0] = (struct service_config){.scid = TEXT("00000000-0000-0000-0000-000066552b31"),
                                            .sandbox = TEXT("RETAIL"),
                                            .title_ids = s->owners,
                                            .title_id_count = 2,
                                            .statistics = s->statistics,
                                            .statistic_count = STATISTICS};
    s->configs[1] = s->configs[0];
    s->configs[1].scid = text_of("second-a");
    s->d = (struct catalog_definition){
        .titles = s->titles, .title_count = 2, .configs = s->configs, .config_count = 2};
}

static struct statistic *last(struct sample *s)
{
    return &s->statistics[STATISTICS - 1];
}

static void title_zero(struct sample *s)
{
    s->titles[1].title_id = 0;
}
static void title_twice(struct sample *s)
{
    s->titles[1].title_id = 5;
}
static void title_control(struct sample *s)
{
    s->titles[1].name = text_of("a\nb");
}
static void title_latin1(struct sample *s)
{
    s->titles[1].name = text_of("\xDF");
}
static void scid_empty(struct sample *s)
{
    s->configs[1].scid = text_of("");
}
static void scid_absent(struct sample *s)
{
    s->configs[1].scid = (struct text){NULL, 0};
}
static void scid_long(struct sample *s)
{
    s->configs[1].scid = text_of("00000000-0000-0000-0000-000066552b31a");
}
static void scid_twice(struct sample *s)
{
    s->configs[1].scid = text_of("00000000-0000-0000-0000-000066552B31");
}
static void sandbox_absent(struct sample *s)
{
    s->configs[1].sandbox = (struct text){NULL, 0};
}
static void owner_unknown(struct sample *s)
{
    s->owners[1] = 7;
}
static void owner_twice(struct sample *s)
{
    s->owners[1] = 5;
}
static void owners_many(struct sample *s)
{
    s->configs[0].title_id_count = CONFIG_TITLES_MAX + 1;
}
static void name_bad(struct sample *s)
{
    last(s)->name = text_of("a b");
}
static void name_twice(struct sample *s)
{
    last(s)->name = text_of("s3");
}
static void type_none(struct sample *s)
{
    last(s)->type = STATISTIC_TYPE_NONE;
}
static void type_unknown(struct sample *s)
{
    last(s)->type = (enum statistic_type)9;
}
static void access_unknown(struct sample *s)
{
    last(s)->access = (enum statistic_access)2;
}
static void grants_many(struct sample *s)
{
    last(s)->grant_count = GRANTS_MAX + 1;
}
static void grant_none(struct sample *s)
{
    s->grants[3].kind = GRANT_NONE;
}
static void grant_unknown(struct sample *s)
{
    s->grants[3].kind = (enum grant_kind)77;
}
static void grant_title_zero(struct sample *s)
{
    s->grants[3].number = 0;
}
static void grant_user_zero(struct sample *s)
{
    s->grants[3] = (struct grant){.kind = GRANT_USER};
}
static void grant_no_device(struct sample *s)
{
    s->grants[3] = (struct grant){.kind = GRANT_DEVICE};
}
static void grant_long_device(struct sample *s)
{
    static char device[300];
    memset(device, 'd', sizeof device);
    s->grants[3] = (struct grant){.kind = GRANT_DEVICE, .subject = text_slice(device, sizeof device)};
}
static void display_long(struct sample *s)
{
    static char name[CATALOG_TEXT_MAX + 1];
    memset(name, 'n', sizeof name);
    last(s)->display.display_name = text_slice(name, sizeof name);
}
static void display_control(struct sample *s)
{
    last(s)->display.sort_order = text_of("\x7F");
}
static void hero_restricted(struct sample *s)
{
    s->statistics[4].access = STATISTIC_RESTRICTED;
}
static void hero_twice(struct sample *s)
{
    s->statistics[4].display.ordinal = 1;
}
static void heroes_many(struct sample *s)
{
    s->statistics[HERO_STATISTICS_MAX].access = STATISTIC_OPEN;
    s->statistics[HERO_STATISTICS_MAX].display.ordinal = 99;
}

static const struct {
    const char *name;
    void (*spoil)(struct sample *s);
    const char *path; /* the message begins with it */
} cases[] = {
    {"title id 0", title_zero, "titles[1].titleId:"},
    {"title listed twice", title_twice, "titles[1].titleId:"},
    {"control character in a title", title_control, "titles[1].name:"},
    {"title not in UTF-8", title_latin1, "titles[1].name:"},
    {"empty scid", scid_empty, "scids[1].scid:"},
    {"absent scid", scid_absent, "scids[1].scid:"},
    {"long scid", scid_long, "scids[1].scid:"},
    {"scid listed twice in another case", scid_twice, "scids[1].scid:"},
    {"absent sandbox", sandbox_absent, "scids[1].sandbox:"},
    {"unknown owner", owner_unknown, "scids[0].titleIds[1]:"},
    {"owner listed twice", owner_twice, "scids[0].titleIds[1]:"},
    {"too many owners", owners_many, "scids[0].titleIds:"},
    {"bad name", name_bad, "scids[0].statistics[21].name:"},
    {"name listed twice in another case", name_twice, "scids[0].statistics[21].name:"},
    {"no type", type_none, "scids[0].statistics[21].type:"},
    {"unknown type", type_unknown, "scids[0].statistics[21].type:"},
    {"unknown access", access_unknown, "scids[0].statistics[21].access:"},
    {"too many grants", grants_many, "scids[0].statistics[21].grants:"},
    {"grant to nobody", grant_none, "scids[0].statistics[21].grants[3]:"},
    {"grant of unknown kind", grant_unknown, "scids[0].statistics[21].grants[3]:"},
    {"grant to title 0", grant_title_zero, "scids[0].statistics[21].grants[3]:"},
    {"grant to user 0", grant_user_zero, "scids[0].statistics[21].grants[3]:"},
    {"grant to an absent device", grant_no_device, "scids[0].statistics[21].grants[3]:"},
    {"grant to a device of 300 characters", grant_long_device, "scids[0].statistics[21].grants[3]:"},
    {"long display text", display_long, "scids[0].statistics[21].display.DisplayName:"},
    {"control character in a display text", display_control, "scids[0].statistics[21].display.SortOrder:"},
    {"featured and restricted", hero_restricted, "scids[0].statistics[4].display.Ordinal:"},
    {"the same ordinal twice", hero_twice, "scids[0].statistics[4].display.Ordinal:"},
    {"one featured statistic too many", heroes_many, "scids[0].statistics[20].display.Ordinal:"},
};

START_TEST(accepts_a_good_definition)
{
    struct sample s;
    struct error err;
    make_good(&s);
    ck_assert_msg(catalog_definition_check(&s.d, &err), "%s", error_operator_text(&err));
    static const struct grant kinds[] = {{.kind = GRANT_TITLE, .number = UINT64_MAX},
                                         {.kind = GRANT_DEVICE, .subject = TEXT("XboxOne")},
                                         {.kind = GRANT_USER, .number = UINT64_MAX},
                                         {.kind = GRANT_SELF}};
    last(&s)->grants = kinds;
    last(&s)->grant_count = 4;
    ck_assert_msg(catalog_definition_check(&s.d, &err), "%s", error_operator_text(&err));
}
END_TEST

START_TEST(refuses_each_broken_rule)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sample s;
        struct error err = {.code = ERROR_NONE};
        make_good(&s);
        cases[i].spoil(&s);
        ck_assert_msg(!catalog_definition_check(&s.d, &err), "%s: accepted", cases[i].name);
        ck_assert_msg(err.code == ERROR_CATALOG, "%s: code %d", cases[i].name, (int)err.code);
        ck_assert_msg(text_starts_with(text_of(err.message), text_of(cases[i].path)),
                      "%s: \"%s\" does not begin with %s", cases[i].name, err.message, cases[i].path);
    }
}
END_TEST

static bool check(void *context, struct error *err)
{
    return catalog_definition_check(context, err);
}

START_TEST(runs_out_of_memory_cleanly)
{
    struct sample s;
    make_good(&s);
    ck_assert_uint_gt(torture_allocations(check, &s.d), 0);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("definition");
    TCase *t = tcase_create("definition");
    tcase_add_test(t, accepts_a_good_definition);
    tcase_add_test(t, refuses_each_broken_rule);
    tcase_add_test(t, runs_out_of_memory_cleanly);
    suite_add_tcase(s, t);
    return s;
}
