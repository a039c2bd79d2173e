/* SPDX-License-Identifier: Apache-2.0 */
/* Catalog files: what is read is what is written, and every slip is refused with its place. */
#include "catalog/document.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "catalog/catalog.h"
#include "support/run.h"
#include "support/torture.h"

#define ARENA_LIMIT (16 * 1024 * 1024)

static struct arena arena;

static void start(void)
{
    arena_init(&arena, ARENA_LIMIT);
}

static void end(void)
{
    arena_reset(&arena);
}

static struct text file_bytes(const char *path)
{
    static char bytes[65536];
    FILE *f = fopen(path, "rb");
    ck_assert_msg(f != NULL, "%s", path);
    size_t size = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    return text_slice(bytes, size);
}

static struct catalog_definition must_read(struct text document)
{
    struct error err;
    struct catalog_definition d;
    ck_assert_msg(catalog_document_read(document, &arena, &d, &err), "%s", error_operator_text(&err));
    return d;
}

static struct text written(const struct catalog_definition *d)
{
    struct error err;
    struct buffer b;
    struct text out;
    buffer_init(&b, &arena, CATALOG_DOCUMENT_MAX);
    catalog_document_write(d, &b);
    ck_assert(buffer_finish(&b, ERROR_CATALOG, &out, &err));
    return out;
}

static void assert_same(const struct catalog_definition *a, const struct catalog_definition *b)
{
    struct buffer lines;
    buffer_init(&lines, &arena, 1 << 20);
    size_t count = catalog_diff(a, b, &lines);
    ck_assert_msg(count == 0, "%zu differences: %.*s", count, (int)lines.size, lines.data);
}

static const char full[] =
    "{\"titles\":[{\"titleId\":18446744073709551615,\"name\":\"A \\\"quoted\\\" \xC3\x9F "
    "name\"},{\"titleId\":6}],"
    "\"scids\":[{\"scid\":\"Aa-1\",\"sandbox\":\"XDKS.1\",\"titleIds\":[6,18446744073709551615],"
    "\"statistics\":["
    "{\"name\":\"Wins\",\"type\":\"Integer\",\"access\":\"open\",\"grants\":[],\"display\":{\"DisplayName\":"
    "\"\\\\o/\","
    "\"DisplayFormat\":\"Integer\",\"DisplaySemantic\":\"Best\",\"SortOrder\":\"Descending\",\"Ordinal\":"
    "4294967295}},"
    "{\"name\":\"Rank\",\"type\":\"Double\",\"grants\":[\"title:18446744073709551615\",\"device:XboxOne\","
    "\"user:18446744073709551615\",\"user:self\"]},"
    "{\"name\":\"Map\",\"type\":\"String\",\"access\":\"restricted\",\"display\":{}},"
    "{\"type\":\"DateTime\",\"name\":\"Last.Seen_at-1\"}]},"
    "{\"scid\":\"b\",\"sandbox\":\"RETAIL\",\"statistics\":[]}]}";

START_TEST(reads_every_member)
{
    const struct catalog_definition d = must_read(text_of(full));
    ck_assert_uint_eq(d.title_count, 2);
    ck_assert_uint_eq(d.titles[0].title_id, UINT64_MAX);
    ck_assert(text_equals(d.titles[0].name, text_of("A \"quoted\" \xC3\x9F name")));
    ck_assert_ptr_null(d.titles[1].name.data);
    ck_assert_uint_eq(d.config_count, 2);
    const struct service_config *c = &d.configs[0];
    ck_assert(text_equals(c->scid, text_of("Aa-1")) && text_equals(c->sandbox, text_of("XDKS.1")));
    ck_assert_uint_eq(c->title_id_count, 2);
    ck_assert_uint_eq(c->title_ids[1], UINT64_MAX);
    ck_assert_uint_eq(c->statistic_count, 4);
    const struct statistic *s = c->statistics;
    ck_assert(s[0].access == STATISTIC_OPEN && s[0].type == STATISTIC_INTEGER && s[0].grant_count == 0);
    ck_assert_uint_eq(s[0].display.ordinal, UINT32_MAX);
    ck_assert(text_equals(s[0].display.display_name, text_of("\\o/")));
    ck_assert(text_equals(s[0].display.sort_order, text_of("Descending")));
    ck_assert_msg(s[1].access == STATISTIC_RESTRICTED, "absent access means restricted");
    ck_assert_uint_eq(s[1].grant_count, 4);
    ck_assert(s[1].grants[0].kind == GRANT_TITLE && s[1].grants[0].number == UINT64_MAX);
    ck_assert(s[1].grants[1].kind == GRANT_DEVICE && text_equals(s[1].grants[1].subject, text_of("XboxOne")));
    ck_assert(s[1].grants[2].kind == GRANT_USER && s[1].grants[3].kind == GRANT_SELF);
    ck_assert(s[2].type == STATISTIC_STRING && s[3].type == STATISTIC_DATETIME);
    ck_assert_uint_eq(d.configs[1].statistic_count, 0);
}
END_TEST

