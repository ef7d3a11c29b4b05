//! What became of a command: accepted, or refused and why.

use crate::state::codes;

codes! {
    /// Why a command did not act. The code is also its place among the counters.
    Refusal {
        /// The registers are not a command of this map.
        Malformed = 1 "malformed",
        /// Made for another boot of the controller.
        WrongBoot = 2 "wrong_boot",
        /// The sequence number is not newer than the last one judged.
        Repeated = 3 "repeated",
        /// Too old when it arrived.
        Expired = 4 "expired",
        /// The gateway does not hold the lease.
        NoLease = 5 "no_lease",
        /// The hand key is turned.
        HandKey = 6 "hand_key",
        /// The fire alarm holds the arm open.
        FireAlarm = 7 "fire_alarm",
        /// Mains is absent.
        MainsLost = 8 "mains_lost",
        /// A vehicle is in the arm line, or between it and the loop behind.
        ZoneOccupied = 9 "zone_occupied",
        /// A loop or beam of the arm line is faulted.
        SensorFault = 10 "sensor_fault",
        /// An arm fault stands unacknowledged.
        ArmFault = 11 "arm_fault",
        /// A release is open and unused.
        ReleaseOpen = 12 "release_open",
        /// Settings change only at the cabinet: hand key turned, arm at rest.
        NotLocal = 13 "not_local",
    }
}

impl Refusal {
    /// Size of the table of counters by reason, with room to append.
    pub const SLOTS: usize = 16;

    /// Place in the table of counters.
    #[must_use]
    pub const fn slot(self) -> usize {
        self as usize
    }
}

/// What a report says of one sequence number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acknowledgement {
    /// It was the last command accepted: it has acted, once.
    Accepted,
    /// It was the last command refused: it has not acted and never will.
    Refused(Refusal),
    /// Not among the last judged. If the last judged is newer, or the report is of
    /// another boot, it will never act. Repeated commands and commands for another
    /// boot are counted but leave the last verdict standing.
    Unknown,
}
