/* SPDX-License-Identifier: Apache-2.0 */
/* What the sources of settings share: private to the module. */
#ifndef USERSTATS_BASE_SETTINGS_TABLE_H
#define USERSTATS_BASE_SETTINGS_TABLE_H

#include <stddef.h>

#include "base/attributes.h"
#include "base/error.h"
#include "base/settings.h"
#include "base/text.h"

#define SETTINGS_ORIGIN_MAX 4160 /* the longest path of Linux and a line number */

struct assignment {
    struct text section, key; /* section: "auth" or "auth.studio" */
    struct text value;
    const char *origin; /* as settings_origin gives it */
};

/* Begins the next file, environment or flag: within one, each key is set once. */
void settings_begin_reading(struct settings *s);

/* Sets a key, making the named section it stands in. After a failure *s is as it was. SETTING, beginning with
 * the origin. */
bool settings_assign(struct settings *s, const struct assignment *a, struct error *err) MUST_USE;

const struct setting_rule *settings_rules(const struct settings *s, size_t *count);

#endif
