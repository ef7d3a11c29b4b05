//! Every noun that crosses a stage of the gate, parsed once in its constructor.
//!
//! Nothing here knows of bytes on a line, of files, of clocks or of rules: a value of
//! this crate is either well formed or does not exist. No serde on purpose: the crates
//! at the edge (`wire`, `ledger` import, `gateway`) own the serialised twins.

pub mod id;
pub mod time;

pub mod container;
pub mod conveyance;
pub mod digest;
pub mod mass;
pub mod plate;
pub mod position;
pub mod seal;
pub mod tag;

pub mod device;
pub mod gate;
pub mod reading;

pub mod directive;
pub mod gate_pass;
pub mod ledger_row;
pub mod manifest;
pub mod policy;
pub mod recordation;

pub mod account;
pub mod actuation;
pub mod decision;
pub mod event;
pub mod evidence;
pub mod facts;
pub mod operator;
pub mod reason;
