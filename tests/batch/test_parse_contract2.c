/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies of contract 2 to batches: every variant that a client sends is told by writing it back; what is
 * refused, by the message's path. */
#include <stdio.h>
#include <string.h>

#include "batch/dialect.h"
#include "support/run.h"
#include "support/torture.h"

#define COUNT(a)    (sizeof(a) / sizeof((a)[0]))
#define ARENA_LIMIT ((size_t)8 * 1024 * 1024)

static const struct batch_limits limits = {.max_users = 4, .max_stats = 3, .max_values = 20};

static bool parse(struct text body, struct arena *arena, struct text *written, struct error *err)
{
    struct batch b = {.xuid_count = 0};
    struct buffer out;
    if (!batch_parse_contract_2(body, &limits, arena, &b, err))
        return false;
    buffer_init(&out, arena, 1 << 16);
    batch_request_contract_2(&b, &out);
    return buffer_finish(&out, ERROR_BATCH_LIMIT, written, err);
}

#define SENT(xuids, more)             "{\"arrangebyfield\":\"xuid\",\"xuids\":[" xuids "]" more "}"
#define WRITTEN(xuids, groups, stats) SENT(xuids, ",\"groups\":[" groups "],\"stats\":[" stats "]")
#define OF_TITLE(name, title)         "{\"name\":\"" name "\",\"titleId\":\"" title "\"}"
#define OF_SCID(name, scid)           "{\"name\":\"" name "\",\"scid\":\"" scid "\"}"
#define STATS(stats)                  SENT("1", ",\"stats\":[" stats "]")
#define GROUPS(groups)                SENT("1", ",\"groups\":[" groups "]")

static const struct {
    const char *name, *body, *written;
} accepted[] = {
    {"as written", WRITTEN("\"1\"", OF_TITLE("Hero", "5"), OF_TITLE("K", "5")),
     WRITTEN("\"1\"", OF_TITLE("Hero", "5"), OF_TITLE("K", "5"))},
    {"by scid", WRITTEN("\"1\"", OF_SCID("Hero", "a"), OF_SCID("K", "a")),
     WRITTEN("\"1\"", OF_SCID("Hero", "a"), OF_SCID("K", "a"))},
    {"only stats", STATS(OF_TITLE("K", "5")), WRITTEN("\"1\"", "", OF_TITLE("K", "5"))},
    {"only groups", GROUPS(OF_TITLE("Hero", "5")), WRITTEN("\"1\"", OF_TITLE("Hero", "5"), "")},
    {"no items at all", STATS(""), WRITTEN("\"1\"", "", "")},
    {"no arrangement", "{\"xuids\":[1],\"stats\":[]}", WRITTEN("\"1\"", "", "")},
    {"null is absent",
     "{\"arrangebyfield\":null,\"xuids\":[1],\"groups\":null,\"stats\":[{\"name\":\"K\",\"titleId\":null,"
     "\"scid\":\"a\"}]}",
     WRITTEN("\"1\"", "", OF_SCID("K", "a"))},
    {"numbers", "{\"xuids\":[1,\"2\"],\"stats\":[{\"name\":\"K\",\"titleId\":1717113201}]}",
     WRITTEN("\"1\",\"2\"", "", OF_TITLE("K", "1717113201"))},
    {"member names in other cases",
     "{\"ArrangeByField\":\"XUID\",\"XUIDS\":[\"1\"],\"Groups\":[{\"NAME\":\"hero\",\"TitleId\":\"5\"}],"
     "\"Stats\":[{"
     "\"Name\":\"K\",\"titleid\":5},{\"name\":\"K\",\"SCID\":\"a\"}]}",
     WRITTEN("\"1\"", OF_TITLE("hero", "5"), OF_TITLE("K", "5") "," OF_SCID("K", "a"))},
    {"title 0 and the largest", STATS(OF_TITLE("K", "0") "," OF_TITLE("K", "18446744073709551615")),
     WRITTEN("\"1\"", "", OF_TITLE("K", "0") "," OF_TITLE("K", "18446744073709551615"))},
    {"the order of the request", STATS(OF_TITLE("A", "5") "," OF_SCID("B", "a") "," OF_TITLE("C", "5")),
     WRITTEN("\"1\"", "", OF_TITLE("A", "5") "," OF_SCID("B", "a") "," OF_TITLE("C", "5"))},
    {"duplicates",
     SENT("1,\"1\"",
          ",\"groups\":[" OF_TITLE("Hero", "5") "," OF_TITLE("HERO", "5") "],\"stats\":[" OF_TITLE(
              "K", "5") "," OF_SCID("K", "a") ",{\"name\":\"k\",\"titleid\":5}," OF_SCID("K", "A") "]"),
     WRITTEN("\"1\"", OF_TITLE("Hero", "5"), OF_TITLE("K", "5") "," OF_SCID("K", "a"))},
    {"other groups and any name", WRITTEN("\"1\"", OF_TITLE("Villain", "5"), OF_TITLE("", "5")),
     WRITTEN("\"1\"", OF_TITLE("Villain", "5"), OF_TITLE("", "5"))},
    {"strange members, twice in two cases",
     "{\"x\":1,\"X\":2,\"xuids\":[1],\"stats\":[{\"y\":1,\"Y\":{\"name\":7},\"name\":\"K\",\"titleId\":5}]}",
     WRITTEN("\"1\"", "", OF_TITLE("K", "5"))},
    {"as many groups as stats",
     WRITTEN("\"1\"", OF_TITLE("Hero", "1") "," OF_TITLE("Hero", "2") "," OF_TITLE("Hero", "3"),
             OF_TITLE("K", "1") "," OF_TITLE("K", "2") "," OF_TITLE("K", "3")),
     WRITTEN("\"1\"", OF_TITLE("Hero", "1") "," OF_TITLE("Hero", "2") "," OF_TITLE("Hero", "3"),
             OF_TITLE("K", "1") "," OF_TITLE("K", "2") "," OF_TITLE("K", "3"))},
};

