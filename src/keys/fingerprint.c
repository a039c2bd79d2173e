/* SPDX-License-Identifier: Apache-2.0 */
/* A running hash of what stat says. Awkward: the entries of a directory are added up, not chained, so that
 * the order in which the file system lists them does not matter and none of them has to be remembered. */
#include "keys/fingerprint.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* What stat says of NAME in the open DIRECTORY, or why it says nothing. */
static struct hash128 print_of(int directory, const char *name, struct stat *status)
{
    struct {
        struct hash128 name;
        uint64_t numbers[8];
    } facts = {.name = hash_text_128(text_of(name))};
    *status = (struct stat){0};
    const int failure = fstatat(directory, name, status, 0) == 0 ? 0 : errno;
    const uint64_t numbers[8] = {
        (uint64_t)failure,
        (uint64_t)status->st_dev,
        (uint64_t)status->st_ino,
        (uint64_t)status->st_size,
        (uint64_t)status->st_mtim.tv_sec,
        (uint64_t)status->st_mtim.tv_nsec,
        (uint64_t)status->st_ctim.tv_sec,
        (uint64_t)status->st_ctim.tv_nsec,
    };
    memcpy(facts.numbers, numbers, sizeof numbers);
    return hash_text_128(text_slice((const char *)&facts, sizeof facts));
}

static void add(struct hash128 *sum, struct hash128 more)
{
    sum->low += more.low;
    sum->high += more.high;
}

static struct hash128 entries_of(const char *path)
{
    struct hash128 sum = {0};
    const struct dirent *entry;
    DIR *directory = opendir(path);
    if (directory == NULL) {
        sum.low = (uint64_t)errno;
        return sum;
    }
    while ((entry = readdir(directory)) != NULL) {
        struct stat status;
        if (entry->d_name[0] != '.')
            add(&sum, print_of(dirfd(directory), entry->d_name, &status));
    }
    closedir(directory);
    return sum;
}

struct hash128 key_fingerprint(const char *path)
{
    struct stat status;
    struct hash128 print = print_of(AT_FDCWD, path, &status);
    if (S_ISDIR(status.st_mode))
        add(&print, entries_of(path));
    return print;
}

bool key_fingerprint_equals(struct hash128 a, struct hash128 b)
{
    return a.low == b.low && a.high == b.high;
}
