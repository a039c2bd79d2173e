/* SPDX-License-Identifier: Apache-2.0 */
/* The lines that turn one catalog into another. */
#include <string.h>

#include "catalog/document.h"
#include "support/run.h"

#define DOCUMENT(titles, scids) "{\"titles\":[" titles "],\"scids\":[" scids "]}"
#define SCID(name, sandbox, owners, statistics)                                                              \
    "{\"scid\":\"" name "\",\"sandbox\":\"" sandbox "\",\"titleIds\":[" owners                               \
    "],\"statistics\":[" statistics "]}"
#define BOTH            "{\"titleId\":5,\"name\":\"Five\"},{\"titleId\":6}"
#define KILLS           "{\"name\":\"Kills\",\"type\":\"Integer\",\"access\":\"open\"}"
#define RANK            "{\"name\":\"Rank\",\"type\":\"Double\",\"grants\":[\"user:self\",\"title:5\"]}"
#define ONE(statistics) DOCUMENT(BOTH, SCID("a", "RETAIL", "5", statistics))

static const struct {
    const char *name, *from, *to, *lines;
    size_t count;
} cases[] = {
    {"nothing", ONE(KILLS "," RANK), ONE(KILLS "," RANK), "", 0},
    {"another order", DOCUMENT(BOTH, SCID("a", "R", "5,6", KILLS "," RANK) "," SCID("b", "R", "", "")),
     DOCUMENT("{\"titleId\":6},{\"titleId\":5,\"name\":\"Five\"}",
              SCID("b", "R", "", "") "," SCID(
                  "a", "R", "6,5",
                  "{\"name\":\"Rank\",\"type\":\"Double\",\"grants\":[\"title:5\",\"user:self\"]}," KILLS)),
     "", 0},
    {"titles", DOCUMENT("{\"titleId\":5,\"name\":\"Five\"},{\"titleId\":7}", ""),
     DOCUMENT("{\"titleId\":5},{\"titleId\":6,\"name\":\"S\"}", ""),
     "- title 7\n~ title 5: name \"Five\" -> \"\"\n+ title 6 \"S\"\n", 3},
    {"a new scid", DOCUMENT(BOTH, ""), ONE(KILLS "," RANK),
     "+ scid a sandbox RETAIL\n+ scid a title 5\n+ scid a statistic Kills Integer open\n"
     "+ scid a statistic Rank Double restricted to user:self, title:5\n",
     4},
    {"a scid that goes", ONE(KILLS), DOCUMENT(BOTH, ""),
     "- scid a sandbox RETAIL\n- scid a title 5\n- scid a statistic Kills Integer open\n", 3},
    {"sandbox, spelling and owners", ONE(""), DOCUMENT(BOTH, SCID("A", "XDKS.1", "6", "")),
     "~ scid a: scid a -> A\n~ scid A: sandbox RETAIL -> XDKS.1\n- scid a title 5\n+ scid A title 6\n", 4},
    {"a statistic comes, another goes", ONE(KILLS), ONE(RANK),
     "- scid a statistic Kills Integer open\n+ scid a statistic Rank Double restricted to user:self, "
     "title:5\n",
     2},
    {"all of a statistic", ONE(KILLS),
     ONE("{\"name\":\"KILLS\",\"type\":\"Double\",\"access\":\"restricted\",\"grants\":[\"user:7\"],"
         "\"display\":{\"DisplayName\":\"K\",\"DisplayFormat\":\"F\",\"DisplaySemantic\":\"S\",\"SortOrder\":"
         "\"O\"}}"),
     "~ scid a statistic KILLS: name Kills -> KILLS\n~ scid a statistic KILLS: type Integer -> Double\n"
     "~ scid a statistic KILLS: access open -> restricted\n~ scid a statistic KILLS: grants none -> user:7\n"
     "~ scid a statistic KILLS: DisplayName \"\" -> \"K\"\n~ scid a statistic KILLS: DisplayFormat \"\" -> "
     "\"F\"\n"
     "~ scid a statistic KILLS: DisplaySemantic \"\" -> \"S\"\n~ scid a statistic KILLS: SortOrder \"\" -> "
     "\"O\"\n",
     8},
    {"an ordinal", ONE(KILLS),
     ONE("{\"name\":\"Kills\",\"type\":\"Integer\",\"access\":\"open\",\"display\":{\"Ordinal\":2}}"),
     "~ scid a statistic Kills: Ordinal 0 -> 2\n", 1},
    {"a grant fewer", ONE(RANK), ONE("{\"name\":\"Rank\",\"type\":\"Double\",\"grants\":[\"title:5\"]}"),
     "~ scid a statistic Rank: grants user:self, title:5 -> title:5\n", 1},
};

static struct catalog_definition must_read(const char *document, struct arena *arena)
{
    struct error err;
    struct catalog_definition d;
    ck_assert_msg(catalog_document_read(text_of(document), arena, &d, &err), "%s", error_operator_text(&err));
    return d;
}

START_TEST(lists_each_difference)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error err;
        struct arena arena;
        struct buffer b;
        struct text lines;
        arena_init(&arena, 1 << 20);
        buffer_init(&b, &arena, 1 << 16);
        const struct catalog_definition from = must_read(cases[i].from, &arena),
                                        to = must_read(cases[i].to, &arena);
        size_t count = catalog_diff(&from, &to, &b);
        ck_assert(buffer_finish(&b, ERROR_CATALOG, &lines, &err));
        ck_assert_msg(count == cases[i].count && strcmp(lines.data, cases[i].lines) == 0,
                      "%s: %zu lines:\n%s", cases[i].name, count, lines.data);
        arena_reset(&arena);
    }
}
END_TEST

START_TEST(never_says_the_same_when_it_could_not_compare)
{
    struct error err;
    struct text lines;
    struct arena arena, none;
    struct buffer b;
    arena_init(&arena, 1 << 20);
    arena_init(&none, 0);
    buffer_init(&b, &none, 1 << 16);
    const struct catalog_definition d = must_read(ONE(KILLS), &arena);
    ck_assert_uint_gt(catalog_diff(&d, &d, &b), 0);
    ck_assert(!buffer_finish(&b, ERROR_CATALOG, &lines, &err));
    ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    arena_reset(&arena);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("diff");
    TCase *t = tcase_create("diff");
    tcase_add_test(t, lists_each_difference);
    tcase_add_test(t, never_says_the_same_when_it_could_not_compare);
    suite_add_tcase(s, t);
    return s;
}
