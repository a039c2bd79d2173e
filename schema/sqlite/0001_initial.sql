-- SPDX-License-Identifier: Apache-2.0
-- Title ids and xuids are unsigned 64-bit numbers, kept as the signed integer of the same bits.
-- application_id and user_version (the number of the last migration) are set by whoever applies this.

CREATE TABLE title (
    title_id INTEGER PRIMARY KEY,
    name     TEXT
) STRICT;

CREATE TABLE service_config (
    id      INTEGER PRIMARY KEY,
    scid    TEXT NOT NULL COLLATE NOCASE UNIQUE,
    sandbox TEXT NOT NULL
) STRICT;

CREATE TABLE config_title (
    config_id INTEGER NOT NULL REFERENCES service_config (id) ON DELETE CASCADE,
    title_id  INTEGER NOT NULL REFERENCES title (title_id),
    PRIMARY KEY (config_id, title_id)
) STRICT, WITHOUT ROWID;

-- AUTOINCREMENT: the id of a statistic that is gone is never given to another one.
CREATE TABLE statistic (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    config_id        INTEGER NOT NULL REFERENCES service_config (id) ON DELETE CASCADE,
    name             TEXT NOT NULL COLLATE NOCASE,
    type             TEXT NOT NULL CHECK (type IN ('Integer', 'Double', 'String', 'DateTime')),
    access           TEXT NOT NULL DEFAULT 'restricted' CHECK (access IN ('open', 'restricted')),
    ordinal          INTEGER NOT NULL DEFAULT 0, -- featured statistics in this order; 0: not featured
    display_name     TEXT,
    display_format   TEXT,
    display_semantic TEXT,
    sort_order       TEXT,
    UNIQUE (config_id, name)
) STRICT;

CREATE TABLE statistic_grant (
    statistic_id INTEGER NOT NULL REFERENCES statistic (id) ON DELETE CASCADE,
    position     INTEGER NOT NULL,
    grantee      TEXT NOT NULL, -- 'title:<id>', 'device:<type or id>', 'user:<xuid>', 'user:self'
    PRIMARY KEY (statistic_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE player (
    xuid     INTEGER PRIMARY KEY,
    gamertag TEXT NOT NULL
) STRICT;

-- One row a value, a user's rows side by side. ANY in a STRICT table keeps a number exactly as it was bound: an INTEGER all 64 bits, a
-- REAL every bit (a column with REAL affinity would store 5.0 as an integer). No reference to statistic: it would cost an import a look-up
-- a row; rows of a statistic that is gone are never read, and are deleted with it.
CREATE TABLE value (
    xuid         INTEGER NOT NULL,
    statistic_id INTEGER NOT NULL,
    value        ANY NOT NULL,
    metadata     TEXT,
    PRIMARY KEY (xuid, statistic_id)
) STRICT, WITHOUT ROWID;

-- One row. The version is raised by every change of the catalog.
CREATE TABLE catalog_state (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    version INTEGER NOT NULL,
    lineage INTEGER NOT NULL -- random: tells databases apart, as statistic ids begin alike in all of them
) STRICT;
INSERT INTO catalog_state (id, version, lineage) VALUES (1, 0, random());

-- How far an import came, committed together with its rows.
CREATE TABLE import_progress (
    source      TEXT PRIMARY KEY,
    byte_offset INTEGER NOT NULL,
    line        INTEGER NOT NULL,
    row_count   INTEGER NOT NULL,
    rejected    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
