/* SPDX-License-Identifier: Apache-2.0 */
/* Dispatch, help, versions, usage errors, and the commands about settings: what a script or a person at a
 * terminal relies on. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/command.h"
#include "support/command_run.h"
#include "support/run.h"

static char *directory;

static void open_scratch(void)
{
    directory = scratch_directory();
}

static void close_scratch(void)
{
    scratch_remove(directory);
}

/* Runs the words of LINE, which are separated by single spaces. */
static struct command_run run_line(const char *line)
{
    const char *arguments[COMMAND_RUN_ARGUMENTS_MAX] = {"userstats"};
    static char words[2048];
    size_t count = 1;
    ck_assert_uint_lt(strlen(line), sizeof words);
    memcpy(words, line, strlen(line) + 1);
    for (char *word = words; *word != '\0'; count++) {
        ck_assert_uint_lt(count, COMMAND_RUN_ARGUMENTS_MAX - 1);
        arguments[count] = word;
        word += strcspn(word, " ");
        if (*word != '\0')
            *word++ = '\0';
    }
    return command_run(cli_run, directory, text_of(""), arguments);
}

static bool is_one_line(struct text t)
{
    return t.size > 1 && strchr(t.data, '\n') == t.data + t.size - 1;
}

/* Runs PATH --help and PATH --version for each command of LIST and all below. */
static void expect_help(const struct command *const *list, const char *path)
{
    for (; *list != NULL; list++) {
        char line[128], full[96];
        snprintf(full, sizeof full, "%s%s%s", path, path[0] == '\0' ? "" : " ", (*list)->name);
        snprintf(line, sizeof line, "%s --help", full);
        struct command_run run = run_line(line);
        ck_assert_msg(run.status == 0 && run.err.size == 0, "%s: %d %s", line, run.status, run.err.data);
        ck_assert_msg(strstr(run.out.data, full) != NULL && strstr(run.out.data, "--version") != NULL,
                      "%s: %s", line, run.out.data);
        for (const struct command_option *o = (*list)->options; o != NULL && o->name != NULL; o++)
            ck_assert_msg(strstr(run.out.data, o->name) != NULL, "%s does not tell of --%s", line, o->name);
        snprintf(line, sizeof line, "%s --version", full);
        run = run_line(line);
        ck_assert_msg(run.status == 0 && strncmp(run.out.data, "userstats ", 10) == 0, "%s", line);
        if ((*list)->actions != NULL)
            expect_help((*list)->actions, full);
    }
}

START_TEST(every_command_has_help_and_a_version)
{
    struct command_run run = run_line("--help");
    ck_assert_int_eq(run.status, 0);
    for (const struct command *const *c = commands; *c != NULL; c++)
        ck_assert_msg(strstr(run.out.data, (*c)->name) != NULL, "--help does not tell of %s", (*c)->name);
    ck_assert_int_eq(run_line("--version").status, 0);
    expect_help(commands, "");
}
END_TEST

static const char *const documented[] = {"serve",  "config", "schema", "catalog",
                                         "import", "export", "token",  "healthcheck"};

START_TEST(has_every_documented_command)
{
    for (size_t i = 0; i < sizeof documented / sizeof *documented; i++) {
        const struct command *const *c = commands;
        while (*c != NULL && strcmp((*c)->name, documented[i]) != 0)
            c++;
        ck_assert_msg(*c != NULL, "%s", documented[i]);
    }
}
END_TEST

