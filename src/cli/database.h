/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands that work on a database share: opening it for writing, and its catalog. Private to cli.
 */
#ifndef USERSTATS_SRC_CLI_DATABASE_H
#define USERSTATS_SRC_CLI_DATABASE_H

#include "base/arena.h"
#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"
#include "model/statistic.h"
#include "store/writer.h"

#define DEFINITION_MEMORY_MAX ((size_t)256 * 1024 * 1024) /* bytes of an arena that holds a definition */

/* Opens the database of URL for writing, after checking that its schema is this build's: SCHEMA says which
 * command to run. The caller owns *out. Fails as writer_open does. */
bool database_open_writer(const char *url, struct store_writer **out, struct error *err) MUST_USE;

/* The catalog of the database of URL, in ARENA, read without a writer's lock. Fails as store_open does. */
bool database_read_catalog(const char *url, struct arena *arena, struct catalog_definition *out,
                           struct error *err) MUST_USE;

/* Reads the file PATH ("-": standard input) whole, at most LIMIT bytes, into ARENA. Fails with FILE or
 * NO_MEMORY. */
bool file_read_whole(const char *path, size_t limit, struct arena *arena, struct text *out,
                     struct error *err) MUST_USE;

#endif
