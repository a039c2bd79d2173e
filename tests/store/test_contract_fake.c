/* SPDX-License-Identifier: Apache-2.0 */
/* The contract over the store in memory. */
#include "store/contract.h"
#include "support/run.h"
#include "support/store_fake.h"

static const struct store_fixture fake = {"fake",
                                          store_fake_open,
                                          store_close,
                                          store_fake_put_catalog,
                                          store_fake_put_values,
                                          store_fake_put_player};

Suite *suite(void)
{
    Suite *s = suite_create("store/contract/fake");
    suite_add_tcase(s, contract_case(&fake));
    return s;
}