static const struct refusal {
    const char *line;
    int status;
    const char *says;
} refusals[] = {
    {"", COMMAND_USAGE, "userstats --help"},
    {"nope", COMMAND_USAGE, "\"nope\""},
    {"config", COMMAND_USAGE, "userstats config --help"},
    {"config nope", COMMAND_USAGE, "\"nope\""},
    {"config dump --nope", COMMAND_USAGE, "--nope"},
    {"config dump --nope=secret", COMMAND_USAGE, "--nope;"},
    {"config dump -x", COMMAND_USAGE, "-x"},
    {"config dump more", COMMAND_USAGE, "no operand"},
    {"config dump --config", COMMAND_USAGE, "--config"},
    {"config dump --set", COMMAND_USAGE, "--set"},
    {"serve --demo=yes", COMMAND_USAGE, "--demo"},
    {"serve now", COMMAND_USAGE, "no operand"},
    {"healthcheck now", COMMAND_USAGE, "no operand"},
    {"config dump --set server.port=1", COMMAND_FAILED, "server.port"},
    {"config dump --set server", COMMAND_FAILED, "section.key=value"},
    {"config dump --config /nonexistent", COMMAND_FAILED, "/nonexistent"},
    {"config check", COMMAND_FAILED, "token keygen"},
    {"config check --set auth.keys=/nonexistent", COMMAND_FAILED, "/nonexistent"},
    {"serve", COMMAND_FAILED, "token keygen"},
    {"serve --set server.listen=x", COMMAND_FAILED, "server.listen"},
    {"serve --set ratelimit.burst=x", COMMAND_FAILED, "ratelimit.burst"},
    {"healthcheck --set server.admin_listen=127.0.0.1:0", COMMAND_FAILED, "port 0"},
    {"healthcheck --set server.admin_listen=host:9090", COMMAND_FAILED, "host"},
};

START_TEST(refuses_in_one_line)
{
    const struct refusal *r = &refusals[_i];
    struct command_run run = run_line(r->line);
    ck_assert_msg(run.status == r->status, "userstats %s: %d %s", r->line, run.status, run.err.data);
    ck_assert_msg(run.out.size == 0, "userstats %s: %s", r->line, run.out.data);
    ck_assert_msg(is_one_line(run.err), "userstats %s: %s", r->line, run.err.data);
    ck_assert_msg(strncmp(run.err.data, "userstats: ", 11) == 0, "userstats %s: %s", r->line, run.err.data);
    ck_assert_msg(strstr(run.err.data, r->says) != NULL, "userstats %s: %s", r->line, run.err.data);
    ck_assert_msg(strstr(run.err.data, "secret") == NULL, "userstats %s: %s", r->line, run.err.data);
}
END_TEST

START_TEST(refuses_bytes_that_would_break_the_line)
{
    const char *const arguments[] = {"userstats", "no\npe\x1b[31m", NULL};
    struct command_run run = command_run(cli_run, directory, text_of(""), arguments);
    ck_assert_int_eq(run.status, COMMAND_USAGE);
    ck_assert(is_one_line(run.err));
    ck_assert_ptr_null(strchr(run.err.data, '\x1b'));
}
END_TEST

START_TEST(dumps_values_and_origins)
{
    char line[256];
    const char *path = scratch_path(directory, "userstats.conf");
    scratch_write(path, text_of("[limits]\nmax_users = 7\nmax_stats = 8\n[auth.x]\nissuer = x\nkeys = /x\n"));
    ck_assert_int_eq(setenv("USERSTATS_LIMITS_MAX_STATS", "9", 1), 0);
    snprintf(line, sizeof line, "config dump --config %s --set log.format=json", path);
    struct command_run run = run_line(line);
    ck_assert_int_eq(run.status, 0);
    snprintf(line, sizeof line, "; file %s:2\n", path);
    ck_assert_ptr_nonnull(strstr(run.out.data, "limits.max_users = 7"));
    ck_assert_ptr_nonnull(strstr(run.out.data, line));
    ck_assert_ptr_nonnull(strstr(run.out.data, "limits.max_stats = 9"));
    ck_assert_ptr_nonnull(strstr(run.out.data, "\nauth.x.issuer = x "));
    ck_assert_ptr_nonnull(strstr(run.out.data, "\nauth.x.audience = " CONFIG_DEFAULT_AUDIENCE " "));
    ck_assert_ptr_nonnull(strstr(run.out.data, "; environment USERSTATS_LIMITS_MAX_STATS\n"));
    ck_assert_ptr_nonnull(strstr(run.out.data, "log.format = json"));
    ck_assert_ptr_nonnull(strstr(run.out.data, "; flag\n"));
    for (size_t i = 0; i < config_rule_count; i++)
        ck_assert_msg(strstr(run.out.data, config_rules[i].name) != NULL, "no %s", config_rules[i].name);
}
END_TEST

