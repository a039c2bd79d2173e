/* SPDX-License-Identifier: Apache-2.0 */
/* A running hash of what stat says. Awkward: the entries of a directory are added up, not chained, so that
 * the order in which the file system lists them does not matter and none of them has to be remembered. */
#include "keys/fingerprint.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static struct hash128 print_of(const char *name, const struct stat *status, int failure)
{
    struct {
        struct hash128 name;
        uint64_t numbers[8];
    } facts = {.name = hash_text_128(text_of(name))};
    const uint64_t numbers[8] = {
        (uint64_t)failure,
        failure != 0 ? 0 : (uint64_t)status->st_dev,
        failure != 0 ? 0 : (uint64_t)status->st_ino,
        failure != 0 ? 0 : (uint64_t)status->st_size,
        failure != 0 ? 0 : (uint64_t)status->st_mtim.tv_sec,
        failure != 0 ? 0 : (uint64_t)status->st_mtim.tv_nsec,
        failure != 0 ? 0 : (uint64_t)status->st_ctim.tv_sec,
        failure != 0 ? 0 : (uint64_t)status->st_ctim.tv_nsec,
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
    if (directory == NULL)
        return print_of("", NULL, errno);
    while ((entry = readdir(directory)) != NULL) {
        struct stat status;
        if (entry->d_name[0] == '.')
            continue;
        int failure = fstatat(dirfd(directory), entry->d_name, &status, 0) == 0 ? 0 : errno;
        add(&sum, print_of(entry->d_name, &status, failure));
    }
    closedir(directory);
    return sum;
}

struct hash128 key_fingerprint(const char *path)
{
    struct stat status;
    int failure = stat(path, &status) == 0 ? 0 : errno;
    struct hash128 print = print_of("", &status, failure);
    if (failure == 0 && S_ISDIR(status.st_mode))
        add(&print, entries_of(path));
    return print;
}

bool key_fingerprint_equals(struct hash128 a, struct hash128 b)
{
    return a.low == b.low && a.high == b.high;
}
