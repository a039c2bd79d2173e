/* SPDX-License-Identifier: Apache-2.0 */
/* Key files that change under the keeper: what is good is in force after the next look, what is not changes
 * nothing and is said once. */
#include <sys/stat.h>
#include <unistd.h>

#include "keys/fixture.h"
#include "support/run.h"
#include "support/torture.h"
#include "base/memory.h"

#define LOOK KEYS_LOOK_MS

static void load(void)
{
    struct error err;
    ck_assert_msg(keys_load(&w.options, NULL, &err), "%s", err.detail);
}

/* The world with SET_RSA in force from the file. */
static void build(void)
{
    build_world();
    replace_file(w.path, SET_RSA);
    load();
    open_source();
    step(0);
    step(LOOK);
    what_was_said();
}

START_TEST(the_first_load_is_as_good_as_key_set_load)
{
    struct error err;
    ck_assert(is_in_force(SET_RSA));
    ck_assert_int_eq(unlink(w.path), 0);
    ck_assert(!keys_load(&w.options, NULL, &err));
    ck_assert_int_eq(err.code, ERROR_FILE);
    replace_file(w.path, SET_WEAK);
    ck_assert(!keys_load(&w.options, NULL, &err));
    ck_assert_int_eq(err.code, ERROR_KEY);
    ck_assert(is_in_force(SET_RSA));
}
END_TEST

START_TEST(an_unchanged_file_is_left_alone)
{
    uint64_t generation = key_slot_generation(w.slot);
    for (int i = 0; i < 100; i++)
        step(LOOK);
    ck_assert_uint_eq(key_slot_generation(w.slot), generation);
    ck_assert_str_eq(what_was_said(), "");
    ck_assert_int_eq(w.source.last_success_wall_s, standing_wall_s());
}
END_TEST

START_TEST(a_file_replaced_by_rename_is_in_force_at_the_next_look)
{
    replace_file(w.path, SET_THREE);
    step(LOOK);
    ck_assert(is_in_force(SET_THREE)); /* and nothing of the old one */
    step(LOOK);
    ck_assert_uint_eq(times_said("keys_in_force"), 1);
    ck_assert_uint_eq(w.source.reloads, 1);
    ck_assert_uint_eq(w.source.failures, 0);
}
END_TEST

START_TEST(the_same_keys_in_a_new_file_are_not_put_again)
{
    uint64_t generation = key_slot_generation(w.slot);
    replace_file(w.path, SET_RSA);
    step(LOOK);
    step(LOOK);
    ck_assert_uint_eq(key_slot_generation(w.slot), generation);
    ck_assert_str_eq(what_was_said(), "");
}
END_TEST

START_TEST(a_half_written_file_is_refused_once_and_taken_when_whole)
{
    write_file(w.path, SET_THREE, 100);
    for (int i = 0; i < 10; i++)
        step(LOOK);
    ck_assert(is_in_force(SET_RSA));
    ck_assert_uint_eq(times_said("keys_refused"), 1);
    write_file(w.path, SET_THREE, SIZE_MAX);
    step(LOOK);
    ck_assert(is_in_force(SET_THREE));
    ck_assert_uint_eq(times_said("keys_in_force"), 1);
}
END_TEST

static const struct {
    const char *vector, *reason;
} refused[] = {
    {SET_WEAK, "an RSA key of 1024 bits"},
    {"keys/bad-private-rsa.json", "private member 'd'"},
    {"keys/bad-garbage.der", "not a JWKS document"},
    {"keys/bad-no-keys.json", "holds no key"},
};

START_TEST(what_is_refused_keeps_the_old_set_and_says_why)
{
    replace_file(w.path, refused[_i].vector);
    for (int64_t ms = 0; ms < INT64_C(4) * FILE_RETRY_MS; ms += LOOK)
        step(LOOK);
    ck_assert(is_in_force(SET_RSA));
    const char *said = what_was_said();
    const char *first = strstr(said, "keys_refused");
    ck_assert_ptr_nonnull(first);
    ck_assert_msg(strstr(first + 1, "keys_refused") == NULL, "%s", said);
    ck_assert_msg(strstr(said, refused[_i].reason) != NULL && strstr(said, "auth.keys") != NULL, "%s", said);
    ck_assert_uint_ge(w.source.failures, 1);
    int64_t last_good = w.source.last_success_wall_s;
    ck_assert_int_lt(last_good, standing_wall_s());
    replace_file(w.path, SET_RSA);
    step(LOOK);
    ck_assert_uint_eq(times_said("keys_in_force"), 1); /* the same keys, but all is well again */
    ck_assert_int_eq(w.source.last_success_wall_s, standing_wall_s());
}
END_TEST

