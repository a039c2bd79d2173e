/* SPDX-License-Identifier: Apache-2.0 */
/* When a connection may go on being used. Every connection remembers what stat(2) said of the file when it
 * was opened, and looks again every LOOK_NS:
 * - the same file, written since: this connection is opened anew, so that its cache holds no page of a file
 * that was overwritten in place (after a writer's checkpoint that is needless, but cheap);
 * - another file: the connections of ALL threads are closed before one is opened on the new file. They share
 * the -shm file by its name, and SQLite, believing itself the first on the new database, truncates it: the
 * next access of an old connection would be SIGBUS. The gate is for this: shared while a connection is used,
 * exclusive while all are closed.
 * - another file, but the old one's -wal still beside it with changes in it: SQLite would apply them to the
 * new file and corrupt it. The store stays unavailable until somebody moves that -wal away; which changes to
 * keep is not ours to decide. Never open the database file here except through SQLite: closing a descriptor
 * of it drops the locks of all connections of the process. */
#include "store/sqlite_connections.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"

#define LOOK_NS           250000000
#define DEADLINE_OPS      1000 /* SQLite's steps between two looks at the clock: some 30 us */
#define WAL_FRAME_HEADER  24
#define REPLACED_ATTEMPTS 3

struct connections {
    const struct clock *clock;
    char *path;
    pthread_key_t key;
    pthread_rwlock_t gate; /* guards file; see above */
    struct file_state file;
    pthread_mutex_t lock; /* guards what follows */
    struct connection *first;
    struct file_state wal; /* the -wal that the last opened connection uses */
    bool has_lineage;
    int64_t lineage;               /* catalog_state.lineage of the database that was last opened */
    atomic_uint_fast64_t database; /* counts the databases that stood at the path */
    atomic_bool suspect;           /* all connections are to be closed before the next use */
    atomic_int_fast64_t suspected_ns;
};

static int64_t now_of(const struct connections *s)
{
    return s->clock->monotonic_ns(s->clock->context);
}

/* ---- files ---- */

static bool look(const char *path, struct file_state *out)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return false;
    *out = (struct file_state){
        .device = st.st_dev, .inode = st.st_ino, .size = st.st_size, .modified = st.st_mtim};
    return true;
}

static bool require_file(const char *path, struct file_state *out, struct error *err)
{
    if (look(path, out))
        return true;
    if (errno == ENOENT)
        return error_set(err, ERROR_STORE_UNAVAILABLE,
                         "%s: there is no such file; userstats schema migrate makes one", path);
    return error_set(err, ERROR_STORE_UNAVAILABLE, "%s: %s", path, strerror(errno));
}

static bool is_same_file(const struct file_state *a, const struct file_state *b)
{
    return a->device == b->device && a->inode == b->inode;
}

static bool is_unchanged(const struct file_state *a, const struct file_state *b)
{
    return is_same_file(a, b) && a->size == b->size && a->modified.tv_sec == b->modified.tv_sec &&
           a->modified.tv_nsec == b->modified.tv_nsec;
}

/* The -wal that SQLite would use with the file at the path, symbolic links followed as SQLite does. */
static bool look_at_wal(const char *path, struct file_state *out)
{
    char real[PATH_MAX], wal[PATH_MAX + sizeof "-wal"];
    if (realpath(path, real) == NULL)
        return false;
    snprintf(wal, sizeof wal, "%s-wal", real);
    return look(wal, out);
}

/* Whether every page that the database counts is in the file or can be in the -wal: a file cut short is found
 * here rather than in the middle of an answer. The -wal is looked at first, because a checkpoint between the
 * two looks moves pages from it to the file. */
static bool require_whole(const struct connections *s, sqlite3 *db, struct error *err)
{
    int64_t pages, page_size;
    struct file_state file, wal;
    if (!sqlite_integer(db, "PRAGMA page_count", &pages, err) ||
        !sqlite_integer(db, "PRAGMA page_size", &page_size, err))
        return false;
    if (!look_at_wal(s->path, &wal))
        wal.size = 0;
    if (!require_file(s->path, &file, err))
        return false;
    int64_t missing = pages - file.size / page_size;
    if (missing > 0 && wal.size < missing * (page_size + WAL_FRAME_HEADER))
        return error_set(err, ERROR_STORE_UNAVAILABLE,
                         "%s: the file was cut short: %lld of its %lld pages are missing", s->path,
                         (long long)missing, (long long)pages);
    return true;
}

/* ---- one connection; the gate is held, shared by its own thread or exclusively ---- */

bool connection_is_late(const struct connection *c)
{
    return c->deadline_ns != INT64_MAX && now_of(c->owner) >= c->deadline_ns;
}

static int on_progress(void *context)
{
    return connection_is_late(context);
}

static void shut(struct connection *c)
{
    for (int i = 0; i < READER_STATEMENTS; i++) {
        sqlite3_finalize(c->statements[i]);
        c->statements[i] = NULL;
    }
    sqlite3_close(c->db);
    c->db = NULL;
}

/* Statistic ids begin alike in every database, so another one must be told from the one before, whether it
 * came as another file (its lineage may be the same: a copy) or was written over the old one. */
