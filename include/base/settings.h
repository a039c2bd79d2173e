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
    bool secret;                /* masked by settings_each; may come from USERSTATS_<SECTION>_<KEY>_FILE */
    bool repeats;               /* may also stand in any [section.NAME], where its name is section.NAME.key */
    const char *fallback;       /* the default, as it would stand in a file */
    int64_t least, most;        /* INTEGER: the range, ends included */
    const char *const *choices; /* CHOICE: the allowed words, NULL-terminated */
    const char *meaning;        /* one line, for config dump and the docs; names the unit */
};

/* NAME is 1 to SETTINGS_NAME_MAX of a–z and 0–9. A named section is there as soon as one of its keys is set;
 * what it does not set has the rule's default, whatever the plain section says. */
#define SETTINGS_NAME_MAX     32
#define SETTINGS_SECTIONS_MAX 15 /* named sections, all together */

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
 * ';', and comments that begin with " ;". An unknown key, a bad value, a key that stands twice, a bad NAME, a
 * named section too many, anything else that is no such line: SETTING, naming file and line; unreadable:
 * FILE. */
#define SETTINGS_FILE_MAX 65536
bool settings_read_file(struct settings *s, const char *path, struct error *err) MUST_USE;
/* Reads USERSTATS_<SECTION>_<KEY> out of ENVIRONMENT ("NAME=value"…, NULL-terminated), and for secrets also
 * …_FILE, the path of a file that holds the value and at most one line end behind it. What is no such
 * variable may be USERSTATS_<SECTION>_<NAME>_<KEY>, the longest KEY that fits it. A variable that begins
 * with USERSTATS_ and is no key of ours, a bad value, two variables for one key: SETTING, naming the
 * variable; an unreadable or empty file: FILE. */
bool settings_read_environment(struct settings *s, char *const *environment, struct error *err) MUST_USE;
/* Sets one key from a flag, ASSIGNMENT being "section.key=value" or "section.NAME.key=value"; the last flag
 * for a key counts. SETTING. */
bool settings_read_flag(struct settings *s, const char *assignment, struct error *err) MUST_USE;

/* The value; NAME must be a key of the table, or of a named section that is there (asserted). Valid until the
 * settings change or close. */
const char *settings_text(const struct settings *s, const char *name);
int64_t settings_integer(const struct settings *s, const char *name);
/* "default", "file PATH:LINE", "environment NAME", "flag". */
const char *settings_origin(const struct settings *s, const char *name);

/* The named sections of SECTION, and the I-th of them as "section.NAME", in the order in which they first
 * appeared; I is less than the count (asserted). Valid until the settings close. */
size_t settings_section_count(const struct settings *s, const char *section);
const char *settings_section_name(const struct settings *s, const char *section, size_t i);

/* Calls EACH for every key under its whole NAME, in the order of the table, the keys of named sections behind
 * those of the plain one; VALUE is "***" for a secret that is set. */
void settings_each(const struct settings *s,
                   void (*each)(void *context, const struct setting_rule *rule, const char *name,
                                const char *value, const char *origin),
                   void *context);

#endif
