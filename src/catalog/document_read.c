/* SPDX-License-Identifier: Apache-2.0 */
/* A catalog file to a definition. Decides only about form: which members there are and of which kind;
 * catalog_definition_check judges the content. Awkward: unknown members are refused, so that each object is
 * first held against its list of names. */
#include "catalog/document.h"

#include <stdio.h>

#include "catalog/catalog.h"
#include "json/reader.h"

static const struct json_limits limits = {.max_depth = 8, .max_values = 2000000};

/* An object of the document, and how to name it: "" or "scids[1].statistics[0]". */
struct node {
    const struct json_value *value;
    char path[64];
};

static bool refuse(const struct node *n, const char *member, const char *rule, struct error *err)
{
    return error_refuse(err, ERROR_CATALOG, "%s%s%s: %s", n->path, n->path[0] == '\0' ? "" : ".", member,
                        rule);
}

static bool is_listed(struct text name, const char *const *names)
{
    for (; *names != NULL; names++) {
        if (text_equals(name, text_of(*names)))
            return true;
    }
    return false;
}

/* N is an object with no other members than NAMES. */
static bool require_object(const struct node *n, const char *const *names, struct error *err)
{
    const char *path = n->path[0] == '\0' ? "the document" : n->path;
    if (json_kind(n->value) != JSON_OBJECT)
        return error_refuse(err, ERROR_CATALOG, "%s: must be an object", path);
    for (const struct json_value *m = json_first(n->value); m != NULL; m = json_next(m)) {
        struct text name = json_name(m);
        if (!is_listed(name, names))
            return error_refuse(err, ERROR_CATALOG, "%s: has no member \"%.*s\"; names are matched exactly",
                                path, name.size < 60 ? (int)name.size : 60, name.data);
    }
    return true;
}

enum presence { OPTIONAL, REQUIRED };

/* A string member; absent where there is none. The text lives as long as the nodes: in the caller's arena. */
static bool read_text(const struct node *n, const char *member, enum presence presence, struct text *out,
                      struct error *err)
{
    const struct json_value *v = json_find(n->value, member);
    if (v == NULL && presence == OPTIONAL)
        return true;
    if (v == NULL || json_kind(v) != JSON_STRING)
        return refuse(n, member, v == NULL ? "is missing" : "must be a string", err);
    *out = json_string(v);
    return true;
}

/* An array member; *array is NULL where there is none. */
static bool read_array(const struct node *n, const char *member, enum presence presence,
                       const struct json_value **array, struct error *err)
{
    const struct json_value *v = json_find(n->value, member);
    if (v == NULL ? presence == REQUIRED : json_kind(v) != JSON_ARRAY)
        return refuse(n, member, v == NULL ? "is missing" : "must be an array", err);
    *array = v;
    return true;
}

static size_t count_of(const struct json_value *array)
{
    size_t count = 0;
    for (const struct json_value *v = array == NULL ? NULL : json_first(array); v != NULL; v = json_next(v))
        count++;
    return count;
}

static const struct json_value *first_of(const struct json_value *array)
{
    return array == NULL ? NULL : json_first(array);
}

static bool read_access(const struct node *n, struct statistic *out, struct error *err)
{
    struct text access = {NULL, 0};
    if (!read_text(n, "access", OPTIONAL, &access, err))
        return false;
    out->access = STATISTIC_RESTRICTED;
    if (access.data != NULL && !statistic_access_parse(access, &out->access))
        return refuse(n, "access", "must be \"open\" or \"restricted\"", err);
    return true;
}

static bool read_grants(const struct node *n, struct arena *arena, struct statistic *out, struct error *err)
{
    const struct json_value *array = NULL;
    if (!read_array(n, "grants", OPTIONAL, &array, err))
        return false;
    struct grant *grants = arena_alloc_array(arena, count_of(array), sizeof *grants, err);
    if (grants == NULL)
        return false;
    size_t i = 0;
    for (const struct json_value *v = first_of(array); v != NULL; v = json_next(v), i++) {
        if (!grant_parse(json_string(v), &grants[i]))
            return error_refuse(
                err, ERROR_CATALOG,
                "%s.grants[%zu]: must be \"title:<id>\", \"device:<type or id>\", \"user:<xuid>\" or "
                "\"user:self\"",
                n->path, i);
    }
    out->grants = grants;
    out->grant_count = i;
    return true;
}

static bool read_ordinal(const struct node *n, struct display *out, struct error *err)
{
    uint64_t ordinal;
    const struct json_value *v = json_find(n->value, "Ordinal");
    if (v == NULL)
        return true;
    if (!text_to_u64(json_number(v), &ordinal) || ordinal == 0 || ordinal > UINT32_MAX)
        return refuse(n, "Ordinal",
                      "must be a whole number from 1 to 4294967295; leave it out if not featured", err);
    out->ordinal = (uint32_t)ordinal;
    return true;
}

static bool read_display(const struct node *statistic, struct display *out, struct error *err)
{
    static const char *const names[] = {"DisplayName", "DisplayFormat", "DisplaySemantic",
                                        "SortOrder",   "Ordinal",       NULL};
    struct node n = {.value = json_find(statistic->value, "display")};
    if (n.value == NULL)
        return true;
    snprintf(n.path, sizeof n.path, "%.55s.display", statistic->path);
    return require_object(&n, names, err) &&
           read_text(&n, "DisplayName", OPTIONAL, &out->display_name, err) &&
           read_text(&n, "DisplayFormat", OPTIONAL, &out->display_format, err) &&
           read_text(&n, "DisplaySemantic", OPTIONAL, &out->display_semantic, err) &&
           read_text(&n, "SortOrder", OPTIONAL, &out->sort_order, err) && read_ordinal(&n, out, err);
}

