/* SPDX-License-Identifier: Apache-2.0 */
/* How long a request has waited for its thread. */
#ifndef USERSTATS_HTTP_MHD_QUEUE_H
#define USERSTATS_HTTP_MHD_QUEUE_H

#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"

/* Whether the last bytes of what FD received, all of them read by now, have waited for at most MOST_MS; fails
 * with OVERLOADED. Asks the kernel, but not for each request: only when the last question is some time ago at
 * NOW_NS (monotonic), or its answer was a long one. Each thread asks for itself. */
bool queue_admit(int fd, int64_t most_ms, int64_t now_ns, struct error *err) MUST_USE;

#endif
