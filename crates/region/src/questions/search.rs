//! What is looked for → rows of passages, newest first, a page at a time; gates and alarms as the
//! region has them.

use domain::time::Timestamp;

use super::{QuestionError, Questions, Subject};
use crate::database::{Row, Value};

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// What the passage names, if anything.
    pub subject: Option<Subject>,
    /// Only at this site.
    pub premises: Option<String>,
    /// Only at this gate, in full.
    pub gate: Option<String>,
    /// Decided at or after.
    pub since: Timestamp,
    /// Decided at or before.
    pub until: Timestamp,
    /// Only what comes after this one, which ended the page before.
    pub after: Option<Cursor>,
    /// Passages of one page.
    pub limit: u32,
}

/// A place in the order of passages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    at: i64,
    sequence: i64,
    gate: String,
}

impl Cursor {
    /// Reads what [`Self::to_string`] wrote.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '.');
        let at = parts.next()?.parse().ok()?;
        let sequence = parts.next()?.parse().ok()?;
        let gate = parts.next()?;
        let fits = !gate.is_empty() && gate.len() <= 128;
        fits.then(|| Self {
            at,
            sequence,
            gate: gate.to_owned(),
        })
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.at, self.sequence, self.gate)
    }
}

/// A passage as its first decision tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassageRow {
    /// Gate.
    pub gate: String,
    /// Sequence of the decision.
    pub sequence: u64,
    /// When.
    pub at: Timestamp,
    /// Lane.
    pub lane: String,
    /// Passage.
    pub passage: String,
    /// `entry` or `exit`.
    pub direction: String,
    /// `release`, `review` or `detain`.
    pub verdict: String,
    /// Rules that held, with their reasons.
    pub holds: String,
    /// Plate.
    pub vehicle: Option<String>,
    /// Company.
    pub company: Option<String>,
    /// Driver.
    pub driver: Option<String>,
    /// How it ended, if it has.
    pub end: Option<String>,
}

impl PassageRow {
    /// Its place in the order.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        Cursor {
            at: self.at.as_micros(),
            sequence: self.sequence.cast_signed(),
            gate: self.gate.clone(),
        }
    }
}

/// A gate as the region has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateRow {
    /// Gate.
    pub gate: String,
    /// Events stored.
    pub sequence: u64,
    /// Hash of the last one, hexadecimal.
    pub hash: String,
    /// When it was stored.
    pub stored_at: Timestamp,
    /// Its own time.
    pub event_at: Option<Timestamp>,
    /// Alarms of this gate.
    pub alarms: u64,
}

/// An alarm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmRow {
    /// Number.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// Gate, as the message named it.
    pub gate: String,
    /// Kind.
    pub kind: String,
    /// Particulars.
    pub detail: String,
}

// The end belongs to the passage, the rest to its first decision.
macro_rules! passages_sql {
    ($more:literal, $from:literal) => {
        concat!(
            "SELECT decided.gate, decided.sequence, decided.at, decided.lane, decided.passage,
                 decided.direction, decided.verdict, decided.holds, decided.vehicle,
                 decided.company, decided.driver, ended.how",
            $more,
            " FROM ",
            $from,
            " LEFT JOIN ended ON ended.passage = decided.passage AND ended.gate = decided.gate
             WHERE decided.attempt = 1 AND decided.at BETWEEN $1 AND $2
                 AND ($3 = '' OR decided.premises = $3) AND ($4 = '' OR decided.gate = $4)
                 AND (decided.at, decided.gate, decided.sequence) < ($5, $6, $7)"
        )
    };
}
pub(super) use passages_sql;

const OF_ALL: &str = concat!(
    passages_sql!("", "decided"),
    " ORDER BY decided.at DESC, decided.gate DESC, decided.sequence DESC LIMIT $8"
);
const OF_SUBJECT: &str = concat!(
    passages_sql!(
        "",
        "mention JOIN decided ON decided.passage = mention.passage AND decided.gate = mention.gate"
    ),
    " AND mention.kind = $9 AND mention.value = $10
     ORDER BY decided.at DESC, decided.gate DESC, decided.sequence DESC LIMIT $8"
);

/// Sorts after every gate.
const LAST_GATE: &str = "\u{10ffff}";

/// `$1` to `$8` of the statements.
pub(super) fn values(search: &Search) -> Vec<Value> {
    let after = search.after.clone().unwrap_or_else(|| Cursor {
        at: i64::MAX,
        sequence: i64::MAX,
        gate: LAST_GATE.to_owned(),
    });
    vec![
        Value::Int(search.since.as_micros()),
        Value::Int(search.until.as_micros()),
        search.premises.clone().unwrap_or_default().into(),
        search.gate.clone().unwrap_or_default().into(),
        Value::Int(after.at),
        after.gate.into(),
        Value::Int(after.sequence),
        Value::Int(search.limit.into()),
    ]
}

