/* SPDX-License-Identifier: Apache-2.0 */
/* What is read of an answer's head, line by line. */
#include <check.h>
#include <string.h>

#include "fetch/head.h"
#include "support/run.h"

static void take(struct head *h, const char *line)
{
    ck_assert(head_take_line(h, text_of(line)));
}

START_TEST(the_last_head_counts)
{
    struct head h = {.bytes = 0};
    take(&h, "HTTP/1.1 103 Early Hints\r\n");
    take(&h, "ETag: \"early\"\r\n");
    take(&h, "Cache-Control: no-store\r\n");
    take(&h, "\r\n");
    ck_assert(h.is_over);
    ck_assert_int_eq(h.status, 103);
    take(&h, "HTTP/1.1 200 OK\r\n");
    ck_assert(!h.is_over);
    ck_assert_str_eq(h.etag, "");
    take(&h, "eTAG:\t\"late\" \r\n");
    take(&h, "Cache-Control: max-age=60\r\n");
    take(&h, "AGE: 10\r\n");
    take(&h, "Content-Encoding: Identity\r\n");
    take(&h, "\r\n");
    ck_assert_int_eq(h.status, 200);
    ck_assert_str_eq(h.etag, "\"late\"");
    ck_assert_int_eq(cache_control_fresh_s(&h.cache), 50);
    ck_assert(!h.is_coded);
}
END_TEST

START_TEST(trailers_do_not_count)
{
    struct head h = {.bytes = 0};
    take(&h, "HTTP/1.1 200\r\n");
    take(&h, "\r\n");
    take(&h, "ETag: \"trailer\"\r\n");
    take(&h, "Cache-Control: max-age=60\r\n");
    ck_assert_int_eq(h.status, 200);
    ck_assert_str_eq(h.etag, "");
    ck_assert_int_eq(cache_control_fresh_s(&h.cache), -1);
}
END_TEST

START_TEST(a_head_is_bounded_as_a_whole)
{
    struct head h = {.bytes = 0};
    char line[1024];
    memset(line, 'x', sizeof line);
    for (int i = 0; i < FETCH_HEAD_MAX / 1024; i++)
        ck_assert(head_take_line(&h, text_slice(line, sizeof line)));
    ck_assert(!head_take_line(&h, text_of("x")));
    ck_assert(head_take_line(&h, text_slice(line, 0)));
}
END_TEST

static const struct {
    const char *line;
    int status;
} statuses[] = {
    {"HTTP/1.1 200 OK", 200}, {"HTTP/2 304", 304},    {"HTTP/1.1 2000 OK", 0},
    {"HTTP/1.1 20", 0},       {"HTTP/1.1 2x0 OK", 0}, {"HTTP/1.1  200 OK", 0},
    {"HTTP/1.1", 0},          {"HTTP/", 0},           {"HTTP/1.1 -20 OK", 0},
};

START_TEST(a_status_is_three_digits)
{
    struct head h = {.status = 200};
    take(&h, statuses[_i].line);
    ck_assert_msg(h.status == statuses[_i].status, "%s: %d", statuses[_i].line, h.status);
}
END_TEST

START_TEST(a_content_coding_is_seen)
{
    struct head h = {.status = 200};
    take(&h, "content-encoding: gzip");
    take(&h, "Content-Encoding: identity");
    ck_assert(h.is_coded);
}
END_TEST

START_TEST(framing)
{
    struct head h = {.status = 200};
    take(&h, "Content-Length: 99999999999999999999");
    take(&h, "Transfer-Encoding: gzip, chunked");
    ck_assert(!h.has_length && !h.is_chunked && h.is_coded);
    take(&h, "Content-Length: 9223372036854775808");
    ck_assert(!h.has_length);
    take(&h, "Content-Length: 9223372036854775807");
    ck_assert(h.has_length);
    ck_assert_uint_eq(h.length, INT64_MAX);
    take(&h, "HTTP/1.1 200 OK");
    take(&h, "Transfer-Encoding: Chunked");
    ck_assert(!h.has_length && h.is_chunked && !h.is_coded);
}
END_TEST

static const struct {
    const char *tag;
    bool is_sound;
} tags[] = {
    {"\"\"", true},
    {"\"a\"", true},
    {"W/\"a\"", true},
    {"\"!#~\"", true},
    {"", false},
    {"\"", false},
    {"W/", false},
    {"W/\"", false},
    {"a", false},
    {"w/\"a\"", false},
    {"\"a\"b\"", false},
    {"\"a b\"", false},
    {"\"a\x7f\"", false},
    {"\"a\xc3\xa4\"", false},
    {"\"a\r\nX: b\"", false},
    {"*", false},
};

START_TEST(an_entity_tag_can_be_sent_back)
{
    struct head h = {.status = 200, .etag = "\"before\""};
    char line[64] = "ETag: ";
    ck_assert_msg(head_is_entity_tag(text_of(tags[_i].tag)) == tags[_i].is_sound, "%s", tags[_i].tag);
    memcpy(line + 6, tags[_i].tag, strlen(tags[_i].tag) + 1);
    take(&h, line);
    ck_assert_str_eq(h.etag, tags[_i].is_sound ? tags[_i].tag : "");
}
END_TEST

START_TEST(an_entity_tag_too_long_is_none)
{
    char tag[FETCH_ETAG_MAX + 1];
    memset(tag, 'x', sizeof tag);
    tag[0] = tag[FETCH_ETAG_MAX - 1] = tag[FETCH_ETAG_MAX] = '"';
    ck_assert(head_is_entity_tag(text_slice(tag, FETCH_ETAG_MAX)));
    tag[FETCH_ETAG_MAX - 1] = 'x';
    ck_assert(!head_is_entity_tag(text_slice(tag, FETCH_ETAG_MAX + 1)));
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("head");
    TCase *c = tcase_create("reads");
    tcase_add_test(c, the_last_head_counts);
    tcase_add_test(c, trailers_do_not_count);
    tcase_add_test(c, a_head_is_bounded_as_a_whole);
    tcase_add_loop_test(c, a_status_is_three_digits, 0, (int)(sizeof statuses / sizeof *statuses));
    tcase_add_test(c, framing);
    tcase_add_test(c, a_content_coding_is_seen);
    tcase_add_loop_test(c, an_entity_tag_can_be_sent_back, 0, (int)(sizeof tags / sizeof *tags));
    tcase_add_test(c, an_entity_tag_too_long_is_none);
    suite_add_tcase(s, c);
    return s;
}
