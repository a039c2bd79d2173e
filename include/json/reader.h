/* SPDX-License-Identifier: Apache-2.0 */
/* Read one JSON document strictly (RFC 8259), within limits, into an arena.
 *
 * Refused: bytes that are not UTF-8, a byte-order mark, anything outside the grammar, trailing bytes, raw control
 * characters, lone surrogates, U+0000 in any spelling, a member name that occurs twice in its object, more depth or
 * values than the limits. The check is our own and runs over the text before the JSON library sees it. */
#ifndef USERSTATS_JSON_READER_H
#define USERSTATS_JSON_READER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"

#define JSON_DEPTH_MAX 512 /* a max_depth above it counts as this */

struct json_limits {
    size_t max_depth;  /* of nested arrays and objects; a scalar document has depth 0 */
    size_t max_values; /* scalars, arrays and objects together */
};

/* A value of a document: an opaque node that lives as long as the arena it was read into. Read-only: any thread. */
struct json_value;

enum json_kind { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

/* Reads DOCUMENT. Fails with ERROR_JSON_SYNTAX (the message names line, column and what was expected; for a duplicate its
 * name) or ERROR_JSON_LIMIT (naming the limit) or ERROR_NO_MEMORY. The nodes do not point into DOCUMENT. */
bool json_read(struct text document, const struct json_limits *limits, struct arena *arena,
               const struct json_value **root, struct error *err) MUST_USE;

enum json_kind json_kind(const struct json_value *v);

/* Walks an array or object by link, in document order: first child or NULL; next sibling or NULL. Never by index. */
const struct json_value *json_first(const struct json_value *v);
const struct json_value *json_next(const struct json_value *v);

/* The name of an object's member (a child found by json_first/json_next/json_find). Never holds a NUL. */
struct text json_name(const struct json_value *member);

/* The member NAME of OBJECT, names compared exactly, case included; NULL when absent or when OBJECT is no object. */
const struct json_value *json_find(const struct json_value *object, const char *name);

/* The decoded characters of a string: UTF-8, no NUL. The absent text for another kind and for NULL. */
struct text json_string(const struct json_value *v);

/* The digits of a number exactly as the document wrote them: "9223372036854775807", "1e3". The absent text for another kind and for NULL. */
struct text json_number(const struct json_value *v);

#endif
