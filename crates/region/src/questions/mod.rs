//! Questions to the stored events: which passages name a plate, a container, a pass; everything
//! that was recorded of one passage, in order.
//!
//! The index stands beside the events and is caught up before each question; storing never waits
//! for it, and it can be thrown away. Decides nothing, judges nothing.

mod words;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::event::{Event, EventBody};
use domain::time::Timestamp;
use rusqlite::{Connection, params};

pub use self::words::outcome;

/// Events that are indexed in one transaction.
const STEP: u32 = 1_000;
/// Most passages of one answer.
pub const PASSAGES_MAX: u32 = 10_000;
/// Most events of one passage.
const STORY_MAX: u32 = 10_000;
/// How long a question waits for the collector.
const BUSY: Duration = Duration::from_secs(10);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum QuestionError {
    /// There is no event store.
    #[error("{file} is no event store that can be read")]
    Open {
        /// File.
        file: PathBuf,
        /// Cause.
        #[source]
        source: rusqlite::Error,
    },
    /// A statement failed.
    #[error("the event store failed while it {verb}")]
    Statement {
        /// What it did.
        verb: &'static str,
        /// Cause.
        #[source]
        source: rusqlite::Error,
    },
    /// A stored event cannot be read.
    #[error("event {sequence} of {gate} cannot be read")]
    Decode {
        /// Gate.
        gate: String,
        /// Sequence.
        sequence: u64,
        /// Cause.
        #[source]
        source: wire::DecodeError,
    },
}

fn failed(verb: &'static str) -> impl FnOnce(rusqlite::Error) -> QuestionError {
    move |source| QuestionError::Statement { verb, source }
}

/// What is asked for; values in normal form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A plate, seen or on the pass.
    Plate(String),
    /// A container, seen or on the pass.
    Container(String),
    /// A gate pass.
    Pass(String),
    /// A driver.
    Driver(String),
}

impl Subject {
    fn key(&self) -> (&'static str, &str) {
        match self {
            Self::Plate(value) => ("plate", value),
            Self::Container(value) => ("container", value),
            Self::Pass(value) => ("pass", value),
            Self::Driver(value) => ("driver", value),
        }
    }
}

/// A passage that an answer names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassageFound {
    /// Gate.
    pub gate: String,
    /// Passage.
    pub passage: String,
    /// When it was decided first.
    pub at: Timestamp,
}

/// One event of a passage.
#[derive(Debug, Clone)]
pub struct Told {
    /// Gate.
    pub gate: String,
    /// Sequence in the gate's chain.
    pub sequence: u64,
    /// Hash in the gate's chain, hexadecimal.
    pub hash: String,
    /// The event.
    pub event: Event,
}

/// The store as one who asks sees it.
#[derive(Debug)]
pub struct Questions(Connection);

impl Questions {
    /// Opens a store for questions, beside a collector that may be writing to it.
    ///
    /// # Errors
    /// The file is missing or no event store.
    pub fn open(file: &Path) -> Result<Self, QuestionError> {
        let open = |source| QuestionError::Open {
            file: file.to_owned(),
            source,
        };
        let flags =
            rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE | rusqlite::OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(file, flags).map_err(open)?;
        connection.busy_timeout(BUSY).map_err(open)?;
        connection
            .execute_batch(
                "SELECT gate, sequence FROM head LIMIT 0;
                 CREATE TABLE IF NOT EXISTS mention (
                     kind TEXT NOT NULL, value TEXT NOT NULL, at INTEGER NOT NULL,
                     gate TEXT NOT NULL, passage TEXT NOT NULL,
                     PRIMARY KEY (kind, value, gate, passage)) WITHOUT ROWID;
                 CREATE TABLE IF NOT EXISTS story (
                     passage TEXT NOT NULL, gate TEXT NOT NULL, sequence INTEGER NOT NULL,
                     PRIMARY KEY (passage, gate, sequence)) WITHOUT ROWID;
                 CREATE TABLE IF NOT EXISTS unread (
                     gate TEXT NOT NULL, sequence INTEGER NOT NULL, cause TEXT NOT NULL,
                     PRIMARY KEY (gate, sequence)) WITHOUT ROWID;
                 CREATE TABLE IF NOT EXISTS indexed (
                     gate TEXT PRIMARY KEY, sequence INTEGER NOT NULL) WITHOUT ROWID;",
            )
            .map_err(open)?;
        Ok(Self(connection))
    }

