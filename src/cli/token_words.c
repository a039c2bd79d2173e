/* SPDX-License-Identifier: Apache-2.0 */
/* Print lines about a token. Awkward: a terminal acts on more than the control bytes: on U+0080 to U+009F as
 * well, and a character that turns the direction of text round makes a name read as another. */
#include "cli/token_words.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#define SHOWN_MAX  256          /* bytes of one text */
#define YEAR_10000 253402300800 /* seconds since 1970 */

void words_begin(const char *what)
{
    printf("%-20s ", what);
}

void words_put(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
}

void words_end(void)
{
    putchar('\n');
}

/* The code point that the well-formed UTF-8 sequence T is. */
static uint32_t code_point(struct text t)
{
    static const unsigned char first_mask[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t c = (unsigned char)t.data[0] & first_mask[t.size];
    for (size_t i = 1; i < t.size; i++)
        c = c << 6 | ((unsigned char)t.data[i] & 0x3F);
    return c;
}

/* Whether T, a well-formed UTF-8 sequence, may be shown as it is. */
static bool is_plain(struct text t)
{
    static const struct {
        uint32_t first, last;
    } tricks[] = {{0x00, 0x1F},     {'"', '"'},       {'\\', '\\'},     {0x7F, 0x9F},     {0x61C, 0x61C},
                  {0x200B, 0x200F}, {0x2028, 0x202E}, {0x2060, 0x206F}, {0xFEFF, 0xFEFF}, {0xE0000, 0xE0FFF}};
    uint32_t c = code_point(t);
    for (size_t i = 0; i < sizeof tricks / sizeof *tricks; i++) {
        if (c >= tricks[i].first && c <= tricks[i].last)
            return false;
    }
    return true;
}

void words_put_text(struct text t)
{
    if (t.data == NULL) {
        words_put("absent");
        return;
    }
    putchar('"');
    for (size_t i = 0, size; i < t.size && i < SHOWN_MAX; i += size) {
        size = text_utf8_sequence(text_slice(t.data + i, t.size - i));
        if (size > 0 && is_plain(text_slice(t.data + i, size))) {
            fwrite(t.data + i, 1, size, stdout);
            continue;
        }
        size = 1;
        printf("\\x%02x", (unsigned char)t.data[i]);
    }
    putchar('"');
    if (t.size > SHOWN_MAX)
        words_put("… (%zu bytes)", t.size);
}

void words_put_time(int64_t at_s, int64_t now_s)
{
    char shown[32] = "beyond the calendar";
    struct tm parts;
    time_t at = (time_t)at_s;
    int64_t distance;
    if (at_s >= 0 && at_s < YEAR_10000 && gmtime_r(&at, &parts) != NULL)
        strftime(shown, sizeof shown, "%Y-%m-%dT%H:%M:%SZ", &parts);
    if (__builtin_sub_overflow(at_s, now_s, &distance) || distance == INT64_MIN)
        distance = 0;
    words_put("%" PRId64 ", %s, ", at_s, shown);
    if (distance < 0)
        words_put("%" PRId64 " s ago", -distance);
    else
        words_put("in %" PRId64 " s", distance);
}

void words_end_judged(const struct error *refusal)
{
    if (refusal == NULL)
        words_put("good\n");
    else
        words_put("refused: %s\n", error_operator_text(refusal));
}

void words_line(const char *what, const char *format, ...)
{
    va_list arguments;
    words_begin(what);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    words_end();
}

void words_text(const char *what, struct text t)
{
    words_begin(what);
    words_put_text(t);
    words_end();
}
