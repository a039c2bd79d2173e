/* SPDX-License-Identifier: Apache-2.0 */
/* `serve`: the service in the foreground, until SIGTERM. Awkward: signals are blocked before anything makes a
 * thread, and the demo's directory exists before the settings that point at it are read. */
#include "command.h"

#include <stdio.h>

#include "app/app.h"
#include "app/demo.h"
#include "base/clock.h"

static const struct command_option options[] = {
    {"demo", NULL, "serve sample players from a temporary database with a throw-away key"},
    {NULL, NULL, NULL},
};

enum { OPTION_DEMO };

/* The demo's settings win over all others: it must never open a real database. */
static bool point_at_demo(struct command_line *line, const struct demo *demo, struct error *err)
{
    const char *const *assignments = demo_assignments(demo);
    if (line->set_count + DEMO_SETTINGS > COMMAND_SETS_MAX)
        return error_refuse(
            err, ERROR_USAGE,
            "serve --demo: more than %d of --set; put them into a file and name it with --config",
            COMMAND_SETS_MAX - DEMO_SETTINGS);
    for (size_t i = 0; i < DEMO_SETTINGS; i++)
        line->sets[line->set_count++] = assignments[i];
    return true;
}

static bool announce(const struct app *app, const struct demo *demo, struct error *err)
{
    printf("userstats: serving http://%s/batch, admin http://%s/readyz\n", app_address(app),
           app_admin_address(app));
    if (demo != NULL)
        return demo_print(demo, app_address(app), &clock_system, err);
    fflush(stdout);
    return true;
}

static bool run_app(const struct config *config, const struct demo *demo, unsigned *cut, struct error *err)
{
    struct app *app;
    if (!app_start(config, &app, err))
        return false;
    bool announced = announce(app, demo, err);
    if (announced)
        *cut = app_run(app);
    app_stop(&app);
    return announced;
}

static bool run_configured(struct command_line *line, const struct demo *demo, unsigned *cut,
                           struct error *err)
{
    struct config *config;
    if ((demo != NULL && !point_at_demo(line, demo, err)) || !command_settings(line, &config, err))
        return false;
    bool ran = run_app(config, demo, cut, err);
    config_close(&config);
    return ran;
}

static int run(struct command_line *line)
{
    struct error err;
    struct demo *demo = NULL;
    unsigned cut = 0;
    bool wants_demo = false;
    int option;
    while ((option = command_next_option(line)) == OPTION_DEMO)
        wants_demo = true;
    if (option == COMMAND_OPTIONS_STOP)
        return line->status;
    app_take_signals();
    if (wants_demo && !demo_open(&demo, &err))
        return command_failed(&err);
    bool ran = run_configured(line, demo, &cut, &err);
    demo_close(&demo);
    if (!ran)
        return command_failed(&err);
    return cut == 0 ? COMMAND_OK : COMMAND_FAILED;
}

const struct command command_serve = {
    .name = "serve",
    .summary = "answer requests until SIGTERM",
    .options = options,
    .takes_settings = true,
    .run = run,
};
