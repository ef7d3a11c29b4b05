//! System tests, one module a capability.
#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "tests look at the events they are about"
)]

mod browser;
mod cameras;
mod cluster;
mod commands;
mod crash;
mod customs_gate;
mod dashboard;
mod degraded;
mod dependencies;
mod disk;
mod down_link;
mod evidence_pack;
mod firmware;
mod formats;
mod fuzz;
mod hardware;
mod hardware_board;
mod hardware_parts;
mod hardware_sheets;
mod isolation;
mod outage;
mod peers;
mod power_cut;
mod programs;
mod region_store;
mod reports;
mod stage;
mod tidy;
mod trace;
mod whole;
