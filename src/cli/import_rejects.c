/* SPDX-License-Identifier: Apache-2.0 */
/* Writes `line,reason,row` as CSV, the row being the source's own bytes, quoted. Awkward: the file and the
 * database cannot be committed together, so the file is written first, and a resumed import cuts off what was
 * never committed. */
#include "cli/import_rejects.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

static bool file_failure(const char *path, struct error *err)
{
    return error_set(err, ERROR_FILE, "%s: %s", path, strerror(errno));
}

bool import_rejects_open(struct import_rejects *r, const char *path, FILE *shown_on, struct error *err)
{
    struct import_rejects fresh = {.path = path, .shown_on = shown_on};
    if (path != NULL) {
        fresh.file = fopen(path, "we");
        if (fresh.file == NULL)
            return file_failure(path, err);
        fputs(REJECTS_HEADER, fresh.file);
    }
    *r = fresh;
    return true;
}

/* Reads one record of FILE and gives the line number it begins with. False: no whole record follows. */
static bool read_record(FILE *file, uint64_t *line)
{
    bool quoted = false, numbered = true;
    uint64_t number = 0;
    int c;
    while ((c = getc(file)) != EOF) {
        if (c == '\n' && !quoted)
            break;
        if (c == '"')
            quoted = !quoted;
        if (numbered && ascii_is_digit((char)c))
            number = number * 10 + (uint64_t)(c - '0');
        else
            numbered = false;
    }
    *line = number;
    return c != EOF;
}

/* Where the records of rows after LINE begin. */
static long end_of_kept(FILE *file, uint64_t line)
{
    long end = ftell(file);
    uint64_t found;
    while (end >= 0 && read_record(file, &found) && found <= line)
        end = ftell(file);
    return end;
}

static bool cut_after(FILE *file, const char *path, uint64_t line, struct error *err)
{
    char header[sizeof REJECTS_HEADER];
    if (fgets(header, sizeof header, file) == NULL || strcmp(header, REJECTS_HEADER) != 0)
        return error_set(err, ERROR_FILE, "%s is there and is no rejects file; name another, or remove it",
                         path);
    long end = end_of_kept(file, line);
    if (end < 0 || fseek(file, end, SEEK_SET) != 0 || ftruncate(fileno(file), end) != 0)
        return file_failure(path, err);
    return true;
}

bool import_rejects_resume(struct import_rejects *r, const char *path, uint64_t line, FILE *shown_on,
                           struct error *err)
{
    FILE *file = path == NULL ? NULL : fopen(path, "r+e");
    if (file == NULL && (path == NULL || errno == ENOENT))
        return import_rejects_open(r, path, shown_on, err);
    if (file == NULL)
        return file_failure(path, err);
    if (!cut_after(file, path, line, err)) {
        fclose(file);
        return false;
    }
    *r = (struct import_rejects){.path = path, .file = file, .shown_on = shown_on};
    return true;
}

static void write_quoted(FILE *file, struct text t)
{
    putc('"', file);
    for (size_t i = 0; i < t.size; i++) {
        if (t.data[i] == '"')
            putc('"', file);
        putc(t.data[i], file);
    }
    putc('"', file);
}

static struct text without_line_end(struct text raw)
{
    while (raw.size > 0 && (raw.data[raw.size - 1] == '\n' || raw.data[raw.size - 1] == '\r'))
        raw.size--;
    return raw;
}

/* The reader's messages begin with "line 5: " or "line 5, column 3: "; here the line has a place of its own.
 */
static const char *without_line(const char *reason)
{
    static const char prefix[] = "line ";
    if (!text_starts_with(text_of(reason), text_of(prefix)))
        return reason;
    const char *at = reason + sizeof prefix - 1;
    while (ascii_is_digit(*at))
        at++;
    return (*at == ':' || *at == ',') && at[1] == ' ' ? at + 2 : reason;
}

void import_rejects_add(struct import_rejects *r, uint64_t line, const char *reason, struct text raw)
{
    reason = without_line(reason);
    r->shown++;
    if (r->shown <= REJECTS_SHOWN_MAX)
        fprintf(r->shown_on, "line %" PRIu64 ": %s\n", line, reason);
    else if (r->shown == REJECTS_SHOWN_MAX + 1)
        fprintf(r->shown_on, "further refused rows are counted, not shown%s%s\n",
                r->path == NULL ? "; --rejects FILE keeps them" : "; see ", r->path == NULL ? "" : r->path);
    if (r->file == NULL)
        return;
    fprintf(r->file, "%" PRIu64 ",", line);
    write_quoted(r->file, text_of(reason));
    putc(',', r->file);
    write_quoted(r->file, without_line_end(raw));
    putc('\n', r->file);
}

bool import_rejects_flush(struct import_rejects *r, struct error *err)
{
    if (r->file == NULL)
        return true;
    bool written = fflush(r->file) == 0 && ferror(r->file) == 0;
    if (written && fdatasync(fileno(r->file)) != 0 && errno != EINVAL &&
        errno != EROFS) /* a pipe has no disk */
        written = false;
    return written || file_failure(r->path, err);
}

void import_rejects_close(struct import_rejects *r)
{
    if (r->file != NULL)
        fclose(r->file);
    *r = (struct import_rejects){.path = NULL};
}
