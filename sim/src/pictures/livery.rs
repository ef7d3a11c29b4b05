//! A container's number → its colours and lettering, the same in every picture of it.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::canvas::Rgb;
use super::lettering::{Setting, Typeface};

/// How a container is painted.
#[derive(Debug, Clone)]
pub(super) struct Livery {
    pub(super) paint: Rgb,
    /// Of the lettering.
    pub(super) ink: Rgb,
    /// Of the door bars.
    pub(super) bars: Rgb,
    pub(super) face: Typeface,
    pub(super) stretch: f32,
    /// Capital height of the number, metres (ISO 6346: at least 0.1).
    pub(super) height_m: f32,
    pub(super) tracking: f32,
    /// Whether the number on the long walls stands upright, one character below the other.
    pub(super) stacked: bool,
    /// Whether the check digit has a frame.
    pub(super) framed: bool,
    /// Whether the lettering stands on stickers of another colour.
    pub(super) sticker: Option<Rgb>,
    /// The carrier's name.
    pub(super) name: &'static str,
    /// Place of the number, a few centimetres this way or that, metres.
    pub(super) shift: [f32; 2],
}

const WHITE: Rgb = [236, 236, 230];
const BLACK: Rgb = [26, 26, 28];

/// Paint and lettering of common boxes.
const PAINTS: [(Rgb, Rgb); 14] = [
    ([112, 38, 34], WHITE),
    ([94, 30, 30], WHITE),
    ([134, 52, 38], WHITE),
    ([44, 70, 120], WHITE),
    ([36, 52, 92], WHITE),
    ([70, 104, 150], WHITE),
    ([32, 104, 58], WHITE),
    ([44, 132, 110], WHITE),
    ([150, 152, 154], BLACK),
    ([196, 196, 190], BLACK),
    ([204, 160, 44], BLACK),
    ([200, 92, 34], WHITE),
    ([176, 44, 40], WHITE),
    ([214, 208, 192], BLACK),
];

/// Carriers that do not exist.
const NAMES: [&str; 10] = [
    "TRANSBOX",
    "NORDWAY",
    "ORIENTA",
    "SEALANE",
    "GULF & EAST",
    "PACIFICO",
    "HANWEI",
    "BLUEQUAY",
    "MERIDIAN",
    "KONTOR",
];

impl Livery {
    pub(super) fn of(number: &str) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(spread(number));
        let (paint, ink) = PAINTS[rng.random_range(0..PAINTS.len())];
        let tone = rng.random_range(0.85..1.15_f32);
        let paint = paint.map(|value| (f32::from(value) * tone).min(255.0) as u8);
        let dark = u16::from(ink[0]) < 100;
        Self {
            paint,
            ink,
            bars: if rng.random_bool(0.5) {
                paint
            } else {
                [150, 152, 152]
            },
            face: if rng.random_bool(0.5) {
                Typeface::Narrow
            } else {
                Typeface::Condensed
            },
            stretch: rng.random_range(0.72..1.0),
            height_m: rng.random_range(0.105..0.14),
            tracking: rng.random_range(0.1..0.22),
            stacked: rng.random_bool(0.4),
            framed: rng.random_bool(0.9),
            sticker: (dark && rng.random_bool(0.2)).then_some(WHITE),
            name: NAMES[rng.random_range(0..NAMES.len())],
            shift: [rng.random_range(-0.03..0.03), rng.random_range(-0.06..0.1)],
        }
    }

    /// How the number is set.
    pub(super) fn setting(&self) -> Setting {
        Setting {
            face: self.face,
            height_m: self.height_m,
            stretch: self.stretch,
            tracking: self.tracking,
        }
    }
}

/// A text → a seed (FNV-1a).
pub(super) fn spread(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
