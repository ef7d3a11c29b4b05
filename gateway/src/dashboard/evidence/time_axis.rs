//! A way and its time window → coordinates of a time axis: when the vehicle drove, stood, and was
//! not heard of. Knows where things stand, not how they look.

use domain::gate_pass::Corridor;
use domain::time::Timestamp;

use super::figures::{Scale, clock, px, time_ticks};
use super::track::MARKS_MAX;
use super::way::{Stay, Way};
use super::words::Words;

/// Width of the drawing, as the template's view box has it.
const WIDTH: f64 = 640.0;
/// Room on both sides.
const EDGE: f64 = 24.0;

/// What happened when.
#[derive(Debug)]
pub(super) struct TimeAxis {
    pub(super) driven: Vec<Bar>,
    pub(super) stops: Vec<Bar>,
    pub(super) silences: Vec<Bar>,
    pub(super) lines: Vec<NamedLine>,
    pub(super) ticks: Vec<AxisTick>,
}

/// A span on the time axis.
#[derive(Debug)]
pub(super) struct Bar {
    pub(super) x: String,
    pub(super) width: String,
}

/// A moment with its name.
#[derive(Debug)]
pub(super) struct NamedLine {
    pub(super) x: String,
    pub(super) name: &'static str,
    /// On the right half the text ends at the line.
    pub(super) anchor: &'static str,
    pub(super) text_y: String,
}

/// `08:00` on the time axis.
#[derive(Debug)]
pub(super) struct AxisTick {
    pub(super) x: String,
    pub(super) label: String,
}

/// The drawing; `None` without a fix.
pub(super) fn axis(
    way: &Way,
    corridor: Option<&Corridor>,
    arrived: Timestamp,
    w: &'static Words,
) -> Option<TimeAxis> {
    let first = way.points().next()?.at;
    let last = way.points().last()?.at.max(arrived);
    let micros = |at: Timestamp| at.as_micros() as f64;
    let scale = Scale::new((micros(first), micros(last)), (EDGE, WIDTH - EDGE));
    let bar = |from: Timestamp, until: Timestamp| {
        let (left, right) = (scale.at(micros(from)), scale.at(micros(until)));
        Bar {
            x: px(left),
            width: px((right - left).max(1.5)),
        }
    };
    let of = |stays: &[Stay]| -> Vec<Bar> {
        let stays = stays.iter().take(MARKS_MAX);
        stays.map(|stay| bar(stay.from, stay.until)).collect()
    };
    let driven = way.stretches.iter().take(MARKS_MAX).filter_map(|stretch| {
        let (first, last) = (stretch.first()?, stretch.last()?);
        Some(bar(first.at, last.at))
    });
    let window = corridor.map(|corridor| corridor.window);
    let moments = window
        .into_iter()
        .flat_map(|window| [(window.from, w.window_from), (window.until, w.window_until)])
        .chain([(arrived, w.arrival)]);
    let lines = moments.filter(|(at, _)| (first..=last).contains(at));
    let lines = lines.enumerate().map(|(index, (at, name))| {
        let x = scale.at(micros(at));
        NamedLine {
            x: px(x),
            name,
            anchor: if x > WIDTH / 2.0 { "end" } else { "start" },
            // One above the other, so that near moments can both be read.
            text_y: px(10.0 + 11.0 * index as f64),
        }
    });
    let ticks = time_ticks(first.as_seconds(), last.as_seconds()).into_iter();
    let ticks = ticks.map(Timestamp::from_seconds).map(|at| AxisTick {
        x: px(scale.at(micros(at))),
        label: clock(at),
    });
    Some(TimeAxis {
        driven: driven.collect(),
        stops: of(&way.stops),
        silences: of(&way.silences),
        lines: lines.collect(),
        ticks: ticks.collect(),
    })
}
