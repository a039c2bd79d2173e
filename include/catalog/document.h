/* SPDX-License-Identifier: Apache-2.0 */
/* The catalog as a JSON file: {"titles":[…],"scids":[…]}; docs/operations.md describes it. */
#ifndef USERSTATS_CATALOG_DOCUMENT_H
#define USERSTATS_CATALOG_DOCUMENT_H

#include "base/arena.h"
#include "base/attributes.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"
#include "model/statistic.h"

#define CATALOG_DOCUMENT_MAX 16777216 /* bytes: 16 MiB */

/* Reads and checks (catalog_definition_check) DOCUMENT into *out, which lives in ARENA. Unknown members are
 * refused: a misspelt `acess` must not pass as "absent". Absent `access` means restricted. ERROR_CATALOG
 * names the member's path; JSON_SYNTAX its place. */
bool catalog_document_read(struct text document, struct arena *arena, struct catalog_definition *out,
                           struct error *err) MUST_USE;

/* Writes D as an indented document that reads back to the same definition. */
void catalog_document_write(const struct catalog_definition *d, struct buffer *out);

/* Writes what turns FROM into TO, a line each: "+ title 5 …", "- scid …", "~ scid … statistic Kills: access
 * open -> restricted". Returns the number of lines; 0 when they are the same (ids and version are not
 * compared). */
size_t catalog_diff(const struct catalog_definition *from, const struct catalog_definition *to,
                    struct buffer *out);

#endif