START_TEST(accepts)
{
    for (size_t i = 0; i < COUNT(accepted); i++) {
        struct arena arena;
        struct error err;
        struct text once, twice;
        arena_init(&arena, ARENA_LIMIT);
        ck_assert_msg(parse(text_of(accepted[i].body), &arena, &once, &err), "%s: %s", accepted[i].name,
                      err.message);
        ck_assert_msg(text_equals(once, text_of(accepted[i].written)), "%s: %.*s", accepted[i].name,
                      TEXT_ARG(once));
        ck_assert_msg(parse(once, &arena, &twice, &err) && text_equals(once, twice), "%s: not read back",
                      accepted[i].name);
        arena_reset(&arena);
    }
}
END_TEST

START_TEST(runs_of_one_owner_are_lists)
{
    struct arena arena;
    struct error err;
    struct batch b;
    arena_init(&arena, ARENA_LIMIT);
    ck_assert(batch_parse_contract_2(
        text_of(WRITTEN("1", OF_TITLE("hErO", "5") "," OF_SCID("Villain", "a"),
                        OF_TITLE("A", "5") "," OF_TITLE("B", "5") "," OF_SCID("A", "a"))),
        &limits, &arena, &b, &err));
    ck_assert_uint_eq(b.list_count, 2);
    ck_assert_uint_eq(b.lists[0].name_count, 2);
    ck_assert_uint_eq(b.lists[0].owner.title_id, 5);
    ck_assert_ptr_null(b.lists[0].owner.scid.data);
    ck_assert(text_equals(b.lists[1].owner.scid, text_of("a")) && b.lists[1].name_count == 1);
    ck_assert_uint_eq(b.group_count, 2);
    ck_assert(b.groups[0].is_hero && !b.groups[1].is_hero);
    arena_reset(&arena);
}
END_TEST

#define X17  "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1"
#define S(n) "{\"name\":\"" n "\",\"titleId\":5}"
#define S13                                                                                                  \
    S("a")                                                                                                   \
    "," S("a") "," S("a") "," S("a") "," S("a") "," S("a") "," S("a") "," S("a") "," S("a") "," S(           \
        "a") "," S("a") "," S("a") "," S("a")

