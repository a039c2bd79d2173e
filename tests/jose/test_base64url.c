/* SPDX-License-Identifier: Apache-2.0 */
/* base64url has one spelling for each run of bytes, and no other is taken. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "jose/base64url.h"
#include "support/run.h"

/* Decodes into exactly the room that is promised to be enough, so that AddressSanitizer sees one byte more.
 */
static bool decode(struct text in, char *out, size_t *size)
{
    size_t most = base64url_decoded_size(in.size);
    char *room = malloc(most > 0 ? most : 1);
    ck_assert_ptr_nonnull(room);
    bool done = base64url_decode(in, room, size);
    if (done)
        memcpy(out, room, *size);
    free(room);
    return done;
}

/* RFC 4648 §10, and RFC 7515 C with its '-' and '_'. */
static const struct {
    const char *bytes, *encoded;
    size_t size;
} pairs[] = {
    {"", "", 0},
    {"f", "Zg", 1},
    {"fo", "Zm8", 2},
    {"foo", "Zm9v", 3},
    {"foob", "Zm9vYg", 4},
    {"fooba", "Zm9vYmE", 5},
    {"foobar", "Zm9vYmFy", 6},
    {"\x03\xec\xff\xe0\xc1", "A-z_4ME", 5},
    {"\0", "AA", 1},
    {"\0\0\0", "AAAA", 3},
    {"\xff\xff\xff", "____", 3},
    {"\xfb\xef\xbe", "----", 3},
};

START_TEST(known_pairs_go_both_ways)
{
    char bytes[16];
    size_t size;
    struct text text;
    struct error err;
    struct arena arena;
    struct buffer out;
    arena_init(&arena, 4096);
    buffer_init(&out, &arena, 64);
    base64url_encode(text_slice(pairs[_i].bytes, pairs[_i].size), &out);
    ck_assert(buffer_finish(&out, ERROR_INTERNAL, &text, &err));
    ck_assert_msg(text_equals(text, text_of(pairs[_i].encoded)), "%s became %.*s", pairs[_i].encoded,
                  TEXT_ARG(text));
    ck_assert(decode(text, bytes, &size));
    ck_assert_uint_eq(size, pairs[_i].size);
    ck_assert_mem_eq(bytes, pairs[_i].bytes, size);
    arena_reset(&arena);
}
END_TEST

static const struct {
    const char *name, *bytes;
    size_t size;
} refused[] = {
    {"one character", "A", 1},
    {"five characters", "AAAAA", 5},
    {"padding", "Zg==", 4},
    {"padding of three", "Zm8=", 4},
    {"padding alone", "=", 1},
    {"padding alone, whole", "====", 4},
    {"padding after a whole group", "Zm9v====", 8},
    {"padding inside", "Zg==Zm9v", 8},
    {"plus", "A+z_4ME", 7},
    {"slash", "A-z/4ME", 7},
    {"space before", " Zm9vYg", 7},
    {"space after", "Zm9vYg ", 7},
    {"space inside", "Zm9 vYg", 7},
    {"newline after", "Zm9vYg\n", 7},
    {"carriage return and newline", "Zm9vY\r\n", 7},
    {"tab", "Zm9\tvYg", 7},
    {"NUL after", "Zm9vYg\0", 7},
    {"NUL inside", "Zm\0vYg", 6},
    {"stray bits after one byte", "Zh", 2},
    {"stray bits after one byte, highest", "Zo", 2},
    {"stray bits after two bytes", "Zm9", 3},
    {"stray bits at the end of a long one", "Zm9vYmF", 7},
    {"a dot", "Zm.v", 4},
    {"a tilde", "Zm~v", 4},
    {"a comma of an old alphabet", "Zm,v", 4},
    {"a high byte", "Zm\xc3v", 4},
    {"the letter A, full width", "\xef\xbc\xa1Z", 4},
    {"percent", "Zm%3", 4},
};

START_TEST(other_spellings_are_refused)
{
    char bytes[16];
    size_t size = 77;
    ck_assert_msg(!decode(text_slice(refused[_i].bytes, refused[_i].size), bytes, &size), "%s",
                  refused[_i].name);
    ck_assert_msg(size == 77, "%s: the size was touched", refused[_i].name);
}
END_TEST

START_TEST(every_byte_value_survives)
{
    char bytes[256], back[256];
    for (int i = 0; i < 256; i++)
        bytes[i] = (char)i;
    for (size_t size = 0; size <= sizeof bytes; size++) {
        struct arena arena;
        struct buffer out;
        struct text text;
        struct error err;
        size_t decoded;
        arena_init(&arena, 8192);
        buffer_init(&out, &arena, 400);
        base64url_encode(text_slice(bytes, size), &out);
        ck_assert(buffer_finish(&out, ERROR_INTERNAL, &text, &err));
        ck_assert(decode(text, back, &decoded));
        ck_assert_uint_eq(decoded, size);
        ck_assert_uint_eq(base64url_decoded_size(text.size), size);
        ck_assert(memcmp(bytes, back, size) == 0);
        arena_reset(&arena);
    }
}
END_TEST

/* Of the 64 last characters of a two-character text, 4 leave no stray bit; of a three-character text, 16. */
START_TEST(exactly_one_spelling_is_taken)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    char in[3] = "AA", bytes[4];
    int two = 0, three = 0;
    size_t size;
    for (int c = 0; c < 64; c++) {
        in[1] = alphabet[c];
        two += decode(text_slice(in, 2), bytes, &size);
        in[1] = 'A';
        in[2] = alphabet[c];
        three += decode(text_slice(in, 3), bytes, &size);
    }
    ck_assert_int_eq(two, 4);
    ck_assert_int_eq(three, 16);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("jose/base64url");
    TCase *c = tcase_create("base64url");
    tcase_add_loop_test(c, known_pairs_go_both_ways, 0, sizeof pairs / sizeof *pairs);
    tcase_add_loop_test(c, other_spellings_are_refused, 0, sizeof refused / sizeof *refused);
    tcase_add_test(c, every_byte_value_survives);
    tcase_add_test(c, exactly_one_spelling_is_taken);
    suite_add_tcase(s, c);
    return s;
}
