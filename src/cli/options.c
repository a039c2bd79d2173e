/* SPDX-License-Identifier: Apache-2.0 */
/* Options of a sub-command on getopt_long, and how failures are reported. Awkward: getopt_long keeps its
 * place in globals, so a command line is read by one thread, once, from front to back. */
#include "command.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "help.h"

/* What getopt_long gives back: an index into the command's options, or one of these. */
enum { TAKES_SETTINGS = 1000, SETTINGS_CONFIG = 1000, SETTINGS_SET, SHARED_HELP = 1100, SHARED_VERSION };

#define TABLE_MAX (COMMAND_OPTIONS_MAX + 5)

static size_t add_options(struct option *table, size_t at, const struct command_option *options, int first)
{
    for (int i = 0; options != NULL && options[i].name != NULL && at + 1 < TABLE_MAX; i++) {
        table[at++] = (struct option){
            .name = options[i].name,
            .has_arg = options[i].value == NULL ? no_argument : required_argument,
            .val = first + i,
        };
    }
    return at;
}

static int stop(struct command_line *line, int status)
{
    line->status = status;
    return COMMAND_OPTIONS_STOP;
}

static int finish_options(struct command_line *line)
{
    line->operands = line->argv + optind;
    line->operand_count = (size_t)(line->argc - optind);
    if (line->command->operands == NULL && line->operand_count > 0)
        return stop(line,
                    command_usage(line, "%s takes no operand, and has %zu", line->path, line->operand_count));
    return COMMAND_OPTIONS_END;
}

/* What stands before OPTIND is the long option that getopt_long did not like; its value, if it has one, is
 * not echoed. */
static int refuse_option(struct command_line *line, const char *what)
{
    char short_option[] = {'-', (char)optopt, '\0'};
    const char *option = optopt > ' ' && optopt <= '~' ? short_option : line->argv[optind - 1];
    return stop(line, command_usage(line, "%s %s %.*s", line->path, what, (int)strcspn(option, "="), option));
}

/* --config, --set, --help, --version. True: dealt with, go on to the next option. */
static bool take_shared_option(struct command_line *line, int option, int *result)
{
    switch (option) {
    case SETTINGS_CONFIG:
        line->config_file = optarg;
        return true;
    case SETTINGS_SET:
        if (line->set_count == COMMAND_SETS_MAX) {
            *result =
                stop(line, command_usage(line, "%s: more than %d of --set", line->path, COMMAND_SETS_MAX));
            return false;
        }
        line->sets[line->set_count++] = optarg;
        return true;
    case SHARED_HELP:
        help_print_command(stdout, line->path, line->command);
        *result = stop(line, command_finish());
        return false;
    default:
        help_print_version(stdout);
        *result = stop(line, command_finish());
        return false;
    }
}

int command_next_option(struct command_line *line)
{
    struct option table[TABLE_MAX] = {{.name = NULL}};
    size_t count = add_options(table, 0, line->command->options, 0);
    if (line->command->takes_settings)
        count = add_options(table, count, help_settings_options, SETTINGS_CONFIG);
    add_options(table, count, help_shared_options, SHARED_HELP);
    if (!line->started) {
        optind = 0; /* glibc: begin anew */
        opterr = 0;
        line->started = true;
    }
    int result = COMMAND_OPTIONS_STOP;
    for (;;) {
        int option = getopt_long(line->argc, line->argv, ":h", table, NULL);
        if (option == -1)
            return finish_options(line);
        if (option == ':')
            return refuse_option(line, "needs a value after");
        if (option == '?')
            return refuse_option(line, "has no option");
        if (option == 'h')
            option = SHARED_HELP;
        if (option < TAKES_SETTINGS) {
            line->value = optarg;
            return option;
        }
        if (!take_shared_option(line, option, &result))
            return result;
    }
}

bool command_read_options(struct command_line *line)
{
    return command_next_option(line) == COMMAND_OPTIONS_END;
}

bool command_settings(const struct command_line *line, struct config **out, struct error *err)
{
    struct config_sources sources = {
        .file = line->config_file,
        .environment = environ,
        .assignments = line->sets,
        .assignment_count = line->set_count,
    };
    return config_open(&sources, out, err);
}

int command_usage(const struct command_line *line, const char *text, ...)
{
    va_list arguments;
    char formatted[ERROR_MESSAGE_MAX];
    struct error printable; /* an argument may hold any byte: the error makes it one line */
    va_start(arguments, text);
    vsnprintf(formatted, sizeof formatted, text, arguments);
    va_end(arguments);
    error_refuse(&printable, ERROR_USAGE, "%s", formatted);
    fprintf(stderr, "userstats: %s; see %s --help\n", printable.message, line->path);
    return COMMAND_USAGE;
}

int command_failed(const struct error *err)
{
    fprintf(stderr, "userstats: %s\n", error_operator_text(err));
    return err->code == ERROR_USAGE ? COMMAND_USAGE : COMMAND_FAILED;
}

int command_finish(void)
{
    if (fflush(stdout) == 0 && ferror(stdout) == 0)
        return COMMAND_OK;
    fprintf(stderr, "userstats: stdout cannot be written: %s; see that its disk has room\n", strerror(errno));
    return COMMAND_FAILED;
}
