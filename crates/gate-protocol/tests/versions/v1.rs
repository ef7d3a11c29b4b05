//! Map version 1.

use gate_protocol::*;

fn report() -> Report {
    let mut refused_by_reason = [0; Refusal::SLOTS];
    refused_by_reason[Refusal::Expired.slot()] = 0x000C_000D;
    refused_by_reason[15] = 0x000E_000F;
    Report {
        map_version: 1,
        identity: Identity {
            serial: 0x1122_3344,
            firmware: (2, 7, 31),
            boot_id: 0x5566_7788,
            reset_cause: ResetCause::Watchdog,
        },
        uptime_ms: 0x99AA_BBCC,
        inputs: Inputs::NONE
            .with(Input::UnderArmLoop)
            .with(Input::ArmUpLimit)
            .with(Input::MainsOk),
        inputs_raw: Inputs::NONE.with(Input::Beam2),
        inputs_faulted: Inputs::NONE.with(Input::ExitLoop),
        outputs: Outputs::NONE
            .with(Output::EntryGreen)
            .with(Output::ExitRed)
            .with(Output::Siren),
        arm: ArmState::Up,
        mode: Mode::Remote,
        status: Status::NONE
            .with(StatusBit::ReleaseOpen)
            .with(StatusBit::PassageOpen),
        faults: Faults::NONE.with(Fault::ArmForced).with(Fault::LeaseLost),
        lease_remaining_ms: 987,
        accepted_sequence: 0x0101_0202,
        refused_sequence: 0x0303_0404,
        refusal: Some(Refusal::ZoneOccupied),
        configuration_crc: 0xFACE,
        edges_written: 0x0505_0606,
        counters: Counters {
            vehicles_in: 0x0001_0002,
            vehicles_out: 3,
            tail_following: 4,
            run_through: 5,
            reversed_out: 6,
            ambiguous: 7,
            forced: 8,
            reversals: 9,
            hand_raises: 10,
            commands_accepted: 11,
            commands_refused: 12,
            refused_by_reason,
        },
        last_vehicle_at_ms: 0x0707_0808,
    }
}

#[rustfmt::skip]
const REPORT: [u16; 86] = [
    0x4B41, 0x4B4F, 1, 0x0207, 31,                  // magic, map version, firmware
    0x1122, 0x3344, 0x5566, 0x7788, 4,              // serial, boot id, reset cause
    0x99AA, 0xBBCC,                                 // uptime
    0x0422, 0x0010, 0x0004, 0x00B0,                 // inputs, raw, faulted, outputs
    3, 1, 0x0081, 0x0002, 0x0010,                   // arm, mode, status, faults
    987, 0x0101, 0x0202, 0x0303, 0x0404, 9,         // lease, accepted, refused, refusal
    0xFACE, 0x0505, 0x0606,                         // configuration crc, edges written
    1, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7,             // in, out, tail, run-through, reversed, ambiguous
    0, 8, 0, 9, 0, 10, 0, 11, 0, 12,                // forced, reversals, hand, accepted, refused
    0, 0, 0, 0, 0, 0, 0, 0, 12, 13, 0, 0, 0, 0, 0, 0, // refused by reason 0 to 7
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 14, 15, // refused by reason 8 to 15
    0x0707, 0x0808,                                 // last vehicle
];

#[test]
fn report_registers_are_frozen() {
    assert_eq!(report().encode(), REPORT);
    assert_eq!(Report::decode(&REPORT), Ok(report()));
}

