//! A tally → tables of bounded length, as they are printed, served and shown.

use std::collections::BTreeMap;

use domain::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::spread::Spread;
use super::tally::{Group, Place, Step, Tally};

/// A row of passages.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct GroupRow {
    /// Site or company.
    pub name: String,
    /// Passages decided.
    pub passages: u64,
    /// Held at first.
    pub held: u64,
    /// Of these for customs alone.
    pub detained: u64,
    /// Held of a thousand.
    pub held_permille: u64,
}

/// A row of one rule.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RuleRow {
    /// Rule, `R1` to `R19`.
    pub rule: String,
    /// Passages that it held at first.
    pub held: u64,
    /// Of a thousand passages.
    pub held_permille: u64,
    /// Its reasons with their counts, most frequent first.
    pub reasons: Vec<ReasonRow>,
}

/// A reason and how often it held.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ReasonRow {
    /// Stable code.
    pub reason: String,
    /// Passages.
    pub held: u64,
}

/// A row of one clerk.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ClerkRow {
    /// Clerk.
    pub clerk: String,
    /// Holds that the clerk let go.
    pub cleared: u64,
    /// Holds sent to the bay.
    pub to_bay: u64,
    /// Passages ended without release.
    pub turned_away: u64,
    /// Let go of a thousand handled.
    pub cleared_permille: u64,
}

/// Times of one step.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct StepRow {
    /// Step.
    pub step: Step,
    /// Times taken.
    pub count: usize,
    /// Median, ms.
    pub median_ms: f64,
    /// Ninth decile, ms.
    pub p90_ms: f64,
}

/// Weights of one lane.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct WeightRow {
    /// Gate.
    pub gate: String,
    /// Lane.
    pub lane: String,
    /// Vehicles weighed whose weight was known beforehand.
    pub count: usize,
    /// Median of measured less expected gross, kg.
    pub median_kg: f64,
    /// Width: median absolute deviation as a standard deviation, kg.
    pub sigma_kg: f64,
}

/// A row of one device.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DeviceRow {
    /// Gate.
    pub gate: String,
    /// Device.
    pub device: String,
    /// Times it stopped being live.
    pub failures: u64,
    /// How long it was not live, ms.
    pub down_ms: u64,
    /// Frames rejected, as far as its changes of state told.
    pub rejected_frames: u64,
}

/// Faults and breaches of one lane.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct FaultRow {
    /// Gate.
    pub gate: String,
    /// Lane.
    pub lane: String,
    /// What.
    pub fault: String,
    /// How often.
    pub count: u64,
}

/// Tables of a period.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Statistics {
    /// First moment.
    pub since: String,
    /// Last moment.
    pub until: String,
    /// Whether everything of the period is counted; if not, it holds more than the limit.
    pub complete: bool,
    /// Passages decided.
    pub passages: u64,
    /// Held at first.
    pub held: u64,
    /// Of these for customs alone.
    pub detained: u64,
    /// Decisions after the first of a passage.
    pub repeated: u64,
    /// Decisions of closed lanes, in no rate.
    pub closed: u64,
    /// Holds cleared by directive.
    pub cleared_by_customs: u64,
    /// By rule, those that held first.
    pub rules: Vec<RuleRow>,
    /// By site, most passages first.
    pub premises: Vec<GroupRow>,
    /// By company, most held first.
    pub companies: Vec<GroupRow>,
    /// By clerk, most let go first.
    pub clerks: Vec<ClerkRow>,
    /// By step.
    pub steps: Vec<StepRow>,
    /// By lane.
    pub weights: Vec<WeightRow>,
    /// By device, most failures first.
    pub devices: Vec<DeviceRow>,
    /// By lane and fault, most frequent first.
    pub faults: Vec<FaultRow>,
}

/// Rows of one table of an answer.
pub const ROWS_MAX: usize = 200;

/// Thousandths, rounded to the nearest.
#[must_use]
pub const fn permille(part: u64, whole: u64) -> u64 {
    match (part * 1_000 + whole / 2).checked_div(whole) {
        Some(share) => share,
        None => 0,
    }
}

