//! A tally and a period → a report: whole hours added up, and again in few stretches for plots.

use std::collections::BTreeMap;

use domain::policy::RuleId;
use domain::reason::{Language, ReasonCode};
use domain::time::Timestamp;

use super::hour::{Hour, HourNumber, LaneCounts, Step, Told, Verdicts};
use super::names;
use super::roll::Roll;
use super::rows::{
    ClearancesRow, DeviceRow, KindRow, PassagesRow, QueueRow, ReasonRow, Report, RuleRow, StepRow,
    StretchRow, UserRow,
};
use super::tally::Tally;

/// Lengths of a stretch, in hours.
const WIDTHS_H: [i64; 6] = [1, 3, 6, 12, 24, 7 * 24];
/// Stretches of one report, before the one that the beginning cuts.
const STRETCHES_MAX: i64 = 72;
const HOUR_S: i64 = 3_600;

/// Who reads a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    /// People who must not learn of silent directives and watchlist entries.
    Clerks,
    /// Officers of customs.
    Officers,
}

/// Stretches of equal length from a whole multiple of it on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Grid {
    from_s: i64,
    width_s: i64,
    count: usize,
}

impl Grid {
    /// Covers every hour that the period touches, as finely as the limit allows.
    fn over(from: Timestamp, to: Timestamp) -> Self {
        let begin = HourNumber::of(from).start().as_seconds();
        let to_micros = to.as_micros().max(from.as_micros() + 1);
        let last = Timestamp::from_micros(to_micros - 1);
        let end = HourNumber::of(last).next().start().as_seconds();
        let fits = |width_h: &&i64| (end - begin) / (**width_h * HOUR_S) <= STRETCHES_MAX;
        let width_h = WIDTHS_H.iter().find(fits).unwrap_or(&WIDTHS_H[5]);
        let width_s = width_h * HOUR_S;
        let from_s = begin.div_euclid(width_s) * width_s;
        let count = (end - from_s + width_s - 1) / width_s;
        Self {
            from_s,
            width_s,
            count: usize::try_from(count.clamp(1, STRETCHES_MAX + 1)).unwrap_or(1),
        }
    }

    fn start(&self, index: usize) -> Timestamp {
        let index = i64::try_from(index).unwrap_or(i64::MAX);
        Timestamp::from_seconds(
            self.from_s
                .saturating_add(index.saturating_mul(self.width_s)),
        )
    }

    fn index(&self, at: Timestamp) -> Option<usize> {
        let index = (at.as_seconds() - self.from_s).div_euclid(self.width_s);
        usize::try_from(index)
            .ok()
            .filter(|index| *index < self.count)
    }
}

impl Tally {
    #[cfg(test)]
    /// The report of every hour that the period touches, for anybody: silent findings are in no
    /// rule and no reason. Of a period longer than [`Period`](super::period::Period) allows, the
    /// end is left out.
    #[must_use]
    pub(crate) fn report(&self, from: Timestamp, to: Timestamp) -> Report {
        self.report_for(from, to, Audience::Clerks)
    }

    /// As [`Tally::report`], for a given audience.
    #[must_use]
    pub(crate) fn report_for(&self, from: Timestamp, to: Timestamp, audience: Audience) -> Report {
        let grid = Grid::over(from, to);
        let first = HourNumber::of(from);
        let (begin, end) = (first.start(), to.max(first.next().start()));
        let mut stretches = vec![Hour::default(); grid.count];
        let pending = self.pending();
        let kept = self.hours.range(first..).chain(pending.range(first..));
        for (number, hour) in kept {
            if number.start() < end
                && let Some(index) = grid.index(number.start())
            {
                stretches[index].merge(hour);
            }
        }
        let mut all = Hour::default();
        stretches.iter().for_each(|hour| all.merge(hour));
        let known_from = self.known_from();
        let ends = HourNumber::of(Timestamp::from_micros(end.as_micros() - 1)).next();
        let verdicts = all.verdicts().all();
        Report {
            from: begin.to_string(),
            to: ends.start().to_string(),
            known_from: known_from.map(|at| at.to_string()),
            begins_unknown: known_from.is_none_or(|known| begin < known),
            all: all_lanes(&all),
            repeated: all.repeated,
            closed: all.closed,
            escalated: all.escalated,
            queue: queue(&all),
            lanes: lanes(&self.lanes, &all),
            stretch_s: grid.width_s.unsigned_abs(),
            stretches: stretches
                .iter()
                .enumerate()
                .map(|(index, hour)| self.stretch(grid.start(index).max(begin), hour))
                .collect(),
            holds: rules(&all.rules, audience, Some(verdicts), &all.reasons),
            steps: steps(&all),
            devices: self.device_rows(&all),
            clearances: self.clearances(&all, audience),
            ends: kinds(&all.ends, names::end),
            breaches: kinds(&all.breaches, names::breach),
            faults: kinds(&all.faults, names::fault),
        }
    }

    fn stretch(&self, begins: Timestamp, hour: &Hour) -> StretchRow {
        let whole = hour.steps.get(&Step::Whole);
        let quantile = |permille| whole.and_then(|times| times.quantile_ms(permille));
        StretchRow {
            begins: begins.to_string(),
            all: all_lanes(hour),
            lanes: lanes(&self.lanes, hour),
            queue: queue(hour),
            escalated: hour.escalated,
            whole_p50_ms: quantile(500),
            whole_p95_ms: quantile(950),
        }
    }

    fn device_rows(&self, all: &Hour) -> Vec<DeviceRow> {
        let row = |(device, uptime): (&u16, &super::hour::Uptime)| DeviceRow {
            device: self.devices.name(*device).to_owned(),
            kind: self.kind_of(*device).map(names::device_kind),
            live_permille: permille(uptime.live_ms, uptime.seen_ms),
            watched_s: uptime.seen_ms / 1_000,
            failures: uptime.failures,
        };
        let mut rows: Vec<DeviceRow> = all.devices.iter().map(row).collect();
        rows.sort_by(|a, b| a.device.cmp(&b.device));
        rows
    }

