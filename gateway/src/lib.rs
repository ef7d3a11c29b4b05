//! The gate daemon: opens devices, journal and broker, and wires them to the pure core. No rules.
//!
//! Reading order: [`run`] starts and stops everything; [`intake`] brings readings in,
//! [`eyes`] reads pictures, [`lane_task`] turns the lane machine, [`ledger_task`] answers its questions, [`recorder`] makes
//! its events durable, [`gate_link`] moves the barrier, [`uplink`] carries the journal to the
//! region.

pub mod clock;
pub mod config;
pub mod health;
pub mod stop;

pub mod eyes;
pub mod intake;
pub mod lane_task;
pub mod open_passages;

pub mod carried;
pub mod exchange;
pub mod history;
pub mod ledger_rows;
pub mod ledger_task;
pub mod packer;
pub mod recorder;

pub mod central_policy;
pub mod customs_link;
pub mod region_keys;

mod gate_keys;
pub mod gate_link;
pub mod uplink;

pub mod control;
pub mod dashboard;
pub mod run;

pub mod cli;
