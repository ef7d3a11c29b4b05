//! The lane machine: readings, reports, answers and acts in; questions, records and acts out.
//! Sans-IO: time comes in with every call, nothing here waits, reads or writes.

pub mod config;
pub mod port;
