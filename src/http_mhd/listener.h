/* SPDX-License-Identifier: Apache-2.0 */
/* A listening TCP socket from "address:port". */
#ifndef USERSTATS_HTTP_MHD_LISTENER_H
#define USERSTATS_HTTP_MHD_LISTENER_H

#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"

/* Binds ADDRESS ("127.0.0.1:8080", "[::1]:8080"; no names) and listens, without blocking. *fd is the caller's
 * to close; *port is the real one. Fails with SETTING (no address) or FILE (cannot be bound). */
bool listener_open(const char *address, int *fd, uint16_t *port, struct error *err) MUST_USE;

#endif
