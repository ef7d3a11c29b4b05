//! Round trips, refusals, and arbitrary registers.

use crate::*;

/// xorshift64: arbitrary registers, the same on every machine.
fn next(seed: &mut u64) -> u16 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    (*seed >> 32) as u16
}

#[test]
fn every_verb_survives_the_wire() {
    let verbs = [
        Verb::Raise { from: Side::Entry },
        Verb::Raise { from: Side::Exit },
        Verb::Lower,
        Verb::Stop,
        Verb::Withdraw,
        Verb::Lights {
            entry: Light::Red,
            exit: Light::Follow,
        },
        Verb::Lights {
            entry: Light::Follow,
            exit: Light::Red,
        },
        Verb::Siren { on_ms: 65_535 },
        Verb::Strobe { on_ms: 0 },
        Verb::Acknowledge,
    ];
    for verb in verbs {
        let command = Command {
            boot_id: 0xDEAD_BEEF,
            sequence: 0x0001_0002,
            verb,
            expires_ms: 500,
            seen_uptime_ms: u32::MAX,
        };
        assert_eq!(
            Write::decode(map::COMMAND, &command.encode()),
            Ok(Write::Command(command))
        );
        assert!(
            Verb::OPCODES
                .iter()
                .any(|&(code, _, _)| code == verb.encode().0)
        );
    }
}

#[test]
fn opcodes_and_arguments_off_the_map_are_refused() {
    let cases = [
        (
            0,
            0,
            DecodeError::UnknownValue {
                address: 4,
                value: 0,
            },
        ),
        (
            9,
            0,
            DecodeError::UnknownValue {
                address: 4,
                value: 9,
            },
        ),
        (
            1,
            2,
            DecodeError::UnknownValue {
                address: 5,
                value: 2,
            },
        ),
        (
            2,
            1,
            DecodeError::UnknownValue {
                address: 5,
                value: 1,
            },
        ),
        (
            3,
            0x8000,
            DecodeError::UnknownValue {
                address: 5,
                value: 0x8000,
            },
        ),
        (
            5,
            0x0200,
            DecodeError::UnknownValue {
                address: 5,
                value: 2,
            },
        ),
    ];
    for (opcode, argument, error) in cases {
        assert_eq!(Verb::decode(opcode, argument), Err(error));
    }
}

#[test]
fn decoding_arbitrary_registers_never_panics_and_what_decodes_encodes_back() {
    let mut seed = 0x4B41_4B4F_0000_0001;
    let mut decoded = 0;
    for round in 0..200_000_u32 {
        let mut registers = [0; map::READ_LIMIT as usize];
        for register in &mut registers {
            // Small values are the ones that reach deep.
            *register = next(&mut seed) & [0xFFFF, 0x000F, 0x0003][round as usize % 3];
        }
        let length = usize::from(next(&mut seed)) % registers.len();
        let registers = &mut registers[..length];
        if round % 2 == 0 && length > 2 {
            (registers[0], registers[1]) = (0x4B41, 0x4B4F);
        }
        if let Ok(report) = Report::decode(registers) {
            let again = report.encode();
            let lossy = [map::RESET_CAUSE];
            for (at, (ours, theirs)) in again.iter().zip(registers.iter()).enumerate() {
                assert!(ours == theirs || lossy.contains(&at), "register {at}");
            }
            decoded += 1;
        }
        for address in [
            map::COMMAND,
            map::LEASE,
            map::CONFIGURATION,
            next(&mut seed),
        ] {
            let _ = Write::decode(address, registers);
        }
        if let Ok(command) = Command::decode(registers) {
            assert_eq!(command.encode(), registers[..map::COMMAND_LENGTH]);
            decoded += 1;
        }
        if let Ok(edge) = Edge::decode(registers, u32::from(next(&mut seed) & 3)) {
            assert_eq!(
                edge.encode(u32::from(registers[3])),
                registers[..map::EDGE_LENGTH]
            );
            decoded += 1;
        }
    }
    assert!(decoded > 1_000, "{decoded}");
}

