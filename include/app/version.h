/* SPDX-License-Identifier: Apache-2.0 */
/* Which build this is. */
#ifndef USERSTATS_APP_VERSION_H
#define USERSTATS_APP_VERSION_H

extern const char app_version[]; /* "0.1.0" */
extern const char app_commit[];  /* abbreviated git commit; "unknown" where it was built without git */

#endif
