-- What questions are answered from. It can be thrown away: the next question fills it again.
CREATE TABLE mention (
    kind TEXT NOT NULL, value TEXT NOT NULL, at BIGINT NOT NULL,
    gate TEXT NOT NULL, passage TEXT NOT NULL,
    PRIMARY KEY (kind, value, gate, passage));
CREATE TABLE story (
    passage TEXT NOT NULL, gate TEXT NOT NULL, sequence BIGINT NOT NULL, day BIGINT NOT NULL,
    PRIMARY KEY (passage, gate, sequence));
CREATE TABLE unread (
    gate TEXT NOT NULL, sequence BIGINT NOT NULL, cause TEXT NOT NULL,
    PRIMARY KEY (gate, sequence));
CREATE TABLE indexed (
    gate TEXT PRIMARY KEY, sequence BIGINT NOT NULL, last_at BIGINT NOT NULL);
