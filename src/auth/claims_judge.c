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

bool claims_judge_issuer(const struct claims *c, const struct issuer *issuer, struct error *err)
{
    return is_wanted(c->issuer, issuer->name) ||
           error_set(err, ERROR_TOKEN_ISSUER, "iss is not the configured issuer");
}

bool validity_judge(const struct validity *v, int64_t clock_skew_s, int64_t now_s, struct error *err)
{
    if (now_s >= add(v->expires_s, clock_skew_s))
        return error_set(err, ERROR_TOKEN_EXPIRED, "exp was %lld, it is %lld, skew %lld s",
                         (long long)v->expires_s, (long long)now_s, (long long)clock_skew_s);
    if (now_s < add(v->not_before_s, -clock_skew_s))
        return error_set(err, ERROR_TOKEN_NOT_YET_VALID, "nbf is %lld, it is %lld, skew %lld s",
                         (long long)v->not_before_s, (long long)now_s, (long long)clock_skew_s);
    return true;
}

bool claims_judge(const struct claims *c, const struct issuer *issuer, int64_t now_s, struct error *err)
{
    if (!claims_judge_issuer(c, issuer, err))
        return false;
    if (!has_audience(c, issuer->audience))
        return error_set(err, ERROR_TOKEN_AUDIENCE, "aud is not, or does not hold, the configured audience");
    return validity_judge(&c->validity, issuer->clock_skew_s, now_s, err);
}
