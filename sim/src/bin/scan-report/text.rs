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

/// The figures as a Markdown table.
pub(crate) fn report(figures: &Figures, seed: u64, count: u64, engine: &str) -> String {
    let mut text = format!(
        "Seed {seed}, {count} generated scans, engine {engine}, one thread.\n\n\
         | measure | bar | measured | |\n|---|---|---|---|\n"
    );
    let mut row = |name: &str, bar: &str, value: String, holds: Option<bool>| {
        let holds = holds.map_or("", verdict);
        let _ = writeln!(text, "| {name} | {bar} | {value} | {holds} |");
    };
    let share =
        |share: Share| format!("{:.1} % ({} of {})", share.percent(), share.found, share.of);
    let empty = figures.empty_alarms.percent();
    row(
        "loads found",
        ">= 99.5 %",
        share(figures.loads),
        Some(figures.loads.percent() >= 99.5),
    );
    row(
        "empty container called loaded",
        "<= 0.5 %",
        share(figures.empty_alarms),
        Some(empty <= 0.5),
    );
    row(
        "1 kg, 1 l alone in a container, at the limit as shipped",
        ">= 90 %",
        share(figures.small),
        Some(figures.small.percent() >= 90.0 && empty <= 1.0),
    );
    let small = at_alarms(&figures.empty_contrasts, &figures.small_contrasts, 0.01);
    row(
        "the same at exactly 1 % alarms on these empties",
        ">= 90 %",
        format!("{small:.1} %"),
        Some(small >= 90.0),
    );
    let hidden = figures.hidden.percent();
    let alarms = figures.false_alarms.percent();
    let name = format!(
        "hidden object found, contrast to noise > {CONTRAST_MIN}, penetrated, at the limit as shipped"
    );
    row(
        &name,
        ">= 90 %",
        share(figures.hidden),
        Some(hidden >= 90.0),
    );
    row(
        "clean load called suspicious",
        "<= 6 %",
        share(figures.false_alarms),
        Some(alarms <= 6.0),
    );
    let at_six = at_alarms(&figures.clean_odds, &figures.hidden_odds, 0.06);
    row(
        "hidden object at exactly 6 % alarms on these loads",
        ">= 90 %",
        format!("{at_six:.1} %"),
        Some(at_six >= 90.0),
    );
    let at_one = at_alarms(&figures.clean_odds, &figures.hidden_odds, 0.01);
    row(
        "hidden object at exactly 1 % alarms",
        "",
        format!("{at_one:.1} %"),
        None,
    );
    row(
        "the frame is at the object",
        "",
        share(figures.hidden_place),
        None,
    );
    row(
        "object too faint or not penetrated, reported all the same",
        "",
        share(figures.hidden_unseen),
        None,
    );
    let mass = 100.0 * quantile(&figures.mass_errors, 0.5);
    row(
        "mass by integral, penetrated loads, median error",
        "<= 5 %",
        format!(
            "{mass:.1} % (p90 {:.1} %, {} loads)",
            100.0 * quantile(&figures.mass_errors, 0.9),
            figures.mass_errors.len()
        ),
        Some(mass <= 5.0),
    );
    row(
        "mass not penetrated everywhere: given as a lower bound that is one",
        "",
        share(figures.mass_least),
        None,
    );
    let fill = mean(&figures.fill_errors);
    row(
        "fill, mean error",
        "<= 0.030",
        format!("{fill:.3}"),
        Some(fill <= 0.03),
    );
    row(
        "centre of gravity, median error of the length",
        "",
        format!("{:.3}", quantile(&figures.centre_errors, 0.5)),
        None,
    );
    row("density class, 4 classes", "", share(figures.density), None);
    row(
        "chapter, 14 kinds of goods",
        "",
        share(figures.chapter),
        None,
    );
    let slow = quantile(&figures.milliseconds, 0.95);
    row(
        "image to findings, p95",
        "<= 300 ms",
        format!(
            "{slow:.0} ms (median {:.0} ms)",
            quantile(&figures.milliseconds, 0.5)
        ),
        Some(slow <= 300.0),
    );
    row(
        "container not found",
        "",
        format!("{}", figures.no_container),
        None,
    );
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
        let _ = writeln!(
            text,
            "- {goods}: {:+.1} % of {} loads",
            100.0 * mean(errors),
            errors.len()
        );
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
         An object is asked for when its contrast is above {CONTRAST_MIN} times the noise of one\n\
         pixel and the beam comes through; what a scanner cannot see is counted apart.\n\n{report}\n\
         ## Pictures\n\n"
    );
    for (name, _) in figures.pictures() {
        let title = name.trim_start_matches("scan-").trim_end_matches(".png");
        let _ = writeln!(page, "{title}\n\n![{title}]({name})\n");
    }
    page
}
