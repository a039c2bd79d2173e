/* SPDX-License-Identifier: Apache-2.0 */
/* What every unit test program shares: it defines suite(); run.c runs it. */
#ifndef USERSTATS_TESTS_SUPPORT_RUN_H
#define USERSTATS_TESTS_SUPPORT_RUN_H

#include <check.h>

Suite *suite(void);

#endif
