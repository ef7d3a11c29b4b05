//! Counts → a report in Markdown.

use std::fmt::Write as _;

use sim::pictures::{Conditions, View};

use super::tally::{Counts, Group, Listed, PRESENT_MIN, Tally};

/// What was run.
pub(crate) struct Title {
    pub(crate) count: u64,
    pub(crate) first_seed: u64,
    pub(crate) threads: u64,
    pub(crate) conditions: &'static str,
    pub(crate) engine: &'static str,
    pub(crate) numbers_only: bool,
}

pub(crate) fn markdown(title: &Title, tally: &Tally) -> String {
    let mut text = String::new();
    write_all(&mut text, title, tally).expect("writing into a string does not fail");
    text
}

fn write_all(text: &mut String, title: &Title, tally: &Tally) -> std::fmt::Result {
    writeln!(
        text,
        "# Soak of the picture reader\n\n\
         {} rendered pictures of 1920 x 1080, seeds from {}, {} conditions, {}, {} thread(s). Made by\n\n\
         ```\ncargo run -p sim --bin picture-soak -- --count {} --seed {} --conditions {}{}\n```\n",
        title.count,
        title.first_seed,
        title.conditions,
        title.engine,
        title.threads,
        title.count,
        title.first_seed,
        title.conditions,
        if title.numbers_only {
            " --numbers-only"
        } else {
            ""
        },
    )?;
    writeln!(
        text,
        "The pictures are synthetic (`sim/src/pictures`): they say how the reader behaves over many\n\
         numbers and conditions, not how good it is at a real gate; for that see\n\
         `docs/vision-report.md`. Which conditions are drawn, and how strong, stands at\n\
         `Conditions::{}` in `sim/src/pictures/conditions.rs`. Owner codes, serial numbers, provinces\n\
         and signs are drawn evenly from all that the forms allow.\n\n\
         - right: the text was read, accepted or not\n\
         - accepted: read right, and sure enough to be used without another view\n\
         - accepted and wrong: accepted, but written nowhere on the truck\n",
        title.conditions,
    )?;
    for (name, counts) in [
        ("Container numbers", tally.all.numbers),
        ("Plates", tally.all.plates),
    ] {
        writeln!(text, "{name}: {}.\n", sentence(counts))?;
    }
    writeln!(
        text,
        "| pictures | count | numbers | right | accepted | accepted and wrong | plates | right | accepted | accepted and wrong |\n\
         |---|---|---|---|---|---|---|---|---|---|"
    )?;
    row(text, "all", &tally.all)?;
    for (view, group) in View::ALL.iter().zip(&tally.by_view) {
        row(text, view.name(), group)?;
    }
    let names = Conditions::clear().strengths().map(|(name, _)| name);
    for (name, group) in names.iter().zip(&tally.by_condition) {
        row(text, &format!("{name} from {PRESENT_MIN}"), group)?;
    }
    times(text, tally)?;
    list(text, "Accepted and wrong", &tally.listed)?;
    list(
        text,
        "Not accepted, the first 25",
        &tally.missed[..tally.missed.len().min(25)],
    )
}

fn sentence(counts: Counts) -> String {
    let judged = counts.accepted + counts.wrong;
    // With no error among n, the true share is below 3 / n at 95 %.
    let bound = if counts.wrong == 0 && judged > 0 {
        format!(" (95 % bound {:.2} %)", 300.0 / judged as f64)
    } else {
        String::new()
    };
    format!(
        "{} of {} right, {} accepted, {} accepted and wrong{bound}",
        share(counts.exact, counts.texts),
        counts.texts,
        share(counts.accepted, counts.texts),
        counts.wrong,
    )
}

fn share(part: u64, of: u64) -> String {
    if of == 0 {
        "-".to_owned()
    } else {
        format!("{:.1} %", 100.0 * part as f64 / of as f64)
    }
}

fn row(text: &mut String, name: &str, group: &Group) -> std::fmt::Result {
    write!(text, "| {name} | {} |", group.pictures)?;
    for counts in [group.numbers, group.plates] {
        write!(
            text,
            " {} | {} | {} | {} |",
            counts.texts,
            share(counts.exact, counts.texts),
            share(counts.accepted, counts.texts),
            counts.wrong
        )?;
    }
    writeln!(text)
}

fn times(text: &mut String, tally: &Tally) -> std::fmt::Result {
    let mut sorted = tally.read_ms.clone();
    sorted.sort_by(f32::total_cmp);
    let at = |share: f64| {
        let last = sorted.len().saturating_sub(1);
        sorted
            .get((share * last as f64) as usize)
            .copied()
            .unwrap_or(0.0)
    };
    let count = sorted.len().max(1) as f64;
    let mean = sorted.iter().map(|&ms| f64::from(ms)).sum::<f64>() / count;
    writeln!(
        text,
        "\nReading a picture (decoding included) took {:.0} ms in the median, {:.0} ms\n\
         at 95 %, {mean:.0} ms in the mean; rendering it {:.0} ms.",
        at(0.5),
        at(0.95),
        tally.render_ms / count
    )
}

fn list(text: &mut String, title: &str, listed: &[Listed]) -> std::fmt::Result {
    writeln!(text, "\n## {title}\n")?;
    if listed.is_empty() {
        return writeln!(text, "None.");
    }
    writeln!(
        text,
        "| seed | camera | read | confidence | stands there | conditions |\n|---|---|---|---|---|---|"
    )?;
    for one in listed {
        let conditions: Vec<String> = one
            .conditions
            .strengths()
            .iter()
            .filter(|(_, strength)| *strength >= 0.05)
            .map(|(name, strength)| format!("{name} {strength:.2}"))
            .collect();
        writeln!(
            text,
            "| {} | {} | {} | {:.3} | {} | {} |",
            one.seed,
            one.view.name(),
            one.read,
            one.confidence,
            one.truth,
            conditions.join(", ")
        )?;
    }
    Ok(())
}
