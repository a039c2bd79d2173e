/* SPDX-License-Identifier: Apache-2.0 */
/* The users first, as they want alignment, then the bytes of every text. Awkward: absent and empty differ, so
 * an empty text keeps a pointer. */
#include "auth/principal_copy.h"

#include <string.h>

size_t principal_copy_size(const struct principal *p)
{
    size_t size =
        p->user_count * sizeof *p->users + p->sandbox.size + p->device_type.size + p->device_id.size;
    for (size_t i = 0; i < p->user_count; i++)
        size += p->users[i].userhash.size + p->users[i].gamertag.size;
    return size;
}

static struct text copy_text(struct text t, char **at)
{
    struct text copy = {.data = NULL};
    if (t.data == NULL)
        return copy;
    copy = text_slice(*at, t.size);
    memcpy(*at, t.data, t.size);
    *at += t.size;
    return copy;
}

struct principal principal_copy(const struct principal *p, void *block)
{
    struct principal copy = *p;
    struct principal_user *users = block;
    char *at = (char *)(users + p->user_count);
    copy.sandbox = copy_text(p->sandbox, &at);
    copy.device_type = copy_text(p->device_type, &at);
    copy.device_id = copy_text(p->device_id, &at);
    for (size_t i = 0; i < p->user_count; i++)
        users[i] = (struct principal_user){copy_text(p->users[i].userhash, &at), p->users[i].xuid,
                                           copy_text(p->users[i].gamertag, &at)};
    copy.users = p->user_count == 0 ? NULL : users;
    copy.caller = NULL;
    return copy;
}
