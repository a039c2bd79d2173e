/* SPDX-License-Identifier: Apache-2.0 */
/* The table: one checked value and its origin for each rule, whoever set it. Awkward: a wrong secret is
 * refused without being shown, and a value in a file may not hold " #", because whoever writes that means a
 * comment, and inih takes it for the value. */
#include "base/settings.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/settings_file.h"

#define PREFIX       "USERSTATS_"
#define VARIABLE_MAX 128
#define ORIGIN_MAX   4160 /* the longest path of Linux and a line number */
#define SECRET_MAX   65536
#define ECHO_MAX     60

struct setting {
    char *text;
    int64_t integer; /* INTEGER: what the text says */
    char *origin;
    unsigned reading; /* which file, environment or flag set it, counted from 1; 0: the default */
};

struct settings {
    const struct setting_rule *rules;
    size_t count;
    unsigned reading;
    struct setting values[];
};

/* The index of SECTION.KEY; the count where there is none. */
static size_t find(const struct settings *s, struct text section, struct text key)
{
    struct text rule_section, rule_key;
    for (size_t i = 0; i < s->count; i++) {
        if (text_split(text_of(s->rules[i].name), '.', &rule_section, &rule_key) &&
            text_equals(section, rule_section) && text_equals(key, rule_key))
            return i;
    }
    return s->count;
}

/* How a message begins that is about a value from ORIGIN: "PATH:LINE", as compilers print it, "environment
 * NAME", "flag". */
static const char *place(const char *origin)
{
    static const char file[] = "file ";
    return strncmp(origin, file, sizeof file - 1) == 0 ? origin + sizeof file - 1 : origin;
}

static bool has_control_character(struct text t)
{
    for (size_t i = 0; i < t.size; i++) {
        if ((unsigned char)t.data[i] < ' ' || t.data[i] == 0x7F)
            return true;
    }
    return false;
}

static bool is_choice(const struct setting_rule *rule, struct text value)
{
    for (const char *const *choice = rule->choices; *choice != NULL; choice++) {
        if (text_equals(value, text_of(*choice)))
            return true;
    }
    return false;
}

static void describe(const struct setting_rule *rule, char *out, size_t size)
{
    if (rule->kind == SETTING_TEXT) {
        snprintf(out, size, "text without control characters");
    } else if (rule->kind == SETTING_INTEGER) {
        snprintf(out, size, "a whole number from %" PRId64 " to %" PRId64, rule->least, rule->most);
    } else {
        size_t at = (size_t)snprintf(out, size, "one of");
        for (const char *const *choice = rule->choices; *choice != NULL && at < size; choice++)
            at += (size_t)snprintf(out + at, size - at, " %s", *choice);
    }
}

static bool is_valid(const struct setting_rule *rule, struct text value, int64_t *integer)
{
    if (rule->kind == SETTING_TEXT)
        return !has_control_character(value);
    if (rule->kind == SETTING_CHOICE)
        return is_choice(rule, value);
    return text_to_i64(value, integer) && *integer >= rule->least && *integer <= rule->most;
}

static bool refuse_value(const struct setting_rule *rule, struct text value, const char *origin,
                         struct error *err)
{
    char takes[160];
    describe(rule, takes, sizeof takes);
    if (rule->secret)
        return error_refuse(err, ERROR_SETTING, "%s: %s has a bad value (not shown); it takes %s",
                            place(origin), rule->name, takes);
    struct text shown = text_slice(value.data, value.size > ECHO_MAX ? ECHO_MAX : value.size);
    return error_refuse(err, ERROR_SETTING, "%s: %s is \"%.*s\"; it takes %s", place(origin), rule->name,
                        TEXT_ARG(shown), takes);
}

static void forget(struct setting *v)
{
    if (v->text != NULL)
        memory_cleanse(v->text, strlen(v->text));
    memory_free(v->text);
    memory_free(v->origin);
    *v = (struct setting){.text = NULL};
}

