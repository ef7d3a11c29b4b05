//! Goal: board, pin table and register map name the same pins. Method: every input pin is driven
//! and every output commanded on the emulated board, wired by the pin table alone; the table is
//! held to the register map, and no chip pin is used twice.

use std::collections::BTreeSet;
use std::time::Duration;

use gate_protocol::{Command, Input, Inputs, Light, Output, Outputs, Side, Verb, map};
use sim::live::emulator::{EmulatedGate, Options};

use super::Bench;

const TABLE: &str = include_str!("../../../hw/gate-controller/pinout.csv");
const HEAD: &str = "signal,direction,connector,terminal,lm3s6965_pin,nucleo_f103rb_pin,active,note";

fn rows() -> Vec<Vec<&'static str>> {
    let mut lines = TABLE.lines();
    assert_eq!(lines.next(), Some(HEAD));
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    for row in &rows {
        assert_eq!(row.len(), 8, "{row:?}");
    }
    rows
}

#[test]
fn the_pin_table_names_the_signals_of_the_register_map() {
    let rows = rows();
    for (labels, direction) in [
        (
            Input::ALL.iter().map(|bit| bit.label()).collect::<Vec<_>>(),
            "in",
        ),
        (Output::ALL.iter().map(|bit| bit.label()).collect(), "out"),
    ] {
        for label in labels {
            let found: Vec<_> = rows.iter().filter(|row| row[0] == label).collect();
            assert_eq!(found.len(), 1, "{label}");
            assert_eq!(found[0][1], direction, "{label}");
        }
    }
    for column in [4, 5] {
        let pins: Vec<&str> = rows
            .iter()
            .map(|row| row[column])
            .filter(|pin| *pin != "-")
            .collect();
        let distinct: BTreeSet<&str> = pins.iter().copied().collect();
        assert_eq!(pins.len(), distinct.len(), "column {column}");
        // JTAG and the debugger's wires stay free, on both chips.
        let debug = if column == 4 {
            ["PB7", "PC0", "PC1", "PC2", "PC3"].as_slice()
        } else {
            ["PA13", "PA14", "PB2"].as_slice()
        };
        assert!(
            debug.iter().all(|pin| !distinct.contains(pin)),
            "{distinct:?}"
        );
    }
}

#[test]
fn a_reset_leaves_every_output_safe() {
    // A reset drives nothing and the relay drivers pull every pin low.
    for row in rows()
        .iter()
        .filter(|row| row[1] == "out" && row[2] == "X3")
    {
        let safe_when_low = match row[0] {
            "arm_stop" | "entry_red" | "exit_red" => "low",
            _ => "high",
        };
        assert_eq!(row[6], safe_when_low, "{}", row[0]);
    }
}

#[tokio::test]
async fn every_input_pin_shows_in_its_bit_and_in_no_other() -> anyhow::Result<()> {
    let bench = Bench::start(&Options::default(), None).await?;
    let mut master = bench.master()?;
    for &input in Input::ALL {
        let rest = EmulatedGate::at_rest();
        let wanted = rest.set(input, !rest.has(input));
        for levels in [wanted, rest] {
            bench.set(levels).await?;
            master
                .report_until(Duration::from_secs(5), false, |report| {
                    report.inputs == levels
                })
                .await?;
        }
    }
    assert_eq!(bench.emulator.inputs().await, EmulatedGate::at_rest());
    Ok(())
}

#[expect(clippy::too_many_lines, reason = "one story, told in order")]
#[tokio::test]
async fn every_output_pin_drives_what_the_report_says() -> anyhow::Result<()> {
    let bench = Bench::start(&Options::default(), None).await?;
    let mut master = bench.master()?;
    let rest = EmulatedGate::at_rest();
    let second = Duration::from_secs(5);
    master
        .report_until(second, true, |report| {
            report.lease_remaining_ms > 0 && report.inputs == rest
        })
        .await?;
    let mut seen = Outputs::NONE;
    // What is commanded, and what the limit switches do meanwhile.
    let up = rest.without(Input::ArmDownLimit).with(Input::ArmUpLimit);
    let between = rest.without(Input::ArmDownLimit);
    let story: [(Option<Verb>, Inputs, Output); 8] = [
        (Some(Verb::Siren { on_ms: 60_000 }), rest, Output::Siren),
        (
            Some(Verb::Strobe { on_ms: 60_000 }),
            rest,
            Output::DisplayStrobe,
        ),
        (
            Some(Verb::Lights {
                entry: Light::Red,
                exit: Light::Red,
            }),
            rest,
            Output::ExitRed,
        ),
        (
            Some(Verb::Lights {
                entry: Light::Follow,
                exit: Light::Follow,
            }),
            rest,
            Output::EntryRed,
        ),
        (Some(Verb::Raise { from: Side::Entry }), rest, Output::ArmUp),
        (None, up, Output::EntryGreen),
        (Some(Verb::Stop), up, Output::ArmStop),
        (Some(Verb::Lower), up, Output::ArmDown),
    ];
    for (verb, inputs, output) in story {
        if inputs == up {
            // The arm leaves one limit before it reaches the other; pins change one by one, and
            // both limits at once are a fault.
            bench.set(inputs.without(Input::ArmUpLimit)).await?;
        }
        bench.set(inputs).await?;
        if let Some(verb) = verb {
            let (command, report) = master.command(verb).await?;
            assert_eq!(
                report.accepted_sequence, command.sequence,
                "{verb:?} {report:?}"
            );
        }
        let report = master
            .report_until(second, true, |report| report.outputs.has(output))
            .await?;
        let pins = bench.outputs_until(second, |pins| pins.has(output)).await?;
        assert_eq!(pins, report.outputs, "{output:?}");
        seen = seen.or(pins);
    }
    // The other way round: a vehicle leaves.
    bench.set(between).await?;
    bench.set(rest).await?;
    master
        .report_until(second, true, |report| {
            report.inputs == rest && report.outputs.bits() & 7 == 0
        })
        .await?;
    let (_, report) = master.command(Verb::Raise { from: Side::Exit }).await?;
    assert_eq!(report.refusal, None, "{report:?}");
    bench.set(between).await?;
    bench.set(up).await?;
    seen = seen.or(bench
        .outputs_until(second, |pins| pins.has(Output::ExitGreen))
        .await?);
    let all = Output::ALL
        .iter()
        .fold(Outputs::NONE, |all, &output| all.with(output));
    assert_eq!(seen, all);
    Ok(())
}

#[tokio::test]
async fn a_command_whose_block_is_torn_in_two_acts_on_nothing() -> anyhow::Result<()> {
    let bench = Bench::start(&Options::default(), None).await?;
    let mut master = bench.master()?;
    master
        .report_until(Duration::from_secs(5), true, |report| {
            report.lease_remaining_ms > 0
        })
        .await?;
    let report = master.report().await?;
    let command: Command = report.command(1, Verb::Raise { from: Side::Entry }, 500);
    let block = command.encode();
    for (address, part) in [(map::COMMAND, &block[..4]), (map::COMMAND + 4, &block[4..])] {
        assert!(master.write(address, part).await?.is_err());
    }
    let report = master.report().await?;
    assert_eq!(
        (report.accepted_sequence, report.counters.commands_refused),
        (0, 2)
    );
    Ok(())
}
