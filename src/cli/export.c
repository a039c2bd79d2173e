/* SPDX-License-Identifier: Apache-2.0 */
/* `userstats export`: writes all values, or all players, as rows that import reads back. Awkward: the rows of
 * one user are held until the next user begins, so that they can be put into an order that does not depend on
 * this database's ids. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cli/command.h"
#include "cli/database.h"
#include "cli/export_file.h"
#include "cli/export_names.h"
#include "cli/row_options.h"
#include "store/store.h"

#define CHUNK_SIZE      ((size_t)64 * 1024)          /* bytes gathered before they are written */
#define CHUNK_MAX       ((size_t)512 * 1024)         /* CHUNK_SIZE and one row, escaped */
#define USER_MEMORY_MAX ((size_t)1024 * 1024 * 1024) /* bytes of one user's values */

enum { OPTION_FORMAT, OPTION_KIND, OPTION_OUTPUT };

static const struct command_option options[] = {
    [OPTION_FORMAT] = {"format", "csv|ndjson",
                       "how to write rows; otherwise the output's ending says it, else csv"},
    [OPTION_KIND] = {"kind", "values|players", "values (the default), or the players' gamertags"},
    [OPTION_OUTPUT] = {"output", "FILE|-",
                       "write there; a file is replaced whole at the end (default: -, standard output)"},
    {NULL, NULL, NULL},
};

struct held_value {
    const struct export_name *name;
    struct value_row row;
};

struct export
{
    struct row_options options;
    const char *output;
    struct export_file file;
    struct export_names names;
    struct arena rows; /* CHUNK's bytes */
    struct buffer chunk;
    struct arena user; /* the texts of HELD */
    uint64_t xuid;     /* whose values are held */
    struct held_value *held;
    size_t held_count, held_capacity;
};

static bool write_chunk(struct export *ex, struct error *err)
{
    struct text bytes;
    if (!buffer_finish(&ex->chunk, ERROR_INTERNAL, &bytes, err) || !export_file_write(&ex->file, bytes, err))
        return false;
    ex->chunk.size = 0; /* the same bytes again */
    return true;
}

static bool write_row(struct export *ex, const struct row *row, struct error *err)
{
    row_write(ex->options.format, ex->options.kind, row, &ex->chunk);
    return (ex->chunk.state == BUFFER_GOOD && ex->chunk.size < CHUNK_SIZE) || write_chunk(ex, err);
}

static int compare_ranks(const void *a, const void *b)
{
    const struct held_value *left = a, *right = b;
    return (left->name->rank > right->name->rank) - (left->name->rank < right->name->rank);
}

static struct text write_xuid(uint64_t xuid, char *out, size_t size)
{
    int length = snprintf(out, size, "%llu", (unsigned long long)xuid);
    return text_slice(out, (size_t)length);
}

static bool write_held(struct export *ex, struct error *err)
{
    char digits[24];
    struct row row = {.xuid = write_xuid(ex->xuid, digits, sizeof digits)};
    if (ex->held_count == 0)
        return true;
    qsort(ex->held, ex->held_count, sizeof *ex->held, compare_ranks);
    for (size_t i = 0; i < ex->held_count; i++) {
        const struct held_value *held = &ex->held[i];
        struct buffer value;
        buffer_init(&value, &ex->user, VALUE_TEXT_MAX + 1);
        value_write(&held->row.value, &value);
        row.scid = held->name->scid;
        row.statname = held->name->name;
        row.valuemetadata = held->row.value.metadata;
        if (!buffer_finish(&value, ERROR_INTERNAL, &row.value, err) || !write_row(ex, &row, err))
            return false;
    }
    ex->held_count = 0;
    arena_reset(&ex->user);
    return true;
}

static bool make_room(struct export *ex, struct error *err)
{
    if (ex->held_count < ex->held_capacity)
        return true;
    size_t capacity = ex->held_capacity == 0 ? 64 : ex->held_capacity * 2;
    struct held_value *grown = memory_grow(ex->held, capacity * sizeof *grown, err);
    if (grown == NULL)
        return false;
    ex->held = grown;
    ex->held_capacity = capacity;
    return true;
}

