/* SPDX-License-Identifier: Apache-2.0 */
/* Rows in both formats: what is taken, what is refused with which words, and that pieces do not matter. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rows/rows.h"
#include "support/run.h"
#include "support/torture.h"

#define BYTES(literal) literal, sizeof(literal) - 1
#define HEADER         "xuid,scid,statname,value,valuemetadata\n"

static struct arena arena;

static void set_up(void)
{
    arena_init(&arena, 64 << 20);
}

static void tear_down(void)
{
    arena_reset(&arena);
}

static const char *const step_names[] = {"ROW", "SKIP", "BAD", "MORE", "FAILED"};

static void put_field(struct buffer *b, struct text t)
{
    buffer_put_char(b, '|');
    if (t.data == NULL)
        buffer_put_char(b, '~');
    else
        buffer_append(b, t);
}

static void put_row(struct buffer *b, const struct row *row)
{
    buffer_format(b, "%llu", (unsigned long long)row->line);
    const struct text fields[] = {row->xuid,  row->scid,          row->statname,
                                  row->value, row->valuemetadata, row->gamertag};
    for (size_t i = 0; i < 6; i++)
        put_field(b, fields[i]);
}

/* Reads INPUT as it would come in pieces of PIECE bytes; each step becomes a line of the transcript. */
static struct text transcript(struct text input, size_t piece, enum row_format format, enum row_kind kind)
{
    struct row_reader r;
    struct row row;
    struct error err;
    struct buffer b;
    struct text out;
    size_t from = 0, to = 0;
    enum row_step step = ROW_STEP_SKIP;
    row_reader_init(&r, format, kind);
    buffer_init(&b, &arena, 16 << 20);
    while (step != ROW_STEP_FAILED && (step != ROW_STEP_MORE || to < input.size)) {
        if (step == ROW_STEP_MORE)
            to = input.size - to < piece ? input.size : to + piece;
        /* a copy of exactly that size, so that AddressSanitizer sees a read past its end */
        size_t size = to - from;
        char *exact = malloc(size == 0 ? 1 : size);
        ck_assert_ptr_nonnull(exact);
        memcpy(exact, input.data + from, size);
        struct row_input window = {text_slice(exact, size), to == input.size, 0};
        step = row_next(&r, &window, &arena, &row, &err);
        from += window.consumed;
        ck_assert((window.consumed == 0) == (step == ROW_STEP_MORE || step == ROW_STEP_FAILED));
        if (step == ROW_STEP_ROW)
            put_row(&b, &row);
        else if (step == ROW_STEP_BAD || step == ROW_STEP_FAILED)
            buffer_format(&b, "%s %s", step_names[step], err.message);
        if (step != ROW_STEP_MORE && step != ROW_STEP_SKIP)
            buffer_put_char(&b, '\n');
        free(exact);
    }
    ck_assert_msg(step == ROW_STEP_FAILED || from == input.size, "%zu of %zu bytes consumed", from,
                  input.size);
    ck_assert(buffer_finish(&b, ERROR_INTERNAL, &out, &err));
    return out;
}

struct reading {
    const char *bytes;
    size_t size;
    const char *want; /* the transcript */
};

static void reads(const struct reading *cases, size_t count, enum row_format format, enum row_kind kind)
{
    static const size_t pieces[] = {SIZE_MAX, 1, 2, 7};
    for (size_t i = 0; i < count; i++) {
        for (size_t p = 0; p < sizeof pieces / sizeof pieces[0]; p++) {
            struct text input = text_slice(cases[i].bytes, cases[i].size);
            struct text got = transcript(input, pieces[p], format, kind);
            ck_assert_msg(strcmp(got.data, cases[i].want) == 0, "case %zu in pieces of %zu:\n%s\nwanted:\n%s",
                          i, pieces[p], got.data, cases[i].want);
        }
    }
}

