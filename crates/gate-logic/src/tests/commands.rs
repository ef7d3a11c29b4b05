//! A command acts once, fresh, for this boot, or not at all.

use gate_protocol::{
    Acknowledgement, ArmState, Command, Configuration, Input, Light, Output, Refusal, Report, Side,
    Verb, map,
};

use crate::bench::{BOOT_ID, Bench, LORRY, WAITING_MM};

const RAISE: Verb = Verb::Raise { from: Side::Entry };

#[test]
fn a_repeated_command_acts_once_and_stays_acknowledged() {
    let mut bench = Bench::new();
    let command = bench.fresh(RAISE);
    bench
        .controller
        .handle_command(command, bench.now_ms)
        .expect("free");
    assert!(bench.has(Output::ArmUp));
    bench.command(Verb::Stop).expect("always heard");
    for _ in 0..3 {
        let again = bench.controller.handle_command(command, bench.now_ms);
        assert_eq!(again, Err(Refusal::Repeated));
        assert!(!bench.has(Output::ArmUp));
    }
    let report = bench.report();
    assert_eq!(report.acknowledgement(2), Acknowledgement::Accepted);
    assert_eq!(
        report.acknowledgement(1),
        Acknowledgement::Unknown,
        "older than the last judged"
    );
    assert_eq!(
        report.counters.refused_by_reason[Refusal::Repeated.slot()],
        3
    );
    assert_eq!(
        (
            report.counters.commands_accepted,
            report.counters.commands_refused
        ),
        (2, 3)
    );
    assert_eq!(report.last_sequence(), 2);
}

#[test]
fn a_refused_command_never_acts_later() {
    let mut bench = Bench::new();
    bench.set(Input::HandKey, true);
    bench.run(100);
    let command = bench.fresh(RAISE);
    let refused = bench.controller.handle_command(command, bench.now_ms);
    assert_eq!(refused, Err(Refusal::HandKey));
    assert_eq!(
        bench.report().acknowledgement(1),
        Acknowledgement::Refused(Refusal::HandKey)
    );
    bench.set(Input::HandKey, false);
    bench.run(100);
    let again = bench.controller.handle_command(command, bench.now_ms);
    assert_eq!(again, Err(Refusal::Repeated));
    assert_eq!(
        bench.report().acknowledgement(1),
        Acknowledgement::Refused(Refusal::HandKey),
        "the verdict stands"
    );
    assert!(!bench.ever(Output::ArmUp));
}

#[test]
fn age_is_counted_in_the_controllers_clock() {
    let cases: [(u32, u16, Result<(), Refusal>); 7] = [
        (0, 500, Ok(())),
        (499, 500, Ok(())),
        (500, 500, Ok(())),
        (501, 500, Err(Refusal::Expired)),
        (501, 60_000, Err(Refusal::Expired)),
        (1, 0, Err(Refusal::Expired)),
        (u32::MAX, 500, Err(Refusal::Expired)),
    ];
    for (age_ms, expires_ms, expected) in cases {
        let mut bench = Bench::new();
        let seen_uptime_ms = bench.now_ms.wrapping_sub(age_ms);
        let command = Command {
            boot_id: BOOT_ID,
            sequence: 1,
            verb: RAISE,
            expires_ms,
            seen_uptime_ms,
        };
        let verdict = bench.controller.handle_command(command, bench.now_ms);
        assert_eq!(verdict, expected, "{age_ms} {expires_ms}");
        assert_eq!(bench.has(Output::ArmUp), expected.is_ok());
    }
}

#[test]
fn a_command_of_another_boot_is_refused_without_burning_its_number() {
    let mut bench = Bench::new();
    let stale = Command {
        boot_id: BOOT_ID - 1,
        ..bench.fresh(RAISE)
    };
    let stale = Command {
        sequence: 1_000_000,
        ..stale
    };
    let refused = bench.controller.handle_command(stale, bench.now_ms);
    assert_eq!(refused, Err(Refusal::WrongBoot));
    assert_eq!(bench.report().last_sequence(), 0);
    bench.raise();
    let lease = gate_protocol::Lease {
        boot_id: 1,
        beat: 77,
        lease_ms: 1_000,
    };
    assert_eq!(
        bench.controller.handle_lease(lease, bench.now_ms),
        Err(Refusal::WrongBoot)
    );
}

#[test]
fn without_a_lease_nothing_is_raised_or_lowered() {
    let mut bench = Bench::cold(Configuration::default(), 0);
    bench.gateway_alive = false;
    bench.run(3_000);
    assert_eq!(bench.command(RAISE), Err(Refusal::NoLease));
    assert_eq!(bench.command(Verb::Lower), Err(Refusal::NoLease));
    bench.command(Verb::Stop).expect("always heard");
}

