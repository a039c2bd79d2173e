/* SPDX-License-Identifier: Apache-2.0 */
/* Settings from a table: flag > environment > file > default, each value remembering where it came from. */
#ifndef USERSTATS_BASE_SETTINGS_H
#define USERSTATS_BASE_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"

enum setting_kind { SETTING_TEXT, SETTING_INTEGER, SETTING_CHOICE };

/* One key. A table of these is static and outlives the settings read with it. */
struct setting_rule {
    const char *name;           /* "section.key" */
    enum setting_kind kind;     /* TEXT: no control characters; INTEGER: plain decimal */
    bool secret;                /* masked by settings_dump; may come from USERSTATS_<SECTION>_<KEY>_FILE */
    const char *fallback;       /* the default, as it would stand in a file */
    int64_t least, most;        /* INTEGER: the range, ends included */
    const char *const *choices; /* CHOICE: the allowed words, NULL-terminated */
    const char *meaning;        /* one line, for config dump and the docs; names the unit */
};

struct settings;

/* All keys at their defaults, which must be valid by their own rules (asserted). The caller owns *out. One
 * thread at a time. */
bool settings_open(const struct setting_rule *rules, size_t rule_count, struct settings **out,
                   struct error *err) MUST_USE;
void settings_close(struct settings **settings);

/* Each of the three lays what it reads over what is there; whoever reads in the order file, environment,
 * flags has the precedence that the documentation promises. After a failure *s may hold a part of what was
 * read: report and close.
 *
 * Reads an INI file of at most SETTINGS_FILE_MAX bytes: [section], key = value, lines that begin with '#' or
 * ';', and comments that begin with " ;". An unknown key, a bad value, a key that stands twice, anything else
 * that is no such line: SETTING, naming file and line; unreadable: FILE. */
#define SETTINGS_FILE_MAX 65536
bool settings_read_file(struct settings *s, const char *path, struct error *err) MUST_USE;
/* Reads USERSTATS_<SECTION>_<KEY> out of ENVIRONMENT ("NAME=value"…, NULL-terminated), and for secrets also
 * …_FILE, the path of a file that holds the value and at most one line end behind it. A variable that begins
 * with USERSTATS_ and is no key of ours, a bad value, two variables for one key: SETTING, naming the
 * variable; an unreadable or empty file: FILE. */
bool settings_read_environment(struct settings *s, char *const *environment, struct error *err) MUST_USE;
/* Sets one key from a flag, ASSIGNMENT being "section.key=value"; the last flag for a key counts. SETTING. */
bool settings_read_flag(struct settings *s, const char *assignment, struct error *err) MUST_USE;

/* The value; NAME must be a key of the table (asserted). Valid until the settings change or close. */
const char *settings_text(const struct settings *s, const char *name);
int64_t settings_integer(const struct settings *s, const char *name);
/* "default", "file PATH:LINE", "environment NAME", "flag". */
const char *settings_origin(const struct settings *s, const char *name);

/* Calls EACH for every key in the order of the table, with "***" for a secret that is set. */
void settings_each(const struct settings *s,
                   void (*each)(void *context, const struct setting_rule *rule, const char *value,
                                const char *origin),
                   void *context);

#endif
