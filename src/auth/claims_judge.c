/* SPDX-License-Identifier: Apache-2.0 */
/* Hold claims against an issuer's settings and the time. Awkward: exp and nbf are any 64-bit numbers, so
 * adding the skew saturates; and a setting that is empty matches nothing, not the empty claim. */
#include "auth/claims.h"

static int64_t add(int64_t a, int64_t b)
{
    int64_t sum;
    if (!__builtin_add_overflow(a, b, &sum))
        return sum;
    return b > 0 ? INT64_MAX : INT64_MIN;
}

static bool is_wanted(struct text claim, struct text setting)
{
    return setting.size > 0 && text_equals(claim, setting);
}

static bool has_audience(const struct claims *c, struct text wanted)
{
    for (size_t i = 0; i < c->audience_count; i++) {
        if (is_wanted(c->audiences[i], wanted))
            return true;
    }
    return false;
}

bool claims_judge(const struct claims *c, const struct issuer *issuer, int64_t now_s, struct error *err)
{
    if (!is_wanted(c->issuer, issuer->name))
        return error_set(err, ERROR_TOKEN_ISSUER, "iss is not the configured issuer");
    if (!has_audience(c, issuer->audience))
        return error_set(err, ERROR_TOKEN_AUDIENCE, "aud is not, or does not hold, the configured audience");
    if (now_s >= add(c->expires_s, issuer->clock_skew_s))
        return error_set(err, ERROR_TOKEN_EXPIRED, "exp was %lld, it is %lld, skew %lld s",
                         (long long)c->expires_s, (long long)now_s, (long long)issuer->clock_skew_s);
    if (now_s < add(c->not_before_s, -issuer->clock_skew_s))
        return error_set(err, ERROR_TOKEN_NOT_YET_VALID, "nbf is %lld, it is %lld, skew %lld s",
                         (long long)c->not_before_s, (long long)now_s, (long long)issuer->clock_skew_s);
    return true;
}
