/* SPDX-License-Identifier: Apache-2.0 */
/* Which paths a template stands for, and what its parts are. */
#include "http/path.h"

#include "support/run.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
    const char *template, *path;
    bool matches;
} matches[] = {
    {"/batch", "/batch", true},
    {"/batch", "/batches", false},
    {"/batch", "/batc", false},
    {"/batch", "/Batch", false},
    {"/batch", "/%62atch", false},
    {"/batch", "/batch/", false},
    {"/batch", "//batch", false},
    {"/batch", "batch", false},
    {"/batch", "", false},
    {"/batch", "/", false},
    {"/", "/", true},
    {"/users/{user}", "/users/xuid(1)", true},
    {"/users/{user}", "/users/xuid%281%29", true},
    {"/users/{user}", "/users/%zz", true},
    {"/users/{user}", "/users/a%2Fb", true},
    {"/users/{user}", "/users/{user}", true},
    {"/users/{user}", "/users/", false},
    {"/users/{user}", "/users", false},
    {"/users/{user}", "/users/a/", false},
    {"/users/{user}", "/users/a/b", false},
    {"/users/{user}", "/user%73/a", false},
    {"/{a}/x/{b}", "/1/x/2", true},
    {"/{a}/x/{b}", "/1/y/2", false},
    {"/{a}/x/{b}", "/1//2", false},
    {"/{a}/x/{b}", "//x/2", false},
    {"/a/{}", "/a/b", false},
    {"/a/{}", "/a/{}", true},
};

START_TEST(matches_segment_by_segment)
{
    for (size_t i = 0; i < COUNT(matches); i++)
        ck_assert_msg(path_matches(matches[i].template, text_of(matches[i].path)) == matches[i].matches,
                      "%s %s", matches[i].template, matches[i].path);
}
END_TEST

START_TEST(finds_parts)
{
    const char *template = "/users/{user}/scids/{scid}/stats";
    const struct text path = text_of("/users/xuid%281%29/scids/a%2Fb/stats");
    struct text part = {NULL, 0};
    ck_assert(path_part(template, path, "user", &part) && text_equals(part, text_of("xuid%281%29")));
    ck_assert(path_part(template, path, "scid", &part) && text_equals(part, text_of("a%2Fb")));
    ck_assert(!path_part(template, path, "names", &part) && text_equals(part, text_of("a%2Fb")));
    ck_assert(!path_part(template, path, "users", &part));
    ck_assert(!path_part("/batch", text_of("/batch"), "batch", &part));
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("path");
    TCase *t = tcase_create("path");
    tcase_add_test(t, matches_segment_by_segment);
    tcase_add_test(t, finds_parts);
    suite_add_tcase(s, t);
    return s;
}
