//! `kakou-region`: arguments → one command → exit code. Wiring only.

mod cli;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    match cli::run(cli::Command::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("kakou-region: {error:#}");
            ExitCode::from(2)
        }
    }
}
