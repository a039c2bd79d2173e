/* SPDX-License-Identifier: Apache-2.0 */
/* What the compiler is asked to check for us. */
#ifndef USERSTATS_BASE_ATTRIBUTES_H
#define USERSTATS_BASE_ATTRIBUTES_H

/* The caller may not ignore the result: every function that can fail bears this. */
#define MUST_USE __attribute__((warn_unused_result))

/* Checks a format string (argument number FORMAT) against the arguments from number FIRST on; 0 for a
 * va_list. */
#define PRINTF_LIKE(FORMAT, FIRST) __attribute__((format(printf, FORMAT, FIRST)))

#endif
