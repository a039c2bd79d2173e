/* SPDX-License-Identifier: Apache-2.0 */
/* An Xbox user id: an unsigned 64-bit integer that is never 0, held as uint64_t. */
#ifndef USERSTATS_MODEL_XUID_H
#define USERSTATS_MODEL_XUID_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/text.h"

/* The decimal digits of an xuid (1 … 18446744073709551615, no sign, no leading zero); false otherwise, *out
 * untouched. */
MUST_USE bool xuid_parse(struct text t, uint64_t *out);

#endif
