/* SPDX-License-Identifier: Apache-2.0 */
/* Decide from facts in hand what a principal may read. No I/O, no clock, no state: any thread. */
#ifndef USERSTATS_POLICY_POLICY_H
#define USERSTATS_POLICY_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "model/principal.h"
#include "model/statistic.h"

/* The question's unchanging part: who asks about whom. */
struct policy_question {
    const struct principal *principal;
    const uint64_t *xuids; /* the users asked about */
    size_t xuid_count;
};

/* Content isolation: the principal's sandbox must be the config's, case included. Fails with SANDBOX_DENIED.
 */
bool policy_require_sandbox(const struct principal *principal, const struct service_config *config,
                            struct error *err) MUST_USE;

/* The same as a question: for what is passed over instead of refused. */
bool policy_sandbox_is_right(const struct principal *principal, const struct service_config *config);

/* Whether the statistic of CONFIG may be read, sandbox included. Open: yes. Restricted: when one of its
 * grants (none listed: the titles that own CONFIG) matches the principal. Anything unknown or absent: no. */
bool policy_statistic_is_readable(const struct policy_question *q, const struct service_config *config,
                                  const struct statistic *statistic);

/* The same as a demand: fails with SANDBOX_DENIED or ACCESS_DENIED, naming statistic and scid. */
bool policy_require_statistic(const struct policy_question *q, const struct service_config *config,
                              const struct statistic *statistic, struct error *err) MUST_USE;

#endif
