//! Samples, edges and the times to wake.

use gate_protocol::{
    Configuration, Edge, Fault, Input, Inputs, Output, Side, Stage, Verb, edge_read, map,
};

use crate::Controller;
use crate::bench::{Bench, check_safety, identity};
use crate::plant::Plant;

/// Fetches all edges from an index on, as a gateway would; also how many were lost.
fn fetch(controller: &Controller, mut next: u32) -> (Vec<Edge>, u32) {
    let mut edges = Vec::new();
    let mut lost = 0;
    while let Some(read) = edge_read(next, controller.report().edges_written) {
        let mut registers = vec![0; usize::from(read.length)];
        controller
            .read_input_registers(read.address, &mut registers)
            .expect("within the ring");
        for (slot, index) in registers.chunks(map::EDGE_LENGTH).zip(read.first_index..) {
            edges.push(Edge::decode(slot, index).expect("the slot asked for"));
        }
        lost += read.lost;
        next = read.next_index();
    }
    (edges, lost)
}

#[test]
fn a_pulse_of_five_milliseconds_is_recorded_between_polls_and_three_is_noise() {
    for (pulse_ms, expected) in [(3, 0), (4, 2), (5, 2), (19, 2), (20, 4), (300, 4)] {
        let mut bench = Bench::new();
        let next = bench.report().edges_written;
        let start_ms = bench.now_ms;
        let beam = bench.levels().with(Input::Beam1);
        bench.controller.handle_inputs(beam, start_ms);
        bench
            .controller
            .handle_inputs(bench.levels(), start_ms + pulse_ms);
        bench.controller.handle_timeout(start_ms + pulse_ms + 50);
        let (edges, lost) = fetch(&bench.controller, next);
        assert_eq!((edges.len(), lost), (expected, 0), "{pulse_ms}");
        if expected > 0 {
            let rising = Edge {
                at_ms: start_ms,
                input: Input::Beam1,
                rising: true,
                stage: Stage::Raw,
            };
            let falling = Edge {
                at_ms: start_ms + pulse_ms,
                rising: false,
                ..rising
            };
            assert!(
                edges.contains(&rising) && edges.contains(&falling),
                "{edges:?}"
            );
        }
    }
}

#[test]
fn an_overrun_ring_tells_how_many_edges_it_lost() {
    let mut bench = Bench::new();
    let next = bench.report().edges_written;
    for _ in 0..25 {
        bench.set(Input::CabinetDoor, true);
        bench.run(200);
        bench.set(Input::CabinetDoor, false);
        bench.run(200);
    }
    let (edges, lost) = fetch(&bench.controller, next);
    assert_eq!((edges.len(), lost), (64, 100 - 64));
    assert!(edges.iter().all(|edge| edge.input == Input::CabinetDoor));
}

#[test]
fn every_input_debounces_by_its_own_time() {
    let mut configuration = Configuration::default();
    for (position, debounce_ms) in configuration.debounce_ms.iter_mut().enumerate() {
        *debounce_ms = 10 + position as u16;
    }
    for &input in Input::ALL {
        let mut controller = Controller::new(configuration, identity(), 0);
        controller.handle_inputs(Inputs::NONE.with(input), 100);
        let due_ms = 100 + u32::from(configuration.debounce_ms[input as usize]);
        controller.handle_timeout(due_ms - 1);
        assert!(!controller.report().inputs.has(input), "{input:?}");
        controller.handle_timeout(due_ms);
        assert!(controller.report().inputs.has(input), "{input:?}");
    }
}

#[test]
fn inputs_not_fitted_are_not_believed() {
    let fitted = Inputs::ALL.without(Input::Beam2).without(Input::MainsOk);
    let configuration = Configuration {
        fitted,
        ..Configuration::default()
    };
    let mut controller = Controller::new(configuration, identity(), 0);
    controller.handle_inputs(Inputs::NONE.with(Input::Beam2), 0);
    controller.handle_timeout(1_000);
    let report = controller.report();
    assert_eq!(report.inputs, Inputs::NONE.with(Input::MainsOk));
    assert!(!report.faults.has(Fault::MainsLost));
}

