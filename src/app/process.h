/* SPDX-License-Identifier: Apache-2.0 */
/* What the system says of this process. Private to the module. */
#ifndef USERSTATS_SRC_APP_PROCESS_H
#define USERSTATS_SRC_APP_PROCESS_H

#include <stdint.h>

/* All 0 where the system does not tell. */
struct process_figures {
    uint64_t cpu_ns; /* user and system */
    uint64_t resident_bytes;
    uint64_t open_fds, max_fds;
    uint64_t start_ns; /* since 1970 */
};

struct process_figures process_look(void);

#endif
