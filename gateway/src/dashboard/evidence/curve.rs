//! A trace of the scale and the numbers of a decision → coordinates of a drawing, which the
//! template writes as SVG. Knows where things stand, not how they look.

use domain::event::DecisionRecord;
use domain::evidence::{Weighing, WeightEvidence};
use domain::mass::Mass;

use super::figures::{Scale, grouped, kg, px};
use super::terms;
use super::weighing::{self, Quantity};
use super::words::Words;

/// Size of the drawing, as the template's view box has it.
const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 260.0;
const LEFT: f64 = 66.0;
const RIGHT: f64 = WIDTH - 14.0;
const TOP: f64 = 22.0;
const BOTTOM: f64 = HEIGHT - 30.0;
/// Most points of the line.
const POINTS_MAX: usize = 600;
/// Most weighings that are drawn.
const WEIGHINGS_MAX: usize = 12;

/// What the scale showed at one moment of the stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::dashboard) struct TracePoint {
    /// Milliseconds since the vehicle arrived.
    pub(in crate::dashboard) since_open_ms: u32,
    /// Grams.
    pub(in crate::dashboard) grams: i64,
}

/// The weight of a passage.
#[derive(Debug)]
pub(super) struct WeightPart {
    /// Why there is no weight, if so.
    pub(super) missing: Option<&'static str>,
    /// The course of the scale is known.
    pub(super) is_traced: bool,
    /// The numbers.
    pub(super) quantities: Vec<Quantity>,
    /// The drawing; `None` if there is nothing to draw.
    pub(super) plot: Option<WeightPlot>,
}

/// The drawing.
#[derive(Debug)]
pub(super) struct WeightPlot {
    /// What it shows, for those who do not see it.
    pub(super) label: String,
    /// Points of the course.
    pub(super) course: String,
    /// Where the value stood still.
    pub(super) spans: Vec<Span>,
    /// The weighings.
    pub(super) dots: Vec<Dot>,
    /// The gross that counts.
    pub(super) counted: Option<Level>,
    /// What was expected.
    pub(super) expected: Option<Zone>,
    /// Seconds.
    pub(super) ticks_x: Vec<Tick>,
    /// Kilograms.
    pub(super) ticks_y: Vec<Tick>,
}

/// A stretch of time.
#[derive(Debug)]
pub(super) struct Span {
    pub(super) x: String,
    pub(super) width: String,
    pub(super) label: String,
}

/// A weighing.
#[derive(Debug)]
pub(super) struct Dot {
    pub(super) x: String,
    pub(super) y: String,
    pub(super) counts: bool,
}

/// A line from side to side with its text.
#[derive(Debug)]
pub(super) struct Level {
    pub(super) y: String,
    pub(super) text_y: String,
    pub(super) label: String,
}

/// The expected gross with its tolerances.
#[derive(Debug)]
pub(super) struct Zone {
    pub(super) line: Level,
    pub(super) pass_y: String,
    pub(super) pass_height: String,
    pub(super) review_y: String,
    pub(super) review_height: String,
}

/// A tick of an axis.
#[derive(Debug)]
pub(super) struct Tick {
    pub(super) at: String,
    pub(super) label: String,
}

impl WeightPart {
    pub(super) fn new(record: &DecisionRecord, trace: &[TracePoint], w: &'static Words) -> Self {
        let missing = match &record.evidence.weight {
            WeightEvidence::None(cause) => Some(terms::no_weight(*cause, w.language())),
            WeightEvidence::Measured(_) => None,
        };
        Self {
            missing,
            is_traced: !trace.is_empty(),
            quantities: weighing::quantities(record, w),
            plot: plot(record, trace, w),
        }
    }
}

/// Seconds from the arrival to a weighing; before it, less than zero.
fn seconds(record: &DecisionRecord, weighing: &Weighing) -> f64 {
    let opened = record.evidence.opened.at.as_micros();
    weighing.at.at.as_micros().saturating_sub(opened) as f64 / 1e6
}

