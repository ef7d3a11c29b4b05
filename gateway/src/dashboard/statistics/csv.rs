//! A report → one table of lines for spreadsheets: which table, of what, which measure, how much,
//! in which unit.

use domain::reason::Language;

use super::names::Named;
use super::rows::{PassagesRow, QueueRow, Report, RuleRow};
use super::words::Words;
use crate::dashboard::table::Table;

/// The report as a table in one language.
#[must_use]
pub(crate) fn csv(report: &Report, language: Language) -> String {
    let w = Words::of(language);
    let mut file = File {
        table: Table::new(),
        language,
        w,
    };
    file.line([w.table, w.subject, w.detail, w.measure, w.value, w.unit]);
    file.line([w.period, "", "", w.from, &report.from, "UTC"]);
    file.line([w.period, "", "", w.to, &report.to, "UTC"]);
    if let Some(known) = &report.known_from {
        file.line([w.period, "", "", w.counted_from, known, "UTC"]);
    }
    file.totals(report);
    for lane in &report.lanes {
        file.passages([w.by_lane, &lane.lane, ""], lane);
    }
    let half = format!("{} · {}", w.times, w.half);
    let most = format!("{} · {}", w.times, w.most);
    for stretch in &report.stretches {
        let place = [w.over_time, stretch.begins.as_str(), ""];
        file.passages(place, &stretch.all);
        file.queue(place, &stretch.queue);
        file.count(place, w.escalated, stretch.escalated, w.times_counted);
        file.count_if(place, &half, stretch.whole_p50_ms, "ms");
        file.count_if(place, &most, stretch.whole_p95_ms, "ms");
        for lane in &stretch.lanes {
            file.passages([w.over_time, &stretch.begins, &lane.lane], lane);
        }
    }
    file.rules(w.by_rule, &report.holds);
    file.steps_and_devices(report);
    file.clearances(report);
    for (table, rows) in [
        (w.ends, &report.ends),
        (w.breach, &report.breaches),
        (w.fault, &report.faults),
    ] {
        for row in rows {
            let place = [table, row.kind.said(language), ""];
            file.count(place, w.count, row.count, w.times_counted);
        }
    }
    file.table.into_text()
}

struct File {
    table: Table,
    language: Language,
    w: &'static Words,
}

/// Table, subject, detail.
type Place<'p> = [&'p str; 3];

impl File {
    fn line(&mut self, cells: [&str; 6]) {
        self.table.line(&cells);
    }

    fn count(&mut self, place: Place<'_>, measure: &str, value: u64, unit: &str) {
        let [table, subject, detail] = place;
        self.line([table, subject, detail, measure, &value.to_string(), unit]);
    }

    fn count_if(&mut self, place: Place<'_>, measure: &str, value: Option<u64>, unit: &str) {
        if let Some(value) = value {
            self.count(place, measure, value, unit);
        }
    }

    fn passages(&mut self, place: Place<'_>, row: &PassagesRow) {
        let w = self.w;
        for (measure, value) in [
            (w.opened, row.opened),
            (w.ended, row.ended),
            (w.release, row.release),
            (w.review, row.review),
            (w.detain, row.detain),
        ] {
            self.count(place, measure, value, w.vehicles);
        }
        self.count_if(place, w.release_rate, row.release_permille, w.per_thousand);
    }

    fn queue(&mut self, place: Place<'_>, row: &QueueRow) {
        let w = self.w;
        let (most, mean) = (
            format!("{} · {}", w.queue, w.queue_most),
            format!("{} · {}", w.queue, w.queue_mean),
        );
        self.count(place, &most, row.most, w.vehicles);
        if let Some(mean_permille) = row.mean_permille {
            let [table, subject, detail] = place;
            let value = format!("{}.{:03}", mean_permille / 1_000, mean_permille % 1_000);
            self.line([table, subject, detail, &mean, &value, w.vehicles]);
        }
    }

    fn totals(&mut self, report: &Report) {
        let w = self.w;
        let place = [w.passages, "", ""];
        self.passages(place, &report.all);
        self.count(place, w.repeated, report.repeated, w.times_counted);
        self.count(place, w.closed, report.closed, w.times_counted);
        self.count(place, w.escalated, report.escalated, w.times_counted);
        self.queue(place, &report.queue);
    }

    fn rules(&mut self, table: &str, rows: &[RuleRow]) {
        let (w, language) = (self.w, self.language);
        for row in rows {
            let rule = format!("{} {}", row.rule, row.about.said(language));
            self.count([table, &rule, ""], w.count, row.count, w.vehicles);
            self.count_if([table, &rule, ""], w.share, row.permille, w.per_thousand);
            for reason in &row.reasons {
                let said = match language {
                    Language::Zh => &reason.zh,
                    Language::En => &reason.en,
                };
                self.count([table, &rule, said], w.count, reason.count, w.vehicles);
            }
        }
    }

    fn steps_and_devices(&mut self, report: &Report) {
        let (w, language) = (self.w, self.language);
        for row in &report.steps {
            let place = [w.steps, row.step.said(language), ""];
            self.count(place, w.count, row.count, w.times_counted);
            self.count(place, w.half, row.p50_ms, "ms");
            self.count(place, w.most, row.p95_ms, "ms");
        }
        for row in &report.devices {
            let kind = row
                .kind
                .as_ref()
                .map_or("", |kind: &Named| kind.said(language));
            let place = [w.devices, row.device.as_str(), kind];
            self.count_if(place, w.live, row.live_permille, w.per_thousand);
            self.count(place, w.watched, row.watched_s, "s");
            self.count(place, w.failures, row.failures, w.times_counted);
        }
    }

    fn clearances(&mut self, report: &Report) {
        let (w, cleared) = (self.w, &report.clearances);
        self.count([w.overrides, "", ""], w.count, cleared.count, w.vehicles);
        let by = cleared.by_directive;
        self.count([w.overrides, w.directive, ""], w.count, by, w.vehicles);
        for row in &cleared.by_user {
            let place = [w.overrides, w.user, row.user.as_str()];
            self.count(place, w.count, row.count, w.vehicles);
        }
        self.rules(w.overridden_rules, &cleared.by_rule);
    }
}
