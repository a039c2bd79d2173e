/* SPDX-License-Identifier: Apache-2.0 */
/* `userstats import`: puts rows of values or players into the database. This file reads the command line,
 * opens the parts, and says how it went; import_run.c is the loop. Awkward: whatever way it ends, the user
 * must learn what is in and how to go on. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/command.h"
#include "cli/database.h"
#include "cli/import_run.h"
#include "cli/row_options.h"

#define ROW_MEMORY_MAX ((size_t)16 * 1024 * 1024) /* bytes of the arena for rows */

enum { OPTION_FORMAT, OPTION_KIND, OPTION_DRY_RUN, OPTION_REJECTS };

static const struct command_option options[] = {
    [OPTION_FORMAT] = {"format", "csv|ndjson",
                       "how the rows are written; otherwise the file name's ending says it"},
    [OPTION_KIND] = {"kind", "values|players",
                     "xuid,scid,statname,value[,valuemetadata] (the default), or xuid,gamertag"},
    [OPTION_DRY_RUN] = {"dry-run", NULL,
                        "check every row against the catalog and count, but write no database"},
    [OPTION_REJECTS] = {"rejects", "FILE", "write refused rows there as CSV: line,reason,row"},
    {NULL, NULL, NULL},
};

struct import_options {
    const char *path, *rejects;
    struct row_options rows;
    bool dry_run;
};

/* The parts of one import; what is not open is NULL or zero. */
struct import {
    struct import_options options;
    struct config *config;
    struct import_source source;
    struct import_rejects rejects;
    struct store_writer *writer;
    struct catalog *catalog;
    struct import_lookup lookup;
    struct row_reader reader;
    struct progress progress;
    struct arena rows;
    struct import_progress before; /* what an earlier run has done */
};

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
    stop = number;
}

/* Without SA_RESTART, so that a read from a pipe that gives nothing ends too. */
static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    stop = 0;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

