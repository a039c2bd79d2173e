/* SPDX-License-Identifier: Apache-2.0 */
/* Which sub-commands there are, and in which order --help lists them. */
#include "command.h"

const struct command *const commands[] = {
    &command_serve,
    &command_config,
    &command_healthcheck,
    NULL,
};
