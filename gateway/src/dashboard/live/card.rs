//! One lane: the drawing, what is read now, what was decided, and what the driver is shown.

use askama::Template;
use domain::actuation::LaneNotice;
use domain::decision::Verdict;
use domain::event::DecisionRecord;
use domain::gate::{ArmState, GateInputs};
use domain::id::LaneId;
use domain::operator::LaneMode;
use domain::reading::Observation;
use domain::time::Timestamp;
use wording::Language;

use super::super::evidence::{Viewer, holds, told_verdict};
use super::super::words::{self, Words};
use super::super::{Desk, LaneDesk};
use crate::lane_task::tap::Seen;

/// Readings shown of one lane.
const READINGS_MAX: usize = 8;
/// Findings shown on the card; the case shows all.
const FINDINGS_MAX: usize = 4;
/// Width and height of the curve.
const CURVE: (f64, f64) = (240.0, 44.0);
/// How much of the curve is shown.
const CURVE_S: u64 = 60;

/// One reading in words.
pub(in crate::dashboard) struct ReadingRow {
    pub(in crate::dashboard) device: String,
    pub(in crate::dashboard) said: String,
    pub(in crate::dashboard) at: String,
}

/// A lane for clerks.
#[derive(Template)]
#[template(path = "parts/lane.html")]
pub(in crate::dashboard) struct LaneCard {
    pub(in crate::dashboard) w: &'static Words,
    pub(in crate::dashboard) id: String,
    pub(in crate::dashboard) direction: &'static str,
    pub(in crate::dashboard) mode: Option<&'static str>,
    /// Colour class; the word beside it says the same.
    pub(in crate::dashboard) tone: &'static str,
    pub(in crate::dashboard) symbol: &'static str,
    pub(in crate::dashboard) state: &'static str,
    pub(in crate::dashboard) passage: Option<String>,
    pub(in crate::dashboard) is_case: bool,
    pub(in crate::dashboard) plate: String,
    pub(in crate::dashboard) weight_kg: Option<String>,
    pub(in crate::dashboard) curve: String,
    pub(in crate::dashboard) arm: &'static str,
    pub(in crate::dashboard) arm_class: &'static str,
    pub(in crate::dashboard) inputs: GateInputs,
    /// Milliseconds since 1970 at which the step began; the page counts from there.
    pub(in crate::dashboard) step_since_ms: Option<i64>,
    pub(in crate::dashboard) opened_ms: Option<i64>,
    pub(in crate::dashboard) verdict: Option<&'static str>,
    pub(in crate::dashboard) findings: Vec<String>,
    pub(in crate::dashboard) notice: Vec<String>,
    pub(in crate::dashboard) readings: Vec<ReadingRow>,
    pub(in crate::dashboard) faults: Vec<&'static str>,
    pub(in crate::dashboard) refusal: Option<String>,
}

impl LaneCard {
    pub(in crate::dashboard) fn new(
        desk: &Desk,
        id: &LaneId,
        lane: &LaneDesk,
        seen: &Seen,
        language: Language,
    ) -> Self {
        let view = seen.view.as_ref();
        let passage = view.and_then(|view| view.passage.clone());
        let (record, is_case, opened_at) = {
            let course = desk.known.now();
            let record = course.decisions.get(id).and_then(|(of, decisions)| {
                let is_here = Some(of) == passage.as_ref();
                decisions.last().filter(|_| is_here).cloned()
            });
            let case = passage.as_ref().map(|p| course.cases.contains_key(p));
            let entry = passage.as_ref().and_then(|p| course.entry(p));
            (record, case.unwrap_or(false), entry.map(|e| e.opened_at))
        };
        let arm = view.map_or(ArmState::Unknown, |view| view.arm);
        let told = record
            .as_ref()
            .map(|record| told_verdict(&record.decision, Viewer::Clerk));
        let verdict = told.or(view.and_then(|view| view.verdict));
        let (tone, symbol) = tone(seen, verdict);
        Self {
            w: Words::of(language),
            id: id.to_string(),
            direction: words::direction(lane.direction, language),
            mode: view
                .filter(|view| view.mode != LaneMode::Live)
                .map(|view| words::lane_mode(view.mode, language)),
            tone,
            symbol,
            state: words::step(view.map_or("free", |view| view.step), language),
            is_case,
            plate: plate(seen, record.as_deref(), passage.is_some()),
            weight_kg: view.and_then(|view| view.weight).map(|w| grouped(w.kg())),
            curve: curve(seen),
            arm: words::arm(arm, language),
            arm_class: arm_class(arm),
            inputs: seen
                .gate
                .as_ref()
                .map(|gate| gate.inputs)
                .unwrap_or_default(),
            step_since_ms: seen.step_since.as_ref().map(|(_, _, at)| millis(*at)),
            opened_ms: opened_at.map(millis),
            verdict: verdict.map(|verdict| wording::verdict(verdict, language)),
            findings: record.map_or_else(Vec::new, |record| findings(&record, language)),
            notice: notice(lane.notice.borrow().as_ref(), language),
            readings: readings(
                seen,
                passage.is_some().then_some(opened_at).flatten(),
                language,
            ),
            faults: view.map_or_else(Vec::new, |view| {
                let faults = view.faults.iter();
                faults
                    .map(|fault| wording::lane_fault(*fault, language))
                    .collect()
            }),
            refusal: view.and_then(|view| view.refusal.clone()),
            passage: passage.map(|passage| passage.to_string()),
        }
    }
}

