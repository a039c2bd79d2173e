/* SPDX-License-Identifier: Apache-2.0 */
/* A client that sends exactly the bytes it is told to and reads whole answers. Every wait ends after
 * RAW_PATIENCE_MS with a failed test. */
#ifndef USERSTATS_TESTS_SUPPORT_RAW_CLIENT_H
#define USERSTATS_TESTS_SUPPORT_RAW_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RAW_PATIENCE_MS 10000
#define RAW_HEAD_MAX    4096
#define RAW_BODY_MAX    4096

struct raw_answer {
    int status;                  /* 0: the connection ended without (the rest of) an answer */
    char head[RAW_HEAD_MAX + 1]; /* status line and headers */
    char body[RAW_BODY_MAX + 1]; /* its first bytes */
    size_t body_size;            /* as Content-Length says */
};

/* A connection to 127.0.0.1:PORT. */
int raw_connect(uint16_t port);
/* Sends all of the bytes; false when the peer has closed. */
bool raw_send(int fd, const char *bytes, size_t size);
bool raw_send_text(int fd, const char *text);
/* Reads one answer. HAS_BODY false: to HEAD. A 304 and a 1xx have none by themselves. */
void raw_read(int fd, struct raw_answer *out, bool has_body);
/* Sends TEXT and reads the answer; returns its status. */
int raw_ask(int fd, const char *text, struct raw_answer *out);
/* Whether the head has the line "NAME: VALUE", case included; VALUE "" only asks for the name. */
bool raw_has_header(const struct raw_answer *a, const char *name, const char *value);
/* Whether the peer ends the connection, with nothing more to read, within MS. */
bool raw_ends(int fd, int ms);
/* Milliseconds of the monotonic clock. */
int64_t raw_now_ms(void);

#endif
