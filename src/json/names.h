/* SPDX-License-Identifier: Apache-2.0 */
/* The member names of the objects that are open during a scan, to find a name that occurs twice in one
 * object. */
#ifndef USERSTATS_JSON_NAMES_H
#define USERSTATS_JSON_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"

#define JSON_NAMES_FIRST 32 /* more than one object of an ordinary request has; needs no arena */

/* A stack: the names of an inner object lie above those of the object around it. */
struct json_names {
    struct text *items; /* raw: between the quotes, escapes as written, pointing into the document */
    size_t count;
    size_t capacity;
    struct arena *arena;
    struct text first[JSON_NAMES_FIRST];
};

void json_names_init(struct json_names *names, struct arena *arena);
/* Adds a name of well-formed UTF-8 with valid escapes. Fails with ERROR_NO_MEMORY only. */
bool json_names_push(struct json_names *names, struct text raw, struct error *err) MUST_USE;
/* Takes off the names from number FROM on, one object's, and gives the first name of the document among them
 * that repeats an earlier one once both are decoded ("a" and "\u0061" are the same); the absent text when all
 * differ. */
struct text json_names_pop(struct json_names *names, size_t from);

#endif