/* Sets value number I, or leaves it as it was. */
static bool assign(struct settings *s, size_t i, struct text value, const char *origin, struct error *err)
{
    struct setting *old = &s->values[i], new = {.reading = s->reading};
    if (s->reading > 0 && old->reading == s->reading)
        return error_refuse(err, ERROR_SETTING, "%s: %s is already set by %s; set it once", place(origin),
                            s->rules[i].name, place(old->origin));
    if (!is_valid(&s->rules[i], value, &new.integer))
        return refuse_value(&s->rules[i], value, origin, err);
    new.text = memory_copy_text(value, err);
    if (new.text == NULL)
        return false;
    new.origin = memory_copy_text(text_of(origin), err);
    if (new.origin == NULL) {
        forget(&new);
        return false;
    }
    forget(old);
    *old = new;
    return true;
}

bool settings_open(const struct setting_rule *rules, size_t rule_count, struct settings **out,
                   struct error *err)
{
    struct settings *s = memory_alloc(sizeof *s + rule_count * sizeof s->values[0], err);
    if (s == NULL)
        return false;
    s->rules = rules;
    s->count = rule_count;
    for (size_t i = 0; i < rule_count; i++) {
        if (!assign(s, i, text_of(rules[i].fallback), "default", err)) {
            assert(err->code == ERROR_NO_MEMORY); /* else the table is wrong */
            settings_close(&s);
            return false;
        }
    }
    *out = s;
    return true;
}

void settings_close(struct settings **settings)
{
    if (*settings == NULL)
        return;
    for (size_t i = 0; i < (*settings)->count; i++)
        forget(&(*settings)->values[i]);
    memory_free(*settings);
    *settings = NULL;
}

struct file_reading {
    struct settings *settings;
    const char *path;
};

static bool holds_late_comment(struct text t)
{
    for (size_t i = 1; i < t.size; i++) {
        if (t.data[i] == '#' && (t.data[i - 1] == ' ' || t.data[i - 1] == '\t'))
            return true;
    }
    return false;
}

static bool take_line(void *context, const struct settings_line *line, struct error *err)
{
    const struct file_reading *r = context;
    struct settings *s = r->settings;
    char origin[ORIGIN_MAX];
    snprintf(origin, sizeof origin, "file %s:%zu", r->path, line->number);
    size_t i = find(s, text_of(line->section), text_of(line->key));
    if (line->section[0] == '\0')
        return error_refuse(err, ERROR_SETTING, "%s: \"%.60s\" stands before the first [section]",
                            place(origin), line->key);
    if (i == s->count)
        return error_refuse(err, ERROR_SETTING, "%s: there is no setting %.60s.%.60s", place(origin),
                            line->section, line->key);
    if (holds_late_comment(text_of(line->value)))
        return error_refuse(err, ERROR_SETTING,
                            "%s: %s: a comment behind a value begins with \" ;\", not \" #\"", place(origin),
                            s->rules[i].name);
    return assign(s, i, text_of(line->value), origin, err);
}

bool settings_read_text(struct settings *s, struct text content, const char *path, struct error *err)
{
    struct file_reading r = {.settings = s, .path = path};
    s->reading++;
    return settings_lines_read(content, path, take_line, &r, err);
}

bool settings_read_file(struct settings *s, const char *path, struct error *err)
{
    struct text content;
    if (!settings_bytes_read(path, SETTINGS_FILE_MAX, &content, err))
        return false;
    bool read = settings_read_text(s, content, path, err);
    settings_bytes_forget(&content);
    return read;
}

/* "server.listen" → "USERSTATS_SERVER_LISTEN" */
static struct text variable_of(const struct setting_rule *rule, const char *suffix, char out[VARIABLE_MAX])
{
    assert(sizeof PREFIX + strlen(rule->name) + strlen(suffix) <= VARIABLE_MAX);
    snprintf(out, VARIABLE_MAX, PREFIX "%s%s", rule->name, suffix);
    for (char *c = out; *c != '\0'; c++) {
        if (*c >= 'a' && *c <= 'z')
            *c = (char)(*c - 'a' + 'A');
        else if (*c == '.')
            *c = '_';
    }
    return text_of(out);
}