/// The same for the driver, in big words.
#[derive(Template)]
#[template(path = "parts/display.html")]
pub(in crate::dashboard) struct LaneDisplay {
    pub(in crate::dashboard) id: String,
    pub(in crate::dashboard) tone: &'static str,
    pub(in crate::dashboard) symbol: &'static str,
    pub(in crate::dashboard) word: &'static str,
    pub(in crate::dashboard) plate: String,
    pub(in crate::dashboard) lines: Vec<String>,
    pub(in crate::dashboard) weight_kg: Option<String>,
    pub(in crate::dashboard) w: &'static Words,
}

impl LaneDisplay {
    pub(in crate::dashboard) fn new(
        id: &LaneId,
        lane: &LaneDesk,
        seen: &Seen,
        language: Language,
    ) -> Self {
        let w = Words::of(language);
        // A driver learns from colours what the lines below say, and no more.
        let (tone, symbol) = tone(seen, None);
        let has_vehicle = seen
            .view
            .as_ref()
            .is_some_and(|view| view.passage.is_some());
        let word = match (has_vehicle, tone) {
            (false, _) => w.welcome,
            (true, "release") => w.drive_on,
            (true, "busy") => w.please_wait,
            (true, _) => w.stop_word,
        };
        Self {
            id: id.to_string(),
            tone,
            symbol,
            word,
            plate: plate(seen, None, has_vehicle),
            lines: notice(lane.notice.borrow().as_ref(), language),
            weight_kg: seen
                .view
                .as_ref()
                .filter(|_| has_vehicle)
                .and_then(|view| view.weight)
                .map(|weight| grouped(weight.kg())),
            w,
        }
    }
}

/// Colour class and symbol of a lane's state.
fn tone(seen: &Seen, verdict: Option<Verdict>) -> (&'static str, &'static str) {
    let Some(view) = &seen.view else {
        return ("trouble", "✖");
    };
    if !view.gate_answers || !view.faults.is_empty() {
        return ("trouble", "✖");
    }
    match (view.step, verdict) {
        ("free", _) => match view.mode {
            LaneMode::Closed => ("trouble", "✖"),
            LaneMode::Live | LaneMode::Advisory | LaneMode::Shadow => ("free", "○"),
        },
        ("held" | "confirming" | "closed" | "barrier" | "unrecorded", Some(Verdict::Detain)) => {
            ("detain", "■")
        }
        ("held" | "confirming" | "closed" | "barrier" | "unrecorded" | "backing_out", _) => {
            ("review", "▲")
        }
        ("ready" | "raising" | "passing" | "clearing", _) => ("release", "●"),
        _ => ("busy", "◐"),
    }
}

fn arm_class(arm: ArmState) -> &'static str {
    match arm {
        ArmState::Up => "up",
        ArmState::Raising | ArmState::Lowering | ArmState::Stopped => "between",
        ArmState::Down | ArmState::Unknown => "down",
    }
}

/// The plate that was decided on, else the last one read while a vehicle is here.
fn plate(seen: &Seen, record: Option<&DecisionRecord>, has_vehicle: bool) -> String {
    let decided = record.and_then(|record| record.evidence.plates.first());
    if let Some(sighting) = decided {
        return sighting.plate.as_str().to_owned();
    }
    let read = seen
        .heard
        .values()
        .filter_map(|heard| match &heard.observation {
            Observation::Plate(reading) if has_vehicle => Some((heard.at, reading.plate.as_str())),
            Observation::Plate(_)
            | Observation::Weight(_)
            | Observation::AxleLoads(_)
            | Observation::Tag(_)
            | Observation::Container(_)
            | Observation::Seal(_)
            | Observation::Scan(_)
            | Observation::Radiation(_)
            | Observation::DriverCard(_)
            | Observation::Position(_)
            | Observation::Journey(_) => None,
        });
    let since = seen.step_since.as_ref().map(|(_, _, at)| *at);
    read.filter(|(at, _)| {
        since.is_none_or(|since| *at >= since - std::time::Duration::from_secs(60))
    })
    .max()
    .map_or_else(String::new, |(_, plate)| plate.to_owned())
}

