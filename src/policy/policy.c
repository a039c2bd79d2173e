/* SPDX-License-Identifier: Apache-2.0 */
/* Decides whether a principal may read a statistic. Awkward: "absent" must never meet "absent" and be called
 * equal, so every comparison of two facts first demands that there is a fact: an empty text and the number 0
 * match nothing. */
#include "policy/policy.h"

static bool texts_match(struct text wanted, struct text claimed)
{
    return wanted.size > 0 && text_equals(wanted, claimed);
}

static bool numbers_match(uint64_t wanted, uint64_t claimed)
{
    return wanted != 0 && wanted == claimed;
}

bool policy_sandbox_is_right(const struct principal *principal, const struct service_config *config)
{
    return texts_match(config->sandbox, principal->sandbox);
}

static bool title_owns_config(const struct principal *principal, const struct service_config *config)
{
    for (size_t i = 0; i < config->title_id_count; i++) {
        if (numbers_match(config->title_ids[i], principal->title_id))
            return true;
    }
    return false;
}

/* 0 for `*`: no particular caller, so no grant to a user is meant for it, whoever else the token speaks of.
 */
static uint64_t caller_xuid(const struct principal *principal)
{
    return principal->caller == NULL ? 0 : principal->caller->xuid;
}

static bool asks_only_about_itself(const struct policy_question *q)
{
    for (size_t i = 0; i < q->xuid_count; i++) {
        if (!numbers_match(q->xuids[i], caller_xuid(q->principal)))
            return false;
    }
    return q->xuid_count > 0;
}

static bool grant_admits(const struct policy_question *q, const struct grant *grant)
{
    const struct principal *p = q->principal;
    switch (grant->kind) {
    case GRANT_TITLE:
        return numbers_match(grant->number, p->title_id);
    case GRANT_DEVICE:
        return texts_match(grant->subject, p->device_type) || texts_match(grant->subject, p->device_id);
    case GRANT_USER:
        return numbers_match(grant->number, caller_xuid(p));
    case GRANT_SELF:
        return asks_only_about_itself(q);
    case GRANT_NONE:
    default: /* a kind that a newer build wrote: nobody */
        return false;
    }
}

static bool any_grant_admits(const struct policy_question *q, const struct service_config *config,
                             const struct statistic *statistic)
{
    if (statistic->grant_count == 0)
        return title_owns_config(q->principal, config);
    for (size_t i = 0; i < statistic->grant_count; i++) {
        if (grant_admits(q, &statistic->grants[i]))
            return true;
    }
    return false;
}

static bool access_admits(const struct policy_question *q, const struct service_config *config,
                          const struct statistic *statistic)
{
    switch (statistic->access) {
    case STATISTIC_OPEN:
        return true;
    case STATISTIC_RESTRICTED:
        return any_grant_admits(q, config, statistic);
    default: /* an access that a newer build wrote: no, whatever its grants say */
        return false;
    }
}

bool policy_require_sandbox(const struct principal *principal, const struct service_config *config,
                            struct error *err)
{
    if (policy_sandbox_is_right(principal, config))
        return true;
    return error_refuse(
        err, ERROR_SANDBOX_DENIED,
        "The token's sandbox is not that of scid %.*s; ask with a token for the scid's sandbox.",
        TEXT_ARG(config->scid));
}

bool policy_statistic_is_readable(const struct policy_question *q, const struct service_config *config,
                                  const struct statistic *statistic)
{
    return policy_sandbox_is_right(q->principal, config) && access_admits(q, config, statistic);
}

bool policy_require_statistic(const struct policy_question *q, const struct service_config *config,
                              const struct statistic *statistic, struct error *err)
{
    if (!policy_require_sandbox(q->principal, config, err))
        return false;
    if (access_admits(q, config, statistic))
        return true;
    return error_refuse(
        err, ERROR_ACCESS_DENIED,
        "Statistic %.*s of scid %.*s is restricted, and no grant of it admits the caller; leave it "
        "out, or have its title's developer grant it.",
        TEXT_ARG(statistic->name), TEXT_ARG(config->scid));
}
