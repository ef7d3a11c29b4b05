-- From a conveyance to the passages of what it brought: manifests and their goods as the history of
-- the ledger last had them, withdrawn ones too. It can be thrown away together with `history_read`.
CREATE TABLE manifest (
    manifest TEXT PRIMARY KEY, known_as TEXT NOT NULL, kind TEXT NOT NULL, number TEXT NOT NULL,
    name TEXT NOT NULL, voyage TEXT NOT NULL, voyage_key TEXT NOT NULL,
    amended_at BIGINT NOT NULL, withdrawn BIGINT NOT NULL);
CREATE INDEX manifest_known_as ON manifest (known_as, amended_at);
-- A manifest lists its goods, and goods name their manifest; the two may differ.
CREATE TABLE manifest_goods (
    manifest TEXT NOT NULL, consignment TEXT NOT NULL, said_by TEXT NOT NULL,
    PRIMARY KEY (manifest, consignment, said_by));
CREATE INDEX manifest_goods_consignment ON manifest_goods (consignment);
CREATE TABLE goods_box (
    consignment TEXT NOT NULL, container TEXT NOT NULL, PRIMARY KEY (consignment, container));
CREATE INDEX goods_box_container ON goods_box (container);
-- How far the history has been read, in its order.
CREATE TABLE history_read (number BIGINT NOT NULL, line BIGINT NOT NULL);
CREATE INDEX ledger_history_by_order ON ledger_history (number, line);
-- How far the decisions of each gate have been read for the goods that they name (`mention`, kinds
-- manifest, consignment and box). Thrown away with `mention` and `decided`.
CREATE TABLE goods_read (gate TEXT PRIMARY KEY, sequence BIGINT NOT NULL);
