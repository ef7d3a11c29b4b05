//! Figures → a page.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::figures::{CONTRAST_MIN, Figures, Share};

/// The value a share of `values` does not exceed.
fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = (sorted.len().saturating_sub(1)) as f64 * share;
    sorted.get(at.round() as usize).copied().unwrap_or(f64::NAN)
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// Share of `found` above what only `alarms` of `clean` exceed.
fn at_alarms(clean: &[f64], found: &[f64], alarms: f64) -> f64 {
    let limit = quantile(clean, 1.0 - alarms);
    let above = found.iter().filter(|&&value| value > limit).count();
    100.0 * above as f64 / found.len().max(1) as f64
}

fn verdict(holds: bool) -> &'static str {
    if holds { "holds" } else { "MISSED" }
}

/// A line of the table; `holds` where there is a bar.
struct Row {
    name: &'static str,
    bar: &'static str,
    measured: String,
    holds: Option<bool>,
}

fn row(name: &'static str, bar: &'static str, measured: String, holds: bool) -> Row {
    Row {
        name,
        bar,
        measured,
        holds: Some(holds),
    }
}

fn plain(name: &'static str, measured: String) -> Row {
    Row {
        name,
        bar: "",
        measured,
        holds: None,
    }
}

fn counted(share: Share) -> String {
    format!("{:.1} % ({} of {})", share.percent(), share.found, share.of)
}

fn empty_rows(figures: &Figures) -> Vec<Row> {
    let loads = figures.loads;
    let alarms = figures.empty_alarms;
    let small = figures.small;
    let at_one = at_alarms(&figures.empty_contrasts, &figures.small_contrasts, 0.01);
    vec![
        row(
            "loads found",
            ">= 99.5 %",
            counted(loads),
            loads.percent() >= 99.5,
        ),
        row(
            "empty container called loaded",
            "<= 0.5 %",
            counted(alarms),
            alarms.percent() <= 0.5,
        ),
        row(
            "1 kg, 1 l alone in a container, at the limit as shipped",
            ">= 90 %",
            counted(small),
            small.percent() >= 90.0 && alarms.percent() <= 1.0,
        ),
        row(
            "the same at exactly 1 % alarms on these empties",
            ">= 90 %",
            format!("{at_one:.1} %"),
            at_one >= 90.0,
        ),
    ]
}

fn hidden_rows(figures: &Figures) -> Vec<Row> {
    let (hidden, alarms) = (figures.hidden, figures.false_alarms);
    let at = |share| at_alarms(&figures.clean_odds, &figures.hidden_odds, share);
    vec![
        row(
            "hidden object that can be seen, at the limit as shipped",
            ">= 90 %",
            counted(hidden),
            hidden.percent() >= 90.0,
        ),
        row(
            "clean load called suspicious",
            "<= 6 %",
            counted(alarms),
            alarms.percent() <= 6.0,
        ),
        row(
            "hidden object at exactly 6 % alarms on these loads",
            ">= 90 %",
            format!("{:.1} %", at(0.06)),
            at(0.06) >= 90.0,
        ),
        plain(
            "hidden object at exactly 1 % alarms",
            format!("{:.1} %", at(0.01)),
        ),
        plain("the frame is at the object", counted(figures.hidden_place)),
        plain(
            "object that cannot be seen, reported all the same",
            counted(figures.hidden_unseen),
        ),
    ]
}

fn measured_rows(figures: &Figures) -> Vec<Row> {
    let mass = 100.0 * quantile(&figures.mass_errors, 0.5);
    let mass_high = 100.0 * quantile(&figures.mass_errors, 0.9);
    let loads = figures.mass_errors.len();
    let fill = mean(&figures.fill_errors);
    let slow = quantile(&figures.milliseconds, 0.95);
    let usual = quantile(&figures.milliseconds, 0.5);
    vec![
        row(
            "mass by integral, penetrated loads, median error",
            "<= 5 %",
            format!("{mass:.1} % (p90 {mass_high:.1} %, {loads} loads)"),
            mass <= 5.0,
        ),
        plain(
            "mass not penetrated everywhere: a lower bound, and one",
            counted(figures.mass_least),
        ),
        row(
            "fill, mean error",
            "<= 0.030",
            format!("{fill:.3}"),
            fill <= 0.03,
        ),
        plain(
            "centre of gravity, median error of the length",
            format!("{:.3}", quantile(&figures.centre_errors, 0.5)),
        ),
        plain("density class, 4 classes", counted(figures.density)),
        plain("chapter, 14 kinds of goods", counted(figures.chapter)),
        row(
            "image to findings, p95",
            "<= 300 ms",
            format!("{slow:.0} ms (median {usual:.0} ms)"),
            slow <= 300.0,
        ),
        plain("container not found", figures.no_container.to_string()),
    ]
}

/// The figures as Markdown.
pub(crate) fn report(figures: &Figures, seed: u64, count: u64, engine: &str) -> String {
    let mut text = format!(
        "Seed {seed}, {count} generated scans, engine {engine}, one thread.\n\n\
         | measure | bar | measured | |\n|---|---|---|---|\n"
    );
    let rows = [
        empty_rows(figures),
        hidden_rows(figures),
        measured_rows(figures),
    ];
    for Row {
        name,
        bar,
        measured,
        holds,
    } in rows.into_iter().flatten()
    {
        let holds = holds.map_or("", verdict);
        let _ = writeln!(text, "| {name} | {bar} | {measured} | {holds} |");
    }
    by(
        &mut text,
        "Hidden objects found, by material",
        &figures.hidden_by_material,
    );
    by(
        &mut text,
        "Hidden objects found, by goods around",
        &figures.hidden_by_goods,
    );
    by(
        &mut text,
        "Clean loads called suspicious, by goods",
        &figures.false_by_goods,
    );
    let _ = writeln!(text, "\nMass error by goods (mean, penetrated loads):\n");
    for (goods, errors) in &figures.mass_by_goods {
        let error = 100.0 * mean(errors);
        let _ = writeln!(text, "- {goods}: {error:+.1} % of {} loads", errors.len());
    }
    text
}

fn by(text: &mut String, title: &str, shares: &BTreeMap<&'static str, Share>) {
    let _ = writeln!(text, "\n{title}:\n");
    for (name, share) in shares {
        let _ = writeln!(
            text,
            "- {name}: {:.0} % ({} of {})",
            share.percent(),
            share.found,
            share.of
        );
    }
}

/// The page that is kept.
pub(crate) fn page(report: &str, figures: &Figures) -> String {
    let mut page = format!(
        "# Scans: what is measured\n\n\
         Every scan here is generated: no image of a real scanner was at hand. The figures tell how\n\
         the examiner does on a model of the physics, not how it does at a gate. They were made by\n\
         `cargo run --release -p sim --bin scan-report -- --write docs` with a seed that nothing was\n\
         trained or set with, and with wider ranges than those of training: another spectrum, other\n\
         walls, noise, blur, densities, ways to load, sizes of objects.\n\n\
         An object can be seen, and is asked for, when its contrast is above {CONTRAST_MIN} times the noise of one\n\
         pixel and the beam comes through; what a scanner cannot see is counted apart.\n\n{report}\n\
         ## Pictures\n\n"
    );
    for (name, _) in figures.pictures() {
        let title = name.trim_start_matches("scan-").trim_end_matches(".png");
        let _ = writeln!(page, "{title}\n\n![{title}]({name})\n");
    }
    page
}
