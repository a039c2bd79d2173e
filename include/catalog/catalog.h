/* SPDX-License-Identifier: Apache-2.0 */
/* Which titles, scids and statistics exist: immutable once built, looked up in constant time, swapped whole.
 */
#ifndef USERSTATS_CATALOG_CATALOG_H
#define USERSTATS_CATALOG_CATALOG_H

#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"
#include "model/statistic.h"

#define CATALOG_TEXT_MAX   256                         /* bytes of a title's name, of a display text */
#define CONFIG_TITLES_MAX  256                         /* titles that own one scid */
#define CATALOG_MEMORY_MAX ((size_t)256 * 1024 * 1024) /* bytes of a catalog in memory; more: NO_MEMORY */

struct catalog;

/* Builds a catalog from DEFINITION, which is copied, after catalog_definition_check. The caller holds the one
 * reference. */
bool catalog_build(const struct catalog_definition *definition, struct catalog **out,
                   struct error *err) MUST_USE;

/* One more reference to C, which it returns; each is given back with catalog_release. Any thread. */
struct catalog *catalog_hold(struct catalog *c);
/* Gives a reference back and clears *C; the last one frees. NULL is fine. */
void catalog_release(struct catalog **c);

int64_t catalog_version(const struct catalog *c);
/* The whole content, as long as a reference is held. */
const struct catalog_definition *catalog_definition_of(const struct catalog *c);

/* The service configuration of SCID, compared without regard to ASCII case; NULL when there is none. */
const struct service_config *catalog_find_scid(const struct catalog *c, struct text scid);
/* The statistic NAME of CONFIG (which came from C), compared without regard to ASCII case; NULL when there is
 * none. */
const struct statistic *catalog_find_statistic(const struct catalog *c, const struct service_config *config,
                                               struct text name);

/* The service configurations that the title TITLE_ID owns, in the order of the definition, in *configs;
 * returns their number: 0 for a title that is not known. As long as a reference is held. */
size_t catalog_find_title(const struct catalog *c, uint64_t title_id,
                          const struct service_config *const **configs);
/* The featured statistics of CONFIG (which came from C) in their Ordinal order, in *featured; returns their
 * number, at most HERO_STATISTICS_MAX. As long as a reference is held. */
size_t catalog_find_featured(const struct catalog *c, const struct service_config *config,
                             const struct statistic *const **featured);

/* What must hold of any definition, whoever wrote it; ERROR_CATALOG names the offender by its path
 * (`scids[1].statistics[0].name`) and the rule: valid and unique names, known titles, a sandbox, featured
 * statistics open, at most HERO_STATISTICS_MAX of them in a scid, ordinals unique in their scid, at most
 * GRANTS_MAX grants. */
bool catalog_definition_check(const struct catalog_definition *d, struct error *err) MUST_USE;

/* The place where the catalog now in force is kept. */
struct catalog_slot;
/* A slot that holds C, whose reference it takes over. */
bool catalog_slot_open(struct catalog *c, struct catalog_slot **out, struct error *err) MUST_USE;
/* A reference to the catalog now in force: a request takes one and keeps it to its end. Any thread. */
struct catalog *catalog_slot_get(struct catalog_slot *slot);
/* Puts C (whose reference the slot takes over) in force: requests that began keep the old one. Any thread. */
void catalog_slot_put(struct catalog_slot *slot, struct catalog *c);
void catalog_slot_close(struct catalog_slot **slot);

#endif