static bool note_lineage(struct connections *s, sqlite3 *db, struct error *err)
{
    int64_t lineage;
    if (!sqlite_integer(db, "SELECT lineage FROM catalog_state", &lineage, err))
        return false;
    pthread_mutex_lock(&s->lock);
    if (s->has_lineage && s->lineage != lineage)
        atomic_fetch_add(&s->database, 1);
    s->has_lineage = true;
    s->lineage = lineage;
    pthread_mutex_unlock(&s->lock);
    return true;
}

uint64_t connections_database(const struct connections *s)
{
    return atomic_load(&s->database);
}

/* Opens C on FILE, which the path named a moment ago. Whether it still does is asked again between opening
 * and the first read: only the read would touch the -shm of another file. */
static bool open_on(struct connections *s, struct connection *c, const struct file_state *file,
                    struct error *err)
{
    struct schema_status status;
    struct file_state now = {0};
    if (file->size == 0) /* SQLite would delete the -wal beside it, and what it holds */
        return error_set(err, ERROR_SCHEMA, "%s: is empty; run userstats schema migrate", s->path);
    if (!sqlite_open(s->path, SQLITE_MODE_READ, &c->db, err))
        return false;
    sqlite3_progress_handler(c->db, DEADLINE_OPS, on_progress, c);
    bool good = require_file(s->path, &now, err);
    if (good && !is_same_file(file, &now))
        good =
            error_set(err, ERROR_STORE_UNAVAILABLE, "%s: the file was replaced while it was opened", s->path);
    if (!good || !sqlite_set_up(c->db, SQLITE_MODE_READ, err) || !sqlite_schema_status(c->db, &status, err) ||
        !sqlite_schema_require(c->db, &status, err) || !require_whole(s, c->db, err) ||
        !note_lineage(s, c->db, err)) {
        shut(c);
        return false;
    }
    c->file = *file;
    struct file_state wal;
    if (look_at_wal(s->path, &wal)) {
        pthread_mutex_lock(&s->lock);
        s->wal = wal;
        pthread_mutex_unlock(&s->lock);
    }
    return true;
}

static void end_of_thread(void *value)
{
    struct connection *c = value;
    struct connections *s = c->owner;
    pthread_mutex_lock(&s->lock);
    if (c->previous != NULL)
        c->previous->next = c->next;
    else
        s->first = c->next;
    if (c->next != NULL)
        c->next->previous = c->previous;
    shut(c);
    pthread_mutex_unlock(&s->lock);
    memory_free(c);
}

/* The calling thread's, which may be shut. */
static struct connection *own(struct connections *s, struct error *err)
{
    struct connection *c = pthread_getspecific(s->key);
    if (c != NULL)
        return c;
    c = memory_alloc(sizeof *c, err);
    if (c == NULL)
        return NULL;
    c->owner = s;
    if (pthread_setspecific(s->key, c) != 0) {
        memory_free(c);
        error_set(err, ERROR_NO_MEMORY, "no memory for a thread's connection");
        return NULL;
    }
    pthread_mutex_lock(&s->lock);
    c->next = s->first;
    if (s->first != NULL)
        s->first->previous = c;
    s->first = c;
    pthread_mutex_unlock(&s->lock);
    return c;
}

bool connection_statement(struct connection *c, enum reader_statement which, sqlite3_stmt **out,
                          struct error *err)
{
    static const char *const sql[READER_STATEMENTS] = {
        [READER_BEGIN] = "BEGIN",
        [READER_COMMIT] = "COMMIT",
        [READER_VALUES] =
            "SELECT statistic_id, value FROM value WHERE xuid = ?1 AND statistic_id BETWEEN ?2 AND ?3",
        [READER_METADATA] = ("SELECT statistic_id, metadata FROM value_metadata"
                             " WHERE xuid = ?1 AND statistic_id BETWEEN ?2 AND ?3"),
        [READER_GAMERTAG] = "SELECT gamertag FROM player WHERE xuid = ?1",
        [READER_TYPE] = "SELECT type FROM statistic WHERE id = ?1",
    };
    if (c->statements[which] == NULL && !sqlite_prepare(c->db, sql[which], &c->statements[which], err))
        return false;
    *out = c->statements[which];
    return true;
}

/* ---- all connections ---- */

static bool refuse_old_wal(const struct connections *s, struct error *err)
{
    return error_set(
        err, ERROR_STORE_UNAVAILABLE,
        "%s: the file was replaced, but %s-wal still holds changes of the old one; move it and %s-shm away",
        s->path, s->path, s->path);
}

/* Whether the -wal beside the file is the one of the file that was there before. */
static bool has_old_wal(struct connections *s)
{
    struct file_state wal;
    pthread_mutex_lock(&s->lock);
    struct file_state known = s->wal;
    pthread_mutex_unlock(&s->lock);
    return look_at_wal(s->path, &wal) && is_same_file(&wal, &known) && wal.size > 0;
}

/* Closes the connections of all threads, unless another thread has just done so, and takes the file now at
 * the path for the right one. */
