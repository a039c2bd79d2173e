/* SPDX-License-Identifier: Apache-2.0 */
/* SIGTERM, SIGINT and SIGHUP as something that one thread waits for. Private to the module. */
#ifndef USERSTATS_SRC_APP_SIGNALS_H
#define USERSTATS_SRC_APP_SIGNALS_H

#include <stdbool.h>
#include <stdint.h>

enum signals { SIGNALS_END, SIGNALS_RELOAD };

/* Blocks all three for the calling thread and all it starts; ignores SIGPIPE. */
void signals_take(void);
/* Waits for one of them. */
enum signals signals_wait(void);
/* Whether one that ends comes within TIMEOUT_MS. */
bool signals_come_within(int64_t timeout_ms);
/* From here on a further one that ends does so by its default action. */
void signals_release(void);

#endif
