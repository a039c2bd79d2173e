/* SPDX-License-Identifier: Apache-2.0 */
/* Keep each issuer's key set current: watch key files, fetch key URLs, and put what is new and good into the
 * slots that requests read.
 *
 * What is in force stays in force until something better is there: a file that is gone or half written, a
 * server that does not answer, a document with a weak key change nothing but the log and the status. The
 * reason is logged once (`keys_refused`, `keys_unreachable`), and `keys_in_force` when all is well again. */
#ifndef USERSTATS_KEYS_KEEPER_H
#define USERSTATS_KEYS_KEEPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "fetch/fetch.h"
#include "jose/key_set.h"
#include "jose/key_slot.h"

/* How often a file is looked at: a new one is in force well within a second. */
#define KEYS_LOOK_MS 250
/* Tokens that name a key nobody knows bring the next fetch of a URL forward, at most once in this time:
 * whoever sends such tokens must not be able to make this service hammer the issuer's. */
#define URL_UNKNOWN_INTERVAL_S 10
/* However short the server says its answer may be used, and the longest wait after failures. */
#define URL_FRESH_MIN_S 60
#define URL_RETRY_MAX_S 60
/* Of one fetch. */
#define URL_TIMEOUT_MS 10000

/* Where one set of keys comes from, and where it goes. */
struct key_source {
    const char *name;     /* for logs and errors: the setting, "auth.keys" */
    const char *location; /* a file, a directory, or what begins with https:// */
    struct key_rules rules;
    const char *ca_file;   /* URL: as fetch_options; NULL or "": the system's CAs */
    int64_t refresh_s;     /* URL: the longest time between two fetches; at least 1 */
    int64_t overlap_s;     /* URL: how long a key is kept that is no longer published; 0: not at all */
    struct key_slot *slot; /* where the set in force is put */
};

struct keeper_options {
    const struct key_source *sources; /* copied; what they point at outlives the keeper */
    size_t count;
    struct log *log;                    /* NULL: nothing is logged */
    const struct clock *clock;          /* NULL: the machine's */
    const struct random_source *random; /* for the jitter of fetches; NULL: the machine's */
    /* NULL: fetch_https. */
    bool (*fetch)(const struct fetch_options *options, struct fetched *out, struct error *err);
};

/* Whether LOCATION can be where keys come from, without looking there: a path, or a URL that can be fetched.
 * Fails with ERROR_SETTING, the text naming neither the location nor a setting, or ERROR_NO_MEMORY. */
bool keys_check_location(const char *location, struct error *err) MUST_USE;

/* The first load of the files and directories, before anything is served. URLs are left to the keeper, whose
 * threads fetch them as soon as it starts: the service comes up in whatever order it and the issuers are
 * started, and a server that does not answer holds up nobody.
 *
 * A file or directory that cannot be loaded fails as key_set_load does. Fails with ERROR_SETTING, naming the
 * source, for a URL or a CA file with which no fetch could ever work and for a URL of private keys. Sets that
 * were already put stay. */
bool keys_load_files(const struct keeper_options *options, struct error *err) MUST_USE;

/* The same, and fetches each URL once, one after the other; blocks for at most URL_TIMEOUT_MS a URL. One
 * that cannot be fetched, or whose document is not good, is logged as a warning and leaves its slot empty;
 * why is in UNLOADED, which has room for options->count and says ERROR_NONE of all others. NULL: nobody asks.
 */
bool keys_load(const struct keeper_options *options, struct error *unloaded, struct error *err) MUST_USE;

struct keeper;

/* Starts a thread for each source (so that a slow URL holds up nobody). The caller owns *out. Fails with
 * ERROR_SETTING as keys_load does, ERROR_NO_MEMORY or ERROR_INTERNAL. */
bool keeper_start(const struct keeper_options *options, struct keeper **out, struct error *err) MUST_USE;

/* Looks at every source now, at files also where they seem unchanged, and logs what came of it. Returns at
 * once. Any thread; not from a signal handler. */
void keeper_reload(struct keeper *keeper);

/* Ends the threads, in the middle of a fetch too, within about a second. The slots keep their sets. NULL is
 * fine. */
void keeper_stop(struct keeper **keeper);

struct key_status {
    bool has_keys;
    size_t key_count;
    int64_t
        last_success_wall_s; /* when the source was last seen to be good, in seconds since 1970; 0: never */
    uint64_t failures;       /* loads and fetches that failed since the start */
    uint64_t reloads;        /* sets put in force since the start, those of a first load not counted */
};

/* How the source number I < options->count stands. Cheap; any thread. */
struct key_status keeper_status(const struct keeper *keeper, size_t i);

#endif