START_TEST(reads_csv)
{
    static const struct reading cases[] = {
        {BYTES(""), ""},
        {BYTES("\n\r\n"), ""},
        {BYTES(HEADER), ""},
        {BYTES(HEADER "1,a-b,Kills,7,\n"), "2|1|a-b|Kills|7|~|~\n"},
        {BYTES(HEADER "1,a,K,7,{}"), "2|1|a|K|7|{}|~\n"},
        {BYTES("xuid,scid,statname,value,valuemetadata\r\n1,a,K,7,x\r\n2,b,L,8,y\r\n"),
         "2|1|a|K|7|x|~\n3|2|b|L|8|y|~\n"},
        {BYTES("xuid,scid,statname,value\n1,a,K,7\r"), "2|1|a|K|7|~|~\n"},
        {BYTES("value,statname,xuid,scid\n7,K,1,a\n"), "2|1|a|K|7|~|~\n"},
        {BYTES("\xEF\xBB\xBFxuid,scid,statname,value\n1,a,K,\xC3\xA9\n"), "2|1|a|K|\xC3\xA9|~|~\n"},
        {BYTES("\xEF\xBB\xBF\"xuid\",\"scid\",\"statname\",\"value\"\n1,a,K,\n"), "2|1|a|K||~|~\n"},
        {BYTES("\n\n" HEADER "\n1,a,K,7,\n\n\n2,a,K,8,\n"), "5|1|a|K|7|~|~\n8|2|a|K|8|~|~\n"},
        {BYTES(HEADER "1,a,K,\"x,y\",\n"), "2|1|a|K|x,y|~|~\n"},
        {BYTES(HEADER "\"1\",\"a\",\"K\",\"\",\"\"\n"), "2|1|a|K||~|~\n"},
        {BYTES(HEADER "1,a,K,\"say \"\"hi\"\"\",\"\"\"\"\n"), "2|1|a|K|say \"hi\"|\"|~\n"},
        {BYTES(HEADER "1,a,K,\"two\nlines\r\n\",m\r\n2,a,K,3,\n"),
         "2|1|a|K|two\nlines\r\n|m|~\n5|2|a|K|3|~|~\n"},
        {BYTES(HEADER "1,a,K,\"\n\n\n\",\"{\"\"n\"\":1}\"\n2,a,K,3,\"m\""),
         "2|1|a|K|\n\n\n|{\"n\":1}|~\n6|2|a|K|3|m|~\n"},
        {BYTES(HEADER "1,a,K,\"\r\",\"m\"\r"), "2|1|a|K|\r|m|~\n"},
        {BYTES(HEADER " 1, a ,K,7 ,\n"), "2| 1| a |K|7 |~|~\n"},
        {BYTES(HEADER "1,a,K,\"\",\"\"\n,,,,\n"), "2|1|a|K||~|~\n3|||||~|~\n"},
    };
    reads(cases, sizeof cases / sizeof cases[0], ROW_CSV, ROW_VALUES);
    static const struct reading players[] = {
        {BYTES("xuid,gamertag\n1,Warrior Saint\n2,\"Tiger, Shark\"\n"),
         "2|1|~|~|~|~|Warrior Saint\n3|2|~|~|~|~|Tiger, Shark\n"},
        {BYTES("gamertag,xuid\nA,1\n"), "2|1|~|~|~|~|A\n"},
    };
    reads(players, sizeof players / sizeof players[0], ROW_CSV, ROW_PLAYERS);
}
END_TEST

