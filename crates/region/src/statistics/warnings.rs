//! A past and the time since → what has become worse, each subject against its own past, with the
//! figures that say so.
//!
//! Two comparisons. *Shares and counts* (holds by rule and company, overrides by clerk, failures
//! by device): the exact predictive tail of [`super::tail`] lies below [`CHANCE_MAX`] divided by the
//! number of comparisons of this look, so that a look at an unchanged premises warns of anything
//! about once in a thousand times; the share has also grown by at least [`GROWTH_MIN`], because
//! among many passages a tiny change is certain and does not matter. *Levels* (weights, times,
//! confidences): medians differ by at least [`ERRORS_MIN`] standard errors and by what matters.
//!
//! Both take passages for independent. Traffic that comes in kinds (a ship of one shipper's boxes)
//! is not, and can warn of what is only a busy day: a warning says *look*, it holds nobody.

use domain::policy::RuleId;
use serde::Serialize;
use utoipa::ToSchema;

use super::spread::Spread;
use super::tail::{count_tail, share_tail};
use super::tally::{OTHERS, Place, Step, Tally};

/// Days of the past that is compared with.
pub const PAST_DAYS: u64 = 28;
/// Hours that are compared with it.
pub const RECENT_HOURS: u64 = 24;
/// How often a look at something unchanged may warn of a share or count.
pub const CHANCE_MAX: f64 = 0.001;
/// Least growth of a share or count.
pub const GROWTH_MIN: f64 = 1.5;
/// Least cases of a share before it may warn.
pub const CASES_MIN: u64 = 8;
/// Least failures of a device, faults or breaches of a lane, before they may warn.
pub const FAILURES_MIN: u64 = 3;
/// Least passages of the past before a share may warn.
pub const PAST_MIN: u64 = 100;
/// Least numbers of the recent time before a level may warn.
pub const LEVEL_RECENT_MIN: usize = 30;
/// Least numbers of the past before a level may warn.
pub const LEVEL_PAST_MIN: usize = 100;
/// Least standard errors between two medians.
pub const ERRORS_MIN: f64 = 5.0;
/// Least drift of a scale: two intervals of a 20 kg truck scale.
pub const DRIFT_MIN_KG: f64 = 40.0;
/// Least slowing of a step, as a share of its past.
pub const SLOWER_MIN: f64 = 0.25;
/// Least loss of confidence, thousandths.
pub const CONFIDENCE_LOSS_MIN: f64 = 20.0;
/// Warnings of one answer, the surest first.
pub const WARNINGS_MAX: usize = 200;

/// What has become worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WarningKind {
    /// A rule holds more of a site's vehicles.
    RuleHolds,
    /// More of a site's vehicles are held, by whatever rule.
    PremisesHolds,
    /// More of a company's vehicles are held.
    CompanyHolds,
    /// A clerk lets go more of the holds.
    ClerkOverrides,
    /// A device fails more often.
    DeviceFailures,
    /// A fault or breach of a lane comes more often.
    LaneFaults,
    /// A lane's weights have moved: its scale drifts, or tares are out of date.
    WeightDrift,
    /// A step takes longer.
    SlowStep,
    /// Plates are read with less confidence: a dirty or moved camera.
    PlateConfidence,
    /// Container numbers are read with less confidence.
    ContainerConfidence,
}

/// What was compared: cases among so many, or a median of so many.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct Figure {
    /// Cases, or the median.
    pub value: f64,
    /// Among so many passages or holds, in so many hours, or of so many numbers.
    pub of: f64,
}

/// How sure it is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// Chance of at least the recent cases if nothing had changed, and what it had to be below.
    Chance {
        /// Chance.
        chance: f64,
        /// Threshold.
        threshold: f64,
    },
    /// Standard errors between the medians, and what they had to reach.
    Errors {
        /// Standard errors; negative if the median fell.
        errors: f64,
        /// Threshold.
        threshold: f64,
    },
}

/// One warning with the figures that led to it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Warning {
    /// What.
    pub kind: WarningKind,
    /// Site, company, clerk, device or lane, and what of it.
    pub subject: String,
    /// The recent time.
    pub recent: Figure,
    /// The past.
    pub past: Figure,
    /// How sure.
    pub proof: Proof,
}

