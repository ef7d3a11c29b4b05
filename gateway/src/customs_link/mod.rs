//! The customs gate interface JGS/T 14-2015 in the daemon, both ways: as the back end of front ends
//! of others ([`front_lane`]), and as the front end of a back end of others ([`inquiry`]). What the
//! messages look like is the business of `standards::jgs14`.

mod account;
mod back_task;
mod desk;
mod door;
mod exchange;
mod front_lane;
mod front_task;
mod inquiry;
mod start;
#[cfg(test)]
mod tests;

pub use back_task::BackEndLink;
pub use front_lane::Told;
pub use front_task::News;
pub use start::{Links, Surroundings, examine, start};