impl Statistics {
    /// Tables of a tally, at most [`ROWS_MAX`] rows each.
    #[must_use]
    pub fn of(tally: &Tally, since: Timestamp, until: Timestamp, complete: bool) -> Self {
        Self {
            since: since.to_string(),
            until: until.to_string(),
            complete,
            passages: tally.all.passages,
            held: tally.all.held,
            detained: tally.all.detained,
            repeated: tally.repeated,
            closed: tally.closed,
            cleared_by_customs: tally.cleared_by_customs,
            rules: rules(tally),
            premises: groups(&tally.premises, |row| row.passages),
            companies: groups(&tally.companies, |row| row.held),
            clerks: clerks(tally),
            steps: steps(tally),
            weights: weights(tally),
            devices: devices(tally),
            faults: faults(tally),
        }
    }
}

/// Largest `key` first, cut to what an answer holds; equal ones keep the order of their names.
fn ranked<T>(rows: impl Iterator<Item = T>, key: impl Fn(&T) -> u64) -> Vec<T> {
    let mut rows: Vec<T> = rows.collect();
    rows.sort_by_key(|row| std::cmp::Reverse(key(row)));
    rows.truncate(ROWS_MAX);
    rows
}

fn rules(tally: &Tally) -> Vec<RuleRow> {
    let rows = tally.rules.iter().map(|(rule, held)| {
        let own = tally.reasons.iter().filter(|((of, _), _)| of == rule);
        RuleRow {
            rule: rule.to_string(),
            held: *held,
            held_permille: permille(*held, tally.all.passages),
            reasons: ranked(
                own.map(|((_, reason), held)| ReasonRow {
                    reason: reason.code().to_owned(),
                    held: *held,
                }),
                |row| row.held,
            ),
        }
    });
    ranked(rows, |row| row.held)
}

fn groups(groups: &BTreeMap<String, Group>, key: impl Fn(&GroupRow) -> u64) -> Vec<GroupRow> {
    let rows = groups.iter().map(|(name, group)| GroupRow {
        name: name.clone(),
        passages: group.passages,
        held: group.held,
        detained: group.detained,
        held_permille: permille(group.held, group.passages),
    });
    ranked(rows, key)
}

fn clerks(tally: &Tally) -> Vec<ClerkRow> {
    let rows = tally.clerks.iter().map(|(name, clerk)| ClerkRow {
        clerk: name.clone(),
        cleared: clerk.cleared,
        to_bay: clerk.to_bay,
        turned_away: clerk.turned_away,
        cleared_permille: permille(clerk.cleared, clerk.handled()),
    });
    ranked(rows, |row| row.cleared)
}

fn steps(tally: &Tally) -> Vec<StepRow> {
    let row = |step| {
        let spread = Spread::of(tally.times(step))?;
        Some(StepRow {
            step,
            count: spread.count,
            median_ms: spread.median,
            p90_ms: spread.p90,
        })
    };
    Step::ALL.into_iter().filter_map(row).collect()
}

fn weights(tally: &Tally) -> Vec<WeightRow> {
    let row = |((gate, lane), differences): (&Place, &Vec<f64>)| {
        let spread = Spread::of(differences.clone())?;
        Some(WeightRow {
            gate: gate.clone(),
            lane: lane.clone(),
            count: spread.count,
            median_kg: spread.median,
            sigma_kg: spread.sigma,
        })
    };
    let rows = tally.weights.iter().filter_map(row);
    ranked(rows, |row| row.median_kg.abs() as u64)
}

fn devices(tally: &Tally) -> Vec<DeviceRow> {
    let rows = tally
        .devices
        .iter()
        .map(|((gate, device), counts)| DeviceRow {
            gate: gate.clone(),
            device: device.clone(),
            failures: counts.failures,
            down_ms: counts.down_ms,
            rejected_frames: counts.rejected_frames,
        });
    ranked(rows, |row| row.failures)
}

fn faults(tally: &Tally) -> Vec<FaultRow> {
    let rows = tally
        .faults
        .iter()
        .map(|(((gate, lane), fault), count)| FaultRow {
            gate: gate.clone(),
            lane: lane.clone(),
            fault: fault.clone(),
            count: *count,
        });
    ranked(rows, |row| row.count)
}
