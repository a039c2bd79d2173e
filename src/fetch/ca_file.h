/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a file of CAs can be one, before a fetch depends on it. */
#ifndef USERSTATS_FETCH_CA_FILE_H
#define USERSTATS_FETCH_CA_FILE_H

#include <stdbool.h>

#include "base/attributes.h"
#include "base/error.h"

/* Whether PATH is a file that can be read and holds at least one PEM block of a certificate; whether that is
 * sound, the first fetch tells. Fails with ERROR_FETCH. */
bool ca_file_check(const char *path, struct error *err) MUST_USE;

#endif
