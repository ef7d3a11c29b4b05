//! Journeys of a decision → what is shown of each tracker: whom it is bound to, stops and silences,
//! and two drawings. Rule R14 judges the journey; nothing is judged here.

use std::time::Duration;

use domain::event::DecisionRecord;
use domain::reading::JourneyReport;
use domain::recordation::VehicleRecord;

use super::align::{Piece, align, plain};
use super::figures::{Moment, lasting};
use super::plan::{Plan, plan};
use super::time_axis::{TimeAxis, axis};
use super::tone::Tone;
use super::way::{Stay, Way};
use super::words::Words;

/// Most trackers that are shown.
const JOURNEYS_MAX: usize = 4;
/// Rows of stops and silences.
const ROWS_MAX: usize = 12;
/// Most stops, silences and points outside that are drawn.
pub(super) const MARKS_MAX: usize = 100;

/// One tracker's journey.
#[derive(Debug)]
pub(super) struct Track {
    pub(super) tracker: String,
    /// Plate that it is bound to, compared with the pass.
    pub(super) bound: Vec<Piece>,
    pub(super) bound_tone: Tone,
    /// Tampering and the like.
    pub(super) flags: Vec<Tone>,
    pub(super) fixes: usize,
    pub(super) uncounted: usize,
    /// The pass prescribes a route.
    pub(super) has_corridor: bool,
    pub(super) outside: usize,
    pub(super) plan: Option<Plan>,
    pub(super) axis: Option<TimeAxis>,
    pub(super) stops: Vec<StayRow>,
    pub(super) silences: Vec<StayRow>,
}

/// A stop or a silence in words.
#[derive(Debug)]
pub(super) struct StayRow {
    pub(super) from: Moment,
    pub(super) lasting: String,
    pub(super) tone: Tone,
}

/// The journeys of a decision.
pub(super) fn tracks(record: &DecisionRecord, w: &'static Words) -> Vec<Track> {
    let journeys = record.evidence.journeys.iter().take(JOURNEYS_MAX);
    journeys.map(|journey| track(record, journey, w)).collect()
}

fn track(record: &DecisionRecord, journey: &JourneyReport, w: &'static Words) -> Track {
    let pass = record.facts.found_pass();
    let corridor = pass.and_then(|pass| pass.corridor.as_ref());
    let arrived = record.evidence.opened.at;
    let gap_max = Duration::from_secs(u64::from(record.policy.journey_gap_max_s));
    let way = Way::of(&journey.fixes, gap_max, arrived);
    let outside = corridor.map_or_else(Vec::new, |corridor| way.outside(corridor));
    let gate = record.facts.premises.as_ref().and_then(|site| site.at);
    let (bound, bound_tone) = bound(record, journey, w);
    let stop_max = corridor.map(|corridor| Duration::from_secs(u64::from(corridor.stop_max_s)));
    let tampered = journey.tampered.then(|| Tone::bad(w.tampered));
    let opened = journey.opened.then(|| Tone::bad(w.opened));
    Track {
        tracker: journey.tracker.chars().take(40).collect(),
        bound,
        bound_tone,
        flags: tampered.into_iter().chain(opened).collect(),
        fixes: journey.fixes.len(),
        uncounted: way.uncounted,
        has_corridor: corridor.is_some(),
        outside: outside.len(),
        stops: rows(&way.stops, stop_max, w),
        silences: rows(&way.silences, Some(gap_max), w),
        axis: axis(&way, corridor, arrived, w),
        plan: plan(
            &way,
            corridor,
            gate,
            outside.iter().map(|point| point.place),
            w,
        ),
    }
}

/// The plate that the tracker names, beside that of the pass it comes nearest to.
fn bound(
    record: &DecisionRecord,
    journey: &JourneyReport,
    w: &'static Words,
) -> (Vec<Piece>, Tone) {
    let Some(plate) = &journey.plate else {
        return (Vec::new(), Tone::doubtful(w.unbound));
    };
    let Some(pass) = record.facts.found_pass() else {
        return (plain(plate.as_str()), Tone::plain(""));
    };
    let second = |record: &VehicleRecord| record.second_plate.clone();
    let own = record.facts.vehicle.as_ref().and_then(second);
    let names = std::iter::once(&pass.vehicle)
        .chain(&pass.trailer)
        .chain(&own);
    let nearest = names
        .map(|name| align(name.as_str(), plate.as_str()))
        .min_by_key(|aligned| aligned.differing);
    match nearest {
        Some(aligned) if aligned.differing > 0 => (aligned.right, Tone::bad(w.differs)),
        Some(_) | None => (plain(plate.as_str()), Tone::good(w.agrees)),
    }
}

