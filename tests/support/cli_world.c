/* SPDX-License-Identifier: Apache-2.0 */
/* The world of the command line's tests; knows the commands only by their words. */
#include "support/cli_world.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#define WORDS_MAX 20

const char world_catalog[] =
    "{\"titles\":[{\"titleId\":1717113201,\"name\":\"A game\"}],"
    "\"scids\":[{\"scid\":\"" WORLD_SCID
    "\",\"sandbox\":\"RETAIL\",\"titleIds\":[1717113201],\"statistics\":["
    "{\"name\":\"Kills\",\"type\":\"Integer\",\"access\":\"open\"},"
    "{\"name\":\"Ratio\",\"type\":\"Double\",\"access\":\"open\"},"
    "{\"name\":\"Motto\",\"type\":\"String\",\"access\":\"open\"},"
    "{\"name\":\"Seen\",\"type\":\"DateTime\",\"access\":\"open\"},"
    "{\"name\":\"Rank\",\"type\":\"Integer\",\"access\":\"restricted\",\"grants\":[\"user:self\"]}]}]}";

struct command_run cli_world_feed(const struct cli_world *w, const char *input, const char *const *words)
{
    const char *arguments[WORDS_MAX + 4] = {"userstats"};
    size_t count = 1;
    for (; *words != NULL; words++) {
        ck_assert_uint_le(count, WORDS_MAX);
        arguments[count++] = *words;
    }
    arguments[count++] = "--set";
    arguments[count] = w->store;
    return command_run(w->entry, w->directory, text_of(input), arguments);
}

struct command_run cli_world_run(const struct cli_world *w, const char *const *words)
{
    return cli_world_feed(w, "", words);
}

void cli_world_open(struct cli_world *w, command_entry *entry)
{
    char setting[256];
    w->entry = entry;
    w->directory = scratch_directory();
    snprintf(setting, sizeof setting, "store.url=sqlite:%s/stats.db", w->directory);
    const char *kept = cli_world_file(w, ".setting", setting);
    w->store = scratch_read(kept).data;
    struct command_run run = cli_world_run(w, (const char *[]){"schema", "migrate", NULL});
    ck_assert_msg(run.status == 0, "schema migrate: %s", run.err.data);
}

void cli_world_apply(const struct cli_world *w, const char *document)
{
    const char *path = cli_world_file(w, "catalog.json", document);
    struct command_run run = cli_world_run(w, (const char *[]){"catalog", "apply", path, NULL});
    ck_assert_msg(run.status == 0, "catalog apply: %s", run.err.data);
}

void cli_world_close(struct cli_world *w)
{
    scratch_remove(w->directory);
    w->directory = NULL;
}

const char *cli_world_file(const struct cli_world *w, const char *name, const char *bytes)
{
    char *path = scratch_path(w->directory, name);
    scratch_write(path, text_of(bytes));
    return path;
}

const char *cli_world_export(const struct cli_world *w, const char *kind)
{
    struct command_run run = cli_world_run(w, (const char *[]){"export", "--kind", kind, NULL});
    ck_assert_msg(run.status == 0, "export: %s", run.err.data);
    return run.out.data;
}
