/* SPDX-License-Identifier: Apache-2.0 */
/* The one file that speaks inih. Awkward: inih cuts long lines in silence (Debian builds it with 200 bytes),
 * takes an indented line for more of the value above, ignores what follows a ']', stops at a NUL and does not
 * tell the handler the line. So the reader that feeds it counts the lines and refuses those first. What inih
 * decides is left: a ';' after white space begins a comment anywhere in a line, a '#' only at its start, and
 * ':' does what '=' does. */
#include "base/settings_file.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"

struct reading {
    struct text rest; /* what inih has not had yet */
    const char *path;
    settings_line_taker *take;
    void *context;
    size_t line;        /* that inih has now, from 1 */
    size_t failed_line; /* that *err is about; 0: none yet */
    struct error *err;
};

static struct text line_of(struct text rest)
{
    const char *end = memchr(rest.data, '\n', rest.size);
    return text_slice(rest.data, end == NULL ? rest.size : (size_t)(end - rest.data) + 1);
}

struct text settings_without_line_end(struct text t)
{
    if (t.size > 0 && t.data[t.size - 1] == '\n')
        t.size--;
    if (t.size > 0 && t.data[t.size - 1] == '\r')
        t.size--;
    return t;
}

static bool is_comment_or_blank(struct text t)
{
    return t.size == 0 || t.data[0] == ';' || t.data[0] == '#';
}

/* Refuses what inih would misread in silence. ROOM: the bytes that it has for a line and its end. */
static bool check_line(const struct reading *r, struct text line, size_t room, struct error *err)
{
    struct text words = text_trimmed(settings_without_line_end(line)), section, behind;
    if (line.size > room)
        return error_refuse(err, ERROR_SETTING,
                            "%s:%zu: the line is longer than %zu bytes; a longer value can come from %s",
                            r->path, r->line, room - 1, "the environment or a flag");
    if (memchr(line.data, '\0', line.size) != NULL)
        return error_refuse(err, ERROR_SETTING, "%s:%zu: the line holds a NUL byte", r->path, r->line);
    if (is_comment_or_blank(words))
        return true;
    if (line.data[0] != words.data[0])
        return error_refuse(err, ERROR_SETTING, "%s:%zu: the line is indented; begin it in the first column",
                            r->path, r->line);
    if (words.data[0] == '[' && text_split(words, ']', &section, &behind) &&
        !is_comment_or_blank(text_trimmed(behind)))
        return error_refuse(err, ERROR_SETTING, "%s:%zu: a [section] stands on a line of its own", r->path,
                            r->line);
    return true;
}

/* An ini_reader: the next line into OUT, or NULL at the end or at the first line that is refused. */
static char *next_line(char *out, int size, void *stream)
{
    struct reading *r = stream;
    if (r->failed_line != 0 || r->rest.size == 0 || size < 2)
        return NULL;
    struct text line = line_of(r->rest);
    r->line++;
    if (!check_line(r, line, (size_t)size - 1, r->err)) {
        r->failed_line = r->line;
        return NULL;
    }
    memcpy(out, line.data, line.size);
    out[line.size] = '\0';
    r->rest = text_slice(r->rest.data + line.size, r->rest.size - line.size);
    return out;
}

/* An ini_handler: 0 is failure. */
static int take_line(void *user, const char *section, const char *key, const char *value)
{
    struct reading *r = user;
    struct settings_line line = {.section = section, .key = key, .value = value, .number = r->line};
    if (!r->take(r->context, &line, r->err)) {
        r->failed_line = r->line;
        return 0;
    }
    return 1;
}

bool settings_lines_read(struct text content, const char *path, settings_line_taker *take, void *context,
                         struct error *err)
{
    struct error found = {.code = ERROR_NONE};
    struct reading r = {.rest = content, .path = path, .take = take, .context = context, .err = &found};
    if (text_starts_with(r.rest, text_of("\xEF\xBB\xBF"))) /* the byte-order mark that some editors write */
        r.rest = text_slice(r.rest.data + 3, r.rest.size - 3);
    int result = ini_parse_stream(next_line, &r, take_line, &r);
    if (result < 0)
        return error_set(err, ERROR_NO_MEMORY, "%s: no memory for a line", path);
    if (result > 0 && (r.failed_line == 0 || (size_t)result < r.failed_line))
        return error_refuse(err, ERROR_SETTING,
                            "%s:%d: the line is neither [section] nor key = value nor a # comment", path,
                            result);
    if (r.failed_line != 0)
        *err = found;
    return r.failed_line == 0;
}

static bool read_all(int fd, char *bytes, size_t size, size_t *got)
{
    size_t at = 0;
    while (at < size) {
        ssize_t n = read(fd, bytes + at, size - at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        if (n == 0)
            break;
        at += (size_t)n;
    }
    *got = at;
    return true;
}

void settings_bytes_forget(struct text *bytes)
{
    char *p = (char *)(uintptr_t)bytes->data; /* settings_bytes_read gave it, so that it is not const */
    memory_cleanse(p, bytes->size);
    memory_free(p);
    *bytes = text_of(NULL);
}

bool settings_bytes_read(const char *path, size_t limit, struct text *out, struct error *err)
{
    size_t size = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_refuse(err, ERROR_FILE, "%s: %s", path, strerror(errno));
    char *bytes = memory_alloc(limit + 2, err);
    if (bytes == NULL) {
        close(fd);
        return false;
    }
    bool read_well =
        read_all(fd, bytes, limit + 1, &size); /* one more than allowed, to see that there is more */
    int cause = errno;
    close(fd);
    if (read_well && size <= limit) {
        *out = text_slice(bytes, size);
        return true;
    }
    memory_cleanse(bytes, size);
    memory_free(bytes);
    if (!read_well)
        return error_refuse(err, ERROR_FILE, "%s: %s", path, strerror(cause));
    return error_refuse(err, ERROR_FILE, "%s: the file is larger than %zu bytes", path, limit);
}
