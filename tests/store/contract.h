/* SPDX-License-Identifier: Apache-2.0 */
/* What every store promises, as one test case that runs over any of them. */
#ifndef USERSTATS_TESTS_STORE_CONTRACT_H
#define USERSTATS_TESTS_STORE_CONTRACT_H

#include <check.h>

#include "base/clock.h"
#include "model/statistic.h"
#include "model/value.h"
#include "store/store.h"

/* How the suite fills a store. Each function ends the test where it fails. */
struct store_fixture {
    const char *name;
    struct store *(*open)(const struct clock *clock); /* an empty one */
    void (*close)(struct store **store);
    bool (*put_catalog)(struct store *store, const struct catalog_definition *d); /* whether it changed */
    /* in one transaction */
    void (*put_values)(struct store *store, const struct value_row *rows, size_t count);
    void (*put_player)(struct store *store, uint64_t xuid, struct text gamertag);
};

/* The suite over the stores of FIXTURE, one fixture a program. */
TCase *contract_case(const struct store_fixture *fixture);

#endif
