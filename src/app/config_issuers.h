/* SPDX-License-Identifier: Apache-2.0 */
/* The issuers that the settings name: private to the module. */
#ifndef USERSTATS_APP_CONFIG_ISSUERS_H
#define USERSTATS_APP_CONFIG_ISSUERS_H

#include <stddef.h>

#include "app/config.h"
#include "base/attributes.h"
#include "base/error.h"
#include "base/settings.h"

/* Reads [auth] and every [auth.NAME] of S, which the texts belong to. The caller frees *out (memory_free).
 * SETTING, naming the key and where its value came from. */
bool config_issuers_read(const struct settings *s, struct issuer_config **out, size_t *count,
                         struct error *err) MUST_USE;

/* Refuses the value of setting NAME: SETTING, naming the key and where its value came from. Returns false. */
bool config_refuse(const struct settings *s, const char *name, const char *reason, struct error *err);

#endif
