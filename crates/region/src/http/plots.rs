//! Series → drawings as SVG. They hold axes, lines and numbers alone: names stand in the page's
//! own legend, so that no text of a device gets into a drawing. Ink is the page's text colour.

use domain::policy::RuleId;
use domain::time::Timestamp;
use plotters::prelude::*;

use super::page::words::Words;
use crate::statistics::Series;
use crate::statistics::spread::Spread;
use crate::statistics::tables::permille;

const SIZE: (u32, u32) = (560, 240);
/// Replaced by the page's own text colour.
const INK: RGBColor = RGBColor(15, 15, 15);
const INK_TEXT: &str = "#0F0F0F";
/// Legible on light and on dark ground, and told apart by those who see red and green alike
/// (Okabe and Ito 2008, with a darker yellow). The page's style names the same ones.
const COLOURS: [RGBColor; 8] = [
    RGBColor(0, 142, 104),
    RGBColor(214, 142, 0),
    RGBColor(208, 74, 40),
    RGBColor(52, 134, 198),
    RGBColor(186, 104, 158),
    RGBColor(84, 164, 214),
    RGBColor(150, 140, 40),
    RGBColor(128, 128, 140),
];
/// Rules whose share is drawn.
const RULES_MAX: usize = 5;

/// A drawing with its legend.
#[derive(Debug)]
pub(super) struct Plot {
    /// Title.
    pub(super) title: &'static str,
    /// Unit of the upright axis.
    pub(super) unit: &'static str,
    /// Name and number of the colour.
    pub(super) legend: Vec<(usize, String)>,
    /// SVG; empty if there is nothing to draw.
    pub(super) svg: String,
}

/// A line through the middles of buckets; `None` breaks it.
type Line = Vec<Option<f64>>;

pub(super) fn all(series: &Series, words: &Words) -> Vec<Plot> {
    vec![
        passages(series, words),
        holds(series, words),
        times(series, words),
        weights(series, words),
    ]
}

fn passages(series: &Series, words: &Words) -> Plot {
    let stacks: Vec<[u64; 3]> = series
        .buckets
        .iter()
        .map(|bucket| [bucket.released, bucket.review, bucket.detained])
        .collect();
    let most = stacks.iter().map(|stack| stack.iter().sum::<u64>()).max();
    let most = most.unwrap_or(0);
    let svg = if most == 0 {
        String::new()
    } else {
        drawn(
            series,
            words.passages_plot,
            (0.0, most as f64 * 1.08),
            |chart| {
                let bars = stacks.iter().enumerate().flat_map(|(index, stack)| {
                    let mut from = 0;
                    stack.iter().enumerate().filter_map(move |(kind, count)| {
                        let below = from;
                        from += count;
                        let x = index as f64;
                        let corners = [(x + 0.1, below as f64), (x + 0.9, from as f64)];
                        (*count > 0).then(|| Rectangle::new(corners, COLOURS[kind].filled()))
                    })
                });
                chart.draw_series(bars).map(|_| ())
            },
        )
    };
    Plot {
        title: words.passages_plot,
        unit: words.per_bucket,
        legend: [words.release, words.review, words.detain]
            .into_iter()
            .map(str::to_owned)
            .enumerate()
            .collect(),
        svg,
    }
}

fn holds(series: &Series, words: &Words) -> Plot {
    let rules = series.rules_that_held_most(RULES_MAX);
    let line = |rule: &RuleId| -> Line {
        let share = series.buckets.iter().map(|bucket| {
            let held = bucket.rules.get(rule).copied().unwrap_or(0);
            let passages = bucket.passages();
            (passages > 0).then(|| permille(held, passages) as f64 / 10.0)
        });
        share.collect()
    };
    let lines: Vec<Line> = rules.iter().map(line).collect();
    Plot {
        title: words.holds_plot,
        unit: "%",
        legend: rules.iter().map(ToString::to_string).enumerate().collect(),
        svg: lined(series, words.holds_plot, &lines),
    }
}

