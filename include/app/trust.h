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

/* Loads the keys of every issuer of CONFIG, which must outlive it, and makes the authenticator. A key URL is
 * asked once; when it does not answer, that issuer has no keys yet, which LOG says. LOG may be NULL. Keeps
 * nothing fresh. The caller owns *out. Fails with SETTING, KEY or FILE, naming the setting. */
bool trust_open(const struct config *config, struct log *log, struct trust **out, struct error *err) MUST_USE;
/* Starts the threads that keep the keys fresh. */
bool trust_keep(struct trust *trust, struct error *err) MUST_USE;
/* Looks at every key file and key URL now (SIGHUP); returns at once. */
void trust_reload(struct trust *trust);
/* Ends the threads and frees. NULL is fine. */
void trust_close(struct trust **trust);

/* Valid as long as TRUST. */
struct authenticator *trust_authenticator(const struct trust *trust);
/* The issuers that it knows, *COUNT of them, in the order of the settings; valid as long as TRUST. */
const struct issuer *trust_issuers(const struct trust *trust, size_t *count);
/* The signature keys now in force, of all issuers together. */
size_t trust_key_count(const struct trust *trust);

/* Where keys come from, signature keys and decryption keys alike. */
size_t trust_source_count(const struct trust *trust);
/* The setting: "auth.studio.keys". */
const char *trust_source_name(const struct trust *trust, size_t i);
/* Only after trust_keep. */
struct key_status trust_source_status(const struct trust *trust, size_t i);

#endif