static bool read_statistic(const struct node *n, struct arena *arena, struct statistic *out,
                           struct error *err)
{
    static const char *const names[] = {"name", "type", "access", "grants", "display", NULL};
    struct text type;
    if (!require_object(n, names, err) || !read_text(n, "name", REQUIRED, &out->name, err) ||
        !read_text(n, "type", REQUIRED, &type, err))
        return false;
    out->type = statistic_type_parse(type);
    if (out->type == STATISTIC_TYPE_NONE)
        return refuse(n, "type", "must be \"Integer\", \"Double\", \"String\" or \"DateTime\"", err);
    return read_access(n, out, err) && read_grants(n, arena, out, err) && read_display(n, &out->display, err);
}

static bool read_statistics(const struct node *config, struct arena *arena, struct service_config *out,
                            struct error *err)
{
    const struct json_value *array = NULL;
    if (!read_array(config, "statistics", REQUIRED, &array, err))
        return false;
    struct statistic *statistics = arena_alloc_array(arena, count_of(array), sizeof *statistics, err);
    if (statistics == NULL)
        return false;
    size_t i = 0;
    for (const struct json_value *v = first_of(array); v != NULL; v = json_next(v), i++) {
        struct node n = {.value = v};
        snprintf(n.path, sizeof n.path, "%.30s.statistics[%zu]", config->path, i);
        if (!read_statistic(&n, arena, &statistics[i], err))
            return false;
    }
    out->statistics = statistics;
    out->statistic_count = i;
    return true;
}

static bool read_title_ids(const struct node *config, struct arena *arena, struct service_config *out,
                           struct error *err)
{
    const struct json_value *array = NULL;
    if (!read_array(config, "titleIds", OPTIONAL, &array, err))
        return false;
    uint64_t *ids = arena_alloc_array(arena, count_of(array), sizeof *ids, err);
    if (ids == NULL)
        return false;
    size_t i = 0;
    for (const struct json_value *v = first_of(array); v != NULL; v = json_next(v), i++) {
        if (!text_to_u64(json_number(v), &ids[i]))
            return error_refuse(err, ERROR_CATALOG, "%s.titleIds[%zu]: must be a whole number", config->path,
                                i);
    }
    out->title_ids = ids;
    out->title_id_count = i;
    return true;
}

static bool read_config(const struct node *n, struct arena *arena, struct service_config *out,
                        struct error *err)
{
    static const char *const names[] = {"scid", "sandbox", "titleIds", "statistics", NULL};
    return require_object(n, names, err) && read_text(n, "scid", REQUIRED, &out->scid, err) &&
           read_text(n, "sandbox", REQUIRED, &out->sandbox, err) && read_title_ids(n, arena, out, err) &&
           read_statistics(n, arena, out, err);
}

static bool read_configs(const struct node *root, struct arena *arena, struct catalog_definition *out,
                         struct error *err)
{
    const struct json_value *array = NULL;
    if (!read_array(root, "scids", REQUIRED, &array, err))
        return false;
    struct service_config *configs = arena_alloc_array(arena, count_of(array), sizeof *configs, err);
    if (configs == NULL)
        return false;
    size_t i = 0;
    for (const struct json_value *v = first_of(array); v != NULL; v = json_next(v), i++) {
        struct node n = {.value = v};
        snprintf(n.path, sizeof n.path, "scids[%zu]", i);
        if (!read_config(&n, arena, &configs[i], err))
            return false;
    }
    out->configs = configs;
    out->config_count = i;
    return true;
}

static bool read_title(const struct node *n, struct title *out, struct error *err)
{
    static const char *const names[] = {"titleId", "name", NULL};
    if (!require_object(n, names, err))
        return false;
    const struct json_value *id = json_find(n->value, "titleId");
    if (id == NULL || !text_to_u64(json_number(id), &out->title_id))
        return refuse(n, "titleId", id == NULL ? "is missing" : "must be a whole number", err);
    return read_text(n, "name", OPTIONAL, &out->name, err);
}

static bool read_titles(const struct node *root, struct arena *arena, struct catalog_definition *out,
                        struct error *err)
{
    const struct json_value *array = NULL;
    if (!read_array(root, "titles", REQUIRED, &array, err))
        return false;
    struct title *titles = arena_alloc_array(arena, count_of(array), sizeof *titles, err);
    if (titles == NULL)
        return false;
    size_t i = 0;
    for (const struct json_value *v = first_of(array); v != NULL; v = json_next(v), i++) {
        struct node n = {.value = v};
        snprintf(n.path, sizeof n.path, "titles[%zu]", i);
        if (!read_title(&n, &titles[i], err))
            return false;
    }
    out->titles = titles;
    out->title_count = i;
    return true;
}

bool catalog_document_read(struct text document, struct arena *arena, struct catalog_definition *out,
                           struct error *err)
{
    static const char *const names[] = {"titles", "scids", NULL};
    struct node root = {.path = ""};
    struct catalog_definition d = {.version = 0};
    if (document.size > CATALOG_DOCUMENT_MAX)
        return error_refuse(err, ERROR_CATALOG, "the document has %zu bytes; at most %d are read",
                            document.size, CATALOG_DOCUMENT_MAX);
    if (!json_read(document, &limits, arena, &root.value, err) || !require_object(&root, names, err) ||
        !read_titles(&root, arena, &d, err) || !read_configs(&root, arena, &d, err) ||
        !catalog_definition_check(&d, err))
        return false;
    *out = d;
    return true;
}
