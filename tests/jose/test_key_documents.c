/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON forms of certificates, what a set's rules let in, and sets that are shared, joined and swapped. */
#include "jose/key.h"
#include "jose/key_slot.h"
#include "jose/vectors.h"
#include "support/run.h"
#include "support/torture.h"

static char der[VECTOR_MAX], pem[VECTOR_MAX];
static struct arena arena;
static struct text certificate_pem;
static char x5t[X5T_SIZE + 1], encoded[VECTOR_MAX];

static void open_fixture(void)
{
    struct key_set *set;
    struct error err;
    arena_init(&arena, 4 << 20);
    struct text bytes = vector_read("keys/good-certificate.der", der);
    certificate_pem = vector_read("keys/good-certificate.pem", pem);
    EVP_EncodeBlock((unsigned char *)encoded, (const unsigned char *)bytes.data, (int)bytes.size);
    ck_assert(key_set_parse(bytes, "here", NULL, &set, &err));
    memcpy(x5t, set->keys[0].x5t, sizeof x5t);
    key_set_release(&set);
}

static void close_fixture(void)
{
    arena_reset(&arena);
}

static const char *format(const char *before, const char *middle, const char *after)
{
    struct buffer b;
    struct text text;
    struct error err;
    buffer_init(&b, &arena, VECTOR_MAX * 2);
    buffer_put(&b, before);
    buffer_put(&b, middle);
    buffer_put(&b, after);
    ck_assert(buffer_finish(&b, ERROR_INTERNAL, &text, &err));
    return text.data;
}

/* {"NAME": the certificate} */
static const char *object_under(const char *name)
{
    struct buffer b;
    struct text text;
    struct error err;
    buffer_init(&b, &arena, VECTOR_MAX);
    buffer_format(&b, "{\"%s\":\"", name);
    for (size_t i = 0; i < certificate_pem.size; i++) {
        if (certificate_pem.data[i] == '\n')
            buffer_put(&b, "\\n");
        else
            buffer_put_char(&b, certificate_pem.data[i]);
    }
    buffer_put(&b, "\"}");
    ck_assert(buffer_finish(&b, ERROR_INTERNAL, &text, &err));
    return text.data;
}

START_TEST(certificates_in_json_verify_like_their_files)
{
    char token[VECTOR_MAX], payload[VECTOR_MAX];
    const char *const documents[] = {format("[\"", encoded, "\"]"), object_under(x5t)};
    for (size_t i = 0; i < 2; i++) {
        struct key_set *set;
        struct error err;
        ck_assert_msg(key_set_parse(text_of(documents[i]), "here", NULL, &set, &err), "%s", err.detail);
        expect_payload("x5t", vector_read("tokens/good-x5t.txt", token), set,
                       vector_read("payload.json", payload));
        key_set_release(&set);
    }
}
END_TEST

static void refused(const char *document, const struct key_rules *rules, const char *why)
{
    struct key_set *set = NULL;
    struct error err;
    ck_assert_msg(!key_set_parse(text_of(document), "here", rules, &set, &err), "%.60s was taken", document);
    ck_assert_int_eq(err.code, ERROR_KEY);
    ck_assert_msg(strstr(err.detail, why) != NULL, "%.60s: %s", document, err.detail);
}

START_TEST(other_documents_are_refused)
{
    refused("[]", NULL, "holds no key");
    refused("{}", NULL, "holds no key");
    refused("[1]", NULL, "[0]: not a string of base64");
    refused("[\"\"]", NULL, "[0]: not a string of base64");
    refused("[\"====\"]", NULL, "[0]: not a string of base64");
    refused("[\"A\"]", NULL, "[0]: not a string of base64");
    refused("[\"AA A\"]", NULL, "[0]: not a string of base64");
    refused("[\"AA-_\"]", NULL, "[0]: not a string of base64");
    refused("[\"AAAA\"]", NULL, "[0]: not a JWKS document");
    refused(format("[\"AAAA\",\"", encoded, "\"]"), NULL, "[0]: ");
    refused(format("[\"", format(encoded, "\",\"", encoded), "\"]"), NULL, "[1]: two keys with the kid");
    refused(format("[\"", encoded, "AAAA\"]"), NULL, "[0]: ");
    refused(object_under("another"), NULL, "\"another\": the certificate's x5t is");
    refused("{\"a\":7}", NULL, "\"a\": neither the array 'keys'");
    refused("{\"a\":\"-----BEGIN PRIVATE KEY-----\\nAA==\\n-----END PRIVATE KEY-----\"}", NULL,
            "\"a\": it holds a private key");
}
END_TEST