fn rows(stays: &[Stay], limit: Option<Duration>, w: &'static Words) -> Vec<StayRow> {
    let row = |stay: &Stay| {
        let lasting_s = stay.lasting();
        let tone = match limit {
            Some(limit) if lasting_s > limit => Tone::doubtful(w.above_limit),
            Some(_) => Tone::good(w.within_limit),
            None => Tone::plain(""),
        };
        StayRow {
            from: Moment::of(stay.from),
            lasting: lasting(lasting_s.as_secs()),
            tone,
        }
    };
    stays.iter().take(ROWS_MAX).map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::super::plan::SIZE;
    use super::super::tests::record_of;
    use super::*;
    use decision::fixture;
    use domain::position::GeoPoint;
    use domain::reason::Language;

    #[test]
    fn a_track_lies_on_its_route_and_within_the_drawing() {
        let record = record_of(&fixture::clean());
        let tracks = tracks(&record, Words::of(Language::En));
        let track = &tracks[0];
        assert_eq!((track.fixes, track.uncounted, track.outside), (31, 0, 0));
        assert_eq!(track.bound_tone.word, "agrees");
        let plan = track.plan.as_ref().unwrap();
        assert_eq!(plan.lines.len(), 1);
        for line in plan.lines.iter().chain([&plan.corridor]) {
            for point in line.split(' ') {
                let (x, y) = point.split_once(',').unwrap();
                let (x, y): (f64, f64) = (x.parse().unwrap(), y.parse().unwrap());
                assert!(
                    (319.0..=321.0).contains(&x) && (0.0..=SIZE.1).contains(&y),
                    "{point}"
                );
            }
        }
        let names: Vec<&str> = plan.ends.iter().map(|end| end.name).collect();
        assert_eq!(names, ["start", "end", "gate"]);
        let axis = track.axis.as_ref().unwrap();
        assert_eq!((axis.driven.len(), axis.silences.len()), (1, 0));
        let lines: Vec<&str> = axis.lines.iter().map(|line| line.name).collect();
        assert_eq!(lines, ["arrival"]);
        assert!(axis.ticks.len() >= 3);
    }

    #[test]
    fn another_plate_tampering_and_a_silence_are_marked() {
        let mut passage = fixture::clean();
        let journey = &mut passage.evidence.journeys[0];
        journey.plate = Some(fixture::other_plate());
        journey.tampered = true;
        journey.fixes.drain(8..25);
        let w = Words::of(Language::Zh);
        let tracks = tracks(&record_of(&passage), w);
        let track = &tracks[0];
        assert_eq!(
            (track.bound_tone.word, track.flags[0].word),
            ("不一致", "报告被破坏")
        );
        assert!(track.bound.iter().any(|piece| piece.differs));
        assert_eq!(track.silences.len(), 1);
        assert_eq!(
            (
                track.silences[0].lasting.as_str(),
                track.silences[0].tone.word
            ),
            ("18 min", "超限")
        );
        let plan = track.plan.as_ref().unwrap();
        assert_eq!((plan.lines.len(), plan.silences.len()), (2, 1));
    }

    #[test]
    fn places_all_over_the_globe_or_none_at_all_break_nothing() {
        let mut passage = fixture::clean();
        let w = Words::of(Language::En);
        let fixes = &mut passage.evidence.journeys[0].fixes;
        fixes[0].point = GeoPoint::new(-900_000_000, -1_800_000_000).unwrap();
        fixes[1].point = GeoPoint::new(900_000_000, 1_800_000_000).unwrap();
        let plan = format!("{:?}", tracks(&record_of(&passage), w)[0].plan);
        assert!(!plan.contains("NaN") && !plan.contains("inf"), "{plan}");
        passage.evidence.journeys[0].fixes.clear();
        let none = &tracks(&record_of(&passage), w)[0];
        assert!(none.axis.is_none());
        assert!(none.plan.is_some(), "the route is drawn still");
    }
}
