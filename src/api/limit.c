/* SPDX-License-Identifier: Apache-2.0 */
/* Who pays for a request, and what one who asks too often is told. Awkward: a header with `*` names nobody,
 * but whoever has the token could have named a user of it; a budget of its own would be one more for the same
 * people, so the token's first user pays. */
#include "api/limit.h"

#define BODY_MAX 256

static const char *const window_names[] = {[RATELIMIT_BURST] = "burst", [RATELIMIT_SUSTAIN] = "sustain"};

static struct ratelimit_caller payer_of(const struct principal *p)
{
    const struct principal_user *user = p->caller != NULL ? p->caller : p->user_count > 0 ? p->users : NULL;
    if (user == NULL)
        return (struct ratelimit_caller){.title_id = p->title_id};
    return (struct ratelimit_caller){user->xuid, user->userhash, p->title_id};
}

/* The response object that the reference page of the rate limits has. */
static bool write_body(const struct ratelimit_verdict *v, struct arena *arena, struct text *out,
                       struct error *err)
{
    struct buffer b;
    buffer_init(&b, arena, BODY_MAX);
    buffer_format(&b,
                  "{\"version\":1,\"currentRequests\":%u,\"maxRequests\":%u,\"periodInSeconds\":%u,"
                  "\"limitType\":\"Rate\",\"type\":\"%s\"}",
                  v->current, v->rule.most, v->rule.period_s, window_names[v->window]);
    return buffer_finish(&b, ERROR_INTERNAL, out, err);
}

static bool write_retry_after(const struct ratelimit_verdict *v, struct arena *arena, struct text *out,
                              struct error *err)
{
    struct buffer b;
    buffer_init(&b, arena, BODY_MAX);
    buffer_put_u64(&b, v->retry_after_s);
    return buffer_finish(&b, ERROR_INTERNAL, out, err);
}

bool api_limit(const struct api *api, const struct principal *caller, const struct http_request *request,
               struct http_response *response, struct error *err)
{
    const struct ratelimit_caller payer = payer_of(caller);
    struct ratelimit_verdict v;
    struct http_refusal refusal;
    if (api->ratelimit == NULL ||
        ratelimit_take(api->ratelimit, &payer, api->clock->monotonic_ns(api->clock->context), &v))
        return true;
    if (!write_body(&v, request->arena, &refusal.body, err) ||
        !write_retry_after(&v, request->arena, &refusal.retry_after, err))
        return false;
    metrics_add(api->metrics, METRIC_RATE_LIMITED, (struct metric_series){v.window, 0}, 1);
    response->refusal = refusal;
    return error_set(err, ERROR_RATE_LIMITED, "%s: request %u of %u in %u s", window_names[v.window],
                     v.current, v.rule.most, v.rule.period_s);
}
