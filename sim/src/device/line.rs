//! One device's line, both ends: observations → bytes with the faults of the line → readings as
//! an intake decodes them. Notices silence and broken connections, as an intake does.

use domain::device::{DeviceKind, DeviceState};
use domain::mass::Mass;
use domain::reading::Observation;
use domain::time::Now;

use super::codec::Codec;
use super::fault::Fault;
use crate::world::draw::Draw;

/// A late message comes this much later.
const LATE_MS: u64 = 4_000;
/// A frozen device repeats itself this often.
const REPEAT_MS: u64 = 2_000;
/// A scale that sends continuously is silent after this long without a valid frame.
const SCALE_SILENCE_MS: u64 = 2_000;

/// A device's state has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// From now on.
    pub state: DeviceState,
    /// In words.
    pub cause: &'static str,
}

/// One line.
#[derive(Debug)]
pub struct Line {
    kind: DeviceKind,
    codec: Codec,
    state: DeviceState,
    change: Option<Change>,
    last_sent: Option<Vec<u8>>,
    last_heard_ms: u64,
    repeat_at_ms: u64,
    cut_next: bool,
    frames: u64,
    rejected_before: u64,
}

impl Line {
    /// The line of a device of `kind` in lane `lane`. Lanes have different indicators.
    #[must_use]
    pub fn new(kind: DeviceKind, lane: usize) -> Self {
        Self {
            kind,
            codec: Codec::new(kind, lane),
            state: DeviceState::Live,
            change: None,
            last_sent: None,
            last_heard_ms: 0,
            repeat_at_ms: 0,
            cut_next: false,
            frames: 0,
            rejected_before: 0,
        }
    }

    /// Valid frames and rejected frames so far.
    #[must_use]
    pub fn counts(&self) -> (u64, u64) {
        (self.frames, self.rejected_before + self.codec.rejected())
    }

    /// What the device puts on the line for `seen`: bytes, each with its delay in ms.
    pub fn speak(
        &mut self,
        seen: &Observation,
        fault: Option<Fault>,
        now_ms: u64,
        draw: &mut Draw,
    ) -> Vec<(u64, Vec<u8>)> {
        if fault == Some(Fault::Frozen) {
            // A scale goes on sending; a reader that sends on sight is repeated by `watch`.
            let again = self.last_sent.clone().filter(|_| self.is_continuous());
            return again.map(|bytes| (0, bytes)).into_iter().collect();
        }
        let encoded = if fault == Some(Fault::WrongUnit) {
            self.codec.encode(&in_pounds(seen))
        } else {
            self.codec.encode(seen)
        };
        let Some(mut bytes) = encoded else {
            return Vec::new();
        };
        let mut delay_ms = 0;
        match fault {
            Some(Fault::Silent) => return Vec::new(),
            Some(Fault::Reconnecting) if is_down(now_ms) => return Vec::new(),
            Some(Fault::Late) => delay_ms = LATE_MS,
            Some(Fault::Noisy) if draw.chance(400) => {
                for _ in 0..draw.between(1, 3) {
                    let at = draw.index(bytes.len());
                    bytes[at] ^= 1 << draw.index(8);
                }
            }
            Some(Fault::HalfFrames) => {
                self.cut_next = !self.cut_next;
                if self.cut_next {
                    bytes.truncate(bytes.len() / 2);
                }
            }
            Some(
                Fault::Noisy
                | Fault::Reconnecting
                | Fault::WrongUnit
                | Fault::ZeroDrift
                | Fault::Frozen,
            )
            | None => {}
        }
        self.last_sent = Some(bytes.clone());
        vec![(delay_ms, bytes)]
    }

    fn is_continuous(&self) -> bool {
        self.kind == DeviceKind::Weighbridge
    }

    /// What an intake makes of bytes that arrive.
    pub fn hear(&mut self, bytes: &[u8], now: Now) -> Vec<Observation> {
        let observations = self.codec.decode(bytes, now);
        if !observations.is_empty() {
            self.frames += observations.len() as u64;
            self.last_heard_ms = now.mono.as_micros() / 1_000;
            self.set_state(DeviceState::Live, "");
        }
        observations
    }

    /// Time passes: connections break, silence grows, a frozen reader repeats itself. Returns
    /// what it repeats.
    pub fn watch(&mut self, fault: Option<Fault>, now_ms: u64) -> Option<Vec<u8>> {
        let down = fault == Some(Fault::Reconnecting) && is_down(now_ms);
        if down && self.state != DeviceState::Lost {
            // A new connection begins with an empty buffer.
            self.rejected_before += self.codec.rejected();
            self.codec = self.codec.reopened();
            self.set_state(DeviceState::Lost, "closed by the device");
        } else if !down && self.state == DeviceState::Lost && !self.is_continuous() {
            self.set_state(DeviceState::Live, "");
        }
        let is_silent = now_ms > self.last_heard_ms + SCALE_SILENCE_MS;
        if self.is_continuous() && is_silent && self.state == DeviceState::Live {
            self.set_state(DeviceState::Silent, "no frame in time");
        }
        let repeats = fault == Some(Fault::Frozen) && !self.is_continuous();
        if !repeats || now_ms < self.repeat_at_ms {
            return None;
        }
        self.repeat_at_ms = now_ms + REPEAT_MS;
        self.last_sent.clone()
    }

    fn set_state(&mut self, state: DeviceState, cause: &'static str) {
        if self.state != state {
            self.state = state;
            self.change = Some(Change { state, cause });
        }
    }

    /// Whether there is a change of state to take.
    #[must_use]
    pub fn has_change(&self) -> bool {
        self.change.is_some()
    }

    /// The change of state since the last call.
    pub fn take_change(&mut self) -> Option<Change> {
        self.change.take()
    }
}

fn is_down(now_ms: u64) -> bool {
    now_ms % 10_000 < 3_000
}

/// The same load on an indicator that somebody switched to pounds and that does not say so.
fn in_pounds(seen: &Observation) -> Observation {
    let Observation::Weight(weight) = seen else {
        return seen.clone();
    };
    let mut weight = weight.clone();
    let division = super::scale::DIVISION.grams();
    let pounds = weight.value.grams() * 1_000_000 / 453_592;
    weight.value = Mass::from_grams(pounds.div_euclid(division) * division);
    Observation::Weight(weight)
}
