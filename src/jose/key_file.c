/* SPDX-License-Identifier: Apache-2.0 */
/* From a path to a key set: a JSON document, a PEM block, a DER certificate, or a directory of such files;
 * for decryption, PEM files. Which it is, the bytes say, not the file's name. */
#include "jose/key_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "jose/key.h"

int no_pass_phrase(char *out, int size, int writing, void *context)
{
    (void)out, (void)size, (void)writing, (void)context;
    return -1;
}

/* Reads FILE to its end into BYTES, which has room for KEY_FILE_MAX + 1. */
static bool read_all(int file, const char *path, char *bytes, size_t *size, struct error *err)
{
    size_t have = 0;
    while (have <= KEY_FILE_MAX) {
        ssize_t got = read(file, bytes + have, KEY_FILE_MAX + 1 - have);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set(err, ERROR_FILE, "%s: %s", path, strerror(errno));
        if (got == 0)
            break;
        have += (size_t)got;
    }
    if (have > KEY_FILE_MAX)
        return error_set(err, ERROR_FILE, "%s: larger than %d bytes", path, KEY_FILE_MAX);
    *size = have;
    return true;
}

/* O_NONBLOCK: opening a pipe that nobody writes to would wait for ever. */
static int open_regular(const char *path, struct error *err)
{
    struct stat status;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) {
        error_set(err, ERROR_FILE, "%s: %s", path, strerror(errno));
        return -1;
    }
    if (fstat(file, &status) == 0 && S_ISREG(status.st_mode))
        return file;
    error_set(err, ERROR_FILE, "%s: not a regular file", path);
    close(file);
    return -1;
}

bool key_file_read(const char *path, char **data, size_t *size, struct error *err)
{
    int file = open_regular(path, err);
    if (file < 0)
        return false;
    char *bytes = memory_alloc(KEY_FILE_MAX + 1, err);
    bool done = bytes != NULL && read_all(file, path, bytes, size, err);
    close(file);
    if (!done) {
        memory_free(bytes);
        return false;
    }
    *data = bytes;
    return true;
}

static bool add_bytes(struct key_set *set, struct text bytes, struct error *err)
{
    if (bytes.size == 0 || bytes.size > KEY_FILE_MAX)
        return error_set(err, ERROR_KEY, "empty, or larger than %d bytes", KEY_FILE_MAX);
    size_t i = 0;
    while (i < bytes.size && (bytes.data[i] == ' ' || (bytes.data[i] >= '\t' && bytes.data[i] <= '\r')))
        i++;
    if (i < bytes.size && (bytes.data[i] == '{' || bytes.data[i] == '['))
        return key_set_add_document(set, bytes, err);
    return pem_blocks(bytes) > 0 ? key_set_add_pem(set, bytes, err)
                                 : key_set_add_certificate(set, bytes, err);
}

/* What a file's bytes add to a set. */
typedef bool adder(struct key_set *set, struct text bytes, struct error *err);

/* What files are read for, one after the other. */
static adder *const passes[][2] = {
    [KEYS_VERIFY] = {add_bytes, NULL},
    [KEYS_DECRYPT] = {key_set_add_pairs, key_set_name_pairs},
};

/* Names ORIGIN in the error of a key that was refused. */
static bool add_named(struct key_set *set, struct text bytes, const char *origin, adder *add,
                      struct error *err)
{
    if (add(set, bytes, err))
        return true;
    struct error cause = *err;
    return cause.code == ERROR_NO_MEMORY
               ? false
               : error_set(err, cause.code, "%s: %s", origin, error_operator_text(&cause));
}

static bool add_file(struct key_set *set, const char *path, adder *add, struct error *err)
{
    char *data = NULL;
    size_t size = 0;
    if (!key_file_read(path, &data, &size, err))
        return false;
    bool done = add_named(set, text_slice(data, size), path, add, err);
    memory_cleanse(data, size); /* it may have been a private key */
    memory_free(data);
    return done;
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static bool add_directory(struct key_set *set, const char *path, adder *add, struct error *err)
{
    struct dirent **entries;
    int count = scandir(path, &entries, is_visible, alphasort);
    bool done = count >= 0 || error_set(err, ERROR_FILE, "%s: %s", path, strerror(errno));
    for (int i = 0; i < count; i++) {
        char file[4096];
        int length = snprintf(file, sizeof file, "%s/%s", path, entries[i]->d_name);
        if (done && (length < 0 || (size_t)length >= sizeof file))
            done = error_set(err, ERROR_FILE, "%s: a path of more than %zu bytes", path, sizeof file - 1);
        done = done && add_file(set, file, add, err);
        memory_free(entries[i]); /* scandir takes them from the same heap */
    }
    if (count >= 0)
        memory_free(entries);
    return done;
}

static bool finish(struct key_set *set, bool loaded, const char *origin, struct key_set **out,
                   struct error *err)
{
    if (loaded && set->count == 0 && set->skipped > 0)
        loaded = error_set(err, ERROR_KEY, "%s: holds no key that is served, and %zu for other uses", origin,
                           set->skipped);
    else if (loaded && set->count == 0)
        loaded = error_set(err, ERROR_KEY, "%s: holds no %skey", origin,
                           set->rules.purpose == KEYS_DECRYPT ? "private " : "");
    if (!loaded) {
        key_set_release(&set);
        return false;
    }
    *out = set;
    return true;
}

bool key_set_load(const char *path, const struct key_rules *rules, struct key_set **out, struct error *err)
{
    struct stat status;
    struct key_set *set;
    if (stat(path, &status) != 0)
        return error_set(err, ERROR_FILE, "%s: %s", path, strerror(errno));
    if (!key_set_make(rules, &set, err))
        return false;
    bool (*add)(struct key_set *, const char *, adder *, struct error *) =
        S_ISDIR(status.st_mode) ? add_directory : add_file;
    adder *const *pass = passes[set->rules.purpose];
    bool loaded = add(set, path, pass[0], err) && (pass[1] == NULL || add(set, path, pass[1], err));
    return finish(set, loaded, path, out, err);
}

bool key_set_parse(struct text bytes, const char *origin, const struct key_rules *rules, struct key_set **out,
                   struct error *err)
{
    struct key_set *set;
    if (!key_set_make(rules, &set, err))
        return false;
    adder *const *pass = passes[set->rules.purpose];
    bool loaded = add_named(set, bytes, origin, pass[0], err) &&
                  (pass[1] == NULL || add_named(set, bytes, origin, pass[1], err));
    return finish(set, loaded, origin, out, err);
}
