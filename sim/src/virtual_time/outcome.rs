//! What a run came to: counters that tests and the table are made of.

use std::collections::BTreeMap;

use domain::digest::Digest;
use domain::event::{Breach, Event, PassageEnd};
use domain::policy::RuleId;

use crate::world::cause::ExceptionCause;

/// A raise that should not have been.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongRelease {
    /// Truck.
    pub truck: usize,
    /// When, milliseconds since the world's start.
    pub at_ms: u64,
    /// What spoke against it.
    pub causes: Vec<ExceptionCause>,
    /// In words.
    pub why: String,
}

/// A clean vehicle that was not released by itself, with every device healthy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongHold {
    /// Truck.
    pub truck: usize,
    /// When, milliseconds since the world's start.
    pub at_ms: u64,
    /// Rule and reason of the worst finding.
    pub why: String,
}

/// Counters of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Trucks that came to a lane.
    pub arrivals: u64,
    /// Trucks that did not come because their entry was refused.
    pub not_coming: u64,
    /// Passages opened.
    pub passages: u64,
    /// Passages ended, by how.
    pub ends: BTreeMap<PassageEnd, u64>,
    /// Passages still open when the day was over.
    pub left_open: u64,
    /// Decisions that released.
    pub releases: u64,
    /// Decisions for a person.
    pub reviews: u64,
    /// Decisions for customs.
    pub detains: u64,
    /// Holds cleared by a person.
    pub clearances: u64,
    /// Vehicles sent to the bay.
    pub to_bay: u64,
    /// Releases withdrawn between decision and barrier.
    pub withdrawn: u64,
    /// Acts of a clerk without the privilege of every holding rule that opened nothing.
    pub refused_clearances: u64,
    /// Holding findings by rule and reason.
    pub holds: BTreeMap<(RuleId, &'static str), u64>,
    /// Breaches recorded.
    pub breaches: BTreeMap<Breach, u64>,
    /// Second vehicles that really followed under a raised arm.
    pub followers: u64,
    /// Vehicles that really drove through a lowered arm.
    pub run_throughs: u64,
    /// Raises against the truth. Must stay empty.
    pub wrong_releases: Vec<WrongRelease>,
    /// Clean vehicles held although nothing was wrong anywhere.
    pub wrong_holds: Vec<WrongHold>,
    /// Clean vehicles decided with every device healthy.
    pub clean_decided: u64,
    /// Of them, released by themselves.
    pub clean_released: u64,
    /// Raises commanded.
    pub raises: u64,
    /// Raises without a durable record behind them. Must stay zero.
    pub raises_without_record: u64,
    /// Records made durable.
    pub records: u64,
    /// The first of them, as many as the scenario asked for.
    pub kept: Vec<Event>,
    /// Records that failed.
    pub records_failed: u64,
    /// Valid frames decoded, and frames rejected.
    pub frames: u64,
    /// Frames rejected.
    pub frames_rejected: u64,
    /// Milliseconds from arrival to the end of clean, unattended passages, sorted.
    pub stop_ms: Vec<u32>,
    /// Things that happened in the run.
    pub steps: u64,
    /// Hash over the ordered inputs and outputs.
    pub trace: Option<Digest>,
}

impl Outcome {
    /// Released clean vehicles per thousand clean vehicles; 1,000 when there were none.
    #[must_use]
    pub fn clean_release_permille(&self) -> u64 {
        (self.clean_released * 1_000)
            .checked_div(self.clean_decided)
            .unwrap_or(1_000)
    }

    /// Passages that ended.
    #[must_use]
    pub fn ended(&self) -> u64 {
        self.ends.values().sum()
    }

    /// The stop time that `permille` of the clean passages stay below.
    #[must_use]
    pub fn stop_ms_at(&self, permille: usize) -> Option<u32> {
        let last = self.stop_ms.len().checked_sub(1)?;
        self.stop_ms
            .get(last * permille.min(1_000) / 1_000)
            .copied()
    }
}
