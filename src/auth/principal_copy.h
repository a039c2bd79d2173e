/* SPDX-License-Identifier: Apache-2.0 */
/* A principal in one block of memory. */
#ifndef USERSTATS_SRC_AUTH_PRINCIPAL_COPY_H
#define USERSTATS_SRC_AUTH_PRINCIPAL_COPY_H

#include "model/principal.h"

/* The bytes that principal_copy needs for P, of whom nobody is the caller yet. */
size_t principal_copy_size(const struct principal *p);

/* P with everything that it points at in BLOCK, which is aligned for any type. */
struct principal principal_copy(const struct principal *p, void *block);

#endif
