/* SPDX-License-Identifier: Apache-2.0 */
/* Where to listen. Awkward: the socket is made here and not by the library, so that "address in use" reaches
 * the operator as such, and so that no option ever lets two instances share a port. */
#include "http_mhd/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"

#define BACKLOG 4096 /* the kernel cuts it to net.core.somaxconn */

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static bool parse_host(struct text host, union address *out)
{
    char copy[INET6_ADDRSTRLEN];
    bool is_v6 = host.size >= 2 && host.data[0] == '[' && host.data[host.size - 1] == ']';
    if (is_v6)
        host = text_slice(host.data + 1, host.size - 2);
    if (host.size >= sizeof copy)
        return false;
    memcpy(copy, host.data, host.size);
    copy[host.size] = '\0';
    if (is_v6) {
        out->v6.sin6_family = AF_INET6;
        return inet_pton(AF_INET6, copy, &out->v6.sin6_addr) == 1;
    }
    out->v4.sin_family = AF_INET;
    return inet_pton(AF_INET, copy, &out->v4.sin_addr) == 1;
}

/* Splits at the last colon; an IPv6 address has its own inside the brackets. */
static bool parse_address(const char *address, union address *out)
{
    const char *colon = strrchr(address, ':');
    uint64_t port;
    if (colon == NULL || !text_to_u64(text_of(colon + 1), &port) || port > UINT16_MAX)
        return false;
    if (!parse_host(text_slice(address, (size_t)(colon - address)), out))
        return false;
    in_port_t wire_port = htons((uint16_t)port);
    if (out->any.sa_family == AF_INET6)
        out->v6.sin6_port = wire_port;
    else
        out->v4.sin_port = wire_port;
    return true;
}

static uint16_t port_of(const union address *address)
{
    return ntohs(address->any.sa_family == AF_INET6 ? address->v6.sin6_port : address->v4.sin_port);
}

bool listener_open(const char *address, int *fd, uint16_t *port, struct error *err)
{
    union address wanted = {.v6 = {0}};
    if (!parse_address(address, &wanted))
        return error_refuse(
            err, ERROR_SETTING,
            "\"%s\" is no address to listen on; write 127.0.0.1:8080, 0.0.0.0:8080 or [::1]:8080.", address);
    socklen_t size = wanted.any.sa_family == AF_INET6 ? sizeof wanted.v6 : sizeof wanted.v4;
    int on =
        1; /* SO_REUSEADDR: past connections in TIME_WAIT do not keep the port; another listener still does */
    int s = socket(wanted.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (s < 0 || setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(s, &wanted.any, size) != 0 || listen(s, BACKLOG) != 0 ||
        getsockname(s, &wanted.any, &size) != 0) {
        int cause = errno;
        if (s >= 0)
            close(s);
        return error_refuse(err, ERROR_FILE, "Cannot listen on %s: %s.%s", address, strerror(cause),
                            cause == EADDRINUSE ? " Stop what listens there, or set another address." : "");
    }
    *fd = s;
    *port = port_of(&wanted);
    return true;
}
