/* SPDX-License-Identifier: Apache-2.0 */
/* Paths of single users' requests to batches and back. */
#include <string.h>

#include "batch/batch.h"
#include "support/run.h"
#include "support/torture.h"

#define COUNT(a)    (sizeof(a) / sizeof((a)[0]))
#define ARENA_LIMIT 65536
#define NAME_60     "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghi"
#define NAMES_599                                                                                            \
    NAME_60 "0," NAME_60 "1," NAME_60 "2," NAME_60 "3," NAME_60 "4," NAME_60 "5," NAME_60 "6," NAME_60       \
            "7," NAME_60 "8," NAME_60

struct parts {
    const char *user, *scid, *names;
};

static bool parse(const struct parts *parts, struct arena *arena, struct text *written, struct error *err)
{
    const struct batch_single path = {text_of(parts->user), text_of(parts->scid), text_of(parts->names)};
    struct batch b = {.xuid_count = 0};
    struct buffer out;
    if (!batch_parse_single(&path, arena, &b, err))
        return false;
    buffer_init(&out, arena, 4096);
    batch_write_single(&b, &out);
    return buffer_finish(&out, ERROR_BATCH_LIMIT, written, err);
}

static const struct {
    struct parts parts;
    const char *written;
} accepted[] = {
    {{"xuid(1)", "a", NULL}, "/users/xuid(1)/scids/a/stats"},
    {{"xuid(1)", "a", "Wins,Kills"}, "/users/xuid(1)/scids/a/stats/Wins,Kills"},
    {{"xuid(18446744073709551615)", "c402ff50-3e76-11e2-a25f-0800200c1212", "K"},
     "/users/xuid(18446744073709551615)/scids/c402ff50-3e76-11e2-a25f-0800200c1212/stats/K"},
    {{"xuid(1)", "a", "K,k,W,K"}, "/users/xuid(1)/scids/a/stats/K,W"},
    {{"xuid(1)", "a", "a,b,c,d,e,f,g,h,i,j"}, "/users/xuid(1)/scids/a/stats/a,b,c,d,e,f,g,h,i,j"},
    {{"xuid(1)", "a", "K,,W"}, "/users/xuid(1)/scids/a/stats/K,,W"},
    {{"xuid(1)", "a", NAMES_599 "9"}, "/users/xuid(1)/scids/a/stats/" NAMES_599 "9"},
};

START_TEST(accepts)
{
    for (size_t i = 0; i < COUNT(accepted); i++) {
        struct arena arena;
        struct error err;
        struct text written;
        arena_init(&arena, ARENA_LIMIT);
        ck_assert_msg(parse(&accepted[i].parts, &arena, &written, &err), "%s: %s", accepted[i].written,
                      err.message);
        ck_assert_msg(text_equals(written, text_of(accepted[i].written)), "%.*s", TEXT_ARG(written));
        arena_reset(&arena);
    }
}
END_TEST

static const struct {
    struct parts parts;
    const char *begins;
} refused[] = {
    {{"", "a", "K"}, "users/: the user must be xuid(<xuid>)"},
    {{"1", "a", "K"}, "users/"},
    {{"xuid", "a", "K"}, "users/"},
    {{"xuid(", "a", "K"}, "users/"},
    {{"xuid()", "a", "K"}, "users/"},
    {{"xuid(1", "a", "K"}, "users/"},
    {{"xuid(1))", "a", "K"}, "users/"},
    {{"xuid(0)", "a", "K"}, "users/"},
    {{"xuid(01)", "a", "K"}, "users/"},
    {{"xuid(-1)", "a", "K"}, "users/"},
    {{"xuid( 1)", "a", "K"}, "users/"},
    {{"xuid(18446744073709551616)", "a", "K"}, "users/"},
    {{"XUID(1)", "a", "K"}, "users/"},
    {{"gt(Saint)", "a", "K"}, "users/"},
    {{"me", "a", "K"}, "users/"},
    {{"xuid(1)", "{a}", "K"}, "scids/"},
    {{"xuid(1)", "a/b", "K"}, "scids/"},
    {{"xuid(1)", "", "K"}, "scids/"},
    {{"xuid(1)", "c402ff50-3e76-11e2-a25f-0800200c12123", "K"}, "scids/"},
    {{"xuid(1)", "a", "a,b,c,d,e,f,g,h,i,j,k"}, "stats/"},
    {{"xuid(1)", "a", "a,a,a,a,a,a,a,a,a,a,a"}, "stats/"},
    {{"xuid(1)", "a", NAMES_599 "99"}, "stats/"},
};

START_TEST(refuses)
{
    for (size_t i = 0; i < COUNT(refused); i++) {
        const struct parts *p = &refused[i].parts;
        struct arena arena;
        struct error err = {.code = ERROR_NONE};
        struct text written;
        arena_init(&arena, ARENA_LIMIT);
        ck_assert_msg(!parse(p, &arena, &written, &err), "%s %s %s: accepted", p->user, p->scid, p->names);
        ck_assert_int_eq(err.code, ERROR_PATH);
        ck_assert_msg(strncmp(err.message, refused[i].begins, strlen(refused[i].begins)) == 0, "%s %s %s: %s",
                      p->user, p->scid, p->names, err.message);
        arena_reset(&arena);
    }
}
END_TEST

static bool parse_once(void *context, struct error *err)
{
    struct arena arena;
    struct text written;
    arena_init(&arena, ARENA_LIMIT);
    bool worked = parse(context, &arena, &written, err);
    arena_reset(&arena);
    return worked;
}

START_TEST(runs_out_of_memory_cleanly)
{
    struct parts parts = {"xuid(1)", "a", "Wins,Kills"};
    ck_assert_uint_gt(torture_allocations(parse_once, &parts), 0);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("single");
    TCase *t = tcase_create("single");
    tcase_add_test(t, accepts);
    tcase_add_test(t, refuses);
    tcase_add_test(t, runs_out_of_memory_cleanly);
    suite_add_tcase(s, t);
    return s;
}
