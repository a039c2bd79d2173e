/* SPDX-License-Identifier: Apache-2.0 */
/* Which dialects there are, and what they are called where one is refused. */
#include "batch/sample.h"

START_TEST(each_is_found_by_its_contract_alone)
{
    static const char *const contracts[] = {NULL, "1", "2", "3"};
    static const char *const others[] = {"", "0", "4", "01", "1 ", "11", "2.0"};
    for (size_t i = 0; i < COUNT(contracts); i++) {
        const struct batch_dialect *d = dialect_of(contracts[i]);
        ck_assert(d->parse != NULL && d->write != NULL && d->write_single != NULL &&
                  d->write_request != NULL);
        ck_assert_msg(d->contract == contracts[i] || strcmp(d->contract, contracts[i]) == 0, "%zu", i);
    }
    for (size_t i = 0; i < COUNT(others); i++)
        ck_assert_ptr_null(batch_dialect_find(text_of(others[i])));
}
END_TEST

static void assert_named(bool with_metadata, const char *expected)
{
    struct arena arena;
    struct buffer b;
    struct text names;
    struct error err;
    arena_init(&arena, 1 << 12);
    buffer_init(&b, &arena, 64);
    batch_dialect_names(with_metadata, &b);
    ck_assert(buffer_finish(&b, ERROR_INTERNAL, &names, &err));
    ck_assert_msg(text_equals(names, text_of(expected)), "%.*s", TEXT_ARG(names));
    arena_reset(&arena);
}

START_TEST(named_for_people)
{
    assert_named(false, "1, 2 or 3");
    assert_named(true, "3");
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("dialects");
    TCase *t = tcase_create("dialects");
    tcase_add_test(t, each_is_found_by_its_contract_alone);
    tcase_add_test(t, named_for_people);
    suite_add_tcase(s, t);
    return s;
}