START_TEST(refuses_csv_rows_and_goes_on)
{
    static const struct reading cases[] = {
        {BYTES(HEADER "1,a,K,7\n2,b,L,8,\n"),
         "BAD line 2: the row has 4 fields, the header 5 columns\n3|2|b|L|8|~|~\n"},
        {BYTES(HEADER "1,a,K,7,,\n"), "BAD line 2: the row has 6 fields, the header 5 columns\n"},
        {BYTES(HEADER "1,2,3,4,5,6,7,8,9,10\n"), "BAD line 2: the row has 10 fields, the header 5 columns\n"},
        {BYTES(HEADER " \n"), "BAD line 2: the row has 1 fields, the header 5 columns\n"},
        {BYTES(HEADER "\"\"\n1,a,K,7,\n"),
         "BAD line 2: the row has 1 fields, the header 5 columns\n3|1|a|K|7|~|~\n"},
        {BYTES(HEADER "1,a,K,\"7\"x,\n2,b,L,8,\n"), "BAD line 2: something follows a closing quote; double "
                                                    "each quote inside a quoted field\n3|2|b|L|8|~|~\n"},
        {BYTES(HEADER "1,a,K,\"7\" ,\n"),
         "BAD line 2: something follows a closing quote; double each quote inside a quoted field\n"},
        {BYTES(HEADER "1,a,K,\"7\n7\"\rx,\n2,b,L,8,\n"),
         "BAD line 2: something follows a closing quote; double each quote inside a quoted "
         "field\n4|2|b|L|8|~|~\n"},
        {BYTES(HEADER "1,a,K,7\"7,\n2,b,L,8,\n"), "BAD line 2: a quote or a carriage return stands in a "
                                                  "field without quotes; quote the field\n3|2|b|L|8|~|~\n"},
        {BYTES(HEADER "1,a,K,7\r7,\"\"\n2,b,L,8,\n"),
         "BAD line 2: a quote or a carriage return stands in a field without quotes; quote the "
         "field\n3|2|b|L|8|~|~\n"},
        {BYTES(HEADER "1,a,K,7\r7,\n2,b,L,8,\n"),
         "BAD line 2: a carriage return stands in a field without quotes; quote the field\n3|2|b|L|8|~|~\n"},
        {BYTES(HEADER "1,a,K,\"7,\n2,b,L,8,\n3,c,M,9,\n"),
         "BAD line 2: the field's opening quote is never closed\n"},
        {BYTES(HEADER "1,a,K,7,\""), "BAD line 2: the field's opening quote is never closed\n"},
        {BYTES(HEADER "1,a,K,7,\"\"\""), "BAD line 2: the field's opening quote is never closed\n"},
        {BYTES(HEADER "1,a,K,\0,\n2,b,L,8,\n"), "BAD line 2: the row holds a NUL byte\n3|2|b|L|8|~|~\n"},
        {BYTES(HEADER "1,a,K,\"\0\",\n2,b,L,8,\n"), "BAD line 2: the row holds a NUL byte\n3|2|b|L|8|~|~\n"},
        {BYTES(HEADER "1,a,K,\xC3,\n2,b,L,8,\n"),
         "BAD line 2: the row is not well-formed UTF-8\n3|2|b|L|8|~|~\n"},
        {BYTES(HEADER "1,a,K,\"\n\xED\xA0\x80\",\n2,b,L,8,\n"),
         "BAD line 2: the row is not well-formed UTF-8\n4|2|b|L|8|~|~\n"},
        {BYTES(HEADER "\xEF\xBB\xBF\n"), "BAD line 2: the row has 1 fields, the header 5 columns\n"},
    };
    reads(cases, sizeof cases / sizeof cases[0], ROW_CSV, ROW_VALUES);
}
END_TEST

START_TEST(refuses_csv_headers)
{
#define COLUMNS "; the columns are xuid,scid,statname,value[,valuemetadata], in any order\n"
    static const struct reading cases[] = {
        {BYTES("1,a,K,7\n"), "FAILED line 1: the header names an unknown column \"1\"" COLUMNS},
        {BYTES("xuid,scid,statname\n"), "FAILED line 1: the header lacks the column \"value\"" COLUMNS},
        {BYTES("scid,statname,value"), "FAILED line 1: the header lacks the column \"xuid\"" COLUMNS},
        {BYTES("\nxuid,scid,xuid,statname,value\n"),
         "FAILED line 2: the header names twice the column \"xuid\"" COLUMNS},
        {BYTES("XUID,scid,statname,value\n"),
         "FAILED line 1: the header names an unknown column \"XUID\"" COLUMNS},
        {BYTES("xuid, scid,statname,value\n"),
         "FAILED line 1: the header names an unknown column \" scid\"" COLUMNS},
        {BYTES("xuid,scid,statname,value,\n"),
         "FAILED line 1: the header names an unknown column \"\"" COLUMNS},
        {BYTES("xuid,gamertag\n"), "FAILED line 1: the header names an unknown column \"gamertag\"" COLUMNS},
        {BYTES("xuid,scid,statname,value,valuemetadata,a,b,c,d,e\n"),
         "FAILED line 1: the header names an unknown column \"a\"" COLUMNS},
        {BYTES("xuid;scid;statname;value;valuemetadata;x;y\n"),
         "FAILED line 1: the header names an unknown column "
         "\"xuid;scid;statname;value;valuemetadata;x\"" COLUMNS},
        {BYTES("xuid,scid,\"statname\"x,value\n"),
         "FAILED line 1: something follows a closing quote; double each quote inside a quoted field\n"},
        {BYTES("xuid,\xFF\n"), "FAILED line 1: the row is not well-formed UTF-8\n"},
        {BYTES("x\0u\n"), "FAILED line 1: the row holds a NUL byte\n"},
        {BYTES("\xEF\xBB"), "FAILED line 1: the row is not well-formed UTF-8\n"},
        {BYTES("\xEF\xBB\xBF\xEF\xBB\xBFxuid,scid,statname,value\n"),
         "FAILED line 1: the header names an unknown column \"???xuid\"" COLUMNS},
    };
    reads(cases, sizeof cases / sizeof cases[0], ROW_CSV, ROW_VALUES);
}
END_TEST