    fn clearances(&self, all: &Hour, audience: Audience) -> ClearancesRow {
        let cleared = &all.clearances;
        let mut by_user: Vec<UserRow> = cleared
            .by_user
            .iter()
            .map(|(user, count)| UserRow {
                user: self.users.name(*user).to_owned(),
                count: *count,
            })
            .collect();
        by_user.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.user.cmp(&b.user)));
        ClearancesRow {
            count: by_user.iter().map(|row| row.count).sum::<u64>() + cleared.by_directive,
            by_directive: cleared.by_directive,
            by_user,
            by_rule: rules(&cleared.by_rule, audience, None, &BTreeMap::new()),
        }
    }
}

/// Thousandths, rounded down; `None` of nothing.
fn permille(part: u64, whole: u64) -> Option<u64> {
    part.saturating_mul(1_000).checked_div(whole)
}

fn passages(lane: &str, opened: u64, ended: u64, verdicts: Verdicts) -> PassagesRow {
    PassagesRow {
        lane: lane.to_owned(),
        opened,
        ended,
        release: verdicts.release,
        review: verdicts.review,
        detain: verdicts.detain,
        release_permille: permille(verdicts.release, verdicts.all()),
    }
}

fn all_lanes(hour: &Hour) -> PassagesRow {
    let sum = |of: fn(&LaneCounts) -> u64| -> u64 { hour.lanes.values().map(of).sum() };
    passages(
        "",
        sum(|lane| lane.opened),
        sum(|lane| lane.ended),
        hour.verdicts(),
    )
}

fn lanes(roll: &Roll, hour: &Hour) -> Vec<PassagesRow> {
    let row = |(lane, counts): (&u16, &LaneCounts)| {
        passages(
            roll.name(*lane),
            counts.opened,
            counts.ended,
            counts.verdicts,
        )
    };
    let mut rows: Vec<PassagesRow> = hour.lanes.iter().map(row).collect();
    rows.sort_by(|a, b| a.lane.cmp(&b.lane));
    rows
}

const fn queue(hour: &Hour) -> QueueRow {
    QueueRow {
        most: hour.queue.most,
        mean_permille: hour.queue.mean_permille(),
        watched_s: hour.queue.seen_ms / 1_000,
    }
}

fn rules(
    counts: &BTreeMap<RuleId, Told>,
    audience: Audience,
    of: Option<u64>,
    reasons: &BTreeMap<(RuleId, ReasonCode), u64>,
) -> Vec<RuleRow> {
    let seen = |told: &Told| match audience {
        Audience::Clerks => told.told,
        Audience::Officers => told.all,
    };
    let mut rows: Vec<(RuleId, u64)> = counts
        .iter()
        .map(|(rule, told)| (*rule, seen(told)))
        .filter(|(_, count)| *count > 0)
        .collect();
    rows.sort_by_key(|(rule, count)| (std::cmp::Reverse(*count), *rule));
    rows.into_iter()
        .map(|(rule, count)| RuleRow {
            rule: rule.to_string(),
            about: names::rule(rule),
            count,
            permille: of.and_then(|of| permille(count, of)),
            reasons: reasons_of(rule, audience, reasons),
        })
        .collect()
}

fn reasons_of(
    rule: RuleId,
    audience: Audience,
    reasons: &BTreeMap<(RuleId, ReasonCode), u64>,
) -> Vec<ReasonRow> {
    let mut rows: Vec<ReasonRow> = reasons
        .iter()
        .filter(|((of, _), _)| *of == rule)
        .filter(|((_, reason), _)| audience == Audience::Officers || !reason.is_silent())
        .map(|((_, reason), count)| ReasonRow {
            code: reason.code(),
            zh: names::reason(rule, *reason, Language::Zh),
            en: names::reason(rule, *reason, Language::En),
            count: *count,
        })
        .collect();
    rows.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.code.cmp(b.code)));
    rows
}

fn steps(all: &Hour) -> Vec<StepRow> {
    let row = |step: Step| {
        let times = all.steps.get(&step)?;
        Some(StepRow {
            step: names::step(step),
            count: times.count(),
            p50_ms: times.quantile_ms(500)?,
            p95_ms: times.quantile_ms(950)?,
        })
    };
    Step::ALL.into_iter().filter_map(row).collect()
}

fn kinds<K: Copy>(counts: &BTreeMap<K, u64>, name: fn(K) -> names::Named) -> Vec<KindRow> {
    let mut rows: Vec<KindRow> = counts
        .iter()
        .map(|(kind, count)| KindRow {
            kind: name(*kind),
            count: *count,
        })
        .collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.count));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn stretches_are_few_and_cover_the_whole_period() {
        let from = Timestamp::parse("2026-03-01T08:07:30Z").unwrap();
        for (hours, width_h) in [(1, 1), (24, 1), (7 * 24, 3), (28 * 24, 12), (9_600, 7 * 24)] {
            let to = from + Duration::from_secs(hours * 3_600);
            let grid = Grid::over(from, to);
            assert_eq!(grid.width_s, width_h * HOUR_S, "{hours} h");
            assert!(grid.count <= 73, "{hours} h: {}", grid.count);
            assert!(grid.start(0) <= from && grid.start(grid.count) >= to);
            assert_eq!(grid.index(grid.start(grid.count)), None);
            assert_eq!(grid.index(grid.start(0)), Some(0));
        }
        let odd = Grid::over(from, from);
        assert_eq!(odd.count, 1);
    }
}