    /// Indexes what has been stored since; `progress` is told how many events that were so far.
    ///
    /// An event that cannot be read is kept on a list of its own ([`Self::unread`]): one gate that
    /// speaks a newer language does not take customs' answers away.
    ///
    /// # Errors
    /// The store failed.
    pub fn catch_up(&mut self, mut progress: impl FnMut(u64)) -> Result<u64, QuestionError> {
        let gates: Vec<String> = self
            .0
            .prepare("SELECT gate FROM head ORDER BY gate")
            .and_then(|mut all| all.query_map([], |row| row.get(0))?.collect())
            .map_err(failed("listed gates"))?;
        let mut count = 0;
        for gate in gates {
            loop {
                let step = self.index_step(&gate)?;
                count += step;
                progress(count);
                if step < u64::from(STEP) {
                    break;
                }
            }
        }
        Ok(count)
    }

    fn index_step(&mut self, gate: &str) -> Result<u64, QuestionError> {
        let transaction = self.0.transaction().map_err(failed("began to index"))?;
        let rows: Vec<(i64, Vec<u8>)> = transaction
            .prepare_cached(
                "SELECT sequence, payload FROM event WHERE gate = ?1 AND sequence >
                     coalesce((SELECT sequence FROM indexed WHERE gate = ?1), 0)
                 ORDER BY sequence LIMIT ?2",
            )
            .and_then(|mut statement| {
                let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
                statement.query_map(params![gate, STEP], row)?.collect()
            })
            .map_err(failed("read new events"))?;
        let mut last = None;
        for (sequence, payload) in &rows {
            last = Some(*sequence);
            let put = |sql: &str, values: &[&dyn rusqlite::ToSql]| {
                transaction
                    .prepare_cached(sql)
                    .and_then(|mut statement| statement.execute(values))
                    .map_err(failed("indexed an event"))
            };
            let event = match wire::record::decode_record(payload) {
                Ok((_, event)) => event,
                Err(error) => {
                    put(
                        "INSERT OR REPLACE INTO unread (gate, sequence, cause) VALUES (?1, ?2, ?3)",
                        &[&gate, sequence, &error.to_string()],
                    )?;
                    continue;
                }
            };
            let Some(passage) = &event.passage else {
                continue;
            };
            put(
                "INSERT OR IGNORE INTO story (passage, gate, sequence) VALUES (?1, ?2, ?3)",
                &[&passage.as_str(), &gate, sequence],
            )?;
            for subject in subjects(&event.body) {
                let (kind, value) = subject.key();
                // The first decision of a passage gives the time; a later one changes nothing.
                put(
                    "INSERT OR IGNORE INTO mention (kind, value, at, gate, passage)
                     VALUES (?1, ?2, ?3, ?4, ?5)",
                    &[
                        &kind,
                        &value,
                        &event.at.at.as_micros(),
                        &gate,
                        &passage.as_str(),
                    ],
                )?;
            }
        }
        if let Some(last) = last {
            transaction
                .execute(
                    "INSERT INTO indexed (gate, sequence) VALUES (?1, ?2)
                     ON CONFLICT (gate) DO UPDATE SET sequence = ?2",
                    params![gate, last],
                )
                .map_err(failed("kept its place"))?;
        }
        transaction.commit().map_err(failed("committed an index"))?;
        Ok(rows.len() as u64)
    }

