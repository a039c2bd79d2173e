-- SPDX-License-Identifier: Apache-2.0
-- Value metadata moves out of the table of values into one of its own, so that the rows that every batch reads stay short
-- (docs/adr/0021-value-metadata-beside-the-value.md). Only values that have metadata have a row here. The table of values is written anew,
-- in its order, rather than robbed of a column, which would leave it on as many pages as before. That needs
-- room on the disk for the database once more and its -wal; the pages that become free are used again.

CREATE TABLE value_metadata (
    xuid         INTEGER NOT NULL,
    statistic_id INTEGER NOT NULL,
    metadata     TEXT NOT NULL, -- a JSON document, as it was written
    PRIMARY KEY (xuid, statistic_id)
) STRICT, WITHOUT ROWID;

INSERT INTO value_metadata (xuid, statistic_id, metadata)
    SELECT xuid, statistic_id, metadata FROM value WHERE metadata IS NOT NULL AND metadata <> '' ORDER BY xuid, statistic_id;

-- As 0001 has it, without metadata.
CREATE TABLE short_value (
    xuid         INTEGER NOT NULL,
    statistic_id INTEGER NOT NULL,
    value        ANY NOT NULL,
    PRIMARY KEY (xuid, statistic_id)
) STRICT, WITHOUT ROWID;

INSERT INTO short_value (xuid, statistic_id, value) SELECT xuid, statistic_id, value FROM value ORDER BY xuid, statistic_id;
DROP TABLE value;
ALTER TABLE short_value RENAME TO value;
