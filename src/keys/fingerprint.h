/* SPDX-License-Identifier: Apache-2.0 */
/* By what a changed key file is told from an unchanged one without reading it. */
#ifndef USERSTATS_KEYS_FINGERPRINT_H
#define USERSTATS_KEYS_FINGERPRINT_H

#include <stdbool.h>

#include "base/hash.h"

/* Device, inode, size and the times of the last change of the file at PATH; of a directory, its own and those
 * of each visible entry by its name. Symbolic links are followed. What cannot be looked at has the reason as
 * its fingerprint. Take it before reading, so that a change in between is seen the next time. */
struct hash128 key_fingerprint(const char *path);
bool key_fingerprint_equals(struct hash128 a, struct hash128 b);

#endif
