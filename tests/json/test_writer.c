/* SPDX-License-Identifier: Apache-2.0 */
/* Strings as they are written, and read back. */

#include "json/reader.h"
#include "json/writer.h"
#include "support/run.h"
#include "support/torture.h"

#define BYTES(literal) literal, sizeof(literal) - 1

static struct text written(struct arena *arena, struct text t)
{
    struct buffer b;
    struct text out;
    struct error err;
    buffer_init(&b, arena, 1 << 20);
    json_write_string(&b, t);
    ck_assert(buffer_finish(&b, ERROR_INTERNAL, &out, &err));
    return out;
}

START_TEST(writes_strings)
{
    static const struct {
        const char *bytes;
        size_t size;
        const char *want;
    } cases[] = {
        {BYTES(""), "\"\""},
        {BYTES("plain text / 'x'"), "\"plain text / 'x'\""},
        {BYTES("\"\\"), "\"\\\"\\\\\""},
        {BYTES("\b\f\n\r\t"), "\"\\b\\f\\n\\r\\t\""},
        {BYTES("\0\x01\x1f"), "\"\\u0000\\u0001\\u001f\""},
        {BYTES("\x7f"), "\"\x7f\""},
        {BYTES("\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80 \xEF\xBF\xBF"),
         "\"\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80 \xEF\xBF\xBF\""},
        {BYTES("\x80"), "\"\xEF\xBF\xBD\""},
        {BYTES("a\xFF\"b"), "\"a\xEF\xBF\xBD\\\"b\""},
        {BYTES("\xC3"), "\"\xEF\xBF\xBD\""},
        {BYTES("\xC3\"\xA9"), "\"\xEF\xBF\xBD\\\"\xEF\xBF\xBD\""},
        {BYTES("\xC0\x80"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\""},
        {BYTES("\xED\xA0\x80"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""},
        {BYTES("\xE2\x82"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\""},
        {BYTES("\xE2\x82x"), "\"\xEF\xBF\xBD\xEF\xBF\xBDx\""},
        {BYTES("\xF4\x90\x80\x80"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""},
        {NULL, 0, "\"\""},
    };
    struct arena arena;
    arena_init(&arena, 1 << 20);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct text got = written(&arena, text_slice(cases[i].bytes, cases[i].size));
        ck_assert_msg(text_equals(got, text_of(cases[i].want)), "case %zu: got %.*s", i, TEXT_ARG(got));
    }
    arena_reset(&arena);
}
END_TEST

static uint32_t pick(uint64_t *state, uint32_t below)
{
    *state = *state * 6364136223846793005U + 1442695040888963407U;
    return (uint32_t)(*state >> 33) % below;
}

/* A character that json_read takes, of any length in UTF-8. */
static size_t put_character(char *out, uint64_t *state)
{
    static const uint32_t tops[] = {0x80, 0x80, 0x30, 0x800, 0x10000, 0x110000};
    uint32_t c = 1 + pick(state, tops[pick(state, 6)] - 1);
    if (c >= 0xD800 && c <= 0xDFFF)
        c = '"';
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t following = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const unsigned char leads[] = {0, 0xC0, 0xE0, 0xF0};
    for (size_t i = following; i > 0; i--, c >>= 6)
        out[i] = (char)(0x80 | (c & 0x3F));
    out[0] = (char)(leads[following] | c);
    return following + 1;
}

START_TEST(reads_back_what_it_wrote)
{
    static const struct json_limits limits = {0, 1};
    uint64_t state = 2026;
    for (int round = 0; round < 3000; round++) {
        char bytes[512];
        size_t size = 0, characters = pick(&state, 100);
        while (characters-- > 0)
            size += put_character(bytes + size, &state);
        struct arena arena;
        arena_init(&arena, 1 << 20);
        const struct json_value *root;
        struct error err;
        struct text document = written(&arena, text_slice(bytes, size));
        ck_assert_msg(json_read(document, &limits, &arena, &root, &err), "%s: %s", document.data,
                      err.message);
        ck_assert_msg(text_equals(json_string(root), text_slice(bytes, size)), "%s", document.data);
        arena_reset(&arena);
    }
}
END_TEST

/* Whatever the bytes, but for NUL, what is written can be read. */
START_TEST(writes_valid_json_from_any_bytes)
{
    static const struct json_limits limits = {0, 1};
    uint64_t state = 1117;
    for (int round = 0; round < 3000; round++) {
        char bytes[64];
        size_t size = pick(&state, sizeof bytes);
        for (size_t i = 0; i < size; i++)
            bytes[i] = (char)(1 + pick(&state, 255));
        struct arena arena;
        arena_init(&arena, 1 << 20);
        const struct json_value *root;
        struct error err;
        struct text document = written(&arena, text_slice(bytes, size));
        ck_assert_msg(json_read(document, &limits, &arena, &root, &err), "%s: %s", document.data,
                      err.message);
        arena_reset(&arena);
    }
}
END_TEST

START_TEST(stops_at_the_limit)
{
    struct arena arena;
    struct buffer b;
    struct text out;
    struct error err;
    arena_init(&arena, 1 << 20);
    buffer_init(&b, &arena, 8);
    json_write_string(&b, text_of("\n\n\n\n"));
    ck_assert(!buffer_finish(&b, ERROR_BATCH_LIMIT, &out, &err));
    ck_assert_int_eq(err.code, ERROR_BATCH_LIMIT);
    arena_reset(&arena);
}
END_TEST

static bool write_in_own_arena(void *context, struct error *err)
{
    struct arena arena;
    struct buffer b;
    struct text out;
    arena_init(&arena, 1 << 20);
    buffer_init(&b, &arena, 1 << 20);
    for (int i = 0; i < 2000; i++)
        json_write_string(&b, *(struct text *)context);
    bool worked = buffer_finish(&b, ERROR_INTERNAL, &out, err);
    arena_reset(&arena);
    return worked;
}

START_TEST(runs_out_of_memory)
{
    struct text t = text_of("text\n\xC3");
    ck_assert_uint_gt(torture_allocations(write_in_own_arena, &t), 2);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("json/writer");
    TCase *c = tcase_create("writer");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, writes_strings);
    tcase_add_test(c, reads_back_what_it_wrote);
    tcase_add_test(c, writes_valid_json_from_any_bytes);
    tcase_add_test(c, stops_at_the_limit);
    tcase_add_test(c, runs_out_of_memory);
    suite_add_tcase(s, c);
    return s;
}
