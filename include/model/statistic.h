/* SPDX-License-Identifier: Apache-2.0 */
/* What a title's developer declares: titles, service configurations (scids), statistics, who may read them.
 *
 * Plain values without behaviour beyond their spelling; the owner of a catalog_definition is whoever built
 * its arena. */
#ifndef USERSTATS_MODEL_STATISTIC_H
#define USERSTATS_MODEL_STATISTIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/text.h"

#define SCID_MAX            36  /* characters; XSAPI copies a scid into a buffer of that size */
#define STATISTIC_NAME_MAX  128 /* characters */
#define SANDBOX_MAX         50
#define GRANTS_MAX          64 /* for one statistic */
#define GRANT_SUBJECT_MAX   64 /* characters of a device type or id */
#define GRANT_WRITTEN_MAX   80 /* bytes that hold any grant as grant_write spells it, NUL included */
#define HERO_STATISTICS_MAX 20 /* featured statistics of one title */

enum statistic_type {
    STATISTIC_TYPE_NONE = 0, /* no value */
    STATISTIC_INTEGER = 1,   /* signed 64-bit */
    STATISTIC_DOUBLE = 2,    /* finite IEEE 754 binary64 */
    STATISTIC_STRING = 3,    /* UTF-8, at most 1,024 bytes */
    STATISTIC_DATETIME = 4,  /* RFC 3339, kept as written */
};

/* Zero is the restrictive one: what nobody opened is restricted. */
enum statistic_access { STATISTIC_RESTRICTED = 0, STATISTIC_OPEN = 1 };

enum grant_kind {
    GRANT_NONE = 0, /* matches nobody */
    GRANT_TITLE,    /* "title:<title id>": the caller plays that title */
    GRANT_DEVICE,   /* "device:<device type or id>" */
    GRANT_USER,     /* "user:<xuid>": the caller is that user */
    GRANT_SELF,     /* "user:self": the caller asks only about itself */
};

struct grant {
    enum grant_kind kind;
    uint64_t number;     /* title id or xuid */
    struct text subject; /* device type or id */
};

/* How clients show a statistic; every text may be absent. */
struct display {
    struct text display_name, display_format, display_semantic, sort_order;
    uint32_t ordinal; /* 1 …: featured (hero), in this order; 0: not featured */
};

struct statistic {
    uint32_t id;      /* the store's key; 0 until the store has given one; never used for another one */
    struct text name; /* the declared spelling; unique in its scid without regard to ASCII case */
    enum statistic_type type;
    enum statistic_access access;
    const struct grant *grants;
    size_t grant_count; /* 0: the titles that own the scid are granted */
    struct display display;
};

struct service_config {
    struct text scid;    /* unique without regard to ASCII case */
    struct text sandbox; /* case-sensitive */
    const uint64_t *title_ids;
    size_t title_id_count;
    const struct statistic *statistics;
    size_t statistic_count;
};

struct title {
    uint64_t title_id;
    struct text name; /* may be absent */
};

struct catalog_definition {
    const struct title *titles;
    size_t title_count;
    const struct service_config *configs;
    size_t config_count;
    int64_t version; /* the store's; grows with each change; 0 for one read from a file */
};

/* "Integer", "Double", "String", "DateTime", as on the wire; STATISTIC_TYPE_NONE for anything else. */
enum statistic_type statistic_type_parse(struct text t);
struct text statistic_type_name(enum statistic_type type);

/* "open" → OPEN, "restricted" → RESTRICTED; false for anything else. */
MUST_USE bool statistic_access_parse(struct text t, enum statistic_access *out);
struct text statistic_access_name(enum statistic_access access);

/* 1–128 of letters, digits, '.', '-', '_'. */
bool statistic_name_is_valid(struct text t);
/* 1–36 of letters, digits, '-'. */
bool scid_is_valid(struct text t);
/* 1–50 of letters, digits, '.', '-', '_'. */
bool sandbox_is_valid(struct text t);

/* "title:…", "device:…", "user:<xuid>", "user:self"; false for anything else. A title id is not 0; a device
 * is 1–64 visible ASCII characters. The subject points into T; *out is untouched on failure. */
MUST_USE bool grant_parse(struct text t, struct grant *out);
/* Writes G as grant_parse reads it, NUL-terminated and cut at SIZE. */
void grant_write(const struct grant *g, char *out, size_t size);

#endif
