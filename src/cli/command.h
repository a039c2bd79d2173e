/* SPDX-License-Identifier: Apache-2.0 */
/* What a sub-command is, and what all of them share: options, --help, settings, the one-line error. Private
 * to the module.
 *
 * A sub-command is one file that defines one `const struct command command_<name>`, which commands.c lists.
 */
#ifndef USERSTATS_SRC_CLI_COMMAND_H
#define USERSTATS_SRC_CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "app/config.h"
#include "base/attributes.h"
#include "base/error.h"

enum command_status { COMMAND_OK = 0, COMMAND_FAILED = 1, COMMAND_USAGE = 2 };

/* One long option of a command: "--name", or "--name VALUE". A list of them ends with a zero entry. */
struct command_option {
    const char *name;
    const char *value;   /* what help calls its value: "FILE"; NULL: the option takes none */
    const char *meaning; /* one line */
};

#define COMMAND_OPTIONS_MAX 24 /* in one list */
#define COMMAND_SETS_MAX    64 /* --set on one command line */

struct command_line;

/* Either a group (`token`: ACTIONS, no RUN) or what does something (`token mint`: RUN). */
struct command {
    const char *name;
    const char *summary;                   /* one line, for the list in --help */
    const char *operands;                  /* "FILE", "[FILE|-]"; NULL: takes none, and one is refused */
    const struct command_option *options;  /* beyond --help and --version; NULL: none */
    bool takes_settings;                   /* adds --config FILE and --set section.key=value */
    const struct command *const *actions;  /* a group's, ended by NULL */
    int (*run)(struct command_line *line); /* returns an enum command_status */
};

/* The sub-commands in the order of --help, ended by NULL: commands.c. */
extern const struct command *const commands[];
extern const struct command command_serve, command_config, command_schema, command_catalog, command_import,
    command_export, command_token, command_healthcheck;

/* One command's part of the command line while it is read. */
struct command_line {
    const struct command *command;
    char path[64]; /* "userstats token mint": for texts */
    int argc;
    char **argv;       /* argv[0] is the command's name */
    const char *value; /* of the option that command_next_option just gave */
    char **operands;   /* after COMMAND_OPTIONS_END: what is left */
    size_t operand_count;
    const char *config_file; /* --config; NULL: not given */
    const char *sets[COMMAND_SETS_MAX];
    size_t set_count;
    int status;   /* after COMMAND_OPTIONS_STOP: what to return */
    bool started; /* private to options.c */
};

enum { COMMAND_OPTIONS_END = -1, COMMAND_OPTIONS_STOP = -2 };

/* The next option of LINE, as its index in command->options, with its value in line->value. Options may stand
 * before, between and after operands; "--" ends them. --help, --version, --config and --set are dealt with
 * here. COMMAND_OPTIONS_END: none is left, and the operands are in line->operands. COMMAND_OPTIONS_STOP: help
 * or version was printed, or the usage was wrong and that was reported: return line->status. Not thread-safe
 * (getopt_long). */
int command_next_option(struct command_line *line) MUST_USE;

/* For a command without options of its own: reads all of LINE. True: go on; false: return line->status. */
bool command_read_options(struct command_line *line) MUST_USE;

/* The settings that LINE, the environment and the file name give; the caller owns *out (config_close). */
bool command_settings(const struct command_line *line, struct config **out, struct error *err) MUST_USE;

/* Prints `userstats: TEXT; see userstats COMMAND --help` on stderr and returns COMMAND_USAGE. */
int command_usage(const struct command_line *line, const char *text, ...) PRINTF_LIKE(2, 3);
/* Prints `userstats: <operator's text of ERR>` on stderr and returns COMMAND_FAILED (COMMAND_USAGE for
 * ERROR_USAGE). The texts in ERR say what, where and the next step. */
int command_failed(const struct error *err);
/* Flushes stdout: COMMAND_OK, or COMMAND_FAILED with a line on stderr where what was printed did not arrive
 * (a full disk). */
int command_finish(void);

/* Runs the command that ARGV[0] names among LIST; PATH is how the user called it so far ("userstats"). */
int command_dispatch(const struct command *const *list, const char *path, int argc, char **argv);

#endif
