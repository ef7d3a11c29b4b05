//! The gate's own events → figures of any period: passages, verdicts, holds, step times, the queue
//! of open holds, uptime of devices, overrides, ends, breaches and faults; as rows for the API, as
//! a table file, and as a part of a page. Knows no other gate, and no HTTP.
//!
//! Reading order: [`Tally`] folds events into hours, [`Tally::report`] adds hours up to a
//! [`Report`], [`StatisticsFragment`] and [`csv`] show it. Silent directives and watchlist entries
//! are only in the report for [`Audience::Officers`].

mod axis;
mod csv;
mod histogram;
mod hour;
mod names;
mod page;
mod passages;
mod period;
mod plots;
mod report;
mod roll;
mod rows;
mod tally;
#[cfg(test)]
mod tests;
mod words;

pub(crate) use self::csv::csv;
pub(crate) use self::names::{Named, device_kind, named};
pub(crate) use self::page::StatisticsFragment;
pub(crate) use self::period::{Period, PeriodQuery};
pub(crate) use self::report::Audience;
pub(crate) use self::rows::Report;
pub(crate) use self::tally::{Standing, Tally};
