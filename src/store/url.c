/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a store URL. Awkward: SQLite reads meaning into names like ":memory:" and "file:x?mode=rwc",
 * so a path that does not begin with '/' gets a "./" in front, which takes that meaning away. */
#include "store/url.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

static bool has_scheme(const char *url, const char *scheme)
{
    return text_starts_with(text_of(url), text_of(scheme));
}

bool store_url_path(const char *url, char **path, struct error *err)
{
    static const char scheme[] = "sqlite:";
    if (has_scheme(url, "postgres:") || has_scheme(url, "postgresql:"))
        return error_set(err, ERROR_SETTING, "store.url: this version serves SQLite only; write sqlite:PATH");
    const char *name = has_scheme(url, scheme) ? url + sizeof scheme - 1 : "";
    if (name[0] == '\0')
        return error_set(err, ERROR_SETTING, "store.url: write sqlite:PATH, the path of a database file");
    size_t size = strlen(name) + sizeof "./";
    char *copy = memory_alloc(size, err);
    if (copy == NULL)
        return false;
    bool absolute = name[0] == '/' || (name[0] == '.' && name[1] == '/');
    snprintf(copy, size, "%s%s", absolute ? "" : "./", name);
    *path = copy;
    return true;
}
