//! The exceptions of a gate, each as a lane on the bench.

mod arm;
mod commands;
mod inputs;
mod interlocks;
mod passages;
