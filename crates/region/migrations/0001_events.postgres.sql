-- One partition a day of storing: retention drops whole tables. That a gate's sequence comes once
-- is held by its row in `head`, which moves in the same transaction.
CREATE TABLE event (
    gate TEXT NOT NULL, sequence BIGINT NOT NULL, day BIGINT NOT NULL,
    stored_at BIGINT NOT NULL, hash BYTEA NOT NULL, payload BYTEA NOT NULL,
    PRIMARY KEY (gate, sequence, day)) PARTITION BY RANGE (day);
-- Payloads are signed and hashed bytes: trying to squeeze them costs more than it saves.
ALTER TABLE event ALTER COLUMN payload SET STORAGE EXTERNAL;
CREATE TABLE head (
    gate TEXT PRIMARY KEY, epoch BIGINT NOT NULL, sequence BIGINT NOT NULL,
    hash BYTEA NOT NULL, stored_at BIGINT NOT NULL) WITH (fillfactor = 50);
CREATE TABLE alarm (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at BIGINT NOT NULL,
    gate TEXT NOT NULL, kind TEXT NOT NULL, detail TEXT NOT NULL);
-- Collectors that are alive, and what all of them must agree on.
CREATE TABLE collector (name TEXT PRIMARY KEY, seen_at BIGINT NOT NULL);
CREATE TABLE agreed (name TEXT PRIMARY KEY, value BIGINT NOT NULL);
