/* SPDX-License-Identifier: Apache-2.0 */
/* The strict check of a document's text, made before the JSON library sees it. */
#ifndef USERSTATS_JSON_SCAN_H
#define USERSTATS_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"
#include "json/reader.h"

/* What a document that passed holds. */
struct json_census {
    size_t numbers;      /* number tokens */
    size_t number_bytes; /* the bytes of all number tokens together */
};

/* Whether DOCUMENT is one JSON text as json_read takes it; errors as json_read's. Holds the member names of
 * open objects in ARENA (16 bytes each, beyond the first few). Linear in the document but for the sorting of
 * each object's names. */
bool json_scan(struct text document, const struct json_limits *limits, struct arena *arena,
               struct json_census *out, struct error *err) MUST_USE;

#endif
