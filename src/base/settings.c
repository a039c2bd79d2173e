/* SPDX-License-Identifier: Apache-2.0 */
/* The table: one checked value and its origin for each rule, whoever set it, and the same again for each
 * named section. Awkward: a wrong secret is refused without being shown, and a value in a file may not hold "
 * #", because whoever writes that means a comment, and inih takes it for the value. */
#include "base/settings.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/settings_file.h"
#include "base/settings_table.h"

#define FULL_NAME_MAX 128
#define ECHO_MAX      60

struct setting {
    const struct setting_rule *rule;
    const char *section; /* "auth.studio", which the settings own; NULL: the plain section */
    char *text;
    int64_t integer; /* INTEGER: what the text says */
    char *origin;
    unsigned reading; /* which file, environment or flag set it, counted from 1; 0: the default */
};

struct settings {
    const struct setting_rule *rules;
    size_t rule_count;
    unsigned reading;
    struct setting
        *values; /* one for each rule, then those of the named sections, one section after another */
    size_t count;
    char *sections[SETTINGS_SECTIONS_MAX];
    size_t section_count;
};

/* "section.key" in its parts. */
static struct text section_of(const struct setting_rule *rule, struct text *key)
{
    struct text section = text_of(rule->name);
    *key = text_of("");
    (void)text_split(section, '.', &section, key);
    return section;
}

static bool stands_in(const struct setting_rule *rule, struct text section)
{
    struct text key;
    return text_equals(section, section_of(rule, &key));
}

/* The setting KEY of SECTION, a plain or a named one; NULL where there is none. */
static struct setting *find(const struct settings *s, struct text section, struct text key)
{
    for (size_t i = 0; i < s->count; i++) {
        struct setting *v = &s->values[i];
        struct text v_key, v_section = section_of(v->rule, &v_key);
        if (v->section != NULL)
            v_section = text_of(v->section);
        if (text_equals(section, v_section) && text_equals(key, v_key))
            return v;
    }
    return NULL;
}

/* "auth.issuer", or "auth.studio.issuer", for which OUT is used. */
static const char *full_name(const struct setting *v, char out[FULL_NAME_MAX])
{
    struct text key;
    if (v->section == NULL)
        return v->rule->name;
    (void)section_of(v->rule, &key);
    snprintf(out, FULL_NAME_MAX, "%s.%.*s", v->section, TEXT_ARG(key));
    return out;
}