START_TEST(reads_back_what_it_wrote)
{
    const struct catalog_definition d = must_read(text_of(full));
    const struct text first = written(&d);
    const struct catalog_definition again = must_read(first);
    assert_same(&d, &again);
    const struct text second = written(&again);
    ck_assert_msg(text_equals(first, second), "%.*s", TEXT_ARG(second));
}
END_TEST

START_TEST(the_empty_catalog_is_written_as_one)
{
    const struct catalog_definition nothing = {.version = 3};
    const struct text t = written(&nothing);
    ck_assert_str_eq(t.data, "{\n  \"titles\": [],\n  \"scids\": []\n}\n");
    const struct catalog_definition again = must_read(t);
    assert_same(&nothing, &again);
}
END_TEST

START_TEST(the_demo_file_is_what_the_documents_promise)
{
    const struct text bytes = file_bytes(SOURCE_DIR "/config/demo-catalog.json");
    const struct catalog_definition d = must_read(bytes);
    ck_assert_uint_eq(d.title_count, 1);
    ck_assert_uint_eq(d.titles[0].title_id, 1717113201);
    ck_assert_uint_eq(d.config_count, 2);
    static const struct {
        size_t config;
        const char *scid, *name;
    } open[] = {{0, "c402ff50-3e76-11e2-a25f-0800200c1212", "Test4FirefightKills"},
                {0, "c402ff50-3e76-11e2-a25f-0800200c1212", "Test4FirefightHeadshots"},
                {1, "c402ff50-3e76-11e2-a25f-0800200c0343", "OverallTestKills"},
                {1, "c402ff50-3e76-11e2-a25f-0800200c0343", "TestHeadshots"}};
    struct error err;
    struct catalog *c;
    ck_assert(catalog_build(&d, &c, &err));
    for (size_t i = 0; i < sizeof open / sizeof open[0]; i++) {
        const struct service_config *config = catalog_find_scid(c, text_of(open[i].scid));
        ck_assert_ptr_eq(config, &catalog_definition_of(c)->configs[open[i].config]);
        ck_assert(text_equals(config->sandbox, text_of("RETAIL")));
        ck_assert(config->title_id_count == 1 && config->title_ids[0] == 1717113201);
        const struct statistic *s = catalog_find_statistic(c, config, text_of(open[i].name));
        ck_assert_msg(s != NULL && s->access == STATISTIC_OPEN && s->type == STATISTIC_INTEGER, "%s",
                      open[i].name);
        ck_assert_msg(s->display.ordinal > 0 && s->display.display_name.size > 0, "%s", open[i].name);
    }
    const struct service_config *first = &catalog_definition_of(c)->configs[0];
    const struct statistic *rating = catalog_find_statistic(c, first, text_of("SkillRating"));
    ck_assert(rating != NULL && rating->access == STATISTIC_RESTRICTED && rating->type == STATISTIC_DOUBLE);
    ck_assert(rating->grant_count == 1 && rating->grants[0].kind == GRANT_SELF);
    catalog_release(&c);
    ck_assert_msg(text_equals(written(&d), bytes), "the file stands in the form that `catalog show` prints");
}
END_TEST

#define SCID(rest)      "{\"titles\":[],\"scids\":[{\"scid\":\"a\",\"sandbox\":\"R\"," rest "}]}"
#define STATISTIC(rest) SCID("\"statistics\":[{\"name\":\"n\",\"type\":\"Integer\"},{" rest "}]")
#define TYPED(rest)     STATISTIC("\"name\":\"x\",\"type\":\"Double\"," rest)

