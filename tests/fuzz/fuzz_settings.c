/* SPDX-License-Identifier: Apache-2.0 */
/* A settings file of any bytes is read or refused with its line. */
#include <stdlib.h>
#include <string.h>

#include "base/settings_file.h"

static const char *const words[] = {"a", "b", NULL};
static const struct setting_rule rules[] = {
    {.name = "s.t", .kind = SETTING_TEXT, .repeats = true, .fallback = ""},
    {.name = "s.i", .kind = SETTING_INTEGER, .fallback = "0", .least = INT64_MIN, .most = INT64_MAX},
    {.name = "s.c", .kind = SETTING_CHOICE, .fallback = "a", .choices = words, .secret = true},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct settings *s = NULL;
    struct error err;
    if (!settings_open(rules, sizeof rules / sizeof rules[0], &s, &err))
        return 0;
    if (!settings_read_text(s, text_slice((const char *)data, size), "f", &err) &&
        (err.code != ERROR_SETTING || strncmp(err.message, "f:", 2) != 0))
        abort();
    settings_close(&s);
    return 0;
}
