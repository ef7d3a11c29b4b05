//! `sim`: a day at the simulated premises in virtual time, and what came of it.

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use sim::device::fault::NamedFault;
use sim::virtual_time::{Outcome, Scenario, run};
use sim::world::cause::ExceptionCause;
use sim::world::lanes;

mod table;

const EXAMPLES: &str = "Examples:
  sim --seed 1                              10,000 passages, about 5 % exceptions, healthy devices
  sim --seed 1 --faults all                 every named fault takes its turn
  sim --seed 2 --faults weighbridge_frozen --exceptions 300
  sim --seed 3 --only seal_broken --exceptions 200 --passages 2000
  sim --seed 4 --lanes 4 --json
  sim --list                                names of all faults and exceptions

The same arguments print the same trace hash on every machine.
The exit code is 1 if there was a wrong release, a raise without a durable record, or a passage
that did not end.";

/// Simulated premises in virtual time.
#[derive(Debug, Parser)]
#[command(name = "sim", version, about, after_help = EXAMPLES)]
struct Arguments {
    /// Seed of the world.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Arrivals to simulate.
    #[arg(long, default_value_t = 10_000)]
    passages: usize,
    /// `none`, `all`, or the name of one fault.
    #[arg(long, default_value = "none")]
    faults: String,
    /// Share of arrivals with something wrong, in thousandths.
    #[arg(long, default_value_t = 50)]
    exceptions: u32,
    /// Only this exception; may be given more than once.
    #[arg(long)]
    only: Vec<String>,
    /// Lanes, entry and exit in turn.
    #[arg(long, default_value_t = 2)]
    lanes: usize,
    /// Print the outcome as one JSON object.
    #[arg(long)]
    json: bool,
    /// List the names of faults and exceptions, and end.
    #[arg(long)]
    list: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.list {
        list();
        return ExitCode::SUCCESS;
    }
    let scenario = match scenario(&arguments) {
        Ok(scenario) => scenario,
        Err(cause) => {
            eprintln!("sim: {cause}");
            return ExitCode::from(2);
        }
    };
    let begun = Instant::now();
    let outcome = run(scenario);
    let seconds = begun.elapsed().as_secs_f64();
    if arguments.json {
        show(&table::json(&outcome, arguments.seed, seconds));
    } else {
        show(&table::text(&outcome, arguments.seed, seconds));
    }
    if holds(&outcome) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// What every run has to keep.
fn holds(outcome: &Outcome) -> bool {
    outcome.wrong_releases.is_empty()
        && outcome.raises_without_record == 0
        && outcome.left_open == 0
}

fn scenario(arguments: &Arguments) -> Result<Scenario, String> {
    let mut scenario = Scenario::new(arguments.seed, arguments.passages);
    scenario.world.exception_permille = arguments.exceptions.min(1_000);
    if !(1..=16).contains(&arguments.lanes) {
        return Err(format!(
            "{} lanes: 1 to 16 can be simulated",
            arguments.lanes
        ));
    }
    scenario.world.lanes = lanes(arguments.lanes);
    if !arguments.only.is_empty() {
        let causes: Result<Vec<_>, String> = arguments
            .only
            .iter()
            .map(|name| {
                ExceptionCause::parse(name)
                    .ok_or_else(|| format!("no exception is called {name:?}; see --list"))
            })
            .collect();
        scenario.world.causes = causes?;
    }
    match arguments.faults.as_str() {
        "none" => Ok(scenario),
        "all" => Ok(scenario.with_faults(&NamedFault::all())),
        name => NamedFault::parse(name)
            .map(|fault| scenario.with_faults(&[fault]))
            .ok_or_else(|| format!("no fault is called {name:?}; see --list")),
    }
}

fn list() {
    show("faults:");
    for fault in NamedFault::all() {
        show(&format!("  {}", fault.name()));
    }
    show("exceptions:");
    for cause in ExceptionCause::ALL {
        show(&format!("  {}", cause.code()));
    }
}

#[expect(clippy::print_stdout, reason = "this is what the program is for")]
fn show(text: &str) {
    println!("{text}");
}
