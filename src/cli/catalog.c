/* SPDX-License-Identifier: Apache-2.0 */
/* `userstats catalog apply|show|diff`: the titles, scids and statistics of the database against a file.
 * Awkward: applying may delete the values of statistics that go, so apply prints the same lines as diff
 * before it changes anything. */
#include <inttypes.h>
#include <stdio.h>

#include "catalog/document.h"
#include "cli/command.h"
#include "cli/database.h"

#define OUTPUT_MAX     ((size_t)64 * 1024 * 1024) /* bytes of a document or a diff */
#define STATUS_DIFFERS 1                          /* as diff(1): 0 same, 1 differs, 2 trouble */
#define STATUS_TROUBLE 2

enum { OPTION_DRY_RUN };

static const struct command_option apply_options[] = {
    [OPTION_DRY_RUN] = {"dry-run", NULL, "check the file and print what would change, but change nothing"},
    {NULL, NULL, NULL},
};

static bool read_document(const char *path, struct arena *arena, struct catalog_definition *out,
                          struct error *err)
{
    struct text bytes;
    struct error why;
    if (!file_read_whole(path, CATALOG_DOCUMENT_MAX, arena, &bytes, err))
        return false;
    if (catalog_document_read(bytes, arena, out, &why))
        return true;
    return error_set(err, why.code, "%s: %s", path, error_operator_text(&why));
}

/* Prints what turns FROM into TO and counts the lines. */
static bool print_diff(const struct catalog_definition *from, const struct catalog_definition *to,
                       struct arena *arena, size_t *lines, struct error *err)
{
    struct buffer buffer;
    struct text text;
    buffer_init(&buffer, arena, OUTPUT_MAX);
    size_t count = catalog_diff(from, to, &buffer);
    if (!buffer_finish(&buffer, ERROR_CATALOG, &text, err))
        return false;
    fwrite(text.data, 1, text.size, stdout);
    *lines = count;
    return true;
}

static bool put_catalog(struct store_writer *writer, const struct catalog_definition *d, struct error *err)
{
    bool changed;
    if (!writer_begin(writer, err))
        return false;
    if (writer_put_catalog(writer, d, &changed, err) && writer_commit(writer, err))
        return true;
    writer_rollback(writer);
    return false;
}

static bool apply_with(struct store_writer *writer, const struct catalog_definition *wanted,
                       struct arena *arena, struct error *err)
{
    struct catalog_definition now;
    size_t lines;
    if (!writer_read_catalog(writer, arena, &now, err) || !print_diff(&now, wanted, arena, &lines, err))
        return false;
    if (lines == 0) {
        printf("nothing to change; the catalog stays at version %" PRId64 "\n", now.version);
        return true;
    }
    fflush(stdout);
    if (!put_catalog(writer, wanted, err) || !writer_read_catalog(writer, arena, &now, err))
        return false;
    printf("applied %zu changes; the catalog is now version %" PRId64 "\n", lines, now.version);
    return true;
}

static bool apply(const char *url, const struct catalog_definition *wanted, struct arena *arena,
                  struct error *err)
{
    struct store_writer *writer;
    if (!database_open_writer(url, &writer, err))
        return false;
    bool done = apply_with(writer, wanted, arena, err);
    writer_close(&writer);
    return done;
}

static bool compare(const char *url, const struct catalog_definition *wanted, struct arena *arena,
                    size_t *lines, struct error *err)
{
    struct catalog_definition now;
    return database_read_catalog(url, arena, &now, err) && print_diff(&now, wanted, arena, lines, err);
}

static int run_apply(struct command_line *line)
{
    struct arena arena;
    struct config *config = NULL;
    struct catalog_definition wanted;
    struct error err;
    bool dry_run = false;
    size_t lines;
    int option;
    while ((option = command_next_option(line)) >= 0)
        dry_run = option == OPTION_DRY_RUN;
    if (option == COMMAND_OPTIONS_STOP)
        return line->status;
    if (line->operand_count != 1)
        return command_usage(line, "name one catalog file");
    arena_init(&arena, DEFINITION_MEMORY_MAX);
    bool done =
        command_settings(line, &config, &err) && read_document(line->operands[0], &arena, &wanted, &err);
    if (done)
        done = dry_run ? compare(config->store_url, &wanted, &arena, &lines, &err)
                       : apply(config->store_url, &wanted, &arena, &err);
    arena_reset(&arena);
    config_close(&config);
    return done ? command_finish() : command_failed(&err);
}

static int run_diff(struct command_line *line)
{
    struct arena arena;
    struct config *config = NULL;
    struct catalog_definition wanted;
    struct error err;
    size_t lines = 0;
    if (!command_read_options(line))
        return line->status;
    if (line->operand_count != 1)
        return command_usage(line, "name one catalog file");
    arena_init(&arena, DEFINITION_MEMORY_MAX);
    bool done = command_settings(line, &config, &err) &&
                read_document(line->operands[0], &arena, &wanted, &err) &&
                compare(config->store_url, &wanted, &arena, &lines, &err);
    arena_reset(&arena);
    config_close(&config);
    if (!done)
        command_failed(&err);
    if (!done || command_finish() != COMMAND_OK)
        return STATUS_TROUBLE;
    return lines == 0 ? COMMAND_OK : STATUS_DIFFERS;
}

static bool show(const char *url, struct arena *arena, struct error *err)
{
    struct catalog_definition now;
    struct buffer buffer;
    struct text text;
    if (!database_read_catalog(url, arena, &now, err))
        return false;
    buffer_init(&buffer, arena, OUTPUT_MAX);
    catalog_document_write(&now, &buffer);
    if (!buffer_finish(&buffer, ERROR_CATALOG, &text, err))
        return false;
    fwrite(text.data, 1, text.size, stdout);
    return true;
}

static int run_show(struct command_line *line)
{
    struct arena arena;
    struct config *config = NULL;
    struct error err;
    if (!command_read_options(line))
        return line->status;
    arena_init(&arena, DEFINITION_MEMORY_MAX);
    bool done = command_settings(line, &config, &err) && show(config->store_url, &arena, &err);
    arena_reset(&arena);
    config_close(&config);
    return done ? command_finish() : command_failed(&err);
}

static const struct command action_apply = {
    .name = "apply",
    .summary = "make the database's catalog equal to a file, in one transaction; prints what changes",
    .operands = "FILE|-",
    .options = apply_options,
    .takes_settings = true,
    .run = run_apply,
};

static const struct command action_show = {
    .name = "show",
    .summary = "print the database's catalog as a file that apply takes",
    .takes_settings = true,
    .run = run_show,
};

static const struct command action_diff = {
    .name = "diff",
    .summary = "print what apply would change; 0: nothing, 1: something, 2: trouble",
    .operands = "FILE|-",
    .takes_settings = true,
    .run = run_diff,
};

static const struct command *const actions[] = {&action_apply, &action_show, &action_diff, NULL};

const struct command command_catalog = {
    .name = "catalog", .summary = "declare titles, scids and statistics", .actions = actions};
