/* SPDX-License-Identifier: Apache-2.0 */
/* Every golden answer, held against what real clients fail on (docs/protocol.md, "What clients fail on"): a
 * number where they read a string, a member that they expect. The dialect of a file is the word before
 * ".json". */
#include <dirent.h>

#include "batch/sample.h"
#include "json/reader.h"

/* What may not happen in one dialect. */
struct rules {
    const char *suffix;
    bool strings;      /* each xuid and value is a string */
    bool all_strings;  /* so is every other scalar */
    bool lists_always; /* statlistscollection at the root, properties in each statistic of it */
    int seen;
};

static struct rules dialects[] = {{.suffix = ".documented.json"},
                                  {.suffix = ".contract1.json", .strings = true},
                                  {".contract2.json", true, true, true, 0},
                                  {".contract3.json", true, true, true, 0}};

static bool is_scalar(const struct json_value *v)
{
    return json_kind(v) != JSON_ARRAY && json_kind(v) != JSON_OBJECT;
}

/* The first rule that V breaks, or NULL. */
static const char *fault_of_member(const struct rules *rules, const struct json_value *v)
{
    bool is_string = json_kind(v) == JSON_STRING;
    if (text_equals(json_name(v), text_of("xuid")) && !is_string)
        return "an xuid is no string";
    if (text_equals(json_name(v), text_of("value")) && rules->strings && !is_string)
        return "a value is no string";
    return rules->all_strings && is_scalar(v) && !is_string ? "a scalar is no string" : NULL;
}

/* A statistic is what has a type. */
static const char *fault_of_object(const struct rules *rules, const struct json_value *v)
{
    if (json_find(v, "type") == NULL)
        return NULL;
    if (json_find(v, "value") == NULL)
        return "a statistic has no value";
    if (json_find(v, "name") == NULL && json_find(v, "statname") == NULL)
        return "a statistic has no name";
    if (rules->lists_always && json_find(v, "name") != NULL && json_find(v, "properties") == NULL)
        return "a statistic has no properties";
    return NULL;
}

/* Walks without recursion, as nothing here is deep: a list of what is still to be looked at. */
static const char *fault_of(const struct rules *rules, const struct json_value *root)
{
    const struct json_value *open[256] = {root};
    size_t count = 1;
    if (rules->lists_always && json_find(root, "statlistscollection") == NULL)
        return "no statlistscollection";
    while (count > 0) {
        const struct json_value *v = open[--count];
        const char *fault = json_kind(v) == JSON_OBJECT ? fault_of_object(rules, v) : NULL;
        for (const struct json_value *m = is_scalar(v) ? NULL : json_first(v); m != NULL && fault == NULL;
             m = json_next(m)) {
            fault = fault_of_member(rules, m);
            ck_assert_uint_lt(count, COUNT(open));
            open[count++] = m;
        }
        if (fault != NULL)
            return fault;
    }
    return NULL;
}

static const char *fault_of_text(const struct rules *rules, struct text document)
{
    static const struct json_limits limits = {.max_depth = 16, .max_values = 1000};
    struct arena arena;
    struct error err;
    const struct json_value *root;
    arena_init(&arena, 1 << 20);
    const char *fault = json_read(document, &limits, &arena, &root, &err) ? fault_of(rules, root) : "no JSON";
    arena_reset(&arena);
    return fault;
}

static struct rules *rules_of(const char *file)
{
    for (size_t i = 0; i < COUNT(dialects); i++) {
        const char *end = strstr(file, dialects[i].suffix);
        if (end != NULL && strcmp(end, dialects[i].suffix) == 0)
            return &dialects[i];
    }
    return NULL;
}

START_TEST(no_golden_file_breaks_a_client)
{
    DIR *d = opendir(GOLDEN);
    ck_assert_ptr_nonnull(d);
    for (struct dirent *e = readdir(d); e != NULL; e = readdir(d)) {
        struct rules *rules = rules_of(e->d_name);
        char name[256];
        if (rules == NULL) {
            ck_assert_msg(e->d_name[0] == '.' || strstr(e->d_name, ".request.json") != NULL,
                          "%s: of no dialect", e->d_name);
            continue;
        }
        snprintf(name, sizeof name, "%.*s", (int)(strlen(e->d_name) - strlen(".json")), e->d_name);
        const char *fault = fault_of_text(rules, golden(name));
        ck_assert_msg(fault == NULL, "%s: %s", e->d_name, fault);
        rules->seen++;
    }
    closedir(d);
    for (size_t i = 0; i < COUNT(dialects); i++)
        ck_assert_msg(dialects[i].seen > 0, "no golden file of %s", dialects[i].suffix);
}
END_TEST

START_TEST(the_rules_can_be_broken)
{
    static const struct {
        size_t dialect;
        const char *document;
    } broken[] = {
        {0, "{"},
        {0, "{\"users\":[{\"xuid\":1}]}"},
        {0, "{\"stats\":[{\"statname\":\"K\",\"type\":\"Integer\"}]}"},
        {0, "{\"stats\":[{\"type\":\"Integer\",\"value\":1}]}"},
        {1, "{\"stats\":[{\"statname\":\"K\",\"type\":\"Integer\",\"value\":1}]}"},
        {1, "{\"stats\":[{\"statname\":\"K\",\"type\":\"Integer\",\"value\":null}]}"},
        {2, "{\"groups\":[]}"},
        {2, "{\"statlistscollection\":[{\"Ordinal\":1}]}"},
        {2, "{\"statlistscollection\":[true]}"},
        {2, "{\"statlistscollection\":[{\"name\":\"K\",\"type\":\"Integer\",\"value\":\"1\"}]}"},
        {3, "{\"statlistscollection\":[{\"name\":\"K\",\"type\":\"Integer\",\"properties\":{}}]}"},
    };
    for (size_t i = 0; i < COUNT(broken); i++)
        ck_assert_msg(fault_of_text(&dialects[broken[i].dialect], text_of(broken[i].document)) != NULL, "%s",
                      broken[i].document);
    ck_assert_ptr_null(
        fault_of_text(&dialects[0], text_of("{\"stats\":[{\"statname\":\"K\",\"type\":\"Integer\","
                                            "\"value\":1}]}")));
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("golden");
    TCase *t = tcase_create("golden");
    tcase_add_test(t, no_golden_file_breaks_a_client);
    tcase_add_test(t, the_rules_can_be_broken);
    suite_add_tcase(s, t);
    return s;
}