START_TEST(another_bad_file_is_said_again)
{
    replace_file(w.path, SET_WEAK);
    step(LOOK);
    replace_file(w.path, SET_WEAK);
    step(LOOK);
    step(LOOK);
    ck_assert_uint_eq(times_said("keys_refused"), 2);
}
END_TEST

START_TEST(a_deleted_file_changes_nothing_and_is_taken_when_it_is_back)
{
    ck_assert_int_eq(unlink(w.path), 0);
    for (int i = 0; i < 100; i++)
        step(LOOK);
    ck_assert(is_in_force(SET_RSA));
    ck_assert_uint_eq(times_said("keys_refused"), 1);
    replace_file(w.path, SET_EC);
    step(LOOK);
    ck_assert(is_in_force(SET_EC));
    ck_assert_uint_eq(times_said("keys_in_force"), 1);
}
END_TEST

/* A set that is not the file's, so that a reading shows. */
static void put_another(void)
{
    key_slot_put(w.slot, set_of(SET_PEM));
}

/* Two writes within one tick of the file system's clock leave one fingerprint. */
START_TEST(a_change_is_followed_by_one_more_reading)
{
    replace_file(w.path, SET_EC);
    step(LOOK);
    put_another();
    step(LOOK);
    ck_assert(is_in_force(SET_EC));
    put_another();
    step(LOOK);
    ck_assert(is_in_force(SET_PEM));
}
END_TEST

START_TEST(a_reload_reads_a_file_that_looks_the_same)
{
    put_another();
    step(LOOK);
    ck_assert(is_in_force(SET_PEM));
    source_step(&w.source, true);
    ck_assert(is_in_force(SET_RSA));
    ck_assert_uint_eq(times_said("keys_in_force"), 1);
    source_step(&w.source, true);
    ck_assert_uint_eq(times_said("keys_in_force"), 1); /* whoever asks is answered */
    replace_file(w.path, SET_WEAK);
    step(LOOK);
    source_step(&w.source, true);
    ck_assert_uint_eq(times_said("keys_refused"), 2);
    ck_assert(is_in_force(SET_RSA));
}
END_TEST

static void step_without_memory(void)
{
    memory_fail_nth(1);
    step(LOOK);
    ck_assert(memory_fail_has_fired());
    memory_fail_nth(0);
}

/* The fault was this process's: the file itself never changes again. */
START_TEST(a_refused_file_is_tried_again_after_a_while)
{
    replace_file(w.path, SET_EC);
    step_without_memory();
    step_without_memory();
    ck_assert(is_in_force(SET_RSA));
    step(FILE_RETRY_MS - 1);
    ck_assert(is_in_force(SET_RSA));
    step(1);
    ck_assert(is_in_force(SET_EC));
}
END_TEST

static void use_directory(void)
{
    struct error err;
    source_close(&w.source);
    ck_assert_int_eq(mkdir(in_folder("d"), 0700), 0);
    snprintf(w.path, sizeof w.path, "%s", in_folder("d"));
    replace_file(in_folder("d/1.json"), SET_RSA);
    ck_assert(keys_load(&w.options, NULL, &err));
    open_source();
    step(0);
    step(LOOK);
    what_was_said();
}

START_TEST(a_directory_is_what_its_files_are)
{
    use_directory();
    replace_file(in_folder("d/2.json"), SET_THREE);
    step(LOOK);
    ck_assert_uint_eq(keys_in_force(), 4);
    replace_file(in_folder("d/1.json"), SET_EC);
    step(LOOK);
    ck_assert(has_keys_of(SET_EC) && !has_keys_of(SET_RSA) && has_keys_of(SET_THREE));
    ck_assert_int_eq(unlink(in_folder("d/2.json")), 0);
    step(LOOK);
    ck_assert(is_in_force(SET_EC));
    write_file(in_folder("d/1.json"), SET_RSA, SIZE_MAX); /* the directory itself does not change */
    step(LOOK);
    ck_assert(is_in_force(SET_RSA));
    replace_file(in_folder("d/.hidden"), SET_WEAK);
    step(LOOK);
    ck_assert_uint_eq(times_said("keys_refused"), 0);
    replace_file(in_folder("d/3.json"), SET_WEAK);
    step(LOOK);
    ck_assert_uint_eq(times_said("keys_refused"), 1);
    ck_assert(is_in_force(SET_RSA));
}
END_TEST

