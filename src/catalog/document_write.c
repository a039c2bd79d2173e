/* SPDX-License-Identifier: Apache-2.0 */
/* A definition as an indented document, a statistic a line, so that a line-wise comparison of two files shows
 * what changed. */
#include "catalog/document.h"
#include "json/writer.h"

/* "," between items: nothing before the first of a list. */
static void put_separator(struct buffer *out, size_t i, const char *separator)
{
    if (i > 0)
        buffer_put(out, separator);
}

static void put_grants(const struct statistic *s, struct buffer *out)
{
    buffer_put(out, ", \"grants\": [");
    for (size_t i = 0; i < s->grant_count; i++) {
        char written[GRANT_WRITTEN_MAX];
        grant_write(&s->grants[i], written, sizeof written);
        put_separator(out, i, ", ");
        json_write_string(out, text_of(written));
    }
    buffer_put(out, "]");
}

/* A member that is left out where it has no text. */
static void put_text(const char *name, struct text t, size_t *count, struct buffer *out)
{
    if (t.size == 0)
        return;
    put_separator(out, (*count)++, ", ");
    buffer_format(out, "\"%s\": ", name);
    json_write_string(out, t);
}

static void put_display(const struct display *d, struct buffer *out)
{
    size_t count = 0;
    if (d->display_name.size + d->display_format.size + d->display_semantic.size + d->sort_order.size +
            d->ordinal ==
        0)
        return;
    buffer_put(out, ", \"display\": {");
    put_text("DisplayName", d->display_name, &count, out);
    put_text("DisplayFormat", d->display_format, &count, out);
    put_text("DisplaySemantic", d->display_semantic, &count, out);
    put_text("SortOrder", d->sort_order, &count, out);
    if (d->ordinal != 0) {
        put_separator(out, count, ", ");
        buffer_put(out, "\"Ordinal\": ");
        buffer_put_u64(out, d->ordinal);
    }
    buffer_put(out, "}");
}

static void put_statistic(const struct statistic *s, struct buffer *out)
{
    buffer_put(out, "{\"name\": ");
    json_write_string(out, s->name);
    buffer_put(out, ", \"type\": ");
    json_write_string(out, statistic_type_name(s->type));
    buffer_put(out, ", \"access\": ");
    json_write_string(out, statistic_access_name(s->access));
    if (s->grant_count > 0)
        put_grants(s, out);
    put_display(&s->display, out);
    buffer_put(out, "}");
}

static void put_config(const struct service_config *c, struct buffer *out)
{
    buffer_put(out, "{\n      \"scid\": ");
    json_write_string(out, c->scid);
    buffer_put(out, ",\n      \"sandbox\": ");
    json_write_string(out, c->sandbox);
    buffer_put(out, ",\n      \"titleIds\": [");
    for (size_t i = 0; i < c->title_id_count; i++) {
        put_separator(out, i, ", ");
        buffer_put_u64(out, c->title_ids[i]);
    }
    buffer_put(out, "],\n      \"statistics\": [");
    for (size_t i = 0; i < c->statistic_count; i++) {
        put_separator(out, i, ",");
        buffer_put(out, "\n        ");
        put_statistic(&c->statistics[i], out);
    }
    buffer_put(out, c->statistic_count > 0 ? "\n      ]\n    }" : "]\n    }");
}

static void put_title(const struct title *t, struct buffer *out)
{
    buffer_put(out, "{\"titleId\": ");
    buffer_put_u64(out, t->title_id);
    if (t->name.size > 0) {
        buffer_put(out, ", \"name\": ");
        json_write_string(out, t->name);
    }
    buffer_put(out, "}");
}

void catalog_document_write(const struct catalog_definition *d, struct buffer *out)
{
    buffer_put(out, "{\n  \"titles\": [");
    for (size_t i = 0; i < d->title_count; i++) {
        put_separator(out, i, ",");
        buffer_put(out, "\n    ");
        put_title(&d->titles[i], out);
    }
    buffer_put(out, d->title_count > 0 ? "\n  ],\n  \"scids\": [" : "],\n  \"scids\": [");
    for (size_t i = 0; i < d->config_count; i++) {
        put_separator(out, i, ",");
        buffer_put(out, "\n    ");
        put_config(&d->configs[i], out);
    }
    buffer_put(out, d->config_count > 0 ? "\n  ]\n}\n" : "]\n}\n");
}
