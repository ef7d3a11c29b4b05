//! `kakou-region statistics`: a period → the tables and warnings that the API gives, printed.

use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use clap::ValueEnum;
use comfy_table::Table;
use comfy_table::presets::NOTHING;
use domain::time::Timestamp;
use region::config::Config;
use region::http;
use region::questions::Questions;
use region::statistics::tables::{GroupRow, Statistics};
use region::wording::{self, Language};

/// Which period, which tables.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Configuration file.
    #[arg(long)]
    config: PathBuf,
    /// Beginning; 24 hours before the end if left out.
    #[arg(long)]
    since: Option<String>,
    /// End; now if left out.
    #[arg(long)]
    until: Option<String>,
    /// One table alone.
    #[arg(long, value_enum)]
    by: Option<By>,
    /// As JSON, as the API gives it.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    /// Rules that held.
    Rule,
    /// Sites.
    Premises,
    /// Companies.
    Company,
    /// Clerks and what they let go.
    Clerk,
    /// Times of steps.
    Step,
    /// Measured less expected weight by lane.
    Weight,
    /// Devices.
    Device,
    /// Faults and breaches of lanes.
    Fault,
    /// What has become worse in the 24 hours before the end.
    Warning,
}

fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// Counts and prints.
///
/// # Errors
/// In words.
pub(super) async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let time = |text: &Option<String>, or| match text {
        Some(text) => Timestamp::parse(text).with_context(|| format!("{text} is no time")),
        None => Ok(or),
    };
    let until = time(&arguments.until, now())?;
    let since = time(&arguments.since, until - Duration::from_secs(86_400))?;
    anyhow::ensure!(since <= until, "--since is after --until");
    let questions = Questions::open(&Config::read(&arguments.config)?.place).await?;
    questions
        .catch_up(|count| {
            if count >= 10_000 && count % 10_000 == 0 {
                eprintln!("{count} new events indexed");
            }
        })
        .await?;
    let statistics = http::count(&questions, since, until).await?.statistics;
    let warnings = http::look(&questions, until).await?;
    if arguments.json {
        let answer = serde_json::json!({ "statistics": statistics, "warnings": warnings });
        println!("{}", serde_json::to_string_pretty(&answer)?);
        return Ok(());
    }
    if arguments.by.is_none() {
        totals(&statistics);
    }
    for (by, table) in tables(&statistics) {
        let is_wanted = arguments.by.is_none_or(|wanted| wanted == by);
        if is_wanted && !table.is_empty() {
            println!("\n{table}");
        }
    }
    if arguments.by.is_none_or(|wanted| wanted == By::Warning) {
        println!();
        for warning in &warnings {
            println!("WARNING {}", wording::warning(warning, Language::En));
        }
        if warnings.is_empty() {
            println!("no warning: everything is like its own past");
        }
    }
    if !statistics.complete {
        eprintln!("the period holds too much; only a part is counted: ask for less");
    }
    Ok(())
}

fn totals(statistics: &Statistics) {
    println!("{} to {}", statistics.since, statistics.until);
    println!(
        "{} passages, {} held at first ({}), {} of them for customs alone, {} decided again",
        statistics.passages,
        statistics.held,
        percent(region::statistics::tables::permille(
            statistics.held,
            statistics.passages
        )),
        statistics.detained,
        statistics.repeated
    );
}

fn percent(permille: u64) -> String {
    format!("{}.{} %", permille / 10, permille % 10)
}

fn seconds(ms: f64) -> String {
    format!("{:.1} s", ms / 1_000.0)
}

fn table<const N: usize>(header: [&str; N], rows: impl Iterator<Item = [String; N]>) -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(header);
    for row in rows {
        table.add_row(row);
    }
    table
}

fn groups(header: &str, rows: &[GroupRow]) -> Table {
    let header = [header, "passages", "held", "customs alone", "held of all"];
    let row = |row: &GroupRow| {
        [
            row.name.clone(),
            row.passages.to_string(),
            row.held.to_string(),
            row.detained.to_string(),
            percent(row.held_permille),
        ]
    };
    table(header, rows.iter().map(row))
}

fn tables(statistics: &Statistics) -> Vec<(By, Table)> {
    vec![
        (By::Rule, rules(statistics)),
        (By::Premises, groups("site", &statistics.premises)),
        (By::Company, groups("company", &statistics.companies)),
        (By::Clerk, clerks(statistics)),
        (By::Step, steps(statistics)),
        (By::Weight, weights(statistics)),
        (By::Device, devices(statistics)),
        (By::Fault, faults(statistics)),
    ]
}

fn rules(statistics: &Statistics) -> Table {
    let rows = statistics.rules.iter().map(|row| {
        let reasons = row.reasons.iter().take(3);
        let told: Vec<String> = reasons
            .map(|reason| format!("{} {}", reason.reason, reason.held))
            .collect();
        [
            row.rule.clone(),
            row.held.to_string(),
            percent(row.held_permille),
            told.join(", "),
        ]
    });
    table(["rule", "held", "of all", "reasons"], rows)
}

fn clerks(statistics: &Statistics) -> Table {
    let rows = statistics.clerks.iter().map(|row| {
        [
            row.clerk.clone(),
            row.cleared.to_string(),
            row.to_bay.to_string(),
            row.turned_away.to_string(),
            percent(row.cleared_permille),
        ]
    });
    let header = [
        "clerk",
        "let go",
        "to the bay",
        "turned away",
        "let go of all",
    ];
    table(header, rows)
}

fn steps(statistics: &Statistics) -> Table {
    let rows = statistics.steps.iter().map(|row| {
        [
            wording::step(row.step, Language::En).to_owned(),
            row.count.to_string(),
            seconds(row.median_ms),
            seconds(row.p90_ms),
        ]
    });
    table(["step", "count", "median", "9 of 10 within"], rows)
}

fn weights(statistics: &Statistics) -> Table {
    let rows = statistics.weights.iter().map(|row| {
        [
            format!("{} {}", row.gate, row.lane),
            row.count.to_string(),
            format!("{:+.0} kg", row.median_kg),
            format!("{:.0} kg", row.sigma_kg),
        ]
    });
    table(["lane", "weighed", "less expected", "spread"], rows)
}

fn devices(statistics: &Statistics) -> Table {
    let rows = statistics.devices.iter().map(|row| {
        [
            format!("{} {}", row.gate, row.device),
            row.failures.to_string(),
            seconds(row.down_ms as f64),
            row.rejected_frames.to_string(),
        ]
    });
    table(["device", "failures", "not live", "frames rejected"], rows)
}

fn faults(statistics: &Statistics) -> Table {
    let rows = statistics.faults.iter().map(|row| {
        [
            format!("{} {}", row.gate, row.lane),
            row.fault.clone(),
            row.count.to_string(),
        ]
    });
    table(["lane", "fault or breach", "count"], rows)
}
