/* SPDX-License-Identifier: Apache-2.0 */
/* What an import row must hold beyond being a row. Awkward: the same message goes to a person at a terminal
 * and into the rejects file, so it names the column and the rule and cuts what the row brought to a glance.
 */
#include "cli/import_lookup.h"

#include "json/reader.h"
#include "model/xuid.h"

#define GLANCE_MAX 40 /* bytes of a row's text that a message may echo */

static const struct json_limits metadata_limits = {.max_depth = 16, .max_values = 1024};

static struct text glance(struct text t)
{
    return t.size > GLANCE_MAX ? text_slice(t.data, GLANCE_MAX) : t;
}

static bool find_xuid(const struct row *row, uint64_t *xuid, struct error *err)
{
    if (xuid_parse(row->xuid, xuid))
        return true;
    return error_refuse(err, ERROR_ROW,
                        "xuid \"%.*s\" is not a decimal number from 1 to 18446744073709551615",
                        TEXT_ARG(glance(row->xuid)));
}

static const struct service_config *find_config(struct import_lookup *lookup, struct text scid)
{
    if (lookup->last == NULL || !text_equals(lookup->last->scid, scid))
        lookup->last = catalog_find_scid(lookup->catalog, scid);
    return lookup->last;
}

/* Metadata is handed to clients as a JSON document in a string; what is none would break them, not us. */
static bool check_metadata(struct text metadata, struct arena *arena, struct error *err)
{
    const struct json_value *root;
    if (metadata.size > VALUE_METADATA_MAX)
        return error_refuse(err, ERROR_ROW, "valuemetadata has %zu bytes; the limit is %d", metadata.size,
                            VALUE_METADATA_MAX);
    if (json_read(metadata, &metadata_limits, arena, &root, err))
        return true;
    if (err->code == ERROR_NO_MEMORY)
        return false;
    return error_refuse(err, ERROR_ROW, "valuemetadata is not a JSON document: %s", error_public_text(err));
}

bool import_find_value(struct import_lookup *lookup, const struct row *row, struct arena *arena,
                       struct value_row *out, struct error *err)
{
    struct value_row found = {.xuid = 0};
    if (!find_xuid(row, &found.xuid, err))
        return false;
    const struct service_config *config = find_config(lookup, row->scid);
    if (config == NULL)
        return error_refuse(err, ERROR_ROW, "scid \"%.*s\" is not in the catalog",
                            TEXT_ARG(glance(row->scid)));
    const struct statistic *statistic = catalog_find_statistic(lookup->catalog, config, row->statname);
    if (statistic == NULL)
        return error_refuse(err, ERROR_ROW, "statname \"%.*s\" is not declared for scid %.*s",
                            TEXT_ARG(glance(row->statname)), TEXT_ARG(config->scid));
    if (!value_parse(statistic->type, row->value, &found.value, err))
        return false;
    if (row->valuemetadata.size > 0) {
        if (!check_metadata(row->valuemetadata, arena, err))
            return false;
        found.value.metadata = row->valuemetadata;
    }
    found.statistic_id = statistic->id;
    *out = found;
    return true;
}

bool import_find_player(const struct row *row, uint64_t *xuid, struct text *gamertag, struct error *err)
{
    uint64_t found;
    if (!find_xuid(row, &found, err))
        return false;
    if (!gamertag_is_valid(row->gamertag))
        return error_refuse(err, ERROR_ROW,
                            "gamertag is not 1 to %d bytes of UTF-8 without control characters",
                            GAMERTAG_MAX);
    *xuid = found;
    *gamertag = row->gamertag;
    return true;
}
