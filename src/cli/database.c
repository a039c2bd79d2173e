/* SPDX-License-Identifier: Apache-2.0 */
/* Opens databases and reads files for the commands. Awkward: a writer opens a database of an older schema
 * too, because `schema migrate` needs that; every other command must not. */
#include "cli/database.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "store/store.h"

bool database_open_writer(const char *url, struct store_writer **out, struct error *err)
{
    struct schema_status status;
    if (!schema_status_read(url, &status, err))
        return false;
    if (status.current != status.latest)
        return error_set(err, ERROR_SCHEMA,
                         "%s has schema version %d, this build works with %d; run: userstats schema migrate",
                         url, status.current, status.latest);
    return writer_open(url, false, out, err);
}

bool database_read_catalog(const char *url, struct arena *arena, struct catalog_definition *out,
                           struct error *err)
{
    struct store *store;
    if (!store_open(url, &clock_system, &store, err))
        return false;
    bool done = store_read_catalog(store, arena, out, err);
    store_close(&store);
    return done;
}

static bool read_stream(FILE *stream, const char *name, struct buffer *out, struct error *err)
{
    char chunk[4096];
    size_t got;
    while ((got = fread(chunk, 1, sizeof chunk, stream)) > 0 && out->state == BUFFER_GOOD)
        buffer_append(out, text_slice(chunk, got));
    if (ferror(stream))
        return error_set(err, ERROR_FILE, "%s: %s", name, strerror(errno));
    return true;
}

bool file_read_whole(const char *path, size_t limit, struct arena *arena, struct text *out, struct error *err)
{
    bool is_stdin = strcmp(path, "-") == 0;
    const char *name = is_stdin ? "standard input" : path;
    FILE *stream = is_stdin ? stdin : fopen(path, "re");
    if (stream == NULL)
        return error_set(err, ERROR_FILE, "%s: %s", name, strerror(errno));
    struct buffer bytes;
    buffer_init(&bytes, arena, limit);
    bool done = read_stream(stream, name, &bytes, err);
    if (!is_stdin)
        fclose(stream);
    if (done && bytes.state == BUFFER_FULL)
        return error_set(err, ERROR_FILE, "%s is larger than the limit of %zu bytes", name, limit);
    return done && buffer_finish(&bytes, ERROR_FILE, out, err);
}
