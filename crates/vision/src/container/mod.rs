//! Container numbers in a picture (ISO 6346): where each stands, how sure each character is, what
//! else it could be, and why it is not accepted.
//!
//! Only what the picture shows is read. No list of expected numbers comes in here; comparing with
//! the gate pass is a rule's work.

mod cells;
mod columns;
mod judge;
mod read;
mod size_type;
mod source;
mod straighten;

use domain::container::ContainerNumber;

use crate::picture::Picture;
use crate::region::Region;

pub(crate) use read::{ContainerReader, Effort};

/// A container number seen in one picture.
#[derive(Debug, Clone)]
pub struct NumberSeen {
    /// The likeliest number. Form and check digit hold.
    pub number: ContainerNumber,
    /// Size-type code beside it, if read.
    pub size_type: Option<String>,
    /// Probability that the number is right, 0 to 1, calibrated on real photographs.
    pub confidence: f32,
    /// Sure enough to be used without another view.
    pub accepted: bool,
    /// Why not, when it is not.
    pub doubts: Vec<Doubt>,
    /// Its eleven characters.
    pub characters: Vec<CharacterSeen>,
    /// Other numbers it could be, likeliest first, each with its probability.
    pub runners_up: Vec<(ContainerNumber, f32)>,
    /// Log-probability given up against the plain reading, nats; 0 when the plain reading is it.
    pub cost: f32,
    /// How many looks at it (crops, places, scales) gave the same number, and how many there were.
    pub looks: (u8, u8),
    /// Height of a character, pixels of the picture.
    pub character_height_px: f32,
    /// Where it stands.
    pub region: Region,
    /// That part of the picture.
    pub crop: Picture,
}

/// One character of what was seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CharacterSeen {
    /// The character.
    pub character: char,
    /// Probability that it is right, given the form and the check digit, 0 to 1.
    pub confidence: f32,
    /// What would stand here in the likeliest other reading.
    pub runner_up: Option<char>,
}

/// Why a reading is not accepted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Doubt {
    /// The plain reading breaks the form or the check digit; it was mended at this cost.
    Mended {
        /// Nats.
        cost: f32,
    },
    /// Another number is nearly as likely.
    RunnerUpClose {
        /// How much less likely, nats.
        margin: f32,
    },
    /// Looks at the same place gave different numbers.
    LooksDiffer {
        /// How many agree.
        agreeing: u8,
        /// Of how many.
        of: u8,
    },
    /// The characters are too small to be sure of.
    Small {
        /// Their height, pixels.
        height_px: f32,
    },
}

impl std::fmt::Display for Doubt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Mended { cost } => {
                write!(
                    f,
                    "the plain reading breaks the check digit or form (cost {cost:.1})"
                )
            }
            Self::RunnerUpClose { margin } => {
                write!(f, "another number is nearly as likely (margin {margin:.1})")
            }
            Self::LooksDiffer { agreeing, of } => {
                write!(f, "only {agreeing} of {of} looks agree")
            }
            Self::Small { height_px } => {
                write!(f, "characters are only {height_px:.0} pixels high")
            }
        }
    }
}
