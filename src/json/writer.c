/* SPDX-License-Identifier: Apache-2.0 */
/* Strings for JSON: runs of bytes that need nothing are appended whole. Awkward: the text may hold any byte,
 * so each sequence beyond ASCII is checked, and a byte that belongs to none is replaced by U+FFFD. */
#include "json/writer.h"

#include <string.h>

static void write_escape(struct buffer *b, char c)
{
    static const char characters[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt", hex[] = "0123456789abcdef";
    const char *at = c == '\0' ? NULL : strchr(characters, c);
    if (at != NULL) {
        char short_form[2] = {'\\', letters[at - characters]};
        buffer_append(b, text_slice(short_form, sizeof short_form));
        return;
    }
    char long_form[6] = {'\\', 'u', '0', '0', hex[(unsigned char)c >> 4], hex[c & 0xF]};
    buffer_append(b, text_slice(long_form, sizeof long_form));
}

/* The length of the well-formed sequence at P, or 0. */
static size_t sequence_size(const char *p, size_t left)
{
    unsigned char lead = (unsigned char)*p;
    size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0x80 ? 2 : 1;
    return size <= left && text_is_utf8(text_slice(p, size)) ? size : 0;
}

/* The number of bytes at P that can be written as they are. */
static size_t plain_run(const char *p, size_t left)
{
    size_t run = 0;
    while (run < left && p[run] != '"' && p[run] != '\\') {
        unsigned char c = (unsigned char)p[run];
        size_t size = c < ' ' ? 0 : c < 0x80 ? 1 : sequence_size(p + run, left - run);
        if (size == 0)
            break;
        run += size;
    }
    return run;
}

void json_write_string(struct buffer *b, struct text t)
{
    buffer_put_char(b, '"');
    size_t i = 0;
    while (i < t.size) {
        size_t run = plain_run(t.data + i, t.size - i);
        buffer_append(b, text_slice(t.data + i, run));
        i += run;
        if (i == t.size)
            break;
        if ((unsigned char)t.data[i] >= 0x80)
            buffer_put(b, "\xEF\xBF\xBD");
        else
            write_escape(b, t.data[i]);
        i++;
    }
    buffer_put_char(b, '"');
}
