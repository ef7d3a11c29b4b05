//! The receiving end: verifies signature and chain, drops doubles, asks for gaps, stores in one
//! transaction and only then acknowledges, without knowing what events mean; answers questions from
//! what is stored.

pub mod collector;
pub mod config;
pub mod database;
pub mod down_link;
pub mod event_store;
pub mod http;
pub mod packer;
pub mod packing;
pub mod pictures;
pub mod proof;
pub mod pull;
pub mod questions;
pub mod receive;
pub mod statistics;
pub mod wording;
