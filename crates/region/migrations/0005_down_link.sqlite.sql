-- What customs has on file, and what every premises has been sent of it. `everyone` is 1 for rows that
-- go to all premises; of the others `ledger_concern` says to which.
CREATE TABLE ledger_row (
    key BLOB PRIMARY KEY, everyone BIGINT NOT NULL, subject TEXT NOT NULL,
    changed_at BIGINT NOT NULL, body BLOB NOT NULL);
CREATE INDEX ledger_row_by_subject ON ledger_row (subject) WHERE subject <> '';
CREATE TABLE ledger_concern (
    key BLOB NOT NULL, premises TEXT NOT NULL, PRIMARY KEY (key, premises));
-- Who changed a row, when and why; the body is empty where the row was taken away.
CREATE TABLE ledger_history (
    key BLOB NOT NULL, number BIGINT NOT NULL, line BIGINT NOT NULL, at BIGINT NOT NULL,
    act TEXT NOT NULL, by_whom TEXT NOT NULL, why TEXT NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (key, number, line));
-- Orders that have been taken: a file is known by its name and its content.
CREATE TABLE ledger_order (
    number BIGINT PRIMARY KEY, name TEXT NOT NULL, sha256 BLOB NOT NULL, at BIGINT NOT NULL,
    lines BIGINT NOT NULL, UNIQUE (name, sha256));
-- The stream of each premises: its last revision, and the oldest that is kept as a delta. The hash
-- before that one is `base_hash`.
CREATE TABLE ledger_stream (
    premises TEXT PRIMARY KEY, revision BIGINT NOT NULL, hash BLOB NOT NULL,
    issued_at BIGINT NOT NULL, oldest BIGINT NOT NULL, base_hash BLOB NOT NULL);
CREATE TABLE ledger_delta (
    premises TEXT NOT NULL, revision BIGINT NOT NULL, hash BLOB NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (premises, revision));
-- What each gate last proved to have; revision -1 for nothing.
CREATE TABLE ledger_claim (
    gate TEXT PRIMARY KEY, revision BIGINT NOT NULL, hash BLOB NOT NULL, said_at BIGINT NOT NULL,
    heard_at BIGINT NOT NULL, stands TEXT NOT NULL);
-- Keys of gates: active, announced, retired or revoked.
CREATE TABLE gate_key (
    gate TEXT NOT NULL, key BLOB NOT NULL, state TEXT NOT NULL, valid_from BIGINT NOT NULL,
    valid_until BIGINT NOT NULL, changed_at BIGINT NOT NULL, by_whom TEXT NOT NULL,
    why TEXT NOT NULL, PRIMARY KEY (gate, key));
-- Policies that were published, and the region's changes of key.
CREATE TABLE policy (
    central BIGINT PRIMARY KEY, published_at BIGINT NOT NULL, by_whom TEXT NOT NULL,
    body BLOB NOT NULL);
CREATE TABLE region_key_step (number BIGINT PRIMARY KEY, at BIGINT NOT NULL, body BLOB NOT NULL);
