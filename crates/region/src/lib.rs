//! The receiving end: verifies signature and chain, drops doubles, asks for gaps, stores in one
//! transaction and only then acknowledges. Knows nothing of what events mean.

pub mod collector;
pub mod event_store;
pub mod receive;
