/* SPDX-License-Identifier: Apache-2.0 */
/* A written path is not encoded; its names may hold a '/', so they are all that stands behind "stats/". */
#include "single_rewrite.h"

#include "batch/batch.h"
#include "http/message.h"
#include "http/path.h"

static struct text parse_and_write(const struct batch_single *parts, struct arena *arena)
{
    struct buffer b;
    struct batch batch;
    struct error err;
    struct text written = {NULL, 0};
    buffer_init(&b, arena, 1 << 20);
    if (batch_parse_single(parts, arena, &batch, &err))
        batch_write_single(&batch, &b);
    return b.size > 0 && buffer_finish(&b, ERROR_INTERNAL, &written, &err) ? written : text_of(NULL);
}

struct text single_rewrite(struct text path, struct arena *arena)
{
    struct batch_single parts = {.names = {NULL, 0}};
    struct text ignored, rest, stats;
    if (!text_split(path, '/', &ignored, &rest) || !text_split(rest, '/', &ignored, &rest) ||
        !text_split(rest, '/', &parts.user, &rest) || !text_split(rest, '/', &ignored, &rest) ||
        !text_split(rest, '/', &parts.scid, &rest))
        return text_of(NULL);
    text_split(rest, '/', &stats, &parts.names);
    return parse_and_write(&parts, arena);
}

struct text single_request(struct text path, struct arena *arena)
{
    static const char route[] = "/users/{user}/scids/{scid}/stats/{names}";
    const struct http_request r = {.path = path, .route = route, .arena = arena};
    struct batch_single parts;
    struct error err;
    bool found;
    if (!path_matches(route, path) || !http_request_part(&r, "user", &parts.user, &found, &err) ||
        !http_request_part(&r, "scid", &parts.scid, &found, &err) ||
        !http_request_part(&r, "names", &parts.names, &found, &err))
        return text_of(NULL);
    return parse_and_write(&parts, arena);
}
