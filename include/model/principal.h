/* SPDX-License-Identifier: Apache-2.0 */
/* Who is asking: what a verified token says. Absent means "no data", and no data never grants anything. */
#ifndef USERSTATS_MODEL_PRINCIPAL_H
#define USERSTATS_MODEL_PRINCIPAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

struct principal_user {
    struct text userhash; /* uhs; present */
    uint64_t xuid;        /* xid; 0: absent */
    struct text gamertag; /* gtg; may be absent */
};

struct principal {
    struct text sandbox;     /* sbx; may be absent: then no scid's data may be read */
    uint64_t title_id;       /* xti.tid; 0: absent */
    struct text device_type; /* xdi.dty; may be absent */
    struct text device_id;   /* xdi.ddi, else xdi.did; may be absent */
    const struct principal_user *users;
    size_t user_count;
    const struct principal_user *caller; /* the user that the userhash names; NULL for `*` */
    int64_t expires_s;                   /* exp, seconds since 1970 */
};

#endif
