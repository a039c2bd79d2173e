/* SPDX-License-Identifier: Apache-2.0 */
/* Whose tokens are taken: the issuers of the settings, their keys, and what is remembered of their tokens. */
#ifndef USERSTATS_APP_TRUST_H
#define USERSTATS_APP_TRUST_H

#include <stdbool.h>

#include "app/config.h"
#include "auth/authenticator.h"
#include "base/attributes.h"
#include "base/error.h"
#include "base/log.h"
#include "keys/keeper.h"

struct trust;

/* What trust_open does about key URLs: nothing, as trust_keep will fetch them; or it asks each once, and
 * waits. */
enum trust_urls { TRUST_URLS_LATER, TRUST_URLS_NOW };

/* Loads the key files of every issuer of CONFIG, which must outlive it, and makes the authenticator. Where a
 * key URL is asked and gives no good keys, that issuer has none yet, which LOG says. LOG may be NULL. Keeps
 * nothing fresh. The caller owns *out. Fails with SETTING, KEY or FILE, naming the setting. */
bool trust_open(const struct config *config, struct log *log, enum trust_urls urls, struct trust **out,
                struct error *err) MUST_USE;
/* Starts the threads that keep the keys fresh, and that fetch what was not loaded yet, at once. */
bool trust_keep(struct trust *trust, struct error *err) MUST_USE;
/* Looks at every key file and key URL now (SIGHUP); returns at once. */
void trust_reload(struct trust *trust);
/* Ends the threads and frees. NULL is fine. */
void trust_close(struct trust **trust);

/* Valid as long as TRUST. */
struct authenticator *trust_authenticator(const struct trust *trust);
/* The issuers that it knows, *COUNT of them, in the order of the settings; valid as long as TRUST. */
const struct issuer *trust_issuers(const struct trust *trust, size_t *count);
/* Where keys come from, and how that stands. */
struct trust_source {
    const char *name; /* the setting: "auth.studio.keys" */
    bool is_url, has_keys;
    size_t key_count;
    /* What came of asking a URL in trust_open; NULL: it gave good keys, or was not asked. */
    const struct error *failure;
};

/* The source number I, in the order of the settings; false: there are no more. Any thread; *OUT's texts are
 * valid as long as TRUST. */
bool trust_source(const struct trust *trust, size_t i, struct trust_source *out);
/* The signature keys now in force, of all issuers together. */
size_t trust_key_count(const struct trust *trust);

/* Where keys come from, signature keys and decryption keys alike. */
size_t trust_source_count(const struct trust *trust);
/* The setting: "auth.studio.keys". */
const char *trust_source_name(const struct trust *trust, size_t i);
/* Only after trust_keep. */
struct key_status trust_source_status(const struct trust *trust, size_t i);

#endif
