//! A report → the part of a page that shows it: figures, drawings, tables. Every text of people and
//! devices is escaped by the template.

use askama::Template;
use domain::reason::Language;

use super::names::Named;
use super::period::{Period, PeriodQuery};
use super::plots::{self, Plot};
use super::rows::{DeviceRow, KindRow, PassagesRow, QueueRow, ReasonRow, Report, UserRow};
use super::words::Words;

/// Rows of a table on the page; the API and the table file give the rest.
const ROWS_MAX: usize = 100;

/// The statistics of a period as a fragment of HTML, of one `section` and its style classes
/// (`static/statistics.css`).
#[derive(Template)]
#[template(path = "statistics/report.html")]
pub(crate) struct StatisticsFragment<'r> {
    w: &'static Words,
    report: &'r Report,
    /// Where the same is had as a table file; its query included.
    csv_href: &'r str,
    /// What stands in the form.
    typed_from: String,
    typed_to: String,
    /// Hours that were asked for.
    hours: u32,
    plots: Vec<Plot>,
    totals: Vec<(&'static str, String)>,
}

impl<'r> StatisticsFragment<'r> {
    /// The fragment for a report of `period`, as asked for by `query`. The form and the links of
    /// periods lead to the page that it stands in.
    #[must_use]
    pub(crate) fn new(
        report: &'r Report,
        language: Language,
        query: &PeriodQuery,
        period: Period,
        csv_href: &'r str,
    ) -> Self {
        let w = Words::of(language);
        let hours = period.to.since(period.from).as_secs() / 3_600;
        let by_dates = query.from.as_deref().is_some_and(|from| !from.is_empty());
        let day = |text: &str| text.get(..10).unwrap_or(text).to_owned();
        let last_day = query.to.as_deref().filter(|to| !to.is_empty());
        Self {
            w,
            report,
            csv_href,
            typed_from: day(&report.from),
            typed_to: last_day.map_or_else(|| day(&period.to.to_string()), day),
            hours: if by_dates {
                0
            } else {
                u32::try_from(hours).unwrap_or(0)
            },
            plots: plots::all(report, language),
            totals: totals(report, w),
        }
    }

    fn said(&self, name: &Named) -> &'static str {
        if self.w.is_zh { name.zh } else { name.en }
    }

    fn reason<'t>(&self, row: &'t ReasonRow) -> &'t str {
        if self.w.is_zh { &row.zh } else { &row.en }
    }

    /// The kind of a device, empty if it is not known.
    fn kind(&self, row: &DeviceRow) -> &'static str {
        row.kind.as_ref().map_or("", |kind| self.said(kind))
    }

    fn lanes(&self) -> &[PassagesRow] {
        first(&self.report.lanes)
    }

    fn devices(&self) -> &[DeviceRow] {
        first(&self.report.devices)
    }

    fn users(&self) -> &[UserRow] {
        first(&self.report.clearances.by_user)
    }

    /// Breaches, then faults, each with the word for what it is.
    fn troubles(&self) -> Vec<(&'static str, &KindRow)> {
        let breaches = self.report.breaches.iter().map(|row| (self.w.breach, row));
        let faults = self.report.faults.iter().map(|row| (self.w.fault, row));
        breaches.chain(faults).collect()
    }

    fn is_empty(&self) -> bool {
        let report = self.report;
        report.all.opened + report.all.ended == 0 && report.devices.is_empty()
    }
}

fn first<T>(rows: &[T]) -> &[T] {
    rows.get(..ROWS_MAX).unwrap_or(rows)
}

fn totals(report: &Report, w: &Words) -> Vec<(&'static str, String)> {
    let all = &report.all;
    let QueueRow {
        most,
        mean_permille,
        ..
    } = report.queue;
    vec![
        (w.opened, all.opened.to_string()),
        (w.ended, all.ended.to_string()),
        (w.release, all.release.to_string()),
        (w.review, all.review.to_string()),
        (w.detain, all.detain.to_string()),
        (w.release_rate, percent(&all.release_permille)),
        (
            w.queue,
            format!(
                "{} {most} · {} {}",
                w.queue_most,
                w.queue_mean,
                mean(&mean_permille)
            ),
        ),
        (w.escalated, report.escalated.to_string()),
        (w.cleared, report.clearances.count.to_string()),
        (w.repeated, report.repeated.to_string()),
        (w.closed, report.closed.to_string()),
    ]
}

// A template gives references to everything: so do these take them.

fn moment(text: &str) -> String {
    plots::minute(text)
}

/// `97.3 %`, or a dash for nothing.
fn percent(permille: &Option<u64>) -> String {
    permille.map_or_else(dash, |permille| {
        format!("{}.{} %", permille / 10, permille % 10)
    })
}

/// `1.25` of thousandths.
fn mean(permille: &Option<u64>) -> String {
    permille.map_or_else(dash, |mean| format!("{:.2}", mean as f64 / 1_000.0))
}

/// Seconds with the digits that a reader can use.
fn seconds(ms: &Option<u64>) -> String {
    ms.map_or_else(dash, |ms| match ms {
        0..10_000 => format!("{:.2}", ms as f64 / 1_000.0),
        10_000..1_000_000 => format!("{:.1}", ms as f64 / 1_000.0),
        1_000_000.. => format!("{:.0}", ms as f64 / 1_000.0),
    })
}

/// As [`seconds`], of what was taken for certain.
fn taken(ms: &u64) -> String {
    seconds(&Some(*ms))
}

fn hours(seconds: &u64) -> String {
    format!("{:.1}", *seconds as f64 / 3_600.0)
}

/// Width of a meter of a hundred.
fn part(permille: &Option<u64>) -> String {
    let permille = permille.unwrap_or(0).min(1_000);
    format!("{}.{}", permille / 10, permille % 10)
}

fn dash() -> String {
    "–".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_digits_that_can_be_used() {
        for (ms, shown) in [
            (None, "–"),
            (Some(7), "0.01"),
            (Some(9_500), "9.50"),
            (Some(65_430), "65.4"),
            (Some(1_234_567), "1235"),
        ] {
            assert_eq!(seconds(&ms), shown);
        }
        assert_eq!(percent(&Some(973)), "97.3 %");
        assert_eq!(percent(&None), "–");
        assert_eq!(mean(&Some(1_250)), "1.25");
        assert_eq!(part(&Some(5_000)), "100.0");
        assert_eq!(hours(&5_400), "1.5");
    }
}