START_TEST(reads_ndjson)
{
    static const struct reading cases[] = {
        {BYTES(""), ""},
        {BYTES("\n \t\r\n"), ""},
        {BYTES("{\"xuid\":\"1\",\"scid\":\"a\",\"statname\":\"K\",\"value\":\"7\"}"), "1|1|a|K|7|~|~\n"},
        {BYTES("{\"value\":-9223372036854775808,\"xuid\":18446744073709551615,\"scid\":\"a\",\"statname\":"
               "\"K\"}\r\n"),
         "1|18446744073709551615|a|K|-9223372036854775808|~|~\n"},
        {BYTES("\n{\"xuid\":1,\"scid\":\"a\",\"statname\":\"K\",\"value\":1.50e1,\"valuemetadata\":null}\n"),
         "2|1|a|K|1.50e1|~|~\n"},
        {BYTES("{\"xuid\":1,\"scid\":\"a\",\"statname\":\"K\",\"value\":\"\",\"valuemetadata\":\"{\\\"n\\\":"
               "1}\"}\n"),
         "1|1|a|K||{\"n\":1}|~\n"},
        {BYTES(" { \"xuid\" : 1 , "
               "\"scid\":\"\\u0061\",\"statname\":\"K\",\"value\":\"a\\nb\",\"valuemetadata\":\"\"} \n"),
         "1|1|a|K|a\nb|~|~\n"},
    };
    reads(cases, sizeof cases / sizeof cases[0], ROW_NDJSON, ROW_VALUES);
    static const struct reading players[] = {
        {BYTES("{\"xuid\":1,\"gamertag\":\"Warrior Saint\"}\n"), "1|1|~|~|~|~|Warrior Saint\n"},
    };
    reads(players, sizeof players / sizeof players[0], ROW_NDJSON, ROW_PLAYERS);
}
END_TEST

