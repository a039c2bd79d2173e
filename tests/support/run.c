/* SPDX-License-Identifier: Apache-2.0 */
/* The main() of every unit test program. */
#include "support/run.h"

int main(void)
{
    SRunner *runner = srunner_create(suite());
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
