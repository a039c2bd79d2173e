/* SPDX-License-Identifier: Apache-2.0 */
/* `healthcheck`: ask the admin port's /readyz, for a container's HEALTHCHECK. Awkward: it must never hang, so
 * one deadline covers connecting, asking and reading, and every call on the socket is one that does not
 * block. */
#include "command.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

#define TIMEOUT_NS   3000000000
#define HOST_MAX     64
#define RESPONSE_MAX 1024

/* Whether FD is ready for EVENT before DEADLINE. */
static bool wait_for(int fd, short event, int64_t deadline)
{
    for (;;) {
        int64_t left = deadline - clock_system.monotonic_ns(clock_system.context);
        struct pollfd p = {.fd = fd, .events = event};
        int ready = left <= 0 ? 0 : poll(&p, 1, (int)(left / 1000000) + 1);
        if (ready >= 0 || errno != EINTR)
            return ready > 0;
    }
}

static bool connect_by(int fd, const struct addrinfo *to, int64_t deadline)
{
    int failure = 0;
    socklen_t size = sizeof failure;
    if (connect(fd, to->ai_addr, to->ai_addrlen) == 0)
        return true;
    if (errno != EINPROGRESS)
        return false;
    if (!wait_for(fd, POLLOUT, deadline)) {
        errno = ETIMEDOUT;
        return false;
    }
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &size) != 0)
        return false;
    errno = failure;
    return failure == 0;
}

/* Sends the request, then reads until the peer closes, RESPONSE holds as much as it can, or DEADLINE. Bytes
 * read. */
static size_t exchange(int fd, struct text request, char *response, int64_t deadline)
{
    size_t got = 0;
    if (send(fd, request.data, request.size, MSG_NOSIGNAL) != (ssize_t)request.size)
        return 0;
    while (got < RESPONSE_MAX && wait_for(fd, POLLIN, deadline)) {
        ssize_t n = recv(fd, response + got, RESPONSE_MAX - got, 0);
        if (n <= 0 && (n == 0 || (errno != EAGAIN && errno != EINTR)))
            break;
        got += n > 0 ? (size_t)n : 0;
    }
    return got;
}

/* The status code of "HTTP/1.x NNN …"; 0: that is no answer. */
static unsigned status_of(struct text response)
{
    uint64_t status;
    struct text prefix = text_of("HTTP/1.1 ");
    if (response.size < prefix.size + 4 || !text_starts_with(response, text_of("HTTP/1.")) ||
        response.data[prefix.size - 1] != ' ' || response.data[prefix.size + 3] != ' ' ||
        !text_to_u64(text_slice(response.data + prefix.size, 3), &status))
        return 0;
    return (unsigned)status;
}

static bool judge(const char *address, struct text response, struct error *err)
{
    unsigned status = status_of(response);
    if (status == 200)
        return true;
    if (status == 0)
        return error_refuse(err, ERROR_STORE_UNAVAILABLE,
                            "not healthy: http://%s/readyz gave no HTTP answer in time; see the log of serve",
                            address);
    return error_refuse(err, ERROR_STORE_UNAVAILABLE,
                        "not ready: http://%s/readyz answered %u; curl http://%s/readyz?verbose says why",
                        address, status, address);
}

static bool ask(const char *address, const struct addrinfo *to, struct error *err)
{
    char request[256], response[RESPONSE_MAX];
    int64_t deadline = clock_system.monotonic_ns(clock_system.context) + TIMEOUT_NS;
    snprintf(request, sizeof request, "GET /readyz HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n",
             address);
    int fd = socket(to->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return error_refuse(err, ERROR_INTERNAL, "no socket: %s", strerror(errno));
    if (!connect_by(fd, to, deadline)) {
        error_refuse(
            err, ERROR_STORE_UNAVAILABLE,
            "not healthy: nothing answers at %s: %s; is serve running, with this server.admin_listen?",
            address, strerror(errno));
        close(fd);
        return false;
    }
    size_t size = exchange(fd, text_of(request), response, deadline);
    close(fd);
    return judge(address, text_slice(response, size), err);
}

/* Splits "HOST:PORT" or "[HOST]:PORT"; the settings have checked that there is a colon and a port. */
static void split_address(const char *address, char *host, const char **port)
{
    const char *colon = strrchr(address, ':');
    size_t size = (size_t)(colon - address);
    if (address[0] == '[' && size >= 2 && address[size - 1] == ']') {
        address++;
        size -= 2;
    }
    snprintf(host, HOST_MAX, "%.*s", (int)size, address);
    *port = colon + 1;
}

static bool check_health(const char *address, struct error *err)
{
    char host[HOST_MAX];
    const char *port;
    struct addrinfo *to;
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
    split_address(address, host, &port);
    if (strcmp(port, "0") == 0)
        return error_refuse(
            err, ERROR_SETTING,
            "server.admin_listen has port 0, so the port that serve took is not known; give it a fixed one");
    /* A socket connected to 0.0.0.0 or :: reaches this machine on Linux. */
    int failure = getaddrinfo(host, port, &hints, &to);
    if (failure != 0)
        return error_refuse(err, ERROR_SETTING, "server.admin_listen: %s is no address: %s", host,
                            gai_strerror(failure));
    bool healthy = ask(address, to, err);
    freeaddrinfo(to);
    return healthy;
}

static int run(struct command_line *line)
{
    struct error err;
    struct config *config;
    if (!command_read_options(line))
        return line->status;
    if (!command_settings(line, &config, &err))
        return command_failed(&err);
    bool healthy = check_health(config->admin_listen, &err);
    config_close(&config);
    return healthy ? COMMAND_OK : command_failed(&err);
}

const struct command command_healthcheck = {
    .name = "healthcheck",
    .summary = "exit 0 when the service on this machine is ready, 1 when not",
    .takes_settings = true,
    .run = run,
};
