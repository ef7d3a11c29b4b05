-- What gates signed of their batches, so that their records can be proven to others.
CREATE TABLE batch_head (
    gate TEXT NOT NULL, sequence BIGINT NOT NULL, body BYTEA NOT NULL, signature BYTEA NOT NULL,
    PRIMARY KEY (gate, sequence));