START_TEST(rules_bind_keys_and_leave_others_out)
{
    char keys[VECTOR_MAX], bare[VECTOR_MAX];
    const struct key_rules ps = {KEYS_VERIFY, 1u << JOSE_PS256, false},
                           es = {KEYS_VERIFY, 1u << JOSE_ES256, false};
    struct key_set *set;
    struct error err;
    struct text nameless = vector_read("keys/good-no-alg-no-kid.json", bare);
    ck_assert_msg(key_set_parse(nameless, "here", &ps, &set, &err), "%s", err.detail);
    ck_assert_uint_eq(set->keys[0].algorithms, 1u << JOSE_PS256);
    key_set_release(&set);
    refused(nameless.data, &es, "none of the configured algorithms takes");
    refused(vector_read("keys.json", keys).data, &ps, "is not among the configured algorithms");
}
END_TEST

static bool keeps_all(const void *context, const struct key_id *id)
{
    (void)context, (void)id;
    return true;
}

/* {"keys":[a P-256 key, OTHER]}; TAIL goes into the key. */
static const char *beside_a_good_key(const char *tail, const char *other)
{
    static char document[VECTOR_MAX];
    char bytes[VECTOR_MAX];
    struct text text = vector_read("rfc7515-a3.json", bytes);
    const char *from = memchr(text.data, '[', text.size), *to = memchr(text.data, '}', text.size);
    ck_assert(from != NULL && to != NULL);
    int size =
        snprintf(document, sizeof document, "{\"keys\":%.*s%s},%s]}", (int)(to - from), from, tail, other);
    ck_assert_int_lt(size, VECTOR_MAX);
    return document;
}

#define RSA_WITH(member) "{\"kty\":\"RSA\",\"n\":\"AA\",\"e\":\"AQAB\"" member "}"

static const char *const unserved[] = {
    "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AA\",\"kid\":\"ec\"}",
    "{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"AA\",\"y\":\"AA\"}",
    RSA_WITH(",\"alg\":\"RS512\""),
    RSA_WITH(",\"alg\":\"RSA-OAEP\""),
    RSA_WITH(",\"alg\":\"PS256\""), /* not configured */
    RSA_WITH(",\"use\":\"enc\""),
    RSA_WITH(",\"key_ops\":[\"wrapKey\"]"),
    "{\"kty\":\"oct\"}",
    "{}",
};

START_TEST(keys_for_other_uses_are_left_out_of_an_issuers_document)
{
    const struct key_rules strict = {KEYS_VERIFY, 1u << JOSE_RS256 | 1u << JOSE_ES256, false},
                           skipping = {KEYS_VERIFY, strict.algorithms, true};
    struct key_set *set, *joined;
    struct error err;
    const char *document = beside_a_good_key("", unserved[_i]);
    const struct key_choice every = {keeps_all, NULL};
    refused(document, &strict, "keys[1]: ");
    ck_assert_msg(key_set_parse(text_of(document), "here", &skipping, &set, &err), "%s", err.detail);
    ck_assert(key_set_size(set) == 1 && key_set_skipped(set) == 1);
    ck_assert(key_set_join(set, set, &every, &joined, &err));
    ck_assert(key_set_size(joined) == 1 && key_set_skipped(joined) == 1);
    key_set_release(&joined);
    key_set_release(&set);
    refused(beside_a_good_key(",\"use\":\"enc\"", unserved[_i]), &skipping,
            "holds no key that is served, and 2 for other uses");
}
END_TEST

