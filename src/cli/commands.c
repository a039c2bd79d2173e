/* SPDX-License-Identifier: Apache-2.0 */
/* Which sub-commands there are, and in which order --help lists them. */
#include "command.h"

const struct command *const commands[] = {
    &command_serve,
    &command_config,
    &command_schema,
    &command_catalog,
    &command_import,
    &command_export,
    &command_token,
    &command_healthcheck,
    NULL,
};
