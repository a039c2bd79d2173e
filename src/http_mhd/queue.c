/* SPDX-License-Identifier: Apache-2.0 */
/* A thread answers one request after another, so requests wait as bytes in the kernel, where no clock of ours
 * sees them. Awkward: the kernel knows when a connection's last bytes came (in milliseconds, to a tick of its
 * clock), but asking costs a call; a thread that keeps up has to ask only a few times a second to know that
 * it does. */
#include "http_mhd/queue.h"

#include <inttypes.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#define NS_PER_MS (int64_t)1000000
#define LOOKS     8 /* within the time that a request may wait */

/* Since when the last bytes are there; 0 where the kernel does not say. */
static int64_t waited_ms(int fd)
{
    struct tcp_info info;
    socklen_t size = sizeof info;
    memset(&info, 0, sizeof info);
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
        return 0;
    return info.tcpi_last_data_recv;
}

bool queue_admit(int fd, int64_t most_ms, int64_t now_ns, struct error *err)
{
    static _Thread_local int64_t looked_ns;
    static _Thread_local bool is_behind;
    if (!is_behind && looked_ns != 0 && now_ns - looked_ns < most_ms * NS_PER_MS / LOOKS)
        return true;
    int64_t waited = waited_ms(fd);
    looked_ns = now_ns;
    is_behind = waited > most_ms / 2;
    return waited <= most_ms ||
           error_set(err, ERROR_OVERLOADED,
                     "the request has waited %" PRId64 " ms for a thread (limits.max_queue_ms)", waited);
}
