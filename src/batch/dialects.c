/* SPDX-License-Identifier: Apache-2.0 */
/* Which dialects there are. */
#include "batch/dialect.h"

static const struct batch_dialect dialects[] = {
    {.contract = NULL,
     .parse = batch_parse_documented,
     .write_request = batch_request_documented,
     .write = batch_write_documented,
     .write_single = batch_write_single_documented},
    {.contract = "1",
     .parse = batch_parse_documented,
     .write_request = batch_request_documented,
     .write = batch_write_contract_1,
     .write_single = batch_write_single_contract_1},
    {.contract = "2",
     .unknown_is_empty = true,
     .parse = batch_parse_contract_2,
     .write_request = batch_request_contract_2,
     .write = batch_write_contract_2,
     .write_single = batch_write_single_contract_2},
    {.contract = "3",
     .unknown_is_empty = true,
     .has_metadata = true,
     .parse = batch_parse_contract_2,
     .write_request = batch_request_contract_2,
     .write = batch_write_contract_2,
     .write_single = batch_write_single_contract_2},
};

const struct batch_dialect *batch_dialect_find(struct text contract)
{
    for (size_t i = 0; i < sizeof dialects / sizeof *dialects; i++) {
        struct text served = text_of(dialects[i].contract);
        if ((served.data == NULL) == (contract.data == NULL) && text_equals(served, contract))
            return &dialects[i];
    }
    return NULL;
}
