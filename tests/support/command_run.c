/* SPDX-License-Identifier: Apache-2.0 */
/* fork, redirect, call, exit: leaks in the child are found by LeakSanitizer at its exit and show as its
 * status. */
#include "support/command_run.h"

#include <check.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* What lives until the process ends stays reachable, so that LeakSanitizer does not take it for a leak. */
static void *kept[8192];
static size_t kept_count;

static void *keep(void *p)
{
    ck_assert_ptr_nonnull(p);
    ck_assert_uint_lt(kept_count, sizeof kept / sizeof *kept);
    return kept[kept_count++] = p;
}

char *scratch_directory(void)
{
    char *directory = keep(strdup("/tmp/userstats-test-XXXXXX"));
    ck_assert_ptr_nonnull(mkdtemp(directory));
    return directory;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status, (void)kind, (void)place;
    return remove(path);
}

void scratch_remove(const char *directory)
{
    ck_assert_int_eq(nftw(directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS), 0);
}

char *scratch_path(const char *directory, const char *name)
{
    size_t size = strlen(directory) + strlen(name) + 2;
    char *path = keep(malloc(size));
    snprintf(path, size, "%s/%s", directory, name);
    return path;
}

void scratch_write(const char *path, struct text bytes)
{
    FILE *file = fopen(path, "w");
    ck_assert_msg(file != NULL, "%s cannot be written", path);
    if (bytes.size > 0)
        ck_assert_uint_eq(fwrite(bytes.data, 1, bytes.size, file), bytes.size);
    ck_assert_int_eq(fclose(file), 0);
}

struct text scratch_read(const char *path)
{
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "%s cannot be read", path);
    ck_assert_int_eq(fseek(file, 0, SEEK_END), 0);
    long size = ftell(file);
    ck_assert_int_ge(size, 0);
    rewind(file);
    char *bytes = keep(malloc((size_t)size + 1));
    ck_assert_uint_eq(fread(bytes, 1, (size_t)size, file), (size_t)size);
    bytes[size] = '\0';
    fclose(file);
    return text_slice(bytes, (size_t)size);
}

static void redirect(const char *path, int flags, int to)
{
    int fd = open(path, flags, 0600);
    if (fd < 0 || dup2(fd, to) < 0)
        _exit(99);
    close(fd);
}

pid_t command_start(command_entry *entry, const char *const *arguments, const char *const streams[3])
{
    char *argv[COMMAND_RUN_ARGUMENTS_MAX + 1] = {NULL};
    int argc = 0;
    for (; arguments[argc] != NULL; argc++) {
        ck_assert_int_lt(argc, COMMAND_RUN_ARGUMENTS_MAX);
        argv[argc] = keep(strdup(arguments[argc]));
    }
    fflush(NULL);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        redirect(streams[0] == NULL ? "/dev/null" : streams[0], O_RDONLY, STDIN_FILENO);
        redirect(streams[1], O_WRONLY | O_CREAT | O_TRUNC, STDOUT_FILENO);
        redirect(streams[2], O_WRONLY | O_CREAT | O_TRUNC, STDERR_FILENO);
        exit(entry(argc, argv));
    }
    return pid;
}

int command_wait(pid_t pid)
{
    int status;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

struct command_run command_run(command_entry *entry, const char *directory, struct text input,
                               const char *const *arguments)
{
    const char *streams[3] = {scratch_path(directory, ".in"), scratch_path(directory, ".out"),
                              scratch_path(directory, ".err")};
    struct command_run run;
    scratch_write(streams[0], input);
    run.status = command_wait(command_start(entry, arguments, streams));
    run.out = scratch_read(streams[1]);
    run.err = scratch_read(streams[2]);
    return run;
}
