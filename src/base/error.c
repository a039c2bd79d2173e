/* SPDX-License-Identifier: Apache-2.0 */
/* The registry as a table, and the one way to fill an error. Awkward: the texts end up on terminals and in
 * answers, so whatever a caller formats into them is made printable ASCII here, once, instead of at every
 * call. */
#include "base/error.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

static const struct error_class classes[ERROR_CODE_COUNT] = {
    [ERROR_NONE] = {"NONE", 500, 5000, false, "No error."},
#define ERROR(name, http_status, wire_code, retryable, public_text)                                          \
    [ERROR_##name] = {#name, http_status, wire_code, retryable, public_text},
#include "base/error_codes.def"
#undef ERROR
};

const struct error_class *error_class_of(enum error_code code)
{
    bool known = code > ERROR_NONE && code < ERROR_CODE_COUNT;
    return &classes[known ? code : ERROR_INTERNAL];
}

static void make_printable(char *s)
{
    for (; *s != '\0'; s++) {
        if (*s < ' ' || *s > '~')
            *s = '?';
    }
}

static void fill(char *field, size_t size, const char *format, va_list arguments) PRINTF_LIKE(3, 0);
static void fill(char *field, size_t size, const char *format, va_list arguments)
{
    if (vsnprintf(field, size, format, arguments) < 0)
        field[0] = '\0';
    make_printable(field);
}

bool error_set(struct error *err, enum error_code code, const char *detail, ...)
{
    va_list arguments;
    char text[ERROR_DETAIL_MAX]; /* formatted first: an argument may point into *err */
    va_start(arguments, detail);
    fill(text, sizeof text, detail, arguments);
    va_end(arguments);
    *err = (struct error){.code = code};
    snprintf(err->detail, sizeof err->detail, "%s", text);
    return false;
}

bool error_refuse(struct error *err, enum error_code code, const char *message, ...)
{
    va_list arguments;
    char text[ERROR_MESSAGE_MAX];
    va_start(arguments, message);
    fill(text, sizeof text, message, arguments);
    va_end(arguments);
    *err = (struct error){.code = code};
    snprintf(err->message, sizeof err->message, "%s", text);
    return false;
}

const char *error_public_text(const struct error *err)
{
    return err->message[0] != '\0' ? err->message : error_class_of(err->code)->public_text;
}

const char *error_operator_text(const struct error *err)
{
    return err->detail[0] != '\0' ? err->detail : error_public_text(err);
}