static const struct {
    const char *name, *document;
    enum error_code code;
    const char *begins; /* the message; NULL: any */
} refusals[] = {
    {"nothing", "", ERROR_JSON_SYNTAX, NULL},
    {"cut off", "{\"titles\":[],", ERROR_JSON_SYNTAX, NULL},
    {"a comment", "{\"titles\":[],\"scids\":[]} // x", ERROR_JSON_SYNTAX, NULL},
    {"too deep", "{\"titles\":[[[[[[[[[[]]]]]]]]]],\"scids\":[]}", ERROR_JSON_LIMIT, NULL},
    {"an array", "[]", ERROR_CATALOG, "the document: must be an object"},
    {"no titles", "{\"scids\":[]}", ERROR_CATALOG, "titles: is missing"},
    {"no scids", "{\"titles\":[]}", ERROR_CATALOG, "scids: is missing"},
    {"null for a list", "{\"titles\":null,\"scids\":[]}", ERROR_CATALOG, "titles: must be an array"},
    {"an unknown member", "{\"titles\":[],\"scids\":[],\"extra\":1}", ERROR_CATALOG,
     "the document: has no member \"extra\""},
    {"another case", "{\"Titles\":[],\"scids\":[]}", ERROR_CATALOG, "the document: has no member \"Titles\""},
    {"a title as number", "{\"titles\":[5],\"scids\":[]}", ERROR_CATALOG, "titles[0]: must be an object"},
    {"no title id", "{\"titles\":[{}],\"scids\":[]}", ERROR_CATALOG, "titles[0].titleId: is missing"},
    {"title id 0", "{\"titles\":[{\"titleId\":0}],\"scids\":[]}", ERROR_CATALOG, "titles[0].titleId:"},
    {"title id as text", "{\"titles\":[{\"titleId\":\"5\"}],\"scids\":[]}", ERROR_CATALOG,
     "titles[0].titleId:"},
    {"title id 1e3", "{\"titles\":[{\"titleId\":1e3}],\"scids\":[]}", ERROR_CATALOG, "titles[0].titleId:"},
    {"title id of 65 bits", "{\"titles\":[{\"titleId\":18446744073709551616}],\"scids\":[]}", ERROR_CATALOG,
     "titles[0].titleId:"},
    {"title name 5", "{\"titles\":[{\"titleId\":5,\"name\":5}],\"scids\":[]}", ERROR_CATALOG,
     "titles[0].name: must be a string"},
    {"an unknown member of a title", "{\"titles\":[{\"titleId\":5,\"nam\":\"\"}],\"scids\":[]}",
     ERROR_CATALOG, "titles[0]: has no member \"nam\""},
    {"no scid", "{\"titles\":[],\"scids\":[{\"sandbox\":\"R\",\"statistics\":[]}]}", ERROR_CATALOG,
     "scids[0].scid: is missing"},
    {"no sandbox", "{\"titles\":[],\"scids\":[{\"scid\":\"a\",\"statistics\":[]}]}", ERROR_CATALOG,
     "scids[0].sandbox: is missing"},
    {"no statistics", SCID("\"titleIds\":[]"), ERROR_CATALOG, "scids[0].statistics: is missing"},
    {"an owner as text", SCID("\"titleIds\":[\"5\"],\"statistics\":[]"), ERROR_CATALOG,
     "scids[0].titleIds[0]: must be a whole number"},
    {"an unknown owner", SCID("\"titleIds\":[5],\"statistics\":[]"), ERROR_CATALOG, "scids[0].titleIds[0]:"},
    {"no name", STATISTIC("\"type\":\"Integer\""), ERROR_CATALOG, "scids[0].statistics[1].name: is missing"},
    {"no type", STATISTIC("\"name\":\"x\""), ERROR_CATALOG, "scids[0].statistics[1].type: is missing"},
    {"an unknown type", STATISTIC("\"name\":\"x\",\"type\":\"integer\""), ERROR_CATALOG,
     "scids[0].statistics[1].type:"},
    {"misspelt access", TYPED("\"acess\":\"open\""), ERROR_CATALOG,
     "scids[0].statistics[1]: has no member \"acess\""},
    {"unknown access", TYPED("\"access\":\"Open\""), ERROR_CATALOG, "scids[0].statistics[1].access:"},
    {"access null", TYPED("\"access\":null"), ERROR_CATALOG,
     "scids[0].statistics[1].access: must be a string"},
    {"grants as text", TYPED("\"grants\":\"user:self\""), ERROR_CATALOG,
     "scids[0].statistics[1].grants: must be an array"},
    {"an unknown grant", TYPED("\"grants\":[\"user:self\",\"everybody\"]"), ERROR_CATALOG,
     "scids[0].statistics[1].grants[1]: must be"},
    {"a grant as number", TYPED("\"grants\":[5]"), ERROR_CATALOG,
     "scids[0].statistics[1].grants[0]: must be"},
    {"display as text", TYPED("\"display\":\"x\""), ERROR_CATALOG,
     "scids[0].statistics[1].display: must be an object"},
    {"an unknown member of display", TYPED("\"display\":{\"ordinal\":1}"), ERROR_CATALOG,
     "scids[0].statistics[1].display: has no member \"ordinal\""},
    {"ordinal 0", TYPED("\"display\":{\"Ordinal\":0}"), ERROR_CATALOG,
     "scids[0].statistics[1].display.Ordinal: must be"},
    {"ordinal of 33 bits", TYPED("\"display\":{\"Ordinal\":4294967296}"), ERROR_CATALOG,
     "scids[0].statistics[1].display.Ordinal: must be"},
    {"ordinal as text", TYPED("\"display\":{\"Ordinal\":\"1\"}"), ERROR_CATALOG,
     "scids[0].statistics[1].display.Ordinal: must be"},
    {"featured and restricted", TYPED("\"display\":{\"Ordinal\":1}"), ERROR_CATALOG,
     "scids[0].statistics[1].display.Ordinal: a featured"},
    {"the same name twice", STATISTIC("\"name\":\"N\",\"type\":\"Double\""), ERROR_CATALOG,
     "scids[0].statistics[1].name: this name is listed twice"},
};