fn times(series: &Series, words: &Words) -> Plot {
    let seconds = |ms: f64| ms / 1_000.0;
    let of = |pick: fn(&Spread) -> f64, spreads: &[Option<Spread>]| -> Line {
        let picked = spreads
            .iter()
            .map(|spread| spread.as_ref().map(pick).map(seconds));
        picked.collect()
    };
    let evidence: Vec<_> = series.buckets.iter().map(|b| b.evidence()).collect();
    let whole: Vec<_> = series.buckets.iter().map(|b| b.whole()).collect();
    let lines = [
        of(|spread| spread.median, &evidence),
        of(|spread| spread.p90, &evidence),
        of(|spread| spread.median, &whole),
        of(|spread| spread.p90, &whole),
    ];
    Plot {
        title: words.times_plot,
        unit: "s",
        legend: [
            words.evidence_median,
            words.evidence_p90,
            words.whole_median,
            words.whole_p90,
        ]
        .into_iter()
        .map(str::to_owned)
        .enumerate()
        .collect(),
        svg: lined(series, words.times_plot, &lines),
    }
}

fn weights(series: &Series, words: &Words) -> Plot {
    let lines: Vec<Line> = series
        .lanes
        .iter()
        .map(|lane| {
            let buckets = series.buckets.iter();
            buckets
                .map(|bucket| bucket.weight(lane).map(|spread| spread.median))
                .collect()
        })
        .collect();
    let lanes = series
        .lanes
        .iter()
        .map(|(gate, lane)| format!("{gate} {lane}"));
    Plot {
        title: words.weights_plot,
        unit: "kg",
        legend: lanes.enumerate().collect(),
        svg: lined(series, words.weights_plot, &tamed(&lines)),
    }
}

/// Values so many widths off the middle are drawn at the edge: one load declared wrong by tonnes
/// must not flatten everything else.
const WIDTHS_MAX: f64 = 20.0;

/// Wild values moved to the edge of the others.
fn tamed(lines: &[Line]) -> Vec<Line> {
    let values: Vec<f64> = lines.iter().flatten().flatten().copied().collect();
    let Some(spread) = Spread::of(values) else {
        return lines.to_vec();
    };
    let reach = WIDTHS_MAX * spread.sigma.max(spread.median.abs() * 0.05).max(1.0);
    let (low, high) = (spread.median - reach, spread.median + reach);
    let tame = |line: &Line| {
        line.iter()
            .map(|value| value.map(|v| v.clamp(low, high)))
            .collect()
    };
    lines.iter().map(tame).collect()
}

/// Lines with a range that shows zero and all of them.
fn lined(series: &Series, title: &str, lines: &[Line]) -> String {
    let values = || lines.iter().flatten().flatten().copied();
    let most = values().fold(0.0, f64::max);
    let least = values().fold(0.0, f64::min);
    if values().next().is_none() {
        return String::new();
    }
    let margin = ((most - least) * 0.08).max(0.5);
    let low = if least < 0.0 { least - margin } else { 0.0 };
    drawn(series, title, (low, most + margin), |chart| {
        for (index, line) in lines.iter().enumerate() {
            let colour = COLOURS[index % COLOURS.len()];
            for run in runs(line) {
                // A single point is no line.
                chart.draw_series(
                    run.iter()
                        .filter(|_| run.len() == 1)
                        .map(|point| Circle::new(*point, 2, colour.filled())),
                )?;
                chart.draw_series(LineSeries::new(run, colour.stroke_width(2)))?;
            }
        }
        Ok(())
    })
}

/// Stretches without a hole.
fn runs(line: &Line) -> Vec<Vec<(f64, f64)>> {
    let mut runs = vec![Vec::new()];
    for (index, value) in line.iter().enumerate() {
        match value {
            Some(value) => {
                let run = runs.last_mut().expect("never empty");
                run.push((index as f64 + 0.5, *value));
            }
            None => runs.push(Vec::new()),
        }
    }
    runs.retain(|run| !run.is_empty());
    runs
}

