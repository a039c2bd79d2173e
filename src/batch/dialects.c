/* SPDX-License-Identifier: Apache-2.0 */
/* Which dialects there are: the one place that a new one is entered in. */
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
     .write_single = batch_write_contract_2},
    {.contract = "3",
     .unknown_is_empty = true,
     .has_metadata = true,
     .parse = batch_parse_contract_2,
     .write_request = batch_request_contract_2,
     .write = batch_write_contract_2,
     .write_single = batch_write_single_contract_3},
};

#define DIALECT_COUNT (sizeof dialects / sizeof *dialects)

const struct batch_dialect *batch_dialect_find(struct text contract)
{
    for (size_t i = 0; i < DIALECT_COUNT; i++) {
        struct text served = text_of(dialects[i].contract);
        if ((served.data == NULL) == (contract.data == NULL) && text_equals(served, contract))
            return &dialects[i];
    }
    return NULL;
}

/* Whether dialect I has a name among those that are asked for. */
static bool is_named(size_t i, bool with_metadata)
{
    return dialects[i].contract != NULL && (dialects[i].has_metadata || !with_metadata);
}

void batch_dialect_names(bool with_metadata, struct buffer *out)
{
    size_t last = 0;
    bool first = true;
    for (size_t i = 0; i < DIALECT_COUNT; i++)
        last = is_named(i, with_metadata) ? i : last;
    for (size_t i = 0; i < DIALECT_COUNT; i++) {
        if (!is_named(i, with_metadata))
            continue;
        buffer_put(out, first ? "" : i == last ? " or " : ", ");
        buffer_put(out, dialects[i].contract);
        first = false;
    }
}