    /// Events that no answer can use: gate, sequence and cause, the first 1,000.
    ///
    /// # Errors
    /// The store failed.
    pub fn unread(&self) -> Result<Vec<(String, u64, String)>, QuestionError> {
        self.0
            .prepare_cached(
                "SELECT gate, sequence, cause FROM unread ORDER BY gate, sequence LIMIT 1000",
            )
            .and_then(|mut statement| {
                let row = |row: &rusqlite::Row<'_>| {
                    let sequence: i64 = row.get(1)?;
                    Ok((row.get(0)?, sequence.cast_unsigned(), row.get(2)?))
                };
                statement.query_map([], row)?.collect()
            })
            .map_err(failed("listed unread events"))
    }

    /// Passages that name the subject between two moments, oldest first, over all gates.
    ///
    /// # Errors
    /// The store failed.
    pub fn passages(
        &self,
        subject: &Subject,
        since: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<PassageFound>, QuestionError> {
        let (kind, value) = subject.key();
        let span = (since.as_micros(), until.as_micros());
        self.0
            .prepare_cached(
                "SELECT gate, passage, at FROM mention
                 WHERE kind = ?1 AND value = ?2 AND at BETWEEN ?3 AND ?4
                 ORDER BY at, gate, passage LIMIT ?5",
            )
            .and_then(|mut statement| {
                let row = |row: &rusqlite::Row<'_>| {
                    Ok(PassageFound {
                        gate: row.get(0)?,
                        passage: row.get(1)?,
                        at: Timestamp::from_micros(row.get(2)?),
                    })
                };
                statement
                    .query_map(params![kind, value, span.0, span.1, PASSAGES_MAX], row)?
                    .collect()
            })
            .map_err(failed("looked for passages"))
    }

    /// Every event of a passage, in the order of its gate's chain.
    ///
    /// # Errors
    /// The store failed, or an event cannot be read.
    pub fn story(&self, passage: &str) -> Result<Vec<Told>, QuestionError> {
        let rows: Vec<(String, i64, Vec<u8>, Vec<u8>)> = self
            .0
            .prepare_cached(
                "SELECT story.gate, story.sequence, hash, payload FROM story
                 JOIN event USING (gate, sequence) WHERE passage = ?1
                 ORDER BY story.gate, story.sequence LIMIT ?2",
            )
            .and_then(|mut statement| {
                let row = |row: &rusqlite::Row<'_>| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
                };
                statement
                    .query_map(params![passage, STORY_MAX], row)?
                    .collect()
            })
            .map_err(failed("read a passage"))?;
        rows.into_iter()
            .map(|(gate, sequence, hash, payload)| {
                let sequence = sequence.cast_unsigned();
                let (_, event) = wire::record::decode_record(&payload).map_err(|source| {
                    QuestionError::Decode {
                        gate: gate.clone(),
                        sequence,
                        source,
                    }
                })?;
                Ok(Told {
                    gate,
                    sequence,
                    hash: hex::encode(hash),
                    event,
                })
            })
            .collect()
    }
}

/// What a decision names: everything that was seen, and everything on the pass.
fn subjects(body: &EventBody) -> Vec<Subject> {
    let EventBody::PassageDecided(record) = body else {
        return Vec::new();
    };
    let evidence = &record.evidence;
    let mut subjects: Vec<Subject> = Vec::new();
    let plates = evidence.plates.iter().map(|seen| &seen.plate);
    subjects.extend(plates.map(|plate| Subject::Plate(plate.as_str().to_owned())));
    let numbers = evidence.containers.iter().map(|seen| &seen.number);
    subjects.extend(numbers.map(|number| Subject::Container(number.as_str().to_owned())));
    let presented = evidence.driver.iter();
    subjects.extend(presented.map(|driver| Subject::Driver(driver.to_string())));
    if let Some(pass) = record.facts.found_pass() {
        subjects.push(Subject::Pass(pass.number.as_str().to_owned()));
        subjects.push(Subject::Plate(pass.vehicle.as_str().to_owned()));
        let trailer = pass.trailer.iter();
        subjects.extend(trailer.map(|plate| Subject::Plate(plate.as_str().to_owned())));
        let boxes = pass.containers.iter().map(|one| one.number.as_str());
        subjects.extend(boxes.map(|number| Subject::Container(number.to_owned())));
        let driver = pass.driver.iter();
        subjects.extend(driver.map(|driver| Subject::Driver(driver.to_string())));
    }
    subjects
}