fn findings(record: &DecisionRecord, language: Language) -> Vec<String> {
    let told = holds(&record.decision, Viewer::Clerk, language).into_iter();
    told.take(FINDINGS_MAX).collect()
}

fn notice(notice: Option<&LaneNotice>, language: Language) -> Vec<String> {
    let lines = notice.map_or(&[][..], |notice| &notice.lines[..]);
    lines
        .iter()
        .map(|line| match language {
            Language::Zh => line.zh.clone(),
            Language::En => line.en.clone(),
        })
        .collect()
}

/// What devices said since the vehicle came, newest first; weights have their own place.
fn readings(seen: &Seen, since: Option<Timestamp>, language: Language) -> Vec<ReadingRow> {
    let Some(since) = since else {
        return Vec::new();
    };
    let mut heard: Vec<_> = seen
        .heard
        .iter()
        .filter(|(_, heard)| heard.at >= since)
        .collect();
    heard.sort_by_key(|(_, heard)| std::cmp::Reverse(heard.at));
    let rows = heard.into_iter().filter_map(|(device, heard)| {
        Some(ReadingRow {
            device: device.to_string(),
            said: said(&heard.observation, language)?,
            at: clock_time(heard.at),
        })
    });
    rows.take(READINGS_MAX).collect()
}

fn said(observation: &Observation, language: Language) -> Option<String> {
    Some(match observation {
        Observation::Weight(_) | Observation::Position(_) => return None,
        Observation::AxleLoads(loads) => {
            let loads: Vec<String> = loads.iter().map(|load| load.kg().to_string()).collect();
            format!("{} kg", loads.join(" + "))
        }
        Observation::Tag(tag) => tag.tag.to_string(),
        Observation::Plate(plate) => {
            format!("{} · {} ‰", plate.plate.as_str(), plate.confidence_permille)
        }
        Observation::Container(container) => {
            format!(
                "{} · {} ‰",
                container.number.as_str(),
                container.confidence_permille
            )
        }
        Observation::Seal(seal) => {
            let number = seal.number.as_ref().map_or("?", |number| number.as_str());
            format!("{number} · {}", wording::seal_state(seal.state, language))
        }
        Observation::Scan(scan) => wording::scan_verdict(scan.verdict, language).to_owned(),
        Observation::Radiation(radiation) => {
            wording::radiation(radiation.state, language).to_owned()
        }
        Observation::DriverCard(driver) => driver.to_string(),
        Observation::Journey(journey) => journey.tracker.clone(),
    })
}

/// The last minute of the scale as points of a polyline.
fn curve(seen: &Seen) -> String {
    use std::fmt::Write as _;
    let Some(last) = seen.weights.back() else {
        return String::new();
    };
    let from = last.at - std::time::Duration::from_secs(CURVE_S);
    // A level stretch may have begun before.
    let first = seen.weights.partition_point(|point| point.at < from);
    let shown: Vec<_> = seen.weights.range(first.saturating_sub(1)..).collect();
    let most = shown
        .iter()
        .map(|point| point.grams)
        .max()
        .unwrap_or(0)
        .max(1_000_000);
    // At most 120 points: a drawing of 240 pixels shows no more.
    let every = (shown.len() / 120).max(1);
    let mut points = String::new();
    for point in shown.into_iter().step_by(every) {
        #[expect(clippy::cast_precision_loss, reason = "pixels")]
        let (x, y) = (
            (point.at.as_micros() - from.as_micros()).max(0) as f64 / (CURVE_S as f64 * 1e6)
                * CURVE.0,
            CURVE.1 - 2.0 - point.grams.max(0) as f64 / most as f64 * (CURVE.1 - 4.0),
        );
        let _ = write!(points, "{x:.0},{y:.1} ");
    }
    points
}

/// Milliseconds since 1970.
pub(in crate::dashboard) fn millis(at: Timestamp) -> i64 {
    at.as_micros() / 1_000
}

/// Hours, minutes and seconds of a time.
pub(in crate::dashboard) fn clock_time(at: Timestamp) -> String {
    at.to_string().get(11..19).unwrap_or_default().to_owned()
}

/// A number with a comma between thousands.
pub(in crate::dashboard) fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if number < 0 { format!("-{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn thousands_are_grouped() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (-49_000, "-49,000"),
        ] {
            assert_eq!(grouped(number), text);
        }
    }
}