static bool renew(struct connections *s, struct error *err)
{
    atomic_store(&s->suspect, true); /* whoever takes a connection leaves at once and lines up here */
    pthread_rwlock_wrlock(&s->gate);
    struct file_state file = {0};
    bool worked = true;
    if (atomic_load(&s->suspect)) {
        worked = require_file(s->path, &file, err);
        if (worked && !is_same_file(&file, &s->file) && has_old_wal(s))
            worked = refuse_old_wal(s, err);
        if (worked) {
            pthread_mutex_lock(&s->lock);
            for (struct connection *c = s->first; c != NULL; c = c->next)
                shut(c);
            pthread_mutex_unlock(&s->lock);
            if (!is_same_file(&file, &s->file))
                atomic_fetch_add(&s->database, 1);
            s->file = file;
            atomic_store(&s->suspect, false);
        }
    }
    pthread_rwlock_unlock(&s->gate);
    return worked;
}

/* Makes C usable. REPLACED: renew, then try again. */
enum readiness { READY, REPLACED, UNAVAILABLE };
static enum readiness make_ready(struct connections *s, struct connection *c, bool look_now,
                                 struct error *err)
{
    if (atomic_load(&s->suspect))
        return REPLACED;
    int64_t now = now_of(s);
    if (c->db != NULL && !look_now && now - c->looked_ns < LOOK_NS)
        return READY;
    struct file_state file = {0};
    if (!require_file(s->path, &file, err))
        return UNAVAILABLE;
    if (!is_same_file(&file, &s->file))
        return REPLACED;
    if (c->db != NULL && !is_unchanged(&file, &c->file))
        shut(c);
    if (c->db == NULL && !open_on(s, c, &file, err))
        return UNAVAILABLE;
    c->looked_ns = now;
    return READY;
}

/* Has the connections of all threads closed before the next use, if that was not done a moment ago. */
static void suspect_all(struct connections *s)
{
    int64_t now = now_of(s);
    int64_t last = atomic_load(&s->suspected_ns);
    if (now - last >= LOOK_NS && atomic_compare_exchange_strong(&s->suspected_ns, &last, now))
        atomic_store(&s->suspect, true);
}

bool connections_take(struct connections *s, bool look_now, int64_t deadline_ns, struct connection **out,
                      struct error *err)
{
    struct connection *c = own(s, err);
    if (c == NULL)
        return false;
    for (int i = 0; i < REPLACED_ATTEMPTS; i++) {
        pthread_rwlock_rdlock(&s->gate);
        c->deadline_ns = deadline_ns;
        enum readiness readiness = make_ready(s, c, look_now, err);
        if (readiness == READY) {
            *out = c;
            return true;
        }
        if (readiness == UNAVAILABLE && err->code != ERROR_NO_MEMORY && err->code != ERROR_DEADLINE)
            suspect_all(s);
        pthread_rwlock_unlock(&s->gate);
        if (readiness == UNAVAILABLE || !renew(s, err))
            return false;
    }
    return error_set(err, ERROR_STORE_UNAVAILABLE, "%s: the file is replaced again and again", s->path);
}

void connections_give(struct connections *s, struct connection *c, bool broken)
{
    c->deadline_ns = INT64_MAX; /* the end of a transaction is not to be interrupted */
    for (int i = 0; i < READER_STATEMENTS; i++)
        sqlite3_reset(c->statements[i]);
    if (!sqlite3_get_autocommit(c->db))
        sqlite3_exec(c->db, "ROLLBACK", NULL, NULL, NULL);
    if (broken || !sqlite3_get_autocommit(c->db)) {
        shut(c);
        suspect_all(s);
    }
    pthread_rwlock_unlock(&s->gate);
}

bool connections_open(const char *path, const struct clock *clock, struct connections **out,
                      struct error *err)
{
    struct file_state file;
    struct connection *c = NULL;
    if (!require_file(path, &file, err))
        return false;
    struct connections *s = memory_alloc(sizeof *s, err);
    if (s == NULL)
        return false;
    s->clock = clock;
    s->file = file;
    s->suspected_ns = now_of(s) - LOOK_NS;
    s->path = memory_copy_text(text_of(path), err);
    if (s->path == NULL || pthread_key_create(&s->key, end_of_thread) != 0) {
        if (s->path != NULL)
            error_set(err, ERROR_NO_MEMORY, "no key for per-thread connections is left");
        memory_free(s->path);
        memory_free(s);
        return false;
    }
    pthread_rwlock_init(&s->gate, NULL);
    pthread_mutex_init(&s->lock, NULL);
    if (!connections_take(s, true, INT64_MAX, &c, err)) {
        connections_close(&s);
        return false;
    }
    connections_give(s, c, false);
    *out = s;
    return true;
}

void connections_close(struct connections **connections)
{
    struct connections *s = *connections;
    *connections = NULL;
    if (s == NULL)
        return;
    pthread_key_delete(s->key);
    while (s->first != NULL) {
        struct connection *c = s->first;
        s->first = c->next;
        shut(c);
        memory_free(c);
    }
    pthread_rwlock_destroy(&s->gate);
    pthread_mutex_destroy(&s->lock);
    memory_free(s->path);
    memory_free(s);
}
