//! The lane machine: readings, reports, answers and acts in; questions, records and acts out.
//! Sans-IO: time comes in with every call, nothing here waits, reads or writes.

mod barrier;
mod ending;
mod fitting;
mod freeze;
mod lane;
mod notices;
mod occupancy;
mod relevance;
mod review;
mod scale;
mod sightings;
mod stay;
mod steps;
#[cfg(test)]
mod tests;
mod trail;
mod view;

pub mod config;
pub mod port;

pub use lane::Lane;
pub use view::LaneView;
