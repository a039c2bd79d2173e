/* SPDX-License-Identifier: Apache-2.0 */
/* How much a batch may ask for, once it is known what it asks for. Awkward: what is *listed* was bounded by
 * its parser; a name, a title or [] may stand for more than one statistic, and only their values are bounded.
 */
#include "batch/batch.h"

bool batch_check_values(size_t users, size_t statistics, const struct batch_limits *limits, struct error *err)
{
    size_t values;
    if (!__builtin_mul_overflow(users, statistics, &values) && values <= limits->max_values)
        return true;
    return error_refuse(
        err, ERROR_BATCH_LIMIT,
        "The batch asks for %zu users with %zu statistics each; at most %zu values are answered at once, "
        "split the batch.",
        users, statistics, limits->max_values);
}