fn plot(record: &DecisionRecord, trace: &[TracePoint], w: &'static Words) -> Option<WeightPlot> {
    let all = weighing::weighings(record);
    let weighings = &all[all.len().saturating_sub(WEIGHINGS_MAX)..];
    if trace.is_empty() && weighings.is_empty() {
        return None;
    }
    let course = thinned(trace, POINTS_MAX);
    let expected = weighing::expected(record);
    let stay = record.evidence.frozen.at.since(record.evidence.opened.at);
    let ends_s = course
        .iter()
        .map(|point| f64::from(point.since_open_ms) / 1e3)
        .chain(weighings.iter().map(|one| seconds(record, one)));
    let last_s = ends_s.fold(stay.as_secs_f64(), f64::max);
    let zone_kg = expected.and_then(|expected| {
        let most = expected.gross? + expected.review_up_to;
        Some(most.grams() as f64 / 1e3)
    });
    let values_kg = || {
        let course = course.iter().map(|point| point.grams as f64 / 1e3);
        course.chain(weighings.iter().map(|one| one.gross.grams() as f64 / 1e3))
    };
    let most_kg = values_kg().chain(zone_kg).fold(1.0, f64::max);
    let least_kg = values_kg().fold(0.0, f64::min);
    let across = Scale::new((0.0, last_s.max(1.0)), (LEFT, RIGHT));
    let upright = Scale::new((least_kg, most_kg * 1.06), (BOTTOM, TOP));
    let tick = |at: f64, label: String| Tick { at: px(at), label };
    let counted = weighings.last().map(|last| {
        let y = upright.at(last.gross.grams() as f64 / 1e3);
        level(y, y - 5.0, format!("{} {}", w.measured, kg(last.gross)))
    });
    let expected = expected.and_then(|expected| zone(&expected, &upright, w));
    let told = counted.iter().map(|level| level.label.as_str());
    let told = told.chain(expected.iter().map(|zone| zone.line.label.as_str()));
    let label = told.fold(w.weight_curve.to_owned(), |text, one| text + "; " + one);
    Some(WeightPlot {
        label,
        course: line(&course, &across, &upright),
        spans: spans(record, weighings, &across, w),
        dots: dots(record, weighings, (&across, &upright)),
        counted,
        expected,
        ticks_x: across
            .ticks(8)
            .into_iter()
            .map(|s| tick(across.at(s), format!("{s:.0}")))
            .collect(),
        ticks_y: upright
            .ticks(5)
            .into_iter()
            .filter(|kg| *kg >= 0.0)
            .map(|kg| tick(upright.at(kg), grouped(kg.round() as u64)))
            .collect(),
    })
}

fn level(y: f64, text_y: f64, label: String) -> Level {
    Level {
        y: px(y),
        text_y: px(text_y),
        label,
    }
}

fn zone(expected: &weighing::Expected, upright: &Scale, w: &'static Words) -> Option<Zone> {
    let gross = expected.gross?;
    let at = |mass: Mass| upright.at(mass.grams() as f64 / 1e3);
    let band = |distance: Mass| {
        let (top, bottom) = (at(gross + distance), at(gross - distance));
        (px(top), px(bottom - top))
    };
    let (pass_y, pass_height) = band(expected.tolerance);
    let (review_y, review_height) = band(expected.review_up_to);
    let y = at(gross);
    let label = format!(
        "{} {} ± {}",
        w.worked_out,
        kg(gross),
        kg(expected.tolerance)
    );
    Some(Zone {
        line: level(y, y + 13.0, label),
        pass_y,
        pass_height,
        review_y,
        review_height,
    })
}

fn line(course: &[TracePoint], across: &Scale, upright: &Scale) -> String {
    let mut text = String::with_capacity(course.len() * 12);
    for point in course {
        let x = across.at(f64::from(point.since_open_ms) / 1e3);
        let y = upright.at(point.grams as f64 / 1e3);
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&format!("{},{}", px(x), px(y)));
    }
    text
}

/// The value stood for so long when the last frame of the weighing came.
fn spans(
    record: &DecisionRecord,
    weighings: &[Weighing],
    across: &Scale,
    w: &'static Words,
) -> Vec<Span> {
    let span = |one: &Weighing| {
        let until = seconds(record, one);
        let (left, right) = (
            across.at(until - f64::from(one.stable_for_ms) / 1e3),
            across.at(until),
        );
        Span {
            x: px(left),
            width: px((right - left).max(1.0)),
            label: format!("{} {}", w.stable, weighing::stable_text(one.stable_for_ms)),
        }
    };
    weighings.iter().map(span).collect()
}

