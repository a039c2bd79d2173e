/* SPDX-License-Identifier: Apache-2.0 */
/* The path of a single user's request to a batch, and back. */
#include "batch/batch.h"
#include "batch/seen.h"
#include "model/xuid.h"

static bool read_user(struct text user, uint64_t *out, struct error *err)
{
    const struct text prefix = text_of("xuid(");
    if (text_starts_with(user, prefix) && user.data[user.size - 1] == ')') {
        struct text digits = text_slice(user.data + prefix.size, user.size - prefix.size - 1);
        if (xuid_parse(digits, out))
            return true;
    }
    return error_refuse(
        err, ERROR_PATH,
        "users/: the user must be xuid(<xuid>), the decimal digits of an xuid, 1 to 18446744073709551615, "
        "without leading zeros, such as users/xuid(2533274790395904).");
}

static size_t count_names(struct text names)
{
    size_t count = 1;
    if (names.data == NULL)
        return 0;
    for (size_t i = 0; i < names.size; i++)
        count += names.data[i] == ',';
    return count;
}

/* The different names of NAMES, of which there are LISTED, into LIST. */
static bool read_names(struct text names, size_t listed, struct arena *arena, struct batch_list *list,
                       struct error *err)
{
    struct seen_names seen;
    struct text rest = names, *different = arena_alloc_array(arena, listed, sizeof *different, err);
    if (different == NULL || !seen_names_init(&seen, listed, arena, err))
        return false;
    for (size_t i = 0; i < listed; i++) {
        struct text name = rest;
        text_split(rest, ',', &name, &rest);
        if (seen_names_add(&seen, 0, name, list->name_count) == list->name_count)
            different[list->name_count++] = name;
    }
    list->names = different;
    return true;
}

bool batch_parse_single(const struct batch_single *path, struct arena *arena, struct batch *out,
                        struct error *err)
{
    uint64_t user = 0;
    size_t listed = count_names(path->names);
    if (!read_user(path->user, &user, err))
        return false;
    if (!scid_is_valid(path->scid))
        return error_refuse(err, ERROR_PATH, "scids/: must be a scid of 1 to 36 letters, digits and '-'.");
    if (listed > BATCH_SINGLE_NAMES_MAX || path->names.size + 1 > listed + BATCH_SINGLE_CHARACTERS_MAX)
        return error_refuse(err, ERROR_PATH,
                            "stats/: at most %d names and %d characters of names are answered at once; ask "
                            "again for the others, or use POST /batch.",
                            BATCH_SINGLE_NAMES_MAX, BATCH_SINGLE_CHARACTERS_MAX);
    uint64_t *xuid = arena_alloc(arena, sizeof *xuid, err);
    struct batch_list *list = arena_alloc(arena, sizeof *list, err);
    if (xuid == NULL || list == NULL || !read_names(path->names, listed, arena, list, err))
        return false;
    *xuid = user;
    list->owner.scid = path->scid;
    *out = (struct batch){.xuids = xuid, .xuid_count = 1, .lists = list, .list_count = 1};
    return true;
}

void batch_write_single(const struct batch *b, struct buffer *out)
{
    const struct batch_list *list = &b->lists[0];
    buffer_put(out, "/users/xuid(");
    buffer_put_u64(out, b->xuids[0]);
    buffer_put(out, ")/scids/");
    buffer_append(out, list->owner.scid);
    buffer_put(out, "/stats");
    for (size_t i = 0; i < list->name_count; i++) {
        buffer_put_char(out, i == 0 ? '/' : ',');
        buffer_append(out, list->names[i]);
    }
}
