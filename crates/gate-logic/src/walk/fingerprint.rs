//! Turns a controller and its arm into a number equal for states that differ
//! only by the passing of time and by counts.

use std::hash::{DefaultHasher, Hash, Hasher};

use gate_protocol::{Input, Inputs};

use crate::Controller;
use crate::clock::Hold;
use crate::lease::Tenure;
use crate::plant::Plant;
use crate::tracker::Phase;

/// A hold, free of absolute time. A finished hold is one state.
fn age(hold: Hold, now_ms: u32) -> u32 {
    if hold.done {
        u32::MAX
    } else {
        now_ms.wrapping_sub(hold.since_ms)
    }
}

/// Everything that decides what happens next.
pub(crate) fn fingerprint(controller: &Controller, plant: &Plant) -> u64 {
    let hash = &mut DefaultHasher::new();
    hash_inputs(controller, hash);
    hash_passage(controller, hash);
    hash_motion(controller, hash);
    age(controller.boot, controller.now_ms).hash(hash);
    plant.position().hash(hash);
    hash.finish()
}

fn hash_inputs(controller: &Controller, hash: &mut DefaultHasher) {
    let now_ms = controller.now_ms;
    let channels = &controller.channels;
    [
        channels.raw,
        channels.recorded,
        channels.stable,
        channels.stuck,
    ]
    .hash(hash);
    for &input in Input::ALL {
        let pending = channels.raw.has(input) != channels.stable.has(input)
            || channels.raw.has(input) != channels.recorded.has(input);
        let since_ms = channels.raw_since_ms[input as usize];
        pending.then(|| now_ms.wrapping_sub(since_ms)).hash(hash);
        let sensors = Inputs::ZONE.with(Input::ApproachLoop).with(Input::ExitLoop);
        // A stuck time hours away is out of the walk's reach: left out, not merged wrongly.
        let reachable = controller.configuration.beam_stuck_s < 1_000;
        let occupied = reachable && channels.stable.has(input) && sensors.has(input);
        occupied
            .then(|| age(channels.occupied[input as usize], now_ms))
            .hash(hash);
    }
    match controller.lease.tenure {
        Tenure::Held { hold, .. } => age(hold, now_ms).hash(hash),
        Tenure::Waiting => u32::MAX.hash(hash),
        Tenure::Lost => (u32::MAX - 1).hash(hash),
    }
}

fn hash_passage(controller: &Controller, hash: &mut DefaultHasher) {
    let now_ms = controller.now_ms;
    controller.tracker.fingerprint(now_ms).hash(hash);
    let passage = controller.tracker.passage;
    passage
        .map(|passage| (passage.from, passage.vehicle, passage.behind))
        .hash(hash);
    if let Some(Phase::Clearing {
        clear,
        entry_side_on,
    }) = passage.map(|passage| passage.phase)
    {
        (age(clear, now_ms), entry_side_on).hash(hash);
    }
    (
        controller.authority,
        controller.flagged,
        controller.open_after_release,
    )
        .hash(hash);
    controller
        .release
        .map(|release| {
            (
                release.from,
                release.spent,
                release.nosed,
                age(release.open, now_ms),
            )
        })
        .hash(hash);
    (controller.latched, controller.missed).hash(hash);
}

fn hash_motion(controller: &Controller, hash: &mut DefaultHasher) {
    let now_ms = controller.now_ms;
    controller.arm.fingerprint(now_ms).hash(hash);
    let zone_free = if controller.zone_clear {
        u32::MAX
    } else {
        age(controller.zone_free, now_ms)
    };
    (
        controller.lower_due,
        controller.halted,
        controller.fire_seen,
        zone_free,
    )
        .hash(hash);
    controller
        .warning
        .map(|warning| age(warning, now_ms))
        .hash(hash);
    controller.reversals_in_row.hash(hash);
}
