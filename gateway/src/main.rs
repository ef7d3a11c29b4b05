//! `kakou`: arguments → one command → exit code. Wiring only.

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let command = gateway::cli::Command::parse();
    match gateway::cli::run(command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("kakou: {error:#}");
            ExitCode::from(2)
        }
    }
}
