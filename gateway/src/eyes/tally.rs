//! What has come of one device's pictures: how many count as missing, whether enough are sure, and
//! whether one is still being read.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::digest::Digest;
use domain::time::Instant;
use tokio::sync::watch;
use vision::Scene;

/// Likelier readings are expected to become sure.
const LIKELY: f32 = 0.3;
/// Sure pictures of each kind of reading after which no more are needed: as many as the baseline
/// policy wants to agree.
const ENOUGH: u32 = 2;

/// Between two records of pictures of one device that count as missing.
const TOLD_EVERY: Duration = Duration::from_secs(1);

/// Counts of one camera or scanner.
#[derive(Debug)]
pub struct Tally {
    counts: Mutex<Counts>,
    waiting: watch::Sender<u32>,
}

#[derive(Debug, Default)]
struct Counts {
    rejected: u64,
    /// How many of them the records stand for, and when the last was made.
    told: u64,
    told_at: Option<Instant>,
    numbers: Kind,
    plates: Kind,
    /// Hash of the picture before.
    last: Option<Digest>,
}

/// One kind of reading since the request for readings.
#[derive(Debug, Default)]
struct Kind {
    seen: bool,
    sure: u32,
}

impl Kind {
    /// Counts a picture: the confidence of each reading, and whether it is accepted.
    fn count(&mut self, readings: impl Iterator<Item = (f32, bool)>) {
        let likely: Vec<bool> = readings
            .filter(|(confidence, accepted)| *accepted || *confidence >= LIKELY)
            .map(|(_, accepted)| accepted)
            .collect();
        self.seen |= !likely.is_empty();
        if !likely.is_empty() && likely.iter().all(|accepted| *accepted) {
            self.sure += 1;
        }
    }
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            counts: Mutex::default(),
            waiting: watch::channel(0).0,
        }
    }
}

impl Tally {
    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Pictures that could not be decoded, were late, or found no room.
    #[must_use]
    pub fn rejected(&self) -> u64 {
        self.counts().rejected
    }

    /// Counts one of these at `now`. If it is to be recorded, how many before it were not.
    pub(super) fn reject(&self, now: Instant) -> Option<u64> {
        let mut counts = self.counts();
        counts.rejected += 1;
        if counts.told_at.is_some_and(|at| now.since(at) < TOLD_EVERY) {
            return None;
        }
        counts.told_at = Some(now);
        let before = counts.rejected - counts.told - 1;
        counts.told = counts.rejected;
        Some(before)
    }

    /// A new request begins: nothing is sure yet.
    pub fn begin(&self) {
        let mut counts = self.counts();
        counts.numbers = Kind::default();
        counts.plates = Kind::default();
    }

    pub(super) fn count(&self, scene: &Scene) {
        let mut counts = self.counts();
        let numbers = scene.numbers.iter();
        counts
            .numbers
            .count(numbers.map(|n| (n.confidence, n.accepted)));
        let plates = scene.plates.iter();
        counts
            .plates
            .count(plates.map(|p| (p.confidence, p.accepted)));
    }

    /// Whether everything that was seen since [`Tally::begin`] is sure, often enough.
    #[must_use]
    pub fn is_enough(&self) -> bool {
        let counts = self.counts();
        let kinds = [&counts.numbers, &counts.plates];
        let seen = kinds.iter().filter(|kind| kind.seen);
        seen.clone().count() > 0 && seen.clone().all(|kind| kind.sure >= ENOUGH)
    }

    /// Whether this is the very file that came before. No sensor gives the same noise twice: the
    /// camera, or something in its place, shows a stored picture, which is no second witness.
    pub(super) fn is_repeated(&self, sha256: Digest) -> bool {
        self.counts().last.replace(sha256) == Some(sha256)
    }

    pub(super) fn waits(&self) {
        self.waiting.send_modify(|count| *count += 1);
    }

    pub(super) fn done(&self) {
        self.waiting
            .send_modify(|count| *count = count.saturating_sub(1));
    }

    /// Waits until none of the device's pictures waits or is being read.
    pub async fn all_read(&self) {
        let mut waiting = self.waiting.subscribe();
        // The sender lives as long as this.
        let _ = waiting.wait_for(|count| *count == 0).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enough_is_every_kind_seen_sure_twice() {
        // Pictures, each with readings (confidence, accepted) of numbers and of plates.
        type Readings<'r> = &'r [(f32, bool)];
        let (sure, doubted, unlikely) = ((0.99, true), (0.6, false), (0.1, false));
        let cases: [(&[(Readings, Readings)], bool); 6] = [
            (&[], false),
            (&[(&[sure], &[]), (&[sure], &[])], true),
            (&[(&[sure], &[]), (&[sure], &[doubted])], false),
            (&[(&[sure], &[unlikely]), (&[sure], &[])], true),
            // Two boxes, of which one is not sure yet.
            (&[(&[sure, doubted], &[]), (&[sure, doubted], &[])], false),
            (&[(&[], &[sure]), (&[sure], &[sure]), (&[sure], &[])], true),
        ];
        for (pictures, expected) in cases {
            let mut kinds = [Kind::default(), Kind::default()];
            for (numbers, plates) in pictures {
                kinds[0].count(numbers.iter().copied());
                kinds[1].count(plates.iter().copied());
            }
            let [numbers, plates] = kinds;
            let tally = Tally::default();
            *tally.counts() = Counts {
                numbers,
                plates,
                ..Counts::default()
            };
            assert_eq!(tally.is_enough(), expected, "{pictures:?}");
        }
    }

    #[test]
    fn a_flood_of_bad_pictures_is_one_record_a_second() {
        let tally = Tally::default();
        let told: Vec<Option<u64>> = [0, 1, 999, 1_000, 1_500, 2_600]
            .map(|ms| tally.reject(Instant::from_millis(ms)))
            .to_vec();
        assert_eq!(told, [Some(0), None, None, Some(2), None, Some(1)]);
        assert_eq!(tally.rejected(), 6);
    }

    #[test]
    fn the_same_file_twice_is_noticed() {
        let tally = Tally::default();
        let (a, b) = (Digest([1; 32]), Digest([2; 32]));
        let repeated: Vec<bool> = [a, a, b, a].map(|hash| tally.is_repeated(hash)).to_vec();
        assert_eq!(repeated, [false, true, false, false]);
    }
}
