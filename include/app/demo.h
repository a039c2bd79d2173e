/* SPDX-License-Identifier: Apache-2.0 */
/* A throw-away service with the reference page's players: a directory that lives as long as `serve --demo`.
 */
#ifndef USERSTATS_APP_DEMO_H
#define USERSTATS_APP_DEMO_H

#include <stddef.h>

#include "app/config.h"
#include "base/attributes.h"
#include "base/clock.h"
#include "base/error.h"

struct demo;

#define DEMO_SETTINGS 2

/* Makes a temporary directory (in TMPDIR, else /tmp), a key pair and a database in it. The caller owns *out.
 * Nothing is left behind on failure. */
bool demo_open(struct demo **out, struct error *err) MUST_USE;
/* Removes the directory. */
void demo_close(struct demo **demo);

/* "section.key=value" for the settings that point at the demo's files; valid as long as DEMO. */
const char *const *demo_assignments(const struct demo *demo);
const char *demo_directory(const struct demo *demo);

/* Mints a token for WarriorSaint that CONFIG's issuer and audience take, good for a day from CLOCK's now, and
 * prints on stdout what this is, where the files are, and one ready-to-paste curl for the service at ADDRESS.
 */
bool demo_print(const struct demo *demo, const struct config *config, const char *address,
                const struct clock *clock, struct error *err) MUST_USE;

#endif
