/* SPDX-License-Identifier: Apache-2.0 */
/* The lines around a certificate, and no more of PEM: libcurl reads the rest. Awkward: a pipe would hold
 * whoever opens it, and could be read only once, so what is no plain file is refused before. */
#include "fetch/ca_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define LINE_MAX_BYTES 256

/* "-----BEGIN CERTIFICATE-----", or one with a word more before CERTIFICATE, as OpenSSL reads them. */
static bool is_mark(const char *line, const char *mark)
{
    return strncmp(line, mark, strlen(mark)) == 0 && strstr(line, "CERTIFICATE-----") != NULL;
}

static bool holds_certificate(FILE *file)
{
    char line[LINE_MAX_BYTES];
    bool begun = false;
    while (fgets(line, sizeof line, file) != NULL) {
        if (begun && is_mark(line, "-----END "))
            return true;
        begun = begun || is_mark(line, "-----BEGIN ");
    }
    return false;
}

bool ca_file_check(const char *path, struct error *err)
{
    struct stat status;
    FILE *file = NULL;
    if (stat(path, &status) != 0)
        return error_set(err, ERROR_FETCH, "the CA file %s cannot be read: %s", path, strerror(errno));
    if (!S_ISREG(status.st_mode))
        return error_set(err, ERROR_FETCH, "the CA file %s is no plain file; name one of PEM certificates",
                         path);
    file = fopen(path, "re");
    if (file == NULL)
        return error_set(err, ERROR_FETCH, "the CA file %s cannot be read: %s", path, strerror(errno));
    bool holds = holds_certificate(file);
    fclose(file);
    return holds || error_set(err, ERROR_FETCH,
                              "the CA file %s holds no certificate; give it those of the CAs in PEM", path);
}