static void release_signals(void)
{
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

static bool load_catalog(struct import *im, struct error *err)
{
    struct arena arena;
    struct catalog_definition definition;
    arena_init(&arena, DEFINITION_MEMORY_MAX);
    bool done = im->writer == NULL ? database_read_catalog(im->config->store_url, &arena, &definition, err)
                                   : writer_read_catalog(im->writer, &arena, &definition, err);
    if (done && definition.config_count == 0 && im->options.rows.kind == ROW_VALUES)
        done = error_set(
            err, ERROR_CATALOG,
            "%s has an empty catalog, so every row would be refused; run: userstats catalog apply FILE",
            im->config->store_url);
    if (done)
        done = catalog_build(&definition, &im->catalog, err);
    arena_reset(&arena);
    im->lookup = (struct import_lookup){.catalog = im->catalog};
    return done;
}

/* Emptying the rejects file must not empty the file that is about to be read. */
static bool check_rejects_path(const struct import *im, struct error *err)
{
    struct stat status;
    if (im->options.rejects == NULL || stat(im->options.rejects, &status) != 0)
        return true;
    if (status.st_dev == im->source.device && status.st_ino == im->source.inode)
        return error_set(err, ERROR_FILE, "--rejects %s is the file to import; name another",
                         im->options.rejects);
    return true;
}

static bool open_parts(struct import *im, bool *resumed, struct error *err)
{
    const struct import_options *o = &im->options;
    if (!import_source_open(&im->source, o->path, o->rows.format, o->rows.kind, err) ||
        !check_rejects_path(im, err))
        return false;
    if (!o->dry_run && !database_open_writer(im->config->store_url, &im->writer, err))
        return false;
    if (!load_catalog(im, err))
        return false;
    *resumed = false;
    if (im->writer != NULL && im->source.is_file &&
        !writer_get_progress(im->writer, text_of(im->source.identity), &im->before, resumed, err))
        return false;
    row_reader_init(&im->reader, o->rows.format, o->rows.kind);
    if (!*resumed)
        return import_rejects_open(&im->rejects, o->rejects, stderr, err);
    fprintf(stderr, "resuming at row %" PRIu64 " (line %" PRIu64 ") of %s\n",
            im->before.rows + im->before.rejected + 1, im->before.line + 1, o->path);
    return import_rejects_resume(&im->rejects, o->rejects, im->before.line, stderr, err);
}

static void close_parts(struct import *im)
{
    import_source_close(&im->source);
    import_rejects_close(&im->rejects);
    writer_close(&im->writer);
    catalog_release(&im->catalog);
    arena_reset(&im->rows);
    config_close(&im->config);
}

static const char *how_to_go_on(const struct import *im, enum error_code why)
{
    if (im->options.dry_run)
        return "it was a dry run, nothing was written";
    if (why == ERROR_ROW) /* the file itself: mended, it is another file */
        return "mend the file and import it again, rows that are in are replaced";
    return im->source.is_file
               ? "run the same command again to go on from there"
               : "a pipe cannot be gone on with: send it all again, rows that are in are replaced";
}

static int report_failure(const struct import *im, const struct import_run *run, const struct error *err)
{
    struct error told;
    error_set(&told, err->code, "%s; rolled back to the last transaction: %" PRIu64 " rows are in; %s",
              error_operator_text(err), run->committed.rows, how_to_go_on(im, err->code));
    return command_failed(im->options.dry_run ? err : &told);
}

static int report_end(const struct import *im, const struct import_run *run)
{
    struct progress_point now = {run->done.offset, run->done.rows, run->done.rejected};
    if (!run->at_end) {
        struct error told;
        error_set(&told, ERROR_FILE, "interrupted after %" PRIu64 " rows and %" PRIu64 " refused; %s",
                  now.rows, now.rejected, how_to_go_on(im, ERROR_FILE));
        return command_failed(&told);
    }
    printf("%s %" PRIu64 " rows, refused %" PRIu64 " (%" PRIu64 " rows/s)",
           im->options.dry_run ? "would import" : "imported", now.rows, now.rejected,
           progress_rate(&im->progress, now));
    if (im->before.line > 0)
        printf("; %" PRIu64 " of them by an earlier run", im->before.rows + im->before.rejected);
    putchar('\n');
    int status = command_finish();
    return status == COMMAND_OK && now.rejected > 0 ? COMMAND_FAILED : status;
}

static int run_parts(struct import *im, bool resumed)
{
    struct error err;
    struct import_run run = {.source = &im->source,
                             .reader = &im->reader,
                             .lookup = &im->lookup,
                             .rejects = &im->rejects,
                             .progress = &im->progress,
                             .writer = im->writer,
                             .stop = &stop,
                             .arena = &im->rows};
    struct progress_point start = {im->before.offset, im->before.rows, im->before.rejected};
    progress_start(&im->progress, stderr, &clock_system, im->source.size, start);
    bool done = (!resumed || import_run_resume(&run, &im->before, &err)) && import_run_rows(&run, &err);
    progress_clear(&im->progress);
    return done ? report_end(im, &run) : report_failure(im, &run, &err);
}

/* False: VALUE is none of the words that the option takes. */
static bool take_option(struct import_options *o, int option, const char *value)
{
    switch (option) {
    case OPTION_FORMAT:
        return row_options_format(&o->rows, value);
    case OPTION_KIND:
        return row_options_kind(&o->rows, value);
    case OPTION_DRY_RUN:
        o->dry_run = true;
        return true;
    default:
        o->rejects = value;
        return true;
    }
}

/* False: return LINE's status. */
static bool read_options(struct command_line *line, struct import_options *o)
{
    int option;
    *o = (struct import_options){.rows = {.kind = ROW_VALUES}};
    while ((option = command_next_option(line)) >= 0) {
        if (!take_option(o, option, line->value)) {
            line->status = command_usage(line, "--%s takes %s", options[option].name, options[option].value);
            return false;
        }
    }
    if (option == COMMAND_OPTIONS_STOP)
        return false;
    if (line->operand_count != 1) {
        line->status = command_usage(line, "name one file to import, or - for standard input");
        return false;
    }
    o->path = line->operands[0];
    if (!row_options_guess_format(&o->rows, o->path)) {
        line->status = command_usage(
            line, "cannot tell the format from the name %s; say --format csv or ndjson", o->path);
        return false;
    }
    return true;
}

static int run(struct command_line *line)
{
    struct error err;
    struct import im = {.source = {.fd = -1}};
    if (!read_options(line, &im.options))
        return line->status;
    int status;
    bool resumed = false;
    arena_init(&im.rows, ROW_MEMORY_MAX);
    catch_signals();
    if (command_settings(line, &im.config, &err) && open_parts(&im, &resumed, &err))
        status = run_parts(&im, resumed);
    else
        status = command_failed(&err);
    release_signals();
    close_parts(&im);
    return status;
}

const struct command command_import = {
    .name = "import",
    .summary = "put rows from a CSV or NDJSON file into the database; 0: all are in, 1: some were refused",
    .operands = "FILE|-",
    .options = options,
    .takes_settings = true,
    .run = run,
};
