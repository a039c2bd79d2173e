/* SPDX-License-Identifier: Apache-2.0 */
/* The loop of torture.h. */
#include "support/torture.h"

#include <check.h>

#include "base/memory.h"

unsigned long torture_allocations(bool (*action)(void *context, struct error *err), void *context)
{
    for (unsigned long n = 1;; n++) {
        struct error err = {.code = ERROR_NONE};
        memory_fail_nth(n);
        bool worked = action(context, &err);
        bool fired = memory_fail_has_fired();
        memory_fail_nth(0);
        if (!fired) {
            ck_assert_msg(worked, "without a failure left it must work: %s", error_operator_text(&err));
            return n - 1;
        }
        ck_assert_msg(!worked, "allocation %lu failed and nobody noticed", n);
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
        ck_assert_msg(n < 100000, "no end of allocations");
    }
}
