/* SPDX-License-Identifier: Apache-2.0 */
/* What a stored statistic id is called: its scid and name, and its place in an export. Private to cli. */
#ifndef USERSTATS_SRC_CLI_EXPORT_NAMES_H
#define USERSTATS_SRC_CLI_EXPORT_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"
#include "model/statistic.h"

struct export_name {
    uint32_t id;
    uint32_t rank; /* the place of (scid, name) among all, in byte order: the same in every database with this
                      catalog */
    struct text scid, name;
};

struct export_names {
    struct export_name *by_id;
    size_t count;
};

/* The names of all statistics of D, in ARENA, pointing into D. */
bool export_names_build(const struct catalog_definition *d, struct arena *arena, struct export_names *out,
                        struct error *err) MUST_USE;
/* NULL: no statistic has that id. */
const struct export_name *export_names_find(const struct export_names *names, uint32_t id);

#endif
