/* SPDX-License-Identifier: Apache-2.0 */
/* A store in memory, filled by a test. It keeps every promise of store/store.h, so that what passes over it
 * passes over a database; the contract suite in tests/store holds it to that. The functions that fill it end
 * the test when memory runs out. */
#ifndef USERSTATS_TESTS_SUPPORT_STORE_FAKE_H
#define USERSTATS_TESTS_SUPPORT_STORE_FAKE_H

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "model/statistic.h"
#include "model/value.h"
#include "store/store.h"

/* An empty store that judges deadlines by CLOCK. The caller closes it with store_close. */
struct store *store_fake_open(const struct clock *clock);

/* Inserts or replaces, all rows in one transaction; their texts are copied. */
void store_fake_put_values(struct store *fake, const struct value_row *rows, size_t count);
void store_fake_put_player(struct store *fake, uint64_t xuid, struct text gamertag);
/* As writer_put_catalog: a statistic that stays keeps its id, a new one (or one of another type) gets a new
 * id, the values of those that go are deleted. Returns whether anything changed, and with it the version. */
bool store_fake_put_catalog(struct store *fake, const struct catalog_definition *d);

/* The id that the store gave to statistic NAME of SCID; 0 when there is none. */
uint32_t store_fake_statistic_id(const struct store *fake, struct text scid, struct text name);
/* Short for the commonest case: parses VALUE as the declared type of NAME, which must exist, and puts it. */
void store_fake_put(struct store *fake, uint64_t xuid, const char *scid, const char *name, const char *value);

/* From now on every call fails with CODE; ERROR_NONE: none does. */
void store_fake_fail(struct store *fake, enum error_code code);

/* What the last store_read_values was asked, valid until the next one or store_close; counts are 0 before the
 * first. */
struct store_fake_query {
    size_t reads; /* how many store_read_values there were */
    const uint64_t *xuids;
    size_t xuid_count;
    const uint32_t *statistic_ids;
    size_t statistic_count;
    int64_t deadline_ns;
};
struct store_fake_query store_fake_last_query(const struct store *fake);

#endif
