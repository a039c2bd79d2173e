/* SPDX-License-Identifier: Apache-2.0 */
/* A database with a catalog, and short ways to run commands on it. */
#ifndef USERSTATS_TESTS_SUPPORT_CLI_WORLD_H
#define USERSTATS_TESTS_SUPPORT_CLI_WORLD_H

#include "support/command_run.h"

/* One test's directory and the database in it; ENTRY is the command line's. */
struct cli_world {
    command_entry *entry;
    const char *directory;
    const char *store; /* "store.url=sqlite:…" */
};

#define WORLD_SCID "7492baca-c1b4-440d-a391-b7ef364a8d40"

/* {Kills: Integer, Ratio: Double, Motto: String, Seen: DateTime, Rank: Integer restricted} under WORLD_SCID,
 * sandbox RETAIL. */
extern const char world_catalog[];

/* Makes a directory, and in it a database without a catalog. */
void cli_world_open(struct cli_world *w, command_entry *entry);
/* Applies DOCUMENT, which must be good. */
void cli_world_apply(const struct cli_world *w, const char *document);
void cli_world_close(struct cli_world *w);

/* Writes BYTES to the file NAME of the directory and gives its path. */
const char *cli_world_file(const struct cli_world *w, const char *name, const char *bytes);

/* Runs `userstats WORDS… --set store.url=…` (WORDS: at most 20, NULL-terminated). */
struct command_run cli_world_run(const struct cli_world *w, const char *const *words);
/* The same with INPUT on standard input. */
struct command_run cli_world_feed(const struct cli_world *w, const char *input, const char *const *words);
/* What `export --kind KIND` prints; it must succeed. */
const char *cli_world_export(const struct cli_world *w, const char *kind);

#endif