/// A share or count to compare.
struct Case {
    kind: WarningKind,
    subject: String,
    recent: (u64, f64),
    past: (u64, f64),
    /// Per passage or hold; else per hour.
    is_share: bool,
}

/// A level to compare.
struct Level<'a> {
    kind: WarningKind,
    subject: String,
    recent: &'a [f64],
    past: &'a [f64],
    least_sigma: f64,
    matters: fn(&Spread, &Spread) -> bool,
}

/// Everything that has become worse from `past` (of `past_hours`) to `recent` (of
/// `recent_hours`), the surest first.
#[must_use]
pub fn warnings(past: &Tally, past_hours: f64, recent: &Tally, recent_hours: f64) -> Vec<Warning> {
    let mut cases = shares(past, recent);
    cases.extend(counts((past, past_hours), (recent, recent_hours)));
    let compared: Vec<&Case> = cases.iter().filter(|case| case.may_warn()).collect();
    // Every subject that could have warned counts as a comparison, not only those that look bad:
    // choosing first and testing then would be no test.
    let threshold = CHANCE_MAX / cases.len().max(1) as f64;
    let mut found: Vec<Warning> = compared
        .into_iter()
        .filter_map(|case| case.warning(threshold))
        .collect();
    found.extend(levels(past, recent).iter().filter_map(Level::warning));
    found.sort_by(|a, b| a.doubt().total_cmp(&b.doubt()));
    found.truncate(WARNINGS_MAX);
    found
}

impl Warning {
    /// Small for a sure warning; only for sorting.
    fn doubt(&self) -> f64 {
        match self.proof {
            Proof::Chance { chance, .. } => chance,
            // The order of magnitude of a normal tail.
            Proof::Errors { errors, .. } => (-errors * errors / 2.0).exp(),
        }
    }
}

impl Case {
    fn may_warn(&self) -> bool {
        let enough = if self.is_share {
            self.recent.0 >= CASES_MIN && self.past.1 >= PAST_MIN as f64
        } else {
            self.recent.0 >= FAILURES_MIN
        };
        let rate = |(count, of): (u64, f64)| if of > 0.0 { count as f64 / of } else { 0.0 };
        enough && rate(self.recent) >= GROWTH_MIN * rate(self.past)
    }

    fn warning(&self, threshold: f64) -> Option<Warning> {
        let (recent, past) = (self.recent, self.past);
        let chance = if self.is_share {
            share_tail(recent.0, recent.1 as u64, past.0, past.1 as u64)
        } else {
            count_tail(recent.0, recent.1, past.0, past.1)
        };
        let figure = |(count, of): (u64, f64)| Figure {
            value: count as f64,
            of,
        };
        (chance < threshold).then(|| Warning {
            kind: self.kind,
            subject: self.subject.clone(),
            recent: figure(recent),
            past: figure(past),
            proof: Proof::Chance { chance, threshold },
        })
    }
}

impl Level<'_> {
    fn warning(&self) -> Option<Warning> {
        if self.recent.len() < LEVEL_RECENT_MIN || self.past.len() < LEVEL_PAST_MIN {
            return None;
        }
        let recent = Spread::of(self.recent.to_vec())?;
        let past = Spread::of(self.past.to_vec())?;
        let errors = past.errors_to(&recent, self.least_sigma);
        let figure = |spread: &Spread| Figure {
            value: spread.median,
            of: spread.count as f64,
        };
        let sure = errors.abs() >= ERRORS_MIN && (self.matters)(&past, &recent);
        sure.then(|| Warning {
            kind: self.kind,
            subject: self.subject.clone(),
            recent: figure(&recent),
            past: figure(&past),
            proof: Proof::Errors {
                errors,
                threshold: ERRORS_MIN,
            },
        })
    }
}

