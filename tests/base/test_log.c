/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "support/run.h"
#include "support/torture.h"

#define COUNT(rows) (sizeof(rows) / sizeof(rows)[0])
#define NOW         "2009-02-13T23:31:30.123Z"

static int64_t wall_now;
static int64_t stopped_wall_ms(void *context)
{
    (void)context;
    return wall_now;
}
static const struct clock stopped = {stopped_wall_ms, NULL, NULL};

static int ends[2]; /* a pipe: read, write */
static struct log *log_out;
static struct error err;
static char got[1 << 20];

static void set_up(void)
{
    wall_now = 1234567890123;
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
}

static void tear_down(void)
{
    log_close(&log_out);
    ck_assert_ptr_null(log_out);
    log_close(&log_out);
    close(ends[0]);
    close(ends[1]);
}

static void open_log(enum log_format format)
{
    struct log_options options = {
        .fd = ends[1], .level = LOG_LEVEL_INFO, .format = format, .clock = &stopped};
    log_close(&log_out);
    ck_assert(log_open(&options, &log_out, &err));
}

/* What is in the pipe now. */
static const char *drain(void)
{
    size_t size = 0;
    for (;;) {
        ssize_t n = read(ends[0], got + size, sizeof got - 1 - size);
        if (n <= 0)
            break;
        size += (size_t)n;
    }
    got[size] = '\0';
    return got;
}

static void log_one(enum log_level level, const char *name, struct text value)
{
    struct log_line line;
    log_begin(&line, log_out, level, "test");
    log_text(&line, name, value);
    log_end(&line);
}

START_TEST(a_line_in_logfmt)
{
    struct log_line line;
    error_set(&err, ERROR_FILE, "cannot read \"%s\"", "a b");
    open_log(LOG_FORMAT_LOGFMT);
    log_begin(&line, log_out, LOG_LEVEL_WARNING, "request");
    log_text(&line, "path", text_of("/batch"));
    log_integer(&line, "status", 400);
    log_integer(&line, "least", INT64_MIN);
    log_error(&line, &err);
    log_end(&line);
    ck_assert_str_eq(drain(), "time=" NOW " level=warning event=request path=/batch status=400 "
                              "least=-9223372036854775808 error=FILE detail=\"cannot read \\\"a b\\\"\"\n");
    ck_assert_uint_eq(log_dropped(log_out), 0);
}
END_TEST

START_TEST(a_line_in_json)
{
    struct log_line line;
    error_set(&err, ERROR_FILE, "cannot read \"%s\"", "a b");
    open_log(LOG_FORMAT_JSON);
    log_begin(&line, log_out, LOG_LEVEL_ERROR, "request");
    log_text(&line, "path", text_of("/batch"));
    log_integer(&line, "most", INT64_MAX);
    log_error(&line, &err);
    log_end(&line);
    ck_assert_str_eq(drain(),
                     "{\"time\":\"" NOW "\",\"level\":\"error\",\"event\":\"request\",\"path\":\"/batch\","
                     "\"most\":9223372036854775807,\"error\":\"FILE\","
                     "\"detail\":\"cannot read \\\"a b\\\"\"}\n");
}
END_TEST

START_TEST(times)
{
    static const struct {
        int64_t ms;
        const char *text;
    } rows[] = {{0, "1970-01-01T00:00:00.000Z"},
                {-1, "1969-12-31T23:59:59.999Z"},
                {951782400007, "2000-02-29T00:00:00.007Z"},
                {4102444799999, "2099-12-31T23:59:59.999Z"}};
    open_log(LOG_FORMAT_LOGFMT);
    for (size_t i = 0; i < COUNT(rows); i++) {
        wall_now = rows[i].ms;
        log_one(LOG_LEVEL_INFO, "a", text_of("b"));
        ck_assert_msg(strncmp(drain() + 5, rows[i].text, 24) == 0, "%s: %s", rows[i].text, got);
    }
    wall_now = INT64_MAX; /* no calendar has it; the line comes all the same */
    log_one(LOG_LEVEL_INFO, "a", text_of("b"));
    ck_assert_ptr_nonnull(strstr(drain(), " level=info event=test a=b\n"));
}
END_TEST

