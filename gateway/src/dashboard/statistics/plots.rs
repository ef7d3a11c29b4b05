//! Stretches of a report → bars and lines in the units of a drawing, which a template writes as
//! SVG. Knows classes, not colours: those are the style sheet's, for light and dark ground.

use domain::reason::Language;

use super::axis::{Scale, Tick, coordinate, slot};
use super::rows::{Report, StretchRow};
use super::words::Words;

/// Labels of the time axis.
const TIMES_MAX: usize = 7;

/// One bar, or a part of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bar {
    pub(super) x: String,
    pub(super) y: String,
    pub(super) width: String,
    pub(super) height: String,
    /// Class, and the name of its hatching.
    pub(super) kind: &'static str,
    /// Its numbers in words.
    pub(super) title: String,
}

/// A line without a hole, or a single point.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    pub(super) kind: &'static str,
    /// `x,y` pairs.
    pub(super) points: String,
    /// Where the only point is, if there is but one.
    pub(super) dot: Option<(String, String)>,
}

/// A name in the legend.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Key {
    pub(super) kind: &'static str,
    pub(super) name: String,
}

/// A drawing.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plot {
    /// For references within the page.
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) description: String,
    pub(super) legend: Vec<Key>,
    pub(super) values: Vec<Tick>,
    pub(super) times: Vec<Tick>,
    pub(super) bars: Vec<Bar>,
    pub(super) lines: Vec<Line>,
    /// There is nothing to draw.
    pub(super) is_empty: bool,
}

/// The drawings of a report, in the order of the page.
pub(super) fn all(report: &Report, language: Language) -> Vec<Plot> {
    let w = Words::of(language);
    vec![passages(report, w), queue(report, w), times(report, w)]
}

fn passages(report: &Report, w: &Words) -> Plot {
    let stretches = &report.stretches;
    let most = stretches.iter().map(verdicts_of).max().unwrap_or(0);
    let scale = Scale::over(most as f64);
    let mut bars = Vec::new();
    for (index, stretch) in stretches.iter().enumerate() {
        let (x, width) = slot(index, stretches.len());
        let mut below = 0;
        for (kind, name, count) in [
            ("release", w.release, stretch.all.release),
            ("review", w.review, stretch.all.review),
            ("detain", w.detain, stretch.all.detain),
        ] {
            if count == 0 {
                continue;
            }
            let (low, high) = (scale.y(below as f64), scale.y((below + count) as f64));
            below += count;
            bars.push(Bar {
                x: coordinate(x + width * 0.1),
                y: coordinate(high),
                width: coordinate(width * 0.8),
                height: coordinate(low - high),
                kind,
                title: format!("{} · {name} {count}", minute(&stretch.begins)),
            });
        }
    }
    let legend = [
        ("release", w.release),
        ("review", w.review),
        ("detain", w.detain),
    ];
    Plot {
        id: "plot-passages",
        title: w.passages,
        description: described(w, &legend),
        legend: keys(&legend),
        values: scale.ticks(),
        times: times_of(report),
        is_empty: bars.is_empty(),
        bars,
        lines: Vec::new(),
    }
}

fn verdicts_of(stretch: &StretchRow) -> u64 {
    stretch.all.release + stretch.all.review + stretch.all.detain
}

fn queue(report: &Report, w: &Words) -> Plot {
    let watched = |stretch: &StretchRow| stretch.queue.mean_permille.is_some();
    let most: Vec<Option<f64>> = report
        .stretches
        .iter()
        .map(|stretch| watched(stretch).then_some(stretch.queue.most as f64))
        .collect();
    let mean: Vec<Option<f64>> = report
        .stretches
        .iter()
        .map(|stretch| {
            stretch
                .queue
                .mean_permille
                .map(|mean| mean as f64 / 1_000.0)
        })
        .collect();
    let legend = [("most", w.queue_most), ("mean", w.queue_mean)];
    lined("plot-queue", w.queue, report, w, &legend, [most, mean])
}

