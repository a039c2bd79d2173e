/* SPDX-License-Identifier: Apache-2.0 */
/* The rate limit as a step of every endpoint that reads for a caller: private to the module. */
#ifndef USERSTATS_API_LIMIT_H
#define USERSTATS_API_LIMIT_H

#include "api/api.h"
#include "base/attributes.h"
#include "model/principal.h"

/* Counts REQUEST for CALLER, right after the caller is known and before the body is looked at. Fails with
 * RATE_LIMITED when it is one too many, and leaves in response->refusal what to answer; or with NO_MEMORY. */
bool api_limit(const struct api *api, const struct principal *caller, const struct http_request *request,
               struct http_response *response, struct error *err) MUST_USE;

#endif
