//! Stored events → the tables that questions are answered from, in steps of one transaction.

use domain::event::Event;
use domain::time::Timestamp;

use super::figures::Rows;
use super::{QuestionError, subjects};
use crate::database::{Database, Purpose, Row, Transaction, Value};
use crate::statistics::Fact;

/// Events that are indexed in one transaction.
const STEP: u32 = 1_000;
/// A gate's clock may stand back this far between two events, microseconds: time servers slew.
const BACK_MAX_US: i64 = 2_000_000;
/// And be ahead of the region's this far.
const AHEAD_MAX_US: i64 = 300_000_000;

/// Indexes all that is new; returns how many events that were.
pub(super) async fn catch_up(
    database: &Database,
    mut progress: impl FnMut(u64),
) -> Result<u64, QuestionError> {
    let sql = "SELECT head.gate FROM head LEFT JOIN indexed ON indexed.gate = head.gate
               WHERE head.sequence > coalesce(indexed.sequence, 0) ORDER BY head.gate";
    let mut count = 0;
    for row in database.rows("listed gates", sql, &[]).await? {
        loop {
            let step = step(database, row.text(0)?).await?;
            count += step;
            progress(count);
            if step < u64::from(STEP) {
                break;
            }
        }
    }
    Ok(count)
}

/// What one step adds.
#[derive(Default)]
struct Found {
    story: Vec<Vec<Value>>,
    mention: Vec<Vec<Value>>,
    unread: Vec<Vec<Value>>,
    alarm: Vec<Vec<Value>>,
    figures: Rows,
    /// Time of the last event that was read.
    last_at: i64,
}

async fn step(database: &Database, gate: &str) -> Result<u64, QuestionError> {
    let mut open = database.begin(Purpose::Index).await?;
    let place = open
        .rows(
            "asked for its place",
            "SELECT sequence, last_at FROM indexed WHERE gate = $1",
            &[gate.into()],
        )
        .await?;
    let (after, last_at) = match place.first() {
        Some(row) => (row.int(0)?, row.int(1)?),
        None => (0, i64::MIN),
    };
    let rows = open
        .rows(
            "read new events",
            "SELECT sequence, day, stored_at, payload FROM event
             WHERE gate = $1 AND sequence > $2 ORDER BY sequence LIMIT $3",
            &[gate.into(), Value::Int(after), Value::Int(STEP.into())],
        )
        .await?;
    let Some(last) = rows.last() else {
        return Ok(0);
    };
    let mut found = Found {
        last_at,
        ..Found::default()
    };
    for row in &rows {
        found.event(gate, row)?;
    }
    let place = [
        gate.into(),
        last.count(0)?.into(),
        Value::Int(found.last_at),
    ];
    found.put(&mut open).await?;
    open.run(
        "kept its place",
        "INSERT INTO indexed (gate, sequence, last_at) VALUES ($1, $2, $3)
         ON CONFLICT (gate) DO UPDATE SET sequence = excluded.sequence, last_at = excluded.last_at",
        &place,
    )
    .await?;
    open.commit().await?;
    Ok(rows.len() as u64)
}

impl Found {
    /// Sequence, day, moment of storing, payload.
    fn event(&mut self, gate: &str, row: &Row) -> Result<(), QuestionError> {
        let sequence = Value::Int(row.int(0)?);
        let event = match wire::record::decode_record(row.bytes(3)?) {
            Ok((address, event)) => {
                if let Some(fact) = Fact::of(&address, &event) {
                    self.figures.take(gate, row.int(0)?, fact);
                }
                event
            }
            Err(error) => {
                self.unread
                    .push(vec![gate.into(), sequence, error.to_string().into()]);
                return Ok(());
            }
        };
        self.clock(gate, row.int(0)?, &event, row.int(2)?);
        let Some(passage) = &event.passage else {
            return Ok(());
        };
        self.story.push(vec![
            passage.as_str().into(),
            gate.into(),
            sequence,
            Value::Int(row.int(1)?),
        ]);
        for subject in subjects(&event.body) {
            let (kind, value) = subject.key();
            // The first decision of a passage gives the time; a later one changes nothing.
            self.mention.push(vec![
                kind.into(),
                value.into(),
                Value::Int(event.at.at.as_micros()),
                gate.into(),
                passage.as_str().into(),
            ]);
        }
        Ok(())
    }

    /// A clock that was set back, or runs far ahead, makes the order of events doubtful: an alarm.
    fn clock(&mut self, gate: &str, sequence: i64, event: &Event, stored_at: i64) {
        let at = event.at.at.as_micros();
        let back = self.last_at != i64::MIN && at < self.last_at.saturating_sub(BACK_MAX_US);
        let ahead = at > stored_at.saturating_add(AHEAD_MAX_US);
        if back || ahead {
            let against = if back { self.last_at } else { stored_at };
            let detail = format!(
                "event {sequence} at {} is {} {}",
                event.at.at,
                if back {
                    "before the last, at"
                } else {
                    "ahead of its storing, at"
                },
                Timestamp::from_micros(against),
            );
            self.alarm.push(vec![
                Value::Int(stored_at),
                gate.into(),
                "clock jump".into(),
                detail.into(),
            ]);
        }
        self.last_at = at;
    }

    async fn put(&self, open: &mut Transaction<'_>) -> Result<(), QuestionError> {
        const PASSAGE: &[&str] = &["passage", "gate", "sequence", "day"];
        const MENTION: &[&str] = &["kind", "value", "at", "gate", "passage"];
        const UNREAD: &[&str] = &["gate", "sequence", "cause"];
        const ALARM: &[&str] = &["at", "gate", "kind", "detail"];
        open.insert("told a passage", "story", PASSAGE, &self.story)
            .await?;
        open.insert("indexed a passage", "mention", MENTION, &self.mention)
            .await?;
        open.insert("set an event aside", "unread", UNREAD, &self.unread)
            .await?;
        open.insert("kept an alarm", "alarm", ALARM, &self.alarm)
            .await?;
        self.figures.put(open).await?;
        Ok(())
    }
}