fn times(report: &Report, w: &Words) -> Plot {
    let seconds = |of: fn(&StretchRow) -> Option<u64>| -> Vec<Option<f64>> {
        let values = report.stretches.iter().map(of);
        values.map(|ms| ms.map(|ms| ms as f64 / 1_000.0)).collect()
    };
    let most = seconds(|stretch| stretch.whole_p95_ms);
    let half = seconds(|stretch| stretch.whole_p50_ms);
    let legend = [("most", w.most), ("mean", w.half)];
    let mut plot = lined("plot-times", w.times, report, w, &legend, [most, half]);
    for key in &mut plot.legend {
        key.name = format!("{} ({})", key.name, w.seconds);
    }
    plot
}

fn lined(
    id: &'static str,
    title: &'static str,
    report: &Report,
    w: &Words,
    legend: &[(&'static str, &'static str); 2],
    values: [Vec<Option<f64>>; 2],
) -> Plot {
    let most = values
        .iter()
        .flatten()
        .flatten()
        .copied()
        .fold(0.0, f64::max);
    let scale = Scale::over(most);
    let mut lines = Vec::new();
    for (&(kind, _), values) in legend.iter().zip(&values) {
        for run in runs(values) {
            let points: Vec<(String, String)> = run
                .iter()
                .map(|(index, value)| {
                    let (x, width) = slot(*index, values.len());
                    (coordinate(x + width / 2.0), coordinate(scale.y(*value)))
                })
                .collect();
            lines.push(Line {
                kind,
                points: points
                    .iter()
                    .map(|(x, y)| format!("{x},{y}"))
                    .collect::<Vec<_>>()
                    .join(" "),
                dot: points.first().filter(|_| points.len() == 1).cloned(),
            });
        }
    }
    Plot {
        id,
        title,
        description: described(w, legend),
        legend: keys(legend),
        values: scale.ticks(),
        times: times_of(report),
        is_empty: lines.is_empty(),
        bars: Vec::new(),
        lines,
    }
}

/// Stretches without a hole, each point with its place.
fn runs(values: &[Option<f64>]) -> Vec<Vec<(usize, f64)>> {
    let mut runs: Vec<Vec<(usize, f64)>> = Vec::new();
    let mut broken = true;
    for (index, value) in values.iter().enumerate() {
        let Some(value) = value else {
            broken = true;
            continue;
        };
        match runs.last_mut().filter(|_| !broken) {
            Some(run) => run.push((index, *value)),
            None => runs.push(vec![(index, *value)]),
        }
        broken = false;
    }
    runs
}

fn times_of(report: &Report) -> Vec<Tick> {
    let count = report.stretches.len();
    let every = count.div_ceil(TIMES_MAX).max(1);
    let is_long = report.stretch_s >= 12 * 3_600 || count as u64 * report.stretch_s > 2 * 86_400;
    report
        .stretches
        .iter()
        .enumerate()
        .step_by(every)
        .map(|(index, stretch)| {
            let text = minute(&stretch.begins);
            let (day, time) = text.split_once(' ').unwrap_or((&text, ""));
            let label = if is_long { day.get(5..) } else { Some(time) };
            Tick {
                at: coordinate(slot(index, count).0),
                label: label.unwrap_or(day).to_owned(),
            }
        })
        .collect()
}

/// `2026-03-01 08:00` of an RFC 3339 time.
pub(super) fn minute(at: &str) -> String {
    at.get(..16).unwrap_or(at).replace('T', " ")
}

fn keys(legend: &[(&'static str, &'static str)]) -> Vec<Key> {
    let key = |&(kind, name): &(&'static str, &'static str)| Key {
        kind,
        name: name.to_owned(),
    };
    legend.iter().map(key).collect()
}

fn described(w: &Words, legend: &[(&'static str, &'static str)]) -> String {
    let names: Vec<&str> = legend.iter().map(|(_, name)| *name).collect();
    format!("{} — {}", names.join(" / "), w.plot_table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_where_nothing_was_seen() {
        let values = [None, Some(1.0), Some(2.0), None, None, Some(3.0)];
        assert_eq!(runs(&values), [vec![(1, 1.0), (2, 2.0)], vec![(5, 3.0)]]);
        assert!(runs(&[None]).is_empty());
    }
}
