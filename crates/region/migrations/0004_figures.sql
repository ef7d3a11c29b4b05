-- What statistics are counted from: the figures of each decision, end, act on a hold and trouble.
-- As the index, it can be thrown away together with `indexed`.
CREATE TABLE decided (
    gate TEXT NOT NULL, sequence BIGINT NOT NULL, at BIGINT NOT NULL,
    premises TEXT NOT NULL, lane TEXT NOT NULL, passage TEXT NOT NULL, attempt BIGINT NOT NULL,
    direction TEXT NOT NULL, mode TEXT NOT NULL, verdict TEXT NOT NULL, holds TEXT NOT NULL,
    company TEXT, vehicle TEXT, driver TEXT,
    tag_ms BIGINT, weigh_ms BIGINT, evidence_ms BIGINT NOT NULL,
    scale TEXT, gross_g BIGINT, expected_g BIGINT,
    plate_permille BIGINT, container_permille BIGINT,
    PRIMARY KEY (gate, sequence));
CREATE INDEX decided_at ON decided (at, gate, sequence);
CREATE INDEX decided_passage ON decided (passage, gate);
CREATE TABLE ended (
    gate TEXT NOT NULL, sequence BIGINT NOT NULL, at BIGINT NOT NULL,
    lane TEXT NOT NULL, passage TEXT NOT NULL, how TEXT NOT NULL,
    whole_ms BIGINT NOT NULL, decide_ms BIGINT NOT NULL,
    PRIMARY KEY (gate, sequence));
CREATE INDEX ended_at ON ended (at, gate, sequence);
CREATE INDEX ended_passage ON ended (passage, gate);
CREATE TABLE handled (
    gate TEXT NOT NULL, sequence BIGINT NOT NULL, at BIGINT NOT NULL,
    premises TEXT NOT NULL, passage TEXT NOT NULL, act TEXT NOT NULL,
    clerk TEXT, reason_code TEXT NOT NULL,
    PRIMARY KEY (gate, sequence));
CREATE INDEX handled_at ON handled (at, gate, sequence);
-- State and rejected frames are those of a device; a fault or breach has neither.
CREATE TABLE trouble (
    gate TEXT NOT NULL, sequence BIGINT NOT NULL, at BIGINT NOT NULL,
    lane TEXT NOT NULL, subject TEXT NOT NULL, what TEXT NOT NULL, rejected_frames BIGINT,
    PRIMARY KEY (gate, sequence));
CREATE INDEX trouble_at ON trouble (at, gate, sequence);
-- From a passage to everything that it names: the other passages of a visit.
CREATE INDEX mention_passage ON mention (passage, gate, kind);
-- Events that were indexed before these tables are indexed again; what is there stays.
DELETE FROM indexed;
