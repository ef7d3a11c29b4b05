//! What a live run came to: decisions and ends of passages, held against the truth → the rows of
//! a live table and the figures at the end. Knows no daemon and no clock.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use decision::wording;
use domain::decision::Verdict;
use domain::event::{DecisionRecord, PassageEnd};
use domain::evidence::{Evidence, WeightEvidence};
use domain::gate_pass::Direction;
use domain::policy::RuleId;
use domain::reason::Language;
use domain::time::Timestamp;
use unicode_width::UnicodeWidthStr as _;

/// Reasons in a row of the table; the rest are counted.
const REASONS_MAX: usize = 2;
/// Columns of a row before the reasons, as wide as they are on a terminal.
const COLUMNS: [(&str, usize); 6] = [
    ("lane", 8),
    ("plate", 11),
    ("containers", 24),
    ("gross", 8),
    ("decision", 9),
    ("took", 7),
];

/// Counters of a run.
#[derive(Debug, Default)]
pub struct Tally {
    /// What happened, by name.
    pub counts: BTreeMap<&'static str, u64>,
    /// Trucks that drove on and must not have, or not without a person.
    pub wrong_releases: u64,
    /// Clean trucks that were held, with the worst reason.
    pub wrong_holds: Vec<String>,
    holds: BTreeMap<(RuleId, &'static str), u64>,
    decide_us: Vec<u64>,
    raise_us: Vec<u64>,
}

/// The head of the table.
#[must_use]
pub fn header() -> String {
    let mut line = String::from("  ");
    for (name, width) in COLUMNS {
        push_column(&mut line, name, width);
    }
    line + "why"
}

impl Tally {
    /// Counts a decision and says it in a row.
    pub fn decided(&mut self, record: &DecisionRecord, at: Timestamp) -> String {
        let verdict = record.decision.verdict;
        let (name, word) = match verdict {
            Verdict::Release => ("released by itself", "RELEASE"),
            Verdict::Review => ("held for review", "REVIEW"),
            Verdict::Detain => ("detained", "DETAIN"),
        };
        *self.counts.entry(name).or_default() += 1;
        let holds = record.decision.holds();
        for finding in &holds {
            let key = (finding.rule, finding.reason.code());
            *self.holds.entry(key).or_default() += 1;
        }
        let evidence = &record.evidence;
        self.decide_us.push(micros(evidence.frozen.at, at));
        let direction = match evidence.direction {
            Direction::Entry => "in",
            Direction::Exit => "out",
        };
        let took_s = micros(evidence.opened.at, at) as f64 / 1e6;
        let values = [
            format!("{} {direction}", evidence.lane),
            plates(evidence),
            containers(evidence),
            weight(evidence),
            word.to_owned(),
            format!("{took_s:.1} s"),
        ];
        let mut line = String::from("  ");
        for (value, (_, width)) in values.iter().zip(COLUMNS) {
            push_column(&mut line, value, width);
        }
        let reasons: Vec<String> = holds
            .iter()
            .take(REASONS_MAX)
            .map(|finding| format!("{} {}", finding.rule, wording::text(finding, Language::En)))
            .collect();
        line += &reasons.join("; ");
        if holds.len() > REASONS_MAX {
            let _ = write!(line, " (+{} more)", holds.len() - REASONS_MAX);
        }
        line
    }

    /// Counts a command to raise the arm for a decision on evidence frozen at `frozen`.
    pub fn raised(&mut self, frozen: Timestamp, at: Timestamp) {
        self.raise_us.push(micros(frozen, at));
    }

    /// Counts the end of a passage; returns its name.
    pub fn ended(&mut self, end: PassageEnd) -> &'static str {
        let name = match end {
            PassageEnd::Completed => "drove on",
            PassageEnd::ToBay => "sent to the bay",
            PassageEnd::ReversedOut => "reversed out",
            PassageEnd::RunThrough => "ran through",
            PassageEnd::EndedByPerson | PassageEnd::Vanished | PassageEnd::Observed => {
                "ended otherwise"
            }
        };
        *self.counts.entry(name).or_default() += 1;
        name
    }

