//! Facts ⇄ rows of the tables `decided`, `ended`, `handled` and `trouble`: written with the index,
//! read for statistics page by page, so that a month is counted without decoding an event.

use domain::decision::Verdict;
use domain::device::DeviceState;
use domain::gate_pass::Direction;
use domain::mass::Mass;
use domain::operator::LaneMode;
use domain::policy::RuleId;
use domain::reason::ReasonCode;
use domain::time::Timestamp;

use super::QuestionError;
use crate::database::{Database, DatabaseError, Row, Transaction, Value};
use crate::statistics::{Cleared, Decided, Ended, Fact, Handling, Hold, Trouble, Troubled};

/// Rows that are read at a time.
const PAGE: u32 = 5_000;
/// Most rows of one period: a month of fifty busy lanes. What lies beyond is said to be left out.
pub const FACTS_MAX: u64 = 4_000_000;

const DECIDED: &[&str] = &[
    "gate",
    "sequence",
    "at",
    "premises",
    "lane",
    "passage",
    "attempt",
    "direction",
    "mode",
    "verdict",
    "holds",
    "company",
    "vehicle",
    "driver",
    "tag_ms",
    "weigh_ms",
    "evidence_ms",
    "scale",
    "gross_g",
    "expected_g",
    "plate_permille",
    "container_permille",
];
const ENDED: &[&str] = &[
    "gate",
    "sequence",
    "at",
    "lane",
    "passage",
    "how",
    "whole_ms",
    "decide_ms",
];
const HANDLED: &[&str] = &[
    "gate",
    "sequence",
    "at",
    "premises",
    "passage",
    "act",
    "clerk",
    "reason_code",
];
const TROUBLE: &[&str] = &[
    "gate",
    "sequence",
    "at",
    "lane",
    "subject",
    "what",
    "rejected_frames",
];

/// A text for each value of an enum, both ways; the texts are stored and never change.
macro_rules! codes {
    ($to:ident, $from:ident, $kind:ident, $($name:ident = $code:literal),*) => {
        /// Stable text.
        pub const fn $to(value: $kind) -> &'static str {
            match value { $($kind::$name => $code),* }
        }
        fn $from(code: &str) -> Option<$kind> {
            match code { $($code => Some($kind::$name),)* _ => None }
        }
    };
}

codes!(
    verdict_code,
    verdict_of,
    Verdict,
    Release = "release",
    Review = "review",
    Detain = "detain"
);
codes!(
    direction_code,
    direction_of,
    Direction,
    Entry = "entry",
    Exit = "exit"
);
codes!(
    mode_code,
    mode_of,
    LaneMode,
    Live = "live",
    Advisory = "advisory",
    Shadow = "shadow",
    Closed = "closed"
);
codes!(
    handling_code,
    handling_of,
    Handling,
    Cleared = "cleared",
    SentToBay = "sent_to_bay",
    TurnedAway = "turned_away"
);
codes!(
    state_code,
    state_of,
    DeviceState,
    Live = "live",
    Silent = "silent",
    Lost = "lost",
    Void = "void"
);

/// `R9 r9.outside_band, R6 r6.missing`
#[must_use]
pub fn holds_text(holds: &[Hold]) -> String {
    let texts = holds
        .iter()
        .map(|hold| format!("{} {}", hold.rule, hold.reason.code()));
    texts.collect::<Vec<_>>().join(", ")
}

fn holds_of(text: &str) -> Vec<Hold> {
    let one = |text: &str| {
        let (rule, reason) = text.split_once(' ')?;
        Some(Hold {
            rule: RuleId::from_number(rule.strip_prefix('R')?.parse().ok()?)?,
            reason: ReasonCode::parse(reason)?,
        })
    };
    text.split(", ").filter_map(one).collect()
}

/// Facts on their way into the tables.
#[derive(Default)]
pub(super) struct Rows {
    decided: Vec<Vec<Value>>,
    ended: Vec<Vec<Value>>,
    handled: Vec<Vec<Value>>,
    trouble: Vec<Vec<Value>>,
}

