/* SPDX-License-Identifier: Apache-2.0 */
/* The texts of --help and --version, made from the tables. Private to the module. */
#ifndef USERSTATS_SRC_CLI_HELP_H
#define USERSTATS_SRC_CLI_HELP_H

#include <stdio.h>

#include "command.h"

/* The options that every command has, and those of a command that takes settings. Each ends with a zero
 * entry. */
extern const struct command_option help_shared_options[];
extern const struct command_option help_settings_options[];

/* The commands of LIST, for the group that PATH calls. */
void help_print_list(FILE *out, const char *path, const struct command *const *list);
/* One command: usage, options. */
void help_print_command(FILE *out, const char *path, const struct command *command);
void help_print_version(FILE *out);

#endif
