/* SPDX-License-Identifier: Apache-2.0 */
/* Reading settings files: private to the module, its tests and its fuzz target. */
#ifndef USERSTATS_BASE_SETTINGS_FILE_H
#define USERSTATS_BASE_SETTINGS_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"
#include "base/error.h"
#include "base/settings.h"
#include "base/text.h"

/* What is done with one "key = value" line: SECTION is "" before the first [section]; the strings last for
 * the call. */
struct settings_line {
    const char *section, *key, *value;
    size_t number; /* from 1 */
};
typedef bool settings_line_taker(void *context, const struct settings_line *line, struct error *err);

/* Hands each "key = value" line of CONTENT, an INI file known as PATH, to TAKE, in their order, up to the
 * first error. Fails with TAKE's error or with SETTING, naming PATH and line, whichever line comes first. */
bool settings_lines_read(struct text content, const char *path, settings_line_taker *take, void *context,
                         struct error *err) MUST_USE;

/* All bytes of the file at PATH, at most LIMIT, which a NUL follows that is not counted;
 * settings_bytes_forget frees them. Fails with FILE, naming PATH. */
bool settings_bytes_read(const char *path, size_t limit, struct text *out, struct error *err) MUST_USE;
/* Overwrites and frees what settings_bytes_read gave: it may be a secret. */
void settings_bytes_forget(struct text *bytes);

/* T without one "\n" or "\r\n" at its end. */
struct text settings_without_line_end(struct text t);

/* settings_read_file with the content in hand. */
bool settings_read_text(struct settings *s, struct text content, const char *path,
                        struct error *err) MUST_USE;

#endif
