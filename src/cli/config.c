/* SPDX-License-Identifier: Apache-2.0 */
/* `config check`: would `serve` take these settings? `config dump`: every value and where it came from. */
#include "command.h"

#include <stdio.h>
#include <string.h>

#include "app/app.h"

#define VALUE_WIDTH 48 /* where the origins stand in a column, unless a value is longer */

/* In words, as no failure to reach a URL makes the settings bad. */
static void tell(const struct app_key_url *url)
{
    if (url->failure == NULL)
        printf("%s: the URL answered with good keys (%zu).\n", url->setting, url->key_count);
    else
        fprintf(stderr,
                "userstats: warning: %s: no keys came from the URL: %s; serve would start without them, "
                "and go on asking\n",
                url->setting, error_operator_text(url->failure));
}

static int check(struct command_line *line)
{
    struct error err;
    struct config *config;
    if (!command_read_options(line))
        return line->status;
    if (!command_settings(line, &config, &err))
        return command_failed(&err);
    bool good = app_check(config, tell, &err);
    config_close(&config);
    if (!good)
        return command_failed(&err);
    printf("The settings are good.\n");
    return command_finish();
}

/* One setting as a line that can stand in a file, but for the secrets, which are masked; the query of a URL
 * is one, as it may be the key to what is behind it. */
static void print_setting(void *context, const struct setting_rule *rule, const char *name, const char *value,
                          const char *origin)
{
    (void)context, (void)rule;
    size_t size = strstr(value, "://") == NULL ? strlen(value) : strcspn(value, "?#");
    int width = printf("%s = %.*s", name, (int)size, value);
    if (value[size] != '\0')
        width += printf("%c…", value[size]) - 2; /* a character of three bytes */
    printf("%*s ; %s\n", width < VALUE_WIDTH ? VALUE_WIDTH - width : 0, "", origin);
}

static int dump(struct command_line *line)
{
    struct error err;
    struct config *config;
    if (!command_read_options(line))
        return line->status;
    if (!command_settings(line, &config, &err))
        return command_failed(&err);
    settings_each(config->settings, print_setting, NULL);
    config_close(&config);
    return command_finish();
}

static const struct command command_config_check = {
    .name = "check",
    .summary = "check all settings and the key files they name",
    .takes_settings = true,
    .run = check,
};

static const struct command command_config_dump = {
    .name = "dump",
    .summary = "print every setting, its value and where it came from; secrets are masked",
    .takes_settings = true,
    .run = dump,
};

static const struct command *const actions[] = {&command_config_check, &command_config_dump, NULL};

const struct command command_config = {
    .name = "config",
    .summary = "check or print the settings",
    .actions = actions,
};