static const struct {
    const char *jwk, *reason;
} bad_anywhere[] = {
    {RSA_WITH(""), "keys[1]: an RSA key of"},
    {RSA_WITH(",\"alg\":\"ES256\""), "keys[1]: a key of another type"},
    {"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AA\",\"d\":\"AA\"}",
     "keys[1]: it has the private member 'd'"},
    {"{\"kty\":\"oct\",\"k\":\"AA\"}", "keys[1]: it has the private member 'k'"},
    {"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\"}", "keys[1]: its x or y is not"},
};

START_TEST(weak_and_private_keys_refuse_it_all_the_same)
{
    const struct key_rules skipping = {KEYS_VERIFY, JOSE_SIGNATURE_ALGORITHMS, true};
    refused(beside_a_good_key("", bad_anywhere[_i].jwk), &skipping, bad_anywhere[_i].reason);
}
END_TEST

static bool keeps_one(const void *context, const struct key_id *id)
{
    return memcmp(context, id, sizeof *id) == 0;
}

START_TEST(sets_are_equal_by_keys_and_names)
{
    char bytes[VECTOR_MAX];
    struct error err;
    struct key_set *one, *same, *other, *all;
    struct text text = vector_read("keys.json", bytes);
    ck_assert(key_set_parse(text, "here", NULL, &all, &err));
    ck_assert(key_set_parse(text, "there", NULL, &same, &err));
    ck_assert(key_set_equals(all, same));
    struct key first = same->keys[0];
    same->keys[0] = same->keys[2]; /* another order */
    same->keys[2] = first;
    ck_assert(key_set_equals(all, same) && key_set_equals(same, all));
    same->keys[0].kid[0] ^= 1;
    ck_assert(!key_set_equals(all, same) && !key_set_equals(same, all));
    ck_assert(key_set_parse(vector_read("rfc7515-a2.json", bytes), "here", NULL, &one, &err));
    ck_assert(key_set_parse(vector_read("rfc7515-a3.json", bytes), "here", NULL, &other, &err));
    ck_assert(!key_set_equals(one, other) && !key_set_equals(one, all) && !key_set_equals(all, one));
    key_set_release(&all);
    key_set_release(&same);
    key_set_release(&one);
    key_set_release(&other);
}
END_TEST

START_TEST(a_join_has_the_new_keys_and_the_chosen_old_ones)
{
    char keys[VECTOR_MAX];
    struct key_set *all, *one, *joined;
    struct error err;
    const struct key_rules rs = {.purpose = KEYS_VERIFY,
                                 .algorithms = 1u << JOSE_RS256}; /* as their JWKs say */
    ck_assert(key_set_parse(vector_read("keys.json", keys), "here", NULL, &all, &err));
    ck_assert(key_set_parse(text_slice(der, vector_read("keys/good-certificate.der", der).size), "here", &rs,
                            &one, &err));
    ck_assert_uint_gt(key_set_size(all), 1);
    const struct key_choice every = {keeps_all, NULL}, second = {keeps_one, key_set_id(all, 1)};
    ck_assert(key_set_join(one, all, &every, &joined, &err));
    ck_assert_uint_eq(key_set_size(joined), key_set_size(all)); /* the certificate's key is in both */
    key_set_release(&joined);
    ck_assert(key_set_join(all, all, &every, &joined, &err));
    ck_assert_uint_eq(key_set_size(joined), key_set_size(all));
    key_set_release(&joined);
    ck_assert(key_set_join(one, all, &second, &joined, &err));
    ck_assert_uint_eq(key_set_size(joined), 2);
    ck_assert(key_set_has(joined, key_set_id(all, 1)) && !key_set_has(joined, key_set_id(all, 2)));
    key_set_release(&one);
    key_set_release(&all); /* what was joined holds its own references */
    ck_assert(key_set_find(joined, text_of(NULL), text_of(x5t)) != NULL);
    key_set_release(&joined);
}
END_TEST