START_TEST(levels)
{
    open_log(LOG_FORMAT_LOGFMT);
    log_one(LOG_LEVEL_DEBUG, "a", text_of("b"));
    ck_assert_str_eq(drain(), "");
    log_one(LOG_LEVEL_INFO, "a", text_of("b"));
    ck_assert_str_eq(drain(), "time=" NOW " level=info event=test a=b\n");
    struct log_line line;
    log_begin(&line, NULL, LOG_LEVEL_ERROR, "nothing");
    log_text(&line, "a", text_of("b"));
    log_integer(&line, "c", 1);
    log_error(&line, &err);
    log_end(&line);
    ck_assert_str_eq(drain(), "");
}
END_TEST

START_TEST(values_are_escaped)
{
    static const struct {
        struct text value;
        const char *logfmt, *json;
    } rows[] = {
        {{"plain", 5}, "plain", "plain"},
        {{"", 0}, "\"\"", ""},
        {{NULL, 0}, "\"\"", ""},
        {{"a b", 3}, "\"a b\"", "a b"},
        {{"a=b", 3}, "\"a=b\"", "a=b"},
        {{"a\"b", 3}, "\"a\\\"b\"", "a\\\"b"},
        {{"a\\b", 3}, "\"a\\\\b\"", "a\\\\b"},
        {{"a\nlevel=error", 13}, "\"a\\u000alevel=error\"", "a\\u000alevel=error"},
        {{"\r\t\0\x1F", 4}, "\"\\u000d\\u0009\\u0000\\u001f\"", "\\u000d\\u0009\\u0000\\u001f"},
        {{"\x1B[31m", 5}, "\"\\u001b[31m\"", "\\u001b[31m"},
        {{"\x7F", 1}, "\"\\u007f\"", "\\u007f"},
        {{"\xC2\x9B", 2}, "\"\\u009b\"", "\\u009b"},
        {{"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x8E\xAE", 9},
         "\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x8E\xAE\"",
         "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x8E\xAE"},
        {{"a\xFFz", 3}, "\"a\xEF\xBF\xBDz\"", "a\xEF\xBF\xBDz"},
        {{"\xE2\x82", 2}, "\"\xEF\xBF\xBD\xEF\xBF\xBD\"", "\xEF\xBF\xBD\xEF\xBF\xBD"},
        {{"\xED\xA0\x80", 3},
         "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"",
         "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
        {{"\xC0\xAF", 2}, "\"\xEF\xBF\xBD\xEF\xBF\xBD\"", "\xEF\xBF\xBD\xEF\xBF\xBD"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char wanted[256];
        open_log(LOG_FORMAT_LOGFMT);
        log_one(LOG_LEVEL_INFO, "v", rows[i].value);
        snprintf(wanted, sizeof wanted, "time=" NOW " level=info event=test v=%s\n", rows[i].logfmt);
        ck_assert_str_eq(drain(), wanted);
        open_log(LOG_FORMAT_JSON);
        log_one(LOG_LEVEL_INFO, "v", rows[i].value);
        snprintf(wanted, sizeof wanted,
                 "{\"time\":\"" NOW "\",\"level\":\"info\",\"event\":\"test\",\"v\":\"%s\"}\n", rows[i].json);
        ck_assert_str_eq(drain(), wanted);
    }
}
END_TEST

/* Behind the JSON string at P, or NULL where there is none. */
static const char *behind_string(const char *p)
{
    if (*p++ != '"')
        return NULL;
    for (; *p != '"'; p++) {
        if ((unsigned char)*p < ' ')
            return NULL;
        if (*p != '\\')
            continue;
        p++;
        if (*p == 'u' && strspn(p + 1, "0123456789abcdef") >= 4)
            p += 4;
        else if (*p != '"' && *p != '\\')
            return NULL;
    }
    return p + 1;
}

/* Whether S is one line of {"name":"text" or digits or true,…}. */
static bool is_json_line(const char *s)
{
    if (!text_is_utf8(text_of(s)) || *s != '{')
        return false;
    do {
        s = behind_string(s + 1);
        if (s == NULL || *s++ != ':')
            return false;
        s = *s == '"' ? behind_string(s) : s + strspn(s, "-0123456789true");
        if (s == NULL)
            return false;
    } while (*s == ',');
    return strcmp(s, "}\n") == 0;
}

/* Every length around the limit, for characters of each written size: the line stays one line of its format.
 */
START_TEST(long_lines_are_cut_and_marked)
{
    static const char *const fillers[] = {"x", "\"", "\x01", "\xC3\xA9", "\xF0\x9F\x8E\xAE", "\xFF"};
    for (int format = 0; format < 2; format++) {
        open_log((enum log_format)format);
        for (size_t f = 0; f < COUNT(fillers); f++) {
            size_t cut_lines = 0;
            for (size_t size = 0; size < 2100; size += size < 250 || size > 900 ? 1 : 50) {
                static char value[4 * 2100];
                struct log_line line;
                size_t width = strlen(fillers[f]);
                for (size_t i = 0; i < size; i++)
                    memcpy(value + i * width, fillers[f], width);
                log_begin(&line, log_out, LOG_LEVEL_INFO, "test");
                log_text(&line, "value", text_slice(value, size * width));
                log_integer(&line, "behind", -77);
                log_text(&line, "last", text_of("z"));
                log_end(&line);
                const char *out = drain();
                bool cut =
                    strstr(out, format == LOG_FORMAT_JSON ? ",\"cut\":true}\n" : " cut=true\n") != NULL;
                bool whole =
                    strstr(out, format == LOG_FORMAT_JSON ? "\"last\":\"z\"}\n" : " last=z\n") != NULL;
                ck_assert_msg(cut != whole, "%zu: %s", size, out);
                ck_assert_msg(strlen(out) <= LOG_LINE_MAX, "%zu: %zu bytes", size, strlen(out));
                ck_assert_msg(strchr(out, '\n') == out + strlen(out) - 1, "%zu: %s", size, out);
                ck_assert_msg(format != LOG_FORMAT_JSON || is_json_line(out), "%zu: %s", size, out);
                ck_assert_msg(text_is_utf8(text_of(out)), "%zu", size);
                cut_lines += cut ? 1 : 0;
            }
            ck_assert_uint_gt(cut_lines, 0);
        }
    }
    ck_assert_uint_eq(log_dropped(log_out), 0);
}
END_TEST

START_TEST(many_fields_are_cut_between_fields)
{
    for (int format = 0; format < 2; format++) {
        struct log_line line;
        open_log((enum log_format)format);
        log_begin(&line, log_out, LOG_LEVEL_INFO, "test");
        for (int i = 0; i < 500; i++) {
            log_integer(&line, "n", i);
            log_text(&line, "t", text_of("word"));
        }
        log_end(&line);
        ck_assert_uint_gt(strlen(drain()), LOG_LINE_MAX - 60);
        ck_assert_uint_le(strlen(got), LOG_LINE_MAX);
        ck_assert(format != LOG_FORMAT_JSON || is_json_line(got));
    }
}
END_TEST

START_TEST(a_full_sink_drops_and_never_blocks)
{
    open_log(LOG_FORMAT_JSON);
    for (int i = 0; i < 5000; i++)
        log_one(LOG_LEVEL_INFO, "padding", text_of("0123456789012345678901234567890123456789"));
    uint64_t dropped = log_dropped(log_out);
    ck_assert_uint_gt(dropped, 0);
    size_t lines = 0;
    for (const char *p = drain(); *p != '\0'; p++)
        lines += *p == '\n';
    ck_assert_uint_eq(lines + dropped, 5000);
    log_one(LOG_LEVEL_INFO, "again", text_of("b"));
    ck_assert(is_json_line(drain()));
    ck_assert_uint_eq(log_dropped(log_out), dropped);
}
END_TEST

START_TEST(a_sink_that_is_gone_drops)
{
    open_log(LOG_FORMAT_LOGFMT);
    close(ends[0]); /* SIGPIPE would end this test */
    log_one(LOG_LEVEL_INFO, "a", text_of("b"));
    ck_assert_uint_eq(log_dropped(log_out), 1);
    close(ends[1]);
    log_one(LOG_LEVEL_INFO, "a", text_of("b"));
    ck_assert_uint_eq(log_dropped(log_out), 2);
    ends[0] = open("/dev/null", O_RDONLY);
    ends[1] = open("/dev/full", O_WRONLY);
    open_log(LOG_FORMAT_LOGFMT);
    log_one(LOG_LEVEL_INFO, "a", text_of("b"));
    ck_assert_uint_eq(log_dropped(log_out), 1);
}
END_TEST

/* A disk that fills up in the middle of a line, and has room again later. */
START_TEST(a_torn_line_does_not_spoil_the_next)
{
    char path[] = "/tmp/test_log_XXXXXX", content[512];
    int file = mkstemp(path);
    struct rlimit limit, small;
    ck_assert_int_ge(file, 0);
    ck_assert_int_eq(dup2(file, ends[1]), ends[1]);
    open_log(LOG_FORMAT_LOGFMT);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
    small = (struct rlimit){.rlim_cur = 70, .rlim_max = limit.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
    log_one(LOG_LEVEL_INFO, "n", text_of("1"));
    log_one(LOG_LEVEL_INFO, "n", text_of("2"));
    log_one(LOG_LEVEL_INFO, "n", text_of("3"));
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    log_one(LOG_LEVEL_INFO, "n", text_of("4"));
    log_one(LOG_LEVEL_INFO, "n", text_of("5"));
    ssize_t size = pread(file, content, sizeof content - 1, 0);
    ck_assert_int_gt(size, 0);
    content[size] = '\0';
    ck_assert_str_eq(content, "time=" NOW " level=info event=test n=1\n"
                              "time=2009-02-1\n"
                              "time=" NOW " level=info event=test n=4\n"
                              "time=" NOW " level=info event=test n=5\n");
    ck_assert_uint_eq(log_dropped(log_out), 2);
    close(file);
    unlink(path);
}
END_TEST

#define THREADS 4
#define LINES   2000

static void *write_lines(void *context)
{
    (void)context;
    for (int i = 0; i < LINES; i++)
        log_one(LOG_LEVEL_INFO, "padding", text_of("0123456789012345678901234567890123456789"));
    return NULL;
}

START_TEST(threads_write_whole_lines)
{
    pthread_t threads[THREADS];
    open_log(LOG_FORMAT_JSON);
    for (size_t i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, write_lines, NULL), 0);
    for (size_t i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    uint64_t lines = 0;
    drain();
    for (char *p = got, *end; (end = strchr(p, '\n')) != NULL; p = end + 1, lines++) {
        char kept = end[1];
        end[1] = '\0';
        ck_assert_msg(is_json_line(p), "%s", p);
        end[1] = kept;
    }
    ck_assert_uint_gt(lines, 0);
    ck_assert_uint_eq(lines + log_dropped(log_out), THREADS * LINES);
}
END_TEST

static bool open_one(void *context, struct error *cause)
{
    struct log_options options = {.fd = ends[1], .format = LOG_FORMAT_JSON, .clock = &stopped};
    struct log *opened = NULL;
    (void)context;
    bool worked = log_open(&options, &opened, cause);
    log_close(&opened);
    return worked;
}

START_TEST(runs_out)
{
    ck_assert_uint_eq(torture_allocations(open_one, NULL), 1);
}
END_TEST

Suite *suite(void)
{
    const TTest *const tests[] = {
        a_line_in_logfmt,
        a_line_in_json,
        times,
        levels,
        values_are_escaped,
        long_lines_are_cut_and_marked,
        many_fields_are_cut_between_fields,
        a_full_sink_drops_and_never_blocks,
        a_sink_that_is_gone_drops,
        a_torn_line_does_not_spoil_the_next,
        threads_write_whole_lines,
        runs_out,
    };
    Suite *s = suite_create("base/log");
    TCase *c = tcase_create("log");
    tcase_set_timeout(c, 60);
    tcase_add_checked_fixture(c, set_up, tear_down);
    for (size_t i = 0; i < COUNT(tests); i++)
        tcase_add_test(c, tests[i]);
    suite_add_tcase(s, c);
    return s;
}