static const struct {
    const char *name, *body;
    enum error_code code;
    const char *begins;
} refused[] = {
    {"nothing", "", ERROR_JSON_SYNTAX, NULL},
    {"no object", "[]", ERROR_MEMBER, "The body: must be an object"},
    {"arranged by something else", "{\"arrangebyfield\":\"scid\",\"xuids\":[1],\"stats\":[]}", ERROR_MEMBER,
     "arrangebyfield: must be"},
    {"arranged by a number", "{\"arrangebyfield\":1,\"xuids\":[1],\"stats\":[]}", ERROR_MEMBER,
     "arrangebyfield: must be"},
    {"no xuids", "{\"stats\":[]}", ERROR_MEMBER, "xuids: is missing"},
    {"the documented body", "{\"requestedusers\":[1],\"requestedscids\":[]}", ERROR_MEMBER,
     "xuids: is missing"},
    {"xuids null", "{\"xuids\":null,\"stats\":[]}", ERROR_MEMBER, "xuids: is missing"},
    {"xuids empty", "{\"xuids\":[],\"stats\":[]}", ERROR_MEMBER, "xuids: must not be empty"},
    {"xuids as text", "{\"xuids\":\"1\",\"stats\":[]}", ERROR_MEMBER, "xuids: must be an array"},
    {"a bad xuid", "{\"xuids\":[1,-1],\"stats\":[]}", ERROR_MEMBER, "xuids[1]: "},
    {"neither stats nor groups", "{\"xuids\":[1]}", ERROR_MEMBER,
     "The body: must have stats, groups or both"},
    {"both null", "{\"xuids\":[1],\"stats\":null,\"groups\":null}", ERROR_MEMBER, "The body: must have"},
    {"stats as object", SENT("1", ",\"stats\":{}"), ERROR_MEMBER, "stats: must be an array"},
    {"groups as text", SENT("1", ",\"groups\":\"Hero\""), ERROR_MEMBER, "groups: must be an array"},
    {"a stat as text", STATS("\"K\""), ERROR_MEMBER, "stats[0]: must be an object"},
    {"a group as text", GROUPS("\"Hero\""), ERROR_MEMBER, "groups[0]: must be an object"},
    {"no name", STATS("{\"titleId\":5}"), ERROR_MEMBER, "stats[0].name: must be there"},
    {"a name null", STATS("{\"name\":null,\"titleId\":5}"), ERROR_MEMBER, "stats[0].name: must be there"},
    {"a name as number", STATS(S("a") ",{\"name\":1,\"titleId\":5}"), ERROR_MEMBER, "stats[1].name: must be"},
    {"no owner", GROUPS("{\"name\":\"Hero\"}"), ERROR_MEMBER, "groups[0]: must have either"},
    {"two owners", STATS("{\"name\":\"K\",\"titleId\":5,\"scid\":\"a\"}"), ERROR_MEMBER,
     "stats[0]: must have either"},
    {"a title as word", STATS("{\"name\":\"K\",\"titleId\":\"Halo\"}"), ERROR_MEMBER,
     "stats[0].titleId: must be"},
    {"a negative title", STATS("{\"name\":\"K\",\"titleId\":-5}"), ERROR_MEMBER, "stats[0].titleId: must be"},
    {"half a title", STATS("{\"name\":\"K\",\"titleId\":5.5}"), ERROR_MEMBER, "stats[0].titleId: must be"},
    {"a title with exponent", STATS("{\"name\":\"K\",\"titleId\":1e3}"), ERROR_MEMBER,
     "stats[0].titleId: must be"},
    {"a title that lost digits", STATS("{\"name\":\"K\",\"titleId\":9007199254740992}"), ERROR_MEMBER,
     "stats[0].titleId: must be"},
    {"a title of 65 bits", STATS("{\"name\":\"K\",\"titleId\":\"18446744073709551616\"}"), ERROR_MEMBER,
     "stats[0].titleId: must be"},
    {"a title as list", STATS("{\"name\":\"K\",\"titleId\":[5]}"), ERROR_MEMBER, "stats[0].titleId: must be"},
    {"a scid with a brace", STATS(OF_SCID("K", "{a}")), ERROR_MEMBER, "stats[0].scid: must be"},
    {"a scid that is no title's key", STATS(OF_SCID("K", "#5")), ERROR_MEMBER, "stats[0].scid: must be"},
    {"an empty scid", STATS(OF_SCID("K", "")), ERROR_MEMBER, "stats[0].scid: must be"},
    {"37 characters", GROUPS(OF_SCID("Hero", "c402ff50-3e76-11e2-a25f-0800200c12123")), ERROR_MEMBER,
     "groups[0].scid: must be"},
    {"xuids twice", "{\"xuids\":[1],\"Xuids\":[1],\"stats\":[]}", ERROR_MEMBER,
     "xuids: is there more than once"},
    {"stats twice", "{\"xuids\":[1],\"stats\":[],\"STATS\":[]}", ERROR_MEMBER,
     "stats: is there more than once"},
    {"groups twice", "{\"xuids\":[1],\"groups\":[],\"GROUPS\":null}", ERROR_MEMBER,
     "groups: is there more than once"},
    {"arrangebyfield twice",
     "{\"arrangebyfield\":\"xuid\",\"arrangeByField\":\"xuid\",\"xuids\":[1],\"stats\":[]}", ERROR_MEMBER,
     "arrangebyfield: is there more than once"},
    {"titleId twice", STATS("{\"name\":\"K\",\"titleId\":5,\"titleid\":5}"), ERROR_MEMBER,
     "stats[0].titleId: is there more than once"},
    {"scid twice", STATS("{\"name\":\"K\",\"scid\":\"a\",\"Scid\":\"a\"}"), ERROR_MEMBER,
     "stats[0].scid: is there more than once"},
    {"name twice", GROUPS("{\"name\":\"Hero\",\"Name\":\"Hero\",\"titleId\":5}"), ERROR_MEMBER,
     "groups[0].name: is there more than once"},
    {"one user too many", SENT("1,2,3,4,5", ",\"stats\":[]"), ERROR_BATCH_LIMIT,
     "xuids: lists too many users; at most 4"},
    {"one user too often", SENT(X17, ",\"stats\":[]"), ERROR_BATCH_LIMIT,
     "xuids: lists too many users; at most 4"},
    {"one stat too many", STATS(S("a") "," S("b") "," S("c") "," S("d")), ERROR_BATCH_LIMIT,
     "stats: lists too many items; at most 3"},
    {"one stat too often", STATS(S13), ERROR_BATCH_LIMIT, "stats: lists too many items; at most 3"},
    {"one group too many", GROUPS(S("a") "," S("b") "," S("c") "," S("d")), ERROR_BATCH_LIMIT,
     "groups: lists too many items; at most 3"},
};

