/* SPDX-License-Identifier: Apache-2.0 */
/* Which database a URL names. */
#ifndef USERSTATS_SRC_STORE_URL_H
#define USERSTATS_SRC_STORE_URL_H

#include "base/attributes.h"
#include "base/error.h"

/* The path of `sqlite:PATH`, relative ones led in by "./", as a copy that the caller frees with memory_free.
 * Fails with SETTING for any other URL. */
bool store_url_path(const char *url, char **path, struct error *err) MUST_USE;

#endif