START_TEST(ids_differ_by_key_and_algorithm_not_by_name)
{
    char bare[VECTOR_MAX];
    const struct key_rules ps = {KEYS_VERIFY, 1u << JOSE_PS256, false};
    struct text document = vector_read("keys/good-no-alg-no-kid.json", bare);
    struct key_set *rs256, *ps256;
    struct error err;
    ck_assert(key_set_parse(document, "here", NULL, &rs256, &err));
    ck_assert(key_set_parse(document, "here", &ps, &ps256, &err));
    ck_assert(!key_set_has(rs256, key_set_id(ps256, 0)));
    key_set_release(&ps256);
    ck_assert(key_set_parse(document, "there", NULL, &ps256, &err));
    ck_assert(key_set_has(rs256, key_set_id(ps256, 0)));
    key_set_release(&ps256);
    key_set_release(&rs256);
}
END_TEST

START_TEST(a_slot_gives_what_was_put)
{
    char keys[VECTOR_MAX];
    struct key_set *set, *got;
    struct key_slot *slot;
    struct error err;
    ck_assert(key_slot_open(NULL, &slot, &err));
    ck_assert_ptr_null(key_slot_get(slot));
    uint64_t before = key_slot_generation(slot);
    ck_assert(key_set_parse(vector_read("keys.json", keys), "here", NULL, &set, &err));
    key_slot_put(slot, set);
    ck_assert_uint_ne(key_slot_generation(slot), before);
    got = key_slot_get(slot);
    ck_assert_ptr_eq(got, set);
    key_slot_put(slot, NULL);
    ck_assert_uint_gt(key_set_size(got), 0); /* ours, whatever is in force */
    key_set_release(&got);
    key_slot_report_unknown(slot);
    ck_assert_uint_eq(key_slot_unknown(slot), 1);
    key_slot_close(&slot);
    key_slot_close(&slot);
}
END_TEST

static bool parse_document(void *context, struct error *err)
{
    struct key_set *set = NULL, *joined = NULL;
    const struct key_choice every = {keeps_all, NULL};
    struct key_slot *slot = NULL;
    bool done = key_set_parse(text_of(context), "here", NULL, &set, err) &&
                key_set_join(set, set, &every, &joined, err) && key_slot_open(joined, &slot, err);
    if (slot == NULL)
        key_set_release(&joined);
    key_set_release(&set);
    key_slot_close(&slot);
    return done;
}

START_TEST(running_out_of_memory_leaves_nothing)
{
    char document[2 * VECTOR_MAX];
    snprintf(document, sizeof document, "%s", object_under(x5t));
    ck_assert_uint_gt(torture_allocations(parse_document, document), 3);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("jose/key documents");
    TCase *c = tcase_create("key documents");
    tcase_add_checked_fixture(c, open_fixture, close_fixture);
    tcase_add_test(c, certificates_in_json_verify_like_their_files);
    tcase_add_test(c, other_documents_are_refused);
    tcase_add_test(c, rules_bind_keys_and_leave_others_out);
    tcase_add_loop_test(c, keys_for_other_uses_are_left_out_of_an_issuers_document, 0,
                        sizeof unserved / sizeof *unserved);
    tcase_add_loop_test(c, weak_and_private_keys_refuse_it_all_the_same, 0,
                        sizeof bad_anywhere / sizeof *bad_anywhere);
    tcase_add_test(c, sets_are_equal_by_keys_and_names);
    tcase_add_test(c, a_join_has_the_new_keys_and_the_chosen_old_ones);
    tcase_add_test(c, ids_differ_by_key_and_algorithm_not_by_name);
    tcase_add_test(c, a_slot_gives_what_was_put);
    tcase_add_test(c, running_out_of_memory_leaves_nothing);
    suite_add_tcase(s, c);
    return s;
}