/* Sets value number I from the file at PATH, which ORIGIN named. */
static bool assign_from_file(struct settings *s, size_t i, const char *path, const char *origin,
                             struct error *err)
{
    struct text content;
    struct error cause = {.code = ERROR_NONE};
    if (!settings_bytes_read(path, SECRET_MAX, &content, &cause))
        return error_refuse(err, cause.code, "%s: %s", origin, error_operator_text(&cause));
    struct text value = settings_without_line_end(content);
    bool assigned = value.size == 0 ? error_refuse(err, ERROR_FILE, "%s: %s: the file is empty", origin, path)
                                    : assign(s, i, value, origin, err);
    settings_bytes_forget(&content);
    return assigned;
}

/* ENTRY is "NAME=value", NAME beginning with the prefix. */
static bool read_variable(struct settings *s, const char *entry, struct error *err)
{
    struct text name = text_of(entry), value = text_of("");
    char origin[ORIGIN_MAX], variable[VARIABLE_MAX];
    (void)text_split(text_of(entry), '=', &name, &value);
    snprintf(origin, sizeof origin, "environment %.*s", TEXT_ARG(name));
    for (size_t i = 0; i < s->count; i++) {
        if (text_equals(name, variable_of(&s->rules[i], "", variable)))
            return assign(s, i, value, origin, err);
    }
    for (size_t i = 0; i < s->count; i++) {
        if (s->rules[i].secret && text_equals(name, variable_of(&s->rules[i], "_FILE", variable)))
            return assign_from_file(s, i, value.data, origin,
                                    err); /* an entry ends with a NUL, so does its value */
    }
    return error_refuse(err, ERROR_SETTING,
                        "environment %.*s: there is no such setting; unset it, or correct its name",
                        name.size > 100 ? 100 : (int)name.size, name.data);
}

bool settings_read_environment(struct settings *s, char *const *environment, struct error *err)
{
    s->reading++;
    for (; *environment != NULL; environment++) {
        if (text_starts_with(text_of(*environment), text_of(PREFIX)) && !read_variable(s, *environment, err))
            return false;
    }
    return true;
}

bool settings_read_flag(struct settings *s, const char *assignment, struct error *err)
{
    struct text name, value, section, key;
    s->reading++;
    if (!text_split(text_of(assignment), '=', &name, &value) || !text_split(name, '.', &section, &key))
        return error_refuse(err, ERROR_SETTING, "flag: a setting is given as section.key=value");
    size_t i = find(s, section, key);
    if (i == s->count)
        return error_refuse(err, ERROR_SETTING, "flag: there is no setting %.*s",
                            name.size > 100 ? 100 : (int)name.size, name.data);
    return assign(s, i, value, "flag", err);
}

static const struct setting *require(const struct settings *s, const char *name)
{
    struct text section = text_of(name), key = text_of("");
    (void)text_split(text_of(name), '.', &section, &key);
    size_t i = find(s, section, key);
    assert(i < s->count);
    return &s->values[i];
}

const char *settings_text(const struct settings *s, const char *name)
{
    return require(s, name)->text;
}

int64_t settings_integer(const struct settings *s, const char *name)
{
    return require(s, name)->integer;
}

const char *settings_origin(const struct settings *s, const char *name)
{
    return require(s, name)->origin;
}

void settings_each(const struct settings *s,
                   void (*each)(void *context, const struct setting_rule *rule, const char *value,
                                const char *origin),
                   void *context)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct setting *v = &s->values[i];
        bool masked = s->rules[i].secret && v->text[0] != '\0';
        each(context, &s->rules[i], masked ? "***" : v->text, v->origin);
    }
}