START_TEST(refuses_ndjson_rows_and_goes_on)
{
#define GOOD   "{\"xuid\":1,\"scid\":\"a\",\"statname\":\"K\",\"value\":7}\n"
#define READ_2 "2|1|a|K|7|~|~\n"
    static const struct reading cases[] = {
        {BYTES("{\"xuid\":1,}\n" GOOD),
         "BAD line 1, column 11: expected a member name in double quotes.\n" READ_2},
        {BYTES("{\"xuid\":1\n" GOOD), "BAD line 1, column 10: expected ',' or '}'.\n" READ_2},
        {BYTES("[1]\n" GOOD), "BAD line 1: each line must be one JSON object\n" READ_2},
        {BYTES("7\n" GOOD), "BAD line 1: each line must be one JSON object\n" READ_2},
        {BYTES("{} {}\n" GOOD), "BAD line 1, column 4: expected the end of the document.\n" READ_2},
        {BYTES("{}\n" GOOD), "BAD line 1: the member \"xuid\" is missing\n" READ_2},
        {BYTES("{\"xuid\":1,\"scid\":\"a\",\"statname\":\"K\"}\n" GOOD),
         "BAD line 1: the member \"value\" is missing\n" READ_2},
        {BYTES("{\"xuid\":1,\"xuid\":1}\n" GOOD),
         "BAD line 1, column 11: the member \"xuid\" occurs twice in its object; send it once.\n" READ_2},
        {BYTES("{\"Xuid\":1}\n" GOOD), "BAD line 1: unknown member \"Xuid\"; the members are "
                                       "xuid,scid,statname,value[,valuemetadata]\n" READ_2},
        {BYTES("{\"gamertag\":1}\n" GOOD), "BAD line 1: unknown member \"gamertag\"; the members are "
                                           "xuid,scid,statname,value[,valuemetadata]\n" READ_2},
        {BYTES("{\"xuid\":null}\n" GOOD),
         "BAD line 1: the member \"xuid\" must be a string or a number\n" READ_2},
        {BYTES("{\"value\":true}\n" GOOD),
         "BAD line 1: the member \"value\" must be a string or a number\n" READ_2},
        {BYTES("{\"value\":[7]}\n" GOOD),
         "BAD line 1: the member \"value\" must be a string or a number\n" READ_2},
        {BYTES("{\"valuemetadata\":{\"a\":1}}\n" GOOD),
         "BAD line 1: the member \"valuemetadata\" must be a string or a number\n" READ_2},
        {BYTES("{\"value\":[[[7]]]}\n" GOOD),
         "BAD line 1: The JSON document nests arrays and objects deeper than 2 levels.\n" READ_2},
        {BYTES("{\"value\":[1,2,3,4,5,6,7,8,9,10,11,12]}\n" GOOD),
         "BAD line 1: The JSON document has more than 13 values.\n" READ_2},
        {BYTES("{\"value\":\"\0\"}\n" GOOD),
         "BAD line 1, column 11: expected control characters in strings as escapes.\n" READ_2},
        {BYTES("{\"value\":\"\\u0000\"}\n" GOOD),
         "BAD line 1, column 13: expected a character other than U+0000.\n" READ_2},
        {BYTES("{\"value\":\"\xFF\"}\n" GOOD), "BAD line 1, column 11: expected well-formed UTF-8.\n" READ_2},
        {BYTES("\xEF\xBB\xBF\n" GOOD),
         "BAD line 1, column 1: expected a value, not a byte-order mark.\n" READ_2},
    };
    reads(cases, sizeof cases / sizeof cases[0], ROW_NDJSON, ROW_VALUES);
}
END_TEST

/* HEAD, a field of COUNT bytes, then TAIL. */
static struct text long_row(const char *head, size_t count, const char *tail)
{
    struct buffer b;
    struct text out;
    struct error err;
    buffer_init(&b, &arena, 1 << 20);
    buffer_put(&b, head);
    for (size_t i = 0; i < count; i++)
        buffer_put_char(&b, 'x');
    buffer_put(&b, tail);
    ck_assert(buffer_finish(&b, ERROR_INTERNAL, &out, &err));
    return out;
}

