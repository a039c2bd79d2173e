/* SPDX-License-Identifier: Apache-2.0 */
/* A throw-away service with the reference page's players: a directory that lives as long as `serve --demo`.
 */
#ifndef USERSTATS_APP_DEMO_H
#define USERSTATS_APP_DEMO_H

#include "base/attributes.h"
#include "base/clock.h"
#include "base/error.h"

struct demo;

#define DEMO_SETTINGS 9

/* Makes a temporary directory (in TMPDIR, else /tmp), a key pair and a database in it. The caller owns *out.
 * Nothing is left behind on failure. */
bool demo_open(struct demo **out, struct error *err) MUST_USE;
/* Removes the directory. */
void demo_close(struct demo **demo);

/* "section.key=value" for the settings that a demo decides: its files, the default issuer and audience, the
 * form of its tokens.
 * DEMO_SETTINGS of them, valid as long as DEMO. */
const char *const *demo_assignments(const struct demo *demo);

/* Mints a token for WarriorSaint, good for a day from CLOCK's now, and prints on stdout what this is, where
 * the files are, and one ready-to-paste curl for the API at ADDRESS ("HOST:PORT"). */
bool demo_print(const struct demo *demo, const char *address, const struct clock *clock,
                struct error *err) MUST_USE;

#endif