#[test]
fn a_withdrawn_release_closes_at_once_or_after_the_vehicle() {
    let mut bench = Bench::new();
    bench.raise();
    bench.run(1_000);
    bench.command(Verb::Withdraw).expect("always heard");
    assert!(!bench.has(Output::ArmUp));
    bench.run(8_000);
    assert_eq!(bench.report().arm, ArmState::Down);

    let mut bench = Bench::new();
    let truck = bench.arrive(LORRY, WAITING_MM);
    bench.open();
    bench.command(Verb::Withdraw).expect("always heard");
    assert!(bench.has(Output::EntryRed));
    bench.drive_to(truck, 6_000, 4);
    bench.run(20_000);
    assert_ne!(bench.report().arm, ArmState::Down, "not on the vehicle");
}

#[test]
fn heads_can_be_held_red_but_never_made_green() {
    let mut bench = Bench::new();
    bench
        .command(Verb::Lights {
            entry: Light::Follow,
            exit: Light::Follow,
        })
        .expect("heard");
    assert!(bench.has(Output::EntryRed) && bench.has(Output::ExitRed));
    bench.open();
    assert!(bench.has(Output::EntryGreen));
    bench
        .command(Verb::Lights {
            entry: Light::Red,
            exit: Light::Follow,
        })
        .expect("heard");
    assert!(bench.has(Output::EntryRed));
}

#[test]
fn siren_and_strobe_end_by_themselves() {
    let mut bench = Bench::new();
    bench.command(Verb::Siren { on_ms: 700 }).expect("heard");
    bench.command(Verb::Strobe { on_ms: 100 }).expect("heard");
    assert!(bench.has(Output::Siren) && bench.has(Output::DisplayStrobe));
    bench.run(150);
    assert!(bench.has(Output::Siren) && !bench.has(Output::DisplayStrobe));
    bench.run(600);
    assert!(!bench.has(Output::Siren));
}

#[test]
fn settings_change_only_at_the_cabinet() {
    let mut bench = Bench::new();
    let configuration = Configuration {
        warning_ms: 3_000,
        ..Configuration::default()
    };
    let block = configuration.encode();
    let write = |bench: &mut Bench| {
        bench
            .controller
            .write_registers(map::CONFIGURATION, &block, bench.now_ms)
    };
    assert_eq!(write(&mut bench), Ok(Err(Refusal::NotLocal)));
    bench.set(Input::HandKey, true);
    bench.run(100);
    assert_eq!(write(&mut bench), Ok(Ok(())));
    let mut read = [0; map::CONFIGURATION_LENGTH];
    bench
        .controller
        .read_holding_registers(map::CONFIGURATION, &mut read)
        .expect("the block");
    assert_eq!(read, block);
    assert_eq!(bench.report().configuration_crc, configuration.crc());
}

#[test]
fn registers_carry_the_whole_exchange() {
    let mut bench = Bench::new();
    let mut registers = [0; map::REPORT_LENGTH];
    bench
        .controller
        .read_input_registers(map::REPORT, &mut registers)
        .expect("the report");
    let report = Report::decode(&registers).expect("our own map");
    assert_eq!(report, bench.report());
    let block = report
        .command(report.last_sequence() + 1, RAISE, 500)
        .encode();
    let verdict = bench
        .controller
        .write_registers(map::COMMAND, &block, bench.now_ms);
    assert_eq!(verdict, Ok(Ok(())));
    assert!(bench.has(Output::ArmUp));
    let mut part = [0; 2];
    bench
        .controller
        .read_input_registers(16, &mut part)
        .expect("part of a report");
    assert_eq!(part[0], ArmState::Raising.code());
}

#[test]
fn what_is_no_block_is_refused_and_counted() {
    let mut bench = Bench::new();
    let good = bench.fresh(RAISE).encode();
    let mut bad_opcode = good;
    bad_opcode[4] = 99;
    let mut bad_argument = good;
    bad_argument[5] = 7;
    for (address, registers) in [
        (map::COMMAND, &good[..8]),
        (map::COMMAND + 1, &good[..]),
        (map::COMMAND, &bad_opcode[..]),
        (map::COMMAND, &bad_argument[..]),
        (5_000, &good[..]),
        (map::COMMAND, &[]),
    ] {
        bench
            .controller
            .write_registers(address, registers, bench.now_ms)
            .expect_err("no block");
    }
    assert_eq!(
        bench.report().counters.refused_by_reason[Refusal::Malformed.slot()],
        6
    );
    assert!(!bench.has(Output::ArmUp));
    let mut registers = [0; 4];
    for address in [map::REPORT_LENGTH as u16 - 1, map::RING + 253, u16::MAX] {
        bench
            .controller
            .read_input_registers(address, &mut registers)
            .expect_err("outside");
    }
    bench
        .controller
        .read_holding_registers(map::COMMAND, &mut registers)
        .expect_err("write only");
}
