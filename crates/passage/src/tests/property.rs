//! Whatever comes in whatever order: no raise without its durable record, no more than two
//! commands for one record, every passage ends once.

use std::collections::BTreeMap;

use domain::actuation::Actuation;
use domain::event::EventBody;
use domain::gate::ArmState;
use domain::operator::{Act, LaneMode};
use domain::policy::RuleId;
use proptest::prelude::*;

use super::Bench;
use crate::port::Input;

#[derive(Debug, Clone, Copy)]
enum Move {
    Approach,
    Under,
    Exit,
    Sight,
    Platform,
    Run,
    Wait,
    Disk,
    DiskWaits,
    Settle,
    Ledger,
    Clear,
    Bay,
    End,
    Reread,
    Mode,
    Tail,
    RunThrough,
    Reboot,
    Arm,
    Gate,
    Key,
    Advanced,
}

const MOVES: [Move; 23] = [
    Move::Approach,
    Move::Under,
    Move::Exit,
    Move::Sight,
    Move::Platform,
    Move::Run,
    Move::Wait,
    Move::Disk,
    Move::DiskWaits,
    Move::Settle,
    Move::Ledger,
    Move::Clear,
    Move::Bay,
    Move::End,
    Move::Reread,
    Move::Mode,
    Move::Tail,
    Move::RunThrough,
    Move::Reboot,
    Move::Arm,
    Move::Gate,
    Move::Key,
    Move::Advanced,
];

fn make(bench: &mut Bench, step: Move) {
    match step {
        Move::Approach => bench.inputs.approach_loop ^= true,
        Move::Under => bench.inputs.under_arm_loop ^= true,
        Move::Exit => bench.inputs.exit_loop ^= true,
        Move::Sight => bench.sight(),
        Move::Platform => bench.platform_kg = if bench.platform_kg == 0 { 39_700 } else { 0 },
        Move::Run => bench.run(1_000),
        Move::Wait => bench.run(9_000),
        Move::Disk => bench.disk_works ^= true,
        Move::DiskWaits => bench.disk_waits ^= true,
        Move::Settle => bench.settle(),
        Move::Ledger => bench.ledger_answers ^= true,
        Move::Clear => bench.clear(&RuleId::ALL),
        Move::Bay => bench.act(Act::SendToBay {
            text: String::new(),
        }),
        Move::End => bench.act(Act::EndWithoutRelease {
            text: String::new(),
        }),
        Move::Reread => bench.act(Act::Reread),
        Move::Mode => {
            let next = match bench.lane.view().mode {
                LaneMode::Live => LaneMode::Advisory,
                LaneMode::Advisory => LaneMode::Closed,
                LaneMode::Closed | LaneMode::Shadow => LaneMode::Live,
            };
            bench.act(Act::SetMode(next));
        }
        Move::Tail => bench.counters.tail_following += 1,
        Move::RunThrough => bench.counters.run_through += 1,
        Move::Reboot => bench.boot_id += 1,
        Move::Arm => {
            bench.arm = if bench.arm == ArmState::Up {
                ArmState::Down
            } else {
                ArmState::Up
            };
        }
        Move::Gate => bench.gate_answers ^= true,
        Move::Key => bench.inputs.hand_key ^= true,
        Move::Advanced => bench.feed(Input::LedgerAdvanced),
    }
    bench.run(200);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_raise_has_a_durable_record_and_a_passage_ends_once(
        steps in proptest::collection::vec(proptest::sample::select(&MOVES[..]), 1..60),
    ) {
        // The bench itself asserts that each raise names a durable record.
        let mut bench = Bench::at_rest();
        for step in steps {
            make(&mut bench, step);
        }
        let mut commands: BTreeMap<u64, usize> = BTreeMap::new();
        for act in &bench.acts {
            if let Actuation::Raise { record, .. } = act {
                *commands.entry(*record).or_default() += 1;
            }
        }
        prop_assert!(commands.values().all(|times| *times <= 2), "{commands:?}");
        let mut opened = BTreeMap::new();
        let mut ended = BTreeMap::new();
        let mut seen = std::collections::BTreeSet::new();
        for event in &bench.events {
            let passage = event.passage.clone();
            // An event that failed to be recorded comes again, with the same time.
            let is_repeat = !seen.insert(format!("{event:?}"));
            if is_repeat {
                continue;
            }
            if matches!(event.body, EventBody::PassageOpened) {
                *opened.entry(passage).or_insert(0) += 1;
            } else if matches!(event.body, EventBody::PassageEnded { .. }) {
                *ended.entry(passage).or_insert(0) += 1;
            }
        }
        prop_assert!(opened.values().all(|times| *times == 1), "{opened:?}");
        prop_assert!(ended.values().all(|times| *times == 1), "{ended:?}");
        prop_assert!(ended.keys().all(|passage| opened.contains_key(passage)));
        prop_assert!(opened.len() <= ended.len() + 1);
    }
}
