/* SPDX-License-Identifier: Apache-2.0 */
/* The contract over the store in memory. */
#include "store/contract.h"
#include "support/run.h"
#include "support/store_fake.h"

static void put_values(struct store *store, const struct value_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        store_fake_put_value(store, &rows[i]);
}

static const struct store_fixture fake = {
    "fake", store_fake_open, store_close, store_fake_put_catalog, put_values, store_fake_put_player};

Suite *suite(void)
{
    Suite *s = suite_create("store/contract/fake");
    suite_add_tcase(s, contract_case(&fake));
    return s;
}
