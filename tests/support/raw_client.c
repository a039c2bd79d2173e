/* SPDX-License-Identifier: Apache-2.0 */
/* Reads byte by byte where it must not take the next answer's, which is slow and does not matter here. */
#include "support/raw_client.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

int64_t raw_now_ms(void)
{
    return clock_system.monotonic_ns(clock_system.context) / 1000000;
}

int raw_connect(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_msg(connect(fd, (struct sockaddr *)&address, sizeof address) == 0, "connect: %s",
                  strerror(errno));
    return fd;
}

bool raw_send(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        bytes += sent;
        size -= (size_t)sent;
    }
    return true;
}

bool raw_send_text(int fd, const char *text)
{
    return raw_send(fd, text, strlen(text));
}

/* One piece of at most SIZE bytes; 0 at the end of the connection, however it ended. */
static size_t receive(int fd, char *out, size_t size)
{
    struct pollfd polled = {.fd = fd, .events = POLLIN};
    ck_assert_msg(poll(&polled, 1, RAW_PATIENCE_MS) > 0, "no answer within %d ms", RAW_PATIENCE_MS);
    ssize_t got = recv(fd, out, size, 0);
    return got > 0 ? (size_t)got : 0;
}

static bool read_head(int fd, struct raw_answer *out)
{
    size_t size = 0;
    while (size < 4 || memcmp(out->head + size - 4, "\r\n\r\n", 4) != 0) {
        ck_assert_msg(size < RAW_HEAD_MAX, "a head of more than %d bytes", RAW_HEAD_MAX);
        if (receive(fd, out->head + size, 1) == 0)
            return false;
        size++;
    }
    return true;
}

static bool read_body(int fd, struct raw_answer *out)
{
    char rest[65536];
    size_t done = 0;
    while (done < out->body_size) {
        size_t left = out->body_size - done;
        size_t got = receive(fd, rest, left < sizeof rest ? left : sizeof rest);
        if (got == 0)
            return false;
        if (done < RAW_BODY_MAX)
            memcpy(out->body + done, rest, got < RAW_BODY_MAX - done ? got : RAW_BODY_MAX - done);
        done += got;
    }
    return true;
}

void raw_read(int fd, struct raw_answer *out, bool has_body)
{
    memset(out, 0, sizeof *out);
    if (!read_head(fd, out))
        return;
    ck_assert_msg(strncmp(out->head, "HTTP/1.1 ", 9) == 0 || strncmp(out->head, "HTTP/1.0 ", 9) == 0, "%s",
                  out->head);
    int status = (int)strtol(out->head + 9, NULL, 10);
    const char *length = strcasestr(out->head, "\r\nContent-Length: ");
    if (length != NULL)
        out->body_size = (size_t)strtoul(length + strlen("\r\nContent-Length: "), NULL, 10);
    if (!has_body || status == 304 || status < 200 || read_body(fd, out))
        out->status = status;
}

int raw_ask(int fd, const char *text, struct raw_answer *out)
{
    raw_send_text(fd, text);
    raw_read(fd, out, true);
    return out->status;
}

bool raw_has_header(const struct raw_answer *a, const char *name, const char *value)
{
    char line[1024];
    int size = snprintf(line, sizeof line, "\r\n%s: %s%s", name, value, value[0] == '\0' ? "" : "\r\n");
    ck_assert_int_lt(size, (int)sizeof line);
    return strstr(a->head, line) != NULL;
}

bool raw_ends(int fd, int ms)
{
    struct pollfd polled = {.fd = fd, .events = POLLIN};
    char byte;
    return poll(&polled, 1, ms) > 0 && recv(fd, &byte, 1, 0) <= 0;
}
