/* SPDX-License-Identifier: Apache-2.0 */
/* The running service: built from settings, run, taken apart in reverse. */
#ifndef USERSTATS_APP_APP_H
#define USERSTATS_APP_APP_H

#include <stdbool.h>
#include <stddef.h>

#include "app/config.h"
#include "base/attributes.h"
#include "base/error.h"

struct app;

#define APP_ADDRESS_MAX 128

/* Blocks SIGTERM, SIGINT and SIGHUP and ignores SIGPIPE, for the calling thread and all it starts: called
 * once, before anything makes a thread. */
void app_take_signals(void);

/* What came of asking one key URL. */
struct app_key_url {
    const char *setting; /* that names it: "auth.keys" */
    size_t key_count;
    const struct error *failure; /* it did not answer, or with nothing good; NULL: it did */
};

/* Whether `serve` could start as far as the settings and the key files tell. Asks each key URL once, waiting
 * for it, and TELLs what came of it, which is no failure, as it would be none to `serve`. Opens no store and
 * no port. */
bool app_check(const struct config *config, void (*tell)(const struct app_key_url *url),
               struct error *err) MUST_USE;

/* Opens the log (stderr), the key set, the store, the catalog, both ports and the watcher, and serves from
 * here on. Key URLs are fetched meanwhile: it is ready when some issuer has keys. CONFIG must outlive the
 * app. The caller owns *out. Fails with SETTING, KEY, FILE, STORE_UNAVAILABLE or SCHEMA; the text says what
 * to do. */
bool app_start(const struct config *config, struct app **out, struct error *err) MUST_USE;

/* Where it listens, as "HOST:PORT" with the real port. Valid as long as the app. */
const char *app_address(const struct app *app);
const char *app_admin_address(const struct app *app);

/* Waits for SIGTERM or SIGINT, looking at all keys at each SIGHUP on the way; then stops being ready, lets
 * requests finish within the drain times, and returns how many it had to cut. A second signal ends the
 * waiting at once. Only on the thread that called app_take_signals. */
unsigned app_run(struct app *app);

/* Ends what is left and frees. */
void app_stop(struct app **app);

#endif
