/* SPDX-License-Identifier: Apache-2.0 */
/* What src/app/CMakeLists.txt found out when the build was configured. */
#include "app/version.h"

const char app_version[] = USERSTATS_VERSION;
const char app_commit[] = USERSTATS_COMMIT;
