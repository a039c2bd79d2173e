/* SPDX-License-Identifier: Apache-2.0 */
/* From argv to a sub-command: dispatch, --help and --version. Awkward: --help goes to stdout and succeeds
 * when it was asked for; a missing or unknown command is one line on stderr and a usage error. */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "app/version.h"
#include "command.h"
#include "help.h"

static const struct command *find_command(const struct command *const *list, const char *name)
{
    for (; *list != NULL; list++) {
        if (strcmp((*list)->name, name) == 0)
            return *list;
    }
    return NULL;
}

static int run_command(const struct command *command, const char *path, int argc, char **argv)
{
    struct command_line line = {.command = command, .argc = argc, .argv = argv};
    snprintf(line.path, sizeof line.path, "%s %s", path, command->name);
    if (command->actions != NULL)
        return command_dispatch(command->actions, line.path, argc, argv);
    return command->run(&line);
}

int command_dispatch(const struct command *const *list, const char *path, int argc, char **argv)
{
    if (argc < 2) {
        struct error err;
        error_refuse(&err, ERROR_USAGE, "a command is missing after %s; see %s --help", path, path);
        return command_failed(&err);
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        help_print_list(stdout, path, list);
        return command_finish();
    }
    if (strcmp(argv[1], "--version") == 0) {
        help_print_version(stdout);
        return command_finish();
    }
    const struct command *command = find_command(list, argv[1]);
    if (command == NULL) {
        struct error printable;
        error_refuse(&printable, ERROR_USAGE, "%s has no command \"%.40s\"; see %s --help", path, argv[1],
                     path);
        return command_failed(&printable);
    }
    return run_command(command, path, argc - 1, argv + 1);
}

int cli_run(int argc, char **argv)
{
    return command_dispatch(commands, "userstats", argc, argv);
}