impl Rows {
    pub(super) fn take(&mut self, gate: &str, sequence: i64, fact: Fact) {
        let key = |at: Timestamp| {
            let at = Value::Int(at.as_micros());
            vec![gate.into(), Value::Int(sequence), at]
        };
        match fact {
            Fact::Decided(decided) => {
                let mut row = key(decided.at);
                row.extend(decided_values(*decided));
                self.decided.push(row);
            }
            Fact::Ended(ended) => {
                let mut row = key(ended.at);
                row.extend([
                    ended.lane.into(),
                    ended.passage.into(),
                    ended.end.into(),
                    Value::Int(ended.whole_ms.into()),
                    Value::Int(ended.decide_ms.into()),
                ]);
                self.ended.push(row);
            }
            Fact::Cleared(cleared) => {
                let mut row = key(cleared.at);
                row.extend([
                    cleared.premises.into(),
                    cleared.passage.into(),
                    handling_code(cleared.handling).into(),
                    cleared.clerk.into(),
                    cleared.reason_code.into(),
                ]);
                self.handled.push(row);
            }
            Fact::Troubled(troubled) => {
                let mut row = key(troubled.at);
                let (what, rejected) = match troubled.trouble {
                    Trouble::Device {
                        state,
                        rejected_frames,
                    } => (
                        state_code(state).to_owned(),
                        Some(rejected_frames.cast_signed()),
                    ),
                    Trouble::Fault(fault) => (fault, None),
                };
                row.extend([
                    troubled.lane.into(),
                    troubled.subject.into(),
                    what.into(),
                    rejected.into(),
                ]);
                self.trouble.push(row);
            }
        }
    }

    pub(super) async fn put(&self, open: &mut Transaction<'_>) -> Result<(), DatabaseError> {
        let verb = "kept figures";
        open.insert(verb, "decided", DECIDED, &self.decided).await?;
        open.insert(verb, "ended", ENDED, &self.ended).await?;
        open.insert(verb, "handled", HANDLED, &self.handled).await?;
        open.insert(verb, "trouble", TROUBLE, &self.trouble).await
    }
}

fn decided_values(decided: Decided) -> [Value; 19] {
    let int = |value: Option<u32>| Value::from(value.map(i64::from));
    let permille = |value: Option<u16>| Value::from(value.map(i64::from));
    let grams = |mass: Option<Mass>| Value::from(mass.map(Mass::grams));
    [
        decided.premises.into(),
        decided.lane.into(),
        decided.passage.into(),
        Value::Int(decided.attempt.into()),
        direction_code(decided.direction).into(),
        mode_code(decided.mode).into(),
        verdict_code(decided.verdict).into(),
        holds_text(&decided.holds).into(),
        decided.company.into(),
        decided.vehicle.into(),
        decided.driver.into(),
        int(decided.tag_ms),
        int(decided.weigh_ms),
        Value::Int(decided.evidence_ms.into()),
        decided.scale.into(),
        grams(decided.gross),
        grams(decided.expected),
        permille(decided.plate_permille),
        permille(decided.container_permille),
    ]
}

/// Reads the facts of a period, each kind in the order of time, decisions first. Returns whether
/// all of them were read, or more than [`FACTS_MAX`] are there.
///
/// # Errors
/// The store failed, or holds a text of a newer version.
pub(super) async fn read(
    database: &Database,
    since: Timestamp,
    until: Timestamp,
    mut each: impl FnMut(&Fact),
) -> Result<bool, QuestionError> {
    let mut left = FACTS_MAX;
    for table in TABLES {
        let mut after = (since.as_micros(), String::new(), -1);
        loop {
            let values = [
                Value::Int(after.0),
                after.1.as_str().into(),
                Value::Int(after.2),
                Value::Int(until.as_micros()),
                Value::Int(PAGE.into()),
            ];
            let rows = database.rows("read figures", table.select, &values).await?;
            for row in &rows {
                each(&(table.fact)(row)?);
            }
            left = left.saturating_sub(rows.len() as u64);
            let Some(last) = rows.last().filter(|_| rows.len() == PAGE as usize) else {
                break;
            };
            if left == 0 {
                return Ok(false);
            }
            after = (last.int(2)?, last.text(0)?.to_owned(), last.int(1)?);
        }
    }
    Ok(true)
}

struct Table {
    select: &'static str,
    fact: fn(&Row) -> Result<Fact, DatabaseError>,
}

