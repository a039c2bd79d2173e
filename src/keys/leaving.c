/* SPDX-License-Identifier: Apache-2.0 */
/* A list beside the set in force, of ids and of since when. Awkward: the room for old keys is counted here,
 * as key_set_join fails for too many and the new keys must go in all the same; the newest of the old ones
 * come first in the set, so that they are the ones that find room. */
#include "keys/leaving.h"

static bool is_over(const struct leaving *l, size_t i, int64_t now_ms)
{
    return now_ms - l->keys[i].since_ms >= l->overlap_ms;
}

static size_t index_of(const struct leaving *l, const struct key_id *id)
{
    size_t i = 0;
    while (i < l->count && !key_id_equals(&l->keys[i].id, id))
        i++;
    return i;
}

void leaving_note(struct leaving *l, const struct key_set *published, const struct key_set *current,
                  int64_t now_ms)
{
    const struct leaving before = *l;
    l->noted_ms = now_ms;
    l->count = 0;
    for (size_t i = 0; i < key_set_size(current); i++) {
        const struct key_id *id = key_set_id(current, i);
        if (key_set_has(published, id))
            continue;
        size_t known = index_of(&before, id);
        l->keys[l->count].id = *id;
        l->keys[l->count++].since_ms = known < before.count ? before.keys[known].since_ms : now_ms;
    }
}

struct keeping {
    const struct leaving *leaving;
    size_t *room;
};

static bool keeps(const void *context, const struct key_id *id)
{
    const struct keeping *k = context;
    size_t i = index_of(k->leaving, id);
    if (i == k->leaving->count || is_over(k->leaving, i, k->leaving->noted_ms) || *k->room == 0)
        return false;
    --*k->room;
    return true;
}

bool leaving_join(const struct leaving *l, const struct key_set *published, const struct key_set *current,
                  struct key_set **out, struct error *err)
{
    size_t room = KEY_SET_MAX - key_set_size(published);
    const struct keeping keeping = {l, &room};
    const struct key_choice choice = {keeps, &keeping};
    return key_set_join(published, current, &choice, out, err);
}

bool leaving_is_over(const struct leaving *l, int64_t now_ms)
{
    for (size_t i = 0; i < l->count; i++) {
        if (is_over(l, i, now_ms))
            return true;
    }
    return false;
}

void leaving_forget(struct leaving *l, int64_t now_ms)
{
    size_t kept = 0;
    for (size_t i = 0; i < l->count; i++) {
        if (!is_over(l, i, now_ms))
            l->keys[kept++] = l->keys[i];
    }
    l->count = kept;
}
