//! Codes of the report that are one of several, not bits.

/// Declares an enum of register codes with its decoder.
macro_rules! codes {
    ($(#[$enum_doc:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $code:literal $label:literal,)+ }) => {
        $(#[$enum_doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u16)]
        pub enum $name { $($(#[$doc])* $variant = $code,)+ }

        impl $name {
            /// Every variant, in order of code.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Code on the wire.
            #[must_use]
            pub const fn code(self) -> u16 { self as u16 }

            /// Name in the register map.
            #[must_use]
            pub const fn label(self) -> &'static str {
                match self { $(Self::$variant => $label,)+ }
            }

            /// The variant of a code read at an address.
            ///
            /// # Errors
            /// `UnknownValue` for a code the map does not give out.
            pub const fn decode(value: u16, address: u16) -> Result<Self, $crate::DecodeError> {
                match value {
                    $($code => Ok(Self::$variant),)+
                    _ => Err($crate::DecodeError::UnknownValue { address, value }),
                }
            }
        }
    };
}
pub(crate) use codes;

codes! {
    /// Where the arm is, judged from limit switches and commanded motion.
    ArmState {
        /// Not known: no limit reached since start, or the limits disagree.
        Unknown = 0 "unknown",
        /// At the lower limit.
        Down = 1 "down",
        /// Driven upwards.
        Raising = 2 "raising",
        /// At the upper limit.
        Up = 3 "up",
        /// Driven downwards.
        Lowering = 4 "lowering",
        /// Halted between the limits.
        Stopped = 5 "stopped",
    }
}

codes! {
    /// Who may move the arm now; the first that applies, in the order of rank.
    Mode {
        /// No gateway since start: nothing moves.
        Waiting = 0 "waiting",
        /// The gateway holds the lease.
        Remote = 1 "remote",
        /// The gateway has gone silent.
        LeaseLost = 2 "lease_lost",
        /// The hand key is turned: the controller drives nothing.
        HandKey = 3 "hand_key",
        /// The fire alarm holds the arm open.
        Fire = 4 "fire",
        /// Mains is absent: the controller drives nothing.
        MainsLost = 5 "mains_lost",
    }
}

codes! {
    /// Why the controller started.
    ResetCause {
        /// Not told by the chip.
        Unknown = 0 "unknown",
        /// Power came on.
        PowerOn = 1 "power_on",
        /// Reset pin.
        External = 2 "external",
        /// Supply dipped.
        BrownOut = 3 "brown_out",
        /// Watchdog.
        Watchdog = 4 "watchdog",
        /// Asked for by software.
        Software = 5 "software",
        /// The firmware panicked.
        Panic = 6 "panic",
    }
}