const TABLES: [Table; 4] = [
    Table {
        select: "SELECT gate, sequence, at, premises, lane, passage, attempt, direction, mode,
                     verdict, holds, company, vehicle, driver, tag_ms, weigh_ms, evidence_ms,
                     scale, gross_g, expected_g, plate_permille, container_permille
                 FROM decided WHERE (at, gate, sequence) > ($1, $2, $3) AND at <= $4
                 ORDER BY at, gate, sequence LIMIT $5",
        fact: decided,
    },
    Table {
        select: "SELECT gate, sequence, at, premises, passage, act, clerk, reason_code
                 FROM handled WHERE (at, gate, sequence) > ($1, $2, $3) AND at <= $4
                 ORDER BY at, gate, sequence LIMIT $5",
        fact: handled,
    },
    Table {
        select: "SELECT gate, sequence, at, lane, passage, how, whole_ms, decide_ms
                 FROM ended WHERE (at, gate, sequence) > ($1, $2, $3) AND at <= $4
                 ORDER BY at, gate, sequence LIMIT $5",
        fact: ended,
    },
    Table {
        select: "SELECT gate, sequence, at, lane, subject, what, rejected_frames
                 FROM trouble WHERE (at, gate, sequence) > ($1, $2, $3) AND at <= $4
                 ORDER BY at, gate, sequence LIMIT $5",
        fact: troubled,
    },
];

fn at(row: &Row) -> Result<Timestamp, DatabaseError> {
    Ok(Timestamp::from_micros(row.int(2)?))
}

fn millis(value: i64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

fn decided(row: &Row) -> Result<Fact, DatabaseError> {
    let owned = |column| Ok::<_, DatabaseError>(row.optional_text(column)?.map(str::to_owned));
    let ms = |column| Ok::<_, DatabaseError>(row.optional_int(column)?.map(millis));
    let grams = |column| Ok::<_, DatabaseError>(row.optional_int(column)?.map(Mass::from_grams));
    let permille = |column| {
        let value = row.optional_int(column)?;
        Ok::<_, DatabaseError>(value.map(|value| u16::try_from(value).unwrap_or(u16::MAX)))
    };
    let coded = |column, wanted| DatabaseError::Column { column, wanted };
    Ok(Fact::Decided(Box::new(Decided {
        gate: row.text(0)?.to_owned(),
        at: at(row)?,
        premises: row.text(3)?.to_owned(),
        lane: row.text(4)?.to_owned(),
        passage: row.text(5)?.to_owned(),
        attempt: u16::try_from(row.int(6)?).unwrap_or(u16::MAX),
        direction: direction_of(row.text(7)?).ok_or(coded(7, "direction"))?,
        mode: mode_of(row.text(8)?).ok_or(coded(8, "mode"))?,
        verdict: verdict_of(row.text(9)?).ok_or(coded(9, "verdict"))?,
        holds: holds_of(row.text(10)?),
        company: owned(11)?,
        vehicle: owned(12)?,
        driver: owned(13)?,
        tag_ms: ms(14)?,
        weigh_ms: ms(15)?,
        evidence_ms: millis(row.int(16)?),
        scale: owned(17)?,
        gross: grams(18)?,
        expected: grams(19)?,
        plate_permille: permille(20)?,
        container_permille: permille(21)?,
    })))
}

fn handled(row: &Row) -> Result<Fact, DatabaseError> {
    let wrong = DatabaseError::Column {
        column: 5,
        wanted: "act",
    };
    Ok(Fact::Cleared(Cleared {
        gate: row.text(0)?.to_owned(),
        at: at(row)?,
        premises: row.text(3)?.to_owned(),
        passage: row.text(4)?.to_owned(),
        handling: handling_of(row.text(5)?).ok_or(wrong)?,
        clerk: row.optional_text(6)?.map(str::to_owned),
        reason_code: row.text(7)?.to_owned(),
    }))
}

fn ended(row: &Row) -> Result<Fact, DatabaseError> {
    Ok(Fact::Ended(Ended {
        gate: row.text(0)?.to_owned(),
        at: at(row)?,
        lane: row.text(3)?.to_owned(),
        passage: row.text(4)?.to_owned(),
        end: row.text(5)?.to_owned(),
        whole_ms: millis(row.int(6)?),
        decide_ms: millis(row.int(7)?),
    }))
}

fn troubled(row: &Row) -> Result<Fact, DatabaseError> {
    let what = row.text(5)?;
    let trouble = match (row.optional_int(6)?, state_of(what)) {
        (Some(rejected), Some(state)) => Trouble::Device {
            state,
            rejected_frames: rejected.cast_unsigned(),
        },
        (None, _) | (_, None) => Trouble::Fault(what.to_owned()),
    };
    Ok(Fact::Troubled(Troubled {
        gate: row.text(0)?.to_owned(),
        at: at(row)?,
        lane: row.text(3)?.to_owned(),
        subject: row.text(4)?.to_owned(),
        trouble,
    }))
}
