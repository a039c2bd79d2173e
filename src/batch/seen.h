/* SPDX-License-Identifier: Apache-2.0 */
/* Which xuids and which names a request has already listed. */
#ifndef USERSTATS_BATCH_SEEN_H
#define USERSTATS_BATCH_SEEN_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"

/* Each has room for the CAPACITY it was made for; adding more is a programming fault (asserted). */
struct seen_xuids {
    uint64_t *slots; /* 0: free */
    size_t mask;
};

bool seen_xuids_init(struct seen_xuids *x, size_t capacity, struct arena *arena, struct error *err) MUST_USE;
/* Enters XUID, which is not 0; false when it was there. */
bool seen_xuids_add(struct seen_xuids *x, uint64_t xuid);

struct seen_name;

/* Names without regard to ASCII case, in groups that do not see each other. */
struct seen_names {
    struct seen_name *slots;
    size_t mask;
};

bool seen_names_init(struct seen_names *x, size_t capacity, struct arena *arena, struct error *err) MUST_USE;
/* Enters NAME (not absent, not copied) of GROUP at POSITION unless it was there; returns where it then is. */
size_t seen_names_add(struct seen_names *x, size_t group, struct text name, size_t position);

#endif