fn shares(past: &Tally, recent: &Tally) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut share = |kind, subject: String, now: (u64, u64), before: (u64, u64)| {
        cases.push(Case {
            kind,
            subject,
            recent: (now.0, now.1 as f64),
            past: (before.0, before.1 as f64),
            is_share: true,
        });
    };
    for (name, now) in &recent.premises {
        let before = past.premises.get(name).copied().unwrap_or_default();
        share(
            WarningKind::PremisesHolds,
            name.clone(),
            (now.held, now.passages),
            (before.held, before.passages),
        );
        for rule in RuleId::ALL {
            let key = (name.clone(), rule);
            let held = |tally: &Tally| tally.premises_rules.get(&key).copied().unwrap_or(0);
            share(
                WarningKind::RuleHolds,
                format!("{name} {rule}"),
                (held(recent), now.passages),
                (held(past), before.passages),
            );
        }
    }
    for (name, now) in &recent.companies {
        let before = past.companies.get(name).copied().unwrap_or_default();
        share(
            WarningKind::CompanyHolds,
            name.clone(),
            (now.held, now.passages),
            (before.held, before.passages),
        );
    }
    for (name, now) in &recent.clerks {
        let before = past.clerks.get(name).copied().unwrap_or_default();
        share(
            WarningKind::ClerkOverrides,
            name.clone(),
            (now.cleared, now.handled()),
            (before.cleared, before.handled()),
        );
    }
    // The row of many subjects together is nobody's own past.
    cases.retain(|case| !case.subject.starts_with(OTHERS));
    cases
}

fn counts(past: (&Tally, f64), recent: (&Tally, f64)) -> Vec<Case> {
    let case = |kind, subject, now: u64, before: u64| Case {
        kind,
        subject,
        recent: (now, recent.1),
        past: (before, past.1),
        is_share: false,
    };
    let devices = recent.0.devices.iter().map(|(place, now)| {
        let before = past
            .0
            .devices
            .get(place)
            .map_or(0, |device| device.failures);
        case(
            WarningKind::DeviceFailures,
            subject(place),
            now.failures,
            before,
        )
    });
    let faults = recent.0.faults.iter().map(|(key, now)| {
        let before = past.0.faults.get(key).copied().unwrap_or(0);
        let of = format!("{} {}", subject(&key.0), key.1);
        case(WarningKind::LaneFaults, of, *now, before)
    });
    devices
        .chain(faults)
        .filter(|case| !case.subject.starts_with(OTHERS))
        .collect()
}

fn subject(place: &Place) -> String {
    format!("{} {}", place.0, place.1).trim_end().to_owned()
}

fn levels<'a>(past: &'a Tally, recent: &'a Tally) -> Vec<Level<'a>> {
    let mut levels = Vec::new();
    for (kind, now, before, least_sigma, matters) in [
        (
            WarningKind::WeightDrift,
            &recent.weights,
            &past.weights,
            10.0,
            drifted as fn(&Spread, &Spread) -> bool,
        ),
        (
            WarningKind::PlateConfidence,
            &recent.plates,
            &past.plates,
            5.0,
            less_sure,
        ),
        (
            WarningKind::ContainerConfidence,
            &recent.containers,
            &past.containers,
            5.0,
            less_sure,
        ),
    ] {
        for (place, numbers) in now {
            levels.push(Level {
                kind,
                subject: subject(place),
                recent: numbers,
                past: before.get(place).map_or(&[], Vec::as_slice),
                least_sigma,
                matters,
            });
        }
    }
    for (key, numbers) in &recent.steps {
        levels.push(Level {
            kind: WarningKind::SlowStep,
            subject: format!("{} {:?}", subject(&key.0), key.1),
            recent: numbers,
            past: past.steps.get(key).map_or(&[], Vec::as_slice),
            least_sigma: 1.0,
            matters: slower,
        });
    }
    levels.retain(|level| !level.subject.starts_with(OTHERS));
    levels
}

fn drifted(past: &Spread, recent: &Spread) -> bool {
    (recent.median - past.median).abs() >= DRIFT_MIN_KG
}

fn less_sure(past: &Spread, recent: &Spread) -> bool {
    past.median - recent.median >= CONFIDENCE_LOSS_MIN
}

fn slower(past: &Spread, recent: &Spread) -> bool {
    // A step below a tenth of a second may double without anybody waiting.
    recent.median >= 100.0 && recent.median >= past.median * (1.0 + SLOWER_MIN)
}

/// The step of a [`WarningKind::SlowStep`] subject, if it names one.
#[must_use]
pub fn step_of(subject: &str) -> Option<Step> {
    let last = subject.rsplit(' ').next()?;
    Step::ALL
        .into_iter()
        .find(|step| format!("{step:?}") == last)
}