static struct text shortened(struct text t)
{
    return text_slice(t.data, t.size > ECHO_MAX ? ECHO_MAX : t.size);
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

static bool refuse_value(const struct setting *v, struct text value, const char *origin, struct error *err)
{
    char takes[160], name[FULL_NAME_MAX];
    describe(v->rule, takes, sizeof takes);
    if (v->rule->secret)
        return error_refuse(err, ERROR_SETTING, "%s: %s has a bad value (not shown); it takes %s",
                            place(origin), full_name(v, name), takes);
    struct text shown = shortened(value);
    return error_refuse(err, ERROR_SETTING, "%s: %s is \"%.*s\"; it takes %s", place(origin),
                        full_name(v, name), TEXT_ARG(shown), takes);
}

static void forget(struct setting *v)
{
    if (v->text != NULL)
        memory_cleanse(v->text, strlen(v->text));
    memory_free(v->text);
    memory_free(v->origin);
    v->text = v->origin = NULL;
}

/* Sets *V, or leaves it as it was. */
static bool set(struct setting *v, struct text value, const char *origin, unsigned reading, struct error *err)
{
    struct setting new = {.rule = v->rule, .section = v->section, .reading = reading};
    if (!is_valid(v->rule, value, &new.integer))
        return refuse_value(v, value, origin, err);
    new.text = memory_copy_text(value, err);
    if (new.text == NULL)
        return false;
    new.origin = memory_copy_text(text_of(origin), err);
    if (new.origin == NULL) {
        forget(&new);
        return false;
    }
    forget(v);
    *v = new;
    return true;
}

static bool append_default(struct settings *s, const struct setting_rule *rule, const char *section,
                           struct error *err)
{
    struct setting *v = &s->values[s->count++];
    *v = (struct setting){.rule = rule, .section = section};
    if (set(v, text_of(rule->fallback), "default", 0, err))
        return true;
    assert(err->code == ERROR_NO_MEMORY); /* else the table is wrong */
    return false;
}

bool settings_open(const struct setting_rule *rules, size_t rule_count, struct settings **out,
                   struct error *err)
{
    struct setting *values = memory_alloc_array(rule_count, sizeof *values, err);
    if (values == NULL)
        return false;
    struct settings *s = memory_alloc(sizeof *s, err);
    if (s == NULL) {
        memory_free(values);
        return false;
    }
    *s = (struct settings){.rules = rules, .rule_count = rule_count, .values = values};
    for (size_t i = 0; i < rule_count; i++) {
        if (!append_default(s, &rules[i], NULL, err)) {
            settings_close(&s);
            return false;
        }
    }
    *out = s;
    return true;
}

void settings_close(struct settings **settings)
{
    struct settings *s = *settings;
    if (s == NULL)
        return;
    for (size_t i = 0; i < s->count; i++)
        forget(&s->values[i]);
    memory_free(s->values);
    for (size_t i = 0; i < s->section_count; i++)
        memory_free(s->sections[i]);
    memory_free(s);
    *settings = NULL;
}

const struct setting_rule *settings_rules(const struct settings *s, size_t *count)
{
    *count = s->rule_count;
    return s->rules;
}

void settings_begin_reading(struct settings *s)
{
    s->reading++;
}

static void close_last_section(struct settings *s)
{
    char *name = s->sections[--s->section_count];
    while (s->count > 0 && s->values[s->count - 1].section == name)
        forget(&s->values[--s->count]);
    memory_free(name);
}

/* Adds section NAME with the keys that repeat of section PLAIN, at their defaults. */
static bool append_section(struct settings *s, struct text plain, struct text name, struct error *err)
{
    struct setting *grown = memory_grow(s->values, (s->count + s->rule_count) * sizeof *grown, err);
    if (grown == NULL)
        return false;
    s->values = grown;
    char *section = memory_copy_text(name, err);
    if (section == NULL)
        return false;
    s->sections[s->section_count++] = section;
    for (size_t i = 0; i < s->rule_count; i++) {
        const struct setting_rule *rule = &s->rules[i];
        if (rule->repeats && stands_in(rule, plain) && !append_default(s, rule, section, err)) {
            close_last_section(s);
            return false;
        }
    }
    return true;
}

static bool has_repeating(const struct settings *s, struct text section, struct text key)
{
    const struct setting *v = find(s, section, key);
    return v != NULL && v->rule->repeats;
}

static bool is_name(struct text t)
{
    for (size_t i = 0; i < t.size; i++) {
        if (!ascii_is_digit(t.data[i]) && (t.data[i] < 'a' || t.data[i] > 'z'))
            return false;
    }
    return t.size > 0 && t.size <= SETTINGS_NAME_MAX;
}

/* Makes the named section that A is about, or refuses: A's setting is not there. */
static bool open_section(struct settings *s, const struct assignment *a, struct error *err)
{
    struct text section = shortened(a->section), key = shortened(a->key), plain, name;
    if (!text_split(a->section, '.', &plain, &name) || !has_repeating(s, plain, a->key))
        return error_refuse(err, ERROR_SETTING, "%s: there is no setting %.*s.%.*s", place(a->origin),
                            TEXT_ARG(section), TEXT_ARG(key));
    if (!is_name(name))
        return error_refuse(
            err, ERROR_SETTING,
            "%s: [%.*s] is no good name for a section; in [%.*s.NAME], NAME is 1 to %d of a to z "
            "and 0 to 9",
            place(a->origin), TEXT_ARG(section), TEXT_ARG(plain), SETTINGS_NAME_MAX);
    if (s->section_count == SETTINGS_SECTIONS_MAX)
        return error_refuse(err, ERROR_SETTING,
                            "%s: [%.*s] is one named section too many; there can be %d, so remove one",
                            place(a->origin), TEXT_ARG(section), SETTINGS_SECTIONS_MAX);
    return append_section(s, plain, a->section, err);
}

static bool set_once(struct settings *s, struct setting *v, const struct assignment *a, struct error *err)
{
    char name[FULL_NAME_MAX];
    if (v->reading == s->reading)
        return error_refuse(err, ERROR_SETTING, "%s: %s is already set by %s; set it once", place(a->origin),
                            full_name(v, name), place(v->origin));
    return set(v, a->value, a->origin, s->reading, err);
}

bool settings_assign(struct settings *s, const struct assignment *a, struct error *err)
{
    struct setting *v = find(s, a->section, a->key);
    if (v != NULL)
        return set_once(s, v, a, err);
    if (!open_section(s, a, err))
        return false;
    v = find(s, a->section, a->key);
    assert(v != NULL);
    if (set_once(s, v, a, err))
        return true;
    close_last_section(s);
    return false;
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
    char origin[SETTINGS_ORIGIN_MAX];
    snprintf(origin, sizeof origin, "file %s:%zu", r->path, line->number);
    if (line->section[0] == '\0')
        return error_refuse(err, ERROR_SETTING, "%s: \"%.60s\" stands before the first [section]",
                            place(origin), line->key);
    if (holds_late_comment(text_of(line->value)))
        return error_refuse(err, ERROR_SETTING,
                            "%s: %.60s.%.60s: a comment behind a value begins with \" ;\", not \" #\"",
                            place(origin), line->section, line->key);
    struct assignment a = {text_of(line->section), text_of(line->key), text_of(line->value), origin};
    return settings_assign(r->settings, &a, err);
}

bool settings_read_text(struct settings *s, struct text content, const char *path, struct error *err)
{
    struct file_reading r = {.settings = s, .path = path};
    settings_begin_reading(s);
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

/* Splits "section.key" or "section.NAME.key" before the key. */
static bool split_name(struct text name, struct text *section, struct text *key)
{
    struct text rest = name, before;
    while (text_split(rest, '.', &before, &rest))
        ;
    if (rest.size == name.size)
        return false;
    *section = text_slice(name.data, name.size - rest.size - 1);
    *key = rest;
    return true;
}

bool settings_read_flag(struct settings *s, const char *assignment, struct error *err)
{
    struct assignment a = {.origin = "flag"};
    struct text name;
    settings_begin_reading(s);
    if (!text_split(text_of(assignment), '=', &name, &a.value) || !split_name(name, &a.section, &a.key))
        return error_refuse(err, ERROR_SETTING, "flag: a setting is given as section.key=value");
    return settings_assign(s, &a, err);
}

static const struct setting *require(const struct settings *s, const char *name)
{
    struct text section = text_of(""), key = text_of("");
    (void)split_name(text_of(name), &section, &key);
    const struct setting *v = find(s, section, key);
    assert(v != NULL);
    return v;
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

/* The I-th named section of SECTION; NULL where there are not so many, and then *COUNT is how many. */
static const char *find_section(const struct settings *s, const char *section, size_t i, size_t *count)
{
    struct text plain, name;
    *count = 0;
    for (size_t k = 0; k < s->section_count; k++) {
        if (text_split(text_of(s->sections[k]), '.', &plain, &name) && text_equals(plain, text_of(section)) &&
            (*count)++ == i)
            return s->sections[k];
    }
    return NULL;
}

size_t settings_section_count(const struct settings *s, const char *section)
{
    size_t count;
    (void)find_section(s, section, SIZE_MAX, &count);
    return count;
}

const char *settings_section_name(const struct settings *s, const char *section, size_t i)
{
    size_t count;
    const char *name = find_section(s, section, i, &count);
    assert(name != NULL);
    return name;
}

static bool is_last_of_section(const struct settings *s, size_t rule)
{
    struct text key, section = section_of(&s->rules[rule], &key);
    for (size_t i = rule + 1; i < s->rule_count; i++) {
        if (stands_in(&s->rules[i], section))
            return false;
    }
    return true;
}

typedef void setting_visitor(void *context, const struct setting_rule *rule, const char *name,
                             const char *value, const char *origin);

static void visit(const struct setting *v, setting_visitor *each, void *context)
{
    char name[FULL_NAME_MAX];
    bool masked = v->rule->secret && v->text[0] != '\0';
    each(context, v->rule, full_name(v, name), masked ? "***" : v->text, v->origin);
}

void settings_each(const struct settings *s,
                   void (*each)(void *context, const struct setting_rule *rule, const char *name,
                                const char *value, const char *origin),
                   void *context)
{
    for (size_t i = 0; i < s->rule_count; i++) {
        struct text key, section = section_of(&s->rules[i], &key);
        visit(&s->values[i], each, context);
        for (size_t k = s->rule_count; k < s->count && is_last_of_section(s, i); k++) {
            if (stands_in(s->values[k].rule, section))
                visit(&s->values[k], each, context);
        }
    }
}
