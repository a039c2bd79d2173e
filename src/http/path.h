/* SPDX-License-Identifier: Apache-2.0 */
/* Paths of routes with parts that vary: "/users/{user}/stats". */
#ifndef USERSTATS_HTTP_PATH_H
#define USERSTATS_HTTP_PATH_H

#include <stdbool.h>

#include "base/text.h"

/* Whether PATH has the segments of TEMPLATE: a literal one as it stands, any but the empty one for a {part}.
 */
bool path_matches(const char *template, struct text path);
/* The segment of PATH, which matches TEMPLATE, that stands for {NAME}, not decoded; false where TEMPLATE has
 * no such part. */
bool path_part(const char *template, struct text path, const char *name, struct text *out);

#endif
