-- What gates signed of their batches, so that their records can be proven to others.
CREATE TABLE batch_head (
    gate TEXT NOT NULL, sequence INTEGER NOT NULL, body BLOB NOT NULL, signature BLOB NOT NULL,
    PRIMARY KEY (gate, sequence)) WITHOUT ROWID;
