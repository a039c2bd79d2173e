/* SPDX-License-Identifier: Apache-2.0 */
/* Sorted arrays under one lock. Awkward: ids must outlive a change of the catalog, so a new catalog is copied
 * first, takes over the ids of what stays, and only then replaces the old one. */
#include "support/store_fake.h"

#include <check.h>
#include <pthread.h>
#include <string.h>

#include "base/memory.h"
#include "store/driver.h"
#include "support/catalog_copy.h"

#define ARENA_LIMIT ((size_t)256 * 1024 * 1024)

struct player {
    uint64_t xuid;
    struct text gamertag;
};

struct fake {
    struct store base;
    const struct clock *clock;
    pthread_mutex_t lock;
    struct value_row *values; /* in the order of (xuid, statistic id) */
    size_t value_count;
    struct player *players; /* in the order of xuid */
    size_t player_count;
    struct arena texts;   /* of values and players; grows until the end */
    struct arena catalog; /* of definition */
    struct catalog_definition definition;
    uint32_t last_id;
    struct arena query_arena;
    struct store_fake_query query;
    enum error_code failure;
};

static struct fake *fake_of(struct store *store)
{
    return (struct fake *)store;
}

/* ---- filling ---- */

static void *must(void *p)
{
    ck_assert_msg(p != NULL, "store_fake: no memory");
    return p;
}

static struct text copied(struct arena *a, struct text t)
{
    struct error err;
    struct text out = t;
    if (t.data != NULL)
        ck_assert(arena_copy_text(a, t, &out, &err));
    return out;
}

static void *copied_array(struct arena *a, const void *from, size_t count, size_t size)
{
    struct error err;
    void *out = must(arena_alloc_array(a, count, size, &err));
    if (count > 0)
        memcpy(out, from, count * size);
    return out;
}

/* Opens a gap of one SIZE at AT in an array of COUNT. */
static void *with_gap(void *array, size_t count, size_t at, size_t size)
{
    struct error err;
    char *out = must(memory_grow(array, (count + 1) * size, &err));
    memmove(out + (at + 1) * size, out + at * size, (count - at) * size);
    return out;
}