fn dots(
    record: &DecisionRecord,
    weighings: &[Weighing],
    (across, upright): (&Scale, &Scale),
) -> Vec<Dot> {
    let count = weighings.len();
    let dot = |(index, one): (usize, &Weighing)| Dot {
        x: px(across.at(seconds(record, one))),
        y: px(upright.at(one.gross.grams() as f64 / 1e3)),
        counts: index + 1 == count,
    };
    weighings.iter().enumerate().map(dot).collect()
}

/// At most `points_max` points: of each stretch the lowest and the highest, so that no peak is
/// lost.
fn thinned(trace: &[TracePoint], points_max: usize) -> Vec<TracePoint> {
    if trace.len() <= points_max {
        return trace.to_vec();
    }
    let stretch = trace.len().div_ceil(points_max / 2);
    let mut points = Vec::with_capacity(points_max);
    for part in trace.chunks(stretch) {
        let low = part.iter().min_by_key(|point| point.grams);
        let high = part.iter().max_by_key(|point| point.grams);
        let mut ends: Vec<TracePoint> = low.into_iter().chain(high).copied().collect();
        ends.sort_by_key(|point| point.since_open_ms);
        ends.dedup();
        points.extend(ends);
    }
    points
}

#[cfg(test)]
mod tests {
    use super::super::tests::record_of;
    use super::*;
    use decision::fixture;
    use domain::evidence::NoWeight;
    use domain::reason::Language;

    fn rise(points: u32) -> Vec<TracePoint> {
        let point = |n: u32| TracePoint {
            since_open_ms: n * 10,
            grams: i64::from(n.min(1_000)) * 39_700,
        };
        (0..points).map(point).collect()
    }

    #[test]
    fn no_peak_is_lost_when_a_trace_is_thinned() {
        let mut trace = rise(50_000);
        trace[31_234].grams = 99_000_000;
        trace[31_235].grams = -5;
        let thin = thinned(&trace, POINTS_MAX);
        assert!(thin.len() <= POINTS_MAX, "{}", thin.len());
        assert!(thin.contains(&trace[31_234]) && thin.contains(&trace[31_235]));
        assert!(thin.is_sorted_by_key(|point| point.since_open_ms));
        assert_eq!(thinned(&trace[..3], POINTS_MAX), trace[..3]);
    }

    #[test]
    fn the_counted_gross_lies_on_the_line_that_is_expected() {
        let record = record_of(&fixture::clean());
        let part = WeightPart::new(&record, &rise(1_500), Words::of(Language::En));
        let plot = part.plot.unwrap();
        let counted = plot.counted.unwrap();
        let expected = plot.expected.unwrap();
        assert_eq!(counted.y, expected.line.y);
        assert_eq!(counted.label, "measured 39,700 kg");
        assert_eq!(expected.line.label, "expected 39,700 kg ± 1,025 kg");
        assert_eq!((plot.dots.len(), plot.dots[0].counts), (1, true));
        assert_eq!(plot.spans[0].label, "stable 1.5 s");
        assert!(plot.course.len() > 1_000 && part.is_traced);
    }

    #[test]
    fn without_a_trace_the_weighings_are_drawn_and_without_both_nothing() {
        let w = Words::of(Language::Zh);
        let mut passage = fixture::clean();
        let part = WeightPart::new(&record_of(&passage), &[], w);
        assert!(part.plot.unwrap().course.is_empty() && !part.is_traced);
        passage.evidence.weight = WeightEvidence::None(NoWeight::ZeroFault);
        let part = WeightPart::new(&record_of(&passage), &[], w);
        assert!(part.plot.is_none());
        assert_eq!(part.missing, Some("无重量：上磅前未归零"));
        // Nonsense of a scale is drawn at the edge, never outside.
        let wild = [i64::MIN, i64::MAX, 0].map(|grams| TracePoint {
            since_open_ms: u32::MAX,
            grams,
        });
        let plot = WeightPart::new(&record_of(&passage), &wild, w)
            .plot
            .unwrap();
        assert!(!plot.course.contains("NaN") && !plot.course.contains("inf"));
    }
}