    /// What decisions took from the freezing of their evidence, microseconds, in their order.
    #[must_use]
    pub fn decide_us(&self) -> &[u64] {
        &self.decide_us
    }

    /// The same to the command that raised the arm.
    #[must_use]
    pub fn raise_us(&self) -> &[u64] {
        &self.raise_us
    }

    /// The figures at the end.
    #[must_use]
    pub fn summary(&self) -> String {
        let mut text = String::new();
        let passages: u64 = ["released by itself", "held for review", "detained"]
            .iter()
            .filter_map(|name| self.counts.get(name))
            .sum();
        let _ = writeln!(text, "decisions            {passages:>6}");
        for (name, count) in &self.counts {
            let _ = writeln!(text, "  {name:<18} {count:>6}");
        }
        if !self.holds.is_empty() {
            text.push_str("findings that held, by rule and reason\n");
        }
        for ((rule, reason), count) in &self.holds {
            let _ = writeln!(text, "  {:<28} {count:>6}", format!("{rule} {reason}"));
        }
        for (name, taken) in [
            ("evidence frozen to decided", &self.decide_us),
            ("evidence frozen to arm commanded", &self.raise_us),
        ] {
            let _ = writeln!(text, "{name:<32} {}", percentiles(taken));
        }
        for hold in &self.wrong_holds {
            let _ = writeln!(text, "wrong hold: {hold}");
        }
        let _ = writeln!(text, "wrong holds: {}", self.wrong_holds.len());
        let _ = write!(
            text,
            "wrong releases against the truth: {}",
            self.wrong_releases
        );
        text
    }
}

fn micros(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.since(from).as_micros()).unwrap_or(u64::MAX)
}

fn plates(evidence: &Evidence) -> String {
    let first = evidence.plates.first();
    first.map_or_else(|| "?".to_owned(), |sighting| sighting.plate.to_string())
}

fn containers(evidence: &Evidence) -> String {
    let numbers: Vec<String> = evidence
        .containers
        .iter()
        .map(|sighting| sighting.number.to_string())
        .collect();
    numbers.join(" ")
}

fn weight(evidence: &Evidence) -> String {
    match &evidence.weight {
        WeightEvidence::Measured(weighings) => weighings.last().map_or_else(
            || "?".to_owned(),
            |weighing| format!("{:.2} t", weighing.gross.kg() as f64 / 1_000.0),
        ),
        WeightEvidence::None(_) => "?".to_owned(),
    }
}

/// Adds a cell and fills it up with blanks; a Chinese character takes two places.
fn push_column(line: &mut String, value: &str, width: usize) {
    line.push_str(value);
    let blanks = width.saturating_sub(value.width()).max(1);
    line.extend(std::iter::repeat_n(' ', blanks));
}

fn percentiles(taken_us: &[u64]) -> String {
    let mut sorted = taken_us.to_vec();
    sorted.sort_unstable();
    let at = |permille: usize| {
        let i = (sorted.len() * permille / 1_000).min(sorted.len().saturating_sub(1));
        sorted
            .get(i)
            .map_or_else(|| "-".to_owned(), |us| format!("{:.1}", *us as f64 / 1e3))
    };
    format!("p50 {} ms, p90 {} ms, p99 {} ms", at(500), at(900), at(990))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_as_wide_on_the_terminal_as_they_say() {
        for (value, width, wanted) in [
            ("L1", 4, "L1  "),
            ("粤B12345", 10, "粤B12345  "),
            ("longer than it", 4, "longer than it "),
        ] {
            let mut line = String::new();
            push_column(&mut line, value, width);
            assert_eq!(line, wanted);
        }
    }

    #[test]
    fn percentiles_are_of_the_sorted_values() {
        let taken: Vec<u64> = (1..=100).rev().map(|ms| ms * 1_000).collect();
        assert_eq!(
            percentiles(&taken),
            "p50 51.0 ms, p90 91.0 ms, p99 100.0 ms"
        );
        assert_eq!(percentiles(&[]), "p50 - ms, p90 - ms, p99 - ms");
    }
}
