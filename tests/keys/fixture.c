/* SPDX-License-Identifier: Apache-2.0 */
/* The world of fixture.h. */
#include "keys/fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"

struct world w;

static int64_t standing_wall_ms(void *context)
{
    return 1000000000000 + atomic_load((_Atomic int64_t *)context);
}

static int64_t standing_monotonic_ns(void *context)
{
    return atomic_load((_Atomic int64_t *)context) * 1000000;
}

void build_world(void)
{
    struct error err;
    w = (struct world){.folder = "/tmp/keys-XXXXXX", .now_ms = 1000, .server.fresh_s = -1};
    ck_assert_ptr_nonnull(mkdtemp(w.folder));
    snprintf(w.path, sizeof w.path, "%s/keys.json", w.folder);
    w.clock = (struct clock){standing_wall_ms, standing_monotonic_ns, &w.now_ms};
    ck_assert_int_eq(pipe2(w.said, O_NONBLOCK), 0);
    const struct log_options log = {w.said[1], LOG_LEVEL_DEBUG, LOG_FORMAT_LOGFMT, &clock_system};
    ck_assert(log_open(&log, &w.log, &err));
    ck_assert(key_slot_open(NULL, &w.slot, &err));
    w.given = (struct key_source){
        .name = "auth.keys",
        .location = w.path,
        .rules = {KEYS_VERIFY, JOSE_SIGNATURE_ALGORITHMS, false},
        .refresh_s = 300,
        .overlap_s = 3600,
        .slot = w.slot,
    };
    w.options = (struct keeper_options){
        .sources = &w.given,
        .count = 1,
        .log = w.log,
        .clock = &w.clock,
        .fetch = fake_fetch,
    };
}

static void remove_folder(const char *path)
{
    const struct dirent *entry;
    DIR *folder = opendir(path);
    ck_assert_ptr_nonnull(folder);
    while ((entry = readdir(folder)) != NULL) {
        char inner[512];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
        if (unlink(inner) != 0)
            remove_folder(inner);
    }
    closedir(folder);
    ck_assert_int_eq(rmdir(path), 0);
}

void take_world_apart(void)
{
    source_close(&w.source);
    key_slot_close(&w.slot);
    log_close(&w.log);
    close(w.said[0]);
    close(w.said[1]);
    remove_folder(w.folder);
}

int64_t standing_wall_s(void)
{
    return standing_wall_ms(&w.now_ms) / 1000;
}

void open_source(void)
{
    struct error err;
    ck_assert_msg(source_open(&w.source, &w.options, 0, NULL, &err), "%s", err.detail);
}

void step(int64_t ms)
{
    w.now_ms += ms;
    source_step(&w.source, false);
}

const char *what_was_said(void)
{
    static char text[64 * 1024];
    ssize_t n = read(w.said[0], text, sizeof text - 1);
    text[n < 0 ? 0 : n] = '\0';
    return text;
}

unsigned times_said(const char *event)
{
    unsigned count = 0;
    for (const char *at = strstr(what_was_said(), event); at != NULL; at = strstr(at + 1, event))
        count++;
    return count;
}

const char *in_folder(const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", w.folder, name);
    return path;
}

void write_file(const char *path, const char *vector, size_t size)
{
    char bytes[VECTOR_MAX];
    struct text text = vector_read(vector, bytes);
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    size = size < text.size ? size : text.size;
    ck_assert_uint_eq(fwrite(text.data, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
}

void replace_file(const char *path, const char *vector)
{
    char new_path[1024];
    snprintf(new_path, sizeof new_path, "%s/.new", w.folder);
    write_file(new_path, vector, SIZE_MAX);
    ck_assert_int_eq(rename(new_path, path), 0);
}

struct key_set *set_of(const char *vector)
{
    char bytes[VECTOR_MAX];
    struct error err;
    struct key_set *set;
    ck_assert(key_set_parse(vector_read(vector, bytes), vector, NULL, &set, &err));
    return set;
}

bool is_in_force(const char *vector)
{
    struct key_set *wanted = set_of(vector), *set = key_slot_get(w.slot);
    bool equal = set != NULL && key_set_equals(set, wanted);
    key_set_release(&set);
    key_set_release(&wanted);
    return equal;
}

size_t keys_in_force(void)
{
    struct key_set *set = key_slot_get(w.slot);
    size_t size = set == NULL ? 0 : key_set_size(set);
    key_set_release(&set);
    return size;
}

bool has_keys_of(const char *vector)
{
    struct key_set *wanted = set_of(vector), *set = key_slot_get(w.slot);
    bool all = set != NULL;
    for (size_t i = 0; all && i < key_set_size(wanted); i++)
        all = key_set_has(set, key_set_id(wanted, i));
    key_set_release(&set);
    key_set_release(&wanted);
    return all;
}

static bool hang(const struct fetch_options *options, struct error *err)
{
    for (int i = 0; i < 60000 && !atomic_load(options->stop); i++)
        poll(NULL, 0, 1);
    return error_set(err, ERROR_FETCH, "given up");
}

bool fake_fetch(const struct fetch_options *options, struct fetched *out, struct error *err)
{
    char bytes[VECTOR_MAX];
    struct server *s = &w.server;
    atomic_fetch_add(&s->requests, 1);
    ck_assert_uint_eq(options->max_bytes, KEY_FILE_MAX);
    ck_assert_int_eq(options->timeout_ms, URL_TIMEOUT_MS);
    snprintf(s->asked_etag, sizeof s->asked_etag, "%s", options->etag == NULL ? "" : options->etag);
    if (atomic_load(&s->hangs))
        return hang(options, err);
    if (atomic_load(&s->down))
        return error_set(err, s->code == ERROR_NONE ? ERROR_FETCH : s->code, "%s",
                         s->reason == NULL ? "refused" : s->reason);
    struct fetched answer = {.fresh_s = s->fresh_s};
    snprintf(answer.etag, sizeof answer.etag, "%s", s->etag == NULL ? "" : s->etag);
    answer.unchanged = s->etag != NULL && strcmp(s->asked_etag, s->etag) == 0;
    if (!answer.unchanged) {
        struct text t = s->vector == NULL ? s->document : vector_read(s->vector, bytes);
        answer.data = memory_alloc(t.size + 1, err);
        if (answer.data == NULL)
            return false;
        memcpy(answer.data, t.data, t.size);
        answer.size = t.size;
    }
    *out = answer;
    return true;
}
