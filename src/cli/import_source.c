/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the source of an import. Awkward: a resumed import trusts the offset it kept only as far as the file
 * is the same one, so the offset is kept under a hash of everything that tells one reading of one file from
 * another. */
#include "cli/import_source.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <linux/limits.h>

#include "base/hash.h"
#include "base/memory.h"

static bool identify(struct import_source *s, const struct stat *status, enum row_format format,
                     enum row_kind kind, struct error *err)
{
    char place[PATH_MAX];
    char named[PATH_MAX + 128];
    if (realpath(s->path, place) == NULL)
        return error_set(err, ERROR_FILE, "%s: %s", s->path, strerror(errno));
    int size = snprintf(named, sizeof named, "%d %d %" PRIu64 " %lld.%09ld %s", (int)format, (int)kind,
                        s->size, (long long)status->st_mtim.tv_sec, status->st_mtim.tv_nsec, place);
    struct hash128 h = hash_text_128(text_slice(named, (size_t)size));
    snprintf(s->identity, sizeof s->identity, "%016" PRIx64 "%016" PRIx64, h.high, h.low);
    return true;
}

static bool look_at(struct import_source *s, enum row_format format, enum row_kind kind, struct error *err)
{
    struct stat status;
    if (fstat(s->fd, &status) != 0)
        return error_set(err, ERROR_FILE, "%s: %s", s->path, strerror(errno));
    if (S_ISDIR(status.st_mode))
        return error_set(err, ERROR_FILE, "%s is a directory; name a file, or - for standard input", s->path);
    s->device = status.st_dev;
    s->inode = status.st_ino;
    if (!S_ISREG(status.st_mode) || s->fd == STDIN_FILENO)
        return true;
    s->is_file = true;
    s->size = (uint64_t)status.st_size;
    return identify(s, &status, format, kind, err);
}

bool import_source_open(struct import_source *s, const char *path, enum row_format format, enum row_kind kind,
                        struct error *err)
{
    struct import_source fresh = {.path = path, .fd = STDIN_FILENO};
    if (strcmp(path, "-") == 0)
        fresh.path = "standard input";
    else
        fresh.fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fresh.fd < 0)
        return error_set(err, ERROR_FILE, "%s: %s", path, strerror(errno));
    if (look_at(&fresh, format, kind, err))
        fresh.block = memory_alloc(IMPORT_BLOCK_SIZE, err);
    if (fresh.block == NULL) {
        import_source_close(&fresh);
        return false;
    }
    *s = fresh;
    return true;
}

void import_source_close(struct import_source *s)
{
    if (s->fd > STDIN_FILENO)
        close(s->fd);
    memory_free(s->block);
    *s = (struct import_source){.fd = -1};
}

struct text import_source_rest(const struct import_source *s)
{
    return text_slice(s->block + s->begin, s->end - s->begin);
}

void import_source_take(struct import_source *s, size_t size)
{
    s->begin += size;
    s->offset += size;
}

bool import_source_fill(struct import_source *s, bool *interrupted, struct error *err)
{
    memmove(s->block, s->block + s->begin, s->end - s->begin);
    s->end -= s->begin;
    s->begin = 0;
    if (s->end == IMPORT_BLOCK_SIZE)
        return error_set(err, ERROR_ROW, "%s: a row is longer than %zu bytes", s->path, IMPORT_BLOCK_SIZE);
    ssize_t got = read(s->fd, s->block + s->end, IMPORT_BLOCK_SIZE - s->end);
    if (got < 0 && errno == EINTR) {
        *interrupted = true;
        return true;
    }
    if (got < 0)
        return error_set(err, ERROR_FILE, "%s: %s", s->path, strerror(errno));
    s->end += (size_t)got;
    s->at_end = got == 0;
    return true;
}

bool import_source_seek(struct import_source *s, uint64_t offset, struct error *err)
{
    if (lseek(s->fd, (off_t)offset, SEEK_SET) < 0)
        return error_set(err, ERROR_FILE, "%s: %s", s->path, strerror(errno));
    s->begin = s->end = 0;
    s->at_end = false;
    s->offset = offset;
    return true;
}