type Backend<'s> = SVGBackend<'s>;
type Chart<'c, 's> = ChartContext<
    'c,
    Backend<'s>,
    Cartesian2d<plotters::coord::types::RangedCoordf64, plotters::coord::types::RangedCoordf64>,
>;
type Drawing<'s> = Result<(), DrawingAreaErrorKind<<Backend<'s> as DrawingBackend>::ErrorType>>;

/// Axes, then what `draw` puts between them. Empty if the library refuses: a page without a
/// drawing is still a page.
fn drawn(
    series: &Series,
    title: &str,
    range: (f64, f64),
    draw: impl for<'c, 's> FnOnce(&mut Chart<'c, 's>) -> Drawing<'s>,
) -> String {
    let mut svg = String::new();
    let done = sketch(&mut svg, series, range, draw);
    if let Err(error) = done {
        tracing::warn!(error, "plot not drawn");
        return String::new();
    }
    let label = title.replace(['<', '>', '&', '"'], " ");
    svg.replacen(
        "<svg ",
        &format!("<svg role=\"img\" aria-label=\"{label}\" "),
        1,
    )
    .replace(INK_TEXT, "currentColor")
}

fn sketch(
    svg: &mut String,
    series: &Series,
    range: (f64, f64),
    draw: impl for<'c, 's> FnOnce(&mut Chart<'c, 's>) -> Drawing<'s>,
) -> Result<(), String> {
    let told = |error: &dyn std::fmt::Display| error.to_string();
    let area = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    let count = series.buckets.len() as f64;
    let mut chart = ChartBuilder::on(&area)
        .margin(6)
        .margin_right(14)
        .x_label_area_size(24)
        .y_label_area_size(44)
        .build_cartesian_2d(0.0..count, range.0..range.1)
        .map_err(|error| told(&error))?;
    let style = ("sans-serif", 11).into_font().color(&INK);
    let decimals = usize::from(range.1 - range.0 < 5.0);
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(INK.mix(0.14))
        .axis_style(INK.mix(0.5))
        .label_style(style)
        .x_labels(7)
        .y_labels(6)
        .x_label_formatter(&|x| clock(series, *x))
        .y_label_formatter(&|y| format!("{y:.decimals$}"))
        .draw()
        .map_err(|error| told(&error))?;
    draw(&mut chart).map_err(|error| told(&error))?;
    drop(chart);
    area.present().map_err(|error| told(&error))
}

/// `03-01` for days and longer, else `08:00`.
fn clock(series: &Series, x: f64) -> String {
    let index = if x < 0.0 { 0 } else { x as usize };
    let start: Timestamp = series.start(index);
    let text = start.to_string();
    let (day, time) = text.split_at_checked(10).unwrap_or((&text, ""));
    if series.width.as_secs() >= 10_800 {
        day.get(5..).unwrap_or(day).to_owned()
    } else {
        time.get(1..6).unwrap_or(time).to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn lines_break_where_nothing_was_measured() {
        let line = vec![None, Some(1.0), Some(2.0), None, Some(3.0)];
        assert_eq!(
            runs(&line),
            [vec![(1.5, 1.0), (2.5, 2.0)], vec![(4.5, 3.0)]]
        );
        assert!(runs(&vec![None]).is_empty());
    }

    #[test]
    fn a_drawing_has_the_pages_ink_and_an_empty_series_none() {
        let since = Timestamp::parse("2026-03-01T08:00:00Z").unwrap();
        let mut series = Series::new(since, since + Duration::from_secs(3_600));
        assert!(
            all(&series, &Words::EN)
                .iter()
                .all(|plot| plot.svg.is_empty())
        );
        series.buckets[3].released = 4;
        series.buckets[4].detained = 1;
        let plots = all(&series, &Words::EN);
        let svg = &plots[0].svg;
        assert!(svg.starts_with("<svg role=\"img\" aria-label=\"") && svg.contains("currentColor"));
        assert!(!svg.contains(INK_TEXT) && !svg.contains("style="));
        assert!(svg.contains("08:10"), "{svg}");
    }
}
