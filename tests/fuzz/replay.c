/* SPDX-License-Identifier: Apache-2.0 */
/* Feeds each file of the directory in argv[1] to a fuzz target. An empty or absent corpus is a failure. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *directory, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        return 1;
    size_t size = 0, capacity = 1 << 20;
    uint8_t *data = malloc(capacity);
    if (data != NULL)
        size = fread(data, 1, capacity, f);
    fclose(f);
    /* exactly as large as the input, so that AddressSanitizer sees a read past its end */
    uint8_t *exact = realloc(data, size == 0 ? 1 : size);
    if (exact == NULL) {
        free(data);
        return 1;
    }
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    return 0;
}

int main(int argc, char **argv)
{
    DIR *directory = argc == 2 ? opendir(argv[1]) : NULL;
    if (directory == NULL) {
        fprintf(stderr, "usage: %s CORPUS-DIRECTORY\n", argv[0]);
        return 2;
    }
    int failed = 0, count = 0;
    for (struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory)) {
        if (entry->d_name[0] == '.')
            continue;
        failed += replay_file(argv[1], entry->d_name);
        count++;
    }
    closedir(directory);
    printf("%d inputs replayed\n", count);
    return failed == 0 && count > 0 ? 0 : 1;
}