/* As Kubernetes mounts a secret: file -> ..data/file, ..data -> ..1, and ..data is replaced. */
START_TEST(a_swapped_symbolic_link_is_seen)
{
    use_directory();
    ck_assert_int_eq(unlink(in_folder("d/1.json")), 0);
    ck_assert_int_eq(mkdir(in_folder("d/..1"), 0700), 0);
    ck_assert_int_eq(mkdir(in_folder("d/..2"), 0700), 0);
    replace_file(in_folder("d/..1/keys.json"), SET_THREE);
    replace_file(in_folder("d/..2/keys.json"), SET_EC);
    ck_assert_int_eq(symlink("..1", in_folder("d/..data")), 0);
    ck_assert_int_eq(symlink("..data/keys.json", in_folder("d/keys.json")), 0);
    step(LOOK);
    ck_assert(is_in_force(SET_THREE));
    ck_assert_int_eq(symlink("..2", in_folder("d/..new")), 0);
    char from[512];
    snprintf(from, sizeof from, "%s", in_folder("d/..new"));
    ck_assert_int_eq(rename(from, in_folder("d/..data")), 0);
    step(LOOK);
    ck_assert(is_in_force(SET_EC));
}
END_TEST

START_TEST(a_swapped_link_to_one_file_is_seen)
{
    char from[512];
    replace_file(in_folder("one"), SET_THREE);
    ck_assert_int_eq(symlink("one", in_folder(".link")), 0);
    snprintf(from, sizeof from, "%s", in_folder(".link"));
    ck_assert_int_eq(rename(from, w.path), 0);
    step(LOOK);
    ck_assert(is_in_force(SET_THREE));
    replace_file(in_folder("one"), SET_EC);
    step(LOOK);
    ck_assert(is_in_force(SET_EC));
}
END_TEST

START_TEST(what_is_neither_a_file_nor_https_is_refused)
{
    static const char *const locations[] = {"http://issuer.test/keys", "HTTPS://issuer.test/keys",
                                            "file:///etc/passwd", "ftp://issuer.test/keys"};
    for (size_t i = 0; i < sizeof locations / sizeof locations[0]; i++) {
        struct error err = {0};
        struct keeper *keeper = NULL;
        w.given.location = locations[i];
        ck_assert(!keys_load(&w.options, NULL, &err));
        ck_assert_int_eq(err.code, ERROR_SETTING);
        ck_assert_msg(strstr(err.detail, "auth.keys") != NULL, "%s", err.detail);
        ck_assert(!keeper_start(&w.options, &keeper, &err));
        ck_assert_int_eq(err.code, ERROR_SETTING);
        ck_assert_ptr_null(keeper);
    }
    ck_assert_uint_eq(w.server.requests, 0);
}
END_TEST

static bool load_tortured(void *context, struct error *err)
{
    (void)context;
    return keys_load(&w.options, NULL, err);
}

START_TEST(the_first_load_fails_for_want_of_any_memory)
{
    unsigned long allocations = torture_allocations(load_tortured, NULL);
    ck_assert_uint_ge(allocations, 3);
}
END_TEST

START_TEST(a_look_without_memory_changes_nothing_and_the_next_makes_it_good)
{
    for (unsigned long n = 1;; n++) {
        replace_file(w.path, n % 2 == 0 ? SET_RSA : SET_THREE);
        memory_fail_nth(n);
        step(LOOK);
        bool fired = memory_fail_has_fired();
        memory_fail_nth(0);
        ck_assert(is_in_force(fired == (n % 2 == 0) ? SET_THREE : SET_RSA));
        step(LOOK);
        ck_assert(is_in_force(n % 2 == 0 ? SET_RSA : SET_THREE));
        if (!fired)
            break;
        ck_assert_uint_lt(n, 1000);
    }
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("keys/files");
    TCase *c = tcase_create("files");
    tcase_add_checked_fixture(c, build, take_world_apart);
    tcase_add_test(c, the_first_load_is_as_good_as_key_set_load);
    tcase_add_test(c, an_unchanged_file_is_left_alone);
    tcase_add_test(c, a_file_replaced_by_rename_is_in_force_at_the_next_look);
    tcase_add_test(c, the_same_keys_in_a_new_file_are_not_put_again);
    tcase_add_test(c, a_half_written_file_is_refused_once_and_taken_when_whole);
    tcase_add_loop_test(c, what_is_refused_keeps_the_old_set_and_says_why, 0,
                        (int)(sizeof refused / sizeof refused[0]));
    tcase_add_test(c, another_bad_file_is_said_again);
    tcase_add_test(c, a_deleted_file_changes_nothing_and_is_taken_when_it_is_back);
    tcase_add_test(c, a_change_is_followed_by_one_more_reading);
    tcase_add_test(c, a_reload_reads_a_file_that_looks_the_same);
    tcase_add_test(c, a_refused_file_is_tried_again_after_a_while);
    tcase_add_test(c, a_directory_is_what_its_files_are);
    tcase_add_test(c, a_swapped_symbolic_link_is_seen);
    tcase_add_test(c, a_swapped_link_to_one_file_is_seen);
    tcase_add_test(c, what_is_neither_a_file_nor_https_is_refused);
    tcase_add_test(c, the_first_load_fails_for_want_of_any_memory);
    tcase_add_test(c, a_look_without_memory_changes_nothing_and_the_next_makes_it_good);
    suite_add_tcase(s, c);
    return s;
}