impl Questions {
    /// A page of passages, newest first.
    ///
    /// # Errors
    /// The store failed.
    pub async fn search(&self, search: &Search) -> Result<Vec<PassageRow>, QuestionError> {
        let mut values = values(search);
        let sql = match &search.subject {
            None => OF_ALL,
            Some(subject) => {
                let (kind, value) = subject.key();
                values.extend([kind.into(), value.into()]);
                OF_SUBJECT
            }
        };
        let rows = self.database().rows("looked for passages", sql, &values);
        rows.await?.iter().map(passage).collect()
    }

    /// Passages that share a gate pass with one that names the plate, and those that name it
    /// themselves, oldest first: what a visit can be put together from.
    ///
    /// # Errors
    /// The store failed.
    pub async fn related(
        &self,
        plate: &str,
        since: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<PassageRow>, QuestionError> {
        let sql = "SELECT decided.gate, decided.sequence, decided.at, decided.lane,
                       decided.passage, decided.direction, decided.verdict, decided.holds,
                       decided.vehicle, decided.company, decided.driver, ended.how
                   FROM decided LEFT JOIN ended
                       ON ended.passage = decided.passage AND ended.gate = decided.gate
                   WHERE decided.attempt = 1 AND decided.at BETWEEN $1 AND $2 AND EXISTS (
                       SELECT 1 FROM mention AS named WHERE named.passage = decided.passage
                           AND named.gate = decided.gate AND (
                               (named.kind = 'plate' AND named.value = $3)
                               OR (named.kind = 'pass' AND named.value IN (
                                   SELECT other.value FROM mention AS seen JOIN mention AS other
                                       ON other.passage = seen.passage AND other.gate = seen.gate
                                   WHERE seen.kind = 'plate' AND seen.value = $3
                                       AND other.kind = 'pass'))))
                   ORDER BY decided.at DESC, decided.gate DESC, decided.sequence DESC LIMIT $4";
        let values = [
            Value::Int(since.as_micros()),
            Value::Int(until.as_micros()),
            plate.into(),
            Value::Int(limit.into()),
        ];
        let rows = self
            .database()
            .rows("looked for a visit", sql, &values)
            .await?;
        let mut found: Vec<PassageRow> = rows.iter().map(passage).collect::<Result<_, _>>()?;
        found.reverse();
        Ok(found)
    }

    /// Gates of which something is stored.
    ///
    /// # Errors
    /// The store failed.
    pub async fn gates(&self) -> Result<Vec<GateRow>, QuestionError> {
        let sql = "SELECT head.gate, head.sequence, head.hash, head.stored_at, indexed.last_at,
                       (SELECT count(*) FROM alarm WHERE alarm.gate = head.gate)
                   FROM head LEFT JOIN indexed ON indexed.gate = head.gate
                   WHERE head.sequence > 0 ORDER BY head.gate";
        let rows = self.database().rows("listed gates", sql, &[]).await?;
        let gate = |row: &Row| {
            Ok(GateRow {
                gate: row.text(0)?.to_owned(),
                sequence: row.count(1)?,
                hash: hex::encode(row.bytes(2)?),
                stored_at: Timestamp::from_micros(row.int(3)?),
                event_at: row
                    .optional_int(4)?
                    .filter(|at| *at > Timestamp::MIN.as_micros())
                    .map(Timestamp::from_micros),
                alarms: row.count(5)?,
            })
        };
        rows.iter().map(gate).collect()
    }

    /// Alarms with a number below `before`, newest first.
    ///
    /// # Errors
    /// The store failed.
    pub async fn alarms(&self, before: i64, limit: u32) -> Result<Vec<AlarmRow>, QuestionError> {
        let sql = "SELECT id, at, gate, kind, detail FROM alarm WHERE id < $1
                   ORDER BY id DESC LIMIT $2";
        let values = [Value::Int(before), Value::Int(limit.into())];
        let rows = self.database().rows("read alarms", sql, &values).await?;
        let alarm = |row: &Row| {
            Ok(AlarmRow {
                id: row.int(0)?,
                at: Timestamp::from_micros(row.int(1)?),
                gate: row.text(2)?.to_owned(),
                kind: row.text(3)?.to_owned(),
                detail: row.text(4)?.to_owned(),
            })
        };
        rows.iter().map(alarm).collect()
    }
}

/// A row of the statements.
pub(super) fn passage(row: &Row) -> Result<PassageRow, QuestionError> {
    let optional = |column| Ok::<_, QuestionError>(row.optional_text(column)?.map(str::to_owned));
    Ok(PassageRow {
        gate: row.text(0)?.to_owned(),
        sequence: row.count(1)?,
        at: Timestamp::from_micros(row.int(2)?),
        lane: row.text(3)?.to_owned(),
        passage: row.text(4)?.to_owned(),
        direction: row.text(5)?.to_owned(),
        verdict: row.text(6)?.to_owned(),
        holds: row.text(7)?.to_owned(),
        vehicle: optional(8)?,
        company: optional(9)?,
        driver: optional(10)?,
        end: optional(11)?,
    })
}
