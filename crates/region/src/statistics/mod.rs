//! Stored events → what was decided, how long it took, who let go what was held, which device
//! fails: tables of a period, series for plots, and warnings against each subject's own past.
//!
//! Sans-IO: rows in, figures out. Knows no store and no language; judges no passage.

pub mod fact;
pub mod series;
pub mod spread;
pub mod tables;
pub mod tail;
pub mod tally;
pub mod warnings;

#[cfg(test)]
mod histories;

pub use self::fact::{Cleared, Decided, Ended, Fact, Handling, Hold, Trouble, Troubled};
pub use self::series::Series;
pub use self::tables::Statistics;
pub use self::tally::Tally;
pub use self::warnings::{Warning, warnings};
