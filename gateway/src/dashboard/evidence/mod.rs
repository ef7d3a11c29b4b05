//! A passage's decisions → what a clerk compares: findings, pictures, scans, weight, journey and
//! papers, as one HTML fragment. Judges nothing and draws upon no picture: what is shown beside the
//! evidence stands apart from it. Knows no request and no session; who may look is asked before.

mod align;
mod curve;
mod figures;
mod findings;
mod freight;
mod identity;
mod kept;
mod notes;
mod papers;
mod picture;
mod plan;
mod scans;
mod shots;
mod terms;
#[cfg(test)]
mod tests;
mod time_axis;
mod tone;
mod track;
mod way;
mod weighing;
mod words;

use std::path::Path;

use askama::Template;
use domain::event::DecisionRecord;
use domain::reason::Language;

pub(in crate::dashboard) use self::curve::TracePoint;
pub(in crate::dashboard) use self::findings::{Viewer, holds, told_verdict};
pub(in crate::dashboard) use self::picture::{Picture, PictureError, heat_map, on_screen, picture};

use self::curve::WeightPart;
use self::figures::Moment;
use self::findings::Row;
use self::kept::Shelf;
use self::papers::Papers;
use self::scans::Scan;
use self::shots::Shot;
use self::tone::Tone;
use self::track::Track;
use self::words::Words;
use super::words as page_words;

/// Earlier decisions that are listed.
const EARLIER_MAX: usize = 20;

/// The evidence of one passage as an HTML fragment, to be put into a page with the script and
/// the style `evidence`. Every text of a device, a manifest or a note is escaped by its templates.
#[derive(Debug, Template)]
#[template(path = "evidence/part.html")]
pub(in crate::dashboard) struct EvidenceView {
    w: &'static Words,
    decided: Option<Decided>,
}

/// The latest decision.
#[derive(Debug)]
struct Decided {
    attempt: u16,
    frozen: Moment,
    policy: String,
    mode: &'static str,
    direction: &'static str,
    /// What holds the vehicle, worst first.
    held: Vec<Row>,
    /// Rules that are satisfied or do not apply.
    kept_rules: Vec<Row>,
    shots: Vec<Shot>,
    scans: Vec<Scan>,
    weight: WeightPart,
    tracks: Vec<Track>,
    papers: Papers,
    /// All decisions, the latest first; empty if there is one alone.
    all: Vec<Earlier>,
}

/// One decision in a line.
#[derive(Debug)]
struct Earlier {
    attempt: u16,
    frozen: Moment,
    tone: Tone,
    policy: String,
    holds: Vec<String>,
}

impl EvidenceView {
    /// The evidence as `viewer` may see it: to a clerk silent directives look like a random recheck.
    /// `records` are the passage's decisions in any order, `trace` what the scale showed during the
    /// stay (empty if it was not kept), `pictures` the folder of kept pictures. Blocks on the disk.
    #[must_use]
    pub(in crate::dashboard) fn for_viewer(
        records: &[&DecisionRecord],
        trace: &[TracePoint],
        pictures: &Path,
        language: Language,
        viewer: Viewer,
    ) -> Self {
        let w = Words::of(language);
        let mut latest_first = records.to_vec();
        latest_first.sort_by_key(|record| std::cmp::Reverse(record.attempt));
        let mut shelf = Shelf::new(pictures);
        let decided = latest_first.first().map(|latest| {
            let rows = findings::rows(&latest.decision, viewer, w);
            let (held, kept_rules) = rows.into_iter().partition(|row| row.holds);
            Decided {
                attempt: latest.attempt,
                frozen: Moment::of(latest.evidence.frozen.at),
                policy: latest.policy_version().to_string(),
                mode: page_words::lane_mode(latest.mode, language),
                direction: page_words::direction(latest.evidence.direction, language),
                held,
                kept_rules,
                shots: shots::shots(&latest_first, &mut shelf, w),
                scans: scans::scans(&latest.evidence.scans, &mut shelf, w),
                weight: WeightPart::new(latest, trace, w),
                tracks: track::tracks(latest, w),
                papers: Papers::new(latest, w),
                all: earlier(&latest_first, viewer, w),
            }
        });
        Self { w, decided }
    }
}

fn earlier(latest_first: &[&DecisionRecord], viewer: Viewer, w: &'static Words) -> Vec<Earlier> {
    if latest_first.len() < 2 {
        return Vec::new();
    }
    let line = |record: &&DecisionRecord| Earlier {
        attempt: record.attempt,
        frozen: Moment::of(record.evidence.frozen.at),
        tone: Tone::verdict(told_verdict(&record.decision, viewer), w),
        policy: record.policy_version().to_string(),
        holds: findings::holds(&record.decision, viewer, w.language()),
    };
    latest_first.iter().take(EARLIER_MAX).map(line).collect()
}