START_TEST(refuses_every_slip)
{
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        struct error err = {.code = ERROR_NONE};
        struct catalog_definition d = {.version = 77};
        const char *name = refusals[i].name;
        ck_assert_msg(!catalog_document_read(text_of(refusals[i].document), &arena, &d, &err), "%s: accepted",
                      name);
        ck_assert_msg(err.code == refusals[i].code, "%s: code %d (%s)", name, (int)err.code, err.message);
        ck_assert_msg(refusals[i].begins == NULL ||
                          text_starts_with(text_of(err.message), text_of(refusals[i].begins)),
                      "%s: \"%s\" does not begin with \"%s\"", name, err.message, refusals[i].begins);
        ck_assert_msg(d.version == 77, "%s: the out was touched", name);
    }
}
END_TEST

START_TEST(refuses_a_document_that_is_too_large)
{
    struct error err;
    struct catalog_definition d;
    char *spaces = memory_alloc(CATALOG_DOCUMENT_MAX + 1, &err);
    ck_assert_ptr_nonnull(spaces);
    memset(spaces, ' ', CATALOG_DOCUMENT_MAX + 1);
    ck_assert(!catalog_document_read(text_slice(spaces, CATALOG_DOCUMENT_MAX + 1), &arena, &d, &err));
    ck_assert_int_eq(err.code, ERROR_CATALOG);
    memory_free(spaces);
}
END_TEST

static bool read_and_write(void *context, struct error *err)
{
    struct arena a;
    struct buffer b;
    struct text out;
    struct catalog_definition d;
    arena_init(&a, ARENA_LIMIT);
    bool worked = catalog_document_read(text_of(context), &a, &d, err);
    if (worked) {
        buffer_init(&b, &a, CATALOG_DOCUMENT_MAX);
        catalog_document_write(&d, &b);
        worked = buffer_finish(&b, ERROR_CATALOG, &out, err);
    }
    arena_reset(&a);
    return worked;
}

START_TEST(runs_out_of_memory_cleanly)
{
    char document[sizeof full];
    memcpy(document, full, sizeof full);
    ck_assert_uint_gt(torture_allocations(read_and_write, document), 2);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("document");
    TCase *t = tcase_create("document");
    tcase_add_checked_fixture(t, start, end);
    tcase_add_test(t, reads_every_member);
    tcase_add_test(t, reads_back_what_it_wrote);
    tcase_add_test(t, the_empty_catalog_is_written_as_one);
    tcase_add_test(t, the_demo_file_is_what_the_documents_promise);
    tcase_add_test(t, refuses_every_slip);
    tcase_add_test(t, refuses_a_document_that_is_too_large);
    tcase_add_test(t, runs_out_of_memory_cleanly);
    suite_add_tcase(s, t);
    return s;
}
