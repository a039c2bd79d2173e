/* SPDX-License-Identifier: Apache-2.0 */
/* Temporary name, fsync, rename, fsync of the directory. Awkward: renaming over a device or a pipe would
 * replace it by a plain file, so only regular files are written that way. */
#include "cli/export_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool file_failure(const char *path, struct error *err)
{
    return error_set(err, ERROR_FILE, "%s: %s", path, strerror(errno));
}

static bool open_temporary(struct export_file *f, struct error *err)
{
    int size = snprintf(f->written_to, sizeof f->written_to, "%s.%ld.tmp", f->path, (long)getpid());
    if (size < 0 || (size_t)size >= sizeof f->written_to)
        return error_set(err, ERROR_FILE, "%s: the name is too long", f->path);
    int fd = open(f->written_to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    f->stream = fd < 0 ? NULL : fdopen(fd, "w");
    return f->stream != NULL || file_failure(f->written_to, err);
}

bool export_file_open(struct export_file *f, const char *path, struct error *err)
{
    struct stat status;
    *f = (struct export_file){.path = path};
    if (strcmp(path, "-") == 0) {
        f->path = "standard output";
        f->stream = stdout;
        return true;
    }
    if (stat(path, &status) != 0 || S_ISREG(status.st_mode))
        return open_temporary(f, err);
    f->stream = fopen(path, "we");
    return f->stream != NULL || file_failure(path, err);
}

bool export_file_write(struct export_file *f, struct text bytes, struct error *err)
{
    return fwrite(bytes.data, 1, bytes.size, f->stream) == bytes.size || file_failure(f->path, err);
}

static bool sync_directory_of(const char *path)
{
    char directory[PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t size = slash == NULL ? 0 : (size_t)(slash - path) + 1;
    snprintf(directory, sizeof directory, "%.*s", (int)size, path);
    int fd = open(size == 0 ? "." : directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool synced = fsync(fd) == 0;
    close(fd);
    return synced;
}

bool export_file_finish(struct export_file *f, struct error *err)
{
    bool renamed = f->written_to[0] != '\0';
    bool done = fflush(f->stream) == 0 && (!renamed || fsync(fileno(f->stream)) == 0);
    if (!done)
        file_failure(f->path, err);
    if (done && renamed) {
        done = rename(f->written_to, f->path) == 0 || file_failure(f->path, err);
        if (done)
            f->written_to[0] = '\0';
        done = done && (sync_directory_of(f->path) || file_failure(f->path, err));
    }
    export_file_abandon(f);
    return done;
}

void export_file_abandon(struct export_file *f)
{
    if (f->stream != NULL && f->stream != stdout)
        fclose(f->stream);
    if (f->written_to[0] != '\0')
        unlink(f->written_to);
    *f = (struct export_file){.path = NULL};
}
