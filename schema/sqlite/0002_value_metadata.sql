-- SPDX-License-Identifier: Apache-2.0
-- Value metadata moves out of the table of values into one of its own, so that the rows that every batch reads stay short
-- (docs/adr/0021-value-metadata-beside-the-value.md). Only values that have metadata have a row here. Dropping the column writes
-- every value anew, once: the migration needs room for as much -wal as the table is large.

CREATE TABLE value_metadata (
    xuid         INTEGER NOT NULL,
    statistic_id INTEGER NOT NULL,
    metadata     TEXT NOT NULL, -- a JSON document, as it was written
    PRIMARY KEY (xuid, statistic_id)
) STRICT, WITHOUT ROWID;

INSERT INTO value_metadata (xuid, statistic_id, metadata)
    SELECT xuid, statistic_id, metadata FROM value WHERE metadata IS NOT NULL AND metadata <> '';

ALTER TABLE value DROP COLUMN metadata;
