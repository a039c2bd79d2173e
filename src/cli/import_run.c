/* SPDX-License-Identifier: Apache-2.0 */
/* Takes rows off the source and puts them into the database, a transaction at a time. Awkward: how far it
 * came is written in the transaction of the rows themselves, and a finished import forgets it in the last
 * one, so that there is no moment at which a kill loses a row or makes the next run take one twice. */
#include "cli/import_run.h"

#define ARENA_KEPT ((size_t)256 * 1024) /* bytes that may gather before the arena is reset */

static struct progress_point point_of(const struct import_run *run)
{
    return (struct progress_point){run->source->offset, run->done.rows, run->done.rejected};
}

/* Writes one row of the reader. False with ERROR_ROW: the row is bad; with another code: the import cannot go
 * on. */
static bool put_row(struct import_run *run, const struct row *row, struct error *err)
{
    if (run->reader->kind == ROW_PLAYERS) {
        uint64_t xuid;
        struct text gamertag;
        if (!import_find_player(row, &xuid, &gamertag, err))
            return false;
        return run->writer == NULL || writer_put_player(run->writer, xuid, gamertag, err);
    }
    struct value_row found;
    if (!import_find_value(run->lookup, row, run->arena, &found, err))
        return false;
    return run->writer == NULL || writer_put_value(run->writer, &found, err);
}

static bool read_more(struct import_run *run, struct error *err)
{
    bool interrupted = false;
    if (run->source->at_end)
        return error_set(err, ERROR_INTERNAL, "%s: the row reader wants more than the whole file",
                         run->source->path);
    progress_update(run->progress, point_of(run));
    return import_source_fill(run->source, &interrupted, err); /* interrupted: the caller looks at *stop */
}

static bool finish(struct import_run *run, struct error *err)
{
    if (run->reader->format == ROW_CSV && !run->reader->has_header)
        return error_set(err, ERROR_ROW, "%s is empty; the first line of a CSV file is its header",
                         run->source->path);
    run->at_end = true;
    return true;
}

static void refuse(struct import_run *run, uint64_t line, size_t size, const struct error *why)
{
    run->done.rejected++;
    progress_clear(run->progress);
    import_rejects_add(run->rejects, line, error_public_text(why),
                       text_slice(import_source_rest(run->source).data, size));
}

/* Takes one step of the reader. */
static bool take_step(struct import_run *run, struct error *err)
{
    struct import_source *source = run->source;
    struct row_input input = {.bytes = import_source_rest(source), .at_end = source->at_end};
    struct row row;
    if (input.bytes.size == 0 && input.at_end)
        return finish(run, err);
    uint64_t line = run->reader->line + 1;
    enum row_step step = row_next(run->reader, &input, run->arena, &row, err);
    if (step == ROW_STEP_FAILED)
        return false;
    if (step == ROW_STEP_MORE)
        return read_more(run, err);
    if (step == ROW_STEP_ROW && put_row(run, &row, err))
        run->done.rows++;
    else if (step == ROW_STEP_BAD || (step == ROW_STEP_ROW && err->code == ERROR_ROW))
        refuse(run, line, input.consumed, err);
    else if (step != ROW_STEP_SKIP)
        return false;
    import_source_take(source, input.consumed);
    if (run->arena->used > ARENA_KEPT)
        arena_reset(run->arena);
    return true;
}

static bool fill_transaction(struct import_run *run, struct error *err)
{
    uint64_t before = run->done.rows + run->done.rejected;
    while (!run->at_end && *run->stop == 0 &&
           run->done.rows + run->done.rejected - before < IMPORT_TRANSACTION_ROWS) {
        if (!take_step(run, err))
            return false;
    }
    run->done.offset = run->source->offset;
    run->done.line = run->reader->line;
    return true;
}

static bool keep_progress(struct import_run *run, struct error *err)
{
    if (!run->source->is_file)
        return true;
    return writer_put_progress(run->writer, text_of(run->source->identity), run->at_end ? NULL : &run->done,
                               err);
}

static bool run_transaction(struct import_run *run, struct error *err)
{
    if (run->writer != NULL && !writer_begin(run->writer, err))
        return false;
    bool done = fill_transaction(run, err) && import_rejects_flush(run->rejects, err);
    if (done && run->writer != NULL)
        done = keep_progress(run, err) && writer_commit(run->writer, err);
    if (!done) {
        if (run->writer != NULL)
            writer_rollback(run->writer);
        return false;
    }
    run->committed = run->done;
    progress_commit(run->progress, point_of(run));
    return true;
}

bool import_run_rows(struct import_run *run, struct error *err)
{
    while (!run->at_end && *run->stop == 0) {
        if (!run_transaction(run, err))
            return false;
    }
    return true;
}

static bool read_header(struct import_run *run, struct error *err)
{
    while (!run->reader->has_header && !run->at_end) {
        if (!take_step(run, err))
            return false;
    }
    return true;
}

bool import_run_resume(struct import_run *run, const struct import_progress *from, struct error *err)
{
    if (run->reader->format == ROW_CSV && !read_header(run, err))
        return false;
    if (!import_source_seek(run->source, from->offset, err))
        return false;
    run->reader->line = from->line;
    run->done = run->committed = *from;
    return true;
}
