/* SPDX-License-Identifier: Apache-2.0 */
/* `userstats schema migrate|status`: which version the database's tables have, and bringing them to this
 * build's. Awkward: status is for scripts too, so its exit status tells a database that needs migrating from
 * one that does not. */
#include <stdio.h>

#include "cli/command.h"
#include "store/writer.h"

static bool migrate(const char *url, struct error *err)
{
    struct store_writer *writer;
    struct schema_status before;
    if (!writer_open(url, true, &writer, err))
        return false;
    bool done = writer_migrate(writer, &before, err);
    writer_close(&writer);
    if (!done)
        return false;
    if (before.current == before.latest)
        printf("%s: schema version %d, nothing to do\n", url, before.current);
    else if (before.current == 0)
        printf("%s: made with schema version %d\n", url, before.latest);
    else
        printf("%s: schema version %d, migrated to %d\n", url, before.current, before.latest);
    return true;
}

static int run_migrate(struct command_line *line)
{
    struct config *config;
    struct error err;
    if (!command_read_options(line))
        return line->status;
    if (!command_settings(line, &config, &err))
        return command_failed(&err);
    bool done = migrate(config->store_url, &err);
    config_close(&config);
    return done ? command_finish() : command_failed(&err);
}

static int print_status(const char *url, const struct schema_status *status)
{
    bool current = status->current == status->latest;
    const char *verdict = current                            ? "current"
                          : status->current < status->latest ? "run: userstats schema migrate"
                                                             : "made by a newer build; upgrade userstats";
    printf("%s: schema version %d, this build's %d: %s\n", url, status->current, status->latest, verdict);
    int finished = command_finish();
    return current ? finished : COMMAND_FAILED;
}

static int run_status(struct command_line *line)
{
    struct config *config;
    struct schema_status status;
    struct error err;
    if (!command_read_options(line))
        return line->status;
    if (!command_settings(line, &config, &err))
        return command_failed(&err);
    int result = schema_status_read(config->store_url, &status, &err)
                     ? print_status(config->store_url, &status)
                     : command_failed(&err);
    config_close(&config);
    return result;
}

static const struct command action_migrate = {
    .name = "migrate",
    .summary = "bring the database's schema to this build's version; makes a database where there is none",
    .takes_settings = true,
    .run = run_migrate,
};

static const struct command action_status = {
    .name = "status",
    .summary = "print the schema's version; 0: it is this build's, 1: it is not, or there is no database",
    .takes_settings = true,
    .run = run_status,
};

static const struct command *const actions[] = {&action_migrate, &action_status, NULL};

const struct command command_schema = {
    .name = "schema", .summary = "make or migrate the database", .actions = actions};
