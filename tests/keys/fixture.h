/* SPDX-License-Identifier: Apache-2.0 */
/* A folder for key files, a slot, a log that can be read back, a clock that stands still, and a server that
 * answers as it is told. */
#ifndef USERSTATS_TESTS_KEYS_FIXTURE_H
#define USERSTATS_TESTS_KEYS_FIXTURE_H

#include <stdatomic.h>

#include "base/text.h"
#include "jose/vectors.h"
#include "keys/source.h"

/* Four sets of different keys: of 3, 1, 1 and 1 keys. */
#define SET_THREE "keys.json"
#define SET_RSA   "rfc7515-a2.json"
#define SET_EC    "rfc7515-a3.json"
#define SET_PEM   "keys/good-public.pem"
#define SET_WEAK  "keys/bad-rsa-1024.json"

#define URL "https://issuer.test/keys?secret=7"

/* What the server answers next, to every request until it is told otherwise, and what it was asked. */
struct server {
    atomic_bool down;     /* fails with REASON */
    enum error_code code; /* and this; 0: ERROR_FETCH */
    const char *reason;   /* NULL: "refused" */
    const char *vector;   /* the document … */
    struct text document; /* … or its bytes, where that is NULL */
    const char *etag;     /* of the document; NULL: none. Asked for with it, the server says 304 */
    int64_t fresh_s;
    atomic_bool hangs; /* answers only when it is told to stop */
    atomic_uint requests;
    char asked_etag[FETCH_ETAG_MAX + 1]; /* "": none */
};

struct world {
    char folder[64], path[128]; /* a temporary folder, and a key file in it that is not there yet */
    struct key_slot *slot;
    struct log *log;
    int said[2];
    _Atomic int64_t now_ms;
    struct clock clock;
    struct key_source given;
    struct keeper_options options;
    struct source source;
    struct server server;
};

extern struct world w;

void build_world(void);
void take_world_apart(void);

/* Makes `source` from `given`. */
void open_source(void);
/* What the wall clock says, in seconds. */
int64_t standing_wall_s(void);
/* Moves the clock by MS and looks. */
void step(int64_t ms);

/* How often EVENT was logged since the last look at the log, which it forgets. */
unsigned times_said(const char *event);
/* All that was logged since then; valid until the next call. */
const char *what_was_said(void);

/* NAME in the folder, valid until the next call. */
const char *in_folder(const char *name);
/* Replaces PATH by the bytes of a vector, by rename. */
void replace_file(const char *path, const char *vector);
/* Writes the first SIZE bytes (or all there are) of a vector over PATH as it is. */
void write_file(const char *path, const char *vector, size_t size);

/* Whether the set in force is exactly the one of the vector. */
bool is_in_force(const char *vector);
size_t keys_in_force(void);
/* The set of a vector; the caller releases it. */
struct key_set *set_of(const char *vector);
/* Whether the set in force has all keys of the vector's. */
bool has_keys_of(const char *vector);

bool fake_fetch(const struct fetch_options *options, struct fetched *out, struct error *err);

#endif
