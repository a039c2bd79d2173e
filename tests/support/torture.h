/* SPDX-License-Identifier: Apache-2.0 */
/* Torture: run an action again and again, failing its 1st, 2nd, 3rd … allocation, until it gets through. */
#ifndef USERSTATS_TESTS_SUPPORT_TORTURE_H
#define USERSTATS_TESTS_SUPPORT_TORTURE_H

#include <stdbool.h>

#include "base/error.h"

/* Runs ACTION(CONTEXT, &err) with the n-th allocation failing, n = 1, 2, …, and demands of each run in which the failure happened that it
 * fails with ERROR_NO_MEMORY; ends with the first run in which none was left to fail, which must succeed. ACTION frees all
 * it takes (leaks are for LeakSanitizer). Returns how many allocations were failed. */
unsigned long torture_allocations(bool (*action)(void *context, struct error *err), void *context);

#endif
