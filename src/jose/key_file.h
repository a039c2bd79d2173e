/* SPDX-License-Identifier: Apache-2.0 */
/* A whole key file in memory, bounded. */
#ifndef USERSTATS_SRC_JOSE_KEY_FILE_H
#define USERSTATS_SRC_JOSE_KEY_FILE_H

#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"

/* Reads PATH, at most KEY_FILE_MAX bytes. The caller cleanses where it must and frees out->data
 * (memory_free). Fails with ERROR_FILE. */
bool key_file_read(const char *path, char **data, size_t *size, struct error *err) MUST_USE;

/* Refuses: without it, OpenSSL would ask the terminal for a key file's pass phrase (pem_password_cb). */
int no_pass_phrase(char *out, int size, int writing, void *context);

#endif