#[test]
fn command_registers_are_frozen() {
    let cases = [
        (Verb::Raise { from: Side::Exit }, [1, 1]),
        (Verb::Lower, [2, 0]),
        (Verb::Stop, [3, 0]),
        (Verb::Withdraw, [4, 0]),
        (
            Verb::Lights {
                entry: Light::Follow,
                exit: Light::Red,
            },
            [5, 0x0100],
        ),
        (Verb::Siren { on_ms: 1_500 }, [6, 1_500]),
        (Verb::Strobe { on_ms: 200 }, [7, 200]),
        (Verb::Acknowledge, [8, 0]),
    ];
    for (verb, [opcode, argument]) in cases {
        let command = report().command(0x0A0B_0C0D, verb, 500);
        let frozen = [
            0x5566, 0x7788, 0x0A0B, 0x0C0D, opcode, argument, 500, 0x99AA, 0xBBCC,
        ];
        assert_eq!(command.encode(), frozen);
        assert_eq!(Write::decode(0, &frozen), Ok(Write::Command(command)));
    }
}

#[test]
fn lease_registers_are_frozen() {
    let lease = report().lease(513, 1_000);
    assert_eq!(lease.encode(), [0x5566, 0x7788, 513, 1_000]);
    assert_eq!(
        Write::decode(16, &[0x5566, 0x7788, 513, 1_000]),
        Ok(Write::Lease(lease))
    );
}

#[test]
fn edge_registers_are_frozen() {
    let edge = Edge {
        at_ms: 0x0001_86A0,
        input: Input::Beam1,
        rising: true,
        stage: Stage::Raw,
    };
    assert_eq!(edge.encode(0x0001_0041), [0x0001, 0x86A0, 0x0103, 0x0041]);
    assert_eq!(map::ring_slot(0x0001_0041), 260);
    let debounced = Edge {
        rising: false,
        stage: Stage::Debounced,
        ..edge
    };
    assert_eq!(debounced.encode(2), [0x0001, 0x86A0, 0x0203, 2]);
}

#[test]
fn configuration_registers_are_frozen() {
    #[rustfmt::skip]
    let frozen = [
        3_000, 3_000, 1_500, 1_000, 300, 1_000, 1_000, 700, 120, 3_600, 300, 300, 10, 1_000, 500,
        0, 1, 3, 0x07FF,
        50, 50, 50, 20, 20, 20, 20, 50, 100, 100, 50,
    ];
    assert_eq!(Configuration::default().encode(), frozen);
    let stay = Configuration {
        lease_loss: LeaseLoss::Stay,
        ..Configuration::default()
    };
    assert_eq!(stay.encode()[15], 1);
    assert_eq!(map::CONFIGURATION, 64);
}

#[test]
fn bits_and_codes_are_frozen() {
    let labels = |labels: Vec<&str>| labels.join(" ");
    assert_eq!(
        labels(Input::ALL.iter().map(|bit| bit.label()).collect()),
        "approach_loop under_arm_loop exit_loop beam_1 beam_2 arm_up_limit arm_down_limit \
         hand_key fire_alarm cabinet_door mains_ok"
    );
    assert_eq!(
        labels(Output::ALL.iter().map(|bit| bit.label()).collect()),
        "arm_up arm_down arm_stop entry_red entry_green exit_red exit_green siren display_strobe"
    );
    assert_eq!(
        labels(Fault::ALL.iter().map(|bit| bit.label()).collect()),
        "limits_conflict raise_overrun lower_overrun arm_not_moving arm_forced arm_sank \
         approach_loop_stuck under_arm_loop_stuck exit_loop_stuck beam_1_stuck beam_2_stuck \
         under_arm_loop_silent beam_1_silent beam_2_silent tail_following run_through \
         obstruction_limit lease_lost mains_lost cabinet_open fire_alarm configuration_refused"
    );
    assert_eq!(
        labels(Refusal::ALL.iter().map(|code| code.label()).collect()),
        "malformed wrong_boot repeated expired no_lease hand_key fire_alarm mains_lost \
         zone_occupied sensor_fault arm_fault release_open not_local"
    );
    assert_eq!(Refusal::NotLocal.code(), 13);
    assert_eq!(Mode::MainsLost.code(), 5);
    assert_eq!(ArmState::Stopped.code(), 5);
}
