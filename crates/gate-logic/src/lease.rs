//! Turns heartbeats into whether the gateway answers for the lane.

use gate_protocol::Lease;

use crate::clock::{Hold, Wake};

/// Whether the gateway is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Tenure {
    /// Nobody since boot: nothing moves by itself.
    Waiting,
    Held {
        hold: Hold,
        lease_ms: u32,
    },
    Lost,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct LeaseWatch {
    pub(crate) tenure: Tenure,
    last_beat: Option<u16>,
}

impl LeaseWatch {
    pub(crate) const fn new() -> Self {
        Self {
            tenure: Tenure::Waiting,
            last_beat: None,
        }
    }

    /// Takes a heartbeat. False when its beat is the one before: not a new heartbeat.
    pub(crate) fn renew(&mut self, lease: Lease, limit_ms: u16, now_ms: u32) -> bool {
        if self.last_beat == Some(lease.beat) {
            return false;
        }
        self.last_beat = Some(lease.beat);
        let lease_ms = u32::from(lease.lease_ms.min(limit_ms));
        self.tenure = Tenure::Held {
            hold: Hold::start(now_ms),
            lease_ms,
        };
        true
    }

    /// True at the one evaluation in which the lease is lost.
    pub(crate) fn settle(&mut self, wake: &mut Wake) -> bool {
        if let Tenure::Held { hold, lease_ms } = &mut self.tenure
            && hold.reached(*lease_ms, wake)
        {
            self.tenure = Tenure::Lost;
            return true;
        }
        false
    }

    pub(crate) const fn is_held(&self) -> bool {
        matches!(self.tenure, Tenure::Held { .. })
    }

    pub(crate) fn remaining_ms(&self, now_ms: u32) -> u16 {
        match self.tenure {
            Tenure::Waiting | Tenure::Lost => 0,
            Tenure::Held { hold, lease_ms } => {
                let left_ms = lease_ms.saturating_sub(now_ms.wrapping_sub(hold.since_ms));
                u16::try_from(left_ms).unwrap_or(u16::MAX)
            }
        }
    }
}
