/* SPDX-License-Identifier: Apache-2.0 */
/* Freshness by Cache-Control and Age: what cannot be read makes an answer older, never fresher. */
#include <check.h>

#include "fetch/cache_control.h"
#include "support/run.h"

static const struct {
    const char *first;  /* a Cache-Control header */
    const char *second; /* another one; NULL: none */
    const char *age;    /* NULL: none */
    int64_t fresh_s;
} table[] = {
    {NULL, NULL, NULL, -1},
    {"", NULL, NULL, -1},
    {" , ,\t,", NULL, NULL, -1},
    {"public", NULL, "10", -1},
    {"max-age=60", NULL, NULL, 60},
    {"Max-AGE=60", NULL, NULL, 60},
    {"max-age=\"60\"", NULL, NULL, 60},
    {"max-age=0", NULL, NULL, 0},
    {"max-age=0060", NULL, NULL, 60},
    {"public,max-age=60 , must-revalidate", NULL, NULL, 60},
    {"\tpublic\t,\tmax-age=60\t", NULL, NULL, 60},
    {"public", "max-age=60", NULL, 60},
    {"max-age=60", "no-store", NULL, 0},
    {"max-age=60, max-age=90", NULL, NULL, 60},
    {"max-age=60", "max-age=90", NULL, 60},
    {"s-maxage=60", NULL, NULL, -1},
    {"max-age-x=60, xmax-age=61", NULL, NULL, -1},
    /* forbidden */
    {"no-store", NULL, NULL, 0},
    {"No-Cache", NULL, NULL, 0},
    {"max-age=60, no-cache", NULL, NULL, 0},
    {"no-cache=\"Set-Cookie, ETag\", max-age=60", NULL, NULL, 0},
    {"no-cached, max-age=60", NULL, NULL, 60},
    /* quoted strings hold commas and quotes */
    {"private=\"a, max-age=9\", max-age=60", NULL, NULL, 60},
    {"x=\"no-store\", max-age=60", NULL, NULL, 60},
    {"x=\"a\\\", no-store, \", max-age=60", NULL, NULL, 60},
    {"x=\"a\\\\\", max-age=60", NULL, NULL, 60},
    {"x=\"open, max-age=60", NULL, NULL, -1},
    {"x=\"\\", NULL, NULL, -1},
    /* too many seconds */
    {"max-age=2147483647", NULL, NULL, 2147483647},
    {"max-age=2147483648", NULL, NULL, 2147483648},
    {"max-age=2147483649", NULL, NULL, 2147483648},
    {"max-age=9223372036854775808", NULL, NULL, 2147483648},
    {"max-age=99999999999999999999999999999999999999", NULL, NULL, 2147483648},
    {"max-age=60", NULL, "99999999999999999999999999999999999999", 0},
    /* no number */
    {"max-age", NULL, NULL, 0},
    {"max-age=", NULL, NULL, 0},
    {"max-age=\"\"", NULL, NULL, 0},
    {"max-age=-1", NULL, NULL, 0},
    {"max-age=+60", NULL, NULL, 0},
    {"max-age=60s", NULL, NULL, 0},
    {"max-age=6.5", NULL, NULL, 0},
    {"max-age= 60", NULL, NULL, 0},
    {"max-age=\"60", NULL, NULL, 0},
    {"max-age=60\"", NULL, NULL, 0},
    {"max-age=\xff", NULL, NULL, 0},
    {"max-age=x, max-age=60", NULL, NULL, 0},
    {"=60", NULL, NULL, -1},
    {"\xff\xfe=1", NULL, NULL, -1},
    /* Age */
    {"max-age=60", NULL, "0", 60},
    {"max-age=60", NULL, "59", 1},
    {"max-age=60", NULL, "60", 0},
    {"max-age=60", NULL, "61", 0},
    {"max-age=60", NULL, " 10 , 50", 50},
    {"max-age=60", NULL, "-10", 60},
    {"max-age=60", NULL, "", 60},
    {"max-age=60", NULL, "soon", 60},
    {"no-store", NULL, "10", 0},
};

START_TEST(freshness)
{
    struct cache_control c = {.has_max_age = false};
    cache_control_read(&c, text_of(table[_i].first));
    if (table[_i].second != NULL)
        cache_control_read(&c, text_of(table[_i].second));
    if (table[_i].age != NULL)
        cache_control_read_age(&c, text_of(table[_i].age));
    ck_assert_msg(cache_control_fresh_s(&c) == table[_i].fresh_s, "row %d, %s: %lld", _i, table[_i].first,
                  (long long)cache_control_fresh_s(&c));
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("cache_control");
    TCase *c = tcase_create("reads");
    tcase_add_loop_test(c, freshness, 0, (int)(sizeof table / sizeof *table));
    suite_add_tcase(s, c);
    return s;
}
