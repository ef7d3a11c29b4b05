//! Wrong tries → how long to wait before the next. Counted for each account and each address, in
//! memory; nobody waits longer than a quarter of an hour, and nobody for good.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use domain::time::Instant;

/// Wrong tries that cost no wait.
const FREE: u32 = 3;
/// Wait after the first try beyond those; each further one doubles it.
const WAIT_FIRST: Duration = Duration::from_secs(2);
/// Longest wait.
pub(super) const WAIT_MAX: Duration = Duration::from_secs(15 * 60);
/// Wrong tries are forgotten when none has come for this long.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(60 * 60);
/// Counts that are kept.
const ROWS_MAX: usize = 2_048;

/// Where a try comes from: an address, or the network of one where a machine has many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place(IpAddr);

impl Place {
    pub(super) fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => Self(IpAddr::V4(v4)),
            IpAddr::V6(v6) => {
                let [a, b, c, d, ..] = v6.segments();
                Self(IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0)))
            }
        }
    }
}

/// What tries are counted for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Target {
    /// A name, whether or not an account has it.
    Name(String),
    /// A name at a place where its owner has signed in before: tries from elsewhere do not keep the
    /// owner waiting there.
    NameAt(String, Place),
    /// Whatever comes from a place.
    Place(Place),
}

#[derive(Debug, Clone, Copy)]
struct Row {
    count: u32,
    last: Instant,
}

impl Row {
    fn free_at(self) -> Instant {
        self.last + wait_after(self.count)
    }
}

/// Counts of wrong tries.
#[derive(Debug, Default)]
pub(super) struct Tries(BTreeMap<Target, Row>);

fn wait_after(count: u32) -> Duration {
    match count.checked_sub(FREE + 1) {
        None => Duration::ZERO,
        // Ten doublings are beyond the longest wait.
        Some(doublings) => (WAIT_FIRST * (1 << doublings.min(10))).min(WAIT_MAX),
    }
}

impl Tries {
    /// How long the next try has to wait because of any of `targets`.
    pub(super) fn wait(&self, targets: &[Target], now: Instant) -> Option<Duration> {
        let rows = targets.iter().filter_map(|target| self.0.get(target));
        rows.map(|row| row.free_at().since(now))
            .max()
            .filter(|wait| !wait.is_zero())
    }

    /// Counts a try as wrong.
    pub(super) fn charge(&mut self, targets: &[Target], now: Instant) {
        self.0
            .retain(|_, row| now.since(row.last) < FORGOTTEN_AFTER);
        for target in targets {
            if self.0.len() >= ROWS_MAX && !self.0.contains_key(target) {
                self.make_room();
            }
            let row = self.0.entry(target.clone()).or_insert(Row {
                count: 0,
                last: now,
            });
            row.count = row.count.saturating_add(1);
            row.last = now;
        }
    }

    /// Takes back the charge for a try that was right after all.
    pub(super) fn refund(&mut self, target: &Target) {
        if let Some(row) = self.0.get_mut(target) {
            row.count = row.count.saturating_sub(1);
        }
    }

    /// Forgets what was counted for `target`.
    pub(super) fn forget(&mut self, target: &Target) {
        self.0.remove(target);
    }

    /// Drops the row that matters least. A flood of new names drops rows of one try, not those of
    /// an account under attack.
    fn make_room(&mut self) {
        let least = self.0.iter().min_by_key(|(_, row)| (row.count, row.last));
        if let Some(target) = least.map(|(target, _)| target.clone()) {
            self.0.remove(&target);
        }
    }
}

/// `wait` in whole seconds, rounded up: what a person is told, and `Retry-After`.
pub(super) fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Instant {
        Instant::from_millis(seconds * 1_000)
    }

    fn name(text: &str) -> Target {
        Target::Name(text.to_owned())
    }

    #[test]
    fn the_wait_doubles_from_the_fourth_wrong_try_to_a_quarter_of_an_hour() {
        let mut tries = Tries::default();
        let target = [name("clerk-07")];
        let mut now = at(0);
        for expected in [0, 0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900] {
            tries.charge(&target, now);
            let wait = tries.wait(&target, now).unwrap_or_default();
            assert_eq!(wait, Duration::from_secs(expected));
            now = now + wait;
            assert_eq!(tries.wait(&target, now), None, "free when it is over");
        }
        assert_eq!(wait_after(u32::MAX), WAIT_MAX);
    }

    #[test]
    fn the_longest_wait_of_all_targets_counts_and_an_hour_forgets() {
        let mut tries = Tries::default();
        let place = Target::Place(Place::of([10, 0, 0, 1].into()));
        for _ in 0..4 {
            tries.charge(&[name("a"), place.clone()], at(0));
        }
        tries.charge(std::slice::from_ref(&place), at(0));
        let both = [name("a"), place.clone()];
        assert_eq!(tries.wait(&both, at(0)), Some(Duration::from_secs(4)));
        tries.refund(&place);
        assert_eq!(tries.wait(&both, at(0)), Some(Duration::from_secs(2)));
        tries.forget(&name("a"));
        assert_eq!(tries.wait(&[name("a")], at(0)), None);
        tries.charge(&[name("b")], at(3_600));
        assert_eq!(tries.0.len(), 1, "the rest is forgotten");
    }

    #[test]
    fn a_flood_of_names_is_bounded_and_frees_no_account() {
        let mut tries = Tries::default();
        let attacked = [name("supervisor-02")];
        for _ in 0..8 {
            tries.charge(&attacked, at(0));
        }
        for n in 0..10_000_u32 {
            tries.charge(&[name(&n.to_string())], at(1));
        }
        assert_eq!(tries.0.len(), ROWS_MAX);
        assert_eq!(tries.wait(&attacked, at(0)), Some(Duration::from_secs(32)));
    }

    #[test]
    fn one_machine_is_one_place() {
        let of = |text: &str| Place::of(text.parse().expect("an address"));
        assert_eq!(of("::ffff:10.0.0.1"), of("10.0.0.1"));
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:9:9:9:9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_ne!(of("10.0.0.1"), of("10.0.0.2"));
    }

    #[test]
    fn seconds_are_rounded_up() {
        for (millis, seconds) in [(0, 0), (1, 1), (1_000, 1), (1_001, 2)] {
            assert_eq!(whole_seconds(Duration::from_millis(millis)), seconds);
        }
    }
}