static bool hold_texts(struct export *ex, struct value *v, struct error *err)
{
    bool has_text = v->type == STATISTIC_STRING || v->type == STATISTIC_DATETIME;
    if (has_text && !arena_copy_text(&ex->user, v->text, &v->text, err))
        return false;
    return v->metadata.data == NULL || arena_copy_text(&ex->user, v->metadata, &v->metadata, err);
}

static bool each_value(void *context, const struct value_row *row, struct error *err)
{
    struct export *ex = context;
    const struct export_name *name = export_names_find(&ex->names, row->statistic_id);
    if (name == NULL)
        return error_set(err, ERROR_CATALOG,
                         "the catalog changed while it was exported; run the export again");
    if (row->xuid != ex->xuid && !write_held(ex, err))
        return false;
    ex->xuid = row->xuid;
    if (!make_room(ex, err))
        return false;
    struct held_value *held = &ex->held[ex->held_count];
    *held = (struct held_value){name, *row};
    if (!hold_texts(ex, &held->row.value, err))
        return false;
    ex->held_count++;
    return true;
}

static bool each_player(void *context, uint64_t xuid, struct text gamertag, struct error *err)
{
    char digits[24];
    struct row row = {.xuid = write_xuid(xuid, digits, sizeof digits), .gamertag = gamertag};
    return write_row(context, &row, err);
}

static bool write_all(struct export *ex, struct store *store, struct error *err)
{
    bool values = ex->options.kind == ROW_VALUES;
    struct store_visitor visitor = {
        .each_value = values ? each_value : NULL, .each_player = values ? NULL : each_player, .context = ex};
    row_write_header(ex->options.format, ex->options.kind, &ex->chunk);
    return store_each(store, &visitor, err) && write_held(ex, err) && write_chunk(ex, err);
}

static bool export_store(struct export *ex, struct store *store, struct error *err)
{
    struct arena arena;
    struct catalog_definition definition;
    arena_init(&arena, DEFINITION_MEMORY_MAX);
    arena_init(&ex->rows, 4 * CHUNK_MAX);
    arena_init(&ex->user, USER_MEMORY_MAX);
    buffer_init(&ex->chunk, &ex->rows, CHUNK_MAX);
    bool done = store_read_catalog(store, &arena, &definition, err) &&
                export_names_build(&definition, &arena, &ex->names, err) &&
                export_file_open(&ex->file, ex->output, err);
    if (done && write_all(ex, store, err))
        done = export_file_finish(&ex->file, err);
    else if (done) {
        export_file_abandon(&ex->file);
        done = false;
    }
    memory_free(ex->held);
    arena_reset(&ex->user);
    arena_reset(&ex->rows);
    arena_reset(&arena);
    return done;
}

/* False: return LINE's status. */
static bool read_options(struct command_line *line, struct export *ex)
{
    int option;
    *ex = (struct export){.options = {.kind = ROW_VALUES}, .output = "-"};
    while ((option = command_next_option(line)) >= 0) {
        bool good = true;
        if (option == OPTION_FORMAT)
            good = row_options_format(&ex->options, line->value);
        else if (option == OPTION_KIND)
            good = row_options_kind(&ex->options, line->value);
        else
            ex->output = line->value;
        if (!good) {
            line->status = command_usage(line, "--%s takes %s", options[option].name, options[option].value);
            return false;
        }
    }
    if (option == COMMAND_OPTIONS_STOP)
        return false;
    if (!row_options_guess_format(&ex->options, ex->output))
        ex->options.format = ROW_CSV;
    return true;
}

static int run(struct command_line *line)
{
    struct export ex;
    struct config *config;
    struct store *store = NULL;
    struct error err;
    if (!read_options(line, &ex))
        return line->status;
    if (!command_settings(line, &config, &err))
        return command_failed(&err);
    bool done = store_open(config->store_url, &clock_system, &store, &err) && export_store(&ex, store, &err);
    store_close(&store);
    config_close(&config);
    return done ? command_finish() : command_failed(&err);
}

const struct command command_export = {
    .name = "export",
    .summary = "write all values, or all players, as rows that import reads",
    .options = options,
    .takes_settings = true,
    .run = run,
};
