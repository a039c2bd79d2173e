/* SPDX-License-Identifier: Apache-2.0 */
/* Run a command's entry point in a process of its own and look at what it printed. */
#ifndef USERSTATS_TESTS_SUPPORT_COMMAND_RUN_H
#define USERSTATS_TESTS_SUPPORT_COMMAND_RUN_H

#include <stddef.h>
#include <sys/types.h>

#include "base/text.h"

#define COMMAND_RUN_ARGUMENTS_MAX 32

/* An entry point: main() by another name. */
typedef int command_entry(int argc, char **argv);

/* What a finished command left. The texts are NUL-terminated and live until the test's process ends. */
struct command_run {
    int status; /* of exit, or 128 + the signal that ended it */
    struct text out, err;
};

/* A new directory under /tmp, removed by nobody but the test's end (scratch_remove). */
char *scratch_directory(void);
void scratch_remove(const char *directory);
/* DIRECTORY/NAME, living until the process ends. */
char *scratch_path(const char *directory, const char *name);
void scratch_write(const char *path, struct text bytes);
struct text scratch_read(const char *path);

/* Starts ENTRY with ARGUMENTS (NULL-terminated, the first being the program's name), standard input from the
 * file IN (NULL: empty), output into the files OUT and ERR. */
pid_t command_start(command_entry *entry, const char *const *arguments, const char *const streams[3]);
/* Waits for it: its exit status, or 128 + signal. */
int command_wait(pid_t pid);

/* Starts ENTRY, feeds it INPUT, waits, and reads what it printed; its files are in DIRECTORY. */
struct command_run command_run(command_entry *entry, const char *directory, struct text input,
                               const char *const *arguments);

#endif