/* Where (XUID, ID) is or belongs. */
static size_t value_place(const struct fake *f, uint64_t xuid, uint32_t id)
{
    size_t low = 0, high = f->value_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct value_row *row = &f->values[middle];
        if (row->xuid < xuid || (row->xuid == xuid && row->statistic_id < id))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool value_is_at(const struct fake *f, size_t at, uint64_t xuid, uint32_t id)
{
    return at < f->value_count && f->values[at].xuid == xuid && f->values[at].statistic_id == id;
}

static size_t player_place(const struct fake *f, uint64_t xuid)
{
    size_t at = 0;
    while (at < f->player_count && f->players[at].xuid < xuid)
        at++;
    return at;
}

static bool player_is_at(const struct fake *f, size_t at, uint64_t xuid)
{
    return at < f->player_count && f->players[at].xuid == xuid;
}

static void put_value(struct fake *f, const struct value_row *row)
{
    struct value_row copy = *row;
    if (row->value.type == STATISTIC_STRING || row->value.type == STATISTIC_DATETIME)
        copy.value.text = copied(&f->texts, row->value.text);
    copy.value.metadata = copied(&f->texts, row->value.metadata);
    copy.metadata = copied(&f->texts, row->metadata);
    size_t at = value_place(f, row->xuid, row->statistic_id);
    if (!value_is_at(f, at, row->xuid, row->statistic_id)) {
        f->values = with_gap(f->values, f->value_count, at, sizeof *f->values);
        f->value_count++;
    }
    f->values[at] = copy;
}

void store_fake_put_values(struct store *fake, const struct value_row *rows, size_t count)
{
    struct fake *f = fake_of(fake);
    pthread_mutex_lock(&f->lock);
    for (size_t i = 0; i < count; i++)
        put_value(f, &rows[i]);
    pthread_mutex_unlock(&f->lock);
}

void store_fake_put_player(struct store *fake, uint64_t xuid, struct text gamertag)
{
    struct fake *f = fake_of(fake);
    pthread_mutex_lock(&f->lock);
    size_t at = player_place(f, xuid);
    if (!player_is_at(f, at, xuid)) {
        f->players = with_gap(f->players, f->player_count, at, sizeof *f->players);
        f->player_count++;
    }
    f->players[at] = (struct player){xuid, copied(&f->texts, gamertag)};
    pthread_mutex_unlock(&f->lock);
}

/* ---- the catalog ---- */

/* Gives each statistic of D the id it had, or a new one. */
static void give_ids(struct fake *f, struct arena *a, struct catalog_definition *d)
{
    struct service_config *configs = copied_array(a, d->configs, d->config_count, sizeof *configs);
    for (size_t i = 0; i < d->config_count; i++) {
        const struct service_config *old = catalog_copy_config(&f->definition, configs[i].scid);
        struct statistic *statistics =
            copied_array(a, configs[i].statistics, configs[i].statistic_count, sizeof *statistics);
        for (size_t j = 0; j < configs[i].statistic_count; j++) {
            const struct statistic *known = catalog_copy_statistic(old, statistics[j].name);
            bool stays = known != NULL && known->type == statistics[j].type;
            statistics[j].id = stays ? known->id : ++f->last_id;
        }
        configs[i].statistics = statistics;
    }
    d->configs = configs;
}

static bool id_is_declared(const struct catalog_definition *d, uint32_t id)
{
    for (size_t i = 0; i < d->config_count; i++) {
        for (size_t j = 0; j < d->configs[i].statistic_count; j++) {
            if (d->configs[i].statistics[j].id == id)
                return true;
        }
    }
    return false;
}

static void delete_values_without_statistic(struct fake *f)
{
    size_t kept = 0;
    for (size_t i = 0; i < f->value_count; i++) {
        if (id_is_declared(&f->definition, f->values[i].statistic_id))
            f->values[kept++] = f->values[i];
    }
    f->value_count = kept;
}

bool store_fake_put_catalog(struct store *fake, const struct catalog_definition *d)
{
    struct fake *f = fake_of(fake);
    pthread_mutex_lock(&f->lock);
    bool changed = !catalog_same(&f->definition, d);
    if (changed) {
        struct arena fresh;
        arena_init(&fresh, ARENA_LIMIT);
        struct catalog_definition copy;
        struct error err;
        ck_assert(catalog_copy(d, &fresh, &copy, &err));
        give_ids(f, &fresh, &copy);
        copy.version = f->definition.version + 1;
        arena_reset(&f->catalog);
        f->catalog = fresh;
        f->definition = copy;
        delete_values_without_statistic(f);
    }
    pthread_mutex_unlock(&f->lock);
    return changed;
}

static const struct statistic *declared(const struct fake *f, struct text scid, struct text name)
{
    return catalog_copy_statistic(catalog_copy_config(&f->definition, scid), name);
}

uint32_t store_fake_statistic_id(const struct store *fake, struct text scid, struct text name)
{
    const struct statistic *s = declared((const struct fake *)fake, scid, name);
    return s == NULL ? 0 : s->id;
}

void store_fake_put(struct store *fake, uint64_t xuid, const char *scid, const char *name, const char *value)
{
    const struct statistic *s = declared(fake_of(fake), text_of(scid), text_of(name));
    ck_assert_msg(s != NULL, "store_fake_put: %s is not declared in %s", name, scid);
    struct value_row row = {.xuid = xuid, .statistic_id = s->id};
    struct error err;
    ck_assert_msg(value_parse(s->type, text_of(value), &row.value, &err), "store_fake_put: %s", value);
    store_fake_put_values(fake, &row, 1);
}

/* ---- reading ---- */

/* Takes the lock; false, without it, when calls are to fail. */
static bool enter(struct fake *f, struct error *err)
{
    pthread_mutex_lock(&f->lock);
    if (f->failure == ERROR_NONE)
        return true;
    error_set(err, f->failure, "store_fake was told to fail");
    pthread_mutex_unlock(&f->lock);
    return false;
}

static bool leave(struct fake *f, bool worked)
{
    pthread_mutex_unlock(&f->lock);
    return worked;
}

static bool remember(struct fake *f, const struct store_query *q, struct error *err)
{
    arena_reset(&f->query_arena);
    uint64_t *xuids = arena_alloc_array(&f->query_arena, q->xuid_count, sizeof *xuids, err);
    uint32_t *ids = arena_alloc_array(&f->query_arena, q->statistic_count, sizeof *ids, err);
    f->query = (struct store_fake_query){.reads = f->query.reads + 1, .deadline_ns = q->deadline_ns};
    if (xuids == NULL || ids == NULL)
        return false;
    if (q->xuid_count > 0)
        memcpy(xuids, q->xuids, q->xuid_count * sizeof *xuids);
    if (q->statistic_count > 0)
        memcpy(ids, q->statistic_ids, q->statistic_count * sizeof *ids);
    f->query.xuids = xuids;
    f->query.xuid_count = q->xuid_count;
    f->query.statistic_ids = ids;
    f->query.statistic_count = q->statistic_count;
    return true;
}

static bool answer_value(const struct fake *f, uint64_t xuid, uint32_t id, struct arena *arena,
                         struct value *out)
{
    size_t at = value_place(f, xuid, id);
    if (!value_is_at(f, at, xuid, id))
        return true;
    *out = f->values[at].value;
    struct error ignored; /* read_values says it */
    if ((out->type == STATISTIC_STRING || out->type == STATISTIC_DATETIME) &&
        !arena_copy_text(arena, out->text, &out->text, &ignored))
        return false;
    return out->metadata.data == NULL || arena_copy_text(arena, out->metadata, &out->metadata, &ignored);
}

static bool read_values(struct fake *f, const struct store_query *q, struct arena *arena,
                        struct store_answer *out, struct error *err)
{
    if (!remember(f, q, err))
        return false;
    if (q->deadline_ns != INT64_MAX && f->clock->monotonic_ns(f->clock->context) >= q->deadline_ns)
        return error_set(err, ERROR_DEADLINE, "the deadline passed before the read");
    struct store_answer answer = {
        .values = arena_alloc_array(arena, q->xuid_count * q->statistic_count, sizeof *answer.values, err),
        .gamertags = arena_alloc_array(arena, q->xuid_count, sizeof *answer.gamertags, err)};
    bool worked = answer.values != NULL && answer.gamertags != NULL;
    for (size_t u = 0; worked && u < q->xuid_count; u++) {
        for (size_t s = 0; worked && s < q->statistic_count; s++)
            worked = answer_value(f, q->xuids[u], q->statistic_ids[s], arena,
                                  &answer.values[u * q->statistic_count + s]);
        size_t at = player_place(f, q->xuids[u]);
        if (worked && player_is_at(f, at, q->xuids[u]))
            worked = arena_copy_text(arena, f->players[at].gamertag, &answer.gamertags[u], err);
    }
    if (!worked)
        return error_set(err, ERROR_NO_MEMORY, "no memory for the answer");
    *out = answer;
    return true;
}

static bool fake_read_values(struct store *store, const struct store_query *query, struct arena *arena,
                             struct store_answer *out, struct error *err)
{
    struct fake *f = fake_of(store);
    return enter(f, err) && leave(f, read_values(f, query, arena, out, err));
}

static bool fake_catalog_version(struct store *store, int64_t *version, struct error *err)
{
    struct fake *f = fake_of(store);
    if (!enter(f, err))
        return false;
    *version = f->definition.version;
    return leave(f, true);
}

static bool fake_read_catalog(struct store *store, struct arena *arena, struct catalog_definition *out,
                              struct error *err)
{
    struct fake *f = fake_of(store);
    return enter(f, err) && leave(f, catalog_copy(&f->definition, arena, out, err));
}

static bool fake_check(struct store *store, struct error *err)
{
    struct fake *f = fake_of(store);
    return enter(f, err) && leave(f, true);
}

static bool fake_each(struct store *store, const struct store_visitor *visitor, struct error *err)
{
    struct fake *f = fake_of(store);
    if (!enter(f, err))
        return false;
    bool going = true;
    for (size_t i = 0; going && visitor->each_value != NULL && i < f->value_count; i++)
        going = visitor->each_value(visitor->context, &f->values[i], err);
    for (size_t i = 0; going && visitor->each_player != NULL && i < f->player_count; i++)
        going = visitor->each_player(visitor->context, f->players[i].xuid, f->players[i].gamertag, err);
    return leave(f, going);
}

static void fake_close(struct store *store)
{
    struct fake *f = fake_of(store);
    arena_reset(&f->texts);
    arena_reset(&f->catalog);
    arena_reset(&f->query_arena);
    memory_free(f->values);
    memory_free(f->players);
    pthread_mutex_destroy(&f->lock);
    memory_free(f);
}

static const struct store_driver driver = {.close = fake_close,
                                           .read_values = fake_read_values,
                                           .catalog_version = fake_catalog_version,
                                           .read_catalog = fake_read_catalog,
                                           .check = fake_check,
                                           .each = fake_each};

struct store *store_fake_open(const struct clock *clock)
{
    struct error err;
    struct fake *f = must(memory_alloc(sizeof *f, &err));
    f->base.driver = &driver;
    f->clock = clock;
    pthread_mutex_init(&f->lock, NULL);
    arena_init(&f->texts, ARENA_LIMIT);
    arena_init(&f->catalog, ARENA_LIMIT);
    arena_init(&f->query_arena, ARENA_LIMIT);
    return &f->base;
}

void store_fake_fail(struct store *fake, enum error_code code)
{
    struct fake *f = fake_of(fake);
    pthread_mutex_lock(&f->lock);
    f->failure = code;
    pthread_mutex_unlock(&f->lock);
}

struct store_fake_query store_fake_last_query(const struct store *fake)
{
    return ((const struct fake *)fake)->query;
}