#[test]
fn settings_that_do_not_hold_are_replaced_and_reported() {
    let broken = Configuration {
        fitted: Inputs::NONE,
        ..Configuration::default()
    };
    let controller = Controller::new(broken, identity(), 0);
    assert_eq!(*controller.configuration(), Configuration::default());
    assert!(controller.report().faults.has(Fault::ConfigurationRefused));
}

#[test]
fn before_the_first_sample_nothing_is_believed_clear() {
    let mut controller = Controller::new(Configuration::default(), identity(), 0);
    controller.handle_timeout(60_000);
    check_safety(&controller);
    let report = controller.report();
    assert!(report.status.has(gate_protocol::StatusBit::ZoneBlocked));
    assert!(report.faults.has(Fault::MainsLost));
}

/// The scripted inputs of one passage, with a lost lease and a reversal in it.
fn script(at_ms: u32) -> Inputs {
    let spans = [
        (Input::ApproachLoop, 3_000, 12_000),
        (Input::UnderArmLoop, 10_000, 14_000),
        (Input::Beam1, 10_500, 13_700),
        (Input::ExitLoop, 12_500, 16_000),
        (Input::Beam2, 19_500, 20_250),
    ];
    spans.iter().fold(
        Inputs::NONE.with(Input::MainsOk),
        |levels, &(input, from_ms, to_ms)| {
            levels.set(
                input,
                levels.has(input) || (from_ms..to_ms).contains(&at_ms),
            )
        },
    )
}

/// Runs the script, stepping as told, and returns every change of the relays.
fn run_script(event_driven: bool) -> Vec<(u32, u16)> {
    let configuration = Configuration::default();
    let mut controller = Controller::new(configuration, identity(), 0);
    let mut plant = Plant::new(2_990, 2_990, 0);
    let mut trace = Vec::new();
    let mut now_ms = 0;
    let mut last = None;
    while now_ms < 40_000 {
        plant.advance(now_ms);
        let levels = script(now_ms).or(plant.limits());
        if last.replace(levels) != Some(levels) {
            controller.handle_inputs(levels, now_ms);
        } else {
            controller.handle_timeout(now_ms);
        }
        if now_ms % 500 == 0 && now_ms < 15_000 {
            let beat = (now_ms / 500) as u16;
            let lease = controller.report().lease(beat, 1_000);
            controller.handle_lease(lease, now_ms).expect("a new beat");
        }
        if now_ms == 5_000 {
            let raise = controller
                .report()
                .command(1, Verb::Raise { from: Side::Entry }, 500);
            controller.handle_command(raise, now_ms).expect("free");
        }
        check_safety(&controller);
        let outputs = controller.outputs();
        plant.drive(outputs, now_ms);
        if trace.last().map(|&(_, bits)| bits) != Some(outputs.bits()) {
            trace.push((now_ms, outputs.bits()));
        }
        let outside_ms = 250 - now_ms % 250;
        let limit_ms = plant.poll_timeout().unwrap_or(outside_ms);
        let timer_ms = controller.poll_timeout() - now_ms;
        assert!(timer_ms > 0, "a host would spin at {now_ms}");
        now_ms += if event_driven {
            outside_ms.min(limit_ms).min(timer_ms)
        } else {
            1
        };
    }
    trace
}

#[test]
fn sleeping_until_the_poll_timeout_misses_nothing() {
    let ticking = run_script(false);
    assert_eq!(run_script(true), ticking);
    let lowered = ticking
        .iter()
        .filter(|(_, bits)| bits & 1 << Output::ArmDown as u16 != 0);
    assert_eq!(
        lowered.count(),
        2,
        "one lowering, reversed, and one to the end: {ticking:?}"
    );
}