START_TEST(checks_urls_and_says_in_words_what_came_of_it)
{
    struct command_run run = run_line("config check --set auth.keys=https://127.0.0.1:1/keys?code=hush");
    ck_assert_int_eq(run.status, 0);
    ck_assert_msg(strstr(run.out.data, "The settings are good.") != NULL, "%s", run.out.data);
    ck_assert_msg(strstr(run.err.data,
                         "warning: auth.keys: no keys came from the URL: https://127.0.0.1:1/keys: ") != NULL,
                  "%s", run.err.data);
    ck_assert_ptr_null(strstr(run.err.data, "hush"));
    ck_assert(is_one_line(run.err));
}
END_TEST

START_TEST(dumps_urls_without_their_query)
{
    static const char url[] = "https://issuer.example/keys";
    char set[3000], line[1024];
    struct command_run run =
        run_line("config dump --set auth.keys=https://issuer.example/keys?code=HUSH#part");
    ck_assert_int_eq(run.status, 0);
    snprintf(line, sizeof line, "\nauth.keys = %s?…%*s ; flag\n", url,
             (int)(48 - strlen("auth.keys = ") - strlen(url) - 2), "");
    ck_assert_msg(strstr(run.out.data, line) != NULL, "%s", run.out.data);
    ck_assert_ptr_null(strstr(run.out.data, "HUSH"));
    run = run_line(
        "config dump --set auth.x.issuer=https://x.example/?HUSH --set auth.x.keys=https://x.example/#HUSH");
    ck_assert_ptr_nonnull(strstr(run.out.data, "\nauth.x.issuer = https://x.example/?… "));
    ck_assert_ptr_nonnull(strstr(run.out.data, "\nauth.x.keys = https://x.example/#… "));
    ck_assert_ptr_null(strstr(run.out.data, "HUSH"));
    run = run_line("config dump --set auth.keys=/keys?a#b");
    ck_assert_ptr_nonnull(strstr(run.out.data, "\nauth.keys = /keys?a#b "));
    snprintf(set, sizeof set, "config dump --set auth.keys=%s/%0*d", url, 1000, 7);
    snprintf(line, sizeof line, "%0*d ; flag\n", 1000, 7);
    run = run_line(set);
    ck_assert_msg(strstr(run.out.data, line) != NULL, "a long value is cut");
}
END_TEST

START_TEST(says_when_stdout_is_full)
{
    const char *const arguments[] = {"userstats", "config", "dump", NULL};
    const char *errors = scratch_path(directory, "errors");
    const char *const streams[] = {NULL, "/dev/full", errors};
    ck_assert_int_eq(command_wait(command_start(cli_run, arguments, streams)), COMMAND_FAILED);
    ck_assert(is_one_line(scratch_read(errors)));
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("cli/cli");
    TCase *c = tcase_create("cli");
    tcase_set_timeout(c, 120);
    tcase_add_checked_fixture(c, open_scratch, close_scratch);
    tcase_add_test(c, every_command_has_help_and_a_version);
    tcase_add_test(c, has_every_documented_command);
    tcase_add_loop_test(c, refuses_in_one_line, 0, (int)(sizeof refusals / sizeof *refusals));
    tcase_add_test(c, refuses_bytes_that_would_break_the_line);
    tcase_add_test(c, dumps_values_and_origins);
    tcase_add_test(c, checks_urls_and_says_in_words_what_came_of_it);
    tcase_add_test(c, dumps_urls_without_their_query);
    tcase_add_test(c, says_when_stdout_is_full);
    suite_add_tcase(s, c);
    return s;
}
