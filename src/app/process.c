/* SPDX-License-Identifier: Apache-2.0 */
/* /proc and getrusage. Awkward: the start is told in clock ticks since the boot and the boot in seconds since
 * 1970, so the start is right to about a second, as everywhere. */
#include "process.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"

#define NS_PER_S        UINT64_C(1000000000)
#define FIELDS_TO_START 19 /* of /proc/self/stat behind "(name) ": starttime is number 22, state number 3 */
#define FIELD_RESIDENT  1  /* of /proc/self/statm */
#define PROC_FILE_MAX   4096

static uint64_t cpu_ns(void)
{
    struct timespec used;
    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) != 0)
        return 0;
    return (uint64_t)used.tv_sec * NS_PER_S + (uint64_t)used.tv_nsec;
}

static bool read_file(const char *path, char *out, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t got = read(fd, out, size - 1);
    close(fd);
    out[got < 0 ? 0 : got] = '\0';
    return got > 0;
}

/* Word number I of LINE, as a number; 0 where it is none. */
static uint64_t word(const char *line, int i)
{
    uint64_t n = 0;
    for (; i > 0 && line != NULL; i--) {
        line = strchr(line, ' ');
        line = line == NULL ? NULL : line + 1;
    }
    if (line != NULL && !text_to_u64(text_slice(line, strcspn(line, " \n")), &n))
        return 0;
    return n;
}

static uint64_t resident_bytes(void)
{
    char line[PROC_FILE_MAX];
    long page = sysconf(_SC_PAGESIZE);
    return page > 0 && read_file("/proc/self/statm", line, sizeof line)
               ? word(line, FIELD_RESIDENT) * (uint64_t)page
               : 0;
}

static uint64_t boot_ns(void)
{
    struct timespec now, up;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0 || clock_gettime(CLOCK_BOOTTIME, &up) != 0)
        return 0;
    return ((uint64_t)now.tv_sec - (uint64_t)up.tv_sec) * NS_PER_S + (uint64_t)now.tv_nsec -
           (uint64_t)up.tv_nsec;
}

static uint64_t start_ns(void)
{
    char line[PROC_FILE_MAX];
    long ticks = sysconf(_SC_CLK_TCK);
    const char *behind_name = read_file("/proc/self/stat", line, sizeof line) ? strrchr(line, ')') : NULL;
    if (ticks <= 0 || behind_name == NULL || behind_name[1] != ' ')
        return 0;
    return boot_ns() + word(behind_name + 2, FIELDS_TO_START) * (NS_PER_S / (uint64_t)ticks);
}

static uint64_t open_fds(void)
{
    uint64_t count = 0;
    DIR *d = opendir("/proc/self/fd");
    if (d == NULL)
        return 0;
    for (const struct dirent *e = readdir(d); e != NULL; e = readdir(d))
        count += e->d_name[0] != '.';
    closedir(d);
    return count - 1; /* the one that reads it */
}

static uint64_t max_fds(void)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? (uint64_t)limit.rlim_cur : 0;
}

struct process_figures process_look(void)
{
    static uint64_t started; /* it does not change; the wall clock may */
    if (started == 0)
        started = start_ns();
    return (struct process_figures){cpu_ns(), resident_bytes(), open_fds(), max_fds(), started};
}
