//! `kakou post-check`: the passages that were decided in a degraded mode, and those that their lane
//! marked at their end (cut short, raised by hand, found after a restart), for whoever checks them
//! afterwards. Read from the journal alone; the daemon may be running.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use comfy_table::Table;
use domain::decision::Verdict;
use domain::device::DegradedDeclaration;
use domain::event::{DecisionRecord, Event, EventBody, PassageEnd};
use domain::id::{LaneId, PassageId, UserId};
use domain::reading::PlateRole;
use domain::time::Timestamp;
use serde_json::{Value, json};

use super::check_config::load_or_explain;

/// What is known of one passage.
#[derive(Debug)]
struct Item {
    lane: Option<LaneId>,
    /// Last decision, or the end of a passage that was never decided.
    at: Timestamp,
    attempt: u16,
    plate: Option<String>,
    verdict: Option<Verdict>,
    /// Rule and reason of every hold of the last decision.
    holds: Vec<String>,
    /// Every mode that any decision of the passage was made in.
    modes: Vec<DegradedDeclaration>,
    cleared_by: Option<UserId>,
    approved_by: Option<UserId>,
    end: Option<PassageEnd>,
    /// The lane wants it checked.
    marked: bool,
}

/// Passages in the order of their first event. One that ends and need not be checked is dropped.
#[derive(Debug, Default)]
struct Items {
    order: Vec<PassageId>,
    of: BTreeMap<PassageId, Item>,
}

impl Items {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the rest says nothing of how a passage was decided"
    )]
    fn observe(&mut self, event: &Event) {
        let Some(passage) = &event.passage else {
            return;
        };
        match &event.body {
            EventBody::PassageDecided(record) => {
                self.item(passage, event).decided(event.at.at, record);
            }
            EventBody::HoldCleared {
                user, approved_by, ..
            } => {
                let item = self.item(passage, event);
                item.cleared_by.clone_from(user);
                item.approved_by.clone_from(approved_by);
            }
            EventBody::PassageEnded {
                end, post_check, ..
            } => {
                let item = self.item(passage, event);
                (item.end, item.marked) = (Some(*end), *post_check);
                if !item.is_listed() {
                    self.of.remove(passage);
                    // Those that are open stand near the end.
                    let place = self.order.iter().rposition(|listed| listed == passage);
                    self.order.remove(place.expect("each item has its place"));
                }
            }
            _ => {}
        }
    }

    fn item(&mut self, passage: &PassageId, event: &Event) -> &mut Item {
        self.of.entry(passage.clone()).or_insert_with(|| {
            self.order.push(passage.clone());
            Item {
                lane: event.lane.clone(),
                at: event.at.at,
                attempt: 0,
                plate: None,
                verdict: None,
                holds: Vec::new(),
                modes: Vec::new(),
                cleared_by: None,
                approved_by: None,
                end: None,
                marked: false,
            }
        })
    }

    /// Those to be checked, decided at or after `since`.
    fn listed(&self, since: Timestamp) -> Vec<(&PassageId, &Item)> {
        self.order
            .iter()
            .map(|passage| (passage, &self.of[passage]))
            .filter(|(_, item)| item.is_listed() && item.at >= since)
            .collect()
    }
}

impl Item {
    fn is_listed(&self) -> bool {
        self.marked || !self.modes.is_empty()
    }

    fn decided(&mut self, at: Timestamp, record: &DecisionRecord) {
        let evidence = &record.evidence;
        for declaration in &evidence.degraded {
            if !self.modes.contains(declaration) {
                self.modes.push(declaration.clone());
            }
        }
        let mut plates = evidence.plates.iter();
        let plate = plates.find(|seen| seen.role == PlateRole::Tractor);
        let holds = record.decision.holds().into_iter();
        self.at = at;
        self.attempt = record.attempt;
        self.plate = plate.map(|seen| seen.plate.to_string());
        self.verdict = Some(record.decision.verdict);
        self.holds = holds
            .map(|finding| format!("{} {}", finding.rule, finding.reason.code()))
            .collect();
        (self.cleared_by, self.approved_by) = (None, None);
    }

    fn json(&self, passage: &PassageId) -> Value {
        let mode = |declaration: &DegradedDeclaration| {
            json!({
                "mode": declaration.mode.code(),
                "declared_by": declaration.declared_by.as_str(),
                "declared_at": declaration.declared_at.to_string(),
                "until": declaration.until.to_string(),
                "reason": declaration.reason,
            })
        };
        json!({
            "passage": passage.as_str(),
            "lane": self.lane.as_ref().map(LaneId::as_str),
            "decided_at": self.at.to_string(),
            "attempt": self.attempt,
            "plate": self.plate,
            "verdict": self.verdict.map(verdict),
            "holds": self.holds,
            "modes": self.modes.iter().map(mode).collect::<Vec<_>>(),
            "cleared_by": self.cleared_by.as_ref().map(UserId::as_str),
            "approved_by": self.approved_by.as_ref().map(UserId::as_str),
            "end": self.end.map(end),
            "marked_by_lane": self.marked,
        })
    }

    fn row(&self, passage: &PassageId) -> [String; 7] {
        let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        let modes: Vec<&str> = self.modes.iter().map(|of| of.mode.code()).collect();
        let mut decided = or_none(self.verdict.map(|of| verdict(of).to_owned()));
        if let Some(user) = &self.cleared_by {
            decided.push_str(&format!(", cleared by {user}"));
        }
        if let Some(user) = &self.approved_by {
            decided.push_str(&format!(", approved by {user}"));
        }
        [
            self.at.to_string(),
            or_none(self.lane.as_ref().map(ToString::to_string)),
            passage.to_string(),
            or_none(self.plate.clone()),
            or_none((!modes.is_empty()).then(|| modes.join(", "))),
            decided,
            self.end.map_or("open", end).to_owned(),
        ]
    }
}

const fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Release => "release",
        Verdict::Review => "review",
        Verdict::Detain => "detain",
    }
}

const fn end(end: PassageEnd) -> &'static str {
    match end {
        PassageEnd::Completed => "completed",
        PassageEnd::ToBay => "to_bay",
        PassageEnd::ReversedOut => "reversed_out",
        PassageEnd::RunThrough => "run_through",
        PassageEnd::EndedByPerson => "ended_by_person",
        PassageEnd::Vanished => "vanished",
        PassageEnd::Observed => "observed",
    }
}

pub(super) fn run(config: &Path, since: Option<&str>, as_json: bool) -> anyhow::Result<ExitCode> {
    let config = load_or_explain(config)?;
    let since = since.map_or(Ok(Timestamp::MIN), Timestamp::parse)?;
    let mut reader = super::open_reader(&config)?;
    let first = reader.first_sequence();
    let mut next = first;
    let mut items = Items::default();
    loop {
        let records = reader.read_from(next, 1_024, 16 << 20)?;
        let Some(last) = records.last() else { break };
        next = last.sequence + 1;
        for record in &records {
            let (_, event) = wire::record::decode_record(&record.payload)
                .with_context(|| format!("record {}", record.sequence))?;
            items.observe(&event);
        }
    }
    let listed = items.listed(since);
    if as_json {
        for (passage, item) in listed {
            println!("{}", item.json(passage));
        }
        return Ok(ExitCode::SUCCESS);
    }
    println!("{} passages are to be checked", listed.len());
    if first > 1 {
        println!("records before {first} are no longer here; the region has them");
    }
    if !listed.is_empty() {
        let mut table = Table::new();
        table.set_header([
            "decided", "lane", "passage", "plate", "modes", "verdict", "end",
        ]);
        for (passage, item) in listed {
            table.add_row(item.row(passage));
        }
        println!("{table}");
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use decision::fixture;
    use domain::device::DegradedMode;
    use domain::operator::LaneMode;

    use super::*;

    fn decided(passage: &str, attempt: u16, modes: &[DegradedMode]) -> Event {
        let mut clean = fixture::clean();
        clean.evidence.degraded = modes
            .iter()
            .map(|mode| DegradedDeclaration {
                mode: *mode,
                declared_by: UserId::parse("supervisor-02").expect("valid"),
                declared_at: fixture::now_minus(60),
                until: fixture::now_plus(60),
                reason: "x-ray tube".to_owned(),
            })
            .collect();
        let decision = clean.decide();
        let body = EventBody::PassageDecided(Box::new(DecisionRecord {
            evidence: clean.evidence,
            facts: clean.facts,
            policy: clean.policy,
            decision,
            mode: LaneMode::Live,
            withdrawal: None,
            attempt,
        }));
        event(passage, body)
    }

    fn event(passage: &str, body: EventBody) -> Event {
        Event {
            at: fixture::clean().evidence.frozen,
            lane: Some(fixture::lane()),
            passage: Some(PassageId::parse(passage).expect("valid")),
            body,
        }
    }

    fn ended(passage: &str, post_check: bool) -> Event {
        event(
            passage,
            EventBody::PassageEnded {
                end: PassageEnd::Completed,
                duration_ms: 1,
                decide_ms: 1,
                withdrawal: None,
                stage: None,
                post_check,
            },
        )
    }

    #[test]
    fn passages_to_be_checked_are_listed_once_with_all_their_modes() {
        use DegradedMode::{ScannerDown, SealReaderDown};
        let events = [
            decided("P-1", 1, &[]),
            decided("P-2", 1, &[ScannerDown]),
            ended("P-1", false),
            // The mode ends and another begins while the vehicle stands there.
            decided("P-2", 2, &[SealReaderDown]),
            decided("P-3", 1, &[ScannerDown, SealReaderDown]),
            event(
                "P-2",
                EventBody::HoldCleared {
                    user: UserId::parse("clerk-07").ok(),
                    approved_by: UserId::parse("supervisor-02").ok(),
                    directive: None,
                    reason_code: "DOCS".to_owned(),
                    text: String::new(),
                    withdrawal: None,
                },
            ),
            ended("P-2", true),
            decided("P-4", 1, &[]),
            // Marked by its lane for a reason of its own.
            ended("P-5", true),
        ];
        let mut items = Items::default();
        events.iter().for_each(|event| items.observe(event));
        let listed: Vec<Value> = items
            .listed(Timestamp::MIN)
            .into_iter()
            .map(|(passage, item)| item.json(passage))
            .collect();
        let short = |value: &Value| {
            let modes = value["modes"].as_array().expect("a list");
            let modes: Vec<String> = modes.iter().map(|of| of["mode"].to_string()).collect();
            let [passage, verdict, end] =
                ["passage", "verdict", "end"].map(|key| value[key].to_string());
            format!("{passage} {} {verdict} {end}", modes.join("+"))
        };
        assert_eq!(
            listed.iter().map(short).collect::<Vec<_>>(),
            [
                r#""P-2" "scanner_down"+"seal_reader_down" "review" "completed""#,
                r#""P-3" "scanner_down"+"seal_reader_down" "review" null"#,
                r#""P-5"  null "completed""#,
            ]
        );
        assert_eq!(listed[0]["cleared_by"], "clerk-07");
        assert_eq!(listed[0]["approved_by"], "supervisor-02");
        assert!(listed[0]["holds"].to_string().contains("r17.degraded"));
        assert!(items.listed(fixture::now_plus(1)).is_empty());
    }
}
