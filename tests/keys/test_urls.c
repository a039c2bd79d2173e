/* SPDX-License-Identifier: Apache-2.0 */
/* Key URLs with a server that answers as it is told and a clock that stands still. */
#include <stdlib.h>

#include "base/memory.h"
#include "keys/fixture.h"
#include "support/run.h"
#include "support/torture.h"

#define LOOK   KEYS_LOOK_MS
#define S      INT64_C(1000)
#define MINUTE (60 * S)
#define HOUR   (60 * MINUTE)

static char ca_file[128];

static void build(void)
{
    build_world();
    snprintf(ca_file, sizeof ca_file, "%s", in_folder("ca.pem"));
    FILE *file = fopen(ca_file, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", file), 0);
    ck_assert_int_eq(fclose(file), 0);
    w.given.location = URL;
    w.given.ca_file = ca_file;
    w.server.vector = SET_THREE;
}

/* A source that has just fetched SET_THREE. */
static void fetch_first(void)
{
    open_source();
    step(0);
    ck_assert(is_in_force(SET_THREE));
    ck_assert_uint_eq(w.server.requests, 1);
    what_was_said();
}

/* Looks for MS as the thread would (or, where that is long, nearly so). */
static void live(int64_t ms)
{
    while (ms > 0) {
        int64_t by = ms > 10 * MINUTE ? 5 * S : ms < LOOK ? ms : LOOK;
        step(by);
        ms -= by;
    }
}

START_TEST(the_first_fetch_fills_the_slot)
{
    open_source();
    step(0);
    ck_assert(is_in_force(SET_THREE));
    ck_assert_uint_eq(times_said("keys_in_force"), 1);
    live(MINUTE);
    ck_assert_uint_eq(w.server.requests, 1);
    live(5 * MINUTE);
    ck_assert_uint_eq(w.server.requests, 2);
    ck_assert_str_eq(what_was_said(), "");
}
END_TEST

START_TEST(the_first_load_may_fail)
{
    struct error err;
    w.server.down = true;
    ck_assert(keys_load(&w.options, NULL, &err));
    ck_assert_uint_eq(keys_in_force(), 0);
    const char *said = what_was_said();
    ck_assert_msg(strstr(said, "keys_unreachable") != NULL && strstr(said, "auth.keys") != NULL, "%s", said);
    open_source();
    step(0);
    live(30 * S);
    ck_assert_uint_eq(times_said("keys_unreachable"), 1);
    ck_assert_uint_ge(w.source.failures, 4);
    ck_assert_uint_le(w.server.requests, 8);
    ck_assert_int_eq(w.source.last_success_wall_s, 0);
    w.server.down = false;
    live(MINUTE);
    ck_assert(is_in_force(SET_THREE));
    ck_assert_uint_eq(times_said("keys_in_force"), 1);
    ck_assert_int_gt(w.source.last_success_wall_s, 0);
}
END_TEST

START_TEST(what_the_first_load_fetched_is_not_fetched_at_once_again)
{
    struct error err;
    ck_assert(keys_load(&w.options, NULL, &err));
    ck_assert(is_in_force(SET_THREE));
    open_source();
    live(50 * S);
    ck_assert_uint_eq(w.server.requests, 1);
    live(20 * S);
    ck_assert_uint_eq(w.server.requests, 2);
    ck_assert_int_gt(w.source.last_success_wall_s, 0);
}
END_TEST

START_TEST(a_document_that_fetch_refuses_is_refused_and_not_unreachable)
{
    fetch_first();
    w.server.down = true;
    w.server.code = ERROR_FETCH_DOCUMENT;
    live(10 * MINUTE);
    const char *said = what_was_said();
    ck_assert_msg(strstr(said, "keys_refused") != NULL && strstr(said, "keys_unreachable") == NULL, "%s",
                  said);
    ck_assert(is_in_force(SET_THREE));
}
END_TEST

START_TEST(a_load_of_files_leaves_urls_to_the_keeper)
{
    struct error err;
    ck_assert(keys_load_files(&w.options, &err));
    ck_assert_uint_eq(w.server.requests, 0);
    ck_assert_uint_eq(keys_in_force(), 0);
    ck_assert_str_eq(what_was_said(), "");
    open_source();
    step(0); /* the keeper's first look */
    ck_assert(is_in_force(SET_THREE));
    live(50 * S);
    ck_assert_uint_eq(w.server.requests, 1);
}
END_TEST

static void assert_load_fails_with(const char *reason)
{
    struct error why = {.code = ERROR_NONE}, err;
    ck_assert(keys_load(&w.options, &why, &err));
    ck_assert_int_ne(why.code, ERROR_NONE);
    ck_assert_msg(strstr(error_operator_text(&why), reason) != NULL, "%s", error_operator_text(&why));
    ck_assert_msg(strstr(error_operator_text(&why), "secret") == NULL, "%s", error_operator_text(&why));
}

START_TEST(the_first_load_tells_why_there_are_no_keys)
{
    struct error why = {.code = ERROR_FETCH}, err;
    w.server.down = true;
    assert_load_fails_with("refused");
    w.server.down = false;
    w.server.vector = SET_WEAK;
    assert_load_fails_with("1024");
    ck_assert_uint_eq(keys_in_force(), 0);
    w.server.vector = SET_THREE;
    ck_assert(keys_load(&w.options, &why, &err));
    ck_assert_int_eq(why.code, ERROR_NONE);
}
END_TEST

START_TEST(a_server_that_is_gone_takes_no_keys_with_it)
{
    fetch_first();
    w.server.down = true;
    live(24 * HOUR);
    ck_assert(is_in_force(SET_THREE));
    ck_assert_uint_eq(times_said("keys_unreachable"), 1);
    w.server.reason = "timed out";
    live(2 * MINUTE);
    ck_assert_uint_eq(times_said("keys_unreachable"), 1); /* another reason is said */
    w.server.down = false;
    live(2 * MINUTE);
    ck_assert_uint_eq(times_said("keys_in_force"), 1);
    ck_assert_uint_eq(w.source.reloads, 1);
}
END_TEST

START_TEST(an_unchanged_document_is_not_sent_again)
{
    w.server.etag = "\"one\"";
    fetch_first();
    ck_assert_str_eq(w.server.asked_etag, "");
    uint64_t generation = key_slot_generation(w.slot);
    live(6 * MINUTE);
    ck_assert_uint_eq(w.server.requests, 2);
    ck_assert_str_eq(w.server.asked_etag, "\"one\"");
    ck_assert_uint_eq(key_slot_generation(w.slot), generation);
    ck_assert_str_eq(what_was_said(), "");
    ck_assert_int_ge(w.source.last_success_wall_s, 1000000000 + 250);
    w.server.etag = "\"two\"";
    w.server.vector = SET_EC;
    live(6 * MINUTE);
    ck_assert(has_keys_of(SET_EC));
    live(6 * MINUTE);
    ck_assert_str_eq(w.server.asked_etag, "\"two\"");
}
END_TEST

START_TEST(the_tag_of_a_refused_document_is_not_kept)
{
    w.server.etag = "\"good\"";
    fetch_first();
    w.server.etag = "\"weak\"";
    w.server.vector = SET_WEAK;
    live(10 * MINUTE);
    ck_assert_str_eq(w.server.asked_etag, "\"good\"");
    ck_assert_uint_eq(times_said("keys_refused"), 1);
    ck_assert(is_in_force(SET_THREE));
}
END_TEST

START_TEST(the_answer_says_how_long_it_is_fresh)
{
    w.server.fresh_s = 0;
    fetch_first();
    live(54 * S);
    unsigned before = w.server.requests;
    live(13 * S);
    ck_assert_uint_eq(before, 1);
    ck_assert_uint_eq(w.server.requests, 2);
}
END_TEST

START_TEST(an_unknown_key_is_fetched_for_at_once_but_not_too_often)
{
    fetch_first();
    w.server.vector = SET_EC;
    key_slot_report_unknown(w.slot);
    step(LOOK);
    ck_assert_uint_eq(w.server.requests, 2);
    ck_assert(has_keys_of(SET_EC));
    live(MINUTE); /* it was one report */
    ck_assert_uint_eq(w.server.requests, 2);
    for (int i = 0; i < 240; i++) { /* a minute of tokens with invented keys */
        key_slot_report_unknown(w.slot);
        step(LOOK);
    }
    ck_assert_uint_eq(w.server.requests, 2 + 60 / URL_UNKNOWN_INTERVAL_S);
}
END_TEST

START_TEST(unknown_keys_do_not_hammer_a_server_that_is_down)
{
    w.server.down = true;
    open_source();
    live(5 * MINUTE);
    unsigned before = w.server.requests;
    for (int i = 0; i < 2400;
         i++) { /* ten minutes: 60 for unknown keys; one second after each, a retry at most */
        key_slot_report_unknown(w.slot);
        step(LOOK);
    }
    ck_assert_uint_le(w.server.requests - before, 600 / URL_UNKNOWN_INTERVAL_S + 11);
}
END_TEST

START_TEST(a_reload_fetches_now)
{
    fetch_first();
    source_step(&w.source, true);
    ck_assert_uint_eq(w.server.requests, 2);
    ck_assert_uint_eq(times_said("keys_in_force"), 1);
    w.server.down = true;
    source_step(&w.source, true);
    source_step(&w.source, true);
    ck_assert_uint_eq(times_said("keys_unreachable"), 2);
}
END_TEST

START_TEST(a_key_that_left_is_kept_for_the_overlap_and_then_dropped)
{
    fetch_first();
    w.server.vector = SET_EC;
    live(6 * MINUTE);
    ck_assert(has_keys_of(SET_EC) && has_keys_of(SET_THREE));
    ck_assert_uint_eq(keys_in_force(), 4);
    live(54 * MINUTE); /* fetched a dozen times since: the time runs from when it was first missing */
    ck_assert_uint_eq(keys_in_force(), 4);
    what_was_said();
    live(7 * MINUTE);
    ck_assert(is_in_force(SET_EC));
    ck_assert_uint_eq(times_said("keys_in_force"), 1);
    ck_assert_uint_eq(w.source.leaving.count, 0);
}
END_TEST

START_TEST(it_is_dropped_on_time_while_the_server_is_down)
{
    fetch_first();
    w.server.vector = SET_EC;
    source_step(&w.source, true);
    w.server.down = true;
    live(HOUR - LOOK);
    ck_assert_uint_eq(keys_in_force(), 4);
    step(LOOK);
    ck_assert(is_in_force(SET_EC));
    ck_assert_uint_eq(w.source.leaving.count, 0); /* or every look would join anew */
}
END_TEST

START_TEST(a_key_that_comes_back_is_no_longer_leaving)
{
    fetch_first();
    w.server.vector = SET_EC;
    source_step(&w.source, true);
    w.server.vector = SET_THREE;
    live(50 * MINUTE);
    ck_assert_uint_eq(keys_in_force(), 4); /* now the EC key leaves */
    live(24 * HOUR);
    ck_assert(is_in_force(SET_THREE));
    w.server.vector = SET_EC;
    source_step(&w.source, true);
    live(59 * MINUTE);
    ck_assert(has_keys_of(SET_THREE)); /* and has its whole time anew */
}
END_TEST

START_TEST(each_key_has_its_own_time)
{
    w.server.vector = SET_RSA;
    open_source();
    step(0);
    w.server.vector = SET_EC;
    source_step(&w.source, true);
    live(30 * MINUTE);
    w.server.vector = SET_PEM;
    source_step(&w.source, true);
    ck_assert_uint_eq(keys_in_force(), 3);
    live(30 * MINUTE);
    ck_assert(!has_keys_of(SET_RSA) && has_keys_of(SET_EC) && has_keys_of(SET_PEM));
    live(30 * MINUTE);
    ck_assert(is_in_force(SET_PEM));
}
END_TEST

START_TEST(without_an_overlap_a_key_is_out_at_once)
{
    w.given.overlap_s = 0;
    fetch_first();
    w.server.vector = SET_EC;
    source_step(&w.source, true);
    ck_assert(is_in_force(SET_EC));
    live(MINUTE);
    ck_assert_uint_eq(w.source.leaving.count, 0);
}
END_TEST

/* A JWKS with COUNT keys of one modulus called PREFIX0, PREFIX1 …; the caller frees it. */
static char *document_of(const char *modulus, unsigned count, const char *prefix)
{
    struct error err;
    size_t room = 64 + count * 512, used = 0;
    char *text = memory_alloc(room, &err);
    used += (size_t)snprintf(text, room, "{\"keys\":[");
    for (unsigned i = 0; i < count; i++)
        used += (size_t)snprintf(text + used, room - used,
                                 "%s{\"kty\":\"RSA\",\"e\":\"AQAB\",\"kid\":\"%s%u\",\"n\":\"%s\"}",
                                 i == 0 ? "" : ",", prefix, i, modulus);
    snprintf(text + used, room - used, "]}");
    return text;
}

/* The modulus of SET_RSA; the caller frees it. */
static char *modulus_of_rsa(void)
{
    char bytes[VECTOR_MAX];
    struct error err;
    struct text text = vector_read(SET_RSA, bytes);
    const char *n = memmem(text.data, text.size, "\"n\"", 3);
    ck_assert_ptr_nonnull(n);
    n = strchr(n + 3, '"') + 1;
    return memory_copy_text(text_slice(n, strcspn(n, "\"")), &err);
}

START_TEST(new_keys_win_where_there_is_no_room)
{
    fetch_first();
    char *modulus = modulus_of_rsa(), *document = document_of(modulus, KEY_SET_MAX - 1, "k");
    w.server.vector = NULL;
    w.server.document = text_of(document);
    source_step(&w.source, true);
    ck_assert_uint_eq(keys_in_force(), KEY_SET_MAX); /* one of the three found room */
    memory_free(document);
    document = document_of(modulus, KEY_SET_MAX, "n");
    w.server.document = text_of(document);
    source_step(&w.source, true);
    ck_assert_uint_eq(keys_in_force(), KEY_SET_MAX);
    ck_assert(!has_keys_of(SET_THREE));
    ck_assert_uint_eq(times_said("keys_refused"), 0);
    memory_free(document);
    memory_free(modulus);
}
END_TEST

START_TEST(new_keys_win_where_names_collide)
{
    fetch_first();
    char *modulus = modulus_of_rsa();
    char *document = document_of(modulus, 1, "r"); /* "r0": make it "rs", which SET_THREE has */
    document[strcspn(document, "0")] = 's';
    ck_assert_ptr_nonnull(strstr(document, "\"kid\":\"rs\""));
    w.server.vector = NULL;
    w.server.document = text_of(document);
    source_step(&w.source, true);
    ck_assert_uint_eq(keys_in_force(), 3);
    ck_assert(!has_keys_of(SET_THREE));
    live(2 * HOUR);
    ck_assert_uint_eq(keys_in_force(), 1);
    memory_free(document);
    memory_free(modulus);
}
END_TEST

static const struct {
    const char *name, *vector, *document, *reason;
} refused[] = {
    {"weak", SET_WEAK, NULL, "an RSA key of 1024 bits"},
    {"private", "keys/bad-private-rsa.json", NULL, "private member 'd'"},
    {"empty", NULL, "", "empty"},
    {"an HTML page", NULL, "<html><body>504 Gateway Time-out</body></html>", "https://issuer.test/keys: "},
    {"no keys", NULL, "{\"keys\":[]}", "holds no key"},
    {"cut", NULL, "{\"keys\":[{\"kty\":\"RSA\",", "not a key document"},
    {"65 keys", NULL, NULL, "more than 64 keys"},
};

START_TEST(a_document_that_is_refused_keeps_the_last_good_one)
{
    fetch_first();
    char *modulus = modulus_of_rsa(), *many = document_of(modulus, KEY_SET_MAX + 1, "k");
    w.server.vector = refused[_i].vector;
    w.server.document = text_of(refused[_i].document == NULL ? many : refused[_i].document);
    live(20 * MINUTE);
    ck_assert(is_in_force(SET_THREE));
    const char *said = what_was_said();
    const char *first = strstr(said, "keys_refused");
    ck_assert_msg(first != NULL && strstr(first + 1, "keys_refused") == NULL, "%s", said);
    ck_assert_msg(strstr(said, refused[_i].reason) != NULL, "%s", said);
    ck_assert_msg(strstr(said, "secret") == NULL, "%s", said);
    ck_assert_uint_le(w.server.requests, 1 + 6 + 20 + 2); /* with the back-off of failures */
    w.server.vector = SET_EC;
    live(2 * MINUTE);
    ck_assert(has_keys_of(SET_EC));
    memory_free(modulus);
    memory_free(many);
}
END_TEST

START_TEST(what_can_never_be_fetched_is_refused)
{
    static const struct {
        const char *url, *ca_file, *says;
    } never[] = {
        {"https://u:secret@issuer.test/k", NULL, "auth.keys: the URL holds a user name"},
        {"https://exa mple/secret", NULL, "auth.keys: the URL cannot be read"},
        {URL, "/nonexistent", "auth.keys: the CA file /nonexistent cannot be read"},
        {URL, "/dev/null", "auth.keys: the CA file /dev/null is no plain file"},
    };
    for (size_t i = 0; i < sizeof never / sizeof *never; i++) {
        struct error err = {0};
        struct keeper *keeper = NULL;
        w.given.location = never[i].url;
        w.given.ca_file = never[i].ca_file;
        ck_assert(!keys_load_files(&w.options, &err));
        ck_assert_int_eq(err.code, ERROR_SETTING);
        ck_assert_msg(strstr(err.detail, never[i].says) != NULL, "%s", err.detail);
        ck_assert_msg(strstr(err.detail, "secret") == NULL, "%s", err.detail);
        ck_assert(!keeper_start(&w.options, &keeper, &err));
        ck_assert_int_eq(err.code, ERROR_SETTING);
    }
    ck_assert_uint_eq(w.server.requests, 0);
}
END_TEST

START_TEST(keys_for_other_uses_are_skipped)
{
    char bytes[VECTOR_MAX], document[VECTOR_MAX + 128];
    struct text keys = vector_read(SET_RSA, bytes);
    const char *list = memchr(keys.data, '[', keys.size);
    snprintf(document, sizeof document, "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AA\"},%.*s",
             (int)(keys.data + keys.size - list - 1), list + 1);
    w.server.vector = NULL;
    w.server.document = text_of(document);
    open_source();
    step(0);
    ck_assert(is_in_force(SET_RSA));
    ck_assert_uint_eq(times_said("skipped=1"), 1);
}
END_TEST

START_TEST(private_keys_are_not_fetched)
{
    struct error err;
    w.given.rules.purpose = KEYS_DECRYPT;
    ck_assert(!keys_load(&w.options, NULL, &err));
    ck_assert_int_eq(err.code, ERROR_SETTING);
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
    ck_assert_uint_ge(torture_allocations(load_tortured, NULL), 4);
}
END_TEST

START_TEST(a_fetch_without_memory_changes_nothing_and_a_later_one_makes_it_good)
{
    fetch_first();
    w.given.overlap_s = 0;
    w.server.etag = "\"new\"";
    for (unsigned long n = 1;; n++) {
        w.server.etag = n % 2 == 0 ? "\"even\"" : "\"odd\"";
        w.server.vector = n % 2 == 0 ? SET_RSA : SET_EC;
        memory_fail_nth(n);
        source_step(&w.source, true);
        bool fired = memory_fail_has_fired();
        memory_fail_nth(0);
        ck_assert(has_keys_of(w.server.vector) == !fired);
        live(2 * S);
        ck_assert(has_keys_of(w.server.vector));
        live(2 * HOUR);
        ck_assert(is_in_force(w.server.vector));
        if (!fired)
            break;
        ck_assert_uint_lt(n, 1000);
    }
}
END_TEST

START_TEST(a_set_that_is_due_to_go_goes_when_there_is_memory)
{
    fetch_first();
    w.server.vector = SET_EC;
    source_step(&w.source, true);
    w.server.down = true;
    live(HOUR - LOOK);
    url_schedule_fail(&w.source.schedule, w.now_ms); /* no fetch in this look */
    memory_fail_nth(1);
    step(LOOK);
    ck_assert(memory_fail_has_fired());
    memory_fail_nth(0);
    ck_assert_uint_eq(keys_in_force(), 4);
    step(LOOK);
    ck_assert(is_in_force(SET_EC));
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("keys/urls");
    TCase *c = tcase_create("urls");
    tcase_set_timeout(c, 60);
    tcase_add_checked_fixture(c, build, take_world_apart);
    tcase_add_test(c, the_first_fetch_fills_the_slot);
    tcase_add_test(c, the_first_load_may_fail);
    tcase_add_test(c, what_the_first_load_fetched_is_not_fetched_at_once_again);
    tcase_add_test(c, a_document_that_fetch_refuses_is_refused_and_not_unreachable);
    tcase_add_test(c, a_load_of_files_leaves_urls_to_the_keeper);
    tcase_add_test(c, the_first_load_tells_why_there_are_no_keys);
    tcase_add_test(c, a_server_that_is_gone_takes_no_keys_with_it);
    tcase_add_test(c, an_unchanged_document_is_not_sent_again);
    tcase_add_test(c, the_tag_of_a_refused_document_is_not_kept);
    tcase_add_test(c, the_answer_says_how_long_it_is_fresh);
    tcase_add_test(c, an_unknown_key_is_fetched_for_at_once_but_not_too_often);
    tcase_add_test(c, unknown_keys_do_not_hammer_a_server_that_is_down);
    tcase_add_test(c, a_reload_fetches_now);
    tcase_add_test(c, a_key_that_left_is_kept_for_the_overlap_and_then_dropped);
    tcase_add_test(c, it_is_dropped_on_time_while_the_server_is_down);
    tcase_add_test(c, a_key_that_comes_back_is_no_longer_leaving);
    tcase_add_test(c, each_key_has_its_own_time);
    tcase_add_test(c, without_an_overlap_a_key_is_out_at_once);
    tcase_add_test(c, new_keys_win_where_there_is_no_room);
    tcase_add_test(c, new_keys_win_where_names_collide);
    tcase_add_loop_test(c, a_document_that_is_refused_keeps_the_last_good_one, 0,
                        (int)(sizeof refused / sizeof refused[0]));
    tcase_add_test(c, what_can_never_be_fetched_is_refused);
    tcase_add_test(c, keys_for_other_uses_are_skipped);
    tcase_add_test(c, private_keys_are_not_fetched);
    tcase_add_test(c, the_first_load_fails_for_want_of_any_memory);
    tcase_add_test(c, a_fetch_without_memory_changes_nothing_and_a_later_one_makes_it_good);
    tcase_add_test(c, a_set_that_is_due_to_go_goes_when_there_is_memory);
    suite_add_tcase(s, c);
    return s;
}
