//! Questions to the stored events: which passages name a plate, a container, a pass; everything
//! that was recorded of one passage, in order.
//!
//! The index stands beside the events and is caught up before each question; storing never waits
//! for it, and it can be thrown away. Decides nothing, judges nothing.

pub mod brought;
pub mod conveyances;
pub mod figures;
mod goods;
mod index;
mod manifests;
pub mod search;
mod words;

#[cfg(test)]
pub(crate) mod tests;

use domain::event::{Event, EventBody};
use domain::time::Timestamp;

pub use self::words::outcome;
use crate::database::{Database, DatabaseError, Opening, Place, Value};
use crate::statistics::Fact;

/// Most passages of one answer.
pub const PASSAGES_MAX: u32 = 10_000;
/// Most events of one passage.
const STORY_MAX: u32 = 10_000;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum QuestionError {
    /// The store failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
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
#[derive(Debug, Clone)]
pub struct Questions(Database);

impl Questions {
    /// Opens a store for questions, beside collectors that may be writing to it.
    ///
    /// # Errors
    /// There is none, or it is something else.
    pub async fn open(place: &Place) -> Result<Self, QuestionError> {
        Ok(Self(Database::open(place, Opening::Existing).await?))
    }

    /// Asks a database that is open.
    #[must_use]
    pub const fn of(database: Database) -> Self {
        Self(database)
    }

    /// The database that is asked.
    #[must_use]
    pub const fn database(&self) -> &Database {
        &self.0
    }

    /// Indexes what has been stored since; `progress` is told how many events that were so far.
    ///
    /// An event that cannot be read is kept on a list of its own ([`Self::unread`]): one gate that
    /// speaks a newer language does not take customs' answers away.
    ///
    /// # Errors
    /// The store failed.
    pub async fn catch_up(&self, progress: impl FnMut(u64)) -> Result<u64, QuestionError> {
        index::catch_up(&self.0, progress).await
    }

    /// Reads the facts of a period into `each`; returns whether all of them were read, or more
    /// than [`figures::FACTS_MAX`] are there.
    ///
    /// # Errors
    /// The store failed.
    pub async fn facts(
        &self,
        since: Timestamp,
        until: Timestamp,
        each: impl FnMut(&Fact),
    ) -> Result<bool, QuestionError> {
        figures::read(&self.0, since, until, each).await
    }

    /// Events that no answer can use: gate, sequence and cause, the first 1,000.
    ///
    /// # Errors
    /// The store failed.
    pub async fn unread(&self) -> Result<Vec<(String, u64, String)>, QuestionError> {
        let rows = self
            .0
            .rows(
                "listed unread events",
                "SELECT gate, sequence, cause FROM unread ORDER BY gate, sequence LIMIT 1000",
                &[],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok((
                    row.text(0)?.to_owned(),
                    row.count(1)?,
                    row.text(2)?.to_owned(),
                ))
            })
            .collect()
    }

    /// Passages that name the subject between two moments, oldest first, over all gates.
    ///
    /// # Errors
    /// The store failed.
    pub async fn passages(
        &self,
        subject: &Subject,
        since: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<PassageFound>, QuestionError> {
        let (kind, value) = subject.key();
        let values = [
            kind.into(),
            value.into(),
            Value::Int(since.as_micros()),
            Value::Int(until.as_micros()),
            Value::Int(PASSAGES_MAX.into()),
        ];
        let sql = "SELECT gate, passage, at FROM mention
                   WHERE kind = $1 AND value = $2 AND at BETWEEN $3 AND $4
                   ORDER BY at, gate, passage LIMIT $5";
        let rows = self.0.rows("looked for passages", sql, &values).await?;
        rows.iter()
            .map(|row| {
                Ok(PassageFound {
                    gate: row.text(0)?.to_owned(),
                    passage: row.text(1)?.to_owned(),
                    at: Timestamp::from_micros(row.int(2)?),
                })
            })
            .collect()
    }

    /// Every event of a passage, in the order of its gate's chain.
    ///
    /// # Errors
    /// The store failed, or an event cannot be read.
    pub async fn story(&self, passage: &str) -> Result<Vec<Told>, QuestionError> {
        let sql = "SELECT story.gate, story.sequence, event.hash, event.payload
                   FROM story JOIN event ON event.gate = story.gate
                       AND event.sequence = story.sequence AND event.day = story.day
                   WHERE story.passage = $1
                   ORDER BY story.gate, story.sequence LIMIT $2";
        let values = [passage.into(), Value::Int(STORY_MAX.into())];
        let rows = self.0.rows("read a passage", sql, &values).await?;
        rows.iter()
            .map(|row| {
                let (gate, sequence) = (row.text(0)?.to_owned(), row.count(1)?);
                let decoded = wire::record::decode_record(row.bytes(3)?);
                let (_, event) = decoded.map_err(|source| QuestionError::Decode {
                    gate: gate.clone(),
                    sequence,
                    source,
                })?;
                Ok(Told {
                    gate,
                    sequence,
                    hash: hex::encode(row.bytes(2)?),
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