START_TEST(refuses)
{
    for (size_t i = 0; i < COUNT(refused); i++) {
        const char *name = refused[i].name, *begins = refused[i].begins;
        struct arena arena;
        struct error err = {.code = ERROR_NONE};
        struct batch b = {.xuid_count = 77};
        arena_init(&arena, ARENA_LIMIT);
        ck_assert_msg(!batch_parse_contract_2(text_of(refused[i].body), &limits, &arena, &b, &err),
                      "%s: accepted", name);
        ck_assert_msg(err.code == refused[i].code, "%s: code %d, %s", name, (int)err.code, err.message);
        ck_assert_msg(begins == NULL || text_starts_with(text_of(err.message), text_of(begins)), "%s: %s",
                      name, err.message);
        ck_assert_msg(b.xuid_count == 77, "%s: the out was touched", name);
        arena_reset(&arena);
    }
}
END_TEST

#define EVERYTHING                                                                                           \
    WRITTEN("1,2", OF_TITLE("Hero", "5") "," OF_SCID("Hero", "a"), OF_TITLE("A", "5") "," OF_SCID("B", "a"))

static bool parse_and_write(void *context, struct error *err)
{
    struct arena arena;
    struct text written;
    arena_init(&arena, ARENA_LIMIT);
    bool worked = parse(text_of(context), &arena, &written, err);
    arena_reset(&arena);
    return worked;
}

START_TEST(runs_out_of_memory_cleanly)
{
    char body[] = EVERYTHING;
    ck_assert_uint_gt(torture_allocations(parse_and_write, body), 0);
}
END_TEST

/* The arena's limit is met at every one of its allocations in turn. */
START_TEST(runs_out_of_arena_cleanly)
{
    unsigned failures = 0;
    bool worked = false;
    for (size_t limit = 0; !worked; limit += 16) {
        struct arena arena;
        struct error err = {.code = ERROR_NONE};
        struct batch b;
        arena_init(&arena, limit);
        worked = batch_parse_contract_2(text_of(EVERYTHING), &limits, &arena, &b, &err);
        ck_assert_int_eq(err.code, worked ? ERROR_NONE : ERROR_NO_MEMORY);
        failures += !worked;
        arena_reset(&arena);
        ck_assert_uint_lt(limit, ARENA_LIMIT);
    }
    ck_assert_uint_gt(failures, 10);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("parse_contract2");
    TCase *t = tcase_create("parse_contract2");
    tcase_add_test(t, accepts);
    tcase_add_test(t, runs_of_one_owner_are_lists);
    tcase_add_test(t, refuses);
    tcase_add_test(t, runs_out_of_memory_cleanly);
    tcase_add_test(t, runs_out_of_arena_cleanly);
    suite_add_tcase(s, t);
    return s;
}