#[test]
fn a_report_of_a_later_map_is_read_and_of_no_map_is_not() {
    let mut later = [0; map::REPORT_LENGTH + 4];
    later[..2].copy_from_slice(&[0x4B41, 0x4B4F]);
    assert_eq!(
        Report::decode(&later),
        Err(DecodeError::MapVersion { version: 0 })
    );
    later[map::MAP_VERSION_AT] = 2;
    later[map::FAULTS] = 0x8000;
    later[map::RESET_CAUSE] = 99;
    let report = Report::decode(&later).expect("a prefix we know");
    assert_eq!(
        report.faults.bits(),
        0x8000_0000,
        "a fault of a later map does not vanish"
    );
    assert_eq!(report.identity.reset_cause, ResetCause::Unknown);
    later[map::ARM] = 6;
    let unknown = DecodeError::UnknownValue {
        address: map::ARM as u16,
        value: 6,
    };
    assert_eq!(Report::decode(&later), Err(unknown));
    let short = DecodeError::Length {
        needed: map::REPORT_LENGTH as u16,
        got: 3,
    };
    assert_eq!(Report::decode(&later[..3]), Err(short));
    later[0] = 0;
    assert_eq!(
        Report::decode(&later),
        Err(DecodeError::NotAGateController { magic: 0x4B4F })
    );
}

#[test]
fn settings_out_of_range_are_refused_by_name() {
    let defaults = Configuration::default().encode();
    assert_eq!(
        Configuration::decode(&defaults),
        Ok(Configuration::default())
    );
    for (at, setting) in SETTINGS.iter().enumerate() {
        let address = map::CONFIGURATION + at as u16;
        for value in [
            setting.least.checked_sub(1),
            setting.greatest.checked_add(1),
        ] {
            let Some(value) = value else { continue };
            let mut block = defaults;
            block[at] = value;
            let refused = DecodeError::OutOfRange { address, value };
            assert_eq!(
                Configuration::decode(&block),
                Err(refused),
                "{}",
                setting.name
            );
        }
    }
    let zone = Inputs::ALL.without_all(Inputs::ZONE);
    let limit = Inputs::ALL.without(Input::ArmDownLimit);
    for fitted in [zone, limit, Inputs::NONE] {
        let blind = Configuration {
            fitted,
            ..Configuration::default()
        };
        Configuration::decode(&blind.encode()).expect_err("nothing to judge by");
    }
}

#[test]
fn reads_of_the_ring_are_contiguous_and_complete() {
    let cases = [
        // (next, written) -> (slot, edges, lost)
        (0, 1, Some((0, 1, 0))),
        (0, 40, Some((0, 31, 0))),
        (60, 70, Some((60, 4, 0))),
        (64, 70, Some((0, 6, 0))),
        (0, 100, Some((36, 28, 36))),
        (100, 100, None),
        (u32::MAX, 1, Some((63, 1, 0))),
    ];
    for (next, written, expected) in cases {
        let read = edge_read(next, written);
        let seen = read.map(|read| {
            let slot = (read.address - map::RING) / 4;
            (slot, read.length / 4, read.lost)
        });
        assert_eq!(seen, expected, "{next} {written}");
    }
}

#[test]
fn a_slot_overwritten_during_the_read_shows() {
    let edge = Edge {
        at_ms: 70_000,
        input: Input::MainsOk,
        rising: true,
        stage: Stage::Debounced,
    };
    assert_eq!(Edge::decode(&edge.encode(5), 5), Ok(edge));
    assert_eq!(
        Edge::decode(&edge.encode(69), 5),
        Err(DecodeError::Overwritten { index: 5 })
    );
    let mut slot = edge.encode(5);
    slot[2] = 11;
    assert_eq!(
        Edge::decode(&slot, 5),
        Err(DecodeError::UnknownValue {
            address: 278,
            value: 11
        })
    );
}

#[test]
fn bits_and_labels_are_one_to_one() {
    for (at, &input) in Input::ALL.iter().enumerate() {
        assert_eq!(
            (usize::from(input.position()), Input::at(at as u8)),
            (at, Some(input))
        );
        assert_eq!(Inputs::NONE.with(input).bits(), 1 << at);
    }
    assert_eq!(Input::at(11), None);
    assert_eq!(Inputs::ALL.bits().count_ones() as usize, Input::ALL.len());
    for (at, fault) in Fault::ALL.iter().enumerate() {
        assert_eq!(usize::from(fault.position()), at);
    }
    assert!(
        Refusal::ALL
            .iter()
            .all(|refusal| refusal.slot() < Refusal::SLOTS)
    );
}

#[test]
fn errors_read_as_sentences() {
    let error = DecodeError::OutOfRange {
        address: 64,
        value: 1,
    };
    assert_eq!(
        error.to_string(),
        "setting 1 at register 64 is out of range"
    );
    assert_eq!(
        DecodeError::Overwritten { index: 9 }.to_string(),
        "edge 9 has been overwritten"
    );
}
