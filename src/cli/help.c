/* SPDX-License-Identifier: Apache-2.0 */
/* What --help and --version print: made from the same tables that options are read with, so that they cannot
 * differ. */
#include "help.h"

#include <stddef.h>

#include "app/version.h"

const struct command_option help_settings_options[] = {
    {"config", "FILE", "read settings from FILE"},
    {"set", "section.key=value", "set one of them; may be repeated"},
    {NULL, NULL, NULL},
};

const struct command_option help_shared_options[] = {
    {"help", NULL, "print this and exit"},
    {"version", NULL, "print the version and exit"},
    {NULL, NULL, NULL},
};

static void print_options(FILE *out, const struct command_option *options)
{
    for (; options != NULL && options->name != NULL; options++) {
        char shown[64];
        snprintf(shown, sizeof shown, "--%s%s%s", options->name, options->value == NULL ? "" : " ",
                 options->value == NULL ? "" : options->value);
        fprintf(out, "  %-26s %s\n", shown, options->meaning);
    }
}

void help_print_list(FILE *out, const char *path, const struct command *const *list)
{
    fprintf(out, "Usage: %s COMMAND [OPTION]...\n\nCommands:\n", path);
    for (; *list != NULL; list++)
        fprintf(out, "  %-14s %s\n", (*list)->name, (*list)->summary);
    fprintf(out, "\nOptions:\n");
    print_options(out, help_shared_options);
    fprintf(out, "\nEach command explains itself: %s COMMAND --help\n", path);
}

void help_print_command(FILE *out, const char *path, const struct command *command)
{
    fprintf(out, "Usage: %s [OPTION]...%s%s\n\n%s\n\nOptions:\n", path, command->operands == NULL ? "" : " ",
            command->operands == NULL ? "" : command->operands, command->summary);
    print_options(out, command->options);
    if (command->takes_settings)
        print_options(out, help_settings_options);
    print_options(out, help_shared_options);
    if (command->takes_settings)
        fprintf(out, "\nA setting is taken from --set, else from the environment "
                     "(USERSTATS_<SECTION>_<KEY>), else from the file, "
                     "else it has\nits default: userstats config dump shows all of them.\n");
}

void help_print_version(FILE *out)
{
    fprintf(out, "userstats %s (commit %s)\n", app_version, app_commit);
}
