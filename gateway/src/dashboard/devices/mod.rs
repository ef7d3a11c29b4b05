//! What the daemon knows of devices, clock, disk, journal, ledger and links → a part of a page,
//! rows for the API, Prometheus' text, and whether the gate is ready. Judges no vehicle, and
//! knows no HTTP.
//!
//! Reading order: [`HealthView::new`] takes everything in at one [`Look`]; [`HealthFragment`] and
//! [`metrics`] show it; [`readiness`] stands beside it.

mod disk;
mod level;
mod metrics;
mod names;
mod page;
mod parts;
mod rates;
mod ready;
#[cfg(test)]
mod tests;
mod tiles;
mod view;
mod words;

pub(crate) use self::disk::disk_room;
pub(crate) use self::metrics::{CONTENT_TYPE as METRICS_CONTENT_TYPE, metrics};
pub(crate) use self::page::HealthFragment;
pub(crate) use self::parts::HealthView;
pub(crate) use self::rates::FrameRates;
pub(crate) use self::ready::{Readiness, Standing as ReadyStanding, readiness};
pub(crate) use self::view::Look;
