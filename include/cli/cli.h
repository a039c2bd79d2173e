/* SPDX-License-Identifier: Apache-2.0 */
/* The command line: one file per sub-command. */
#ifndef USERSTATS_CLI_CLI_H
#define USERSTATS_CLI_CLI_H

/* Runs the sub-command that ARGV names. Returns the exit status: 0 success, 1 failure, 2 usage. Errors are one line on stderr. */
int cli_run(int argc, char **argv);

#endif
