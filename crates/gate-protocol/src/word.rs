//! Turns the bits of a register into named inputs, outputs, faults and states.
//!
//! Bits are in the sense of the field, not of the voltage: 1 means occupied,
//! broken (beam), reached (limit), turned (key), raised (alarm), open (door),
//! present (mains). Firmware inverts what is wired fail-safe.

/// Declares an enum of bits and the set of them. Sets keep bits they do not
/// know: a newer controller's fault must not vanish in an older gateway.
macro_rules! bit_word {
    (
        $(#[$set_doc:meta])* $set:ident($word:ty) of
        $(#[$bit_doc:meta])* $bit:ident { $($(#[$doc:meta])* $name:ident = $position:literal $label:literal,)+ }
    ) => {
        $(#[$bit_doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum $bit { $($(#[$doc])* $name = $position,)+ }

        impl $bit {
            /// Every bit, in order of position.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// Position in the word, from 0.
            #[must_use]
            pub const fn position(self) -> u8 { self as u8 }

            /// Name in the register map and on the wiring.
            #[must_use]
            pub const fn label(self) -> &'static str {
                match self { $(Self::$name => $label,)+ }
            }

            /// The bit at a position, if the map has one there.
            #[must_use]
            pub const fn at(position: u8) -> Option<Self> {
                match position { $($position => Some(Self::$name),)+ _ => None }
            }
        }

        $(#[$set_doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        pub struct $set($word);

        impl $set {
            /// No bit set.
            pub const NONE: Self = Self(0);

            /// From the word on the wire; unknown bits are kept.
            #[must_use]
            pub const fn from_bits(bits: $word) -> Self { Self(bits) }

            /// The word on the wire.
            #[must_use]
            pub const fn bits(self) -> $word { self.0 }

            /// True when the bit is set.
            #[must_use]
            pub const fn has(self, bit: $bit) -> bool { self.0 & (1 << bit as u8) != 0 }

            /// The set with the bit set.
            #[must_use]
            pub const fn with(self, bit: $bit) -> Self { Self(self.0 | 1 << bit as u8) }

            /// The set with the bit cleared.
            #[must_use]
            pub const fn without(self, bit: $bit) -> Self { Self(self.0 & !(1 << bit as u8)) }

            /// The set with the bit at a level.
            #[must_use]
            pub const fn set(self, bit: $bit, level: bool) -> Self {
                if level { self.with(bit) } else { self.without(bit) }
            }

            /// Bits of either.
            #[must_use]
            pub const fn or(self, other: Self) -> Self { Self(self.0 | other.0) }

            /// Bits of both.
            #[must_use]
            pub const fn and(self, other: Self) -> Self { Self(self.0 & other.0) }

            /// Bits of this set that the other does not have.
            #[must_use]
            pub const fn without_all(self, other: Self) -> Self { Self(self.0 & !other.0) }

            /// True when any bit of the other set is set here.
            #[must_use]
            pub const fn any(self, other: Self) -> bool { self.0 & other.0 != 0 }

            /// True when no bit is set.
            #[must_use]
            pub const fn is_empty(self) -> bool { self.0 == 0 }
        }
    };
}

bit_word! {
    /// Levels of the field inputs.
    Inputs(u16) of
    /// One field input.
    Input {
        /// Vehicle on the loop before the arm, seen from the entry side.
        ApproachLoop = 0 "approach_loop",
        /// Vehicle on the loop under the arm.
        UnderArmLoop = 1 "under_arm_loop",
        /// Vehicle on the loop behind the arm, seen from the entry side.
        ExitLoop = 2 "exit_loop",
        /// Light beam across the arm line is broken.
        Beam1 = 3 "beam_1",
        /// Second light beam across the arm line is broken.
        Beam2 = 4 "beam_2",
        /// Arm stands at its upper limit switch.
        ArmUpLimit = 5 "arm_up_limit",
        /// Arm stands at its lower limit switch.
        ArmDownLimit = 6 "arm_down_limit",
        /// Key switch for operation by hand is turned.
        HandKey = 7 "hand_key",
        /// The site's fire alarm is raised.
        FireAlarm = 8 "fire_alarm",
        /// The cabinet door is open.
        CabinetDoor = 9 "cabinet_door",
        /// Mains is present.
        MainsOk = 10 "mains_ok",
    }
}

impl Inputs {
    /// What sees a vehicle or person in the line of the arm.
    pub const ZONE: Self = Self::NONE
        .with(Input::UnderArmLoop)
        .with(Input::Beam1)
        .with(Input::Beam2);

    /// Every input of the map.
    pub const ALL: Self = Self::from_bits(0x07FF);
}

bit_word! {
    /// Levels of the relay outputs.
    Outputs(u16) of
    /// One relay output.
    Output {
        /// Drive the arm upwards.
        ArmUp = 0 "arm_up",
        /// Drive the arm downwards.
        ArmDown = 1 "arm_down",
        /// Hold the drive's stop contact.
        ArmStop = 2 "arm_stop",
        /// Red signal facing the entry side.
        EntryRed = 3 "entry_red",
        /// Green signal facing the entry side.
        EntryGreen = 4 "entry_green",
        /// Red signal facing the exit side.
        ExitRed = 5 "exit_red",
        /// Green signal facing the exit side.
        ExitGreen = 6 "exit_green",
        /// Siren: warning before lowering, alarm on a breach.
        Siren = 7 "siren",
        /// Strobe that makes the driver display take its text.
        DisplayStrobe = 8 "display_strobe",
    }
}

bit_word! {
    /// What stands in the way, or has happened and has not been acknowledged.
    Faults(u32) of
    /// One fault. Those that latch stay until acknowledged; the others follow their cause.
    Fault {
        /// Both limit switches at once. Latches.
        LimitsConflict = 0 "limits_conflict",
        /// Up limit not reached within the run-time limit. Latches.
        RaiseOverrun = 1 "raise_overrun",
        /// Down limit not reached within the run-time limit. Latches.
        LowerOverrun = 2 "lower_overrun",
        /// The limit the arm stood at was not left: the arm does not move. Latches.
        ArmNotMoving = 3 "arm_not_moving",
        /// Down limit lost with no motion commanded: forced or broken off. Latches.
        ArmForced = 4 "arm_forced",
        /// Up limit lost with no motion commanded: the arm sinks or was pulled. Latches.
        ArmSank = 5 "arm_sank",
        /// Approach loop occupied longer than its stuck time.
        ApproachLoopStuck = 6 "approach_loop_stuck",
        /// Under-arm loop occupied longer than its stuck time.
        UnderArmLoopStuck = 7 "under_arm_loop_stuck",
        /// Exit loop occupied longer than its stuck time.
        ExitLoopStuck = 8 "exit_loop_stuck",
        /// Beam 1 broken longer than its stuck time.
        Beam1Stuck = 9 "beam_1_stuck",
        /// Beam 2 broken longer than its stuck time.
        Beam2Stuck = 10 "beam_2_stuck",
        /// Vehicles passed without the under-arm loop seeing them. Latches.
        UnderArmLoopSilent = 11 "under_arm_loop_silent",
        /// Vehicles passed without breaking beam 1. Latches.
        Beam1Silent = 12 "beam_1_silent",
        /// Vehicles passed without breaking beam 2. Latches.
        Beam2Silent = 13 "beam_2_silent",
        /// A second vehicle entered under an arm held open by the first. Latches.
        TailFollowing = 14 "tail_following",
        /// A vehicle passed with no release. Latches.
        RunThrough = 15 "run_through",
        /// Lowering was obstructed too often; the arm waits for a command. Latches.
        ObstructionLimit = 16 "obstruction_limit",
        /// The gateway has gone silent.
        LeaseLost = 17 "lease_lost",
        /// Mains is absent.
        MainsLost = 18 "mains_lost",
        /// Cabinet door is open.
        CabinetOpen = 19 "cabinet_open",
        /// Fire alarm is raised.
        FireAlarm = 20 "fire_alarm",
        /// The stored configuration was refused; defaults are in force.
        ConfigurationRefused = 21 "configuration_refused",
    }
}

impl Faults {
    /// Those that refuse a commanded motion until acknowledged.
    pub const ARM: Self = Self::NONE
        .with(Fault::LimitsConflict)
        .with(Fault::RaiseOverrun)
        .with(Fault::LowerOverrun)
        .with(Fault::ArmNotMoving)
        .with(Fault::ArmForced)
        .with(Fault::ArmSank);
}

bit_word! {
    /// What the controller is in the middle of.
    Status(u16) of
    /// One state bit.
    StatusBit {
        /// A release is open and no vehicle has used it.
        ReleaseOpen = 0 "release_open",
        /// The vehicle of the last release is passing.
        ReleaseSpent = 1 "release_spent",
        /// The open or spent release faces the exit side.
        ReleaseFromExit = 2 "release_from_exit",
        /// The warning before lowering sounds.
        Warning = 3 "warning",
        /// Loop or beam of the arm line is occupied or faulted: no lowering.
        ZoneBlocked = 4 "zone_blocked",
        /// The arm will come down as soon as the interlocks allow.
        LowerDue = 5 "lower_due",
        /// Stopped by command: nothing moves until a new command.
        Halted = 6 "halted",
        /// A vehicle is passing the arm line.
        PassageOpen = 7 "passage_open",
    }
}