START_TEST(holds_the_limit_of_a_row)
{
    static const char csv_header[] = "xuid,gamertag\n", csv_row[] = "1,\"",
                      json_row[] = "{\"xuid\":1,\"gamertag\":\"";
    static const char too_long[] = "the row that begins here is longer than 65536 bytes";
    static const size_t pieces[] = {SIZE_MAX, 60000, 4096};
    static const struct {
        enum row_format format;
        const char *header, *head, *tail;
        size_t with_line_end;
    } cases[] = {
        {ROW_CSV, csv_header, csv_row, "\"\n2,B\n", 5},
        {ROW_CSV, csv_header, csv_row, "\"", 5}, /* counts as if it had a line end */
        {ROW_CSV, csv_header, "1,", "\n2,B\n", 3},
        {ROW_CSV, csv_header, "1,", "", 3},
        {ROW_NDJSON, "", json_row, "\"}\n\n", sizeof json_row - 1 + 3},
        {ROW_NDJSON, "", json_row, "\"}", sizeof json_row - 1 + 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (size_t p = 0; p < sizeof pieces / sizeof pieces[0]; p++) {
            char head[64];
            snprintf(head, sizeof head, "%s%s", cases[i].header, cases[i].head);
            size_t most = ROW_MAX - cases[i].with_line_end;
            struct text fits = long_row(head, most, cases[i].tail),
                        over = long_row(head, most + 1, cases[i].tail);
            struct text got = transcript(fits, pieces[p], cases[i].format, ROW_PLAYERS);
            ck_assert_msg(got.size > most && strstr(got.data, "FAILED") == NULL, "case %zu: %.100s", i,
                          got.data);
            got = transcript(over, pieces[p], cases[i].format, ROW_PLAYERS);
            ck_assert_msg(strncmp(got.data, "FAILED line ", 12) == 0 && strstr(got.data, too_long) != NULL,
                          "case %zu: %.100s", i, got.data);
        }
    }
}
END_TEST

/* One quote too many, and megabytes behind it. */
START_TEST(does_not_swallow_the_file_behind_an_open_quote)
{
    struct buffer b;
    struct text input;
    struct error err;
    buffer_init(&b, &arena, 8 << 20);
    buffer_put(&b, "xuid,gamertag\n1,A\n2,\"B\n");
    for (int i = 0; i < 200000; i++)
        buffer_put(&b, "3,C\n");
    ck_assert(buffer_finish(&b, ERROR_INTERNAL, &input, &err));
    ck_assert_str_eq(transcript(input, 1 << 16, ROW_CSV, ROW_PLAYERS).data,
                     "2|1|~|~|~|~|A\nFAILED line 3: the row that begins here is longer than 65536 bytes; is "
                     "one of its quotes "
                     "never closed?\n");
}
END_TEST

static uint32_t pick(uint64_t *state, uint32_t below)
{
    *state = *state * 6364136223846793005U + 1442695040888963407U;
    return (uint32_t)(*state >> 33) % below;
}

static struct text random_field(uint64_t *state, bool may_be_empty)
{
    static const char *const parts[] = {"a", "7",  ",",        "\"", "\n",   "\r\n", "\r",
                                        " ", "\\", "\xC3\xA9", "{}", "\x01", "\"\""};
    struct buffer b;
    struct text out;
    struct error err;
    buffer_init(&b, &arena, 1000);
    for (uint32_t count = pick(state, 8) + !may_be_empty; count > 0; count--)
        buffer_put(&b, parts[pick(state, sizeof parts / sizeof parts[0])]);
    ck_assert(buffer_finish(&b, ERROR_INTERNAL, &out, &err));
    return out;
}

START_TEST(reads_back_what_it_wrote)
{
    uint64_t state = 20261124;
    for (int round = 0; round < 400; round++) {
        enum row_format format = round % 2 == 0 ? ROW_CSV : ROW_NDJSON;
        enum row_kind kind = round % 4 < 2 ? ROW_VALUES : ROW_PLAYERS;
        struct buffer file, want;
        struct text file_text, want_text;
        struct error err;
        buffer_init(&file, &arena, 1 << 20);
        buffer_init(&want, &arena, 1 << 20);
        row_write_header(format, kind, &file);
        for (int i = 0; i < 10; i++) {
            struct row row = {.xuid = random_field(&state, true)};
            if (kind == ROW_PLAYERS) {
                row.gamertag = random_field(&state, true);
            } else {
                row.scid = random_field(&state, true);
                row.statname = random_field(&state, true);
                row.value = random_field(&state, true);
                row.valuemetadata = pick(&state, 2) == 0 ? text_of(NULL) : random_field(&state, false);
            }
            row.line = 1;
            for (size_t at = 0; at < file.size; at++)
                row.line += file.data[at] == '\n';
            row_write(format, kind, &row, &file);
            put_row(&want, &row);
            buffer_put_char(&want, '\n');
        }
        ck_assert(buffer_finish(&file, ERROR_INTERNAL, &file_text, &err));
        ck_assert(buffer_finish(&want, ERROR_INTERNAL, &want_text, &err));
        struct text got = transcript(file_text, 1 + pick(&state, 200), format, kind);
        ck_assert_msg(text_equals(got, want_text), "%s\ngave\n%s\nwanted\n%s", file_text.data, got.data,
                      want_text.data);
    }
}
END_TEST

START_TEST(writes_rows)
{
    static const char *const want =
        HEADER "1,a,K,\"x,\"\"y\",\n1,a,K,\"x,\"\"y\",{}\nxuid,gamertag\n1,Tiger Shark\n"
               "{\"xuid\":\"1\",\"scid\":\"a\",\"statname\":\"K\",\"value\":\"x,\\\"y\"}\n{\"xuid\":\"1\","
               "\"gamertag\":\"Tiger Shark\"}\n";
    struct row row = {
        .xuid = text_of("1"), .scid = text_of("a"), .statname = text_of("K"), .value = text_of("x,\"y")};
    struct row player = {.xuid = text_of("1"), .gamertag = text_of("Tiger Shark")};
    struct buffer b;
    struct text got;
    struct error err;
    buffer_init(&b, &arena, 1 << 16);
    row_write_header(ROW_CSV, ROW_VALUES, &b);
    row_write(ROW_CSV, ROW_VALUES, &row, &b);
    row.valuemetadata = text_of("{}");
    row_write(ROW_CSV, ROW_VALUES, &row, &b);
    row_write_header(ROW_CSV, ROW_PLAYERS, &b);
    row_write(ROW_CSV, ROW_PLAYERS, &player, &b);
    row_write_header(ROW_NDJSON, ROW_VALUES, &b);
    row.valuemetadata = text_of(NULL);
    row_write(ROW_NDJSON, ROW_VALUES, &row, &b);
    row_write(ROW_NDJSON, ROW_PLAYERS, &player, &b);
    ck_assert(buffer_finish(&b, ERROR_INTERNAL, &got, &err));
    ck_assert_str_eq(got.data, want);
}
END_TEST

/* Rows without doubled quotes are not copied. */
START_TEST(points_into_the_input)
{
    static const char input[] = "xuid,gamertag\n1,A\n\"2\",\"B,\nC\"\n";
    struct arena none;
    struct row_reader r;
    struct row row;
    struct error err;
    size_t at = 0;
    arena_init(&none, 0);
    row_reader_init(&r, ROW_CSV, ROW_PLAYERS);
    for (int i = 0; i < 3; i++) {
        struct row_input rest = {text_slice(input + at, sizeof input - 1 - at), true, 0};
        enum row_step want = i == 0 ? ROW_STEP_SKIP : ROW_STEP_ROW;
        ck_assert_int_eq(row_next(&r, &rest, &none, &row, &err), want);
        at += rest.consumed;
    }
    ck_assert_ptr_eq(row.gamertag.data, strstr(input, "B,"));
    ck_assert_uint_eq(at, sizeof input - 1);
}
END_TEST

static bool read_all(void *context, struct error *err)
{
    enum row_format format = *(enum row_format *)context;
    static const char *const inputs[] = {"xuid,gamertag\n1,\"A\"\"B\"\n",
                                         "{\"xuid\":1,\"gamertag\":\"A\\\"B\"}\n"};
    struct row_input input = {text_of(inputs[format]), true, 0};
    struct arena own;
    struct row_reader r;
    struct row row;
    arena_init(&own, 1 << 20);
    row_reader_init(&r, format, ROW_PLAYERS);
    enum row_step step = ROW_STEP_SKIP;
    while (step == ROW_STEP_SKIP || step == ROW_STEP_ROW) {
        step = row_next(&r, &input, &own, &row, err);
        input.bytes = text_slice(input.bytes.data + input.consumed, input.bytes.size - input.consumed);
    }
    arena_reset(&own);
    ck_assert_int_ne(step, ROW_STEP_BAD);
    return step == ROW_STEP_MORE;
}

START_TEST(runs_out_of_memory)
{
    enum row_format format = ROW_CSV;
    ck_assert_uint_gt(torture_allocations(read_all, &format), 0);
    format = ROW_NDJSON;
    ck_assert_uint_gt(torture_allocations(read_all, &format), 0);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("rows");
    TCase *c = tcase_create("rows");
    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_set_timeout(c, 120);
    tcase_add_test(c, reads_csv);
    tcase_add_test(c, refuses_csv_rows_and_goes_on);
    tcase_add_test(c, refuses_csv_headers);
    tcase_add_test(c, reads_ndjson);
    tcase_add_test(c, refuses_ndjson_rows_and_goes_on);
    tcase_add_test(c, holds_the_limit_of_a_row);
    tcase_add_test(c, does_not_swallow_the_file_behind_an_open_quote);
    tcase_add_test(c, reads_back_what_it_wrote);
    tcase_add_test(c, writes_rows);
    tcase_add_test(c, points_into_the_input);
    tcase_add_test(c, runs_out_of_memory);
    suite_add_tcase(s, c);
    return s;
}
