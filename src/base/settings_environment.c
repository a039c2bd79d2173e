/* SPDX-License-Identifier: Apache-2.0 */
/* Settings from environment variables. Awkward: '_' stands for the dots and is in keys as well, so that
 * USERSTATS_AUTH_A_B could be read in several ways: a plain key wins, and then the longest key at the end. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/settings_file.h"
#include "base/settings_table.h"

#define PREFIX       "USERSTATS_"
#define VARIABLE_MAX 128
#define SECTION_MAX  128
#define SECRET_MAX   65536
#define ECHO_MAX     100

/* What a variable's name says. */
struct variable {
    const struct setting_rule *rule; /* NULL: nothing */
    bool names_file;                 /* the value is in the file that the variable names */
    struct text name; /* of the named section, in the variable's letters; absent: the plain one */
};

static void split_rule(const struct setting_rule *rule, struct text *section, struct text *key)
{
    *section = text_of(rule->name);
    *key = text_of("");
    (void)text_split(*section, '.', section, key);
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

/* Whether T is PLAIN, the variable of RULE, with a *NAME and a '_' between its section and its key. */
static bool splits_around_name(struct text t, struct text plain, const struct setting_rule *rule,
                               struct text *name)
{
    struct text section, key;
    split_rule(rule, &section, &key);
    size_t head = sizeof PREFIX - 1 + section.size + 1; /* with its '_' */
    struct text tail = text_slice(plain.data + head - 1, plain.size - head + 1);
    if (t.size < head + tail.size || !text_starts_with(t, text_slice(plain.data, head)) ||
        !text_equals(text_slice(t.data + t.size - tail.size, tail.size), tail))
        return false;
    *name = text_slice(t.data + head, t.size - head - tail.size);
    return true;
}

/* What T means as the variable of RULE, or of its file; a plain key or a longer one in *BEST stays. */
static void consider(const struct setting_rule *rule, bool names_file, struct text t, struct variable *best)
{
    char variable[VARIABLE_MAX];
    struct text plain = variable_of(rule, names_file ? "_FILE" : "", variable), name;
    bool has_plain = best->rule != NULL && best->name.data == NULL;
    if (has_plain || (names_file && !rule->secret))
        return;
    if (text_equals(t, plain))
        *best = (struct variable){.rule = rule, .names_file = names_file};
    else if (rule->repeats && splits_around_name(t, plain, rule, &name) &&
             (best->rule == NULL || name.size < best->name.size))
        *best = (struct variable){.rule = rule, .names_file = names_file, .name = name};
}

static struct variable understand(const struct settings *s, struct text t)
{
    struct variable best = {.rule = NULL};
    size_t count;
    const struct setting_rule *rules = settings_rules(s, &count);
    for (size_t i = 0; i < count; i++)
        consider(&rules[i], false, t, &best);
    for (size_t i = 0; i < count; i++)
        consider(&rules[i], true, t, &best);
    return best;
}

static bool is_name_in_capitals(struct text t)
{
    for (size_t i = 0; i < t.size; i++) {
        if (!ascii_is_digit(t.data[i]) && (t.data[i] < 'A' || t.data[i] > 'Z'))
            return false;
    }
    return t.size > 0 && t.size <= SETTINGS_NAME_MAX;
}

/* Where the value goes: "auth", or "auth.studio" for STUDIO, which is written into OUT. */
static void address(const struct variable *v, char out[SECTION_MAX], struct assignment *a)
{
    split_rule(v->rule, &a->section, &a->key);
    if (v->name.data == NULL)
        return;
    int size = snprintf(out, SECTION_MAX, "%.*s.%.*s", TEXT_ARG(a->section), TEXT_ARG(v->name));
    assert(size > 0 && size < SECTION_MAX);
    for (int i = size - (int)v->name.size; i < size; i++)
        out[i] = ascii_lower(out[i]);
    a->section = text_slice(out, (size_t)size);
}

/* Sets what A says from the file at PATH. */
static bool assign_from_file(struct settings *s, struct assignment *a, const char *path, struct error *err)
{
    struct text content;
    struct error cause = {.code = ERROR_NONE};
    if (!settings_bytes_read(path, SECRET_MAX, &content, &cause))
        return error_refuse(err, cause.code, "%s: %s", a->origin, error_operator_text(&cause));
    a->value = settings_without_line_end(content);
    bool assigned = a->value.size == 0
                        ? error_refuse(err, ERROR_FILE, "%s: %s: the file is empty", a->origin, path)
                        : settings_assign(s, a, err);
    settings_bytes_forget(&content);
    return assigned;
}

/* ENTRY is "NAME=value", NAME beginning with the prefix. */
static bool read_variable(struct settings *s, const char *entry, struct error *err)
{
    struct text name = text_of(entry), value = text_of("");
    char origin[SETTINGS_ORIGIN_MAX], section[SECTION_MAX];
    (void)text_split(text_of(entry), '=', &name, &value);
    snprintf(origin, sizeof origin, "environment %.*s", TEXT_ARG(name));
    struct variable v = understand(s, name);
    int shown = name.size > ECHO_MAX ? ECHO_MAX : (int)name.size;
    if (v.rule == NULL)
        return error_refuse(err, ERROR_SETTING,
                            "environment %.*s: there is no such setting; unset it, or correct its name",
                            shown, name.data);
    if (v.name.data != NULL && !is_name_in_capitals(v.name))
        return error_refuse(
            err, ERROR_SETTING,
            "environment %.*s: there is no such setting; a section's name in it is 1 to %d of "
            "A to Z and 0 to 9",
            shown, name.data, SETTINGS_NAME_MAX);
    struct assignment a = {.value = value, .origin = origin};
    address(&v, section, &a);
    if (v.names_file)
        return assign_from_file(s, &a, value.data, err); /* an entry ends with a NUL, so does its value */
    return settings_assign(s, &a, err);
}

bool settings_read_environment(struct settings *s, char *const *environment, struct error *err)
{
    settings_begin_reading(s);
    for (; *environment != NULL; environment++) {
        if (text_starts_with(text_of(*environment), text_of(PREFIX)) && !read_variable(s, *environment, err))
            return false;
    }
    return true;
}
