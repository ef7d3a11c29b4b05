//! Which watermarks the broker keeps for gates that come back. Keeping one is work for every node of
//! a cluster, more than passing it on: one is kept anew once a minute or some hundred records,
//! not with every answer.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use domain::id::GateAddress;

/// A kept watermark may be behind by this much: a gate that comes back sends as much again.
const BEHIND: Duration = Duration::from_secs(60);
/// But not by as many records, which would fill its line: a busy gate's is kept once a second.
const RECORDS: u64 = 200;
const BUSY: Duration = Duration::from_secs(1);
/// One is repeated for the broker's sake if it is this old.
const OLD: Duration = Duration::from_secs(20);

/// Sequence and time of what is kept of each gate.
#[derive(Debug, Default)]
pub(super) struct Kept(BTreeMap<GateAddress, (u64, Instant)>);

impl Kept {
    /// The gate's watermark at `sequence` should be kept now.
    pub(super) fn is_due(&self, gate: &GateAddress, sequence: u64, now: Instant) -> bool {
        self.0.get(gate).is_none_or(|(kept, at)| {
            let age = now.saturating_duration_since(*at);
            let far = sequence.abs_diff(*kept) >= RECORDS && age >= BUSY;
            *kept != sequence && (far || age >= BEHIND)
        })
    }

    /// It was handed to the broker.
    pub(super) fn put(&mut self, gate: GateAddress, sequence: u64, now: Instant) {
        self.0.insert(gate, (sequence, now));
    }

    /// Somebody else serves the gate.
    pub(super) fn forget(&mut self, gate: &GateAddress) {
        self.0.remove(gate);
    }

    /// The gate whose watermark was kept longest ago, if that is long: it is due again.
    pub(super) fn let_go_of_the_oldest(&mut self, now: Instant) -> Option<GateAddress> {
        let (gate, (_, at)) = self.0.iter().min_by_key(|(_, (_, at))| *at)?;
        if now.saturating_duration_since(*at) < OLD {
            return None;
        }
        let gate = gate.clone();
        self.0.remove(&gate);
        Some(gate)
    }
}

#[cfg(test)]
mod tests {
    use domain::id::{GateId, PremisesId, RegionId};

    use super::*;

    fn gate(name: &str) -> GateAddress {
        GateAddress {
            region: RegionId::parse("5300").unwrap(),
            premises: PremisesId::parse("530141").unwrap(),
            gate: GateId::parse(name).unwrap(),
        }
    }

    #[test]
    fn a_watermark_is_kept_when_it_is_new_and_the_last_one_is_old() {
        let start = Instant::now();
        let at = |s| start + Duration::from_secs(s);
        let mut kept = Kept::default();
        assert!(kept.is_due(&gate("G1"), 0, at(0)), "nothing is kept");
        kept.put(gate("G1"), 5, at(0));
        assert!(!kept.is_due(&gate("G1"), 9, at(59)), "lately");
        assert!(kept.is_due(&gate("G1"), 9, at(60)));
        assert!(!kept.is_due(&gate("G1"), 5, at(900)), "it is kept as it is");
        assert!(kept.is_due(&gate("G1"), 205, at(1)), "far behind");
        assert!(!kept.is_due(&gate("G1"), 205, at(0)), "this very moment");
        kept.forget(&gate("G1"));
        assert!(kept.is_due(&gate("G1"), 5, at(900)));
    }

    #[test]
    fn the_oldest_comes_round_one_at_a_time() {
        let start = Instant::now();
        let at = |s| start + Duration::from_secs(s);
        let mut kept = Kept::default();
        assert_eq!(kept.let_go_of_the_oldest(at(0)), None);
        kept.put(gate("G1"), 5, at(3));
        kept.put(gate("G2"), 5, at(0));
        assert_eq!(kept.let_go_of_the_oldest(at(19)), None);
        assert_eq!(kept.let_go_of_the_oldest(at(30)), Some(gate("G2")));
        assert!(kept.is_due(&gate("G2"), 5, at(30)));
        assert_eq!(kept.let_go_of_the_oldest(at(30)), Some(gate("G1")));
    }
}
