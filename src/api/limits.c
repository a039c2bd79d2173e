/* SPDX-License-Identifier: Apache-2.0 */
/* Every limit that this instance holds its callers to, so that nobody has to find one by running into it. The
 * values are numbers only and need no escapes. */
#include <inttypes.h>

#include "api/api.h"
#include "api/handlers.h"

#define ANSWER_MAX 2048

static void put_window(const char *name, const struct ratelimit_rule *rule, struct buffer *out)
{
    buffer_format(out, "\"%s\":", name);
    if (rule->most == 0)
        buffer_put(out, "null");
    else
        buffer_format(out, "{\"maxRequests\":%u,\"periodInSeconds\":%u}", rule->most, rule->period_s);
}

static void put_rates(const struct ratelimit *limit, struct buffer *out)
{
    const struct ratelimit_rule burst = ratelimit_rule_of(limit, RATELIMIT_BURST);
    const struct ratelimit_rule sustain = ratelimit_rule_of(limit, RATELIMIT_SUSTAIN);
    buffer_put(out, "\"rateLimit\":{");
    put_window("burst", &burst, out);
    buffer_put_char(out, ',');
    put_window("sustain", &sustain, out);
    buffer_format(out, ",\"callers\":%zu}", ratelimit_capacity(limit));
}

static void put_sizes(const struct api *api, struct buffer *out)
{
    const struct batch_limits *batch = &api->limits;
    buffer_format(out, ",\"batch\":{\"users\":%zu,\"statistics\":%zu,\"values\":%zu}", batch->max_users,
                  batch->max_stats, batch->max_values);
    buffer_format(out, ",\"single\":{\"names\":%d,\"nameCharacters\":%d}", BATCH_SINGLE_NAMES_MAX,
                  BATCH_SINGLE_CHARACTERS_MAX);
    buffer_format(out,
                  ",\"bytes\":{\"target\":%d,\"headers\":%d,\"token\":%zu,\"body\":%zu,\"answer\":%zu}"
                  ",\"headers\":%d",
                  HTTP_URI_MAX, HTTP_HEADERS_MAX, api->published.token_bytes, api->published.body_bytes,
                  api->max_answer_bytes, HTTP_REQUEST_HEADERS_MAX);
}

static void put_service(const struct api_published *p, struct buffer *out)
{
    buffer_format(out,
                  ",\"requestsInFlight\":%u,\"connections\":%u,\"milliseconds\":{\"request\":%" PRId64
                  ",\"idle\":%" PRId64 ",\"queue\":%" PRId64 "}",
                  p->requests_in_flight, p->connections, p->request_deadline_ms, p->idle_timeout_ms,
                  p->queue_most_ms);
}

bool api_limits(void *context, const struct http_request *request, struct http_response *response,
                struct error *err)
{
    const struct api *api = context;
    struct buffer b;
    struct text body;
    buffer_init(&b, request->arena, ANSWER_MAX);
    buffer_put_char(&b, '{');
    put_rates(api->ratelimit, &b);
    put_sizes(api, &b);
    put_service(&api->published, &b);
    buffer_put_char(&b, '}');
    if (!buffer_finish(&b, ERROR_INTERNAL, &body, err))
        return false;
    http_response_json(response, body);
    return true;
}
