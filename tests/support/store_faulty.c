/* SPDX-License-Identifier: Apache-2.0 */
/* One countdown in front of every call. */
#include "support/store_faulty.h"

#include <check.h>

#include "base/memory.h"
#include "store/driver.h"

struct faulty {
    struct store base;
    struct store *inner;
    unsigned long countdown, calls;
    enum error_code code;
    bool fired;
};

static struct faulty *faulty_of(struct store *store)
{
    return (struct faulty *)store;
}

/* Counts the call; false, with the planted error, when it is the one that fails. */
static bool pass(struct faulty *f, struct error *err)
{
    f->calls++;
    if (f->countdown == 0 || --f->countdown != 0)
        return true;
    f->fired = true;
    return error_set(err, f->code, "planted by store_faulty");
}

static void faulty_close(struct store *store)
{
    store_close(&faulty_of(store)->inner);
    memory_free(store);
}

static bool faulty_read_values(struct store *store, const struct store_query *query, struct arena *arena,
                               struct store_answer *out, struct error *err)
{
    return pass(faulty_of(store), err) && store_read_values(faulty_of(store)->inner, query, arena, out, err);
}

static bool faulty_catalog_version(struct store *store, int64_t *version, struct error *err)
{
    return pass(faulty_of(store), err) && store_catalog_version(faulty_of(store)->inner, version, err);
}

static bool faulty_read_catalog(struct store *store, struct arena *arena, struct catalog_definition *out,
                                struct error *err)
{
    return pass(faulty_of(store), err) && store_read_catalog(faulty_of(store)->inner, arena, out, err);
}

static bool faulty_check(struct store *store, struct error *err)
{
    return pass(faulty_of(store), err) && store_check(faulty_of(store)->inner, err);
}

static bool faulty_each(struct store *store, const struct store_visitor *visitor, struct error *err)
{
    return pass(faulty_of(store), err) && store_each(faulty_of(store)->inner, visitor, err);
}

static const struct store_driver driver = {.close = faulty_close,
                                           .read_values = faulty_read_values,
                                           .catalog_version = faulty_catalog_version,
                                           .read_catalog = faulty_read_catalog,
                                           .check = faulty_check,
                                           .each = faulty_each};

struct store *store_faulty_open(struct store *inner)
{
    struct error err;
    struct faulty *f = memory_alloc(sizeof *f, &err);
    ck_assert_ptr_nonnull(f);
    f->base.driver = &driver;
    f->inner = inner;
    return &f->base;
}

void store_faulty_fail_nth(struct store *faulty, unsigned long n, enum error_code code)
{
    struct faulty *f = faulty_of(faulty);
    f->countdown = n;
    f->code = code;
    f->fired = false;
}

bool store_faulty_has_fired(const struct store *faulty)
{
    return ((const struct faulty *)faulty)->fired;
}

unsigned long store_faulty_calls(const struct store *faulty)
{
    return ((const struct faulty *)faulty)->calls;
}
