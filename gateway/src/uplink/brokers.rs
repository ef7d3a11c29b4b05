//! Which broker comes next, and after which wait. Knows no connection: it is told how they went.

use std::time::Duration;

use domain::id::GateAddress;

use crate::config::BrokerAddress;
use crate::intake::connection::Backoff;

/// The nodes of the broker in turn. Waits grow by rounds: a node that is away costs a moment, a
/// broker that is away is not hammered.
pub(super) struct Brokers {
    list: Vec<BrokerAddress>,
    at: usize,
    tried: usize,
    backoff: Backoff,
}

impl Brokers {
    /// Every gate begins at a place of its own in the list, so that the gates of a region spread
    /// over the nodes.
    ///
    /// # Panics
    /// Never: a validated configuration names a broker.
    pub(super) fn new(list: Vec<BrokerAddress>, gate: &GateAddress) -> Self {
        assert!(!list.is_empty(), "a validated configuration names a broker");
        let spread = gate.to_string().bytes().fold(0_usize, |sum, byte| {
            sum.wrapping_mul(31).wrapping_add(usize::from(byte))
        });
        Self {
            at: spread % list.len(),
            list,
            tried: 0,
            backoff: Backoff::new(),
        }
    }

    pub(super) fn current(&self) -> &BrokerAddress {
        &self.list[self.at]
    }

    /// The connection moved the region's watermark: whatever ends it later is news.
    pub(super) fn proved(&mut self) {
        self.tried = 0;
        self.backoff.reset();
    }

    /// The connection ended: the next node is due after this wait.
    pub(super) fn failed(&mut self) -> Duration {
        self.at = (self.at + 1) % self.list.len();
        self.tried += 1;
        if self.tried.is_multiple_of(self.list.len()) {
            self.backoff.next_wait()
        } else {
            Backoff::new().next_wait()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use domain::id::{GateId, PremisesId, RegionId};

    use super::*;

    fn gate(name: &str) -> GateAddress {
        GateAddress {
            region: RegionId::parse("SZ").expect("an id"),
            premises: PremisesId::parse("P1").expect("an id"),
            gate: GateId::parse(name).expect("an id"),
        }
    }

    fn list(count: u16) -> Vec<BrokerAddress> {
        (1..=count)
            .map(|port| BrokerAddress {
                host: "h".to_owned(),
                port,
            })
            .collect()
    }

    #[test]
    fn every_node_has_its_turn_and_waits_grow_by_rounds() {
        let mut brokers = Brokers::new(list(3), &gate("G1"));
        let mut waits = Vec::new();
        for round in 0..6 {
            let mut seen = BTreeSet::new();
            let mut longest = Duration::ZERO;
            for _ in 0..3 {
                seen.insert(brokers.current().port);
                let wait = brokers.failed();
                longest = longest.max(wait);
            }
            assert_eq!(seen.len(), 3, "round {round}");
            waits.push(longest);
        }
        // The last wait of round n is drawn from 100 ms x 2^n to twice that.
        assert!(waits[5] >= Duration::from_millis(3_200), "{waits:?}");
        assert!(waits[0] <= Duration::from_millis(200), "{waits:?}");
        brokers.proved();
        assert!(brokers.failed() <= Duration::from_millis(200));
    }

    #[test]
    fn gates_begin_at_places_of_their_own() {
        let begins: BTreeSet<u16> = (0..20)
            .map(|i| {
                Brokers::new(list(3), &gate(&format!("G{i}")))
                    .current()
                    .port
            })
            .collect();
        assert_eq!(begins.len(), 3);
    }

    #[test]
    fn one_broker_is_always_the_next() {
        let mut brokers = Brokers::new(list(1), &gate("G1"));
        brokers.failed();
        assert_eq!(brokers.current().port, 1);
        let waits: Duration = (0..5).map(|_| brokers.failed()).sum();
        assert!(waits >= Duration::from_secs(3), "{waits:?}");
    }
}
